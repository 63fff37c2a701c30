"""The epoch of the post-quantum ratchet: its stages, what a message says of it, what a message carries of it."""

from collections import namedtuple

from . import reed_solomon, wire
from .kdf import epoch_secrets
from .ml_kem import ML_KEM_768 as KEM
from .reed_solomon import SHARD_LENGTH, SHARDS
from .wire import RUN_MAX

INITIATOR, RESPONDER = 1, 2  # roles, as the record has them (WIRE-82)
RESTING, OFFERED, SETTLED, COLLECTING, COLLECTED, ANSWERED = range(1, 7)  # WIRE-170
OFFERER_STAGES = (RESTING, OFFERED, SETTLED)
MIXED, SKIPPED = 1, 2  # what a root step did with an epoch (WIRE-82, Sending)

KEY_LENGTH = KEM.key_length
ANSWER_LENGTH = KEM.ciphertext_length + 32  # RATCHET-72
KEY_SHARDS, ANSWER_SHARDS = KEY_LENGTH // SHARD_LENGTH, ANSWER_LENGTH // SHARD_LENGTH
PAUSE_MESSAGES = 100  # RATCHET-79
PADDING = "padme"  # of all messages that are sealed here
MESSAGES_MAX = 2**32 - 1

# `number` is e. `shards` are pairs of an index and a shard, in the order in which they came. `mixed` is the epoch that
# was mixed in last. What a stage doesn't have is empty: zero, None, or no shards.
Epoch = namedtuple("Epoch", "number stage messages ended_day seed blob next_shard peer_has shards secret made sent "
                            "mixed mixed_made", defaults=(0, None, None, None, 0, False, (), None, 0, 0, None, 0))
# A sending step: the secret that its root step mixes in, what that does with the epoch (MIXED, SKIPPED, None), and the
# epoch afterwards.
SendingStep = namedtuple("SendingStep", "secret step epoch")


def is_offerer(role, number):  # RATCHET-70
    return (role == RESPONDER) == (number % 2 == 1)


def first(role):
    return Epoch(1, RESTING if is_offerer(role, 1) else COLLECTING)


def header_epoch(number):  # RATCHET-29
    return number % 64


def has_peers_blob(epoch):  # RATCHET-29: the header's `have`
    return epoch.stage in (SETTLED, COLLECTED, ANSWERED)


def _next(epoch, stage, mixed, ended_day=None):  # RATCHET-74: nothing of the former epoch, but what was mixed in last
    last = (epoch.number, epoch.made) if mixed else (epoch.mixed, epoch.mixed_made)
    return Epoch(epoch.number + 1, stage, ended_day=ended_day, mixed=last[0], mixed_made=last[1])


# Sending


def _pause_is_over(epoch, day):  # RATCHET-79
    return epoch.number == 1 or epoch.messages >= PAUSE_MESSAGES or day != epoch.ended_day


def sending_step(epoch, transcript, day, ms, draw):  # RATCHET-75
    if epoch.stage == SETTLED:
        mixed = epoch.secret is not None
        return SendingStep(epoch.secret, MIXED if mixed else SKIPPED, _next(epoch, COLLECTING, mixed))
    if epoch.stage == RESTING and _pause_is_over(epoch, day):
        seed = draw(64)
        epoch = epoch._replace(stage=OFFERED, messages=0, ended_day=None, seed=seed, made=ms,
                               blob=KEM.public_key(seed))
    elif epoch.stage == COLLECTED:
        answer, secret = _answer(epoch, transcript, draw)
        epoch = epoch._replace(stage=ANSWERED, blob=answer, secret=secret, made=ms)
    return SendingStep(None, None, epoch)


def _answer(epoch, transcript, draw):
    key = epoch.blob
    if not KEM.is_encapsulation_key(key):  # RATCHET-72
        return draw(ANSWER_LENGTH), None
    return answer(key, draw(32), transcript, epoch.number)


def answer(key, randomness, transcript, number):
    """(the answerer's blob, es): RATCHET-72"""
    ct, ss = KEM.encapsulate(key, randomness)
    secrets = epoch_secrets(ss, transcript, number, key, ct)
    return ct + secrets.confirmation, secrets.es


