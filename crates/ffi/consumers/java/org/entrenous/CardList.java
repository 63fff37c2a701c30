package org.entrenous;

/** What a card says of the device list that is known here. */
public enum CardList implements Numbered {
    /** No list of the account is known yet. */
    NONE_KNOWN(1),
    /** It is the same. */
    SAME(2),
    /** The card's is later: the one here is old, or the later one is withheld. */
    CARD_IS_LATER(3),
    /** The one here is later. */
    CARD_IS_EARLIER(4),
    /** They exclude each other: somebody else has the account's key, or the card is not genuine. */
    CONTRADICTS(5);

    private final int number;

    CardList(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
