"""Frames as cases have them."""

from .form import members, number, number32, octets, optional, time
from .wire import Frame


def read_frame(value):
    """A frame without shards."""
    members(value, "kind", "sent_ms", "nonce", "ttl", "list_epoch", "content")
    return frame_of(value)


def frame_of(value, shards=None):
    """The frame of an object that may have more members."""
    return Frame(number(value["kind"], 0, 15), optional(number32, value["ttl"]), shards,
                 optional(number32, value["list_epoch"]), time(value["sent_ms"]), octets(value["nonce"], 8),
                 octets(value["content"]))
