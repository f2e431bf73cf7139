"""The models of a table that is in memory, fitted by the driver in a few shards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthspark.artifacts.model import Shard, TableModel
from synthspark.config import Settings
from synthspark.fit.in_memory import InMemory
from synthspark.fit.kernel import fit_counts, fit_rows
from synthspark.fit.sampled import Sampled
from synthspark.fit.source import Encoding
from synthspark.fit.table import TableDesign
from synthspark.seeds import WordArray
from synthspark.stats.engine import EngineSettings, IntArray
from synthspark.stats.features import before_links, beside
from synthspark.stats.frame import Frame
from synthspark.stats.limits import limits_of

MOST_SHARDS = 4  # fitted of a table in memory: its other rows say little more


@dataclass(frozen=True)
class Shards:
    """Models of the rows, of their number, of their references, and the reasons of fallbacks."""

    rows: list[Shard]
    counts: list[Shard]
    links: list[Shard]
    fallbacks: list[str]


def in_stages(encoding: Encoding) -> bool:
    """Whether references are drawn before the rest, so that the rest can follow the parents that they find."""
    return bool(encoding.linking) and bool(encoding.surroundings)


def fit_small(table: str, source: InMemory | Sampled, design: TableDesign, settings: Settings) -> Shards:
    """Models of the rows and of the number of rows a context parent has."""
    encoding, seed = design.encoding, settings.seed
    bounds = replace(engine_settings(settings), limits=limits_of(encoding.drawn))
    context, rows = source.training_frames(encoding)
    parts = shards_of(source.dealt(encoding), settings)
    links: list[Shard] = []
    notes: list[Mapping[str, Any]] = []

    def fitted(given: Frame, wanted: Frame, purpose: str) -> list[Shard]:
        found = []
        for place, part in enumerate(parts if wanted.names else []):
            owner = (table, purpose, str(place))
            shard, said = fit_rows(given.take(part), wanted.take(part), settings.engine_of(table), bounds, seed, owner)
            found.append(shard)
            notes.append(said)
        return found

    if in_stages(encoding):
        linking = rows.select([feature.name for feature in encoding.linking])
        links = fitted(context.select(before_links(encoding.context)), linking, "links")
        rows = rows.select([feature.name for feature in encoding.following])
        context = beside(context, linking)
    shards, counts = fitted(context, rows, "rows"), []
    if encoding.context_key is not None and not source.counted_above(encoding.context_key):
        children = source.children_of(encoding.context_key)
        shard, said = fit_counts(source.parent_frame(encoding), children, bounds, seed, (table, "counts", "0"))
        counts.append(shard)
        notes.append(said)
    return Shards(shards, counts, links, [str(said["fallback"]) for said in notes if "fallback" in said])


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


def table_model(table: str, rows: int, design: TableDesign, fitted: Shards) -> TableModel:
    """The model of a synthesized table from its parts."""
    notes: dict[str, Any] = {"rows_used": sum(shard.rows for shard in fitted.rows), **design.notes}
    if fitted.fallbacks:
        notes["fallbacks"] = fitted.fallbacks
    encoding = design.encoding
    staged = in_stages(encoding)
    return TableModel(
        table=table,
        role="synthesize",
        rows=rows,
        columns=design.columns,
        keys=design.keys,
        links=design.links,
        context=encoding.context,
        features=encoding.following if staged else encoding.drawn,
        shards=tuple(fitted.rows),
        counts=tuple(fitted.counts),
        link_features=encoding.linking if staged else (),
        link_shards=tuple(fitted.links),
        surroundings=encoding.surroundings,
        rootless_rows=design.rootless_rows,
        diagnostics=notes,
    )
