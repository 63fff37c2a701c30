"""ML-KEM (FIPS 203) with its parameter sets."""

from kyber_py import ml_kem as library

Q = 3329


class ParameterSet:
    def __init__(self, implementation, dimension, ciphertext_length):
        self._implementation = implementation
        self._coefficients_length = dimension * 384
        self.key_length = self._coefficients_length + 32
        self.ciphertext_length = ciphertext_length

    def is_encapsulation_key(self, key):  # PRIM-8: FIPS 203, 7.2; two coefficients of 12 bits in 3 bytes
        if len(key) != self.key_length:
            return False
        pairs = (int.from_bytes(key[i : i + 3], "little") for i in range(0, self._coefficients_length, 3))
        return all(pair & 0xFFF < Q and pair >> 12 < Q for pair in pairs)

    def public_key(self, seed):  # PRIM-9: the seed is d ‖ z
        return self._implementation.key_derive(seed)[0]

    def encapsulate(self, key, randomness):
        """(ct, ss) with the given randomness m: FIPS 203, algorithm 17, which the library doesn't publish."""
        secret, ciphertext = self._implementation._encaps_internal(key, randomness)
        return ciphertext, secret

    def decapsulate(self, seed, ciphertext):  # PRIM-9
        return self._implementation.decaps(self._implementation.key_derive(seed)[1], ciphertext)


ML_KEM_768 = ParameterSet(library.ML_KEM_768, 3, 1088)
ML_KEM_1024 = ParameterSet(library.ML_KEM_1024, 4, 1568)
