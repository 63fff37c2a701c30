"""Ed25519 (RFC 8032). Decoding and verification are made here, strictly; signing is the library's."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)

# A point is X, Y, Z, T with x = X/Z, y = Y/Z and x·y = T/Z.
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def negate(p):
    return -p[0] % P, p[1], p[2], -p[3] % P


def _encode(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def x_of(y, sign):
    """The x of a point of the curve, odd with the sign 1, or None."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_MINUS_ONE % P
    if x * x % P != square:
        return None
    return x if x & 1 == sign else -x % P


def decode(data):
    """The point whose canonical encoding the 32 bytes are, else None."""
    encoded = int.from_bytes(data, "little")
    sign, y = encoded >> 255, encoded & (2**255 - 1)
    if y >= P:
        return None
    x = x_of(y, sign)
    if x is None or (x == 0 and sign):
        return None
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_neutral(point):
    x, y, z, _ = point
    return x == 0 and y == z


def _of_small_order(point):
    return is_neutral(multiply(8, point))


def challenge(r_bytes, key, message):
    return int.from_bytes(hashlib.sha512(r_bytes + key + message).digest(), "little") % L


def is_canonical(key):  # PRIM-6
    return len(key) == 32 and decode(key) is not None


def verify(key, signature, message):  # PRIM-7
    if len(key) != 32 or len(signature) != 64:
        return False
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    r, a = decode(r_bytes), decode(key)
    if r is None or a is None or _of_small_order(r) or _of_small_order(a):
        return False
    k = challenge(r_bytes, key, message)
    return _encode(add(multiply(s, BASE), negate(multiply(k, a)))) == r_bytes


def public_key(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(seed, message):  # PRIM-7: deterministic, RFC 8032, 5.1.6
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)
