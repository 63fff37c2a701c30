"""The record of a session (WIRE-82, 150, 151, 170) and what it is refused for (RATCHET-30, 60, 81)."""

from . import epoch as epochs
from . import skipped, x25519
from .epoch import ANSWERED, COLLECTED, COLLECTING, MIXED, OFFERED, RESTING, SETTLED, Epoch
from .errors import malformed_unless, refused_by
from .fixed import TIME_MAX, be
from .hashes import handshake_hash
from .protobuf import Message, bytes_field, decode, encode, message_field, number_field, repeated_field
from .session_state import CHAIN_LENGTH_MAX, INITIATOR, RESPONDER, OldChain, OpenedMessage, Receiving, Sending, State

ID_MAX = 2**62  # of chains (RATCHET-30) and epochs (RATCHET-81)
OPENED_LENGTH = 12
INDEXED_SHARD_LENGTH = 33

OLD_CHAIN_LENGTH = 40
OLD_CHAINS = 32

SKIPPED_INDEX = Message("SkippedIndex", "WIRE-82", 14, (
    number_field(1, "place", "uint32", 1, OLD_CHAINS, absent=0),
    number_field(2, "block", "uint32", 1, skipped.BLOCKS - 1, absent=0),
    number_field(3, "present", "fixed64", 1),
))

SENDING = Message("Sending", "WIRE-82", 142, (
    bytes_field(1, "ratchet_secret", 32),
    bytes_field(2, "ratchet_key", 32),
    bytes_field(3, "chain_key", 32),
    bytes_field(4, "header_key", 32),
    number_field(5, "previous", "uint32", 1, CHAIN_LENGTH_MAX, absent=0),
    number_field(6, "epoch_step", "uint32", 1, 2, absent=None),
))

RECEIVING = Message("Receiving", "WIRE-82", 124, (
    bytes_field(1, "header_key", 32),
    bytes_field(2, "ratchet_key", 32),
    number_field(3, "previous", "uint32", 1, CHAIN_LENGTH_MAX, absent=0),
    number_field(4, "flags", "uint32", 1, 255, absent=0),
    bytes_field(5, "chain_key", 32),
    number_field(6, "next", "uint32", 1, CHAIN_LENGTH_MAX, absent=0),
    number_field(7, "id", "uint64", 1, absent=0),
))

POST_QUANTUM = Message("PostQuantum", "WIRE-170", 2525, (
    number_field(1, "stage", "uint32", RESTING, ANSWERED),
    number_field(2, "messages", "uint32", 1, absent=0),
    number_field(3, "ended_day", "fixed32", 1, absent=None),
    bytes_field(4, "seed", 64, absent=None),
    bytes_field(5, "blob", epochs.ANSWER_LENGTH, epochs.KEY_LENGTH, absent=None),
    number_field(6, "next_shard", "uint32", 1, 254, absent=0),
    number_field(7, "peer_has", "uint32", 1, 1, absent=0),
    bytes_field(8, "shards", INDEXED_SHARD_LENGTH, 36 * INDEXED_SHARD_LENGTH, absent=b""),
    bytes_field(9, "secret", 32, absent=None),
    number_field(10, "made", "uint64", 1, TIME_MAX, absent=0),
    number_field(11, "sent", "uint32", 1, 74, absent=0),
    number_field(12, "mixed", "uint64", 1, absent=None),
    number_field(13, "mixed_made", "uint64", 1, TIME_MAX, absent=0),
))

SESSION = Message("SessionRecord", "WIRE-82", 8663581, (
    number_field(1, "version", "uint32", 1, 1),
    number_field(2, "role", "uint32", INITIATOR, RESPONDER),
    bytes_field(3, "transcript", 32),
    bytes_field(4, "handshake_hash", 32),
    bytes_field(5, "handshake", 1, 8192, absent=None),
    bytes_field(6, "root", 32),
    bytes_field(7, "next_sending", 32),
    bytes_field(8, "next_receiving", 32),
    number_field(9, "sent", "uint32", 1, CHAIN_LENGTH_MAX, absent=0),
    number_field(10, "epoch", "uint64", 1),
    message_field(11, "sending", SENDING, absent=None),
    bytes_field(12, "peer_key", 32, absent=None),
    message_field(13, "receiving", RECEIVING, absent=None),
    bytes_field(14, "old", OLD_CHAIN_LENGTH, OLD_CHAINS * OLD_CHAIN_LENGTH, absent=b""),
    repeated_field(15, "skipped", SKIPPED_INDEX, skipped.BLOCKS * (1 + OLD_CHAINS)),
    bytes_field(16, "resumption", 32, 128, absent=b""),
    bytes_field(17, "opened", OPENED_LENGTH, 16 * OPENED_LENGTH, absent=b""),
    message_field(18, "post_quantum", POST_QUANTUM),
))

