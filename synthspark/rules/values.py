"""Columns as rules see them: numbers with NaN for missing, and codes that are equal where values are equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.stats.comparison import normal_form
from synthspark.stats.hashing import BOOLEAN, NUMBER, TIME, family, hash_tuples, hash_values, whole_numbers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
WordArray = npt.NDArray[np.uint64]

DAY, SECOND = 86_400_000_000.0, 1_000_000.0  # in microseconds, the unit of dates and timestamps


def missing(column: pa.Array | pa.ChunkedArray) -> BoolArray:
    """Where the column is null or NaN."""
    return np.asarray(pc.is_null(_whole(column), nan_is_null=True).to_numpy(zero_copy_only=False), dtype=bool)


def numbers(column: pa.ChunkedArray) -> FloatArray:
    """Values as float64, NaN for missing; dates and timestamps as microseconds since 1970, booleans as 0 and 1.

    Raises
    ------
    TypeError
        For values that are none of these.
    """
    values = _whole(column)
    kind = family(values.type)
    if kind == NUMBER:
        return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    if kind not in (TIME, BOOLEAN):
        raise TypeError(f"{values.type} is no number, date or boolean")
    found = whole_numbers(values).astype(np.float64)
    found[missing(values)] = np.nan
    return found


def is_numeric(kind: pa.DataType) -> bool:
    """Whether `numbers` takes the type."""
    return family(kind) in (NUMBER, TIME, BOOLEAN)


def hashes(columns: Sequence[pa.ChunkedArray], compare: Sequence[str] = ()) -> tuple[WordArray, BoolArray]:
    """Hash of each row's values, equal where they are, and where one of them is missing."""
    ways = compare or ("exact",) * len(columns)
    arrays = [normal_form(_whole(column), way) for column, way in zip(columns, ways, strict=True)]
    lost = np.logical_or.reduce([missing(array) for array in arrays])
    return hash_tuples([hash_values(array) for array in arrays]), lost


def codes(columns: Sequence[pa.ChunkedArray], compare: Sequence[str] = ()) -> IntArray:
    """0, 1, ... by first appearance, equal where all columns are; -1 where one is missing."""
    words, lost = hashes(columns, compare)
    found = np.asarray(pd.factorize(words)[0], dtype=np.int64)
    found[lost] = -1
    return found


def match(child: Sequence[pa.ChunkedArray], parent: Sequence[pa.ChunkedArray], compare: Sequence[str] = ()) -> IntArray:
    """Row of the parent that each child row refers to; -1 for a missing or unknown reference."""
    (ours, ours_lost), (theirs, theirs_lost) = hashes(child, compare), hashes(parent, compare)
    rows = np.flatnonzero(~theirs_lost)
    index = pd.Index(theirs[rows])
    if not index.is_unique:
        rows = rows[~index.duplicated()]
        index = pd.Index(theirs[rows])
    places = index.get_indexer(pd.Index(ours))
    found = np.where(places >= 0, rows[places] if len(rows) else -1, -1)
    found[ours_lost] = -1
    return found.astype(np.int64)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
