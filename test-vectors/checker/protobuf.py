"""Strict protobuf: one encoding for each message (WIRE-60 to 67), and the messages of wire.md."""

from collections import namedtuple

from .errors import Refused

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
WIRE_TYPES = {"uint32": VARINT, "uint64": VARINT, "bytes": LENGTH_DELIMITED, "fixed32": FIXED32, "fixed64": FIXED64}
FIXED_LENGTHS = {FIXED32: 4, FIXED64: 8}

# `absent` is what an absent field stands for; a required field has REQUIRED there. `low` and `high` are the bounds of
# a number, or of the length of bytes. `message` is the Message inside of bytes, if there is one. A length out of
# bounds is refused by `layer`, by `rules` beside those of the message. A repeated field is there at most `most` times,
# and its value is a list; of others that is None.
Field = namedtuple("Field", "number name type low high absent message layer rules most", defaults=(None,))
# `rule` has the table of the message.
Message = namedtuple("Message", "name rule max_length fields")

REQUIRED = object()


def number_field(number, name, kind, low, high=None, absent=REQUIRED):
    top = 2**64 - 1 if kind.endswith("64") else 2**32 - 1
    return Field(number, name, kind, low, top if high is None else high, absent, None, "encoding", ())


def bytes_field(number, name, low, high=None, absent=REQUIRED, layer="encoding", rules=()):
    return Field(number, name, "bytes", low, low if high is None else high, absent, None, layer, rules)


def message_field(number, name, message, absent=REQUIRED):
    return Field(number, name, "bytes", 1, message.max_length, absent, message, "encoding", ())


def repeated_field(number, name, message, most):
    return Field(number, name, "bytes", 1, message.max_length, [], message, "encoding", (), most)


SIGNED_DEVICE_LIST = Message("SignedDeviceList", "WIRE-70", 2308, (
    bytes_field(1, "body", 377, 2239, layer="device list body", rules=("WIRE-50", "WIRE-55")),
    bytes_field(2, "signature", 64),
))

PREKEY = Message("Prekey", "WIRE-71", 1686, (
    number_field(1, "id", "fixed32", 1),
    bytes_field(2, "curve_key", 32),
    bytes_field(3, "kem_key", 1568),
    number_field(4, "issued_day", "fixed32", 1, absent=0),
    number_field(5, "expires_day", "fixed32", 1),
    bytes_field(6, "signature", 64),
))

BUNDLE = Message("Bundle", "WIRE-73", 5694, (
    message_field(1, "device_list", SIGNED_DEVICE_LIST),
    number_field(2, "device_id", "fixed32", 1),
    message_field(3, "signed_prekey", PREKEY),
    message_field(4, "one_time_prekey", PREKEY, absent=None),
))

HANDSHAKE = Message("Handshake", "WIRE-74", 4033, (
    message_field(1, "device_list", SIGNED_DEVICE_LIST),
    number_field(2, "device_id", "fixed32", 1),
    bytes_field(3, "signing_key", 32),
    bytes_field(4, "agreement_key", 32),
    number_field(5, "recipient_device_id", "fixed32", 1),
    number_field(6, "recipient_list_epoch", "uint32", 1),
    number_field(7, "counter", "uint64", 1),
    number_field(8, "mode", "uint32", 1, 3),
    bytes_field(9, "resumption_id", 8, absent=None),
    bytes_field(10, "E_A", 32),
    number_field(11, "signed_prekey_id", "fixed32", 1),
    number_field(12, "one_time_prekey_id", "fixed32", 1, absent=None),
    bytes_field(13, "ct", 1568),
))


def _encode_varint(value):
    encoded = b""
    while value >= 0x80:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def encode(message, values):
    """The one encoding of the values. Bytes that hold a message are given encoded."""
    encoded = b""
    for field in message.fields:
        value = values[field.name]
        if value == field.absent:
            continue
        for element in [value] if field.most is None else value:
            encoded += _encode_field(field, element)
    return encoded


def _encode_field(field, value):
    wire_type = WIRE_TYPES[field.type]
    key = _encode_varint(field.number * 8 + wire_type)
    if wire_type == VARINT:
        return key + _encode_varint(value)
    if wire_type in FIXED_LENGTHS:
        return key + value.to_bytes(FIXED_LENGTHS[wire_type], "little")
    return key + _encode_varint(len(value)) + value


class _Decoder:
    def __init__(self, message, data):
        self.message = message
        self.data = data

    def refused(self, *rules, layer="encoding"):
        return Refused(layer, "Malformed", *rules, self.message.rule)

    def take(self, length, *rules):
        if length > len(self.data):
            raise self.refused(*rules)
        taken, self.data = self.data[:length], self.data[length:]
        return taken

    def take_varint(self):  # WIRE-65
        value = shift = 0
        while True:
            byte = self.take(1, "WIRE-65")[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if value >= 2**64 or len(_encode_varint(value)) != shift // 7:
            raise self.refused("WIRE-65")
        return value

    def field(self, field):
        wire_type = WIRE_TYPES[field.type]
        if wire_type == LENGTH_DELIMITED:
            value = self.take(self.take_varint(), "WIRE-67")
            if not field.low <= len(value) <= field.high:  # WIRE-67
                raise self.refused("WIRE-67", *field.rules, layer=field.layer)
            if field.message:
                decode(field.message, value)
            return value
        if wire_type == VARINT:
            value = self.take_varint()
        else:
            value = int.from_bytes(self.take(FIXED_LENGTHS[wire_type], "WIRE-66"), "little")
        if not field.low <= value <= field.high:  # WIRE-66: a zero is absent and never written
            raise self.refused("WIRE-66")
        return value

    def fields(self):
        values = {}
        key = None  # the key that was read and not yet used
        for field in self.message.fields:  # WIRE-61, WIRE-62: each field at its place, once
            if key is None and self.data:
                key = self.take_varint()
            field_key = field.number * 8 + WIRE_TYPES[field.type]
            if field.most is not None:
                values[field.name] = []
                while key == field_key:
                    if len(values[field.name]) == field.most:  # WIRE-62
                        raise self.refused("WIRE-62")
                    values[field.name].append(self.field(field))
                    key = self.take_varint() if self.data else None
            elif key == field_key:
                values[field.name] = self.field(field)
                key = None
            elif field.absent is REQUIRED:  # WIRE-63
                raise self.refused("WIRE-63")
            else:
                values[field.name] = field.absent
        if key is not None or self.data:  # WIRE-64
            raise self.refused("WIRE-64")
        return values


def decode(message, data):
    """The values of a message by the names of its fields. Messages inside are checked, and given as bytes."""
    decoder = _Decoder(message, data)
    if len(data) > message.max_length:  # WIRE-60
        raise decoder.refused("WIRE-60")
    values = decoder.fields()
    if message is PREKEY and values["expires_day"] <= values["issued_day"]:
        raise decoder.refused("WIRE-72")
    if message is HANDSHAKE and (values["resumption_id"] is not None) != (values["mode"] == 2):
        raise decoder.refused("WIRE-75")
    return values
