"""Records as a store sees them: their names, and the sealed bytes (CLIENT-4)."""

from collections import namedtuple

from . import aes_gcm
from .errors import refuse_unless
from .fixed import be
from .hashes import expand, label

STORE_NAME = label("store name")
STORE_RECORD = label("store record")
VERSION = be(1, 1)
SALT_LENGTH, NONCE_LENGTH = 16, 12
LATEST_FORMAT = 1

Sealed = namedtuple("Sealed", "name_info name key ad plaintext sealed")


def _name_info(kind, fields):
    return STORE_NAME + be(kind, 1) + fields


def _name(store_key, kind, fields):
    return expand(store_key, _name_info(kind, fields), 16)


def _key(store_key, name, salt):
    return expand(store_key, STORE_RECORD + name + salt, 32)


def _associated_data(name, generation):
    return VERSION + name + be(generation, 8)


def seal(store_key, kind, fields, generation, salt, nonce, record_format, record):
    name = _name(store_key, kind, fields)
    key, ad = _key(store_key, name, salt), _associated_data(name, generation)
    plaintext = be(record_format, 1) + record
    sealed = VERSION + salt + nonce + aes_gcm.seal(key, nonce, ad, plaintext)
    return Sealed(_name_info(kind, fields), name, key, ad, plaintext, sealed)


def open_sealed(store_key, kind, fields, generation, sealed):
    """The record."""
    def is_whole(condition):
        refuse_unless(condition, "store", "Corrupt", "CLIENT-4")

    head = 1 + SALT_LENGTH + NONCE_LENGTH
    refuse_unless(sealed[:1] <= VERSION, "store", "LaterVersion", "CLIENT-4")
    is_whole(len(sealed) > head and sealed[:1] == VERSION)
    salt, nonce = sealed[1 : 1 + SALT_LENGTH], sealed[1 + SALT_LENGTH : head]
    name = _name(store_key, kind, fields)
    box = sealed[head:]
    plaintext = None
    if len(box) > aes_gcm.TAG_LENGTH:  # the format is there
        plaintext = aes_gcm.open_box(_key(store_key, name, salt), nonce, _associated_data(name, generation), box)
    is_whole(plaintext is not None and plaintext[0] >= 1)
    refuse_unless(plaintext[0] <= LATEST_FORMAT, "store", "LaterVersion", "CLIENT-4")
    return plaintext[1:]
