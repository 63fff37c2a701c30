"""The state of a session. Nothing of it is changed in place: a step makes another one (RATCHET-33)."""

from collections import namedtuple

from . import epoch
from .epoch import INITIATOR, RESPONDER

CHAIN_LENGTH_MAX = 2**20  # RATCHET-9
SKIP_MAX = 25000  # RATCHET-12
KEPT_KEYS_MAX = 2000  # RATCHET-20
OLD_CHAINS_MAX = 32  # RATCHET-21
OLD_CHAIN_DAYS = 30  # RATCHET-21
RESUMPTION_MAX = 4  # RATCHET-50
OPENED_MAX = 16  # RATCHET-54

# `epoch_step` says what its root step did with an epoch: epoch.MIXED, epoch.SKIPPED or None.
Sending = namedtuple("Sending", "ratchet_secret ratchet_key chain_key header_key previous epoch_step")
# `skipped` are the numbers whose message keys are kept.
Receiving = namedtuple("Receiving", "header_key ratchet_key previous flags chain_key next id skipped")
OldChain = namedtuple("OldChain", "header_key id retired_day skipped")
OpenedMessage = namedtuple("OpenedMessage", "chain n tag")
# `sending` is there in Live, `peer_key` in Turn, `awaiting` (our secret key) in Await. `old` is newest first,
# `resumption` too; `opened` is oldest first.
State = namedtuple("State", "role transcript handshake_hash handshake root next_sending next_receiving sent epoch "
                            "sending peer_key awaiting receiving old resumption opened")


def _begin(role, transcript, handshake_hash, root, next_sending, next_receiving, **others):
    empty = dict(handshake=None, sending=None, peer_key=None, awaiting=None)
    return State(role, transcript, handshake_hash, root=root, next_sending=next_sending, next_receiving=next_receiving,
                 sent=0, epoch=epoch.first(role), receiving=None, old=(), resumption=(), opened=(),
                 **dict(empty, **others))


def initiated(transcript, handshake_hash, rk, hk_a, hk_b, handshake, peer_prekey):  # RATCHET-1
    return _begin(INITIATOR, transcript, handshake_hash, rk, hk_a, hk_b, handshake=handshake, peer_key=peer_prekey)


def responding(transcript, handshake_hash, rk, hk_a, hk_b, prekey_secret):  # RATCHET-2
    return _begin(RESPONDER, transcript, handshake_hash, rk, hk_b, hk_a, awaiting=prekey_secret)


def remember_resumption(state, rs):  # RATCHET-50
    return state._replace(resumption=((rs,) + state.resumption)[:RESUMPTION_MAX])


def expired(chain, today):  # RATCHET-21: a day in the future counts as today
    return chain.retired_day + OLD_CHAIN_DAYS <= today
