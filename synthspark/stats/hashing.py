"""64-bit hashes of values, equal across types: 7 as byte, long, 7.00 and 7.0 is one value, the text '7' another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import WordArray, mix

# Families of types: values are compared within a family only.
NUMBER, TEXT, TIME, BOOLEAN, BINARY = "number", "text", "time", "boolean", "binary"

_SALTS = {
    NUMBER: np.uint64(0x243F6A8885A308D3),  # digits of pi, as any numbers without a pattern would do
    TEXT: np.uint64(0x13198A2E03707344),
    TIME: np.uint64(0xA4093822299F31D0),
    BOOLEAN: np.uint64(0x082EFA98EC4E6C89),
    BINARY: np.uint64(0x452821E638D01377),
}
_FRACTION = np.uint64(0xBE5466CF34E90C6C)  # keeps the bits of 7.5 apart from the integer of the same bits
_WIDE = np.uint64(0xC0AC29B7C97C50DD)
_NULL = np.uint64(0x3F84D5B5B5470917)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_LARGEST_INT = 2.0**63


def family(kind: pa.DataType) -> str | None:
    """Family of an Arrow type; None for nested types and durations."""
    if pa.types.is_boolean(kind):
        return BOOLEAN
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return NUMBER
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return TIME
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return TEXT
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return BINARY
    return None


def hash_values(values: pa.Array) -> WordArray:
    """Hash of each value, shape (n,); a null has a hash of its own, so mask nulls where they do not count.

    Integers beyond 64 bits keep all their digits; fractions are compared as float64.
    """
    kind = values.type
    name = family(kind)
    if name is None or pa.types.is_null(kind):
        return np.full(len(values), _NULL)
    if pa.types.is_decimal(kind):
        hashes = _hash_decimals(values)
    elif pa.types.is_floating(kind):
        hashes = _hash_floats(_plain(values.cast(pa.float64()), 0.0))
    elif name in (TEXT, BINARY):
        hashes = _hash_bytes(values) ^ _SALTS[name]
    else:
        hashes = mix(whole_numbers(values).view(np.uint64) ^ _SALTS[name])
    if values.null_count:
        hashes[values.is_null().to_numpy(zero_copy_only=False)] = _NULL
    return hashes


def hash_tuples(columns: Sequence[WordArray]) -> WordArray:
    """Hash of each row of value hashes; the order of the columns counts."""
    total = np.full(columns[0].shape, _NULL)
    with np.errstate(over="ignore"):
        for column in columns:
            total = mix(total * _STEP ^ column)
    return total


def whole_numbers(values: pa.Array) -> npt.NDArray[np.int64]:
    """Integers and booleans as they are, dates and timestamps as microseconds since 1970, null as 0."""
    kind = values.type
    if pa.types.is_date(kind):
        days = _plain(values.cast(pa.date32()).cast(pa.int32()), 0).astype(np.int64)
        return days * np.int64(86_400_000_000)
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
    if pa.types.is_uint64(kind):
        return _plain(values, 0).astype(np.uint64).view(np.int64)
    return _plain(values.cast(pa.int64()), 0).astype(np.int64, copy=False)


def _plain(values: pa.Array, fill: float) -> npt.NDArray[np.generic]:
    blank = pa.scalar(bool(fill) if pa.types.is_boolean(values.type) else fill, values.type)
    filled = values.fill_null(blank) if values.null_count else values
    return np.asarray(filled.to_numpy(zero_copy_only=False))


def _hash_integers(values: npt.NDArray[np.int64]) -> WordArray:
    return mix(values.view(np.uint64) ^ _SALTS[NUMBER])


def _hash_floats(values: npt.NDArray[np.generic]) -> WordArray:
    numbers = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        whole = (np.floor(numbers) == numbers) & (np.abs(numbers) < _LARGEST_INT)
    hashes = mix(numbers.view(np.uint64) ^ _SALTS[NUMBER] ^ _FRACTION)
    hashes[whole] = _hash_integers(numbers[whole].astype(np.int64))
    return hashes


def _hash_decimals(values: pa.Array) -> WordArray:
    hashes = _hash_floats(_plain(values.cast(pa.float64(), safe=False), 0.0))
    truncated = pc.trunc(values)
    whole = _plain(pc.equal(values, truncated), 0).astype(bool)
    if whole.any():
        integers = truncated.cast(pa.decimal128(38, 0), safe=False)
        words = np.frombuffer(integers.buffers()[1], np.uint64).reshape(-1, 2)[integers.offset :][: len(integers)]
        low, high = words[:, 0], words[:, 1]
        narrow = high == np.where(low >> np.uint64(63), np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0))
        wide = mix(mix(high ^ _WIDE) ^ low)
        exact = np.where(narrow, mix(low ^ _SALTS[NUMBER]), wide)
        hashes[whole] = exact[whole]
    return hashes


def _hash_bytes(values: pa.Array) -> WordArray:
    """Hash of the bytes of each value, eight at a time over all values at once."""
    if pa.types.is_fixed_size_binary(values.type):
        values = values.cast(pa.binary())
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    _, ends, content = values.buffers()
    if len(values) == 0:
        return np.empty(0, np.uint64)
    offsets = np.frombuffer(ends, np.int64 if wide else np.int32)[values.offset : values.offset + len(values) + 1]
    offsets = offsets.astype(np.int64)
    data = np.frombuffer(content, np.uint8)[offsets[0] : offsets[-1]] if content else np.empty(0, np.uint8)
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    words: WordArray = np.ndarray((data.size + 1,), dtype="<u8", buffer=padded, strides=(1,))
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    hashes = mix(lengths.astype(np.uint64) ^ _STEP)
    active = np.flatnonzero(lengths > 0)
    position = 0
    with np.errstate(over="ignore"):
        while active.size:
            left = lengths[active] - position
            spare = np.uint64(8) * np.maximum(8 - left, 0).astype(np.uint64)
            word = (words[starts[active] + position] << spare) >> spare
            hashes[active] = mix(hashes[active] * _STEP ^ word)
            position += 8
            active = active[left > 8]
    return hashes
