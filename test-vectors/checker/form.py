"""Reading the members of a case."""

import re

from .errors import FormError
from .fixed import TIME_MAX

HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2})*")


def members(value, *names):
    """The value is an object with exactly these members."""
    if not isinstance(value, dict):
        raise FormError("an object with {} expected".format(", ".join(names)))
    if set(value) != set(names):
        raise FormError("members are {}, not {}".format(", ".join(sorted(value)), ", ".join(sorted(names))))


def octets(text, length=None):
    if not isinstance(text, str) or not HEXADECIMAL.fullmatch(text):
        raise FormError("lower-case hexadecimal expected, not {!r}".format(text))
    data = bytes.fromhex(text)
    if length is not None and len(data) != length:
        raise FormError("{} bytes expected, not {}".format(length, len(data)))
    return data


def number(value, low, high):
    if type(value) is not int or not low <= value <= high:
        raise FormError("a number from {} to {} expected, not {!r}".format(low, high, value))
    return value


def number32(value):
    return number(value, 0, 2**32 - 1)


def positive32(value):
    return number(value, 1, 2**32 - 1)


def time(value):
    return number(value, 0, TIME_MAX)


def optional(read, value, *limits):
    """What `read` makes of the value, or None for None."""
    return None if value is None else read(value, *limits)


def flag(value):
    if type(value) is not bool:
        raise FormError("true or false expected, not {!r}".format(value))
    return value
