"""The two boxes of a message: the body, and the header whose nonce comes from the body's tag."""

from collections import namedtuple

from . import aes_gcm, wire

# What an Envelope needs, and the two nonces.
SealedBoxes = namedtuple("SealedBoxes", "P body_nonce body body_tag header_nonce sealed_header")


def prefix(handshake_hash):  # RATCHET-7: `handshake_hash` is None in a ratchet message
    if handshake_hash is None:
        return bytes([1, wire.RATCHET_MESSAGE])
    return bytes([1, wire.PREKEY_MESSAGE]) + handshake_hash


def _body_nonce(header_bytes):  # RATCHET-5: the salt is the last 8 bytes of the header
    return header_bytes[-8:] + bytes(4)


def _header_nonce(tag):  # RATCHET-6
    return tag[:12]


def seal(p, message_key, header_key, header_bytes, frame_bytes):
    body_nonce = _body_nonce(header_bytes)
    sealed = aes_gcm.seal(message_key, body_nonce, p + header_bytes, frame_bytes)  # RATCHET-5
    body, tag = sealed[: -aes_gcm.TAG_LENGTH], sealed[-aes_gcm.TAG_LENGTH :]
    header_nonce = _header_nonce(tag)
    sealed_header = aes_gcm.seal(header_key, header_nonce, p, header_bytes)  # RATCHET-6
    return SealedBoxes(p, body_nonce, body, tag, header_nonce, sealed_header)


def open_header(p, header_key, envelope):
    """The header's bytes, or None."""
    return aes_gcm.open_box(header_key, _header_nonce(envelope.tag), p, envelope.sealed_header)


def open_body(p, message_key, header_bytes, envelope):
    """The frame's bytes, or None."""
    return aes_gcm.open_box(message_key, _body_nonce(header_bytes), p + header_bytes, envelope.body + envelope.tag)
