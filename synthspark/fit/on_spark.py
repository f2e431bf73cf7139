"""Fitting on Spark: small tables come to the driver, large ones are summarised and fitted where they are."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
from pyspark.sql import DataFrame

from synthspark.artifacts.model import Shard, TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema, Table
from synthspark.config import Settings
from synthspark.fit.columns import typed
from synthspark.fit.in_memory import ArrowTable, InMemory
from synthspark.fit.kernel import fit_counts, fit_rows
from synthspark.fit.summaries import supported
from synthspark.fit.table import TableDesign, design_table
from synthspark.spark_types import collect_arrow
from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import arrow_type

logger = logging.getLogger(__name__)

MOST_CELLS_IN_MEMORY = 20_000_000  # rows times columns up to which a table of one shard is fitted on the driver

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
    started = time.monotonic()
    rows = _rows(frames, schema, table)
    role = schema.tables[table].role
    if role == "reference":
        return TableModel(table, role, rows)
    source = InMemory(_load(frames, schema, table), lambda name: _load(frames, schema, name))
    design = design_table(schema, plan, table, source, settings)
    shards, counts, notes = _fit_in_memory(source, design, table, settings)
    model = _assemble(table, role, source.rows, design, shards, counts, notes)
    logger.info("fit: table %s, %d rows, %.1f s", table, model.rows, time.monotonic() - started)
    return model


def _rows(frames: Mapping[str, DataFrame], schema: Schema, table: str) -> int:
    known = schema.tables[table].rows
    return frames[table].count() if known is None else known


def _load(frames: Mapping[str, DataFrame], schema: Schema, table: str) -> ArrowTable:
    frame = frames[table]
    if frame not in _collected:
        _collected[frame] = _collect(frame, schema.tables[table])
    return _collected[frame]


def _collect(frame: DataFrame, table: Table) -> ArrowTable:
    """Supported columns of a table, called by place on the way, since names may differ by case alone."""
    by_place = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    places = {name: place for place, name in enumerate(frame.columns)}
    wanted = [name for name, column in table.columns.items() if name in places and supported(column.type)]
    if not wanted:
        return ArrowTable(table.columns, {}, frame.count())
    collected = collect_arrow(by_place.select(*(f"c{places[name]}" for name in wanted)))
    data = {
        name: typed(_whole(column), arrow_type(table.columns[name].type))
        for name, column in zip(wanted, collected.columns, strict=True)
    }
    return ArrowTable(table.columns, data, collected.num_rows)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)


def engine_settings(settings: Settings) -> EngineSettings:
    """Bounds of privacy and size for the kernels."""
    return EngineSettings(k=settings.privacy.k, maximum_categories=settings.fit.maximum_categories)


def engine_name(settings: Settings, table: str) -> str:
    """The engine asked for."""
    wanted = settings.tables[table].engine if table in settings.tables else ""
    return wanted or settings.fit.engine


def _fit_in_memory(
    source: InMemory, design: TableDesign, table: str, settings: Settings
) -> tuple[list[Shard], list[Shard], dict[str, Any]]:
    context, rows = source.training_frames(design.encoding)
    bounds = engine_settings(settings)
    shards: list[Shard] = []
    counts: list[Shard] = []
    notes: dict[str, Any] = {"rows_used": rows.n_rows}
    fallbacks: list[str] = []
    if rows.names:
        shard, said = fit_rows(context, rows, engine_name(settings, table), bounds, settings.seed, (table, "rows", "0"))
        shards.append(shard)
        fallbacks += [said["fallback"]] if "fallback" in said else []
    if design.encoding.context_key is not None:
        parents = source.parent_frame(design.encoding)
        children = source.children_of(design.encoding.context_key)
        shard, said = fit_counts(parents, children, bounds, settings.seed, (table, "counts", "0"))
        counts.append(shard)
        fallbacks += [said["fallback"]] if "fallback" in said else []
    if fallbacks:
        notes["fallbacks"] = fallbacks
    return shards, counts, notes


def _assemble(
    table: str,
    role: str,
    rows: int,
    design: TableDesign,
    shards: list[Shard],
    counts: list[Shard],
    notes: Mapping[str, Any],
) -> TableModel:
    return TableModel(
        table=table,
        role=role,
        rows=rows,
        columns=design.columns,
        keys=design.keys,
        links=design.links,
        context=design.encoding.context,
        features=design.encoding.drawn,
        shards=tuple(shards),
        counts=tuple(counts),
        rootless_rows=design.rootless_rows,
        diagnostics={**design.notes, **notes},
    )
