"""The entries of a group that are well formed, and what each follows."""

from . import device_list, ed25519, list_proof, roster_entry, x25519
from .errors import Refused, refuse_unless
from .roster_entry import ADMIN, DEVICES, GENESIS, LEAVE, MEMBER, NONE, REKEY, RENAME, SET

DIFFERENT_ENTRIES_MAX = 4  # GROUP-15
QUOTA, LEAVE_QUOTA = 64, 128  # GROUP-18


def pins(entry):
    return entry.body.kind in (GENESIS, DEVICES)


def is_act(entry):
    return entry.body.kind in (SET, RENAME, REKEY)


def granted_role(entry):
    """The role that a grant gives; NONE of what is no grant."""
    if entry.body.kind == GENESIS:
        return ADMIN
    return entry.body.change.role if entry.body.kind == SET else NONE


def target(entry):
    """Whose grant it is, or whose removal."""
    return entry.body.author if entry.body.kind == GENESIS else entry.body.change.target


def pinned_account(entry):
    return device_list.account_id(entry.pinned.body.account_key)


def has_device(signed_list, device_id):
    return any(entry.device_id == device_id for entry in signed_list.body.entries)


def _refuse_unless(condition, error, *rules):
    refuse_unless(condition, "roster", error, *rules)


class CopyRefused(Refused):
    """The signature of this copy is broken. It says nothing of the entry (GROUP-10)."""


class Missing(Refused):
    """An entry that it follows isn't known: it waits."""

    def __init__(self):
        super().__init__("roster", "Missing", "GROUP-12")


