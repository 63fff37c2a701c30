"""The operations of roster.json."""

from . import ed25519, roster, roster_entry, roster_graph, roster_judging, roster_loss
from .errors import FormError
from .form import flag, members, octets, optional, positive32, time
from .roster_entry import ADMIN, DEVICES, GENESIS, LEAVE, MEMBER, NONE, REKEY, RENAME, SET, Body

LAYERS = {}
KINDS = {"genesis": GENESIS, "set": SET, "leave": LEAVE, "devices": DEVICES, "rename": RENAME, "rekey": REKEY}
ROLES = {"none": NONE, "member": MEMBER, "admin": ADMIN}
ROLE_NAMES = {role: name for name, role in ROLES.items()}


def _one_of(table, name):
    if name not in table:
        raise FormError("one of {} expected, not {!r}".format(", ".join(table), name))
    return table[name]


def _change(kind, value):
    if kind == GENESIS:
        members(value, "random", "list")
        return roster_entry.Genesis(octets(value["random"], 32), octets(value["list"]))
    if kind == SET:
        members(value, "target", "role")
        return roster_entry.Set(octets(value["target"], 32), _one_of(ROLES, value["role"]))
    if kind == DEVICES:
        members(value, "list", "proof")
        return roster_entry.Devices(octets(value["list"]), optional(octets, value["proof"]))
    if kind == RENAME:
        members(value, "title")
        return roster_entry.Rename(value["title"])
    members(value)
    return None


def entry(inputs, comparison):
    members(inputs, "signing_seed", "group", "kind", "author", "device", "list_epoch", "seq", "sent_ms", "under",
            "prevs", "change")
    kind = _one_of(KINDS, inputs["kind"])
    numbers = [positive32(inputs[name]) for name in ("device", "list_epoch", "seq")]
    body = Body(octets(inputs["group"], 32), kind, octets(inputs["author"], 32), *numbers,
                time(inputs["sent_ms"]), octets(inputs["under"], 32),
                [octets(prev, 32) for prev in inputs["prevs"]], _change(kind, inputs["change"]))
    body_bytes = roster_entry.write_body(body)
    signature = ed25519.sign(octets(inputs["signing_seed"], 32), roster_entry.signed_bytes(body_bytes))
    encoded = roster_entry.write(body_bytes, signature)
    if roster_entry.read(encoded).body != body:
        raise FormError("the entry isn't read as what was written")
    return None, {"body": body_bytes, "hash": roster_entry.entry_hash(body_bytes), "entry": encoded}


def _entries(values):
    return [octets(value) for value in values]


def whole_roster(inputs, comparison):
    members(inputs, "entries")
    graph, refused, waiting = roster_graph.collect(_entries(inputs["entries"]))
    now = roster.Roster(graph)
    return None, {
        "group": graph.group,
        "members": [{"account": account, "role": ROLE_NAMES[now.role(account)],
                     "devices": sorted(now.devices[account])} for account in sorted(now.accounts)],
        "admins": now.admins(),
        "title": now.title(),
        "rekeys": sorted(rekey.hash for rekey in now.valid(REKEY)),
        "heads": now.heads(),
        "roster_id": now.id(),
        "refused": [{"hash": hashed, "error": error} for hashed, error in refused.items()],
        "waiting": waiting,
    }


def _known_graph(values):
    graph, refused, waiting = roster_graph.collect(_entries(values))
    if refused or waiting:
        raise FormError("not all entries are taken in")
    return graph


def _heads(graph, values):
    heads = [octets(head, 32) for head in values]
    if not heads or any(head not in graph.entries for head in heads):
        raise FormError("heads of known entries expected")
    return heads


def lost_access(inputs, comparison):
    members(inputs, "entries", "before", "after")
    graph = _known_graph(inputs["entries"])
    before, after = (roster.at(graph, _heads(graph, inputs[name])) for name in ("before", "after"))
    return None, {"lost": roster_loss.loses_access(before, after)}


def read_entry(inputs, comparison):
    members(inputs, "entry")
    roster_entry.read(octets(inputs["entry"]))
    return None, None


def add_entry(inputs, comparison):
    members(inputs, "entries", "entry")
    graph, _, _ = roster_graph.collect(_entries(inputs["entries"]))
    graph.add(roster_entry.read(octets(inputs["entry"])))
    return None, None


def _optional_heads(graph, values):
    return None if values is None else _heads(graph, values)


def judge_message(inputs, comparison):
    members(inputs, "entries", "key_roster", "named_roster", "account", "device", "key_closed")
    graph = _known_graph(inputs["entries"])
    key_heads, named = (_optional_heads(graph, inputs[name]) for name in ("key_roster", "named_roster"))
    verdict = roster_judging.judge_message(graph, key_heads, named, octets(inputs["account"], 32),
                                           positive32(inputs["device"]), flag(inputs["key_closed"]))
    return None, {"verdict": verdict.result, "reason": verdict.reason, "readable_by_removed": verdict.read_by_removed,
                  "key_closed": verdict.sender_lost_access}


def judge_key(inputs, comparison):
    members(inputs, "entries", "key_roster", "account", "device")
    graph = _known_graph(inputs["entries"])
    verdict = roster_judging.judge_distribution(graph, _optional_heads(graph, inputs["key_roster"]),
                                                octets(inputs["account"], 32), positive32(inputs["device"]))
    return None, {"verdict": verdict.result, "reason": verdict.reason}


OPERATIONS = {
    "entry": entry,
    "roster": whole_roster,
    "lost access": lost_access,
    "read entry": read_entry,
    "add entry": add_entry,
    "judge message": judge_message,
    "judge key": judge_key,
}
