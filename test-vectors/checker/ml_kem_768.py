"""ML-KEM-768 (FIPS 203), the KEM of the post-quantum ratchet."""

from kyber_py.ml_kem import ML_KEM_768

KEY_LENGTH = 1184
CIPHERTEXT_LENGTH = 1088
COEFFICIENTS_LENGTH = 3 * 384
Q = 3329


def is_encapsulation_key(key):  # PRIM-8: FIPS 203, 7.2; two coefficients of 12 bits in 3 bytes
    if len(key) != KEY_LENGTH:
        return False
    pairs = (int.from_bytes(key[i : i + 3], "little") for i in range(0, COEFFICIENTS_LENGTH, 3))
    return all(pair & 0xFFF < Q and pair >> 12 < Q for pair in pairs)


def public_key(seed):  # PRIM-9: the seed is d ‖ z
    return ML_KEM_768.key_derive(seed)[0]


def encapsulate(key, randomness):
    """(ct, ss) with the given randomness m: FIPS 203, algorithm 17, which the library doesn't publish."""
    secret, ciphertext = ML_KEM_768._encaps_internal(key, randomness)
    return ciphertext, secret


def decapsulate(seed, ciphertext):  # PRIM-9
    return ML_KEM_768.decaps(ML_KEM_768.key_derive(seed)[1], ciphertext)
