"""Entrenous for Python, through its C API.

    library = Library()
    with library.store_sqlite(path) as store, store.client_open(key) as client:
        client.send(account, b"hello")

Names are those of entrenous.h without the prefix, and what they mean stands there. What is given out is a copy, so that
it stays when the list that it was read from is freed; what has a `close` is freed by that, by `with`, or with its last
reference. A call that doesn't end well raises `Error`. Calls don't hold the interpreter's lock while they run.
"""

import os
from collections import namedtuple
from ctypes import CDLL, byref, c_bool, c_int32, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p, sizeof, string_at
from ctypes.util import find_library
from types import SimpleNamespace
from weakref import finalize

import entrenous_c as c
from entrenous_c import (  # for whoever imports this
    LEFT_UNKNOWN, CardList, Compared, Event, Fault, GroupChange, Handshake, Proof, Result, Role, ShortStringEnd,
    TrustState,
)

Address, Cost = c.Address.Copy, c.Cost.Copy
Created = namedtuple("Created", "client recovery")
Maintenance = namedtuple("Maintenance", "to_publish more failed")
Sent = namedtuple("Sent", "id unreached")
Upload = namedtuple("Upload", "number replaces last_resort bundles")


class Error(Exception):
    """A call that has not ended in `OK`: `code` is a `Result`, and `fault` tells who can do something about it.

    `is_final` is of use after `Client.receive`: whether the transport may drop the envelope.
    """

    def __init__(self, code, text, fault, is_final):
        super().__init__(code, text, fault, is_final)
        self.code, self.text, self.fault, self.is_final = code, text, fault, is_final

    def __str__(self):
        return f"{self.text} ({self.code!r})"


class Library:
    """The shared library: that in `prefix` or $PREFIX, else the one that the system finds."""

    def __init__(self, prefix=None):
        prefix = prefix or os.environ.get("PREFIX")
        name = "libentrenous.so"
        self._c = CDLL(os.path.join(prefix, "lib", name) if prefix else find_library("entrenous") or name)
        for name, (arguments, answer) in c.ANSWERS.items():
            function = getattr(self._c, "entrenous_" + name)
            function.argtypes, function.restype = arguments, answer
        if not self._c.entrenous_is_compatible(c.VERSION_NUMBER):
            raise ImportError(f"entrenous {self.version()} is not what this was written for")
        self.call = SimpleNamespace()
        for name, arguments in c.CALLS.items():
            function = getattr(self._c, "entrenous_" + name)
            function.argtypes, function.restype, function.errcheck = arguments, c_int32, self._check
            setattr(self.call, name, function)

    def _check(self, result, _function, _arguments):
        if result != Result.OK:
            raise self.error(result)

    def error(self, result):
        text = self._c.entrenous_result_text(result).decode()
        fault = c.named(Fault, self._c.entrenous_result_fault(result))
        return Error(c.named(Result, result), text, fault, bool(self._c.entrenous_result_is_final(result)))

    def version(self):
        return self._c.entrenous_version().decode()

    def store_key_generate(self):
        key = c.KEY.out()
        self.call.store_key_generate(key)
        return key.raw

    def store_memory(self):
        return Store(self, _handle(self.call.store_memory))

    def store_sqlite(self, path, busy_ms=5000, max_bytes=0):
        path = os.fspath(path).encode()
        return Store(self, _handle(self.call.store_sqlite, path, len(path), busy_ms, max_bytes))


def _handle(call, *arguments):
    """Makes a call whose last argument is a place for a handle or a pointer, and gives that; None for NULL."""
    out = c_void_p()
    call(*arguments, byref(out))
    return out.value


def _send_options(ttl_seconds, token):
    return byref(c.SendOptions(sizeof(c.SendOptions), c.UINT32.checked(ttl_seconds), c.TOKEN.checked(token)))


class _Handle:
    def __init__(self, library, handle):
        self._library, self._call, self._number = library, library.call, handle
        self._free = finalize(self, library.call.free, handle)
        # At the end of the process it is of no more use.
        self._free.atexit = False

    def close(self):
        self._free()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    @property
    def _as_parameter_(self):
        """What a call gets."""
        if not self._free.alive:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self._number

    def _list(self, call, at, struct, *arguments):
        """Makes a call that gives a list, and gives a copy of it."""
        with _Handle(self._library, _handle(call, self, *arguments)) as elements:
            return elements._elements(at, struct)

    def _elements(self, at, struct):
        count = c_size_t()
        self._call.count(self, byref(count))
        return [c.copied(struct.from_address(_handle(at, self, index))) for index in range(count.value)]

    def _bytes(self):
        """What a buffer has."""
        data, length = c_void_p(), c_size_t()
        self._call.buffer_read(self, byref(data), byref(length))
        return string_at(data.value, length.value)


