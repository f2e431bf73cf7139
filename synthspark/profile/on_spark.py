"""Profile tables: small ones on the driver in one job, big ones by partial summaries in the workers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.profile import DatabaseProfile, TableProfile
from synthspark.artifacts.sketches import DatabaseSketches, RowSample, TableSketch
from synthspark.config import DiscoverSettings
from synthspark.errors import DataError, SynthsparkError
from synthspark.profile.finish import finish
from synthspark.profile.packing import pack, unpack
from synthspark.profile.summary import ROW_SAMPLE, Bounds, TableSummary, merge, merge_all, summarise
from synthspark.progress import Progress
from synthspark.spark_types import collect_arrow, logical_type
from synthspark.stats.hashing import BINARY, family, hash_values

logger = logging.getLogger(__name__)

STAGE = "profile"
CHUNK_ROWS = 131_072  # rows summarised at a time in a worker: large enough to be quick, small enough for its memory
CHUNK_BYTES = 64_000_000  # and of wide tables and long texts, whose rows are large
PROBED_ROWS = 10_000  # rows collected before it is known how many there are
MERGERS = 4  # workers that merge partial summaries before the driver does
KEPT_CELLS = 4_000_000  # value hashes of whole rows kept of one small table: 32 MB
ALL_CELLS = 40_000_000  # and of all tables together
KEPT_BYTES = 64_000_000  # rows kept of one table, in memory
ALL_BYTES = 256_000_000  # and of all tables together


def profile_database(
    frames: Mapping[str, DataFrame], settings: DiscoverSettings, progress: Progress
) -> tuple[DatabaseProfile, DatabaseSketches]:
    """Profiles and sketches of all tables; the sketches stay in memory.

    Raises
    ------
    DataError
        One line for each table that cannot be read to the end.
    """
    progress.begin(STAGE, dict.fromkeys(frames))

    def profile_one(name: str) -> tuple[TableProfile, TableSketch] | str:
        try:
            found = profile_table(name, frames[name], settings)
        except SynthsparkError as fault:
            return str(fault)
        except Exception as fault:  # Spark's errors have no class in common; all others go on as they are
            if not _is_spark_fault(fault):
                raise
            return _explain(name, fault)
        progress.finish(STAGE, name, found[0].rows)
        return found

    with ThreadPoolExecutor(settings.concurrency) as pool:
        results = dict(zip(frames, pool.map(profile_one, frames), strict=True))
    faults = [result for result in results.values() if isinstance(result, str)]
    if faults:
        raise DataError("\n".join(faults))
    found = {name: result for name, result in results.items() if not isinstance(result, str)}
    progress.end(STAGE)
    profile = DatabaseProfile({name: result[0] for name, result in found.items()})
    return profile, _within_memory(DatabaseSketches({name: result[1] for name, result in found.items()}))


def profile_table(name: str, frame: DataFrame, settings: DiscoverSettings) -> tuple[TableProfile, TableSketch]:
    """Profile and sketches of one table."""
    types = {field.name: logical_type(field.dataType) for field in frame.schema.fields}
    positional = frame.toDF(*(f"c{place}" for place in range(len(types))))
    names = {f"c{place}": column for place, column in enumerate(types)}
    rows = _few_rows(positional, settings.driver_rows)
    if rows is not None:
        summary = _renamed(summarise(rows, Bounds(max(rows.num_rows, 1), max(rows.num_rows, 1))), names)
        table, sketch = finish(name, summary, types, settings)
        return table, _with_rows(sketch, rows.rename_columns(list(types)), all_rows=True)
    summary = _renamed(_summarise_in_workers(positional, settings), names)
    table, sketch = finish(name, summary, types, settings)
    return table, _with_rows(sketch, summary.sample.items, all_rows=False)


def _few_rows(frame: DataFrame, most: int) -> pa.Table | None:
    """All rows if there are at most so many; a large table is told from a few rows and a count that stops early."""
    first = min(most, PROBED_ROWS)
    rows = collect_arrow(frame.limit(first + 1)) if first else None
    if rows is None or rows.num_rows <= first:
        return rows
    if frame.select(F.lit(1)).limit(most + 1).count() > most:
        return None
    return collect_arrow(frame)


def _renamed(summary: TableSummary, names: Mapping[str, str]) -> TableSummary:
    items = summary.sample.items
    sample = replace(summary.sample, items=items.rename_columns([names[name] for name in items.column_names]))
    columns = {names[name]: column for name, column in summary.columns.items()}
    return replace(summary, columns=columns, sample=sample)


def _summarise_in_workers(frame: DataFrame, settings: DiscoverSettings) -> TableSummary:
    bounds = Bounds.of(len(frame.columns), settings.sketch_size)
    partials = frame.mapInArrow(partial(_summarise_partition, bounds=bounds), "summary binary")
    merged = partials.repartition(MERGERS).mapInArrow(_merge_partition, "summary binary")
    parts = [unpack(data) for data in collect_arrow(merged).column(0).to_pylist()]
    empty = pa.Table.from_batches([], schema=_arrow_schema(frame))
    return merge_all(parts) if parts else summarise(empty, bounds)


def _arrow_schema(frame: DataFrame) -> pa.Schema:
    return collect_arrow(frame.limit(0)).schema


def _summarise_partition(batches: Iterator[pa.RecordBatch], *, bounds: Bounds) -> Iterator[pa.RecordBatch]:
    context = TaskContext.get()
    position = (context.partitionId() if context else 0) << 24
    summary: TableSummary | None = None
    for chunk in _chunks(batches):
        part = summarise(chunk, bounds, position=position, known=summary)
        summary = part if summary is None else merge(summary, part)
        position += 1
    if summary is not None:
        yield _packed(summary)


def _chunks(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)


def _merge_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    summary: TableSummary | None = None
    for batch in batches:
        for data in batch.column(0).to_pylist():
            part = unpack(data)
            summary = part if summary is None else merge(summary, part)
    if summary is not None:
        yield _packed(summary)


def _packed(summary: TableSummary) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([pack(summary)], pa.binary())], ["summary"])


def _with_rows(sketch: TableSketch, rows: pa.Table, *, all_rows: bool) -> TableSketch:
    """The sketch with whole rows and their value hashes, for what needs several columns at a time."""
    sample = _row_sample(rows, complete=all_rows)
    if rows.num_rows * len(sketch.columns) > KEPT_CELLS:
        rows, all_rows = rows.slice(0, KEPT_CELLS // len(sketch.columns)), False
    held = [rows.column(name).combine_chunks() if name in rows.column_names else None for name in sketch.columns]
    hashes = np.zeros((len(held), rows.num_rows), np.uint64)
    nulls = np.ones((len(held), rows.num_rows), bool)
    for place, column in enumerate(held):
        if column is not None:
            hashes[place] = hash_values(column)
            nulls[place] = pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False)
    return replace(sketch, rows=hashes, nulls=nulls, all_rows=all_rows, sample=sample)


def _copied(rows: pa.Table) -> pa.Table:
    """The rows in memory of their own, so that what they were cut from can go."""
    return rows.take(np.arange(rows.num_rows))


def _row_sample(rows: pa.Table, *, complete: bool) -> RowSample:
    """The rows without nested and binary columns, as many as the bound on memory allows."""
    kept = rows.select([field.name for field in rows.schema if family(field.type) not in (None, BINARY)])
    if kept.nbytes > KEPT_BYTES:
        kept, complete = _copied(kept.slice(0, ROW_SAMPLE)), False
    return RowSample(kept, complete)


def _within_memory(sketches: DatabaseSketches) -> DatabaseSketches:
    """The same with fewer rows of the largest tables, as far as the bound on memory asks."""
    tables, left = dict(sketches.tables), ALL_CELLS
    for name, table in sorted(tables.items(), key=lambda item: item[1].rows.size):
        left -= table.rows.size
        if left < 0:
            tables[name] = table.first_rows(ROW_SAMPLE)
    size = 0
    for name, table in sorted(tables.items(), key=lambda item: item[1].sample.rows.nbytes if item[1].sample else 0):
        if table.sample is not None:
            size += table.sample.rows.nbytes
            if size > ALL_BYTES:
                few = _copied(table.sample.rows.slice(0, ROW_SAMPLE))
                tables[name] = replace(table, sample=RowSample(few, complete=False))
    return DatabaseSketches(tables)


def _is_spark_fault(fault: Exception) -> bool:
    """Whether Spark failed, and not the code that runs in its workers."""
    from_spark = type(fault).__module__.split(".")[0] in ("pyspark", "py4j", "grpc")
    return from_spark and "PythonException" not in type(fault).__name__ and "PythonException" not in str(fault)


def _explain(name: str, fault: Exception) -> str:
    """The fault by its class: Spark's text may quote a value."""
    logger.debug("profile: %s failed", name, exc_info=fault)
    text = str(fault)
    classes = re.findall(r"\[([A-Z_]+(?:\.[A-Z_]+)*)\]", text) or re.findall(r"\w+(?:Exception|Error)\b", text)
    kind = classes[0] if classes else type(fault).__name__
    return (
        f"table {name}: its rows cannot be read to the end ({kind}); expected whole files of one schema; "
        "write the damaged files again, or leave the table out of the source"
    )
