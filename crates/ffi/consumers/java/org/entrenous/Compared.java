package org.entrenous;

/** What came of a comparison. */
public enum Compared implements Numbered {
    /** It was the same: the account is verified. */
    SAME(1),
    /** It was not: nothing has changed, and the inbox tells it. */
    DIFFERENT(2),
    /** What was compared is not what is known any more. */
    OUTDATED(3);

    private final int number;

    Compared(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
