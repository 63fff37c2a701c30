"""The operations of controls.json."""

from . import controls
from .errors import FormError
from .form import flag, members, number, number32, octets, optional

LAYERS = {}


def _push(fields):
    members(fields, "list", "proof")
    return {"list": octets(fields["list"]), "proof": optional(octets, fields["proof"])}


def _known_list(fields):
    members(fields, "epoch", "hash")
    return {"epoch": number32(fields["epoch"]), "hash": octets(fields["hash"], 32)}


def _delivered(fields):
    members(fields, "ids")
    return {"ids": b"".join(octets(identifier, 16) for identifier in fields["ids"])}


def _short_string(fields):
    members(fields, "message")
    return octets(fields["message"])


def _trust(fields, *time):
    """What a contact and a decision have in common. `time` is the name of its time."""
    numbers = {name: optional(number, fields[name], 0, 2**64 - 1)
               for name in ("proof",) + time}
    return dict(numbers, trust=number32(fields["trust"]), replaces=optional(octets, fields["replaces"], 32))


def _contact(fields):
    members(fields, "lists", "trust", "proof", "proved_ms", "replaces")
    return dict(_trust(fields, "proved_ms"), lists=[octets(signed_list) for signed_list in fields["lists"]])


def _linked_contacts(fields):
    members(fields, "contacts")
    return {"contacts": [controls.write_contact(_contact(contact)) for contact in fields["contacts"]]}


def _decision(fields):
    members(fields, "account", "trust", "proof", "time_ms", "replaces")
    return dict(_trust(fields, "time_ms"), account=octets(fields["account"], 32))


def _group(fields):
    members(fields, "group", "entries", "heads", "wanted", "sender_key", "accepted_key", "wants_new_key", "joined")
    heads = fields["heads"]
    return {
        "group": octets(fields["group"], 32),
        "entries": optional(octets, fields["entries"]),
        "heads": None if heads is None else b"".join(octets(head, 32) for head in heads),
        "wanted": optional(octets, fields["wanted"], 32),
        "sender_key": optional(octets, fields["sender_key"]),
        "accepted_key": optional(octets, fields["accepted_key"], 16),
        "wants_new_key": 1 if flag(fields["wants_new_key"]) else None,
        "joined": 1 if flag(fields["joined"]) else None,
    }


VALUES = {
    "device list": _push,
    "want device list": _known_list,
    "delivered": _delivered,
    "short string": _short_string,
    "linked contacts": _linked_contacts,
    "trust": _decision,
    "group": _group,
}


def control(inputs, comparison):
    members(inputs, "kind", "fields")
    kind = inputs["kind"]
    if kind not in VALUES:
        raise FormError("unknown kind {!r}".format(kind))
    values = VALUES[kind](inputs["fields"])
    encoded = controls.write(kind, values)
    if controls.read(encoded) != (kind, values):
        raise FormError("the control isn't read as what was written")
    return None, {"control": encoded}


def read_control(inputs, comparison):
    members(inputs, "control")
    controls.read(octets(inputs["control"]))
    return None, None


OPERATIONS = {
    "control": control,
    "read control": read_control,
}
