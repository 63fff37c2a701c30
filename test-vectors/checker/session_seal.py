"""Sealing a message in a session."""

from collections import namedtuple

from . import boxes, epoch, wire, x25519
from .errors import Refused, refuse_unless
from .fixed import TIME_MAX
from .kdf import chain_step, root_step
from .session_state import CHAIN_LENGTH_MAX, Sending, remember_resumption

# The message, the state to be committed, and what came up on the way. `root_step` is None but in a chain's first.
Sealed = namedtuple("Sealed", "message state root_step message_key header_bytes frame_bytes header_key")


def _check_frame(frame):
    """The caller's fault: a frame that has no encoding."""
    fine = (0 <= frame.kind <= 15 and 0 <= frame.sent_ms <= TIME_MAX and len(frame.nonce) == 8 and frame.shards is None
            and all(value is None or 1 <= value < 2**32 for value in (frame.ttl, frame.list_epoch))
            and len(frame.content) <= wire.CONTENT_LENGTH_MAX)
    refuse_unless(fine, "session", "Malformed", "WIRE-30", "WIRE-34", "WIRE-37")


def _begin_chain(state, day, ms, draw):
    """(the root step, the state in Live)"""
    secret = draw(32)  # RATCHET-25
    step = epoch.sending_step(state.epoch, state.transcript, day, ms, draw)  # RATCHET-75
    try:
        dh = x25519.agree(secret, state.peer_key)
    except Refused:
        raise Refused("session", "UnusableKey", "RATCHET-25") from None
    root = root_step(state.root, dh, step.secret, state.epoch.number)
    sending = Sending(secret, x25519.public_key(secret), root.CK, state.next_sending, state.sent, step.step)
    state = state._replace(root=root.RK, sending=sending, next_sending=root.NHK, sent=0, epoch=step.epoch,
                           peer_key=None)
    return root, remember_resumption(state, root.RS)


def seal(state, frame, next_salt, day, ms, draw):
    """`next_salt` gives a nonce salt (RATCHET-8), `draw` random bytes; `ms` is the clock, `day` its day."""
    refuse_unless(state.awaiting is None, "caller", "ApiMisuse", "RATCHET-2")
    _check_frame(frame)
    root = None
    answered = 0
    if state.sending is None:
        answered = state.receiving.next if state.receiving else 0  # RATCHET-80
        root, state = _begin_chain(state, day, ms, draw)
    n, sending = state.sent, state.sending
    refuse_unless(n < CHAIN_LENGTH_MAX, "session", "ChainExhausted", "RATCHET-9")
    ck, mk = chain_step(sending.chain_key)
    frame, epoch_after = epoch.add_run(state.epoch, frame, answered)
    frame_bytes = wire.write_frame(frame, epoch.PADDING)
    # RATCHET-29
    header_bytes = wire.write_header(wire.Header(
        sending.ratchet_key, n, sending.previous, epoch.header_epoch(state.epoch.number),
        epoch.has_peers_blob(state.epoch), sending.epoch_step == epoch.MIXED, next_salt()))
    # RATCHET-32
    message_type = wire.RATCHET_MESSAGE if state.handshake is None else wire.PREKEY_MESSAGE
    p = boxes.prefix(None if state.handshake is None else state.handshake_hash)
    sealed = boxes.seal(p, mk, sending.header_key, header_bytes, frame_bytes)
    message = wire.write_envelope(wire.Envelope(
        message_type, state.handshake, sealed.sealed_header, sealed.body, sealed.body_tag))
    state = state._replace(sending=sending._replace(chain_key=ck), sent=n + 1, epoch=epoch.count_message(epoch_after))
    return Sealed(message, state, root, mk, header_bytes, frame_bytes, sending.header_key)
