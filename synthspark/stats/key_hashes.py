"""Hashes by which a format knows the values of the source without holding them."""

from __future__ import annotations

import base64

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import CHUNK, WordArray, mix

_SALT = np.uint64(0x5353_7061_726B_3031)  # sets these hashes apart from other uses of the same mixing function
_STEP = np.uint64(0x9E3779B97F4A7C15)
_WORD_BYTES = 8
_CACHED = 1 << 17  # hashes that stay in a processor's cache


def value_hashes(values: pa.Array | pa.ChunkedArray) -> WordArray:
    """64-bit hash of each value, shape (n,); 0 where null.

    Integers of any width, dates, timestamps (as microseconds) and booleans hash by their number, text and binary by
    their bytes, so that a value has the same hash on any cluster and in either width of its type.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    kind = values.type
    if pa.types.is_decimal(kind):
        values = values.cast(pa.string())
    elif pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
    elif pa.types.is_fixed_size_binary(kind):
        values = values.cast(pa.binary())
    if _is_bytes(values.type):
        parts = [_byte_hashes(values.slice(low, CHUNK)) for low in range(0, len(values), CHUNK)]
        hashed = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
    else:
        hashed = mix(_words(values) * _STEP ^ _SALT)
    if values.null_count:
        hashed = np.where(values.is_null().to_numpy(zero_copy_only=False), np.uint64(0), hashed)
    return hashed


def pair_hashes(first: pa.Array, second: pa.Array) -> WordArray:
    """Hash of each pair of values, e.g. of a first and a last name; 0 where either is null."""
    left, right = value_hashes(first), value_hashes(second)
    with np.errstate(over="ignore"):
        joined = mix(left * _STEP + right)
    return np.where((left == 0) | (right == 0), np.uint64(0), joined)


def sorted_hashes(hashes: npt.NDArray[np.uint64] | None) -> WordArray:
    """Distinct hashes in ascending order, without that of null; the form in which formats keep them."""
    if hashes is None:
        return np.empty(0, dtype=np.uint64)
    distinct: WordArray = np.unique(np.asarray(hashes, dtype=np.uint64))
    known: WordArray = distinct[distinct != 0]
    return known


def places_in(known: WordArray, hashes: WordArray) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Whether each hash is among the sorted `known`, and at which place."""
    if not known.size:
        return np.zeros(hashes.shape, dtype=bool), np.zeros(hashes.shape, dtype=np.int64)
    if known.size < _CACHED:
        place = np.minimum(np.searchsorted(known, hashes), known.size - 1)
        return known[place] == hashes, place
    order = np.argsort(hashes)  # looked up in ascending order, the search walks through memory once
    ordered = hashes[order]
    found = np.minimum(np.searchsorted(known, ordered), known.size - 1)
    hit, place = np.empty(hashes.shape, dtype=bool), np.empty(hashes.shape, dtype=np.int64)
    hit[order], place[order] = known[found] == ordered, found
    return hit, place


def hashes_to_text(hashes: WordArray) -> str:
    """Little-endian words in base64, for JSON."""
    return base64.b64encode(hashes.astype("<u8").tobytes()).decode("ascii")


def hashes_from_text(text: str) -> WordArray:
    """Inverse of `hashes_to_text`."""
    return np.frombuffer(base64.b64decode(text), dtype="<u8").astype(np.uint64)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _words(values: pa.Array) -> WordArray:
    kind = values.type
    if pa.types.is_null(kind):
        return np.zeros(len(values), dtype=np.uint64)
    if pa.types.is_floating(kind):
        filled = pc.fill_null(values.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
        return np.ascontiguousarray(filled + 0.0).view(np.uint64)
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_date32(kind):
        values = values.cast(pa.int32())
    whole = pc.fill_null(values.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(whole).view(np.uint64)


def _byte_hashes(values: pa.Array) -> WordArray:
    """Hash of each byte string, eight bytes at a time over all rows."""
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    _, ends, data = values.buffers()
    offsets = np.frombuffer(ends, dtype=np.int64 if wide else np.int32)[values.offset : values.offset + len(values) + 1]
    offsets = offsets.astype(np.int64)
    low, high = int(offsets[0]), int(offsets[-1])
    padded = np.zeros(high - low + _WORD_BYTES, dtype=np.uint8)
    if data is not None and high > low:
        padded[: high - low] = np.frombuffer(data, dtype=np.uint8, count=high)[low:]
    words: WordArray = np.ndarray((high - low + 1,), dtype="<u8", buffer=padded, strides=(1,))
    starts, left = offsets[:-1] - low, np.diff(offsets)
    hashed = mix(left.astype(np.uint64) ^ _SALT)
    rows = np.flatnonzero(left > 0)
    starts, left = starts[rows], left[rows]
    while rows.size:
        surplus = np.uint64(8) * np.maximum(_WORD_BYTES - left, 0).astype(np.uint64)
        read = (words[starts] << surplus) >> surplus
        with np.errstate(over="ignore"):
            hashed[rows] = mix((hashed[rows] + _STEP) ^ read)
        starts, left = starts + _WORD_BYTES, left - _WORD_BYTES
        if left.min() <= 0:
            keep = left > 0
            rows, starts, left = rows[keep], starts[keep], left[keep]
    return hashed
