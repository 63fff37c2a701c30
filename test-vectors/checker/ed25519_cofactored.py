"""Ed25519 with the cofactor, as the signatures of group messages are verified."""

from .ed25519 import BASE, L, P, add, challenge, decode, is_neutral, multiply, negate, x_of


def is_prime_order(key):  # PRIM-12
    point = decode(key)
    return point is not None and not is_neutral(point) and is_neutral(multiply(L, point))


def _decode_any(data):
    """The point of 32 bytes, whether or not they are its canonical encoding, else None."""
    encoded = int.from_bytes(data, "little")
    y = (encoded & (2**255 - 1)) % P
    x = x_of(y, encoded >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def verify(key, signature, message):  # PRIM-14
    if len(key) != 32 or len(signature) != 64:
        return False
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    r, a = _decode_any(r_bytes), decode(key)
    if s >= L or r is None or a is None:
        return False
    right = add(r, multiply(challenge(r_bytes, key, message), a))
    return is_neutral(multiply(8, add(multiply(s, BASE), negate(right))))
