"""The operations of records.json."""

from . import records, sender_key_records, session_record, skipped, store_record
from .errors import FormError
from .form import members, number, octets

LAYERS = {}


def seal_record(inputs, comparison):
    members(inputs, "store_key", "kind", "fields", "generation", "salt", "nonce", "format", "record")
    store_key, kind, fields = octets(inputs["store_key"], 32), number(inputs["kind"], 0, 255), octets(inputs["fields"])
    generation, record = number(inputs["generation"], 0, 2**63 - 1), octets(inputs["record"])
    sealed = store_record.seal(store_key, kind, fields, generation, octets(inputs["salt"], 16),
                               octets(inputs["nonce"], 12), number(inputs["format"], 1, 255), record)
    if store_record.open_sealed(store_key, kind, fields, generation, sealed.sealed) != record:
        raise FormError("the record isn't opened as what was sealed")
    intermediate = sealed._asdict()
    outputs = {"name": intermediate.pop("name"), "sealed": intermediate.pop("sealed")}
    return intermediate, outputs


def open_record(inputs, comparison):
    members(inputs, "store_key", "kind", "fields", "generation", "sealed")
    store_record.open_sealed(octets(inputs["store_key"], 32), number(inputs["kind"], 0, 255),
                             octets(inputs["fields"]), number(inputs["generation"], 0, 2**64 - 1),
                             octets(inputs["sealed"]))
    return None, None


# The tables of the records, and how each is read
MESSAGES = {
    "prekey": records.PREKEY,
    "known lists": records.KNOWN_LISTS,
    "device keys": records.DEVICE_KEYS,
    "account key": records.ACCOUNT_KEY,
    "link primary": records.LINK_PRIMARY,
    "link device": records.LINK_DEVICE,
    "sas": records.SAS,
    "session": session_record.SESSION,
    "skipped keys": skipped.SKIPPED_KEYS,
    "sending key": sender_key_records.SENDING_KEY,
    "receiving key": sender_key_records.RECEIVING_KEY,
}
READERS = {
    "session": session_record.decode_record,
    "skipped keys": skipped.decode_record,
    "sending key": sender_key_records.read_sending,
    "receiving key": sender_key_records.read_receiving,
}


def _read(kind, encoded):
    if kind not in MESSAGES:
        raise FormError("unknown kind {!r}".format(kind))
    return READERS[kind](encoded) if kind in READERS else records.read(MESSAGES[kind], encoded)


def _value(field, value):
    """A field's value as the codec has it."""
    if value is None:
        return field.absent
    if field.most is not None:
        return [octets(element) for element in value]
    if field.type == "bytes":
        return octets(value)
    return number(value, 0, 2**64 - 1)


def record(inputs, comparison):
    members(inputs, "kind", "fields")
    kind, fields = inputs["kind"], inputs["fields"]
    message = MESSAGES.get(kind)
    if message is None:
        raise FormError("unknown kind {!r}".format(kind))
    members(fields, *(field.name for field in message.fields if field.name != "version"))
    encoded = records.write(message, {field.name: _value(field, fields[field.name]) for field in message.fields
                                      if field.name != "version"})
    _read(kind, encoded)
    return None, {"record": encoded}


def read_record(inputs, comparison):
    members(inputs, "kind", "record")
    _read(inputs["kind"], octets(inputs["record"]))
    return None, None


OPERATIONS = {
    "seal record": seal_record,
    "open record": open_record,
    "record": record,
    "read record": read_record,
}
