"""A sender key of somebody else: accepting, opening, closing and ending.

Skipped message keys are in blocks of 64 iterations, kept apart from the key: a dictionary from a block's number to its
keys by their iterations. A block that can't be read is None.
"""

from collections import namedtuple

from . import aes_gcm, ed25519, ed25519_cofactored, sender_key, sender_key_message
from .errors import Refused, refuse_unless
from .sender_key import ITERATIONS
from .skipped import BLOCK

CLOSED_BLOCKS = 5
CLOSED_FOR_MS = 7 * 86400000

# `chain_key` is that of `next`, None where next = end. `skipped` is a frozenset of iterations, `closed_ms` None
# where the key isn't closed.
Receiving = namedtuple("Receiving", "group account device roster signing_key commitment chain_key first next end "
                                    "closed_ms previous skipped")
# `frame` is None where there was none; `lost` counts keys that a broken block had.
Opened = namedtuple("Opened", "frame roster lost")


def key_id(receiving):
    return sender_key.key_id(_distribution(receiving))


def _distribution(receiving):
    return sender_key.Distribution(receiving.group, receiving.account, receiving.device, receiving.roster,
                                   receiving.signing_key, receiving.commitment, receiving.chain_key or bytes(32),
                                   receiving.first, receiving.previous)


def accept(encoded, group, account, device, known_keys):
    """The key as it is known afterwards, and whether it is new. `known_keys` are Receivings by their ids."""
    given = sender_key.read_distribution(encoded)
    is_key = ed25519.is_canonical(given.signing_key) and ed25519_cofactored.is_prime_order(given.signing_key)
    refuse_unless(is_key, "distribution", "Malformed", "GROUP-121", "PRIM-6", "PRIM-12")
    refuse_unless(given.group == group, "distribution", "OtherGroup", "GROUP-120")
    refuse_unless((given.account, given.device) == (account, device), "distribution", "OtherSender", "GROUP-120")
    if given.iteration == 0:
        is_committed = sender_key.commitment(given.chain_key) == given.commitment
        refuse_unless(is_committed, "distribution", "WrongCommitment", "GROUP-122", "GROUP-102")
    known = known_keys.get(sender_key.key_id(given))
    if known is None:
        return Receiving(*given[:7], first=given.iteration, next=given.iteration, end=ITERATIONS, closed_ms=None,
                         previous=given.previous, skipped=frozenset()), True
    refuse_unless(given.iteration >= known.first, "distribution", "Rewound", "GROUP-123")
    if given.iteration >= known.next and known.chain_key is not None:
        comes_to = sender_key.walk(known.chain_key, given.iteration - known.next)
        refuse_unless(comes_to == given.chain_key, "distribution", "OtherChain", "GROUP-124")
    refuse_unless(given.previous == known.previous, "distribution", "OtherPrevious", "GROUP-127")
    return known, False  # GROUP-125


def open_message(receiving, blocks, data):
    """What was opened, and the key and the blocks afterwards."""
    message = sender_key_message.read(data)
    n = message.iteration
    refuse_unless(message.key_id == key_id(receiving), "sender key", "Rejected", "GROUP-140")
    refuse_unless(n >= receiving.first, "sender key", "BeforeFirst", "GROUP-141")
    refuse_unless(n < receiving.end, "sender key", "Ended", "GROUP-142")
    if n < receiving.next:
        refuse_unless(n in receiving.skipped, "sender key", "Duplicate", "GROUP-143")
        message_key, moved, blocks = _take(receiving, blocks, n)
        lost = 0
    else:
        message_key, moved, blocks, lost = _advance(receiving, blocks, n)
    plaintext = aes_gcm.open_box(message_key, sender_key_message.nonce(message.nonce_salt), message.associated,
                                 message.sealed)
    refuse_unless(plaintext is not None, "sender key", "Rejected", "GROUP-146", "GROUP-134")
    signature, roster, frame = plaintext[:64], plaintext[64:96], plaintext[96:]
    signed = sender_key_message.signed_bytes(receiving.group, roster, receiving.account, receiving.device,
                                             message.key_id, n, frame)
    holds = ed25519_cofactored.verify(receiving.signing_key, signature, signed)
    refuse_unless(holds, "sender key", "Rejected", "GROUP-147", "GROUP-135")
    return Opened(sender_key_message.read_frame(frame), roster, lost), moved, blocks  # GROUP-148


