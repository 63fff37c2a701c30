"""Short strings, and comparing one with somebody (IDENTITY-67 to 77, WIRE-125 to 127)."""

from collections import namedtuple

from . import device_list
from .errors import malformed_unless, refuse_unless
from .fixed import Reader, be
from .hashes import H, label

SAS_VIEW = label("sas view")
SAS_COMMITMENT = label("sas commitment")
SAS_TRANSCRIPT = label("sas transcript")
LENGTH = 82
ASK, COMMIT, ANSWER, REVEAL = 1, 2, 3, 4
NO_RUN, NO_VALUE = bytes(16), bytes(32)

# IDENTITY-67
NAMES = """anchor apple balloon banana bee bell bicycle book bread bus cactus camel camera carrot castle cat cheese
cherries clover compass corn crab crown dice dog dolphin door drum duck ear egg elephant fire ghost gift glasses guitar
hammer hat hedgehog key lemon lion magnet moon mushroom octopus owl panda penguin pizza rainbow robot rocket sailboat
shoe snail snowman star tent tractor tree umbrella zebra""".split()

Message = namedtuple("Message", "step view run value")
# The states. A transcript is all that is left to compare.
Asked = namedtuple("Asked", "view")
Committed = namedtuple("Committed", "view run nonce")
Answered = namedtuple("Answered", "view run nonce commitment")
Comparing = namedtuple("Comparing", "view transcript")


def emoji(transcript):  # IDENTITY-67
    bits = int.from_bytes(transcript, "big") >> 256 - 42
    return [bits >> 6 * i & 63 for i in reversed(range(7))]


def decimals(transcript):  # IDENTITY-68
    digits = "{:012}".format(int.from_bytes(transcript[8:16], "big") % 10**12)
    return " ".join(digits[i : i + 4] for i in (0, 4, 8))


def write(message):  # WIRE-125
    return b"".join((be(1, 1), be(message.step, 1), message.view, message.run, message.value))


def read(data):
    well_formed = malformed_unless("encoding")
    well_formed(len(data) == LENGTH, "WIRE-126")
    reader = Reader(data, "encoding")
    well_formed(reader.take_number(1) == 1, "WIRE-126")
    step = reader.take_number(1)
    well_formed(ASK <= step <= REVEAL, "WIRE-126")
    message = Message(step, reader.take(32), reader.take(16), reader.take(32))
    well_formed(step != ASK or (message.run, message.value) == (NO_RUN, NO_VALUE), "WIRE-127")
    return message


def _refuse_unless(condition, error, *rules):
    refuse_unless(condition, "short string", error, *rules)


def view(one_list, other_list, t):  # IDENTITY-70
    """The view of two lists, given in either order."""
    def account(signed_list):
        return device_list.account_id(signed_list.body.account_key)

    _refuse_unless(account(one_list) != account(other_list), "OneAccount", "IDENTITY-70")
    lower, higher = sorted((one_list, other_list), key=account)
    return view_of(lower.body.account_key, higher.body.account_key, device_list.list_hash(lower),
                   device_list.list_hash(higher), t)


def view_of(lower_key, higher_key, lower_list_hash, higher_list_hash, t):
    return H(SAS_VIEW, lower_key, higher_key, lower_list_hash, higher_list_hash, t)


def commitment(own_view, run, lower_nonce):  # IDENTITY-72
    return H(SAS_COMMITMENT, own_view, run, lower_nonce)


def transcript(own_view, run, lower_nonce, higher_nonce):  # IDENTITY-74
    return H(SAS_TRANSCRIPT, own_view, run, lower_nonce, higher_nonce)


def _take(step, state_view, run, data):
    """The message of a step; of asks and commits any run is taken."""
    message = read(data)
    # IDENTITY-75 before IDENTITY-71: what is late may have another view and says nothing of this run
    _refuse_unless(message.step == step and run in (None, message.run), "Unexpected", "IDENTITY-71", "IDENTITY-75")
    _refuse_unless(message.view == state_view, "DifferentView", "IDENTITY-71")
    return message


def ask(own_view):
    """The higher side begins. A state and the message to send, like all that follow."""
    return Asked(own_view), write(Message(ASK, own_view, NO_RUN, NO_VALUE))


def commit(own_view, data, run, nonce):
    """The lower side begins, or takes an ask: `data`, or None."""
    if data is not None:
        _take(ASK, own_view, None, data)
    message = Message(COMMIT, own_view, run, commitment(own_view, run, nonce))
    return Committed(own_view, run, nonce), write(message)


def answer(own_view, data, nonce):
    """The higher side takes a commit, having asked or not. `own_view` is that of the session of the commit."""
    message = _take(COMMIT, own_view, None, data)
    return (Answered(own_view, message.run, nonce, message.value),
            write(Message(ANSWER, own_view, message.run, nonce)))


def reveal(state, data):
    """The lower side takes the answer."""
    message = _take(ANSWER, state.view, state.run, data)
    return (Comparing(state.view, transcript(state.view, state.run, state.nonce, message.value)),
            write(Message(REVEAL, state.view, state.run, state.nonce)))


def conclude(state, data):
    """The higher side takes the reveal. There is no message to send."""
    message = _take(REVEAL, state.view, state.run, data)
    is_committed = commitment(state.view, state.run, message.value) == state.commitment
    _refuse_unless(is_committed, "WrongReveal", "IDENTITY-73")
    return Comparing(state.view, transcript(state.view, state.run, message.value, state.nonce))
