"""Rows told apart, found again and numbered by the values of several columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.stats.frame import texts

IntArray = npt.NDArray[np.int64]
Columns = Sequence[pa.Array]


def row_codes(*tables: Columns) -> list[IntArray]:
    """Code of each row of each table, equal for equal rows, -1 where any column is null.

    The tables have the same number of columns, at least one; columns of different types are compared as texts.
    """
    sizes = [len(table[0]) for table in tables]
    total = np.zeros(sum(sizes), dtype=np.int64)
    missing = np.zeros(total.size, dtype=bool)
    for columns in zip(*tables, strict=True):
        joined = pa.concat_arrays(_alike(columns)).dictionary_encode()
        missing |= joined.is_null().to_numpy(zero_copy_only=False)
        codes = pc.fill_null(joined.indices, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        total = total * max(len(joined.dictionary), 1) + codes
        if len(tables[0]) > 1:  # small numbers again, before the product can overflow
            total = np.unique(total, return_inverse=True)[1].astype(np.int64)
    total[missing] = -1
    return list(np.split(total, np.cumsum(sizes)[:-1]))


def _alike(columns: Columns) -> list[pa.Array]:
    kinds = {column.type for column in columns}
    plain = list(columns) if len(kinds) == 1 else [texts(column) for column in columns]
    return [column.cast(column.type) for column in plain]


def positions(children: Columns, parents: Columns) -> IntArray:
    """Place of each child's row among the parents' rows, the first where rows repeat; -1 for none, -2 for null."""
    child, parent = row_codes(children, parents)
    place = np.full(int(max(child.max(initial=-1), parent.max(initial=-1))) + 2, -1, dtype=np.int64)
    filled = np.flatnonzero(parent >= 0)[::-1]
    place[parent[filled]] = filled
    return np.where(child < 0, -2, place[child])


def first_of_each(codes: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each row is the first with its code; rows without a code (-1) always are."""
    first = codes < 0
    first[np.unique(codes, return_index=True)[1]] = True
    return first


@dataclass(frozen=True)
class Groups:
    """Rows in groups of equal codes: the members of group g are ``members[start[g] : start[g] + size[g]]``."""

    members: IntArray
    start: IntArray
    size: IntArray


def group_rows(codes: IntArray, n_groups: int) -> Groups:
    """Rows by code, each group in the order of the rows; rows with the code -1 are in no group."""
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    size = np.bincount(codes[order], minlength=n_groups).astype(np.int64)
    return Groups(order, np.cumsum(size) - size, size)
