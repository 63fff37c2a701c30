package org.entrenous;

/** What a card has shown: whose it is, what it says of the device list that is known here, and whether it has verified. */
public record Card(AccountId account, CardList list, boolean verified) {
    static Card of(CApi.Card c) {
        // what is not known here is not to be taken for good
        var list = Numbered.of(CardList.class, c.list, CardList.CONTRADICTS);
        return new Card(new AccountId(c.account), list, c.verified != 0);
    }
}
