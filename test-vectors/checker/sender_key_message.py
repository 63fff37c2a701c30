"""Messages to a group: their layout, and what their signature is over; sealing one."""

from collections import namedtuple

from . import aes_gcm, ed25519, sender_key, wire
from .errors import FormError, Refused, malformed_unless, refuse_unless
from .fixed import Reader, be
from .hashes import H, label
from .sender_key import ID_LENGTH, ITERATIONS

GROUP_MESSAGE = label("group message")
TYPE = 3
ASSOCIATED_LENGTH = 30
SIGNATURE_LENGTH, ROSTER_LENGTH = 64, 32

# `associated` are the bytes before what is sealed.
Message = namedtuple("Message", "associated key_id iteration nonce_salt sealed")
Sealed = namedtuple("Sealed", "mk frame frame_hash signed signature ad nonce message")

_well_formed = malformed_unless("envelope")


def read(data):  # GROUP-130
    reader = Reader(data, "envelope", truncated="Malformed")
    _well_formed(reader.take_number(1) == 1, "GROUP-131", "WIRE-11")
    _well_formed(reader.take_number(1) == TYPE, "GROUP-131", "WIRE-12")
    key_id, iteration, nonce_salt = reader.take(ID_LENGTH), reader.take_number(4), reader.take(8)
    _well_formed(iteration < ITERATIONS, "GROUP-132")
    sealed = reader.rest()
    frame_length = len(sealed) - SIGNATURE_LENGTH - ROSTER_LENGTH - aes_gcm.TAG_LENGTH
    _well_formed(wire.FRAME_LENGTH_MIN <= frame_length <= wire.FRAME_LENGTH_MAX, "GROUP-133", "GROUP-130", "WIRE-1")
    return Message(data[:ASSOCIATED_LENGTH], key_id, iteration, nonce_salt, sealed)


def nonce(nonce_salt):  # GROUP-134
    return nonce_salt + bytes(4)


def signed_bytes(group, roster, account, device, key_id, iteration, frame):  # GROUP-135
    return b"".join((GROUP_MESSAGE, group, roster, account, be(device, 4), key_id, be(iteration, 4), H(frame)))


def read_frame(data):
    """The frame, or None where the bytes are no frame."""
    try:
        frame = wire.read_frame(data)
    except Refused:
        return None
    return frame if frame.shards is None else None  # GROUP-137


def _write_frame(frame):
    """Padded, or refused where the frame has no encoding or has shards."""
    try:
        data = wire.write_frame(frame, "padme")
    except OverflowError:  # a number is too big for its field
        data = b""
    refuse_unless(read_frame(data) == frame, "sender key", "Malformed", "GROUP-137")
    return data


def seal(sending, named_roster, nonce_salt, frame):
    """All on the way, and the key afterwards."""
    refuse_unless(sending.iteration < ITERATIONS, "sender key", "KeyExhausted", "GROUP-138")
    frame_bytes = _write_frame(frame)
    given = sender_key.distribution(sending)
    key_id, iteration = sender_key.key_id(given), sending.iteration
    chain_key, message_key = sender_key.step(sending.chain_key)
    signed = signed_bytes(sending.group, named_roster, sending.account, sending.device, key_id, iteration, frame_bytes)
    signature = ed25519.sign(sending.signing_seed, signed)
    associated = be(1, 1) + be(TYPE, 1) + key_id + be(iteration, 4) + nonce_salt
    sealed = aes_gcm.seal(message_key, nonce(nonce_salt), associated, signature + named_roster + frame_bytes)
    if len(associated) != ASSOCIATED_LENGTH or len(signed) != 179:
        raise FormError("a message has other lengths than GROUP-134 and 135 say")
    return (Sealed(message_key, frame_bytes, H(frame_bytes), signed, signature, associated, nonce(nonce_salt),
                   associated + sealed),
            sending._replace(chain_key=chain_key, iteration=iteration + 1))
