"""Distinct values of personal, text and key columns on both sides, compared by their hashes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.identity import ALONE_HARMLESS
from synthspark.artifacts.schema import Schema
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.database import Task, run_tasks
from synthspark.evaluate.privacy.overlap import Compared, Overlap, Values, columns_to_compare, overlap_of
from synthspark.spark_types import collect_arrow, telling_text
from synthspark.stats.providers_format import DEFAULT_LOCALE
from synthspark.stats.providers_pools import public_names

_ROOM = 8  # values of a table are collected up to this many times the rows of a sample


@dataclass(frozen=True)
class _Judged:
    """By what shared values are judged, and of how many rows a table they are looked for."""

    schema: Schema
    people: Sequence[str]
    privacy: PrivacySettings
    limit: int


def compare_values(
    sides: Mapping[str, tuple[DataFrame, DataFrame]],
    schema: Schema,
    settings: EvaluateSettings,
    people: Sequence[str] = (),
    privacy: PrivacySettings | None = None,
) -> tuple[Overlap, ...]:
    """How many real values turn up, by column; of large tables, among the values whose hash is below a threshold.

    The threshold is the same on both sides, so that a value is looked for wherever it may be. `people` are the tables
    of which each row is a person.
    """
    wanted: dict[str, list[Compared]] = {}
    for compared in columns_to_compare(schema):
        both = sides.get(compared.table, ())
        if both and all(name in side.columns for side in both for name in compared.columns):
            wanted.setdefault(compared.table, []).append(compared)
    judged = _Judged(schema, people, privacy or PrivacySettings(), settings.sample_rows)
    tasks = [
        Task(table, functools.partial(_compare_table, columns, sides[table], judged))
        for table, columns in wanted.items()
    ]
    found, _ = run_tasks(tasks, settings)
    return tuple(overlap for table in wanted if table in found for overlap in found[table])


def _compare_table(wanted: list[Compared], sides: tuple[DataFrame, DataFrame], judged: _Judged) -> list[Overlap]:
    rows = judged.schema.tables[wanted[0].table].rows
    share = 1.0 if rows is None or rows <= judged.limit else judged.limit / rows
    real, synthetic = (_values(side, wanted, share, judged.limit) for side in sides)
    locale = judged.privacy.locale or DEFAULT_LOCALE
    return [
        overlap_of(
            compared,
            judged.schema,
            real[compared],
            synthetic[compared],
            compared.fewest_holders(judged.people, judged.privacy.k),
            public_names(compared.semantic, locale) if compared.semantic in ALONE_HARMLESS else (),
            k=judged.privacy.k,
        )
        for compared in wanted
    ]


def _values(frame: DataFrame, wanted: list[Compared], share: float, limit: int) -> dict[Compared, Values]:
    """Hashes of each column below the threshold; one job for a small table, one a column for a large one."""
    places = {name: f"c{place}" for place, name in enumerate(frame.columns)}
    renamed = frame.toDF(*places.values())
    hashes = {compared: _hash(compared, places).alias("hash") for compared in wanted}
    if share >= 1.0:
        together = renamed.select(*(hashes[compared].alias(f"h{place}") for place, compared in enumerate(wanted)))
        rows = collect_arrow(together.limit(_ROOM * limit))
        return {compared: _counted(rows.column(f"h{place}")) for place, compared in enumerate(wanted)}
    below = F.shiftrightunsigned("hash", 11).cast("double") * F.lit(2.0**-53) < F.lit(share)
    n_rows = frame.count()
    return {
        compared: _grouped(renamed.select(hashes[compared]).where(below), _ROOM * limit, n_rows) for compared in wanted
    }


def _hash(compared: Compared, places: Mapping[str, str]) -> Column:
    """Hash of the values as texts, null where one says nothing; case tells keys apart, but not people."""
    if compared.kind == "key":
        text = F.trim(F.col(places[compared.columns[0]]).cast("string"))
        return F.when(text != "", F.xxhash64(text))
    texts = [telling_text(F.col(places[name]), cased=compared.kind == "text") for name in compared.columns]
    complete = functools.reduce(Column.__and__, [text.isNotNull() for text in texts])
    return F.when(complete, F.xxhash64(*texts))


def _counted(hashes: pa.ChunkedArray) -> Values:
    present = hashes.drop_null().cast(pa.int64()).to_numpy()
    return Values(*np.unique(present.view(np.uint64), return_counts=True), n_rows=len(hashes))


def _grouped(hashes: DataFrame, limit: int, n_rows: int) -> Values:
    rows = collect_arrow(hashes.groupBy("hash").agg(F.count(F.lit(1)).alias("n_rows")).limit(limit))
    words = rows.column("hash").cast(pa.int64()).to_numpy().view(np.uint64)
    order = np.argsort(words)
    return Values(words[order], rows.column("n_rows").to_numpy()[order], n_rows)
