"""What can go wrong: the protocol refuses, or the file isn't in the form of the vectors."""

from contextlib import contextmanager


class Refused(Exception):
    """Refused by a rule of the specification."""

    def __init__(self, layer, error, *rules):
        super().__init__("{} by {} ({})".format(error, layer, ", ".join(rules)))
        self.layer = layer
        self.error = error
        self.rules = rules


class FormError(Exception):
    """A file or a case isn't as the README of the vectors describes it."""


def refuse_unless(condition, layer, error, *rules):
    if not condition:
        raise Refused(layer, error, *rules)


def malformed_unless(layer):
    """A refuse_unless of this layer with Malformed."""

    def check(condition, *rules):
        refuse_unless(condition, layer, "Malformed", *rules)

    return check


@contextmanager
def refused_by(layer):
    """What is refused inside is refused by this layer, whatever the layer inside."""
    try:
        yield
    except Refused as refused:
        raise Refused(layer, refused.error, *refused.rules) from None
