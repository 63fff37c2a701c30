"""What the rosters say of a group message whose signature holds, and of a distribution (GROUP-160 to 167).

A roster is given by its heads, or as None where it isn't known (GROUP-166).
"""

from collections import namedtuple

from . import roster
from .roster_loss import account_is_lost, loses_access, lost_devices

PARK, REJECT, ACCEPT = "park", "reject", "accept"

# `reason` is there with REJECT alone; `read_by_removed` and `sender_lost_access` mark what is accepted.
Verdict = namedtuple("Verdict", "result reason read_by_removed sender_lost_access", defaults=(None, False, False))


def present(graph):
    return roster.at(graph, roster.Roster(graph).heads())


def judge_message(graph, key_heads, named_heads, account, device_id, key_is_closed):
    if key_heads is None or named_heads is None:  # GROUP-160
        return Verdict(PARK)
    keys, named, now = roster.at(graph, key_heads), roster.at(graph, named_heads), present(graph)
    if not named.has(account, device_id):  # GROUP-161
        return Verdict(REJECT, "NotInRoster")
    if loses_access(keys, named):  # GROUP-162
        return Verdict(REJECT, "KeyNotRenewed")
    if not now.has(account, device_id) and not key_is_closed:  # GROUP-163
        return Verdict(REJECT, "LostAccess")
    return Verdict(ACCEPT, None, loses_access(named, now, rekeys_count=False), key_is_closed)  # GROUP-164


def judge_distribution(graph, key_heads, account, device_id):  # GROUP-165
    if key_heads is None:
        return Verdict(PARK)
    keys, now = roster.at(graph, key_heads), present(graph)
    if not keys.has(account, device_id):
        return Verdict(REJECT, "NotInRoster")
    if not now.has(account, device_id) or _lost_on_the_way(keys, now, account, device_id):
        return Verdict(REJECT, "LostAccess")
    return Verdict(ACCEPT)


def _lost_on_the_way(keys, now, account, device_id):
    return account_is_lost(keys, now, account) or device_id in lost_devices(keys, now, account)
