"""SHA-256, HKDF and the labels."""

import hashlib
import hmac


def label(purpose):  # WIRE-2
    return b"entrenous v1 " + purpose.encode("ascii") + b"\0"


ACCOUNT_ID = label("account id")
DEVICE_ENTRY = label("device entry")
DEVICE_LIST = label("device list")
DEVICE_LIST_HASH = label("device list hash")
SAFETY_NUMBER = label("safety number")
TEXT_CHECK = label("text check")
PREKEY = label("prekey")
HANDSHAKE = label("handshake")
TRANSCRIPT = label("transcript")
SESSION = label("session")
RESUMPTION_ID = label("resumption id")
MESSAGE_ID = label("message id")


def H(*parts):  # PRIM-1
    return hashlib.sha256(b"".join(parts)).digest()


def handshake_hash(handshake):  # AGREE-9: hs
    return H(HANDSHAKE, handshake)


def extract(salt, ikm):  # PRIM-2
    return hmac.new(salt, ikm, hashlib.sha256).digest()


def expand(prk, info, length):  # PRIM-2
    block, output, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        output += block
        counter += 1
    return output[:length]
