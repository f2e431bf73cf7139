"""Shards fitted by the workers, each by one task: a grouped function over (table, shard) whose groups are packed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql import SparkSession

from synthspark.errors import ModelError
from synthspark.fit.kernel import FittedShard, ShardFit, shard_from_bytes, shard_to_bytes
from synthspark.spark_types import collect_arrow

FEWEST_CELLS = 5_000  # below this many numbers a shard is fitted before a task would start
_FORM = "place int, packed binary, fault string"


def fit_in_workers(spark: SparkSession, fits: Sequence[ShardFit]) -> list[FittedShard]:
    """Models of the shards and notes; tiny ones are fitted on the driver.

    Raises
    ------
    ModelError
        If not even independent columns can be fitted.
    """
    found = {place: fit.run() for place, fit in enumerate(fits) if fit.cells < FEWEST_CELLS}
    packed = [(place, fit.to_bytes(), None) for place, fit in enumerate(fits) if place not in found]
    if packed:
        rows = collect_arrow(spark.createDataFrame(packed, _FORM).mapInArrow(_fit_batches, _FORM))
        for place, fitted, fault in zip(*(rows.column(name).to_pylist() for name in rows.column_names), strict=True):
            if fault is not None:
                raise ModelError(fault)
            found[place] = shard_from_bytes(fitted)
    return [found[place] for place in range(len(fits))]


def _fit_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for place, packed in zip(batch.column("place"), batch.column("packed"), strict=True):
            fitted = fault = None
            try:
                fitted = shard_to_bytes(ShardFit.from_bytes(packed.as_py()).run())
            except ModelError as told:
                fault = str(told)  # raised again on the driver, without the worker's traceback around it
            columns = (
                pa.array([place.as_py()], pa.int32()),
                pa.array([fitted], pa.binary()),
                pa.array([fault], pa.string()),
            )
            yield pa.RecordBatch.from_arrays(list(columns), ["place", "packed", "fault"])
