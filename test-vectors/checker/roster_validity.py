"""Which entries of a roster are valid."""

from .roster_entry import ADMIN, DEVICES, GENESIS, LEAVE, NONE, SET
from .roster_graph import granted_role, has_device, pinned_account, target


def is_own_pin(entry):
    """A devices entry of the account itself for its own list, by a device that the list has."""
    return (entry.body.kind == DEVICES and pinned_account(entry) == entry.body.author
            and has_device(entry.pinned, entry.body.device))


class Validity:
    """Of entries of a graph, with the pasts of all of them among them."""

    def __init__(self, graph, hashes):
        self.graph = graph
        self.entries = {h: graph.entries[h] for h in hashes}
        self._valid = {}
        self._removals = {}
        self._drops = {}
        self._leaves = {}

    def past(self, entry):
        return self.graph.past[entry.hash]

    def knows(self, entry, other):
        return other.hash in self.past(entry)

    def order(self, entry):
        """First is by the number of entries in the past, then by hash (GROUP-40)."""
        return len(self.past(entry)), entry.hash

    def place(self, grant):
        return self.graph.depth[grant.hash], grant.hash

    def rank(self, grant):
        """The smaller the more senior."""
        return (granted_role(grant) != ADMIN, *self.place(grant))

    def under(self, entry):
        return self.entries[entry.body.under]

    def is_senior(self, grant, other):
        """Whether rank(grant) < rank(other). All grants of members rank below all of admins, and none above another."""
        if granted_role(grant) != ADMIN:
            return False
        return granted_role(other) != ADMIN or self.place(grant) < self.place(other)

    def grants(self):
        return [entry for entry in self.entries.values() if granted_role(entry) != NONE]

    def removals(self, grant):
        """The valid sets that take a grant away."""
        if grant.hash not in self._removals:
            self._removals[grant.hash] = [
                entry for entry in self.entries.values()
                if entry.body.kind == SET and target(entry) == target(grant)
                and granted_role(entry) < granted_role(grant)
                and self.is_senior(self.under(entry), grant) and not self.knows(grant, entry) and self.is_valid(entry)]
        return self._removals[grant.hash]

    def is_valid(self, entry):
        if entry.hash not in self._valid:
            self._valid[entry.hash] = self._judge(entry)
        return self._valid[entry.hash]

    def _judge(self, entry):
        if entry.body.kind in (GENESIS, DEVICES):  # GROUP-21
            return True
        if entry.body.kind == LEAVE:  # GROUP-25
            return not self.hits(entry)
        # GROUP-22
        if not self.is_valid(self.under(entry)):
            return False
        removals = self.removals(self.under(entry))
        if removals:  # GROUP-26
            return all(self.knows(removal, entry) for removal in removals)
        return not self.undoing_leaves(entry) and not self.hits(entry)

    def leaves(self, account):
        """The valid ones of an account."""
        if account not in self._leaves:
            self._leaves[account] = [entry for entry in self.entries.values() if entry.body.kind == LEAVE
                                     and entry.body.author == account and self.is_valid(entry)]
        return self._leaves[account]

    def undoing_leaves(self, act):  # GROUP-23
        """The leaves by which an act whose grant has no removal is not valid."""
        return [leave for leave in self.leaves(act.body.author)
                if not self.knows(self.under(act), leave) and not self.knows(leave, act)]

    def drops(self, account):
        """The own pins of an account that no drop of a list of a higher epoch hits."""
        if account not in self._drops:
            own_pins = [entry for entry in self.entries.values()
                        if entry.body.author == account and is_own_pin(entry)]
            drops = []
            for pin in sorted(own_pins, key=lambda pin: -pin.pinned.body.epoch):
                if not self._hits_of(drops, pin):
                    drops.append(pin)
            self._drops[account] = drops
        return self._drops[account]

    def _hits_of(self, drops, entry):
        # an own pin is asked for its own list's epoch, and not for what it knows
        epoch = entry.pinned.body.epoch if is_own_pin(entry) else entry.body.list_epoch

        def hits(drop):
            return (drop.pinned.body.epoch > epoch and not has_device(drop.pinned, entry.body.device)
                    and not self.knows(drop, entry) and (is_own_pin(entry) or not self.knows(entry, drop)))

        return [drop for drop in drops if hits(drop)]

    def hits(self, entry):  # GROUP-24
        """The drops of the author's device that the entry doesn't know of and that don't know of it."""
        return self._hits_of(self.drops(entry.body.author), entry)

    def is_live(self, grant):  # GROUP-27
        return self.is_valid(grant) and not self.removals(grant) and not self.later_leaves(grant)

    def later_leaves(self, grant):
        """The valid leaves of the account that are not in the grant's past."""
        return [leave for leave in self.leaves(target(grant)) if not self.knows(grant, leave)]