def _in_block(iterations, block):
    return {n for n in iterations if n // BLOCK == block}


def _is_as_left(receiving, blocks, block):  # GROUP-145
    return set(blocks.get(block) or ()) == _in_block(receiving.skipped, block)


def _take(receiving, blocks, n):  # GROUP-143
    block = n // BLOCK
    if not _is_as_left(receiving, blocks, block):
        raise Refused("sender key", "WrongRecords", "GROUP-145")
    keys = dict(blocks[block])
    message_key = keys.pop(n)
    return message_key, receiving._replace(skipped=receiving.skipped - {n}), _with_block(blocks, block, keys)


def _with_block(blocks, block, keys):
    others = {number: other for number, other in blocks.items() if number != block}
    return {**others, block: keys} if keys else others


def _advance(receiving, blocks, n):  # GROUP-144
    chain_key, skipped, lost = receiving.chain_key, receiving.skipped, 0
    if n > receiving.next:
        first_block = receiving.next // BLOCK
        if not _is_as_left(receiving, blocks, first_block):  # GROUP-145: begun anew
            gone = _in_block(skipped, first_block)
            skipped, lost, blocks = skipped - gone, len(gone), _with_block(blocks, first_block, {})
        blocks = dict(blocks)
    for i in range(receiving.next, n):
        chain_key, message_key = sender_key.step(chain_key)
        block = i // BLOCK
        blocks[block] = {**blocks.get(block, {}), i: message_key}
        skipped = skipped | {i}
    chain_key, message_key = sender_key.step(chain_key)
    moved = receiving._replace(chain_key=chain_key, next=n + 1, skipped=skipped)
    return message_key, _erased(moved), blocks, lost


def _erased(receiving):  # GROUP-149
    return receiving._replace(chain_key=None) if receiving.next == receiving.end else receiving


def close(receiving, blocks, parked, now_ms):
    """The sender has lost access. `parked` is the highest iteration of a parked message, or None."""
    if receiving.closed_ms is not None:
        return receiving, blocks
    # GROUP-150
    end = min(receiving.end, max(receiving.next, 0 if parked is None else parked + 1))
    # GROUP-152
    kept_from = BLOCK * max(0, -(-end // BLOCK) - CLOSED_BLOCKS)
    skipped = frozenset(n for n in receiving.skipped if n >= kept_from)
    blocks = {block: keys for block, keys in blocks.items() if block * BLOCK >= kept_from}
    chain_key, next_iteration = receiving.chain_key, receiving.next
    if next_iteration < kept_from:
        chain_key, next_iteration = sender_key.walk(chain_key, kept_from - next_iteration), kept_from
    closed = receiving._replace(chain_key=chain_key, next=next_iteration, end=end, closed_ms=now_ms, skipped=skipped)
    return _erased(closed), blocks


def give_up(receiving, blocks, now_ms):
    """What becomes of a closed key with time."""
    if receiving.closed_ms is None or abs(now_ms - receiving.closed_ms) < CLOSED_FOR_MS:
        return receiving, blocks
    return _erased(receiving._replace(end=receiving.next, skipped=frozenset())), {}  # GROUP-153


def supersede(receiving, count):
    """A newer key says how many messages this one sealed. The key, and whether a clone is suspected."""
    # GROUP-151; the highest iteration that was opened is next - 1, where any was
    clone_suspected = receiving.next > max(count, receiving.first)
    end = min(receiving.end, max(count, receiving.next))
    return _erased(receiving._replace(end=end)), clone_suspected


def ends(newer, older):  # GROUP-126
    """Whether the newer key says how many messages the older one sealed."""
    same_sender = newer[:3] == older[:3]
    return same_sender and newer.previous is not None and newer.previous.id == key_id(older)
