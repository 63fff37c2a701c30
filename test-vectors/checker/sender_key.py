"""A sender key: its chain, its distribution, its id, and what it is to its sender."""

from collections import namedtuple

from . import ed25519
from .errors import malformed_unless
from .fixed import Reader, be
from .hashes import H, expand, label

GROUP_CHAIN = label("group ck")
GROUP_COMMITMENT = label("group commitment")
GROUP_KEY = label("group key")
ITERATIONS = 4096
ID_LENGTH = 16
IDENTIFIED_LENGTH = 165

# The key before, by its id, and how many messages it sealed.
Previous = namedtuple("Previous", "id count")
# `previous` is None where there is none.
Distribution = namedtuple(
    "Distribution", "group account device roster signing_key commitment chain_key iteration previous")
# What the sender keeps.
Sending = namedtuple(
    "Sending", "group account device roster signing_seed commitment chain_key iteration created_ms previous")


def step(chain_key):  # GROUP-100
    """The next chain key and the message key."""
    output = expand(chain_key, GROUP_CHAIN, 64)
    return output[:32], output[32:]


def walk(chain_key, steps):
    """The chain key after so many steps."""
    for _ in range(steps):
        chain_key, _ = step(chain_key)
    return chain_key


def commitment(first_chain_key):  # GROUP-102
    return H(GROUP_COMMITMENT, first_chain_key)


def make(group, account, device, roster, chain_key, signing_seed, created_ms, previous):  # GROUP-101
    return Sending(group, account, device, roster, signing_seed, commitment(chain_key), chain_key, 0, created_ms,
                   previous)


def distribution(sending):
    return Distribution(sending.group, sending.account, sending.device, sending.roster,
                        ed25519.public_key(sending.signing_seed), sending.commitment, sending.chain_key,
                        sending.iteration, sending.previous)


def write_distribution(given):  # GROUP-110
    previous = given.previous or Previous(bytes(ID_LENGTH), 0)
    return b"".join((be(1, 1), given.group, given.account, be(given.device, 4), given.roster, given.signing_key,
                     given.commitment, given.chain_key, be(given.iteration, 4), previous.id, be(previous.count, 4)))


def key_id(given):  # GROUP-103
    return H(GROUP_KEY, write_distribution(given)[:IDENTIFIED_LENGTH])[:ID_LENGTH]


def is_previous(identifier, count):  # GROUP-114: zeros go with a count of 0
    return count <= ITERATIONS and (any(identifier) or count == 0)


def read_distribution(data):  # GROUP-110
    reader = Reader(data, "distribution", truncated="Malformed", trailing="Malformed")
    well_formed = malformed_unless("distribution")
    well_formed(len(data) == 221, "GROUP-110")
    well_formed(reader.take_number(1) == 1, "GROUP-111")
    group, account, device = reader.take(32), reader.take(32), reader.take_number(4)
    well_formed(device != 0, "GROUP-112")
    roster, signing_key, committed, chain_key = (reader.take(32) for _ in range(4))
    iteration = reader.take_number(4)
    well_formed(iteration < ITERATIONS, "GROUP-113")
    previous_id, count = reader.take(ID_LENGTH), reader.take_number(4)
    well_formed(is_previous(previous_id, count), "GROUP-114")
    previous = Previous(previous_id, count) if any(previous_id) else None
    return Distribution(group, account, device, roster, signing_key, committed, chain_key, iteration, previous)
