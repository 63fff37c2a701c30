"""Control messages: what devices tell one another by themselves (WIRE-110 to 119, 160 to 162, 200)."""

from . import list_proof, protobuf, short_string
from .errors import malformed_unless, refused_by
from .fixed import TIME_MAX
from .list_proof import LIST_PROOF
from .protobuf import REQUIRED, SIGNED_DEVICE_LIST, Message, bytes_field, message_field, number_field, repeated_field

MAX_LENGTH = 16827905  # WIRE-60: of a Control. The messages inside have no bound of their own
ID_LENGTH, HEAD_LENGTH = 16, 32
VERIFIED, IN_PLACE_OF_ANOTHER = 2, 3  # values of `trust`


def _inside(number, name, message, absent=None):  # WIRE-67: a message without fields is there, with no bytes
    return message_field(number, name, message, absent)._replace(low=0)


DEVICE_LIST_PUSH = Message("DeviceListPush", "WIRE-112", MAX_LENGTH, (
    _inside(1, "list", SIGNED_DEVICE_LIST, REQUIRED),
    _inside(2, "proof", LIST_PROOF),
))

KNOWN_LIST = Message("KnownList", "WIRE-113", MAX_LENGTH, (
    number_field(1, "epoch", "uint32", 1),
    bytes_field(2, "hash", 32),
))

DELIVERED = Message("Delivered", "WIRE-114", MAX_LENGTH, (
    bytes_field(1, "ids", ID_LENGTH, 4096),
))

LINKED_CONTACT = Message("LinkedContact", "WIRE-161", MAX_LENGTH, (
    repeated_field(1, "lists", SIGNED_DEVICE_LIST, 4),
    number_field(2, "trust", "uint32", 1, 3),
    number_field(3, "proof", "uint32", 1, 3, absent=None),
    number_field(4, "proved_ms", "uint64", 1, TIME_MAX, absent=None),
    bytes_field(5, "replaces", 32, absent=None),
))

LINKED_CONTACTS = Message("LinkedContacts", "WIRE-160", MAX_LENGTH, (
    repeated_field(1, "contacts", LINKED_CONTACT, 16),
))

TRUST_DECISION = Message("TrustDecision", "WIRE-118", MAX_LENGTH, (
    bytes_field(1, "account", 32),
    number_field(2, "trust", "uint32", 1, 3),
    number_field(3, "proof", "uint32", 1, 3, absent=None),
    number_field(4, "time_ms", "uint64", 1, TIME_MAX),
    bytes_field(5, "replaces", 32, absent=None),
))

GROUP_CONTROL = Message("GroupControl", "WIRE-119", MAX_LENGTH, (
    bytes_field(1, "group", 32),
    bytes_field(2, "entries", 1, 16515072, absent=None),
    bytes_field(3, "heads", HEAD_LENGTH, 131072, absent=None),
    bytes_field(4, "wanted", 32, absent=None),
    bytes_field(5, "sender_key", 221, absent=None),
    bytes_field(6, "accepted_key", 16, absent=None),
    number_field(7, "wants_new_key", "uint32", 1, 1, absent=None),
    number_field(8, "joined", "uint32", 1, 1, absent=None),
))

CONTROL = Message("Control", "WIRE-110", MAX_LENGTH, (
    _inside(1, "device list", DEVICE_LIST_PUSH),
    _inside(2, "want device list", KNOWN_LIST),
    _inside(3, "delivered", DELIVERED),
    bytes_field(4, "short string", short_string.LENGTH, absent=None),
    _inside(5, "linked contacts", LINKED_CONTACTS),
    _inside(8, "trust", TRUST_DECISION),
    _inside(9, "group", GROUP_CONTROL),
))

SAYINGS = ("entries", "heads", "wanted", "sender_key", "accepted_key", "wants_new_key", "joined")
WITH_HEADS = ({"entries", "heads"}, {"wanted", "heads"})

_well_formed = malformed_unless("encoding")


def _check_push(values):  # WIRE-112: what is in the list is judged by who considers it
    if values["proof"] is not None:
        list_proof.read(values["proof"])


def _check_delivered(values):
    _well_formed(len(values["ids"]) % ID_LENGTH == 0, "WIRE-114")


def _check_trust(values, rule):
    _well_formed((values["proof"] is not None) == (values["trust"] == VERIFIED), rule)
    _well_formed((values["replaces"] is not None) == (values["trust"] == IN_PLACE_OF_ANOTHER), rule)


def _check_contacts(values):
    for encoded in values["contacts"]:
        contact = protobuf.decode(LINKED_CONTACT, encoded)
        _well_formed(contact["lists"], "WIRE-161", "WIRE-63")
        _check_trust(contact, "WIRE-162")
        _well_formed(contact["proved_ms"] is None or contact["trust"] == VERIFIED, "WIRE-162")


def _check_group(values):  # WIRE-200
    _well_formed(len(values["heads"] or b"") % HEAD_LENGTH == 0, "WIRE-200")
    said = {name for name in SAYINGS if values[name] is not None}
    _well_formed(len(said) == 1 or said in WITH_HEADS, "WIRE-200")


CHECKS = {
    "device list": _check_push,
    "delivered": _check_delivered,
    "linked contacts": _check_contacts,
    "trust": lambda values: _check_trust(values, "WIRE-118"),
    "group": _check_group,
}
KINDS = {field.name: field for field in CONTROL.fields}


def write(kind, values):
    """A Control of a kind. `values` are those of the message inside, or the bytes of a short string."""
    inside = KINDS[kind].message
    encoded = values if inside is None else protobuf.encode(inside, values)
    return protobuf.encode(CONTROL, {name: encoded if name == kind else None for name in KINDS})


def write_contact(values):
    return protobuf.encode(LINKED_CONTACT, values)


def read(data):
    """The kind of a Control, and the values of the message inside, or the bytes of a short string."""
    with refused_by("encoding"):
        return _read(data)


def _read(data):
    present = {kind: value for kind, value in protobuf.decode(CONTROL, data).items() if value is not None}
    _well_formed(len(present) == 1, "WIRE-111")
    (kind, encoded), = present.items()
    if kind == "short string":  # WIRE-117: bytes to the Control
        return kind, encoded
    values = protobuf.decode(KINDS[kind].message, encoded)
    if kind in CHECKS:
        CHECKS[kind](values)
    return kind, values
