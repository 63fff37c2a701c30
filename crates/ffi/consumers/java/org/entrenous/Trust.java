package org.entrenous;

/**
 * Whether an account is who the user takes it for.
 *
 * @param proof what was compared, if it is verified
 * @param verifiedMs when, in milliseconds since 1970, if it is verified
 * @param replaces the account that was there before, if it has changed
 */
public record Trust(TrustState state, Proof proof, long verifiedMs, AccountId replaces) {
    static Trust of(CApi.Trust c) {
        return new Trust(
                Numbered.of(TrustState.class, c.state, TrustState.NONE),
                Numbered.of(Proof.class, c.proof, Proof.NONE),
                c.verified_ms,
                new AccountId(c.replaces));
    }
}
