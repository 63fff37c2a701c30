package org.entrenous;

/** A constant that has a number in the C API. */
interface Numbered {
    int number();

    /** The constant of a number. A later library may have numbers that are not known here: {@code otherwise} then. */
    static <E extends Enum<E> & Numbered> E of(Class<E> type, int number, E otherwise) {
        for (E constant : type.getEnumConstants()) {
            if (constant.number() == number) {
                return constant;
            }
        }
        return otherwise;
    }
}