class Store(_Handle):
    def is_locked(self):
        locked = c_bool()
        self._call.store_is_locked(self, byref(locked))
        return locked.value

    def lock(self, passphrase, cost=None):
        passphrase, key = passphrase.encode(), c.KEY.out()
        cost = byref(c.Cost(*map(c.UINT32.checked, cost))) if cost else None
        self._call.store_lock(self, passphrase, len(passphrase), cost, key)
        return key.raw

    def unlock(self, passphrase):
        passphrase, key = passphrase.encode(), c.KEY.out()
        self._call.store_unlock(self, passphrase, len(passphrase), key)
        return key.raw

    def client_create(self, key):
        client, recovery = c_void_p(), c_void_p()
        self._call.client_create(self, key, None, byref(client), byref(recovery))
        client = Client(self._library, client.value)
        with _Handle(self._library, recovery.value) as recovery:
            return Created(client, recovery._bytes().decode())

    def client_open(self, key):
        return Client(self._library, _handle(self._call.client_open, self, key, None))


class Comparison(_Handle):
    """A safety number."""

    def digits(self):
        digits = c.DIGITS.out()
        self._call.comparison_digits(self, digits)
        return digits.value.decode()


class Client(_Handle):
    def address(self):
        address = c.Address()
        self._call.client_address(self, byref(address))
        return c.copied(address)

    def maintain(self):
        """`failed` is the `Error` of a part that was not done, or None."""
        to_publish, more, failed = c_bool(), c_bool(), c_int32()
        self._call.client_maintain(self, byref(to_publish), byref(more), byref(failed))
        error = self._library.error(failed.value) if failed.value != Result.OK else None
        return Maintenance(to_publish.value, more.value, error)

    def publish_prekeys(self, left=LEFT_UNKNOWN):
        """None when the directory has everything."""
        upload = _handle(self._call.client_publish_prekeys, self, left)
        if upload is None:
            return None
        with _Handle(self._library, upload) as upload:
            info = c.copied(c.UploadInfo.from_address(_handle(self._call.upload_read, upload)))
            return Upload(*info, upload._elements(self._call.upload_at, c.Bytes))

    def prekeys_published(self, number):
        self._call.client_prekeys_published(self, number)

    def start_session(self, account, bundle, replace=False, accept_stale=False):
        with_ = c.Address()
        self._call.client_start_session(self, account, bundle, len(bundle), replace, accept_stale, byref(with_))
        return c.copied(with_)

    def first_contact(self, bundle):
        """With an account whose id nobody knew before: it is the one that the bundle says it is of."""
        with_ = c.Address()
        self._call.client_first_contact(self, bundle, len(bundle), byref(with_))
        return c.copied(with_)

    def missing_devices(self, account):
        return self._list(self._call.client_missing_devices, self._call.addresses_at, c.Address, account)

    def send(self, account, content, ttl_seconds=0, token=None):
        return self._sent(self._call.client_send, account, content, _send_options(ttl_seconds, token))

    def _sent(self, call, to, content, options):
        id_ = c.ID.out()
        unreached = self._list(call, self._call.addresses_at, c.Address, to, content, len(content), options, id_)
        return Sent(id_.raw, unreached)

    def outbox(self, start=0):
        return self._list(self._call.client_outbox, self._call.envelopes_at, c.Envelope, start)

    def handed_over(self, *numbers):
        self._call.client_handed_over(self, (c_uint64 * len(numbers))(*numbers), len(numbers))

    def receive(self, sender, envelope):
        account = (c_uint8 * 32)(*c.ACCOUNT.checked(sender.account))
        sender = byref(c.Address(account, c.UINT32.checked(sender.device)))
        return self._list(self._call.client_receive, self._call.items_at, c.Item, sender, envelope, len(envelope))

    def inbox(self, start=0):
        return self._list(self._call.client_inbox, self._call.items_at, c.Item, start)

    def acknowledge(self, *numbers):
        self._call.client_acknowledge(self, (c_uint64 * len(numbers))(*numbers), len(numbers))

    def contacts(self, strangers=False, after=None):
        return self._list(self._call.client_contacts, self._call.contacts_at, c.Contact, strangers, after)

    def accept(self, account):
        self._call.client_accept(self, account)

    def forget(self, account):
        self._call.client_forget(self, account)

    def own_card(self):
        with _Handle(self._library, _handle(self._call.client_own_card, self)) as card:
            return card._bytes().decode()

    def add_card(self, card):
        card, seen = card.encode(), c.Card()
        self._call.client_add_card(self, card, len(card), byref(seen))
        return c.copied(seen)

    def scan_card(self, expected, card):
        card, seen = card.encode(), c.Card()
        self._call.client_scan_card(self, expected, card, len(card), byref(seen))
        return c.copied(seen)

    def scan_new_card(self, card):
        card, seen = card.encode(), c.Card()
        self._call.client_scan_new_card(self, card, len(card), byref(seen))
        return c.copied(seen)

    def safety_number(self, account):
        return Comparison(self._library, _handle(self._call.client_safety_number, self, account))

    def verify_by_number(self, comparison, same):
        compared = c_uint32()
        self._call.client_verify_by_number(self, comparison, same, byref(compared))
        return c.named(Compared, compared.value)

    def create_group(self, title):
        title, group = title.encode(), c.GROUP.out()
        self._call.client_create_group(self, title, len(title), group)
        return group.raw

    def set_member(self, group, account, role):
        self._call.client_set_member(self, group, account, role)

    def join_group(self, group):
        self._call.client_join_group(self, group)

    def leave_group(self, group):
        self._call.client_leave_group(self, group)

    def send_to_group(self, group, content, ttl_seconds=0):
        return self._sent(self._call.client_send_to_group, group, content, _send_options(ttl_seconds, None))