# WIRE-170: the stages that have a field; the others are in all
STAGES = {
    "messages": (RESTING,),
    "ended_day": (RESTING,),
    "seed": (OFFERED,),
    "blob": (OFFERED, COLLECTED, ANSWERED),
    "next_shard": (OFFERED, ANSWERED),
    "peer_has": (OFFERED, ANSWERED),
    "shards": (OFFERED, COLLECTING),
    "secret": (SETTLED, ANSWERED),
    "made": (OFFERED, SETTLED, ANSWERED),
}
BLOB_LENGTHS = {OFFERED: epochs.KEY_LENGTH, COLLECTED: epochs.KEY_LENGTH, ANSWERED: epochs.ANSWER_LENGTH}
NEEDED_SHARDS = {OFFERED: epochs.ANSWER_SHARDS, COLLECTING: epochs.KEY_SHARDS}

_well_formed = malformed_unless("record")


# Writing


def _write_skipped(state):
    chains = enumerate((state.receiving,) + state.old)
    return [encode(SKIPPED_INDEX, {"place": place, "block": block, "present": present})
            for place, chain in chains if chain for block, present in skipped.blocks(chain.skipped)]


def _write_old(state):  # WIRE-171
    return b"".join(chain.header_key + be(state.receiving.id - chain.id, 4) + be(chain.retired_day, 4)
                    for chain in state.old)


def _write_opened(state):  # WIRE-151
    places = {chain.id: place for place, chain in enumerate((state.receiving,) + state.old) if chain}
    return b"".join(be(places[m.chain] * CHAIN_LENGTH_MAX + m.n, 4) + m.tag for m in state.opened)


def _write_epoch(epoch):
    values = dict(epoch._asdict(), ended_day=epoch.ended_day or None, peer_has=int(epoch.peer_has))
    values["shards"] = b"".join(be(index, 1) + shard for index, shard in epoch.shards)
    return encode(POST_QUANTUM, values)


def encode_record(state):
    return encode(SESSION, dict(
        state._asdict(),
        version=1,
        epoch=state.epoch.number,
        sending=state.sending and encode(SENDING, state.sending._asdict()),
        receiving=state.receiving and encode(RECEIVING, state.receiving._asdict()),
        old=_write_old(state),
        skipped=_write_skipped(state),
        resumption=b"".join(state.resumption),
        opened=_write_opened(state),
        post_quantum=_write_epoch(state.epoch),
    ))


# Reading


def _pieces(data, length, *rules):
    _well_formed(len(data) % length == 0, *rules)
    return [data[i : i + length] for i in range(0, len(data), length)]


def _read_skipped(encoded):
    """The skipped numbers of each place."""
    index = [decode(SKIPPED_INDEX, block) for block in encoded]
    ascending = [(block["place"], block["block"]) for block in index]
    _well_formed(all(a < b for a, b in zip(ascending, ascending[1:])), "WIRE-84")
    numbers = {}
    for block in index:
        numbers.setdefault(block["place"], set()).update(skipped.numbers(block["block"], block["present"]))
    return numbers


def _read_chains(receiving, old, numbers):
    """The newest chain and the old ones: WIRE-171, RATCHET-30"""
    take = lambda place: frozenset(numbers.pop(place, ()))
    if receiving is not None:
        receiving = Receiving(**decode(RECEIVING, receiving), skipped=take(0))
    chains = []
    for place, piece in enumerate(_pieces(old, OLD_CHAIN_LENGTH, "WIRE-171"), 1):
        _well_formed(receiving, "RATCHET-30")
        chain_id = receiving.id - int.from_bytes(piece[32:36], "big")
        _well_formed(chain_id >= 0, "RATCHET-30")
        chains.append(OldChain(piece[:32], chain_id, int.from_bytes(piece[36:], "big"), take(place)))
    _well_formed(not numbers, "RATCHET-30")
    return receiving, tuple(chains)


def _read_opened(data, chains):
    opened = []
    for piece in _pieces(data, OPENED_LENGTH, "WIRE-151"):
        place, n = divmod(int.from_bytes(piece[:4], "big"), CHAIN_LENGTH_MAX)
        _well_formed(place < len(chains) and chains[place], "RATCHET-60")
        chain = chains[place]
        _well_formed(n not in chain.skipped and (place > 0 or n < chain.next), "RATCHET-60")
        opened.append(OpenedMessage(chain.id, n, piece[4:]))
    _well_formed(len({(m.chain, m.n) for m in opened}) == len(opened), "RATCHET-60")
    return tuple(opened)


