"""The jobs that fit a large table: rows joined with their context, encoded as numbers, fitted shard by shard.

A shard's model depends on its rows only: which rows fall into it is told by hashes, and their order by their values.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.model import Feature, Shard
from synthspark.artifacts.schema import ForeignKey
from synthspark.fit.large.on_spark import Large, by_place, hash_sample, key_columns, key_names
from synthspark.fit.large.workers import (
    CHILDREN,
    SHARD,
    Batches,
    ShardFit,
    encode_rows,
    fit_shard,
    number_name,
    shards_from,
)
from synthspark.fit.source import Encoding, LinkCounts

RESULT = f"{SHARD} long, rows long, payload binary, note string"


@dataclass(frozen=True)
class ShardBounds:
    """Rows of one shard, and number of shards."""

    rows: int
    most: int

    def number(self, n_rows: int) -> int:
        return max(1, min(self.most, math.ceil(n_rows / self.rows)))

    def share(self, n_rows: int) -> float:
        """Share of the rows that all shards together can take."""
        return min(1.0, self.rows * self.most / max(n_rows, 1))


def fit_row_shards(
    source: Large, encoding: Encoding, counts: LinkCounts | None, fit: ShardFit, bounds: ShardBounds
) -> tuple[list[Shard], list[str]]:
    """Models of the rows, one a shard, and the reasons of fallbacks.

    Rows of one context parent stay together, unless a parent has so many that its shard would outgrow the others.
    """
    frame, key = source.frame, encoding.context_key
    everything = list(source.places.values())
    together = key is not None and max(counts.histogram if counts else {0: 1}) <= bounds.rows // 2
    dealt = F.xxhash64(*everything)
    if key is not None and together:
        own, _ = key_columns(source, key)
        missing = F.lit(False)
        for column in own:
            missing = missing | column.isNull()
        dealt = F.when(missing, dealt).otherwise(F.xxhash64(*own))
    rows = _dealt(frame, dealt, source.rows, bounds)
    columns = {name: place for name, place in source.places.items()}
    context = _context_columns(source, encoding)
    if key is not None and encoding.context:
        rows = _with_context(source, rows, encoding)
    drawn = _placed([*context, *_renamed(encoding.features, columns)])
    first = len(context) + len(encoding.features)
    indicators = {
        number_name(first + place): tuple(columns[name] for name in names)
        for place, names in enumerate(encoding.indicators.values())
    }
    first += len(indicators)
    references = {
        number_name(first + place): (tuple(columns[name] for name in link.free), link)
        for place, link in enumerate(encoding.references.values())
    }
    encode = encode_rows(drawn, indicators, references, (SHARD,))
    used = [feature.column for feature in drawn.values()]
    used += [name for names in indicators.values() for name in names]
    used += [name for names, _ in references.values() for name in names]
    return _fit(rows.select(SHARD, *dict.fromkeys(used)), encode, [*drawn, *indicators, *references], (), fit)


def fit_count_shards(
    source: Large, key: ForeignKey, context: tuple[Feature, ...], n_parents: int, fit: ShardFit, bounds: ShardBounds
) -> tuple[list[Shard], list[str]]:
    """Models of the number of children of each parent, one a shard, and the reasons of fallbacks."""
    parents = source.child_counts(key)
    places = {name: f"c{place}" for place, name in enumerate(source.frames[key.parent].columns)}
    rows = _dealt(parents, F.xxhash64(*key_names(key)), n_parents, bounds)
    drawn = _placed(_renamed(context, places))
    used = [feature.column for feature in drawn.values()]
    encode = encode_rows(drawn, {}, {}, (SHARD, CHILDREN))
    return _fit(rows.select(SHARD, CHILDREN, *dict.fromkeys(used)), encode, list(drawn), (CHILDREN,), fit)


def _dealt(frame: DataFrame, dealt: Column, n_rows: int, bounds: ShardBounds) -> DataFrame:
    """Rows with their shard, a sample of them where they are too many for all shards."""
    hashed = frame.withColumn("_ss_dealt", dealt)
    sampled = hash_sample(hashed, ["_ss_dealt"], bounds.share(n_rows))
    return sampled.withColumn(SHARD, F.pmod(F.col("_ss_dealt"), F.lit(bounds.number(n_rows))).cast("long"))


def _context_columns(source: Large, encoding: Encoding) -> list[Feature]:
    """Context features as columns p0, p1, ... of the joined rows."""
    return [dataclasses.replace(feature, column=f"p{place}") for place, feature in enumerate(encoding.context)]


def _with_context(source: Large, rows: DataFrame, encoding: Encoding) -> DataFrame:
    key = encoding.context_key
    assert key is not None
    child_keys, parent_keys = key_columns(source, key)
    names = source.frames[key.parent].columns
    features = [
        F.col(f"c{names.index(feature.column)}").alias(f"p{place}") for place, feature in enumerate(encoding.context)
    ]
    parents = by_place(source.frames[key.parent]).select(*parent_keys, *features).dropna(subset=key_names(key))
    # One row a key, whatever the source holds: a repeated parent must not multiply its children.
    one = F.min(F.struct(*(f"p{place}" for place in range(len(features))))).alias("one")
    unique = parents.groupBy(*key_names(key)).agg(one).select(*key_names(key), "one.*")
    return rows.select("*", *child_keys).join(unique, key_names(key), "left")


def _renamed(features: tuple[Feature, ...], places: dict[str, str]) -> list[Feature]:
    return [dataclasses.replace(feature, column=places[feature.column]) for feature in features]


def _placed(features: list[Feature]) -> dict[str, Feature]:
    return {number_name(place): feature for place, feature in enumerate(features)}


def _fit(
    rows: DataFrame,
    encode: Callable[[Batches], Batches],
    numbers: list[str],
    whole: tuple[str, ...],
    fit: ShardFit,
) -> tuple[list[Shard], list[str]]:
    form = ", ".join([f"{SHARD} long", *(f"{name} long" for name in whole), *(f"{name} double" for name in numbers)])
    encoded = rows.mapInArrow(encode, form)
    fitted = encoded.groupBy(SHARD).applyInPandas(fit_shard(fit), RESULT).collect()
    notes = sorted({row["note"] for row in fitted if row["note"]})
    return shards_from([(row[SHARD], row["rows"], bytes(row["payload"])) for row in fitted]), notes
