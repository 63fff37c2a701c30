"""The erasure code of PRIM-11: a blob of k shards has 255, and any k of them give it back."""

from functools import lru_cache

SHARD_LENGTH = 32
SHARDS = 255
POLYNOMIAL = 0x11D

_powers = [1]  # of x, which generates the field's 255 elements that aren't zero
for _ in range(254):
    _doubled = _powers[-1] << 1
    _powers.append(_doubled ^ POLYNOMIAL if _doubled & 0x100 else _doubled)
_logarithms = {power: i for i, power in enumerate(_powers)}


def multiply(a, b):
    return _powers[(_logarithms[a] + _logarithms[b]) % 255] if a and b else 0


def divide(a, b):
    return _powers[(_logarithms[a] - _logarithms[b]) % 255] if a else 0


@lru_cache(maxsize=256)
def _times(factor):
    """The products of all bytes with the factor."""
    return bytes(multiply(factor, value) for value in range(256))


@lru_cache(maxsize=1024)
def _factors(indices, x):
    """Lagrange: P(x) is the sum of these factors times P at the indices. Addition and subtraction are xor."""
    factors = []
    for i in indices:
        factor = 1
        for j in indices:
            if j != i:
                factor = multiply(factor, divide(x ^ j, i ^ j))
        factors.append(factor)
    return factors


def _at(indices, shards, x):
    total = 0
    for factor, shard in zip(_factors(indices, x), shards):
        total ^= int.from_bytes(shard.translate(_times(factor)), "big")
    return total.to_bytes(SHARD_LENGTH, "big")


def _cut(blob):
    return [blob[i : i + SHARD_LENGTH] for i in range(0, len(blob), SHARD_LENGTH)]


def shard(blob, index):
    data = _cut(blob)
    return data[index] if index < len(data) else _at(tuple(range(len(data))), data, index)


def reconstruct(needed, shards):
    """The blob of `needed` shards. `shards` are as many pairs of an index and a shard, with different indices."""
    known = dict(shards)
    indices = tuple(sorted(known))
    assert len(indices) == needed
    data = [known[index] for index in indices]
    return b"".join(known[i] if i in known else _at(indices, data, i) for i in range(needed))
