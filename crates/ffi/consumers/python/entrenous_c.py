"""What entrenous.h declares, for ctypes: the parts that `entrenous` uses, without the prefix."""

from collections import namedtuple
from ctypes import (
    POINTER, Array, Structure, c_bool, c_char_p, c_int32, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p,
    create_string_buffer, sizeof, string_at,
)
from enum import IntEnum

# The header that this was written for: 0.1.0.
VERSION_NUMBER = 1_000
LEFT_UNKNOWN = 2**32 - 1

Result = IntEnum("Result", dict(
    OK=0, NULL_POINTER=1, BAD_ARGUMENT=2, BAD_LENGTH=3, BAD_HANDLE=4, WRONG_HANDLE=5, REENTERED=6, PANICKED=7,
    POISONED=8, OUT_OF_RANGE=9, TOO_MANY_HANDLES=10, MISUSE=11, BAD_TEXT=12, WRONG_PASSPHRASE=13,
    UNUSABLE_PASSPHRASE=14, TOO_LONG=15, NO_SESSION=16, SESSION_EXISTS=17, LINKING_UNDER_WAY=18, NOT_LINKING=19,
    LINK_EXPIRED=20, NOT_COMPARING=21, NO_ACCOUNT=22, ACCOUNT_EXISTS=23, NOT_PRIMARY=24, REMOVED_FROM_ACCOUNT=25,
    IDENTITY_CHANGED=26, UNVERIFIED=27, TOO_MANY_DEVICES=28, TOO_MANY_STRANGERS=29, INBOX_FULL=30, OUTBOX_FULL=31,
    RANDOM=32, NO_DEVICE=33, NO_LOCK=34, LOCK_EXISTS=35, NO_GROUP=40, NOT_IN_GROUP=41, NO_MEMBER=42,
    TOO_MANY_GROUPS=43, GROUP_TOO_LARGE=44, NOT_ADMIN=45, OUTRANKED=46, LAST_ADMIN=47, ROSTER_FULL=48, NO_EFFECT=49,
    MALFORMED=100, REJECTED=101, DUPLICATE=102, KEY_UNAVAILABLE=103, IDENTITY_MISMATCH=104, UNTRUSTED=105, STALE=106,
    FUTURE_DATED=107, WRONG_LINK_CODE=108, DEVICE_ID_USED=109, TOO_MANY_RESETS=110, TOO_MANY_HANDSHAKES=111,
    TOO_EARLY=112, STORE=200, STORE_BUSY=201, STORE_FULL=202, STORE_DENIED=203, STORE_DAMAGED=204, STORE_MISUSE=205,
    WRONG_KEY=206, CORRUPT=207, LATER_VERSION=208, MARKER=209, UNKNOWN=299,
))
Fault = IntEnum("Fault", dict(NONE=0, PASSING=1, USER=2, OTHER=3, APPLICATION=4, STORE=5, LIBRARY=6))
Event = IntEnum("Event", dict(
    UNKNOWN=0, MESSAGE=1, EPHEMERAL=2, GROUP_MESSAGE=3, EXPIRED=4, SESSION_STARTED=10, SESSION_RESET=11,
    NEW_SESSION_NEEDED=12, UNSUPPORTED=13, MALFORMED_FRAME=14, CLONE_SUSPECTED=15, POST_QUANTUM_EPOCH=16,
    POST_QUANTUM_STALLED=17, KEYS_LOST=18, NOT_SENT=19, DEVICE_ADDED=30, DEVICE_REMOVED=31, OWN_DEVICE_ADDED=32,
    OWN_DEVICE_REMOVED=33, REMOVED_FROM_ACCOUNT=34, CONTACTS_RECEIVED=35, DEVICE_LIST_FORKED=36,
    DEVICE_LIST_STALE=37, IDENTITY_CHANGED=40, TRUST_LOST=41, LIST_WITHHELD=42, CARD_CONTRADICTS=43,
    COMPARISON_FAILED=44, TRUST_DECIDED=45, SHORT_STRING_ASKED=50, SHORT_STRING_READY=51, SHORT_STRING_ENDED=52,
    MANY_SHORT_STRINGS=53, GROUP_INVITED=60, GROUP_JOINED=61, GROUP_LEFT=62, GROUP_CHANGED=63,
    GROUP_EQUIVOCATION=64, STORE_RESTORED=70, DAMAGED=71, ENVELOPE_DAMAGED=72,
))
GroupChange = IntEnum("GroupChange", dict(
    NONE=0, ADDED=1, REMOVED=2, ROLE=3, DEVICE_ADDED=4, DEVICE_REMOVED=5, RENAMED=6, NEW_KEYS=7,
))
ShortStringEnd = IntEnum("ShortStringEnd", dict(
    NONE=0, DIFFERENT_VIEW=1, WRONG_REVEAL=2, TIMED_OUT=3, INTERRUPTED=4,
))
Role = IntEnum("Role", dict(NONE=0, MEMBER=1, ADMIN=2))
TrustState = IntEnum("TrustState", dict(NONE=0, FIRST_USE=1, VERIFIED=2, CHANGED=3, OWN=4))
Proof = IntEnum("Proof", dict(NONE=0, SAFETY_NUMBER=1, CARD=2, SHORT_STRING=3))
Handshake = IntEnum("Handshake", dict(NONE=0, FRESH=1, CONTINUED=2, RESET=3))
Compared = IntEnum("Compared", dict(SAME=1, DIFFERENT=2, OUTDATED=3))
CardList = IntEnum("CardList", dict(NONE_KNOWN=1, SAME=2, CARD_IS_LATER=3, CARD_IS_EARLIER=4, CONTRADICTS=5))


