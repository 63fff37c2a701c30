"""What several worked examples have in common.

A module of examples has CHAPTERS, the files of docs/spec, and PARTS: functions that give names of examples, what is
derived, and what the specification says, bytes in hexadecimal.
"""

from .wire import Frame, Header


def filled(value, length=32):
    """The specification's x^32."""
    return bytes([value]) * length


COUNTED = bytes(range(32))
NONCE_SALT = bytes.fromhex("0102030405060708")
HEADER = Header(filled(0xAA), 5, 3, 1, False, False, NONCE_SALT)  # WIRE-20
FRAME = Frame(0, None, None, None, 1, filled(9, 8), b"bonjour")  # WIRE-30
