"""Key values of a table whose rows exist, by the place of the row: computed from the index, or held in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import Feature
from synthspark.seeds import FloatArray, IntArray
from synthspark.stats.cells import Cells
from synthspark.stats.key_formats import KeyFormat
from synthspark.stats.key_ranges import issue_after


@dataclass(frozen=True)
class IssuedColumn:
    """A key column that is a closed form of the row's index."""

    format: KeyFormat
    slots: int
    stream: int
    before: tuple[int, ...] = ()  # indices of earlier generations

    def values(self, place: IntArray) -> pa.Array:
        return issue_after(self.format, self.before, place, self.slots, self.stream)


@dataclass(frozen=True, eq=False)
class CellParents:
    """Parents of one key in their cells.

    Attributes
    ----------
    cell : ndarray of int64, shape (n_parents,)
    weight : ndarray of shape (n_parents,)
        How many children each is to have, up to a factor.
    number : int
        Cells there are; some may have no parent.
    offered : ndarray of shape (n_wishes, n_parents)
        Numbers that rows wish for.
    worth : ndarray of shape (n_wishes,)
        How much each of them matters.
    """

    cell: IntArray
    weight: FloatArray
    number: int
    offered: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    worth: FloatArray = field(default_factory=lambda: np.empty(0))

    @cached_property
    def order(self) -> IntArray:
        """Places of the parents cell by cell, the heaviest of each first."""
        return np.lexsort((np.arange(self.cell.size), -self.weight, self.cell))

    @cached_property
    def along(self) -> FloatArray:
        """Weight of all parents up to each one in that order."""
        return np.asarray(np.cumsum(self.weight[self.order]))

    @cached_property
    def mass(self) -> FloatArray:
        """Weight of the parents of each cell."""
        return np.asarray(np.bincount(self.cell, weights=self.weight, minlength=self.number))

    def take(self, places: IntArray) -> CellParents:
        """Some of the parents."""
        weight, offered = popular_or_all(self.weight[places]), self.offered[:, places]
        return CellParents(self.cell[places], weight, self.number, offered, self.worth)

    def in_cells(self, drawn: FloatArray) -> IntArray:
        """Cell of each row, from what the engine drew; one with parents where that is null or has none."""
        mass = self.mass
        largest = int(np.argmax(mass))
        wanted = np.where(np.isnan(drawn), largest, drawn).astype(np.int64)
        return np.where(mass[wanted] > 0, wanted, largest)


def cell_parents(cells: Cells, weight: FloatArray, encoded: Callable[[Feature], FloatArray]) -> CellParents:
    """Parents in their cells, with what rows wish for, from the columns of these parents."""
    offered = np.array([encoded(feature) for feature in cells.wishes]).reshape(len(cells.wishes), weight.size)
    cell = cells.of(np.array([encoded(feature) for feature in cells.features]))
    return CellParents(cell, popular_or_all(weight), cells.number, offered, np.array(cells.worth))


def popular_or_all(weight: FloatArray) -> FloatArray:
    """Weights of parents; all the same where none has any."""
    return weight if weight.sum() > 0 else np.ones(weight.size)


@dataclass(frozen=True)
class ParentKeys:
    """The rows of a parent table, in the order of their indices, as far as a foreign key sees them.

    `issued` columns need no memory; they are there only when every index is a row. The values of a `late` parent are
    joined after the rows are made, for they are neither a closed form nor few.
    """

    rows: int
    issued: Mapping[str, IssuedColumn] = field(default_factory=dict)
    held: Mapping[str, pa.Array] = field(default_factory=dict)
    late: bool = False
    features: Mapping[str, FloatArray] = field(default_factory=dict)  # that the child's rows depend on, by name
    cells: CellParents | None = None  # that they are chosen by
    beyond: Mapping[str, pa.Array] = field(default_factory=dict)  # references of theirs that the child's repeat
    weight: FloatArray | None = None  # how often each is to be chosen, up to a factor, where that is known
    ranked: IntArray | None = None  # places of the rows, those with most children first, where that is known

    def values(self, column: str, place: IntArray) -> pa.Array:
        """Values of a key column at these places, null where the place is negative."""
        missing = place < 0
        if column in self.held:
            return self.held[column].take(pa.array(np.where(missing, 0, place), mask=missing))
        item = self.issued[column]
        if not missing.any():
            return item.values(place)
        found = item.values(place[~missing])
        back = np.cumsum(~missing) - 1
        return found.take(pa.array(np.where(missing, 0, back), mask=missing))

    def all_values(self, columns: Sequence[str]) -> list[pa.Array]:
        """Columns of all rows."""
        everything = np.arange(self.rows)
        return [self.values(column, everything) for column in columns]
