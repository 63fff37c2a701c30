package org.entrenous;

/** An account's id. */
public final class AccountId extends Id {
    public AccountId(byte[] bytes) {
        super(bytes, CApi.ACCOUNT_LEN);
    }
}
