"""Fixed layouts of messages: envelope, header, frame, padding, message id."""

from collections import namedtuple

from .aes_gcm import TAG_LENGTH
from .errors import refuse_unless
from .fixed import Reader, be
from .hashes import MESSAGE_ID, H
from .reed_solomon import SHARD_LENGTH

PREKEY_MESSAGE, RATCHET_MESSAGE = 1, 2
SEALED_HEADER_LENGTH = 65
FRAME_LENGTH_MIN, FRAME_LENGTH_MAX = 16, 17301504
CONTENT_LENGTH_MAX = 16777216
RUN_MAX = 37  # WIRE-35: shards in a frame

Envelope = namedtuple("Envelope", "type handshake sealed_header body tag")
Header = namedtuple("Header", "ratchet_key n pn epoch_mod_64 have mix nonce_salt")
# `shards` is None or (first, bytes).
Frame = namedtuple("Frame", "kind ttl shards list_epoch sent_ms nonce content")


def read_envelope(data):  # WIRE-10
    reader = Reader(data, "envelope")
    # WIRE-12: the version before the type
    refuse_unless(reader.take_number(1) == 1, "envelope", "Version", "WIRE-11", "WIRE-12")
    message_type = reader.take_number(1)
    refuse_unless(message_type in (PREKEY_MESSAGE, RATCHET_MESSAGE), "envelope", "Type", "WIRE-12")
    handshake = None
    if message_type == PREKEY_MESSAGE:
        length = reader.take_number(2)
        refuse_unless(1 <= length <= 8192, "envelope", "Length", "WIRE-13")
        handshake = reader.take(length)
    sealed_header = reader.take(SEALED_HEADER_LENGTH)
    sealed_body = reader.rest()
    refuse_unless(len(sealed_body) >= TAG_LENGTH, "envelope", "Truncated", "WIRE-1")
    body, tag = sealed_body[:-TAG_LENGTH], sealed_body[-TAG_LENGTH:]
    refuse_unless(FRAME_LENGTH_MIN <= len(body) <= FRAME_LENGTH_MAX, "envelope", "Length", "WIRE-14")
    return Envelope(message_type, handshake, sealed_header, body, tag)


def write_envelope(envelope):
    handshake = b""
    if envelope.handshake is not None:
        handshake = be(len(envelope.handshake), 2) + envelope.handshake
    return bytes([1, envelope.type]) + handshake + envelope.sealed_header + envelope.body + envelope.tag


def read_header(data):  # WIRE-20
    reader = Reader(data, "header")
    ratchet_key, n, pn = reader.take(32), reader.take_number(4), reader.take_number(4)
    flags, nonce_salt = reader.take_number(1), reader.take(8)
    reader.end()
    refuse_unless(n < 2**20, "header", "Range", "WIRE-21")
    refuse_unless(pn <= 2**20, "header", "Range", "WIRE-22")
    return Header(ratchet_key, n, pn, flags >> 2, bool(flags & 2), bool(flags & 1), nonce_salt)  # WIRE-23


def write_header(header):
    flags = header.epoch_mod_64 << 2 | header.have << 1 | header.mix
    return header.ratchet_key + be(header.n, 4) + be(header.pn, 4) + be(flags, 1) + header.nonce_salt


def read_frame(data):  # WIRE-30
    refuse_unless(FRAME_LENGTH_MIN <= len(data) <= FRAME_LENGTH_MAX, "frame", "Length", "WIRE-31")
    reader = Reader(data, "frame")
    first_byte = reader.take_number(1)
    refuse_unless(first_byte & 1 == 0, "frame", "Padding", "WIRE-33")
    sent_ms, nonce = reader.take_number(6), reader.take(8)
    ttl = shards = list_epoch = None
    if first_byte & 8:
        ttl = reader.take_number(4)
        refuse_unless(ttl != 0, "frame", "Range", "WIRE-34")
    if first_byte & 2:
        list_epoch = reader.take_number(4)
        refuse_unless(list_epoch != 0, "frame", "Range", "WIRE-34")
    if first_byte & 4:
        first, count = reader.take_number(1), reader.take_number(1)
        refuse_unless(first <= 254, "frame", "Range", "WIRE-35")
        refuse_unless(1 <= count <= RUN_MAX, "frame", "Count", "WIRE-35")
        shards = first, reader.take(SHARD_LENGTH * count, "WIRE-35")
    marked = reader.rest().rstrip(b"\0")
    refuse_unless(marked.endswith(b"\x80"), "frame", "Padding", "WIRE-36")
    content = marked[:-1]
    refuse_unless(len(content) <= CONTENT_LENGTH_MAX, "frame", "Length", "WIRE-37")
    return Frame(first_byte >> 4, ttl, shards, list_epoch, sent_ms, nonce, content)


def write_frame(frame, padding):
    flags = (frame.ttl is not None) << 3 | (frame.shards is not None) << 2 | (frame.list_epoch is not None) << 1
    data = be(frame.kind << 4 | flags, 1) + be(frame.sent_ms, 6) + frame.nonce
    if frame.ttl is not None:
        data += be(frame.ttl, 4)
    if frame.list_epoch is not None:
        data += be(frame.list_epoch, 4)
    if frame.shards is not None:
        first, shards = frame.shards
        data += bytes([first, len(shards) // SHARD_LENGTH]) + shards
    data += frame.content + b"\x80"
    return data + bytes(padded_length(padding, len(data)) - len(data))


def padded_length(padding, length):
    """`padding` is "padme", "none" or the length of a block."""
    if padding == "padme":  # WIRE-41
        if length <= 64:
            return 64
        e = length.bit_length() - 1
        s = e.bit_length()  # floor(log2 E) + 1
        return _next_multiple(length, 2 ** (e - s))
    if padding == "none":  # WIRE-42
        return length
    return _next_multiple(length, padding)  # WIRE-42


def _next_multiple(length, unit):
    return -(-length // unit) * unit


def message_hash(sender, recipient, kind, sent_ms, nonce, content):  # WIRE-39: the id is its first 16 bytes
    lower, higher = sorted((sender, recipient))
    return H(MESSAGE_ID, sender, lower, higher, be(kind, 1), be(sent_ms, 6), nonce, content)
