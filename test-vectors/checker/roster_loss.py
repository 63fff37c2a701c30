"""Loss of access between two rosters of one graph."""

from . import device_list
from .roster_entry import NONE, REKEY
from .roster_graph import granted_role, target


def loses_access(before, after, rekeys_count=True):  # GROUP-45
    """Whether anybody lost access between them. Where rekeys don't count, a rekey entry is no loss."""
    if rekeys_count and any(rekey.hash not in before.entries for rekey in after.valid(REKEY)):
        return True
    accounts = before.accounts | {target(grant) for grant in after.validity.grants()}
    return any(account_is_lost(before, after, account) or lost_devices(before, after, account)
               for account in accounts)


def account_is_lost(before, after, account):
    """Whether an account lost access as a whole."""
    if account in before.accounts and account not in after.accounts:
        return True
    grants = {grant.hash: grant for grant in before.validity.grants() + after.validity.grants()}
    return any(_is_taken_away(before, after, grant) for grant in grants.values() if target(grant) == account)


def lost_devices(before, after, account):
    """The ids of the devices that an account had in the first and lost. A device is its id with both keys."""
    present = after.devices.get(account, {})
    newer = _newer_lists(before, after, account)
    return {device_id for device_id, keys in before.devices.get(account, {}).items()
            if present.get(device_id) != keys
            or not all(_lists_keys(signed_list, device_id, keys) for signed_list in newer)}


def _lists_keys(signed_list, device_id, keys):
    return any([entry.signing_key, entry.agreement_key] == keys
               for entry in signed_list.body.entries if entry.device_id == device_id)


def _newer_lists(before, after, account):
    """The lists that only the second has pinned, and that are newer than all of the first."""
    known, all_lists = _lists(before, account), _lists(after, account)
    epoch = max((signed_list.body.epoch for signed_list in known.values()), default=0)
    return [signed_list for hashed, signed_list in all_lists.items()
            if hashed not in known and signed_list.body.epoch > epoch]


def _lists(roster, account):
    return {device_list.list_hash(pin.pinned): pin.pinned for pin in roster.graph.pins_of(account, roster.entries)}


def _is_taken_away(before, after, grant):
    """A grant that was live in the first, or is valid and only in the second, gives nothing in the second."""
    if grant.hash in before.entries:
        if not before.validity.is_live(grant):
            return False
    elif not after.validity.is_valid(grant):
        return False
    if grant.hash in after.entries and after.validity.is_valid(grant):  # what isn't there isn't valid
        removals = after.validity.removals(grant)
        to_none = any(granted_role(removal) == NONE for removal in removals)
        if not to_none and not after.validity.later_leaves(grant):
            return False
    return not any(other.hash in after.entries and after.validity.is_live(other)
                   for other in before.live_grants(target(grant)) if other.hash != grant.hash)
