"""Accounts, device entries and device lists."""

from collections import namedtuple

from . import ed25519, protobuf, x25519
from .errors import Refused, malformed_unless, refuse_unless
from .fixed import Reader, be
from .hashes import ACCOUNT_ID, DEVICE_ENTRY, DEVICE_LIST, DEVICE_LIST_HASH, H

BODY = "device list body"
SLOT_LENGTH = 133
LIFETIME_DAYS = 90
LAST_DAY = 2**32 - 1

Entry = namedtuple("Entry", "version device_id signing_key agreement_key signature")
Body = namedtuple("Body", "account_key epoch parents issued_day expires_day entries")
# A list as it was received: the bytes of its body and what they say.
SignedList = namedtuple("SignedList", "encoded body_bytes body signature")

_well_formed = malformed_unless(BODY)


def account_id(account_key):  # IDENTITY-1
    return H(ACCOUNT_ID, account_key)


def add_days(day, days):
    return min(day + days, LAST_DAY)


def entry_message(entry, account):  # IDENTITY-2
    return b"".join((DEVICE_ENTRY, be(entry.version, 1), account, be(entry.device_id, 4),
                     entry.signing_key, entry.agreement_key))


def list_message(body_bytes):  # IDENTITY-5
    return DEVICE_LIST + body_bytes


def list_hash(signed_list):
    return link_hash(signed_list.body.parents, H(signed_list.body_bytes))


def link_hash(parents, body_hash):  # IDENTITY-8
    return H(DEVICE_LIST_HASH, be(len(parents), 1), _in_places(parents), body_hash)


def _in_places(parents):
    return b"".join(parents).ljust(64, b"\0")


def _slots(devices):  # WIRE-55
    return next(slots for slots in (2, 4, 8, 16) if slots >= devices)


def write_body(body):  # WIRE-50
    entries = b"".join(map(write_entry, body.entries))
    return b"".join((be(1, 1), body.account_key, be(body.epoch, 4), be(len(body.parents), 1),
                     _in_places(body.parents), be(body.issued_day, 4), be(body.expires_day, 4),
                     be(len(body.entries), 1), entries.ljust(_slots(len(body.entries)) * SLOT_LENGTH, b"\0")))


def _ascending(items):
    return all(a < b for a, b in zip(items, items[1:]))


def read_body(data):  # WIRE-50
    reader = Reader(data, BODY, truncated="Malformed", trailing="Malformed")
    _well_formed(reader.take_number(1) == 1, "WIRE-51")
    account_key = reader.take(32)
    epoch = reader.take_number(4)
    _well_formed(epoch >= 1, "WIRE-52")
    count = reader.take_number(1)
    _well_formed(count <= 2, "WIRE-53")
    _well_formed(count == 0 if epoch == 1 else count >= 1, "WIRE-53")
    places = [reader.take(32), reader.take(32)]
    parents = places[:count]
    _well_formed(_ascending(parents), "WIRE-53")
    _well_formed(not any(map(any, places[count:])), "WIRE-53")
    issued_day, expires_day = reader.take_number(4), reader.take_number(4)
    _well_formed(expires_day > issued_day, "WIRE-54")
    devices = reader.take_number(1)
    _well_formed(1 <= devices <= 16, "WIRE-55")
    entries = [read_entry(reader, BODY) for _ in range(devices)]
    _well_formed(_ascending([entry.device_id for entry in entries]), "WIRE-56")
    _well_formed(not any(reader.take(SLOT_LENGTH * (_slots(devices) - devices), "WIRE-50", "WIRE-55")), "WIRE-55")
    reader.end("WIRE-50", "WIRE-55")
    return Body(account_key, epoch, parents, issued_day, expires_day, entries)


def write_entry(entry):  # WIRE-50
    return b"".join((be(entry.version, 1), be(entry.device_id, 4), entry.signing_key, entry.agreement_key,
                     entry.signature))


def read_entry(reader, layer):
    version, device_id = reader.take_number(1), reader.take_number(4)
    refuse_unless(version >= 1 and device_id >= 1, layer, "Malformed", "WIRE-57")
    return Entry(version, device_id, reader.take(32), reader.take(32), reader.take(64))


def sign_entry(entry, account, signing_seed):
    return entry._replace(signature=ed25519.sign(signing_seed, entry_message(entry, account)))


def make_entry(device_id, account, signing_seed, agreement_secret):
    """The entry of a device with these secrets."""
    entry = Entry(1, device_id, ed25519.public_key(signing_seed), x25519.public_key(agreement_secret), None)
    return sign_entry(entry, account, signing_seed)


def write_signed(body, account_seed):
    """A SignedDeviceList."""
    body_bytes = write_body(body)
    signature = ed25519.sign(account_seed, list_message(body_bytes))
    return protobuf.encode(protobuf.SIGNED_DEVICE_LIST, {"body": body_bytes, "signature": signature})


def parse(encoded):
    """The bytes and the account key; nothing is verified yet."""
    values = protobuf.decode(protobuf.SIGNED_DEVICE_LIST, encoded)
    body = read_body(values["body"])
    refuse_unless(ed25519.is_canonical(body.account_key), "encoding", "Malformed", "IDENTITY-3", "PRIM-6")
    return SignedList(encoded, values["body"], body, values["signature"])


def is_signed(signed_list):  # IDENTITY-5
    return ed25519.verify(signed_list.body.account_key, signed_list.signature, list_message(signed_list.body_bytes))


def verify_signature(signed_list):
    refuse_unless(is_signed(signed_list), "device list signature", "BadSignature", "IDENTITY-5")


def verify_dates(body, today):
    refuse_unless(body.issued_day <= add_days(today, 1), "device list dates", "FutureDated", "IDENTITY-6")
    lives_long = body.expires_day > add_days(body.issued_day, LIFETIME_DAYS)
    refuse_unless(not lives_long, "device list dates", "LivesTooLong", "IDENTITY-17")


def verify_not_expired(body, today):  # IDENTITY-7
    refuse_unless(today < body.expires_day, "device list", "Expired", "IDENTITY-7")


def find_device(body, device_id, *rules):  # IDENTITY-12
    for entry in body.entries:
        if entry.device_id == device_id:
            return entry
    raise Refused("device list", "UnknownDevice", "IDENTITY-12", *rules)


def is_signed_entry(entry, account):  # IDENTITY-4
    return ed25519.verify(entry.signing_key, entry.signature, entry_message(entry, account))


def verify_entry(entry, account_key):
    # IDENTITY-3
    refuse_unless(ed25519.is_canonical(entry.signing_key), "encoding", "Malformed", "IDENTITY-3", "PRIM-6")
    refuse_unless(x25519.is_canonical(entry.agreement_key), "encoding", "Malformed", "IDENTITY-3", "PRIM-4")
    refuse_unless(is_signed_entry(entry, account_id(account_key)), "device list", "BadSignature", "IDENTITY-4")
