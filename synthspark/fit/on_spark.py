"""Fitting on Spark: small tables, and of large ones whole families, come to the driver; kernels run in workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from weakref import WeakKeyDictionary

import pyarrow as pa
from pyspark.sql import DataFrame

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.config import Settings
from synthspark.fit.families import parts_to_fit
from synthspark.fit.family import Family
from synthspark.fit.in_memory import InMemory
from synthspark.fit.kernels.on_spark import fit_in_workers
from synthspark.fit.large.on_spark import Large, collected_rows
from synthspark.fit.rows import ArrowTable
from synthspark.fit.sampled import Sampled
from synthspark.fit.sampling.on_spark import FamilySample
from synthspark.fit.small import fit_small, table_model
from synthspark.fit.source import TableSource
from synthspark.fit.table import design_table
from synthspark.stats.matching import IntArray

logger = logging.getLogger(__name__)

DRIVER_CELLS = 20_000_000  # rows times columns up to which a table is fitted on the driver

# Small tables are asked for by each of their children; they are kept while their DataFrame is.
_collected: WeakKeyDictionary[DataFrame, ArrowTable] = WeakKeyDictionary()


def fit_table(
    frames: Mapping[str, DataFrame], schema: Schema, plan: DatabasePlan, table: str, settings: Settings
) -> TableModel:
    """Model of one table, conditioned on its context parent, with the models of its keys and links.

    Raises
    ------
    ModelError
        If not even independent columns can be fitted.
    """
    return DatabaseFit(frames, schema, plan, settings).fit(table)


@dataclass(frozen=True)
class DatabaseFit:
    """The source and the settings of one fit; what tables ask of their relatives is worked out once."""

    frames: Mapping[str, DataFrame]
    schema: Schema
    plan: DatabasePlan
    settings: Settings

    @cached_property
    def _counted(self) -> dict[str, int]:
        return {}

    @cached_property
    def family(self) -> Family:
        return Family(self.schema, self.plan, self.settings, self)

    @cached_property
    def _sample(self) -> FamilySample:
        rows = {name: self.rows(name) for name in self.plan.tables}
        most = {name: rows[name] if self.is_small(name) else self._most(name) for name in rows}
        parts = parts_to_fit(self.plan, rows, most)
        return FamilySample(self.frames, self.schema, self.plan, parts, most, self.entire, self.is_small)

    def fit(self, table: str) -> TableModel:
        """Model of one table; see `fit_table`."""
        started = time.monotonic()
        role = self.schema.tables[table].role
        if role == "reference":
            return TableModel(table, role, self.rows(table))
        source = self.source(table)
        relatives = self.family if self.settings.fit.relatives else None
        design = design_table(self.schema, self.plan, table, source, self.settings, relatives)
        run = partial(fit_in_workers, self.frames[table].sparkSession)
        model = table_model(table, source.rows, design, fit_small(table, source, design, self.settings, run))
        logger.info("fit: table %s, %d rows, %.1f s", table, model.rows, time.monotonic() - started)
        return model

    def source(self, table: str) -> InMemory | Sampled:
        """The table with its parents: facts of all rows, and those rows that are fitted."""
        relatives = self.family if self.settings.fit.relatives else None
        part = InMemory(self.fitted(table), self.fitted, table, relatives, self.family.common)
        above = {key.parent for key in self.schema.keys_in_force() if key.child == table}
        return part if not any(map(self._is_apart, {table, *above})) else Sampled(self.facts(table), part, self.counted)

    def _is_apart(self, table: str) -> bool:
        return not self.is_small(table) or self.is_part(table)

    def facts(self, table: str) -> TableSource:
        """All rows of the table, in memory if these and all tables that it points to are small."""
        above = {key.parent for key in self.schema.keys_in_force() if key.child == table}
        if all(map(self.is_small, {table, *above})):
            return InMemory(self.entire(table), self.entire)
        return Large(self.schema.tables[table], self.frames, self.rows(table), self.facts)

    def rows(self, table: str) -> int:
        """Number of rows of a table."""
        known = self.schema.tables[table].rows
        if known is None and table not in self._counted:
            self._counted[table] = self.frames[table].count()
        return self._counted[table] if known is None else known

    def is_small(self, table: str) -> bool:
        """Whether all rows of a table are brought to the driver."""
        rows = self.rows(table)
        return rows <= self.settings.fit.driver_rows and rows * len(self.frames[table].columns) <= DRIVER_CELLS

    def _most(self, table: str) -> int:
        """Rows of a large table that are brought to the driver."""
        return max(1, min(self.settings.fit.sample_rows, DRIVER_CELLS // max(1, len(self.frames[table].columns))))

    def fitted(self, table: str) -> ArrowTable:
        """Rows of a table that are fitted."""
        return self._sample.rows(table)

    def entire(self, table: str) -> ArrowTable:
        """All rows of a small table."""
        frame = self.frames[table]
        if frame not in _collected:
            _collected[frame] = _collect(frame, self.schema.tables[table])
        return _collected[frame]

    def is_part(self, table: str) -> bool:
        """Whether rows of a table are left out of those that are fitted."""
        return self._sample.is_part(table)

    def of_each(self, table: str) -> ArrowTable:
        """Rows of a table that tell what the rows of every family that is fitted have in common."""
        return self._sample.of_each(table)

    def has_all_families(self, table: str) -> bool:
        """Whether all rows of all context parents that are fitted are fitted."""
        return self._sample.has_all_families(table)

    def has_whole_families(self, table: str) -> bool:
        """Whether, where a row is fitted, all rows of its family are."""
        return self._sample.has_whole_families(table)

    def counted(self, key: ForeignKey) -> IntArray:
        """Number of children, of all rows of the child, of each row of the parent that is fitted."""
        return self._sample.counted(key)


def _collect(frame: DataFrame, table: Table) -> ArrowTable:
    collected = collected_rows(frame, table)
    if not table.virtual:
        return collected
    # Distinct values come in any order, and what is fitted must not depend on it.
    names = list(collected.data)
    ordered = pa.table(list(collected.data.values()), names=names).sort_by([(name, "ascending") for name in names])
    data = {name: ordered.column(name).combine_chunks() for name in names}
    return ArrowTable(table.columns, data, collected.rows)
