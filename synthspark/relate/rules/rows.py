"""The rows of a table as the search for rules sees them: values, codes and meanings, each worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from synthspark.artifacts.profile import ColumnProfile, TableProfile
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Schema, Table
from synthspark.rules.values import DAY, BoolArray, FloatArray, IntArray, codes, is_numeric, missing, numbers
from synthspark.stats.hashing import BOOLEAN, NUMBER, TEXT, TIME, family

PROBED = 2_048  # rows that a first look takes; evenly spread over those that are there
STRIDE = 16
LARGEST_CODE = 1 << 31  # two codes below it make one of 64 bits
NO_MEASURE = frozenset({"key", "code", "postal_code", "coordinate", "constant", "empty", "boolean"})


@dataclass(frozen=True)
class Candidate:
    """A proposed rule; `surprise` is minus the natural logarithm of the chance to see it hold by accident."""

    rule: Rule
    surprise: float


def dense(values: IntArray) -> IntArray:
    """0, 1, ... by first appearance; -1 stays."""
    found = np.asarray(pd.factorize(values)[0], dtype=np.int64)
    if (values < 0).any():
        found = np.where(values < 0, -1, found)
    return found


def spread_out(places: IntArray) -> IntArray:
    """The same places in an order whose beginning is spread evenly over all of them."""
    return np.concatenate([places[start::STRIDE] for start in range(STRIDE)]) if len(places) else places


def spread(places: IntArray, most: int) -> IntArray:
    """At most so many of the places, evenly spread over them."""
    chosen = np.linspace(0, len(places) - 1, most).astype(np.int64)
    return places[np.unique(chosen)] if len(places) > most else places


class TableRows:
    """Rows of one table, with what is known of its columns.

    Parameters
    ----------
    rows : pa.Table
        All rows if `complete`, otherwise a sample of them.
    """

    def __init__(self, rows: pa.Table, profile: TableProfile, schema: Schema, *, complete: bool) -> None:
        self.rows, self.complete = rows, complete
        self.profile = profile
        self.table: Table = schema.tables[profile.name]
        self.name = profile.name
        self.references = tuple(key for key in schema.foreign_keys if key.child == self.name)
        self.referred = {name for key in self.references for name in key.child_columns}
        self._numbers: dict[str, FloatArray] = {}
        self._codes: dict[tuple[str, ...], IntArray] = {}
        self._missing: dict[str, BoolArray] = {}
        self._decimals: dict[str, int | None] = {}

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns with at least two values, of types that can be compared."""
        return tuple(
            name
            for name in self.rows.column_names
            if family(self.rows.schema.field(name).type) is not None
            and name in self.profile.columns
            and self.profile.columns[name].distinct > 1
        )

    def column(self, name: str) -> ColumnProfile:
        return self.profile.columns[name]

    def semantic(self, name: str) -> str:
        return self.table.columns[name].semantic

    def numbers(self, name: str) -> FloatArray:
        """See `rules.values.numbers`."""
        if name not in self._numbers:
            self._numbers[name] = numbers(self.rows.column(name))
        return self._numbers[name]

    def codes(self, *names: str) -> IntArray:
        """See `rules.values.codes`."""
        if names not in self._codes:
            alone = len(names) == 1
            self._codes[names] = (
                codes([self.rows.column(names[0])]) if alone else dense(self.combined(names, slice(None)))
            )
        return self._codes[names]

    def combined(self, names: tuple[str, ...], places: IntArray | slice) -> IntArray:
        """A number for each of some rows that is equal where all columns are; -1 where one is missing."""
        total = self.codes(names[0])[places]
        for name in names[1:]:
            added = self.codes(name)[places]
            total = dense(total) if total.max(initial=0) > LARGEST_CODE else total
            wide = total * (int(added.max(initial=0)) + 1) + added
            total = np.where((total < 0) | (added < 0), -1, wide)
        return total

    def missing(self, name: str) -> BoolArray:
        """Where a column has no value."""
        if name not in self._missing:
            self._missing[name] = missing(self.rows.column(name))
        return self._missing[name]

    def family(self, name: str) -> str:
        return family(self.rows.schema.field(name).type) or ""

    def of_family(self, *families: str) -> tuple[str, ...]:
        """Columns of these families."""
        return tuple(name for name in self.columns if self.family(name) in families)

    @cached_property
    def times(self) -> tuple[str, ...]:
        """Dates and timestamps."""
        return self.of_family(TIME)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Numbers that measure something: no keys, codes or coordinates."""
        return tuple(name for name in self.of_family(NUMBER) if self.is_measure(name))

    def is_measure(self, name: str) -> bool:
        return self.semantic(name) not in NO_MEASURE and name not in self.referred and name not in self.keys

    @cached_property
    def keys(self) -> frozenset[str]:
        """Columns that identify a row by themselves."""
        known = (self.table.primary_key, *self.table.alternate_keys)
        unique = {name for name in self.columns if self.column(name).unique}
        naming = {name for name in unique if self.family(name) == TEXT or name in self.referred}
        return frozenset({key[0] for key in known if len(key) == 1} | naming)

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """Booleans, and numbers that are 0 or 1."""
        found = []
        for name in self.of_family(BOOLEAN, NUMBER):
            known = self.column(name)
            if self.family(name) == BOOLEAN or (known.distinct == 2 and (known.minimum, known.maximum) == (0, 1)):
                found.append(name)
        return tuple(found)

    @cached_property
    def probe(self) -> IntArray:
        """Rows of a first look."""
        return np.unique(np.linspace(0, max(len(self) - 1, 0), PROBED).astype(np.int64))[: len(self)]

    def matrix(self, names: Iterable[str], rows: IntArray | None = None) -> FloatArray:
        """Numbers of several columns, shape (n_columns, n_rows)."""
        held = [self.numbers(name) if rows is None else self.numbers(name)[rows] for name in names]
        width = len(self) if rows is None else len(rows)
        return np.array(held).reshape(len(held), width)

    def extremes(self, name: str) -> tuple[float, float]:
        """Smallest and largest value of all rows, in the unit of `numbers`; NaN where they are not known."""
        known = self.column(name)
        unit = DAY if self.table.columns[name].type == "date" else 1.0
        low, high = known.minimum, known.maximum
        return (np.nan, np.nan) if low is None or high is None else (low * unit, high * unit)

    def numeric(self, name: str) -> bool:
        return is_numeric(self.rows.schema.field(name).type)

    def decimals(self, name: str) -> int | None:
        """Decimal places that hold all values, up to 4; None for more."""
        if name not in self._decimals:
            self._decimals[name] = self._count_decimals(name)
        return self._decimals[name]

    def _count_decimals(self, name: str) -> int | None:
        values = self.numbers(name)[self.probe]
        values = values[~np.isnan(values)]
        for places in range(5):
            scaled = values * 10.0**places
            if (np.abs(scaled - np.round(scaled)) <= 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)).all():
                return places
        return None

    def tolerance(self, name: str) -> float:
        """Half of the last decimal place of a column; 0 where it has no fixed one."""
        places = self.decimals(name)
        return 0.0 if places is None else 0.5 * 10.0**-places
