"""The roster that a set of entries comes to: who is in, with which devices; its kernel, heads and name."""

from . import device_list, roster_graph
from .hashes import H, label
from .roster_entry import ADMIN, GENESIS, LEAVE, NONE, RENAME
from .roster_graph import granted_role, is_act, target
from .roster_validity import Validity, is_own_pin

ROSTER_ID = label("roster id")
DEVICES_MAX = 1024
LISTS_MAX = 4


def roster_id(heads):  # GROUP-41
    return H(ROSTER_ID, *sorted(heads))


class Roster:
    def __init__(self, graph, hashes=None):
        self.graph = graph
        self.validity = Validity(graph, graph.entries if hashes is None else hashes)
        self.entries = self.validity.entries
        self._live = [grant for grant in self.validity.grants() if self.validity.is_live(grant)]
        self.accounts = {target(grant) for grant in self._live}
        self.devices = self._devices()

    def live_grants(self, account):
        return [grant for grant in self._live if target(grant) == account]

    def role(self, account):  # GROUP-28
        return max((granted_role(grant) for grant in self.live_grants(account)), default=NONE)

    def _seniority(self, account):
        """The place in the order of seniority: admins first (GROUP-28, GROUP-33)."""
        return min(self.validity.rank(grant) for grant in self.live_grants(account))

    def by_seniority(self):
        return sorted(self.accounts, key=self._seniority)

    def admins(self):
        return [account for account in self.by_seniority() if self.role(account) == ADMIN]

    def title(self):  # GROUP-29
        renames = self.valid(RENAME)
        last = [rename for rename in renames if not any(self.validity.knows(other, rename) for other in renames)]
        if not last:
            return ""
        first = min(last, key=lambda rename: (self.validity.rank(self.validity.under(rename)), rename.hash))
        return first.body.change.title

    def valid(self, kind):
        return [entry for entry in self.entries.values() if entry.body.kind == kind and self.validity.is_valid(entry)]

    def newest_pins(self, account):  # GROUP-30
        """The entries that pin the account's lists of the highest epoch, by the hashes of the lists."""
        pins = self.graph.pins_of(account, self.entries)
        epoch = max((pin.pinned.body.epoch for pin in pins), default=0)
        by_list = {}
        for pin in pins:
            if pin.pinned.body.epoch == epoch:
                by_list.setdefault(device_list.list_hash(pin.pinned), []).append(pin)
        return by_list

    def _devices_of(self, account):  # GROUP-31
        lists = [pins[0].pinned for pins in self.newest_pins(account).values()]
        if not lists or len(lists) > LISTS_MAX:
            return {}
        common = set.intersection(*({(entry.device_id, entry.signing_key, entry.agreement_key)
                                     for entry in signed_list.body.entries} for signed_list in lists))
        return {device_id: keys for device_id, *keys in common}

    def _devices(self):  # GROUP-33
        """The devices of each account, by their ids."""
        result, room = {}, DEVICES_MAX
        for account in self.by_seniority():
            devices = self._devices_of(account)
            result[account] = devices if len(devices) <= room else {}
            room -= len(result[account])
        return result

    def has(self, account, device_id):
        return device_id in self.devices.get(account, {})

    def kernel(self):
        """The hashes of its entries (GROUP-40)."""
        validity = self.validity
        kernel = set()

        def take(entries):
            for entry in entries:
                kernel.add(entry.hash)
                kernel.update(validity.past(entry))

        take(entry for entry in self.entries.values()
             if entry.body.kind == GENESIS or is_act(entry) and validity.is_valid(entry))
        unremoved = [grant for grant in validity.grants()
                     if validity.is_valid(grant) and not validity.removals(grant)]
        for grant in unremoved:
            take(self._first(validity.later_leaves(grant)))
        for account in self.accounts:
            take(self._pins_to_keep(account))
        accounts = {target(grant) for grant in unremoved}
        for account in accounts:
            take(self._drops_to_keep(account))
        size = 0
        while len(kernel) > size:
            size = len(kernel)
            for entry in [self.entries[h] for h in kernel]:
                if entry.body.author in accounts:
                    take(self._reason(entry))
        return kernel

    def _first(self, entries):
        return [min(entries, key=self.validity.order)] if entries else []

    def _first_drop(self, drops):
        return [min(drops, key=lambda drop: (-drop.pinned.body.epoch, self.validity.order(drop)))] if drops else []

    def _pins_to_keep(self, account):
        by_list = sorted(self.newest_pins(account).items())
        if len(by_list) > LISTS_MAX:
            by_list = by_list[: LISTS_MAX + 1]
        result = []
        for _, pins in by_list:
            own = [pin for pin in pins if pin.body.author == account]
            result += self._first(own or pins)
        return result

    def _drops_to_keep(self, account):
        drops = self.validity.drops(account)
        result = self._first_drop(drops)
        for newest in list(result):
            for device in newest.pinned.body.entries:
                result += self._first_drop([drop for drop in drops
                                            if not roster_graph.has_device(drop.pinned, device.device_id)])
        return result

    def _reason(self, entry):
        """What makes an entry not valid by GROUP-23, 24 or 25, or no drop."""
        validity = self.validity
        if is_act(entry):
            under = validity.under(entry)
            if not validity.is_valid(under) or validity.removals(under):
                return []
            return self._first(validity.undoing_leaves(entry)) or self._first_drop(validity.hits(entry))
        if entry.body.kind == LEAVE or is_own_pin(entry):
            return self._first_drop(validity.hits(entry))
        return []

    def heads(self):  # GROUP-41
        kernel = self.kernel()
        followed = {prev for h in kernel for prev in self.entries[h].body.prevs}
        return sorted(kernel - followed)

    def id(self):
        return roster_id(self.heads())


def at(graph, heads):
    """The roster of all entries that these follow, with them."""
    return Roster(graph, set(heads).union(*(graph.past[h] for h in heads)))
