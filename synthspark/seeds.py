"""Random numbers from counters: the same (seed, purpose, index) gives the same number on any cluster.

A stream is a 64-bit key made by a stable digest of its owner's name, e.g.
``stream_key(seed, "orders", "cardinality")``. The number at an index of a stream is a hash of
(key, index), so a batch of any rows, in any order, in any partition, draws the same numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
WordArray = npt.NDArray[np.uint64]

CHUNK = 65_536  # words hashed at a time: stays in the cache, four times faster than one long pass
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


def stream_key(run_seed: int, *parts: str) -> int:
    """64-bit key of the stream owned by `parts`, e.g. ("orders", "amount")."""
    label = "".join(f"{len(part)}:{part}" for part in (str(run_seed), *parts)).encode()
    return int.from_bytes(hashlib.blake2b(label, digest_size=8).digest(), "big")


def generator_for(run_seed: int, *parts: str) -> np.random.Generator:
    """NumPy generator owned by `parts`, for work done once, such as fitting a shard; never one per row."""
    return np.random.default_rng(stream_key(run_seed, *parts))


def mix(words: WordArray) -> WordArray:
    """Finalizer of splitmix64: a bijection on 64-bit words, elementwise.

    References
    ----------
    Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators".
    """
    with np.errstate(over="ignore"):
        words = (words ^ (words >> np.uint64(30))) * _MIX_1
        words = (words ^ (words >> np.uint64(27))) * _MIX_2
    return words ^ (words >> np.uint64(31))


def mix_in_place(words: WordArray) -> None:
    """`mix` of words that are not needed any more."""
    spare = np.empty_like(words)
    with np.errstate(over="ignore"):
        for shift, factor in ((np.uint64(30), _MIX_1), (np.uint64(27), _MIX_2)):
            np.right_shift(words, shift, out=spare)
            words ^= spare
            words *= factor
        np.right_shift(words, np.uint64(31), out=spare)
        words ^= spare


def random_words(key: int, index: npt.ArrayLike, *, draw: int = 0) -> WordArray:
    """Random 64-bit words of stream `key` at each index.

    Parameters
    ----------
    key : int
        From `stream_key`.
    index : array_like of int, shape (n,)
        Row or parent index; only its value matters, never its place.
    draw : int
        Which of several independent numbers of the same index.
    """
    counters = np.asarray(index).astype(np.uint64, copy=False)
    out = np.empty(counters.shape, dtype=np.uint64)
    with np.errstate(over="ignore"):
        start = mix(np.array([np.uint64(key) + np.uint64(draw) * _GOLDEN]))[0]
        for low in range(0, counters.size, CHUNK):
            part = counters[low : low + CHUNK]
            out[low : low + CHUNK] = mix(mix((part + np.uint64(1)) * _GOLDEN) ^ start)
    return out


def uniforms(key: int, index: npt.ArrayLike, *, draw: int = 0) -> FloatArray:
    """Uniform numbers in the open interval (0, 1), one an index; arguments as `random_words`."""
    words = random_words(key, index, draw=draw) >> np.uint64(11)
    return (words.astype(np.float64) + 0.5) * _UNIT


def permuted(key: int, index: npt.ArrayLike, size: int) -> IntArray:
    """Bijection of 0..size-1 that looks random, elementwise, without a table.

    A balanced Feistel network over the smallest even number of bits that holds `size`, walked in cycles until
    the value falls inside.

    References
    ----------
    Black & Rogaway (2002), "Ciphers with arbitrary finite domains".
    """
    if size < 1:
        raise ValueError(f"permutation of {size} items; expected at least one")
    half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
    values = np.array(index, dtype=np.uint64, copy=True)
    values = _feistel(key, values, half_bits)
    outside = values >= np.uint64(size)
    while outside.any():
        values[outside] = _feistel(key, values[outside], half_bits)
        outside = values >= np.uint64(size)
    return values.astype(np.int64)


def permuted_within(key: int, group: npt.ArrayLike, index: npt.ArrayLike, size: npt.ArrayLike) -> IntArray:
    """The same within groups, elementwise: numbers 0..size-1 of each group, in an order of its own.

    Parameters
    ----------
    group, index, size : array_like of int, shape (n,)
        Equal sizes within a group; indices below the size.
    """
    sizes, found = np.asarray(size, dtype=np.int64), np.array(index, dtype=np.uint64, copy=True)
    own = mix(np.asarray(group).astype(np.uint64) + np.uint64(1))
    widths = np.maximum(1, (np.ceil(np.log2(np.maximum(sizes, 1))).astype(np.int64) + 1) // 2)
    for width in np.unique(widths).tolist():
        left = np.flatnonzero(widths == width)
        while left.size:
            found[left] = _feistel(key, found[left], width, salt=own[left])
            left = left[found[left] >= sizes[left].astype(np.uint64)]
    return found.astype(np.int64)


def unpermuted(key: int, value: npt.ArrayLike, size: int) -> IntArray:
    """Inverse of `permuted` with the same key and size."""
    half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
    values = _feistel(key, np.array(value, dtype=np.uint64, copy=True), half_bits, backwards=True)
    outside = values >= np.uint64(size)
    while outside.any():
        values[outside] = _feistel(key, values[outside], half_bits, backwards=True)
        outside = values >= np.uint64(size)
    return values.astype(np.int64)


_FEISTEL_ROUNDS = 4  # enough for a pseudo-random permutation against a casual reader (Luby & Rackoff 1988)


def _feistel(
    key: int, values: WordArray, half_bits: int, *, backwards: bool = False, salt: WordArray | None = None
) -> WordArray:
    mask, shift = np.uint64((1 << half_bits) - 1), np.uint64(half_bits)
    left, right = values >> shift, values & mask
    rounds = range(_FEISTEL_ROUNDS)
    own = np.uint64(0) if salt is None else salt
    for turn in reversed(rounds) if backwards else rounds:
        if backwards:
            left, right = right ^ (random_words(key, left ^ own, draw=turn) & mask), left
        else:
            left, right = right, left ^ (random_words(key, right ^ own, draw=turn) & mask)
    return (left << shift) | right
