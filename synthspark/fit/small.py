"""The models of a table that is in memory, fitted by the driver in a few shards."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthspark.artifacts.model import Shard, TableModel
from synthspark.config import Settings
from synthspark.fit.in_memory import InMemory
from synthspark.fit.kernel import fit_counts, fit_rows
from synthspark.fit.table import TableDesign
from synthspark.seeds import WordArray
from synthspark.stats.engine import EngineSettings, IntArray
from synthspark.stats.features import SIBLINGS

MOST_SHARDS = 4  # fitted of a table in memory: its other rows say little more
Shards = tuple[list[Shard], list[Shard], list[str]]  # of the rows, of their number, and the reasons of fallbacks


def fit_small(table: str, source: InMemory, design: TableDesign, settings: Settings) -> Shards:
    """Models of the rows and of the number of rows a context parent has."""
    context, rows = source.training_frames(design.encoding)
    bounds, seed = engine_settings(settings), settings.seed
    shards, counts, notes = [], [], []
    if rows.names:
        for place, part in enumerate(shards_of(source.dealt(design.encoding), settings)):
            owner = (table, "rows", str(place))
            fitted, said = fit_rows(
                context.take(part), rows.take(part), engine_name(settings, table), bounds, seed, owner
            )
            shards.append(fitted)
            notes.append(said)
    if design.encoding.context_key is not None and not any(
        feature.name == SIBLINGS for feature in design.encoding.context
    ):
        children = source.children_of(design.encoding.context_key)
        fitted, said = fit_counts(source.parent_frame(design.encoding), children, bounds, seed, (table, "counts", "0"))
        counts.append(fitted)
        notes.append(said)
    return shards, counts, [str(said["fallback"]) for said in notes if "fallback" in said]


def shards_of(dealt: WordArray, settings: Settings) -> list[IntArray]:
    """Rows of each shard; a family stays together, for its rows are dealt by the same hash."""
    rows = settings.fit.shard_rows
    number = min(max(1, -(-dealt.size // rows)), settings.fit.maximum_shards)
    if number == 1:
        return [np.arange(dealt.size)]
    shard = (dealt % np.uint64(number)).astype(np.int64)
    return [np.flatnonzero(shard == place) for place in range(min(number, MOST_SHARDS))]


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
