"""Rows told apart, found again and numbered by the values of several columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.stats.comparison import normal_form
from synthspark.stats.frame import texts
from synthspark.stats.hashing import TIME, family, whole_numbers

IntArray = npt.NDArray[np.int64]
Columns = Sequence[pa.Array]


def row_codes(*tables: Columns, comparisons: Sequence[str] = ()) -> list[IntArray]:
    """Code of each row of each table, equal for equal rows, -1 where any column is null or has no comparable form.

    The tables have the same number of columns, at least one. `comparisons` say how each is compared (see
    `comparison.normal_form`), exactly by default; numbers, and times, are compared by value whatever their types.
    """
    sizes = [len(table[0]) for table in tables]
    total = np.zeros(sum(sizes), dtype=np.int64)
    missing = np.zeros(total.size, dtype=bool)
    how = comparisons or ("exact",) * len(tables[0])
    for columns, comparison in zip(zip(*tables, strict=True), how, strict=True):
        joined = pa.concat_arrays(alike(columns, comparison)).dictionary_encode()
        missing |= joined.is_null().to_numpy(zero_copy_only=False)
        codes = pc.fill_null(joined.indices, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        total = total * max(len(joined.dictionary), 1) + codes
        if len(tables[0]) > 1:  # small numbers again, before the product can overflow
            total = np.unique(total, return_inverse=True)[1].astype(np.int64)
    total[missing] = -1
    return list(np.split(total, np.cumsum(sizes)[:-1]))


def alike(columns: Columns, comparison: str = "exact") -> list[pa.Array]:
    """Columns in one type in which equal values are equal keys."""
    forms = [normal_form(column, comparison) for column in columns]
    kinds = {form.type for form in forms}
    if len(kinds) > 1:
        families = {family(kind) for kind in kinds}
        if families == {TIME}:
            forms = [pa.array(whole_numbers(form), mask=nulls_of(form)) for form in forms]
        elif all(pa.types.is_integer(kind) for kind in kinds):
            forms = [form.cast(pa.int64()) for form in forms]
        else:
            forms = [key_texts(form) for form in forms]
    return [form.cast(form.type) for form in forms]


def key_texts(values: pa.Array) -> pa.Array:
    """Values as texts: whole numbers of any type as their digits, times without a fraction of zeros and a zone."""
    kind = values.type
    if pa.types.is_decimal(kind):  # with all of its digits
        named = values.cast(pa.string())
        return pc.replace_substring_regex(named, r"\.?0+$", "") if kind.scale > 0 else named
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(values.cast(pa.timestamp("us")).cast(pa.string()), r"\.?0*$", "")
    return texts(values)


def nulls_of(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Which values are null."""
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False))


def positions(children: Columns, parents: Columns, comparisons: Sequence[str] = ()) -> IntArray:
    """Place of each child's row among the parents' rows, the first where rows repeat; -1 for none, -2 for null."""
    child, parent = row_codes(children, parents, comparisons=comparisons)
    place = np.full(int(max(child.max(initial=-1), parent.max(initial=-1))) + 2, -1, dtype=np.int64)
    filled = np.flatnonzero(parent >= 0)[::-1]
    place[parent[filled]] = filled
    missing = np.zeros(child.size, dtype=bool)
    for column in children:
        missing |= nulls_of(column)
    return np.where(missing, -2, np.where(child < 0, -1, place[child]))


def changes(labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Whether each label differs from the one before it; the first always does."""
    out = np.ones(labels.size, dtype=bool)
    out[1:] = labels[1:] != labels[:-1]
    return out


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
