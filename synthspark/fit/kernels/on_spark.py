"""Shards fitted by the workers, each by one task: a grouped function over (table, shard) whose groups are packed."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql import SparkSession

from synthspark.errors import ModelError
from synthspark.fit.kernel import FittedShard, ShardFit
from synthspark.spark_types import collect_arrow

FEWEST_CELLS = 5_000  # below this many numbers a shard is fitted before a task would start
_FORM = "place int, packed binary"


def fit_in_workers(spark: SparkSession, fits: Sequence[ShardFit]) -> list[FittedShard]:
    """Models of the shards and notes; tiny ones are fitted on the driver.

    Raises
    ------
    ModelError
        If not even independent columns can be fitted.
    """
    found = {place: fit.run() for place, fit in enumerate(fits) if fit.cells < FEWEST_CELLS}
    # Pickles are for the way only, as Spark's own functions are; nothing of them is kept.
    packed = [(place, pickle.dumps(fit)) for place, fit in enumerate(fits) if place not in found]
    if packed:
        rows = collect_arrow(spark.createDataFrame(packed, _FORM).mapInArrow(_fit_batches, _FORM))
        places, answers = rows.column("place").to_pylist(), rows.column("packed").to_pylist()
        found |= {place: _opened(answer) for place, answer in zip(places, answers, strict=True)}
    return [found[place] for place in range(len(fits))]


def _fit_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for place, packed in zip(batch.column("place"), batch.column("packed"), strict=True):
            fit: ShardFit = pickle.loads(packed.as_py())
            yield _batch(place.as_py(), pickle.dumps(_answer(fit)))


def _answer(fit: ShardFit) -> FittedShard | str:
    try:
        return fit.run()
    except ModelError as fault:
        return str(fault)  # raised again on the driver, without the worker's traceback around it


def _opened(answer: bytes) -> FittedShard:
    found: FittedShard | str = pickle.loads(answer)
    if isinstance(found, str):
        raise ModelError(found)
    return found


def _batch(place: int, packed: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array([place], pa.int32()), pa.array([packed], pa.binary())], ["place", "packed"]
    )
