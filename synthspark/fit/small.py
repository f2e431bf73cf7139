"""The models of a table that is in memory, fitted by the driver as one shard."""

from __future__ import annotations

from typing import Any

from synthspark.artifacts.model import Shard, TableModel
from synthspark.config import Settings
from synthspark.fit.in_memory import InMemory
from synthspark.fit.kernel import fit_counts, fit_rows
from synthspark.fit.table import TableDesign
from synthspark.stats.engine import EngineSettings

Shards = tuple[list[Shard], list[Shard], list[str]]  # of the rows, of their number, and the reasons of fallbacks


def fit_small(table: str, source: InMemory, design: TableDesign, settings: Settings) -> Shards:
    """Models of the rows and of the number of rows a context parent has."""
    context, rows = source.training_frames(design.encoding)
    bounds, seed = engine_settings(settings), settings.seed
    shards, counts, notes = [], [], []
    if rows.names:
        fitted, said = fit_rows(context, rows, engine_name(settings, table), bounds, seed, (table, "rows", "0"))
        shards.append(fitted)
        notes.append(said)
    if design.encoding.context_key is not None:
        children = source.children_of(design.encoding.context_key)
        fitted, said = fit_counts(source.parent_frame(design.encoding), children, bounds, seed, (table, "counts", "0"))
        counts.append(fitted)
        notes.append(said)
    return shards, counts, [str(said["fallback"]) for said in notes if "fallback" in said]


def engine_settings(settings: Settings) -> EngineSettings:
    """Bounds of privacy and size for the kernels."""
    return EngineSettings(k=settings.privacy.k, maximum_categories=settings.fit.maximum_categories)


def engine_name(settings: Settings, table: str) -> str:
    """The engine asked for."""
    wanted = settings.tables[table].engine if table in settings.tables else ""
    return wanted or settings.fit.engine


def table_model(table: str, rows: int, design: TableDesign, fitted: Shards) -> TableModel:
    """The model of a synthesized table from its parts."""
    shards, counts, fallbacks = fitted
    notes: dict[str, Any] = {"rows_used": sum(shard.rows for shard in shards), **design.notes}
    if fallbacks:
        notes["fallbacks"] = fallbacks
    return TableModel(
        table=table,
        role="synthesize",
        rows=rows,
        columns=design.columns,
        keys=design.keys,
        links=design.links,
        context=design.encoding.context,
        features=design.encoding.drawn,
        shards=tuple(shards),
        counts=tuple(counts),
        rootless_rows=design.rootless_rows,
        diagnostics=notes,
    )
