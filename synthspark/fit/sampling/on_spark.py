"""Whole families of large tables, drawn by hashes and collected; what is counted of them is counted on all rows."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.fit.families import Part
from synthspark.fit.large.on_spark import (
    CHILDREN,
    by_place,
    collected_rows,
    count_children,
    key_columns,
    key_names,
    typed_column,
)
from synthspark.fit.rows import ArrowTable
from synthspark.spark_types import collect_arrow
from synthspark.stats.frame import supported
from synthspark.stats.matching import IntArray, positions

SURPLUS = 2  # times the expected rows after which a table is cut, so that one huge family does not fill the driver
RESOLUTION = 1 << 30  # of the share of rows that a hash tells apart


@dataclass(frozen=True)
class FamilySample:
    """The rows that are fitted, table by table; `load` has those of tables that are fitted whole."""

    frames: Mapping[str, DataFrame]
    schema: Schema
    plan: DatabasePlan
    parts: Mapping[str, Part]
    most: Mapping[str, int]
    load: Callable[[str], ArrowTable]
    is_small: Callable[[str], bool]
    _known: dict[tuple[str, str], ArrowTable] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def is_part(self, table: str) -> bool:
        """Whether rows of the table are left out."""
        return self.parts[table].kept < 1.0

    def rows(self, table: str) -> ArrowTable:
        """Rows of a table that are fitted."""
        if not self.is_part(table):
            return self.load(table)
        return self._once((table, "fitted"), lambda: self._collected(table, self._chosen(table)))

    def of_each(self, table: str) -> ArrowTable:
        """Rows of a table that tell what the rows of every family that is fitted have in common."""
        if self.has_all_families(table):
            return self.rows(table)
        if self.is_small(table):
            return self.load(table)
        drawn = self._drawn_rows(table, self._below_parents(table), self.parts[table].of_each)
        return self._once((table, "of each"), lambda: self._collected(table, drawn))

    def has_all_families(self, table: str) -> bool:
        """Whether all rows of all context parents that are fitted are fitted."""
        return self.parts[table].families == 1.0 and self.has_whole_families(table)

    def has_whole_families(self, table: str) -> bool:
        """Whether, where a row is fitted, all rows of its family are."""
        return self.parts[table].drawn == 1.0 and (
            not self.is_part(table) or self.rows(table).rows < SURPLUS * self.most[table]
        )

    def _once(self, what: tuple[str, str], work: Callable[[], ArrowTable]) -> ArrowTable:
        with self._lock:
            if what not in self._known:
                self._known[what] = work()
            return self._known[what]

    def counted(self, key: ForeignKey) -> IntArray:
        """Number of children, of all rows of the child, of each row of the parent that is fitted."""
        parents, names = self.rows(key.parent), self.frames[key.parent].columns
        places = {name: f"c{names.index(name)}" for name in key.parent_columns}
        above = self._chosen(key.parent) if self.is_part(key.parent) else None
        counted = collect_arrow(count_children(self.frames, key, above).select(*set(places.values()), CHILDREN))
        types = self.schema.tables[key.parent].columns
        known = [typed_column(counted.column(place), types[name].type) for name, place in places.items()]
        at = positions(parents.arrays(list(places)), known)
        children = counted.column(CHILDREN).to_numpy().astype(np.int64)
        found: IntArray = np.where(at >= 0, children[np.maximum(at, 0)], 0) if children.size else np.zeros_like(at)
        return found

    def _collected(self, table: str, chosen: DataFrame) -> ArrowTable:
        bounded = chosen.orderBy(self._word(table)).limit(SURPLUS * self.most[table])
        return collected_rows(self.frames[table], self.schema.tables[table], bounded)

    def _chosen(self, table: str) -> DataFrame:
        """Rows of the table that are fitted, columns by place."""
        frame, part = self._below_parents(table), self.parts[table]
        context = self.plan.tables[table].context
        if context is not None and part.families < 1.0:
            ours, _ = key_columns(self.frames, context)
            own = F.when(_missing(ours), self._word(table)).otherwise(F.xxhash64(F.lit(f"families:{table}"), *ours))
            frame = frame.where(_is_below(own, part.families))
        return self._drawn_rows(table, frame, part.drawn)

    def _drawn_rows(self, table: str, frame: DataFrame, share: float) -> DataFrame:
        return frame if share >= 1.0 else frame.where(_is_below(self._word(table), share))

    def _below_parents(self, table: str) -> DataFrame:
        """Rows of context parents that are fitted."""
        frame, context = by_place(self.frames[table]), self.plan.tables[table].context
        return self._of_parents(frame, context) if context is not None and self.is_part(context.parent) else frame

    def _of_parents(self, frame: DataFrame, key: ForeignKey) -> DataFrame:
        """Rows of the parents that are fitted, and as large a share of those that have none."""
        ours, theirs = key_columns(self.frames, key)
        parents = self._chosen(key.parent).select(*theirs).dropna().distinct()
        columns, keyed = frame.columns, frame.select("*", *ours)
        rows = keyed.join(parents, list(key_names(key)), "left_semi").select(*columns)
        if not any(self.schema.tables[key.child].columns[name].nullable for name in key.child_columns):
            return rows
        missing = _missing([F.col(name) for name in key_names(key)])
        drawn = _is_below(self._word(key.child, "rootless"), self.parts[key.parent].kept)
        return rows.unionByName(keyed.where(missing & drawn).select(*columns))

    def _word(self, table: str, purpose: str = "") -> Column:
        """Hash of each row, of its primary key if it has one."""
        names, own = self.frames[table].columns, self.schema.tables[table].primary_key
        hashed = [f"c{names.index(name)}" for name in own or names]
        kinds = self.schema.tables[table].columns
        plain = [place for place in hashed if supported(kinds[names[int(place[1:])]].type)] or hashed
        return F.xxhash64(F.lit(f"{purpose}:{table}"), *plain)


def _missing(columns: Sequence[Column]) -> Column:
    """Whether a key is null in part or whole."""
    return functools.reduce(Column.__or__, [column.isNull() for column in columns])


def _is_below(word: Column, share: float) -> Column:
    return F.pmod(word, F.lit(RESOLUTION)) < F.lit(max(1, round(share * RESOLUTION)))
