"""AES-256-GCM (PRIM-3)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_LENGTH = 16


def seal(key, nonce, associated_data, plaintext):
    """The ciphertext and, after it, the tag."""
    return AESGCM(key).encrypt(nonce, plaintext, associated_data)


def open_box(key, nonce, associated_data, sealed):
    """The plaintext, or None."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated_data)
    except InvalidTag:
        return None
