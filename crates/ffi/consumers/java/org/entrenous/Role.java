package org.entrenous;

/** What a member of a group may do. */
public enum Role implements Numbered {
    /** Nothing: no member. */
    NONE(0),
    /** Write, and go. */
    MEMBER(1),
    /** Change the group as well. */
    ADMIN(2);

    private final int number;

    Role(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