def _read_epoch(number, encoded):
    values = decode(POST_QUANTUM, encoded)
    absent = {field.name: field.absent for field in POST_QUANTUM.fields}
    stage = values["stage"]
    for name, stages in STAGES.items():
        _well_formed(stage in stages or values[name] == absent[name], "RATCHET-81", "WIRE-170")
    _well_formed((values["seed"] is not None) == (stage == OFFERED), "RATCHET-81", "WIRE-170")
    blob_length = None if values["blob"] is None else len(values["blob"])
    _well_formed(blob_length == BLOB_LENGTHS.get(stage), "RATCHET-81", "WIRE-170")
    shards = tuple((piece[0], piece[1:]) for piece in _pieces(values["shards"], INDEXED_SHARD_LENGTH, "WIRE-170"))
    indices = [index for index, _ in shards]
    _well_formed(len(set(indices)) == len(indices) and all(index < 255 for index in indices), "RATCHET-81")
    _well_formed(len(shards) < NEEDED_SHARDS.get(stage, 1), "RATCHET-81")
    return Epoch(number, **dict(values, shards=shards, peer_has=bool(values["peer_has"])))


def _check_state(state):  # RATCHET-30
    receiving, sending = state.receiving, state.sending
    chains = ([receiving] if receiving else []) + list(state.old)
    ids = [chain.id for chain in chains]
    _well_formed(receiving or not state.old, "RATCHET-30")
    _well_formed(all(a > b for a, b in zip(ids, ids[1:])), "RATCHET-30")
    _well_formed(all(chain_id <= ID_MAX for chain_id in ids), "RATCHET-30")
    alone = state.role == INITIATOR and receiving is None
    _well_formed((state.handshake is not None) == alone, "RATCHET-30")
    _well_formed(state.handshake is None or handshake_hash(state.handshake) == state.handshake_hash, "RATCHET-30")
    _well_formed(state.role == INITIATOR or receiving, "RATCHET-30")
    keys = [state.peer_key, sending and sending.ratchet_key, receiving and receiving.ratchet_key]
    _well_formed(all(x25519.is_canonical(key) for key in keys if key is not None), "RATCHET-30", "PRIM-4")
    if receiving:
        _well_formed(receiving.next != 0, "RATCHET-30")
        _well_formed(all(n < receiving.next for n in receiving.skipped), "RATCHET-30")
        _well_formed(sending or state.peer_key == receiving.ratchet_key, "RATCHET-30")
    else:
        _well_formed((sending.previous if sending else state.sent) == 0, "RATCHET-30")


def _check_epoch(state):  # RATCHET-81
    epoch = state.epoch
    _well_formed(epoch.number <= ID_MAX, "RATCHET-81")
    offers = epochs.is_offerer(state.role, epoch.number)
    _well_formed((epoch.stage in epochs.OFFERER_STAGES) == offers, "RATCHET-81", "RATCHET-70")
    _well_formed(epoch.mixed is None or epoch.mixed < epoch.number, "RATCHET-81")
    _well_formed(epoch.mixed is not None or not epoch.mixed_made, "RATCHET-81")
    _well_formed(state.sending or epoch.sent == 0, "RATCHET-81")
    if state.sending and state.sending.epoch_step:
        _well_formed(epoch.stage in (COLLECTING, COLLECTED) and epoch.number > 1, "RATCHET-81")
        before_was_mixed = epoch.mixed == epoch.number - 1
        _well_formed(before_was_mixed == (state.sending.epoch_step == MIXED), "RATCHET-81")


def _check_resumption(state):  # RATCHET-60
    chains = state.receiving.id + 1 if state.receiving else 0
    steps = 2 * chains
    if state.role == INITIATOR and state.sending:
        steps += 1
    if state.role == RESPONDER and not state.sending:
        steps -= 1
    _well_formed(len(state.resumption) == min(4, steps), "RATCHET-60")


def _read(encoded):
    values = decode(SESSION, encoded)
    del values["version"]
    _well_formed((values["sending"] is None) != (values["peer_key"] is None), "WIRE-83")
    if values["sending"] is not None:
        values["sending"] = Sending(**decode(SENDING, values["sending"]))
    numbers = _read_skipped(values.pop("skipped"))
    values["receiving"], values["old"] = _read_chains(values["receiving"], values["old"], numbers)
    values["resumption"] = tuple(_pieces(values["resumption"], 32, "WIRE-150"))
    values["epoch"] = _read_epoch(values["epoch"], values.pop("post_quantum"))
    opened = values["opened"]
    state = State(awaiting=None, **dict(values, opened=()))
    _check_state(state)
    _check_epoch(state)
    _check_resumption(state)
    return state._replace(opened=_read_opened(opened, (state.receiving,) + state.old))


def decode_record(encoded):
    with refused_by("record"):
        return _read(encoded)
