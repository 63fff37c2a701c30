"""The records of sender keys."""

from . import ed25519, protobuf, skipped
from .errors import Refused, malformed_unless, refused_by
from .fixed import TIME_MAX
from .protobuf import Message, bytes_field, number_field
from .sender_key import ID_LENGTH, ITERATIONS, Previous, Sending, is_previous
from .sender_key_receiving import Receiving

BLOCKS = ITERATIONS // skipped.BLOCK

_COMMON = (
    number_field(1, "version", "uint32", 1, 1),
    bytes_field(2, "group", 32),
    bytes_field(3, "account", 32),
    number_field(4, "device", "fixed32", 1),
    bytes_field(5, "roster", 32),
)

SENDING_KEY = Message("SendingKeyRecord", "GROUP-170", 243, _COMMON + (
    bytes_field(6, "signing_seed", 32),
    bytes_field(7, "commitment", 32),
    bytes_field(8, "chain_key", 32),
    number_field(9, "iteration", "uint32", 1, ITERATIONS, absent=0),
    number_field(10, "created_ms", "uint64", 1, TIME_MAX, absent=0),
    bytes_field(11, "previous_id", ID_LENGTH, absent=None),
    number_field(12, "previous_count", "uint32", 1, ITERATIONS, absent=0),
))

RECEIVING_KEY = Message("ReceivingKeyRecord", "GROUP-171", 764, _COMMON + (
    bytes_field(6, "signing_key", 32),
    bytes_field(7, "commitment", 32),
    bytes_field(8, "chain_key", 32, absent=None),
    number_field(9, "first", "uint32", 1, ITERATIONS - 1, absent=0),
    number_field(10, "next", "uint32", 1, ITERATIONS, absent=0),
    number_field(11, "end", "uint32", 1, ITERATIONS, absent=0),
    number_field(12, "closed_ms", "uint64", 1, TIME_MAX, absent=None),
    bytes_field(13, "previous_id", ID_LENGTH, absent=None),
    number_field(14, "previous_count", "uint32", 1, ITERATIONS, absent=0),
    bytes_field(15, "skipped", 8, 512, absent=None, rules=("GROUP-173",)),
))

_well_formed = malformed_unless("record")


def _check_previous(values):  # GROUP-172: in a record, no id stands for the id of zeros
    identifier, count = values["previous_id"], values["previous_count"]
    _well_formed(identifier is None or any(identifier), "GROUP-172", "GROUP-114")
    _well_formed(is_previous(identifier or b"", count), "GROUP-172", "GROUP-114")


def _check_receiving(values):
    _well_formed(ed25519.is_canonical(values["signing_key"]), "GROUP-171", "PRIM-6")
    _well_formed(values["first"] <= values["next"] <= values["end"], "GROUP-172")
    _well_formed((values["chain_key"] is None) == (values["next"] == values["end"]), "GROUP-172")
    _check_previous(values)
    maps = values["skipped"] or b""
    _well_formed(len(maps) % 8 == 0, "GROUP-173")
    _well_formed(not maps or any(maps[-8:]), "GROUP-173")
    _well_formed(all(values["first"] <= n < values["next"] for n in _read_skipped(maps)), "GROUP-173")


def _read_skipped(data):  # GROUP-173
    return frozenset(n for block in range(len(data) // 8)
                     for n in skipped.numbers(block, int.from_bytes(data[8 * block : 8 * block + 8], "big")))


def _write_skipped(iterations):
    if not iterations:
        return None
    maps = dict(skipped.blocks(iterations))
    return b"".join(maps.get(block, 0).to_bytes(8, "big") for block in range(max(maps) + 1))


def _previous(values):
    identifier = values["previous_id"]
    return None if identifier is None else Previous(identifier, values["previous_count"])


def _encode(message, values):
    previous = values.pop("previous") or Previous(None, 0)
    return protobuf.encode(message, dict(values, version=1, previous_id=previous.id, previous_count=previous.count))


def read_sending(encoded):  # GROUP-170
    with refused_by("record"):
        values = protobuf.decode(SENDING_KEY, encoded)
    _check_previous(values)
    return Sending(*(values[name] for name in Sending._fields[:-1]), previous=_previous(values))


def write_sending(sending):
    return _encode(SENDING_KEY, sending._asdict())


def read_receiving(encoded):  # GROUP-171
    with refused_by("record"):
        values = protobuf.decode(RECEIVING_KEY, encoded)
    _check_receiving(values)
    return Receiving(*(values[name] for name in Receiving._fields[:-2]), previous=_previous(values),
                     skipped=_read_skipped(values["skipped"] or b""))


def write_receiving(receiving):
    values = receiving._asdict()
    if values["closed_ms"] == 0:
        values["closed_ms"] = 1
    return _encode(RECEIVING_KEY, dict(values, skipped=_write_skipped(receiving.skipped)))


def read_blocks(records):  # GROUP-174
    """The blocks of a key. A record that can't be read is as good as lost (GROUP-145)."""
    blocks = {}
    for encoded in records:
        try:
            record = skipped.decode_record(encoded)
        except Refused:
            continue
        if record.chain == 0 and record.block < BLOCKS:
            blocks[record.block] = record.keys
    return blocks


def write_blocks(blocks):
    return [skipped.encode_record(skipped.SkippedKeys(0, block, keys)) for block, keys in sorted(blocks.items())]
