"""Proofs of descent: how one device list stands to another of its account."""

from . import device_list, protobuf
from .errors import Refused, refuse_unless
from .protobuf import Message, bytes_field, repeated_field

LIST_LINK = Message("ListLink", "WIRE-85", 100, (
    bytes_field(1, "parents", 32, 64, rules=("WIRE-86",)),
    bytes_field(2, "body_hash", 32),
))
LIST_PROOF = Message("ListProof", "WIRE-87", 26112, (
    repeated_field(1, "links", LIST_LINK, 256),
))

SAME, CONTRADICTING, DESCENDING, UNKNOWN = "the same", "contradicting", "descending", "unknown"


def _read_link(encoded):
    """The parents, and the hash."""
    values = protobuf.decode(LIST_LINK, encoded)
    data = values["parents"]
    parents = [data[i : i + 32] for i in range(0, len(data), 32)]
    is_ascending = len(parents) == 1 or parents[0] < parents[1]
    refuse_unless(len(data) % 32 == 0 and is_ascending, "encoding", "Malformed", "WIRE-86")
    return parents, device_list.link_hash(parents, values["body_hash"])


def read(encoded):  # WIRE-87
    """The links, newest first."""
    values = protobuf.decode(LIST_PROOF, encoded)
    refuse_unless(values["links"], "encoding", "Malformed", "WIRE-87")
    return [_read_link(link) for link in values["links"]]


def levels(signed_list, links):
    """The parents of the list, and those of each link. No links are no proof."""
    result = [signed_list.body.parents]
    for parents, hashed in links:  # IDENTITY-21
        refuse_unless(hashed in result[-1], "device list", "BadProof", "IDENTITY-21")
        result.append(parents)
    is_deep = links and len(result) >= signed_list.body.epoch
    refuse_unless(not is_deep, "device list", "BadProof", "IDENTITY-21")
    return result


def stands_to(signed_list, list_levels, known_epoch, known_hash):  # IDENTITY-22
    """How a list with its levels stands to a known list of the account."""
    d = signed_list.body.epoch - known_epoch
    if d == 0:
        return SAME if device_list.list_hash(signed_list) == known_hash else CONTRADICTING
    for i, level in enumerate(list_levels, 1):
        if known_hash in level:
            one_parent_each = all(len(parents) == 1 for parents in list_levels[:i])
            if d != i if one_parent_each else d < i:  # IDENTITY-23
                raise Refused("encoding", "Malformed", "IDENTITY-23")
            return DESCENDING
    one_parent_each = all(len(parents) == 1 for parents in list_levels[: max(d - 1, 0)])
    if d > 0 and len(list_levels) >= d and one_parent_each:
        return CONTRADICTING
    return UNKNOWN