def named(enum, number):
    """A later library may have numbers that have no name here."""
    try:
        return enum(number)
    except ValueError:
        return number


class _Number(c_uint32):
    """A member that holds a number of an enumeration. (Subclasses of `c_uint32` are not turned into `int`.)"""


def _number_of(enum):
    return type(enum.__name__, (_Number,), {"enum": enum})


def copied(value):
    """What a struct's member has, in Python's own types."""
    if isinstance(value, _Number):
        return named(value.enum, value.value)
    if isinstance(value, Bytes):
        return string_at(value.data, value.len) if value.len else b""
    if isinstance(value, _Struct):
        return value.Copy(*(copied(getattr(value, name)) for name, _ in value._fields_))
    if isinstance(value, _SecurityPointer):
        return copied(value.contents) if value else None
    if isinstance(value, Array):
        return bytes(value)
    if isinstance(value, bytes):
        return value.decode()
    return value


class _Struct(Structure):
    """A struct of the header. Its `Copy` is a named tuple with the same members."""

    def __init_subclass__(cls):
        cls.Copy = namedtuple(cls.__name__, [name for name, _ in cls._fields_])


class Bytes(Structure):
    _fields_ = [("data", c_void_p), ("len", c_size_t)]


class Address(_Struct):
    _fields_ = [("account", c_uint8 * 32), ("device", c_uint32)]


class Cost(_Struct):
    _fields_ = [("memory_kib", c_uint32), ("passes", c_uint32), ("lanes", c_uint32)]


class Trust(_Struct):
    _fields_ = [
        ("state", _number_of(TrustState)), ("proof", _number_of(Proof)), ("verified_ms", c_uint64),
        ("replaces", c_uint8 * 32),
    ]


class Contact(_Struct):
    _fields_ = [("account", c_uint8 * 32), ("trust", Trust)]


class Security(_Struct):
    _fields_ = [
        ("handshake", _number_of(Handshake)), ("one_time_prekey", c_bool), ("clone_suspected", c_bool),
        ("session_counter", c_uint64), ("messages_since_turn", c_uint32), ("list_epoch", c_uint32),
        ("post_quantum_epoch", c_uint64), ("post_quantum_mixed", c_uint64), ("post_quantum_mixed_ms", c_uint64),
        ("post_quantum_skipped", c_uint32),
    ]


_SecurityPointer = POINTER(Security)


class Item(_Struct):
    _fields_ = [
        ("number", c_uint64), ("has_number", c_bool), ("one_time_prekey", c_bool), ("from_removed", c_bool),
        ("readable_by_removed", c_bool), ("event", _number_of(Event)), ("change", _number_of(GroupChange)),
        ("role", _number_of(Role)), ("proof", _number_of(Proof)), ("ended", _number_of(ShortStringEnd)),
        ("count", c_uint32), ("who", Address), ("other", Address), ("conversation", c_uint8 * 32),
        ("group", c_uint8 * 32), ("id", c_uint8 * 16), ("sent_ms", c_uint64), ("expires_ms", c_uint64),
        ("post_quantum_epoch", c_uint64), ("content", Bytes), ("title", c_char_p), ("trust", Trust),
        ("security", _SecurityPointer),
    ]


class Envelope(_Struct):
    _fields_ = [
        ("number", c_uint64), ("has_number", c_bool), ("to_rendezvous", c_bool), ("has_id", c_bool),
        ("id", c_uint8 * 16), ("to", Address), ("rendezvous", c_uint8 * 16), ("bytes", Bytes),
    ]


class UploadInfo(_Struct):
    _fields_ = [("number", c_uint64), ("replaces", c_bool), ("last_resort", Bytes)]


class Card(_Struct):
    _fields_ = [("account", c_uint8 * 32), ("list", _number_of(CardList)), ("verified", c_bool)]


class SendOptions(_Struct):
    _fields_ = [("size", c_size_t), ("ttl_seconds", c_uint32), ("token", c_char_p)]


class Fixed:
    """The type of an argument that points to bytes whose number is fixed, in or out: C can't check it."""

    def __init__(self, length):
        self.length = length

    def checked(self, value):
        if value is not None and len(value) != self.length:
            raise ValueError(f"{len(value)} bytes instead of {self.length}")
        return value

    def from_param(self, value):
        return c_char_p.from_param(self.checked(value))

    def out(self):
        return create_string_buffer(self.length)


