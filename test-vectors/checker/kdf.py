"""The derivations of the ratchet: root steps, chain steps, the secrets of an epoch."""

from collections import namedtuple

from .fixed import be
from .hashes import H, expand, extract, label

ROOT = label("root")
CHAIN = label("chain")
EPOCH_BLOBS = label("epoch blobs")
EPOCH = label("epoch")

# `es` is None in a step that mixes no epoch in; `e` is the epoch before the step.
RootStep = namedtuple("RootStep", "dh es e prk info RK CK NHK RS")
EpochSecrets = namedtuple("EpochSecrets", "h confirmation es")


def root_step(rk, dh, es, e):  # RATCHET-3
    prk = extract(rk, dh + (es or b""))
    info = ROOT + bytes([es is not None]) + be(e, 8)
    keys = expand(prk, info, 128)
    return RootStep(dh, es, e, prk, info, keys[:32], keys[32:64], keys[64:96], keys[96:])


def chain_step(ck):  # RATCHET-4
    """(CK, MK)"""
    keys = expand(ck, CHAIN, 64)
    return keys[:32], keys[32:]


def epoch_secrets(ss, transcript, e, ek, ct):  # RATCHET-71
    h = H(EPOCH_BLOBS, ek, ct)
    keys = expand(ss, EPOCH + transcript + be(e, 8) + h, 64)
    return EpochSecrets(h, keys[:32], keys[32:])
