"""What the search for keys knows of each column, and the terms it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile
from synthspark.artifacts.sketches import ColumnSketch, DatabaseSketches, TableSketch
from synthspark.relate.names import KEY_WORDS, words_of

LONGEST_KEY = 200  # characters: longer texts identify nothing, they describe
PREFIX = re.compile(r"[A-Za-z]{1,3}_(?=.)")
KEY_FAMILIES = ("number", "text", "time", "binary")


@dataclass(frozen=True, order=True)
class Place:
    """Columns of one table, in an order that means something: those of a key, or those that reference one.

    `forms` tells how their values are compared where that is not as they are; only counts look at it.
    """

    table: str
    columns: tuple[str, ...]
    forms: tuple[str, ...] = ()

    @property
    def comparisons(self) -> tuple[str, ...]:
        """How the values of each column are compared."""
        return self.forms or ("exact",) * len(self.columns)

    def __str__(self) -> str:
        return f"{self.table}.{', '.join(self.columns)}"


@dataclass(frozen=True)
class Inclusion:
    """How many of the child's values are values of the parent; rows with a null are left out.

    `exact` is False while it rests on a sample of the values; `coverage` is then an estimate, NaN when nothing could
    be told. `compare` tells how the values of each pair of columns are compared; empty: as they are.
    """

    child: Place
    parent: Place
    coverage: float  # share of the child's rows
    value_coverage: float  # share of the child's distinct values
    exact: bool = True
    compare: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnFacts:
    """Profile and sketch of one column with its place in its table."""

    table: str
    name: str
    position: int
    n_columns: int
    profile: ColumnProfile
    sketch: ColumnSketch
    prefix: str = ""  # that all columns of the table have, such as l_ of l_orderkey

    @cached_property
    def called(self) -> str:
        """The name without the table's prefix."""
        return self.name.removeprefix(self.prefix)

    @property
    def place(self) -> Place:
        return Place(self.table, (self.name,))

    @property
    def distinct(self) -> int:
        return self.profile.distinct

    def compared(self, comparison: str) -> ColumnFacts:
        """The column as a comparison across formats sees it: texts that hold numbers are numbers."""
        points = self.sketch.number_quantiles
        if comparison != "number" or not points:
            return self
        seen = replace(
            self.profile, type="long", minimum=points[0], maximum=points[-1], quantiles=points, mean_length=None
        )
        return replace(self, profile=seen, sketch=replace(self.sketch, family="number"))

    @cached_property
    def whole(self) -> bool:
        """Whether the values are no numbers with fractions."""
        points = np.asarray(self.profile.quantiles)
        return self.sketch.family != "number" or bool((points == np.floor(points)).all())

    @cached_property
    def comparable(self) -> bool:
        """Whether the column can be part of a key at all."""
        longest = self.profile.maximum_length or 0
        known = self.sketch.family in KEY_FAMILIES and self.profile.filled > 0
        return known and self.whole and longest <= LONGEST_KEY

    @property
    def key_column(self) -> bool:
        """Whether every row has a value and every value one row."""
        return self.comparable and self.profile.nulls == 0 and self.profile.unique

    @cached_property
    def density(self) -> float:
        """Share of the integers between the smallest and the largest value that occur; 0 for other than integers."""
        low, high = self.profile.minimum, self.profile.maximum
        if self.sketch.family != "number" or low is None or high is None or not self.whole:
            return 0.0
        return min(1.0, self.distinct / (high - low + 1.0))


@dataclass(frozen=True)
class Facts:
    """All columns of all tables."""

    tables: Mapping[str, Mapping[str, ColumnFacts]]
    rows: Mapping[str, int]
    sketches: Mapping[str, TableSketch]

    def of(self, place: Place) -> tuple[ColumnFacts, ...]:
        """Facts of each column of a place."""
        return tuple(self.tables[place.table][column] for column in place.columns)

    def compared(self, inclusion: Inclusion) -> tuple[Place, Place]:
        """Child and parent with the forms in which they are compared, where those are others than the values."""
        return self._formed(inclusion.child, inclusion.compare), self._formed(inclusion.parent, inclusion.compare)

    def _formed(self, place: Place, compare: tuple[str, ...]) -> Place:
        known = zip(self.of(place), compare, strict=True) if compare else ()
        forms = tuple(how if how in column.sketch.forms else "exact" for column, how in known)
        return replace(place, forms=forms if set(forms) - {"exact"} else ())

    def columns(self) -> Iterator[ColumnFacts]:
        """All columns that values are known of."""
        for columns in self.tables.values():
            yield from columns.values()


def shared_prefix(names: Sequence[str]) -> str:
    """The few letters that stand for the table before each of its columns, as in l_orderkey, l_partkey; or nothing."""
    found = {match[0] if (match := PREFIX.match(name)) else "" for name in names}
    shared = found.pop() if len(found) == 1 and len(names) > 1 else ""
    return "" if words_of(shared) and words_of(shared)[0] in KEY_WORDS else shared


def gather_facts(profile: DatabaseProfile, sketches: DatabaseSketches) -> Facts:
    """Facts of a database."""
    prefixes = {name: shared_prefix(list(table.columns)) for name, table in profile.tables.items()}
    tables = {
        name: {
            column: ColumnFacts(
                name, column, position, len(table.columns), table.columns[column], sketch, prefixes[name]
            )
            for position, column in enumerate(table.columns)
            if (sketch := sketches.tables[name].columns.get(column)) is not None
        }
        for name, table in profile.tables.items()
    }
    rows = {name: table.rows for name, table in profile.tables.items()}
    return Facts(tables, rows, sketches.tables)
