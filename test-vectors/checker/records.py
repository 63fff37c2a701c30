"""The records of keys, of lists, and of what goes on between devices, and what they are refused for."""

from . import device_list, ed25519, linking, protobuf, text, x25519
from .errors import malformed_unless, refused_by
from .fixed import TIME_MAX
from .protobuf import SIGNED_DEVICE_LIST, Message, bytes_field, message_field, number_field, repeated_field

LINK_CODE_LENGTH = text.PAYLOAD_LENGTHS[text.LINK_CODE]

_VERSION = number_field(1, "version", "uint32", 1, 1)

PREKEY = Message("PrekeyRecord", "WIRE-152", 119, (
    _VERSION,
    number_field(2, "kind", "uint32", 1, 2),
    number_field(3, "id", "fixed32", 1),
    bytes_field(4, "curve_secret", 32),
    bytes_field(5, "kem_seed", 64),
    number_field(6, "issued_day", "fixed32", 1, absent=0),
    number_field(7, "expires_day", "fixed32", 1),
))

KNOWN_LISTS = Message("KnownListsRecord", "WIRE-88", 16179, (
    _VERSION,
    repeated_field(2, "branches", SIGNED_DEVICE_LIST, 4),
    repeated_field(3, "evidence", SIGNED_DEVICE_LIST, 2),
    message_field(4, "last_proven", SIGNED_DEVICE_LIST, absent=None),
))

DEVICE_KEYS = Message("DeviceKeysRecord", "WIRE-90", 143, (
    _VERSION,
    number_field(2, "device_id", "fixed32", 1),
    bytes_field(3, "signing_seed", 32),
    bytes_field(4, "signing_key", 32),
    bytes_field(5, "agreement_secret", 32),
    bytes_field(6, "agreement_key", 32),
))

ACCOUNT_KEY = Message("AccountKeyRecord", "WIRE-91", 70, (
    _VERSION,
    bytes_field(2, "seed", 32),
    bytes_field(3, "account_key", 32),
))

LINK_PRIMARY = Message("LinkPrimaryRecord", "WIRE-123", 3775, (
    _VERSION,
    bytes_field(2, "code", LINK_CODE_LENGTH),
    bytes_field(3, "nonce", 32),
    number_field(4, "expires_ms", "uint64", 1, TIME_MAX),
    bytes_field(5, "request", 1, linking.LINK_REQUEST.max_length, absent=None),
))

LINK_DEVICE = Message("LinkDeviceRecord", "WIRE-124", 3775, (
    _VERSION,
    bytes_field(2, "code", LINK_CODE_LENGTH),
    bytes_field(3, "request", 1, linking.LINK_REQUEST.max_length),
    number_field(4, "expires_ms", "uint64", 1, TIME_MAX, absent=None),
    bytes_field(5, "nonce", 32, absent=None),
))

SAS = Message("SasRecord", "WIRE-128", 126, (
    _VERSION,
    number_field(2, "state", "uint32", 1, 4),
    bytes_field(3, "view", 32),
    number_field(4, "side", "uint32", 1, 2),
    bytes_field(5, "run", 16, absent=None),
    bytes_field(6, "secret", 32, absent=None),
    bytes_field(7, "commitment", 32, absent=None),
))

LOWER, HIGHER = 1, 2
# WIRE-129: the sides of a state, and whether it has run, secret and commitment
SAS_STATES = {
    1: ((HIGHER,), (False, False, False)),
    2: ((LOWER,), (True, True, False)),
    3: ((HIGHER,), (True, True, True)),
    4: ((LOWER, HIGHER), (False, True, False)),
}

_well_formed = malformed_unless("record")


def _check_prekey(values):
    _well_formed(values["expires_day"] > values["issued_day"], "WIRE-153")


def _check_known_lists(values):
    branches, evidence = ([device_list.parse(encoded) for encoded in values[name]] for name in ("branches", "evidence"))
    last_proven = values["last_proven"] and device_list.parse(values["last_proven"])
    _well_formed(branches, "WIRE-89")
    _well_formed(len(evidence) == (2 if len(branches) > 1 else 0), "WIRE-89")
    # IDENTITY-32
    current = branches + ([last_proven] if last_proven else [])
    _well_formed(len({signed_list.body.account_key for signed_list in current + evidence}) == 1, "IDENTITY-32")
    for lists in (current, evidence):
        _well_formed(len(set(map(device_list.list_hash, lists))) == len(lists), "IDENTITY-32")
    _well_formed(not last_proven or last_proven.body.epoch < branches[0].body.epoch, "IDENTITY-32")


def _check_device_keys(values):  # IDENTITY-33
    _well_formed(ed25519.public_key(values["signing_seed"]) == values["signing_key"], "IDENTITY-33")
    _well_formed(x25519.is_canonical(values["agreement_key"]), "IDENTITY-33", "PRIM-4")


def _check_account_key(values):  # IDENTITY-33
    _well_formed(ed25519.public_key(values["seed"]) == values["account_key"], "IDENTITY-33")


def _check_link_device(values):
    _well_formed((values["expires_ms"] is None) != (values["nonce"] is None), "WIRE-130")


def _check_sas(values):
    sides, present = SAS_STATES[values["state"]]
    _well_formed(values["side"] in sides, "WIRE-129")
    _well_formed(tuple(values[name] is not None for name in ("run", "secret", "commitment")) == present, "WIRE-129")


# by the names of the messages
CHECKS = {
    "PrekeyRecord": _check_prekey,
    "KnownListsRecord": _check_known_lists,
    "DeviceKeysRecord": _check_device_keys,
    "AccountKeyRecord": _check_account_key,
    "LinkDeviceRecord": _check_link_device,
    "SasRecord": _check_sas,
}


def read(message, encoded):
    """The values of a record by the names of its fields."""
    with refused_by("record"):
        values = protobuf.decode(message, encoded)
        if message.name in CHECKS:
            CHECKS[message.name](values)
    return values


def write(message, values):
    return protobuf.encode(message, dict(values, version=1))
