"""The models of a table that is in memory, in a few shards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthspark.artifacts.model import Shard, TableModel
from synthspark.config import Settings
from synthspark.fit.in_memory import InMemory
from synthspark.fit.kernel import COUNTS, Runner, ShardFit, run_in_turn
from synthspark.fit.sampled import Sampled
from synthspark.fit.source import Encoding
from synthspark.fit.table import TableDesign
from synthspark.seeds import WordArray
from synthspark.stats.engine import EngineSettings, IntArray
from synthspark.stats.features import before_links, beside
from synthspark.stats.frame import Domain, Frame
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


def fit_small(
    table: str, source: InMemory | Sampled, design: TableDesign, settings: Settings, run: Runner = run_in_turn
) -> Shards:
    """Models of the rows and of the number of rows a context parent has, all fitted by one call of `run`."""
    fits = _shard_fits(table, source, design.encoding, settings)
    fitted = list(zip(fits, run(fits), strict=True))

    def made_for(purpose: str) -> list[Shard]:
        return [shard for fit, (shard, _) in fitted if fit.purpose == purpose]

    fallbacks = [str(said["fallback"]) for _, (_, said) in fitted if "fallback" in said]
    return Shards(made_for("rows"), made_for(COUNTS), made_for("links"), fallbacks)


def _shard_fits(table: str, source: InMemory | Sampled, encoding: Encoding, settings: Settings) -> list[ShardFit]:
    context, rows = source.training_frames(encoding)
    counted = _rows_of_references(encoding) if rows.n_rows < source.rows else {}
    bounds = replace(engine_settings(settings), limits=limits_of(encoding.drawn), rows=counted)
    parts = shards_of(source.dealt(encoding), settings)

    def fit(given: Frame, wanted: Frame, purpose: str, place: int = 0) -> ShardFit:
        owner = (table, purpose, str(place))
        return ShardFit(owner, given, wanted, settings.engine_of(table), bounds, settings.seed)

    def shards(given: Frame, wanted: Frame, purpose: str) -> list[ShardFit]:
        used = parts if wanted.names else []
        return [fit(given.take(part), wanted.take(part), purpose, place) for place, part in enumerate(used)]

    found = []
    if in_stages(encoding):
        linking = rows.select([feature.name for feature in encoding.linking])
        found += shards(context.select(before_links(encoding.context)), linking, "links")
        rows = rows.select([feature.name for feature in encoding.following])
        context = beside(context, linking)
    found += shards(context, rows, "rows")
    if encoding.context_key is not None and not source.counted_above(encoding.context_key):
        children = source.children_of(encoding.context_key).astype(np.float64)
        counts = Frame((COUNTS,), (Domain("number", "long"),), children[None, :])
        found.append(fit(source.parent_frame(encoding), counts, COUNTS))
    return found


def _rows_of_references(encoding: Encoding) -> dict[str, list[float]]:
    """Rows that point to each frequent row of a copied table, and to all others, as counted on all rows."""
    found = {}
    for name, link in encoding.references.items():
        found[name] = [*link.weights[: link.frequent], sum(link.weights[link.frequent :])]
    return found


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
