"""Fitting on Spark: small tables come to the driver, large ones are summarised and fitted where they are."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import pyarrow as pa
from pyspark.sql import DataFrame

from synthspark.artifacts.model import Feature, Shard, TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema, Table
from synthspark.config import Settings
from synthspark.fit.columns import typed
from synthspark.fit.family import Family
from synthspark.fit.in_memory import ArrowTable, InMemory
from synthspark.fit.large.on_spark import Large, by_place
from synthspark.fit.large.workers import ShardFit
from synthspark.fit.shards.on_spark import ShardBounds, fit_count_shards, fit_row_shards
from synthspark.fit.small import Shards, engine_name, engine_settings, fit_small, table_model
from synthspark.fit.source import TableSource
from synthspark.fit.table import TableDesign, design_table
from synthspark.spark_types import collect_arrow
from synthspark.stats.frame import arrow_type, supported

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
        return Family(self.schema, self.plan, self.settings, self.load, self.is_in_memory)

    def fit(self, table: str) -> TableModel:
        """Model of one table; see `fit_table`."""
        started = time.monotonic()
        role = self.schema.tables[table].role
        if role == "reference":
            return TableModel(table, role, self.rows(table))
        source = self.source(table)
        relatives = self.family if self.settings.fit.relatives and self.is_in_memory(table) else None
        design = design_table(self.schema, self.plan, table, source, self.settings, relatives)
        model = table_model(table, source.rows, design, self.shards(table, source, design))
        logger.info("fit: table %s, %d rows, %.1f s", table, model.rows, time.monotonic() - started)
        return model

    def is_in_memory(self, table: str) -> bool:
        """Whether the table and all tables that it points to are small."""
        parents = {key.parent for key in self.schema.keys_in_force() if key.child == table}
        return all(self.is_small(name) for name in {table, *parents})

    def rows(self, table: str) -> int:
        known = self.schema.tables[table].rows
        if known is None and table not in self._counted:
            self._counted[table] = self.frames[table].count()
        return self._counted[table] if known is None else known

    def is_small(self, table: str) -> bool:
        rows = self.rows(table)
        return rows <= self.settings.fit.driver_rows and rows * len(self.frames[table].columns) <= DRIVER_CELLS

    def source(self, table: str) -> TableSource:
        """The table in memory, if it and all tables that it points to are small."""
        if self.is_in_memory(table):
            relatives = self.family if self.settings.fit.relatives else None
            return InMemory(self.load(table), self.load, table, relatives)
        return Large(self.schema.tables[table], self.frames, self.rows(table), self.alone)

    def alone(self, table: str) -> TableSource:
        """The table without its parents, in memory if it is small."""
        if self.is_small(table):
            return InMemory(self.load(table), self.load)
        return Large(self.schema.tables[table], self.frames, self.rows(table), self.alone)

    def load(self, table: str) -> ArrowTable:
        frame = self.frames[table]
        if frame not in _collected:
            _collected[frame] = _collect(frame, self.schema.tables[table])
        return _collected[frame]

    def shards(self, table: str, source: TableSource, design: TableDesign) -> Shards:
        """Models of the rows and of their number, and the reasons of fallbacks."""
        if isinstance(source, InMemory):
            return fit_small(table, source, design, self.settings)
        assert isinstance(source, Large)
        fit = self.settings.fit
        bounds = ShardBounds(min(fit.shard_rows, max(1, DRIVER_CELLS // len(design.columns))), fit.maximum_shards)
        key, encoding = design.encoding.context_key, design.encoding
        counted = source.link_counts(key) if key is not None else None
        shards: list[Shard] = []
        counts: list[Shard] = []
        fallbacks: list[str] = []
        if encoding.drawn:
            plan = self._shard_fit(table, "rows", encoding.context, encoding.drawn)
            shards, fallbacks = fit_row_shards(source, encoding, counted, plan, bounds)
        if key is not None:
            plan = self._shard_fit(table, "counts", encoding.context, ())
            counts, said = fit_count_shards(source, key, encoding.context, self.rows(key.parent), plan, bounds)
            fallbacks = fallbacks + said
        return Shards(shards, counts, [], fallbacks)

    def _shard_fit(self, table: str, purpose: str, context: tuple[Feature, ...], rows: tuple[Feature, ...]) -> ShardFit:
        return ShardFit(
            table,
            purpose,
            engine_name(self.settings, table),
            engine_settings(self.settings),
            self.settings.seed,
            context,
            rows,
        )


def _collect(frame: DataFrame, table: Table) -> ArrowTable:
    """Supported columns of a table, called by place on the way, since names may differ by case alone."""
    places = {name: place for place, name in enumerate(frame.columns)}
    wanted = [name for name, column in table.columns.items() if name in places and supported(column.type)]
    if not wanted:
        return ArrowTable(table.columns, {}, frame.count())
    collected = collect_arrow(by_place(frame).select(*(f"c{places[name]}" for name in wanted)))
    if table.virtual:  # distinct values come in any order, and what is fitted must not depend on it
        collected = collected.sort_by([(name, "ascending") for name in collected.column_names])
    data = {
        name: typed(_whole(column), arrow_type(table.columns[name].type))
        for name, column in zip(wanted, collected.columns, strict=True)
    }
    return ArrowTable(table.columns, data, collected.num_rows)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)
