"""Integers of fixed layouts, and a reader of fixed layouts."""

from .errors import Refused

TIME_MAX = 2**48 - 1  # of milliseconds, in 6 bytes


def be(value, width):  # WIRE-1
    return value.to_bytes(width, "big")


class Reader:
    """Takes fields from the front. What is missing is refused as Truncated, what is left as Trailing (WIRE-1)."""

    def __init__(self, data, layer, truncated="Truncated", trailing="Trailing"):
        self._data = data
        self._layer = layer
        self._truncated = truncated
        self._trailing = trailing

    def take(self, length, *rules):
        if len(self._data) < length:
            raise Refused(self._layer, self._truncated, *(rules or ("WIRE-1",)))
        taken, self._data = self._data[:length], self._data[length:]
        return taken

    def take_number(self, width):
        return int.from_bytes(self.take(width), "big")

    def rest(self):
        taken, self._data = self._data, b""
        return taken

    def end(self, *rules):
        if self._data:
            raise Refused(self._layer, self._trailing, *(rules or ("WIRE-1",)))
