"""The operations of wire.json."""

from . import wire
from .errors import FormError
from .form import flag, members, number, number32, octets, time
from .frame_form import frame_of

LAYERS = {}


def _padding(value):
    if value in ("padme", "none"):
        return value
    members(value, "blocks")
    return number(value["blocks"], 1, 65536)  # WIRE-42


def header(inputs, comparison):
    members(inputs, "ratchet_key", "n", "pn", "epoch_mod_64", "have", "mix", "nonce_salt")
    given = wire.Header(octets(inputs["ratchet_key"], 32), number32(inputs["n"]), number32(inputs["pn"]),
                        number(inputs["epoch_mod_64"], 0, 63), flag(inputs["have"]), flag(inputs["mix"]),
                        octets(inputs["nonce_salt"], 8))
    encoded = wire.write_header(given)
    if wire.read_header(encoded) != given:
        raise FormError("the header isn't read as what was written")
    return None, {"header": encoded}


def read_header(inputs, comparison):
    members(inputs, "header")
    wire.read_header(octets(inputs["header"]))
    return None, None


def padding(inputs, comparison):
    members(inputs, "scheme", "unpadded")
    scheme = _padding(inputs["scheme"])
    return None, {"padded": [wire.padded_length(scheme, number32(length)) for length in inputs["unpadded"]]}


def frame(inputs, comparison):
    members(inputs, "kind", "ttl", "shards", "list_epoch", "sent_ms", "nonce", "content", "padding")
    shards = None
    if inputs["shards"] is not None:
        members(inputs["shards"], "first", "bytes")
        shards = number(inputs["shards"]["first"], 0, 255), octets(inputs["shards"]["bytes"])
    given = frame_of(inputs, shards)
    encoded = wire.write_frame(given, _padding(inputs["padding"]))
    if wire.read_frame(encoded) != given:
        raise FormError("the frame isn't read as what was written")
    return None, {"frame": encoded}


def read_frame(inputs, comparison):
    members(inputs, "frame")
    wire.read_frame(octets(inputs["frame"]))
    return None, None


def message_id(inputs, comparison):
    members(inputs, "sender", "recipient", "kind", "sent_ms", "nonce", "content")
    hashed = wire.message_hash(octets(inputs["sender"], 32), octets(inputs["recipient"], 32),
                               number(inputs["kind"], 0, 15), time(inputs["sent_ms"]),
                               octets(inputs["nonce"], 8), octets(inputs["content"]))
    return {"hash": hashed}, {"id": hashed[:16]}


def envelope(inputs, comparison):
    members(inputs, "envelope")
    given = octets(inputs["envelope"])
    parts = wire.read_envelope(given)
    comparison.compare("inputs.envelope", wire.write_envelope(parts), inputs["envelope"])
    return None, parts._asdict()


def read_envelope(inputs, comparison):
    members(inputs, "envelope")
    wire.read_envelope(octets(inputs["envelope"]))
    return None, None


OPERATIONS = {
    "header": header,
    "read header": read_header,
    "padding": padding,
    "frame": frame,
    "read frame": read_frame,
    "message id": message_id,
    "envelope": envelope,
    "read envelope": read_envelope,
}
