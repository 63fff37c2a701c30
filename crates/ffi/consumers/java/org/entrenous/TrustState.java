package org.entrenous;

/** How an account is known. */
public enum TrustState implements Numbered {
    /** Nothing is said of any account here. */
    NONE(0),
    /** Taken as it came, and nothing compared. */
    FIRST_USE(1),
    /** The two people have compared. */
    VERIFIED(2),
    /** In the place of another one: nothing is sent to it until the user has accepted it or compared. */
    CHANGED(3),
    /** It is the own account. */
    OWN(4);

    private final int number;

    TrustState(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
