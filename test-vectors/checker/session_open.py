"""The second look at a message: its body is opened, and what follows from it for the session."""

from collections import namedtuple

from . import boxes, epoch, skipped, wire, x25519
from .errors import Refused, refuse_unless
from .kdf import chain_step, root_step
from .session_locate import FIRST, CloneEvidence, locate, rejected_unless, remembered_tag
from .session_state import (KEPT_KEYS_MAX, OLD_CHAINS_MAX, OPENED_MAX, SKIP_MAX, OldChain, OpenedMessage, Receiving,
                            expired, remember_resumption)

# An opening, to be committed. `frame` is None if it is malformed (RATCHET-28). `ended_epoch` is None or (e, mixed): the
# specification doesn't say when the offerer is told (RATCHET-74). Here it is when a chain comes that follows the end.
Opened = namedtuple("Opened", "state records frame new_chain clone_suspected lost_keys ended_epoch place root_step "
                              "message_key")


class _Keys:
    """Which keys a message steps over, and which have to go for them: RATCHET-17, 20, 21."""

    def __init__(self, chains):
        self._chains = chains  # those that stay, with numbers of kept keys: those of the newest have the highest id
        self._stepped = []
        self.lost = 0

    def step_over(self, chain_id, first, end):
        self._stepped += [(chain_id, n) for n in range(first, end)]

    def decide(self):
        """(the kept keys that go, the stepped ones that are kept): sets of (chain id, number)"""
        if not self._stepped:
            return set(), set()
        kept = sorted((chain.id, n) for chain in self._chains for n in chain.skipped)
        surplus = max(0, len(kept) + len(self._stepped) - KEPT_KEYS_MAX)
        self.lost += surplus
        return set(kept[:surplus]), set(self._stepped[max(0, surplus - len(kept)) :])


def _derive(chain_id, ck, first, end, wanted, keys):
    """Steps over first to end, puts the wanted keys aside, and gives the chain key."""
    for n in range(first, end):
        ck, mk = chain_step(ck)
        if (chain_id, n) in wanted:
            keys.setdefault(chain_id, {})[n] = mk
    return ck


def _split_old(state, today):
    """(the old chains that stay in a turn, those that go): RATCHET-21"""
    if state.receiving is None:
        return (), ()
    living = tuple(chain for chain in state.old if not expired(chain, today))
    stay = living[: OLD_CHAINS_MAX - 1]
    return stay, tuple(chain for chain in state.old if chain not in stay)


def _rewrite(records, chains, removed, added):
    """(the records afterwards, the kept numbers of each chain afterwards, lost keys)"""
    numbers, lost = {}, 0
    for chain_id, kept in chains.items():
        gone = {n for removed_id, n in removed if removed_id == chain_id}
        records, numbers[chain_id], lost_here = skipped.rewrite(records, chain_id, kept, gone, added.get(chain_id, {}))
        lost += lost_here
    return records, numbers, lost


def _open_body(located, message_key):
    """The frame's bytes: RATCHET-26"""
    frame_bytes = boxes.open_body(located.P, message_key, located.header_bytes, located.envelope)
    rejected_unless(frame_bytes is not None, "RATCHET-26", "RATCHET-5")
    return frame_bytes


def _read_frame(frame_bytes):
    try:
        return wire.read_frame(frame_bytes)
    except Refused:  # RATCHET-28
        return None


def _finish(state, records, located, message_key, frame_bytes, *, root=None, lost=0, clone_suspected=False,
            chain_id, ended_epoch=None):
    """The commit of an opening, wherever the message stood."""
    begins_chain = located.chain is None
    frame = _read_frame(frame_bytes)
    # RATCHET-54
    ids = [chain.id for chain in (state.receiving,) + state.old]
    opened = [m for m in state.opened if m.chain in ids]
    opened.append(OpenedMessage(chain_id, located.header.n, remembered_tag(located.envelope)))
    # RATCHET-78
    epoch_after = epoch.take(state.epoch, state.transcript, located.header, frame, begins_chain)
    # RATCHET-79. The specification doesn't say which messages count before the first epoch, nor whether the one counts
    # that ends an epoch. In the vectors the latter does, and the first one of a session doesn't.
    if located.place != FIRST:
        epoch_after = epoch.count_message(epoch_after)
    state = state._replace(opened=tuple(opened[-OPENED_MAX:]), epoch=epoch_after)
    return Opened(state, records, frame, begins_chain, clone_suspected, lost, ended_epoch, located.place, root,
                  message_key)


def _with_skipped(state, numbers):
    receiving = state.receiving._replace(skipped=numbers.get(state.receiving.id, state.receiving.skipped))
    old = tuple(chain._replace(skipped=numbers.get(chain.id, chain.skipped)) for chain in state.old)
    return state._replace(receiving=receiving, old=old)