def settle(seed, blob, transcript, number):
    """(es or None, ss, the secrets that follow from it): RATCHET-73"""
    ct, confirmation = blob[: KEM.ciphertext_length], blob[KEM.ciphertext_length :]
    ss = KEM.decapsulate(seed, ct)
    secrets = epoch_secrets(ss, transcript, number, KEM.public_key(seed), ct)
    return secrets.es if secrets.confirmation == confirmation else None, ss, secrets


def count_message(epoch):  # RATCHET-79
    if epoch.stage != RESTING:
        return epoch
    return epoch._replace(messages=min(epoch.messages + 1, MESSAGES_MAX))


def add_run(epoch, frame, answered):
    """(the frame with a run of shards, if one is to be sent, and the epoch afterwards): RATCHET-76, 77, 80

    `answered` is how many messages of the peer a chain's first message answers, and 0 for others.
    """
    if epoch.stage not in (OFFERED, ANSWERED) or epoch.peer_has:
        return frame, epoch
    most = min(RUN_MAX, 2 * len(epoch.blob) // SHARD_LENGTH - epoch.sent)  # RATCHET-77
    count = min(most, max(2, min(8, max(answered, len(frame.content) // 256))))
    if count == 0:
        return frame, epoch

    without_run = len(wire.write_frame(frame, "none"))

    def padded_length(shards):
        return wire.padded_length(PADDING, without_run + 2 + SHARD_LENGTH * shards)

    while count < most and padded_length(count + 1) == padded_length(count):
        count += 1
    indices = [(epoch.next_shard + i) % SHARDS for i in range(count)]
    run = indices[0], b"".join(reed_solomon.shard(epoch.blob, index) for index in indices)
    return (frame._replace(shards=run),
            epoch._replace(next_shard=(indices[-1] + 1) % SHARDS, sent=epoch.sent + count))


# Opening


def peers_step(epoch, role, header):
    """(whether a new chain may have this header, what its step does with the epoch): RATCHET-15"""
    if header.epoch_mod_64 == header_epoch(epoch.number):
        return not header.mix, None
    if header.epoch_mod_64 == header_epoch(epoch.number + 1) and not is_offerer(role, epoch.number):
        if header.mix:
            return epoch.stage == ANSWERED and epoch.secret is not None, MIXED
        return True, SKIPPED
    return False, None


def ended_by_peer(epoch, step, today):
    return _next(epoch, RESTING, step == MIXED, today)


def no_shards_sent(epoch):  # RATCHET-77
    return epoch._replace(sent=0)


def take(epoch, transcript, header, frame, begins_chain):
    """What an opened message says of the epoch: RATCHET-78. `frame` is None if it has none."""
    if header.epoch_mod_64 != header_epoch(epoch.number):
        return epoch
    if epoch.stage in (OFFERED, ANSWERED):  # RATCHET-77
        epoch = epoch._replace(peer_has=header.have or epoch.peer_has and not begins_chain)
    if frame is None or frame.shards is None:
        return epoch
    if epoch.stage == COLLECTING:
        shards = _with_run(epoch.shards, frame.shards, KEY_SHARDS)
        if len(shards) < KEY_SHARDS:
            return epoch._replace(shards=shards)
        return epoch._replace(stage=COLLECTED, shards=(), blob=reed_solomon.reconstruct(KEY_SHARDS, shards))
    if epoch.stage == OFFERED:
        shards = _with_run(epoch.shards, frame.shards, ANSWER_SHARDS)
        if len(shards) < ANSWER_SHARDS:
            return epoch._replace(shards=shards)
        answer_blob = reed_solomon.reconstruct(ANSWER_SHARDS, shards)
        secret, _, _ = settle(epoch.seed, answer_blob, transcript, epoch.number)
        return epoch._replace(stage=SETTLED, seed=None, blob=None, next_shard=0, peer_has=False, shards=(),
                              secret=secret)
    return epoch


def _with_run(shards, run, needed):
    first_index, data = run
    known = {index for index, _ in shards}
    for i in range(len(data) // SHARD_LENGTH):
        index = (first_index + i) % SHARDS
        if index not in known and len(known) < needed:
            known.add(index)
            shards += ((index, data[SHARD_LENGTH * i : SHARD_LENGTH * (i + 1)]),)
    return shards
