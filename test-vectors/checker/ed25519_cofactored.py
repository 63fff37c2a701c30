"""Ed25519 with the cofactor, as the signatures of group messages are verified."""

import hashlib

from . import ed25519
from .ed25519 import BASE, D, L, P, SQRT_MINUS_ONE


def is_prime_order(key):  # PRIM-12
    point = ed25519._decode(key)
    return point is not None and not _is_neutral(point) and _is_neutral(ed25519._multiply(L, point))


def _is_neutral(point):
    x, y, z, _ = point
    return x == 0 and y == z


def _decode_any(data):
    """The point of 32 bytes, whether or not they are its canonical encoding, else None."""
    encoded = int.from_bytes(data, "little")
    sign, y = encoded >> 255, (encoded & (2**255 - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_MINUS_ONE % P
    if x * x % P != square:
        return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


def verify(key, signature, message):  # PRIM-14
    if len(key) != 32 or len(signature) != 64:
        return False
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    r, a = _decode_any(r_bytes), ed25519._decode(key)
    if s >= L or r is None or a is None:
        return False
    k = int.from_bytes(hashlib.sha512(r_bytes + key + message).digest(), "little") % L
    right = ed25519._add(r, ed25519._multiply(k, a))
    difference = ed25519._add(ed25519._multiply(s, BASE), ed25519._negate(right))
    return _is_neutral(ed25519._multiply(8, difference))
