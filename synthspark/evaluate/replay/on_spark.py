"""Queries and declared tasks run on both databases, one side after the other, under the tables' own names."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import Column, Schema
from synthspark.config import EvaluateSettings, TaskSettings
from synthspark.errors import ConfigError
from synthspark.evaluate.replay.answers import MOST_ROWS, Answer, compare_answers, read_queries, scale_of
from synthspark.evaluate.replay.generated import generated_queries
from synthspark.evaluate.sample import TablePair
from synthspark.evaluate.selection import domain_of, encode_columns
from synthspark.evaluate.utility.tasks import MOST_ROWS as MOST_LEARNED
from synthspark.evaluate.utility.tasks import Task
from synthspark.spark_types import collect_arrow, logical_type
from synthspark.stats.frame import Domain, Frame
from synthspark.stats.predicting import Examples

logger = logging.getLogger(__name__)

Tables = Mapping[str, DataFrame]


def replay_queries(
    real: Tables,
    synthetic: Tables,
    schema: Schema,
    settings: EvaluateSettings,
    pairs: Mapping[str, TablePair],
) -> list[tuple[Score, dict[str, Any]]]:
    """The user's own queries and generated ones on both sides, compared.

    Raises
    ------
    ConfigError
        If the file that `evaluate.queries` names cannot be read.
    """
    queries = _own_queries(settings) + list(generated_queries(schema, pairs, settings.generated_queries))
    if not queries:
        return []
    scale = scale_of({name: (pair.real.n_rows, pair.synthetic.n_rows) for name, pair in pairs.items()})
    answers = [_answer_all(side, queries, settings.concurrency) for side in (real, synthetic)]
    return [compare_answers(name, a, b, scale) for (name, _), a, b in zip(queries, *answers, strict=True)]


def _own_queries(settings: EvaluateSettings) -> list[tuple[str, str]]:
    if not settings.queries:
        return []
    try:
        return read_queries(Path(settings.queries).read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigError(
            f"evaluate.queries: {settings.queries} cannot be read ({type(fault).__name__}); expected a file of SQL "
            "statements, each ended by a semicolon"
        ) from fault


def _answer_all(tables: Tables, queries: Sequence[tuple[str, str]], concurrency: int) -> list[Answer]:
    """Answers in the order of the queries, several of which run at a time: most are short, and wait for Spark."""
    with _under_their_names(tables) as spark, ThreadPoolExecutor(concurrency) as threads:
        return list(threads.map(functools.partial(_answer, spark), [query for _, query in queries]))


def _answer(spark: Any, query: str) -> Answer:
    try:
        found = spark.sql(query)
        rows = collect_arrow(found.limit(MOST_ROWS))
        n_rows = rows.num_rows if rows.num_rows < MOST_ROWS else found.count()
        return Answer(_plain(rows).to_pandas(), n_rows)
    except Exception as fault:  # a query of the user's: whatever Spark says of it is its answer
        logger.debug("a query failed", exc_info=True)
        return Answer(None, error=_error_class(fault))


def _plain(rows: pa.Table) -> pa.Table:
    """Decimals as doubles, so that numbers are numbers."""
    kinds = [pa.float64() if pa.types.is_decimal(field.type) else field.type for field in rows.schema]
    return rows.cast(pa.schema([pa.field(f.name, kind) for f, kind in zip(rows.schema, kinds, strict=True)]))


def _error_class(fault: Exception) -> str:
    """Spark's name of the error, in brackets before its text; the text may quote a cell."""
    named = re.match(r"\s*\[([A-Z0-9_.]+)\]", str(fault))
    return named[1] if named else type(fault).__name__


@contextmanager
def _under_their_names(tables: Tables) -> Iterator[Any]:
    """The session in which each table is a temporary view of its name, while the block runs."""
    spark, named = None, []
    for name, frame in tables.items():
        spark = frame.sparkSession
        with suppress(Exception):  # a name that no view can have: queries on it fail on both sides
            frame.createOrReplaceTempView(f"`{name}`" if not name.isidentifier() else name)
            named.append(name)
    try:
        yield spark
    finally:
        for name in named:
            if spark is not None:
                spark.catalog.dropTempView(name)


def declared_tasks(
    real: Tables, synthetic: Tables, held: Tables, settings: EvaluateSettings
) -> list[Task | tuple[str, str]]:
    """The tasks of the config with their rows, or a task's name and why it could not be read."""
    if not settings.tasks:
        return []
    sides: list[list[pa.Table | str | None]] = []
    for tables in (real, synthetic, {**real, **held} if held else {}):
        if not tables:
            sides.append([None] * len(settings.tasks))
            continue
        with _under_their_names(tables) as spark:
            sides.append([_rows(spark, task) for task in settings.tasks])
    return [_declared(task, *rows) for task, *rows in zip(settings.tasks, *sides, strict=True)]


def _rows(spark: Any, task: TaskSettings) -> pa.Table | str:
    try:
        found = spark.sql(task.sql)
        if task.target not in found.columns:
            return f"its query has no column {task.target}"
        return collect_arrow(found.limit(2 * MOST_LEARNED))
    except Exception as fault:  # as of any query
        logger.debug("the query of task %s failed", task.name, exc_info=True)
        return f"its query fails ({_error_class(fault)})"


def _declared(task: TaskSettings, real: Any, synthetic: Any, held: Any) -> Task | tuple[str, str]:
    fault = next((side for side in (real, synthetic, held) if isinstance(side, str)), "")
    if fault:
        return task.name, fault
    domains: dict[str, Domain] = {}
    for field in real.schema:
        found = domain_of(real.column(field.name), Column(_logical(field.type)))
        if isinstance(found, Domain):
            domains[field.name] = found
    if task.target not in domains:
        return task.name, "its target is constant, missing, or a text of many values"
    frames = [encode_columns(side, domains)[0] for side in (real, synthetic, held) if side is not None]
    names = tuple(name for name in domains if name != task.target)
    target = domains[task.target]
    few = np.unique(frames[0].column(task.target)).size == 2
    seen = held is None
    half = np.arange(frames[0].n_rows) % 2 == 0
    train, test = (frames[0].take(half), frames[0].take(~half)) if seen else (frames[0], frames[2])
    learned, copied, tested = (_examples(frame, names, task.target) for frame in (train, frames[1], test))
    return Task(
        task.name,
        task.target,
        names,
        np.array([domains[name].kind == "category" for name in names], dtype=np.bool_),
        target.kind == "category" or few,
        learned,
        copied,
        tested,
        seen=seen,
        declared=True,
    )


def _logical(kind: pa.DataType) -> str:
    from pyspark.sql.pandas.types import from_arrow_type

    return logical_type(from_arrow_type(kind))


def _examples(frame: Frame, names: tuple[str, ...], target: str) -> Examples:
    kept = frame.select(names).matrix[:, :MOST_LEARNED].T
    return Examples(kept, frame.column(target)[:MOST_LEARNED])
