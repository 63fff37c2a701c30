package org.entrenous;

/** A device of an account; its id is unsigned, and 0 where the account is meant. */
public record Address(AccountId account, int device) {
    static Address of(CApi.Address c) {
        return new Address(new AccountId(c.account), c.device);
    }

    CApi.Address toC() {
        var c = new CApi.Address();
        c.account = account.bytes();
        c.device = device;
        return c;
    }
}
