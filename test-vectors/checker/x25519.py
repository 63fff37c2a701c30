"""X25519 (RFC 7748)."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .errors import Refused

P = 2**255 - 19


def is_canonical(key):  # PRIM-4
    return len(key) == 32 and int.from_bytes(key, "little") < P


def public_key(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def agree(secret, public):
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # of 32 bytes each, the library refuses a result of zeros and nothing else
        raise Refused("key agreement", "NonContributory", "PRIM-5", "AGREE-8") from None