def _open_kept(state, records, located):  # RATCHET-18
    chain, n = located.chain, located.header.n
    block = n // skipped.BLOCK
    keys = skipped.load(records, chain.id, block, {m for m in chain.skipped if m // skipped.BLOCK == block})
    refuse_unless(keys is not None, "session", "WrongRecords", "RATCHET-31")
    frame_bytes = _open_body(located, keys[n])
    records, numbers, _ = _rewrite(records, {chain.id: chain.skipped}, {(chain.id, n)}, {})
    return _finish(_with_skipped(state, numbers), records, located, keys[n], frame_bytes, chain_id=chain.id)


def _open_newest(state, records, located):
    chain, n = located.chain, located.header.n
    chains = (chain,) + state.old
    keys = _Keys(chains)
    keys.step_over(chain.id, chain.next, n)
    removed, wanted = keys.decide()
    added = {}
    ck, mk = chain_step(_derive(chain.id, chain.chain_key, chain.next, n, wanted, added))
    frame_bytes = _open_body(located, mk)
    records, numbers, lost = _rewrite(records, {c.id: c.skipped for c in chains}, removed, added)
    state = state._replace(receiving=chain._replace(chain_key=ck, next=n + 1))
    return _finish(_with_skipped(state, numbers), records, located, mk, frame_bytes, lost=keys.lost + lost,
                   chain_id=chain.id)


def _open_new_chain(state, records, located, today):
    header, former = located.header, state.receiving
    _, step = epoch.peers_step(state.epoch, state.role, header)
    try:
        dh = x25519.agree(state.sending.ratchet_secret if state.sending else state.awaiting, header.ratchet_key)
    except Refused:
        raise Refused("session", "Rejected", "RATCHET-22", "PRIM-5") from None
    root = root_step(state.root, dh, state.epoch.secret if step == epoch.MIXED else None, state.epoch.number)

    new_id = former.id + 1 if former else 0
    stay, go = _split_old(state, today)
    keys = _Keys(((former,) if former else ()) + stay)
    gap_end = None
    clone_suspected = False
    if former:
        gap = header.pn - former.next
        clone_suspected = gap < 0  # RATCHET-16
        if 0 <= gap <= SKIP_MAX - header.n:
            gap_end = header.pn
            keys.step_over(former.id, former.next, gap_end)
        else:  # RATCHET-17
            keys.lost += max(0, gap)
    keys.step_over(new_id, 0, header.n)
    removed, wanted = keys.decide()
    added = {}
    if gap_end is not None:
        _derive(former.id, former.chain_key, former.next, gap_end, wanted, added)
    ck, mk = chain_step(_derive(new_id, root.CK, 0, header.n, wanted, added))
    frame_bytes = _open_body(located, mk)

    for chain in go:  # RATCHET-21
        keys.lost += len(chain.skipped)
        removed |= {(chain.id, n) for n in chain.skipped}
    before = {chain.id: chain.skipped for chain in ((former,) if former else ()) + state.old}
    records, numbers, lost = _rewrite(records, before | {new_id: frozenset()}, removed, added)

    ended_epoch = None
    epoch_after = state.epoch
    if state.sending and state.sending.epoch_step:
        ended_epoch = (state.epoch.number - 1, state.sending.epoch_step == epoch.MIXED)
    if step is not None:  # RATCHET-74
        ended_epoch = (state.epoch.number, step == epoch.MIXED)
        epoch_after = epoch.ended_by_peer(state.epoch, step, today)
    retired = (OldChain(former.header_key, former.id, today, former.skipped),) if former else ()
    flags = located.header_bytes[40]
    receiving = Receiving(state.next_receiving, header.ratchet_key, header.pn, flags, ck, header.n + 1, new_id,
                          frozenset())
    # RATCHET-27
    state = state._replace(root=root.RK, next_receiving=root.NHK, receiving=receiving, old=retired + stay,
                           sending=None, awaiting=None, peer_key=header.ratchet_key, handshake=None,
                           epoch=epoch.no_shards_sent(epoch_after))
    state = remember_resumption(_with_skipped(state, numbers), root.RS)
    return _finish(state, records, located, mk, frame_bytes, root=root, lost=keys.lost + lost,
                   clone_suspected=clone_suspected, chain_id=new_id, ended_epoch=ended_epoch)


def open_message(state, records, message, today):
    """Opened, or CloneEvidence. `records` are skipped-key records by (chain id, block)."""
    located = locate(state, message)
    if isinstance(located, CloneEvidence):
        return located
    if located.takes:
        return _open_kept(state, records, located)
    if located.chain is not None:
        return _open_newest(state, records, located)
    return _open_new_chain(state, records, located, today)
