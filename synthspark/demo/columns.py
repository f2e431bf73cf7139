"""NumPy arrays as Arrow columns without a Python object per row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]
Chars = npt.NDArray[np.uint8]  # shape (n, width): one ASCII code a cell, one string a row

MONEY = pa.decimal128(10, 2)
_ZERO = ord("0")


def whole(values: npt.ArrayLike, missing: BoolArray | None = None) -> pa.Array:
    """Column of 64-bit integers, null where `missing`."""
    return pa.array(np.asarray(values, dtype=np.int64), mask=missing)


def real(values: npt.ArrayLike, missing: BoolArray | None = None) -> pa.Array:
    """Column of doubles, null where `missing`."""
    return pa.array(np.asarray(values, dtype=np.float64), mask=missing)


def flags(values: npt.ArrayLike, missing: BoolArray | None = None) -> pa.Array:
    """Column of booleans, null where `missing`."""
    return pa.array(np.asarray(values, dtype=np.bool_), mask=missing)


def dates(days: npt.ArrayLike, missing: BoolArray | None = None) -> pa.Array:
    """Column of dates from days since 1970-01-01."""
    return pa.array(np.asarray(days, dtype=np.int32), mask=missing).cast(pa.date32())


def stamps(seconds: IntArray) -> pa.Array:
    """Column of timestamps without zone, in microseconds, from seconds since 1970-01-01."""
    return pa.array(seconds * 1_000_000).cast(pa.timestamp("us"))


def money(cents: npt.ArrayLike, missing: BoolArray | None = None) -> pa.Array:
    """Column of decimal(10, 2) from whole cents."""
    amounts = np.asarray(cents, dtype=np.int64)
    words = np.empty((len(amounts), 2), dtype=np.int64)  # low and high half of a 128-bit integer
    words[:, 0], words[:, 1] = amounts, amounts >> 63
    return pa.Array.from_buffers(MONEY, len(amounts), [_validity(missing), pa.py_buffer(words)])


def picked(values: Sequence[str] | pa.Array, codes: IntArray, missing: BoolArray | None = None) -> pa.Array:
    """Column of strings: the value that each code points at."""
    pool = values if isinstance(values, pa.Array) else pa.array(values, type=pa.string())
    return pool.take(pa.array(codes, mask=missing))


def fixed(chars: Chars, missing: BoolArray | None = None) -> pa.Array:
    """Column of equally long ASCII strings, one a row of `chars`."""
    n_rows, width = chars.shape
    offsets = np.arange(n_rows + 1, dtype=np.int64) * width
    data = pa.py_buffer(np.ascontiguousarray(chars))
    buffers = [_validity(missing), pa.py_buffer(offsets), data]
    return pa.Array.from_buffers(pa.large_string(), n_rows, buffers).cast(pa.string())


def joined(*parts: pa.Array | str) -> pa.Array:
    """Column that concatenates string columns and constants; null where any part is."""
    return pc.binary_join_element_wise(*parts, "")


def literal(text: str, n_rows: int) -> Chars:
    """The same ASCII text in every row."""
    return np.tile(np.frombuffer(text.encode("ascii"), dtype=np.uint8), (n_rows, 1))


def digits(values: npt.ArrayLike, width: int) -> Chars:
    """Decimal digits of non-negative integers below ``10 ** width``, padded with zeros."""
    left = np.asarray(values, dtype=np.int64)
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (left[:, None] // powers % 10 + _ZERO).astype(np.uint8)


def letters(codes: npt.ArrayLike) -> Chars:
    """One upper-case letter a row, 0 for A."""
    return (np.asarray(codes, dtype=np.int64)[:, None] + ord("A")).astype(np.uint8)


def beside(*blocks: Chars) -> Chars:
    """Blocks of characters side by side."""
    return np.concatenate(blocks, axis=1)


def char_rows(texts: Sequence[str]) -> Chars:
    """Equally long ASCII texts as rows of characters."""
    return np.array([list(text.encode("ascii")) for text in texts], dtype=np.uint8)


def uuids(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> pa.Array:
    """Column of UUIDs, version 4, from two random words a row."""
    high = (high & np.uint64(0xFFFFFFFFFFFF0FFF)) | np.uint64(0x4000)
    low = (low & np.uint64(0x3FFFFFFFFFFFFFFF)) | np.uint64(0x8000000000000000)
    raw = np.stack([high, low], axis=1).astype(">u8").view(np.uint8).reshape(len(high), 16)
    alphabet = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    hexes = alphabet[np.stack([raw >> 4, raw & 15], axis=2).reshape(len(high), 32)]
    dash = literal("-", len(high))
    cuts = (hexes[:, :8], hexes[:, 8:12], hexes[:, 12:16], hexes[:, 16:20], hexes[:, 20:])
    return fixed(beside(cuts[0], dash, cuts[1], dash, cuts[2], dash, cuts[3], dash, cuts[4]))


def to_cents(amounts: FloatArray) -> IntArray:
    """Whole cents nearest to amounts of money."""
    return np.rint(amounts * 100.0).astype(np.int64)


def _validity(missing: BoolArray | None) -> pa.Buffer | None:
    if missing is None:
        return None
    return pa.py_buffer(np.packbits(~missing, bitorder="little"))
