"""What relates the values of columns: hashes and rows, in memory only, never written, for they tell people apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

WordArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
NO_FORM = np.uint64(0)  # stands where a value has no form of the kind


@dataclass(frozen=True)
class ColumnSketch:
    """The smallest value hashes of one column, ascending, each with the number of its rows.

    `exact` says that all distinct values are there; otherwise they are all that lie up to the last one: a sample
    of the distinct values that is the same for every column that holds them, and whose counts are exact.

    `forms` holds, for each comparison across formats that sees the values otherwise than they are, the hash of what
    it sees of each value, in the order of `hashes`; NO_FORM where it sees nothing.
    """

    family: str
    hashes: WordArray
    counts: IntArray
    exact: bool
    forms: Mapping[str, WordArray] = field(default_factory=dict)
    number_quantiles: tuple[float, ...] = ()

    @property
    def limit(self) -> int:
        """Largest hash up to which the sketch is complete."""
        return int(np.iinfo(np.uint64).max) if self.exact else int(self.hashes[-1])


@dataclass(frozen=True)
class RowSample:
    """Rows of a table with their values: all of them if `complete`; in memory only, never written."""

    rows: pa.Table
    complete: bool


@dataclass(frozen=True)
class TableSketch:
    """Sketches of the columns of a table, and the value hashes of whole rows.

    `rows` has the shape (n_columns, n_rows) in the order of `columns`; `nulls` marks where a value is missing.
    `all_rows` says that every row is there; otherwise they are a sample.
    """

    columns: Mapping[str, ColumnSketch]
    rows: WordArray = field(default_factory=lambda: np.empty((0, 0), np.uint64))
    nulls: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty((0, 0), bool))
    all_rows: bool = False
    sample: RowSample | None = None

    def place(self, column: str) -> int:
        """Position of a column in `rows`."""
        return tuple(self.columns).index(column)

    def first_rows(self, count: int) -> TableSketch:
        """The same with at most so many rows."""
        if self.rows.shape[1] <= count:
            return self
        return replace(self, rows=self.rows[:, :count], nulls=self.nulls[:, :count], all_rows=False)


@dataclass(frozen=True)
class DatabaseSketches:
    """Sketches of all tables."""

    tables: Mapping[str, TableSketch] = field(default_factory=dict)
