package org.entrenous;

/** What two people have compared. */
public enum Proof implements Numbered {
    /** Nothing. */
    NONE(0),
    /** The 60 digits of the safety number. */
    SAFETY_NUMBER(1),
    /** A card that one scanned from the other's screen. */
    CARD(2),
    /** A short string, over a voice or video call. */
    SHORT_STRING(3);

    private final int number;

    Proof(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