class Graph:
    def __init__(self, group):
        self.group = group
        self.entries = {}  # by their hashes
        self.past = {}  # the hashes of all that an entry follows
        self.depth = {}
        self.refused = {}  # the hashes of entries that are in nobody's roster, and why

    def add(self, entry):
        """Takes an entry in. Missing: a prev is not known, and the entry waits."""
        if entry.hash in self.entries:  # GROUP-10: passed over, whatever its signature
            return
        if entry.hash in self.refused:
            raise self.refused[entry.hash]
        try:
            prevs = entry.body.prevs
            _refuse_unless(not any(prev in self.refused for prev in prevs), "FollowsRefused", "GROUP-12")
            if any(prev not in self.entries for prev in prevs):
                raise Missing()
            _refuse_unless(self._is_of_this_group(entry), "WrongGroup", "GROUP-12")
            past = frozenset(prevs).union(*(self.past[prev] for prev in prevs))
            self._verify(entry, past)
        except (CopyRefused, Missing):
            raise
        except Refused as refused:
            self.refused[entry.hash] = refused
            raise
        self.entries[entry.hash] = entry
        self.past[entry.hash] = past
        self.depth[entry.hash] = 1 + max((self.depth[prev] for prev in prevs), default=-1)

    def _is_of_this_group(self, entry):  # GROUP-12
        return entry.hash == self.group if entry.body.kind == GENESIS else entry.body.group == self.group

    def _verify(self, entry, past):
        """The rules in the order of roster.md."""
        kind = entry.body.kind
        if kind != GENESIS:
            self._verify_grant(entry, past)
        if kind != GENESIS and granted_role(self.entries[entry.body.under]) == MEMBER:
            written = sum(self._is_under_member(self.entries[h], entry.body.author) for h in past)
            _refuse_unless(written < (LEAVE_QUOTA if kind == LEAVE else QUOTA), "Quota", "GROUP-18")
        if kind == SET and entry.body.change.role != NONE:
            is_pinned = bool(self.pins_of(entry.body.change.target, past))
            _refuse_unless(is_pinned, "TargetNotPinned", "GROUP-17")
        if pins(entry):
            self._verify_list(entry, past)
        lists = self._lists_of(entry, past)
        is_dropped = any(signed_list.body.epoch > entry.body.list_epoch
                         and not has_device(signed_list, entry.body.device) for signed_list in lists)
        _refuse_unless(not is_dropped, "DeviceDropped", "GROUP-20")
        self._verify_device(entry, past)

    def _is_under_member(self, entry, author):
        return (entry.body.kind != GENESIS and entry.body.author == author
                and granted_role(self.entries[entry.body.under]) == MEMBER)

    def _verify_grant(self, entry, past):
        grant = self.entries[entry.body.under] if entry.body.under in past else None
        is_granted = grant is not None and granted_role(grant) != NONE and target(grant) == entry.body.author
        _refuse_unless(is_granted, "NoGrant", "GROUP-13")
        allows = not is_act(entry) or granted_role(grant) == ADMIN
        _refuse_unless(allows, "NotAdmin", "GROUP-14")

    def pins_of(self, account, among):
        """The entries that pin a list of the account."""
        return [self.entries[h] for h in among
                if pins(self.entries[h]) and pinned_account(self.entries[h]) == account]

    def _lists_of(self, entry, past):
        """The author's lists that are pinned in the past of an entry, or by itself."""
        lists = [pin.pinned for pin in self.pins_of(entry.body.author, past)]
        if pins(entry) and pinned_account(entry) == entry.body.author:
            lists.append(entry.pinned)
        return lists

    def _devices(self, entry, past):  # GROUP-15
        """The different entries that lists have for the author's device."""
        return {device for signed_list in self._lists_of(entry, past)
                if signed_list.body.epoch == entry.body.list_epoch
                for device in signed_list.body.entries if device.device_id == entry.body.device}

    def _verify_device(self, entry, past):
        devices = self._devices(entry, past)
        _refuse_unless(1 <= len(devices) <= DIFFERENT_ENTRIES_MAX, "DeviceNotPinned", "GROUP-15")
        canonical = [device for device in devices if _is_canonical(device)]
        _refuse_unless(canonical, "Malformed", "GROUP-15", "IDENTITY-3")
        genuine = [device for device in canonical if device_list.is_signed_entry(device, entry.body.author)]
        _refuse_unless(genuine, "BadSignature", "GROUP-15", "IDENTITY-4")
        signed = roster_entry.signed_bytes(entry.body_bytes)
        if not any(ed25519.verify(device.signing_key, entry.signature, signed) for device in genuine):
            raise CopyRefused("roster", "BadSignature", "GROUP-15", "GROUP-11")

    def _verify_list(self, entry, past):  # GROUP-16
        signed_list = entry.pinned
        _refuse_unless(device_list.is_signed(signed_list), "BadSignature", "GROUP-16", "IDENTITY-5")
        try:
            levels = list_proof.levels(signed_list, entry.links)
        except Refused as refused:  # IDENTITY-21
            raise Refused("roster", refused.error, "GROUP-16", *refused.rules) from None
        known = [pin.pinned for pin in self.pins_of(pinned_account(entry), past)]
        is_chained = not known or any(_is_chained(entry, levels, other) for other in known)
        _refuse_unless(is_chained, "ListNotChained", "GROUP-16")


def _is_canonical(device):  # IDENTITY-3
    return ed25519.is_canonical(device.signing_key) and x25519.is_canonical(device.agreement_key)


def _is_chained(entry, levels, known):
    try:
        stands = list_proof.stands_to(entry.pinned, levels, known.body.epoch, device_list.list_hash(known))
    except Refused:
        return False
    return stands in (list_proof.SAME, list_proof.DESCENDING)


def collect(encoded_entries):
    """The graph of entries in their order of arrival, the genesis first; the errors of those that were refused, by
    their hashes; and the hashes of those that wait."""
    entries = [roster_entry.read(encoded) for encoded in encoded_entries]
    graph = Graph(entries[0].hash)
    refused, waiting = {}, []
    for entry in entries:
        waiting.append(entry)
        waiting = _settle(graph, waiting, refused)
    return graph, refused, sorted({entry.hash for entry in waiting})


def _settle(graph, waiting, refused):
    """Adds what can be added. What still waits."""
    while True:
        left = []
        for entry in waiting:
            try:
                graph.add(entry)
                refused.pop(entry.hash, None)  # GROUP-10: of copies one that holds is enough
            except Missing:
                left.append(entry)
            except Refused as error:
                refused[entry.hash] = error.error
        if len(left) == len(waiting):
            return left
        waiting = left
