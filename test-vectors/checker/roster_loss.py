"""Loss of access between two rosters of one graph."""

from . import device_list
from .roster_entry import NONE, REKEY
from .roster_graph import granted_role, has_device, target


def loses_access(before, after, rekeys_count=True):  # GROUP-45
    """Whether anybody lost access between them. Where rekeys don't count, a rekey entry is no loss."""
    if rekeys_count and any(rekey.hash not in before.entries for rekey in after.valid(REKEY)):
        return True
    accounts = before.accounts | {target(grant) for grant in after.validity.grants()}
    return any(account_loses(before, after, account, before.devices.get(account, {})) for account in accounts)


def account_loses(before, after, account, devices):
    """Whether an account lost access, or one of its devices that had it in the first."""
    if account in before.accounts and account not in after.accounts:
        return True
    return (any(not after.has(account, device_id) for device_id in devices)
            or _lacks_in_newer(before, after, account, devices)
            or any(_is_taken_away(before, after, grant)
                   for grant in after.validity.grants() if target(grant) == account))


def _lacks_in_newer(before, after, account, devices):
    """A newer list that only the second has pinned lacks one of the devices."""
    known, all_lists = _lists(before, account), _lists(after, account)
    epoch = max((signed_list.body.epoch for signed_list in known.values()), default=0)
    newer = [signed_list for hashed, signed_list in all_lists.items()
             if hashed not in known and signed_list.body.epoch > epoch]
    return any(not has_device(signed_list, device_id) for signed_list in newer for device_id in devices)


def _lists(roster, account):
    return {device_list.list_hash(pin.pinned): pin.pinned for pin in roster.graph.pins_of(account, roster.entries)}


def _is_taken_away(before, after, grant):
    """A grant that was live in the first, or is valid and only in the second, gives nothing in the second."""
    if grant.hash in before.entries:
        if not before.validity.is_live(grant):
            return False
    elif not after.validity.is_valid(grant):
        return False
    to_none = any(granted_role(removal) == NONE for removal in after.validity.removals(grant))
    if after.validity.is_valid(grant) and not to_none and not after.validity.later_leaves(grant):
        return False
    return not any(other.hash in after.entries and after.validity.is_live(other)
                   for other in before.live_grants(target(grant)) if other.hash != grant.hash)
