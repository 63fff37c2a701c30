"""ML-KEM-1024 (FIPS 203)."""

from kyber_py.ml_kem import ML_KEM_1024

KEY_LENGTH = 1568
CIPHERTEXT_LENGTH = 1568
COEFFICIENTS_LENGTH = 4 * 384
Q = 3329


def is_encapsulation_key(key):  # PRIM-8: FIPS 203, 7.2; two coefficients of 12 bits in 3 bytes
    if len(key) != KEY_LENGTH:
        return False
    for i in range(0, COEFFICIENTS_LENGTH, 3):
        pair = int.from_bytes(key[i : i + 3], "little")
        if pair & 0xFFF >= Q or pair >> 12 >= Q:
            return False
    return True


def public_key(seed):  # PRIM-9: the seed is d ‖ z
    return ML_KEM_1024.key_derive(seed)[0]


def encapsulate(key, randomness):
    """(ct, ss) with the given randomness m: FIPS 203, algorithm 17, which the library doesn't publish."""
    secret, ciphertext = ML_KEM_1024._encaps_internal(key, randomness)
    return ciphertext, secret


def decapsulate(seed, ciphertext):  # PRIM-9
    return ML_KEM_1024.decaps(ML_KEM_1024.key_derive(seed)[1], ciphertext)
