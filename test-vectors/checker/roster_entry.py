"""Entries of a roster: their layout, their hash and what their signature is over."""

from collections import namedtuple

from . import device_list, list_proof
from .errors import Refused, malformed_unless, refused_by
from .fixed import Reader, be
from .hashes import H, label

ROSTER_ENTRY = label("roster entry")
ROSTER_ENTRY_HASH = label("roster entry hash")

GENESIS, SET, LEAVE, DEVICES, RENAME, REKEY = range(6)
NONE, MEMBER, ADMIN = range(3)
ZEROS = bytes(32)
PREVS_MAX = 16
TITLE_MAX = 256
# GROUP-2: the fields up to the prevs, 16 of them, and the longest list and proof with their lengths
BODY_MAX = 117 + 32 * PREVS_MAX + 2 + 2308 + 4 + 26112

# What a change says, by the kind of the entry; leave and rekey have None.
Genesis = namedtuple("Genesis", "random list")
Set = namedtuple("Set", "target role")
Devices = namedtuple("Devices", "list proof")  # the proof is encoded, or None
Rename = namedtuple("Rename", "title")
# `list` in a change is encoded.
Body = namedtuple("Body", "group kind author device list_epoch seq sent_ms under prevs change")
# An entry that was read. `pinned` is the SignedList of a genesis or a devices entry, `links` are those of its proof.
Entry = namedtuple("Entry", "encoded body_bytes body hash signature pinned links")

_well_formed = malformed_unless("encoding")


def write_change(change):
    if isinstance(change, Genesis):
        return change.random + be(len(change.list), 2) + change.list
    if isinstance(change, Set):
        return change.target + be(change.role, 1)
    if isinstance(change, Devices):
        proof = change.proof or b""
        return be(len(change.list), 2) + change.list + be(len(proof), 4) + proof
    if isinstance(change, Rename):
        return change.title.encode("utf-8")
    return b""


def write_body(body):  # GROUP-1
    return b"".join((be(1, 1), body.group, be(body.kind, 1), body.author, be(body.device, 4), be(body.list_epoch, 4),
                     be(body.seq, 4), be(body.sent_ms, 6), body.under, be(len(body.prevs), 1), *body.prevs,
                     write_change(body.change)))


def write(body_bytes, signature):  # GROUP-1
    return be(len(body_bytes), 4) + body_bytes + signature


def entry_hash(body_bytes):  # GROUP-10
    return H(ROSTER_ENTRY_HASH, H(body_bytes))


def signed_bytes(body_bytes):  # GROUP-11
    return ROSTER_ENTRY + body_bytes


def _reader(data):
    return Reader(data, "encoding", truncated="Malformed", trailing="Malformed")


def read(encoded):
    reader = _reader(encoded)
    length = int.from_bytes(reader.take(4, "GROUP-2", "GROUP-1"), "big")
    _well_formed(length <= BODY_MAX, "GROUP-2")
    body_bytes = reader.take(length, "GROUP-2", "GROUP-1")
    signature = reader.take(64, "GROUP-2", "GROUP-1")
    reader.end("GROUP-2")
    with refused_by("encoding"):
        body, pinned, links = _read_body(body_bytes)
    return Entry(encoded, body_bytes, body, entry_hash(body_bytes), signature, pinned, links)


def _read_body(data):
    reader = _reader(data)

    def take(length):
        return reader.take(length, "GROUP-2", "GROUP-1")

    def take_number(width):
        return int.from_bytes(take(width), "big")

    _well_formed(take_number(1) == 1, "GROUP-3")
    group, kind = take(32), take_number(1)
    _well_formed(kind <= REKEY, "GROUP-3")
    author, device, list_epoch, seq, sent_ms, under = (
        take(32), take_number(4), take_number(4), take_number(4), take_number(6), take(32))
    _well_formed(min(device, list_epoch, seq) >= 1, "GROUP-5")
    count = take_number(1)
    _well_formed(count <= PREVS_MAX, "GROUP-4")
    prevs = [take(32) for _ in range(count)]
    _well_formed(all(a < b for a, b in zip(prevs, prevs[1:])), "GROUP-4")
    if kind == GENESIS:
        _well_formed(not prevs and group == under == ZEROS, "GROUP-6")
    else:
        _well_formed(prevs and ZEROS not in (group, under), "GROUP-6")
    change = pinned = None
    links = []
    if kind == GENESIS:
        random = take(32)
        change = Genesis(random, take(take_number(2)))
        pinned = device_list.parse(change.list)  # GROUP-7
    elif kind == SET:
        change = Set(take(32), take_number(1))
        _well_formed(change.role <= ADMIN and change.target != author, "GROUP-9")
    elif kind == DEVICES:
        signed_list = take(take_number(2))
        change = Devices(signed_list, take(take_number(4)) or None)
        pinned = device_list.parse(change.list)  # GROUP-7
        links = list_proof.read(change.proof) if change.proof else []  # GROUP-7
    elif kind == RENAME:
        change = Rename(_read_title(reader.rest()))
    reader.end("GROUP-2", "GROUP-1")
    return Body(group, kind, author, device, list_epoch, seq, sent_ms, under, prevs, change), pinned, links


def _read_title(data):  # GROUP-8
    try:
        title = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("encoding", "Malformed", "GROUP-8") from None
    has_controls = any(c < " " or "\x7f" <= c <= "\x9f" for c in title)
    _well_formed(len(data) <= TITLE_MAX and not has_controls, "GROUP-8")
    return title
