"""Rows of the source in memory, and which of them are fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from synthspark.artifacts.schema import Column, ForeignKey
from synthspark.fit.summaries import ColumnSummary, summarise
from synthspark.stats.matching import IntArray, positions


class ArrowTable:
    """Columns of one table by name; those of unsupported types are not there."""

    def __init__(self, columns: Mapping[str, Column], data: Mapping[str, pa.Array], rows: int) -> None:
        self.columns = columns
        self.data = data
        self.rows = rows

    def arrays(self, names: Sequence[str]) -> list[pa.Array]:
        return [self.data[name] for name in names]

    def summaries(self, k: int, most_categories: int) -> dict[str, ColumnSummary]:
        found = {}
        for name, column in self.columns.items():
            if name in self.data:
                least = 1 if column.generate == "verbatim" else k
                found[name] = summarise(name, column.type, self.data[name], k=least, most_categories=most_categories)
            else:
                found[name] = ColumnSummary(name, column.type, self.rows, self.rows, 0)
        return found


class Rows(Protocol):
    """The rows of a database that are fitted: all of small tables, whole families of large ones."""

    def fitted(self, table: str) -> ArrowTable:
        """Rows of a table that are fitted."""

    def entire(self, table: str) -> ArrowTable:
        """All rows of a small table."""

    def of_each(self, table: str) -> ArrowTable:
        """Rows of a table that tell what the rows of every family that is fitted have in common."""

    def is_small(self, table: str) -> bool:
        """Whether all rows of a table fit into memory."""

    def is_part(self, table: str) -> bool:
        """Whether rows of a table are left out of those that are fitted."""

    def has_all_families(self, table: str) -> bool:
        """Whether all rows of all context parents that are fitted are fitted."""

    def has_whole_families(self, table: str) -> bool:
        """Whether, where a row is fitted, all rows of its family are."""

    def counted(self, key: ForeignKey) -> IntArray:
        """Number of children, of all rows of the child, of each row of the parent that is fitted."""


@dataclass(frozen=True)
class AllRows:
    """`Rows` of a database that is small as a whole."""

    load: Callable[[str], ArrowTable]

    def fitted(self, table: str) -> ArrowTable:
        return self.load(table)

    def entire(self, table: str) -> ArrowTable:
        return self.load(table)

    def of_each(self, table: str) -> ArrowTable:
        return self.load(table)

    def is_small(self, table: str) -> bool:
        return True

    def is_part(self, table: str) -> bool:
        return False

    def has_all_families(self, table: str) -> bool:
        return True

    def has_whole_families(self, table: str) -> bool:
        return True

    def counted(self, key: ForeignKey) -> IntArray:
        parents = self.load(key.parent).arrays(key.parent_columns)
        place = positions(self.load(key.child).arrays(key.child_columns), parents, key.comparisons)
        found: IntArray = np.bincount(place[place >= 0], minlength=self.load(key.parent).rows).astype(np.int64)
        return found
