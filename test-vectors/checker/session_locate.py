"""The first look at a message: which header key opens it, and so where it belongs."""

from collections import namedtuple

from . import boxes, epoch, wire, x25519
from .errors import Refused, refuse_unless
from .hashes import handshake_hash
from .session_state import SKIP_MAX

FIRST, NEWEST, NEW_CHAIN, OLD_CHAIN = "first", "newest", "new chain", "old chain"

# Clone evidence: no message, and the session stays as it is (RATCHET-58).
CloneEvidence = namedtuple("CloneEvidence", "evidence")
# The message, the place where its header opened, and that place's chain, None in a new one. `takes`: its key is a kept
# one.
Located = namedtuple("Located", "P envelope header_bytes header place chain takes")


def rejected_unless(condition, *rules):
    refuse_unless(condition, "session", "Rejected", *rules)


def _places(state):
    """Places with their header keys and chains, in the order in which they are tried."""
    if state.awaiting is not None:  # RATCHET-2
        yield FIRST, state.next_receiving, None
    if state.receiving is not None:
        yield NEWEST, state.receiving.header_key, state.receiving
    if state.sending is not None:  # RATCHET-13
        yield NEW_CHAIN, state.next_receiving, None
    for chain in state.old:
        yield OLD_CHAIN, chain.header_key, chain


def locate(state, message):
    """Located, or CloneEvidence."""
    envelope = wire.read_envelope(message)
    hs = None if envelope.handshake is None else handshake_hash(envelope.handshake)
    rejected_unless(hs in (None, state.handshake_hash), "RATCHET-10", "RATCHET-2")
    rejected_unless(hs or state.awaiting is None, "RATCHET-2")
    p = boxes.prefix(hs)
    for place, header_key, chain in _places(state):
        header_bytes = boxes.open_header(p, header_key, envelope)
        if header_bytes is not None:
            break
    else:
        raise Refused("session", "Rejected", "RATCHET-19", "RATCHET-2", "RATCHET-13", "RATCHET-6", "RATCHET-7")
    try:
        header = wire.read_header(header_bytes)
    except Refused as refused:
        raise Refused("session", "Rejected", "RATCHET-24", *refused.rules) from None
    located = Located(p, envelope, header_bytes, header, place, chain, False)
    if chain is None:
        _check_new_chain(state, header)
        return located
    if place == NEWEST:
        if header.ratchet_key != chain.ratchet_key:  # RATCHET-57
            return CloneEvidence("ChainBegunTwice")
        # RATCHET-11
        same = header.pn == chain.previous and (header.epoch_mod_64, header.mix) == (chain.flags >> 2, chain.flags & 1)
        rejected_unless(same, "RATCHET-11")
        if header.n >= chain.next:
            _check_steps(header.n - chain.next)
            return located
    if header.n in chain.skipped:
        return located._replace(takes=True)
    # RATCHET-18, RATCHET-56
    for opened in state.opened:
        if (opened.chain, opened.n) == (chain.id, header.n) and opened.tag != remembered_tag(envelope):
            return CloneEvidence("NumberUsedTwice")
    raise Refused("session", "Duplicate", "RATCHET-18", "RATCHET-56")


def remembered_tag(envelope):  # RATCHET-55
    return envelope.tag[:8]


def _check_steps(steps):  # RATCHET-12
    refuse_unless(steps <= SKIP_MAX, "session", "TooFarAhead", "RATCHET-12")


def _check_new_chain(state, header):
    rejected_unless(x25519.is_canonical(header.ratchet_key), "RATCHET-23", "PRIM-4")
    if state.receiving:
        rejected_unless(header.ratchet_key != state.receiving.ratchet_key, "RATCHET-14")
    else:
        rejected_unless(header.pn == 0, "RATCHET-14")
    allowed, _ = epoch.peers_step(state.epoch, state.role, header)
    rejected_unless(allowed, "RATCHET-15")
    _check_steps(header.n)
