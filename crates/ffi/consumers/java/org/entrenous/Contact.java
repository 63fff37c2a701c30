package org.entrenous;

/** An account that is known. */
public record Contact(AccountId account, Trust trust) {
    static Contact of(CApi.Contact c) {
        return new Contact(new AccountId(c.account), Trust.of(c.trust));
    }
}
