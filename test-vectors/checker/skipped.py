"""Kept message keys: their records, one for each chain and block of 64 numbers, and what becomes of them in a step."""

from collections import namedtuple

from .errors import Refused, refuse_unless, refused_by
from .protobuf import Message, bytes_field, decode, encode, number_field

BLOCK = 64
BLOCKS = 2**20 // BLOCK
KEY_LENGTH = 32

SKIPPED_KEYS = Message("SkippedKeysRecord", "WIRE-80", 2076, (
    number_field(1, "version", "uint32", 1, 1),
    number_field(2, "chain", "uint64", 1, absent=0),
    number_field(3, "block", "uint32", 1, BLOCKS - 1, absent=0),
    number_field(4, "present", "fixed64", 1),
    bytes_field(5, "keys", KEY_LENGTH, KEY_LENGTH * BLOCK),
))

# The record of a block, by the numbers of its keys.
SkippedKeys = namedtuple("SkippedKeys", "chain block keys")


def blocks(numbers):
    """Pairs of a block and its map of the numbers that are there, ascending: as WIRE-80 and SkippedIndex have them."""
    maps = {}
    for n in numbers:
        maps[n // BLOCK] = maps.get(n // BLOCK, 0) | 1 << n % BLOCK
    return sorted(maps.items())


def numbers(block, present):
    return [BLOCK * block + bit for bit in range(BLOCK) if present >> bit & 1]


def encode_record(record):
    keys = sorted(record.keys.items())
    (_, present), = blocks(record.keys)
    return encode(SKIPPED_KEYS, {"version": 1, "chain": record.chain, "block": record.block, "present": present,
                                 "keys": b"".join(key for _, key in keys)})


def decode_record(encoded):
    with refused_by("record"):
        values = decode(SKIPPED_KEYS, encoded)
    present, keys = numbers(values["block"], values["present"]), values["keys"]
    refuse_unless(len(keys) == KEY_LENGTH * len(present), "record", "Malformed", "WIRE-81")
    return SkippedKeys(values["chain"], values["block"],
                       {n: keys[KEY_LENGTH * i : KEY_LENGTH * (i + 1)] for i, n in enumerate(present)})


def load(records, chain, block, expected):
    """The keys of a block, or None where the record is lost: absent, or not with the expected numbers (RATCHET-31)."""
    try:
        record = decode_record(records[chain, block])
    except (KeyError, Refused):
        return None
    return record.keys if (record.chain, record.block, set(record.keys)) == (chain, block, expected) else None


def rewrite(records, chain, kept, removed, added):
    """(the records afterwards, the numbers kept afterwards, how many keys were in records that are lost)

    `kept` are the numbers of the chain whose keys were kept, `removed` those of them that go; `added` has the keys
    that come. A record of which nothing stays isn't read.
    """
    records, kept, lost = dict(records), set(kept), 0
    for block, _ in blocks(removed | set(added)):
        before = {n for n in kept if n // BLOCK == block}
        keys, stay = {}, before - removed
        if stay:
            loaded = load(records, chain, block, before)
            if loaded is None:  # RATCHET-31
                lost += len(stay)
            else:
                keys = {n: loaded[n] for n in stay}
        keys.update((n, key) for n, key in added.items() if n // BLOCK == block)
        kept = kept - before | set(keys)
        records.pop((chain, block), None)
        if keys:
            records[chain, block] = encode_record(SkippedKeys(chain, block, keys))
    return records, frozenset(kept), lost
