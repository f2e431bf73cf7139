"""XXH64 over arrays, with the bytes that Spark's `xxhash64` gives, so that hashes made here and there are one.

References
----------
Collet, "xxHash fast digest algorithm", specification 0.1.1, the 64-bit variant.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthspark.seeds import CHUNK, WordArray

SEED = np.uint64(42)  # Spark's
_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_P4 = np.uint64(0x85EBCA77C2B2AE63)
_P5 = np.uint64(0x27D4EB2F165667C5)
_STRIPE = 32

ByteArray = npt.NDArray[np.uint8]
OffsetArray = npt.NDArray[np.int64]


def hash_longs(words: WordArray, seeds: WordArray | np.uint64 = SEED) -> WordArray:
    """Hash of each 64-bit word, shape (n,); a tuple is hashed by giving each word the hash of those before as seed."""
    out = np.empty(words.shape, np.uint64)
    for low in range(0, words.size, CHUNK):
        seed = seeds[low : low + CHUNK] if isinstance(seeds, np.ndarray) else seeds
        with np.errstate(over="ignore"):
            out[low : low + CHUNK] = _finish(_word(seed + _P5 + np.uint64(8), words[low : low + CHUNK]))
    return out


def hash_texts(data: ByteArray, offsets: OffsetArray) -> WordArray:
    """Hash of each run of bytes between neighbouring offsets, shape (n_offsets - 1,)."""
    out = np.empty(max(offsets.size - 1, 0), np.uint64)
    padded = np.concatenate([data[offsets[0] : offsets[-1]], np.zeros(8, np.uint8)]) if out.size else data
    # One word begins at every byte; unaligned reads are as quick as aligned ones.
    words: WordArray = np.ndarray((padded.size - 7,), "<u8", padded, strides=(1,)) if out.size else np.empty(0, "<u8")
    for low in range(0, out.size, CHUNK):
        ends = offsets[low : low + CHUNK + 1] - offsets[0]
        with np.errstate(over="ignore"):
            out[low : low + CHUNK] = _hash_chunk(words, padded, ends[:-1], np.diff(ends))
    return out


def _hash_chunk(words: WordArray, data: ByteArray, starts: OffsetArray, lengths: OffsetArray) -> WordArray:
    hashes = np.full(starts.size, SEED + _P5)
    long = np.flatnonzero(lengths >= _STRIPE)
    if long.size:
        hashes[long] = _stripes(words, starts[long], lengths[long])
    hashes += lengths.astype(np.uint64)
    at, left = starts + lengths // _STRIPE * _STRIPE, lengths % _STRIPE
    for _ in range(3):
        some = np.flatnonzero(left >= 8)
        if not some.size:
            break
        hashes[some] = _word(hashes[some], words[at[some]])
        at[some] += 8
        left[some] -= 8
    some = np.flatnonzero(left >= 4)
    half = words[at[some]] & np.uint64(0xFFFFFFFF)
    hashes[some] = _turn(hashes[some] ^ half * _P1, 23) * _P2 + _P3
    at[some] += 4
    left[some] -= 4
    for _ in range(3):
        some = np.flatnonzero(left > 0)
        if not some.size:
            break
        hashes[some] = _turn(hashes[some] ^ data[at[some]].astype(np.uint64) * _P5, 11) * _P1
        at[some] += 1
        left[some] -= 1
    return _finish(hashes)


def _stripes(words: WordArray, starts: OffsetArray, lengths: OffsetArray) -> WordArray:
    """State after all full stripes of 32 bytes: four lanes, merged."""
    lanes = [np.full(starts.size, seed) for seed in (SEED + _P1 + _P2, SEED + _P2, SEED, SEED - _P1)]
    active, position = np.arange(starts.size), 0
    while active.size:
        for number, lane in enumerate(lanes):
            lane[active] = _round(lane[active], words[starts[active] + position + 8 * number])
        position += _STRIPE
        active = active[lengths[active] - position >= _STRIPE]
    merged = _turn(lanes[0], 1) + _turn(lanes[1], 7) + _turn(lanes[2], 12) + _turn(lanes[3], 18)
    for lane in lanes:
        merged = (merged ^ _round(np.zeros_like(lane), lane)) * _P1 + _P4
    return merged


def _word(state: WordArray | np.uint64, word: WordArray) -> WordArray:
    return _turn(state ^ _round(np.zeros_like(word), word), 27) * _P1 + _P4


def _round(state: WordArray, word: WordArray) -> WordArray:
    return _turn(state + word * _P2, 31) * _P1


def _turn(words: WordArray, bits: int) -> WordArray:
    return (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))


def _finish(words: WordArray) -> WordArray:
    words = (words ^ (words >> np.uint64(33))) * _P2
    words = (words ^ (words >> np.uint64(29))) * _P3
    return words ^ (words >> np.uint64(32))