class Unsigned:
    """The type of an argument that is a number. Of one that is too large ctypes would take the lowest bits."""

    def __init__(self, number):
        self.number = number

    def checked(self, value):
        if not 0 <= value < 1 << 8 * sizeof(self.number):
            raise ValueError(f"{value} is no number of {sizeof(self.number)} bytes")
        return value

    def from_param(self, value):
        return self.number(self.checked(value))


UINT32, UINT64 = Unsigned(c_uint32), Unsigned(c_uint64)
ACCOUNT, GROUP, KEY, ID, TOKEN, DIGITS = (Fixed(length) for length in (32, 32, 32, 16, 8, 72))
_HANDLE, _IN, _OUT, _STRUCT = c_void_p, c_char_p, POINTER(c_void_p), c_void_p
_NUMBERS, _NUMBER, _BOOL, _SIZE = POINTER(c_uint64), POINTER(c_uint32), POINTER(c_bool), POINTER(c_size_t)

# What these take and return.
ANSWERS = {
    "version": ([], c_char_p),
    "is_compatible": ([UINT32], c_uint32),
    "result_text": ([c_int32], c_char_p),
    "result_fault": ([c_int32], c_uint32),
    "result_is_final": ([c_int32], c_uint32),
}
# What those take that return a result.
CALLS = {
    "free": [_HANDLE],
    "count": [_HANDLE, _SIZE],
    "buffer_read": [_HANDLE, _OUT, _SIZE],
    "addresses_at": [_HANDLE, c_size_t, _OUT],
    "contacts_at": [_HANDLE, c_size_t, _OUT],
    "envelopes_at": [_HANDLE, c_size_t, _OUT],
    "items_at": [_HANDLE, c_size_t, _OUT],
    "upload_at": [_HANDLE, c_size_t, _OUT],
    "upload_read": [_HANDLE, _OUT],
    "store_key_generate": [KEY],
    "store_memory": [_OUT],
    "store_sqlite": [_IN, c_size_t, UINT32, UINT64, _OUT],
    "store_is_locked": [_HANDLE, _BOOL],
    "store_lock": [_HANDLE, _IN, c_size_t, _STRUCT, KEY],
    "store_unlock": [_HANDLE, _IN, c_size_t, KEY],
    "client_create": [_HANDLE, KEY, _HANDLE, _OUT, _OUT],
    "client_open": [_HANDLE, KEY, _HANDLE, _OUT],
    "client_address": [_HANDLE, _STRUCT],
    "client_maintain": [_HANDLE, _BOOL, _BOOL, POINTER(c_int32)],
    "client_publish_prekeys": [_HANDLE, UINT32, _OUT],
    "client_prekeys_published": [_HANDLE, UINT64],
    "client_start_session": [_HANDLE, ACCOUNT, _IN, c_size_t, UINT32, UINT32, _STRUCT],
    "client_first_contact": [_HANDLE, _IN, c_size_t, _STRUCT],
    "client_missing_devices": [_HANDLE, ACCOUNT, _OUT],
    "client_send": [_HANDLE, ACCOUNT, _IN, c_size_t, _STRUCT, ID, _OUT],
    "client_outbox": [_HANDLE, UINT64, _OUT],
    "client_handed_over": [_HANDLE, _NUMBERS, c_size_t],
    "client_receive": [_HANDLE, _STRUCT, _IN, c_size_t, _OUT],
    "client_inbox": [_HANDLE, UINT64, _OUT],
    "client_acknowledge": [_HANDLE, _NUMBERS, c_size_t],
    "client_contacts": [_HANDLE, UINT32, ACCOUNT, _OUT],
    "client_accept": [_HANDLE, ACCOUNT],
    "client_forget": [_HANDLE, ACCOUNT],
    "client_own_card": [_HANDLE, _OUT],
    "client_add_card": [_HANDLE, _IN, c_size_t, _STRUCT],
    "client_scan_card": [_HANDLE, ACCOUNT, _IN, c_size_t, _STRUCT],
    "client_scan_new_card": [_HANDLE, _IN, c_size_t, _STRUCT],
    "client_safety_number": [_HANDLE, ACCOUNT, _OUT],
    "comparison_digits": [_HANDLE, DIGITS],
    "client_verify_by_number": [_HANDLE, _HANDLE, UINT32, _NUMBER],
    "client_create_group": [_HANDLE, _IN, c_size_t, GROUP],
    "client_set_member": [_HANDLE, GROUP, ACCOUNT, UINT32],
    "client_join_group": [_HANDLE, GROUP],
    "client_leave_group": [_HANDLE, GROUP],
    "client_send_to_group": [_HANDLE, GROUP, _IN, c_size_t, _STRUCT, ID, _OUT],
}
