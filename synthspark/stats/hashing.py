"""64-bit hashes of values, equal across types: 7 as byte, long, 7.00 and 7.0 is one value, the text '7' another.

They are XXH64 of a canonical form, so `relate.counts.on_spark` gets the same ones from Spark's own functions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import WordArray
from synthspark.stats.xxhash import SEED, hash_longs, hash_texts

# Families of types: values are compared within a family only.
NUMBER, TEXT, TIME, BOOLEAN, BINARY = "number", "text", "time", "boolean", "binary"

SALTS = {
    NUMBER: np.uint64(0x243F6A8885A308D3),  # digits of pi, as any numbers without a pattern would do
    TEXT: np.uint64(0x13198A2E03707344),
    TIME: np.uint64(0xA4093822299F31D0),
    BOOLEAN: np.uint64(0x082EFA98EC4E6C89),
    BINARY: np.uint64(0x452821E638D01377),
}
_NULL = np.uint64(0x3F84D5B5B5470917)
_LARGEST_INT = 2.0**63
_LONG_DIGITS = 18  # that always fit 64 bits


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
        hashes = _hash_bytes(values) ^ SALTS[name]
    else:
        hashes = hash_longs(whole_numbers(values).view(np.uint64)) ^ SALTS[name]
    if values.null_count:
        hashes[values.is_null().to_numpy(zero_copy_only=False)] = _NULL
    return hashes


def hash_tuples(columns: Sequence[WordArray]) -> WordArray:
    """Hash of each row of value hashes; the order of the columns counts."""
    total = np.full(columns[0].shape, SEED)
    for column in columns:
        total = hash_longs(column, total)
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


def _hash_floats(values: npt.NDArray[np.generic]) -> WordArray:
    numbers = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        whole = (np.floor(numbers) == numbers) & (np.abs(numbers) < _LARGEST_INT)
        words = np.where(whole, np.where(whole, numbers, 0.0).astype(np.int64).view(np.uint64), numbers.view(np.uint64))
    return hash_longs(words) ^ SALTS[NUMBER]


def _hash_decimals(values: pa.Array) -> WordArray:
    if values.type.precision <= _LONG_DIGITS:
        return _hash_short_decimals(values)
    hashes = _hash_floats(_plain(values.cast(pa.float64(), safe=False), 0.0))
    truncated = pc.trunc(values)
    whole = _plain(pc.equal(values, truncated), 0).astype(bool)
    if whole.any():
        integers = truncated.cast(pa.decimal128(38, 0), safe=False)
        low, high = _words_of(integers)
        narrow = high == np.where(low >> np.uint64(63), np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0))
        exact = np.where(narrow, hash_longs(low) ^ SALTS[NUMBER], np.uint64(0))
        wide = np.flatnonzero(whole & ~narrow)
        if wide.size:
            exact[wide] = _hash_bytes(integers.take(pa.array(wide)).cast(pa.string())) ^ SALTS[NUMBER]
        hashes[whole] = exact[whole]
    return hashes


def _hash_short_decimals(values: pa.Array) -> WordArray:
    """Decimals whose digits fit a long: whole ones as integers, others as the nearest float64."""
    digits = _words_of(values.cast(pa.decimal128(values.type.precision, values.type.scale)))[0].view(np.int64)
    if values.null_count:
        digits = np.where(values.is_null().to_numpy(zero_copy_only=False), 0, digits)
    unit = np.int64(10 ** max(values.type.scale, 0))
    whole = digits // unit
    words = np.where(whole * unit == digits, whole, (digits / unit).view(np.int64))
    return hash_longs(words.view(np.uint64)) ^ SALTS[NUMBER]


def _words_of(decimals: pa.Array) -> tuple[WordArray, WordArray]:
    """Low and high 64 bits of each decimal's digits."""
    words = np.frombuffer(decimals.buffers()[1], np.uint64).reshape(-1, 2)[decimals.offset :][: len(decimals)]
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1])


def _hash_bytes(values: pa.Array) -> WordArray:
    if pa.types.is_fixed_size_binary(values.type):
        values = values.cast(pa.binary())
    if len(values) == 0:
        return np.empty(0, np.uint64)
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    _, ends, content = values.buffers()
    offsets = np.frombuffer(ends, np.int64 if wide else np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(content, np.uint8) if content else np.empty(0, np.uint8)
    return hash_texts(data, offsets.astype(np.int64))
