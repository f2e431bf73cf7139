"""Distinct values of personal, text and key columns on both sides, compared by their hashes."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.schema import Schema
from synthspark.config import EvaluateSettings
from synthspark.evaluate.database import Task, run_tasks
from synthspark.evaluate.privacy.overlap import Overlap, columns_to_compare, expects_none
from synthspark.spark_types import collect_arrow

WordArray = np.ndarray[tuple[int], np.dtype[np.uint64]]


def compare_values(
    sides: Mapping[str, tuple[DataFrame, DataFrame]], schema: Schema, settings: EvaluateSettings
) -> tuple[Overlap, ...]:
    """How many real values turn up, by column; of large tables, among the values whose hash is below a threshold.

    The threshold is the same on both sides, so that a value is looked for wherever it may be.
    """
    wanted: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in columns_to_compare(schema):
        if table in sides and all(column in side.columns for side in sides[table]):
            wanted.setdefault(table, []).append((column, kind))
    tasks = [
        Task(table, functools.partial(_compare_table, table, columns, sides[table], schema, settings.sample_rows))
        for table, columns in wanted.items()
    ]
    found, _ = run_tasks(tasks, settings)
    return tuple(overlap for table in wanted if table in found for overlap in found[table])


def _compare_table(
    table: str,
    columns: list[tuple[str, str]],
    sides: tuple[DataFrame, DataFrame],
    schema: Schema,
    limit: int,
) -> list[Overlap]:
    rows = schema.tables[table].rows
    share = 1.0 if rows is None or rows <= limit else limit / rows
    names = [column for column, _ in columns]
    real, synthetic = (_distinct(side, names, share, limit) for side in sides)
    return [
        Overlap(
            table,
            column,
            kind,
            schema.tables[table].columns[column].semantic,
            synthetic[column].size,
            real[column].size,
            int(np.isin(synthetic[column], real[column], assume_unique=True).sum()),
            expects_none(schema, table, column),
        )
        for column, kind in columns
    ]


def _distinct(frame: DataFrame, names: list[str], share: float, limit: int) -> dict[str, WordArray]:
    """Distinct hashes of each column below the threshold; one job for a small table, one a column for a large one."""
    renamed = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    hashes = {name: _hash(F.col(f"c{frame.columns.index(name)}")).alias("hash") for name in names}
    if share >= 1.0:
        together = renamed.select(*(hashes[name].alias(f"h{place}") for place, name in enumerate(names)))
        rows = collect_arrow(together.limit(8 * limit))
        return {name: _words(rows.column(f"h{place}")) for place, name in enumerate(names)}
    below = F.shiftrightunsigned("hash", 11).cast("double") * F.lit(2.0**-53) < F.lit(share)
    return {
        name: _words(collect_arrow(renamed.select(hashes[name]).where(below).distinct().limit(8 * limit)).column(0))
        for name in names
    }


def _hash(values: Column) -> Column:
    """Hash of a value as text, null for a missing or empty one."""
    text = F.trim(values.cast("string"))
    return F.when(text != "", F.xxhash64(text))


def _words(hashes: pa.ChunkedArray) -> WordArray:
    present = hashes.drop_null().cast(pa.int64()).to_numpy()
    return np.unique(present.view(np.uint64))
