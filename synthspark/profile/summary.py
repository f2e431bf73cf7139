"""Summaries of rows that merge: any split of a table's rows, merged in any way, gives the same summary.

What makes that possible without keeping everything is one device, used for values and for rows: keep those with the
smallest hashes. A hash among the smallest of the whole is among the smallest of every part that holds it, so each
part keeps it with all its rows, and its count is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.seeds import IntArray, WordArray
from synthspark.stats.frame import FloatArray, numbers
from synthspark.stats.hashing import BINARY, TEXT, family, hash_tuples, hash_values

LONGEST_TEXT = 256  # characters kept of a text: enough to tell what it is, and a bound on memory
ROW_SAMPLE = 4_096  # rows kept of a table: quantiles are then within .02 in probability (Kolmogorov, 3 in 10,000 fail)
NO_LENGTH = np.iinfo(np.int64).max
NO_LIMIT = np.uint64(0xFFFFFFFFFFFFFFFF)
SAMPLE_CELLS = 4_000_000  # bound on kept cells of very wide tables


@dataclass(frozen=True)
class Bounds:
    """How much a summary keeps: distinct values a column, and rows."""

    values: int
    rows: int

    @classmethod
    def of(cls, n_columns: int, values: int) -> Bounds:
        """Bounds of a table of so many columns; fewer for wide tables, so that a summary has a bounded size."""
        share = max(256, SAMPLE_CELLS // max(1, n_columns))
        return cls(min(values, share), min(ROW_SAMPLE, share))


@dataclass(frozen=True)
class Smallest:
    """Items with the smallest hashes, ascending, each with its number of rows and itself in `items`.

    All items with hashes up to `limit` are there; nothing beyond can enter any more.
    """

    hashes: WordArray
    counts: IntArray
    items: pa.Array | pa.Table
    limit: np.uint64

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return bool(self.limit == NO_LIMIT)


@dataclass(frozen=True)
class ColumnSummary:
    """Aggregates of one column; `spans` holds (position of the part, first, last) of each part in file order."""

    rows: int
    nulls: int
    values: Smallest | None  # None for types whose values cannot be compared
    minimum: float
    maximum: float
    total_length: int
    minimum_length: int
    maximum_length: int
    ascending: bool
    strictly: bool  # ascending without a repetition, within each part
    spans: FloatArray


@dataclass(frozen=True)
class TableSummary:
    """Summaries of all columns, by position, and the kept rows; carries values of the source."""

    rows: int
    columns: Mapping[str, ColumnSummary]
    sample: Smallest
    bounds: Bounds


def summarise(
    rows: pa.Table | pa.RecordBatch, bounds: Bounds, *, position: int = 0, known: TableSummary | None = None
) -> TableSummary:
    """Summary of some rows.

    Parameters
    ----------
    position : int
        Place of these rows in the file order of the table; only for telling ascending columns.
    known : TableSummary, optional
        Summary these rows will be merged into: what cannot enter it any more is left out at once.
    """
    columns, hashes = {}, []
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        before = known.columns[name].values if known else None
        limit = before.limit if before is not None else None
        columns[name], row_hashes = _summarise_column(_without_nan(values), bounds, position, limit)
        hashes.append(row_hashes)
    keyed = hash_tuples(hashes) if hashes else np.empty(0, np.uint64)
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
    sample = _smallest_rows(table, keyed, bounds.rows, known.sample.limit if known else None)
    return TableSummary(rows.num_rows, columns, sample, bounds)


def merge(a: TableSummary, b: TableSummary) -> TableSummary:
    """Summary of the rows of both."""
    columns = {name: _merge_columns(column, b.columns[name], a.bounds) for name, column in a.columns.items()}
    return TableSummary(a.rows + b.rows, columns, _merge_smallest(a.sample, b.sample, a.bounds.rows), a.bounds)


def merge_all(parts: list[TableSummary]) -> TableSummary:
    """Summary of the rows of all parts, at least one."""
    return reduce(merge, parts)


def _without_nan(values: pa.Array) -> pa.Array:
    """NaN as null: both stand for a missing number."""
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.fill_null(pc.is_nan(values), False), pa.scalar(None, values.type), values)
    return values.cast(pa.string()) if pa.types.is_null(values.type) else values


def _summarise_column(
    values: pa.Array, bounds: Bounds, position: int, limit: np.uint64 | None
) -> tuple[ColumnSummary, WordArray]:
    kind = family(values.type)
    if kind is None:
        blank = np.zeros(len(values), np.uint64)
        return _column(len(values), values.null_count, None, np.empty(0), None), blank
    encoded = values.dictionary_encode()
    distinct, codes = encoded.dictionary, encoded.indices
    held = np.asarray(codes.fill_null(len(distinct)).to_numpy(zero_copy_only=False), dtype=np.int64)
    counts = np.bincount(held, minlength=len(distinct) + 1)[: len(distinct)].astype(np.int64)
    hashes = hash_values(distinct)
    row_hashes = np.append(hashes, np.uint64(0))[held]
    lengths = _lengths(distinct, kind)
    points = numbers(distinct) if kind not in (TEXT, BINARY) else np.empty(0)
    path = points[held[held < len(distinct)]] if points.size else points
    kept = _smallest_values(distinct, hashes, counts, bounds.values, limit, kind)
    summary = _column(len(values), values.null_count, kept, points, (lengths, counts))
    return replace(summary, **_order(path, position)), row_hashes


def _order(path: FloatArray, position: int) -> dict[str, Any]:
    """What the values say of their order; `path` holds them row by row."""
    steps = np.diff(path)
    spans = np.array([[float(position), path[0], path[-1]]]) if path.size else np.empty((0, 3))
    return {"ascending": bool((steps >= 0).all()), "strictly": bool((steps > 0).all()), "spans": spans}


def _column(
    rows: int,
    nulls: int,
    values: Smallest | None,
    points: FloatArray,
    lengths: tuple[IntArray | None, IntArray] | None,
) -> ColumnSummary:
    finite = points[np.isfinite(points)]
    measured = lengths[0] if lengths else None
    total = int((measured * lengths[1]).sum()) if measured is not None and lengths else 0
    return ColumnSummary(
        rows,
        nulls,
        values,
        minimum=float(finite.min()) if finite.size else np.inf,
        maximum=float(finite.max()) if finite.size else -np.inf,
        total_length=total,
        minimum_length=int(measured.min()) if measured is not None and measured.size else NO_LENGTH,
        maximum_length=int(measured.max()) if measured is not None and measured.size else -1,
        ascending=True,
        strictly=True,
        spans=np.empty((0, 3)),
    )


def _lengths(distinct: pa.Array, kind: str) -> IntArray | None:
    if kind not in (TEXT, BINARY):
        return None
    measured = pc.utf8_length(distinct) if kind == TEXT else pc.binary_length(distinct)
    return np.asarray(measured.to_numpy(zero_copy_only=False), dtype=np.int64)


def _smallest_values(
    distinct: pa.Array, hashes: WordArray, counts: IntArray, size: int, limit: np.uint64 | None, kind: str
) -> Smallest:
    limit = NO_LIMIT if limit is None else limit
    inside = hashes <= limit
    if inside.all():
        limit = NO_LIMIT
    else:
        hashes, counts, distinct = hashes[inside], counts[inside], distinct.filter(pa.array(inside))
    hashes, counts, places, limit = _smallest(hashes, counts, size, limit)
    items = distinct.take(pa.array(places))
    if kind == TEXT:
        items = pc.utf8_slice_codeunits(items.cast(pa.string()), 0, LONGEST_TEXT)
    elif kind == BINARY:
        items = pa.nulls(len(items), pa.string())
    return Smallest(hashes, counts, items, limit)


def _smallest_rows(table: pa.Table, hashes: WordArray, size: int, limit: np.uint64 | None) -> Smallest:
    limit = NO_LIMIT if limit is None else limit
    places = np.flatnonzero(hashes <= limit)
    limit = NO_LIMIT if places.size == hashes.size else limit
    kept, counts, found, limit = _smallest(hashes[places], np.ones(places.size, np.int64), size, limit)
    comparable = [place for place, field in enumerate(table.schema) if _keepable(field.type)]
    return Smallest(kept, counts, table.select(comparable).take(pa.array(places[found])), limit)


def _keepable(kind: pa.DataType) -> bool:
    return family(kind) not in (None, BINARY)


def _smallest(
    hashes: WordArray, counts: IntArray, size: int, limit: np.uint64
) -> tuple[WordArray, IntArray, IntArray, np.uint64]:
    """Distinct smallest hashes up to `limit` with summed counts, the place of one item of each, and the new limit."""
    order = np.argsort(hashes, kind="stable")
    order = order[: int(np.searchsorted(hashes[order], limit, side="right"))]
    ordered = hashes[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if ordered.size else np.empty(0, np.int64)
    sums = np.add.reduceat(counts[order], starts) if starts.size else np.empty(0, np.int64)
    kept = ordered[starts[:size]]
    limit = kept[-1] if starts.size > size else limit
    return kept, sums[:size], order[starts[:size]].astype(np.int64), limit


def _merge_smallest(a: Smallest, b: Smallest, size: int) -> Smallest:
    hashes, counts = np.concatenate([a.hashes, b.hashes]), np.concatenate([a.counts, b.counts])
    hashes, counts, places, limit = _smallest(hashes, counts, size, min(a.limit, b.limit))
    join = pa.concat_tables if isinstance(a.items, pa.Table) else pa.concat_arrays
    return Smallest(hashes, counts, join([a.items, b.items]).take(pa.array(places)), limit)


def _merge_columns(a: ColumnSummary, b: ColumnSummary, bounds: Bounds) -> ColumnSummary:
    values = None
    if a.values is not None and b.values is not None:
        values = _merge_smallest(a.values, b.values, bounds.values)
    return ColumnSummary(
        a.rows + b.rows,
        a.nulls + b.nulls,
        values,
        minimum=min(a.minimum, b.minimum),
        maximum=max(a.maximum, b.maximum),
        total_length=a.total_length + b.total_length,
        minimum_length=min(a.minimum_length, b.minimum_length),
        maximum_length=max(a.maximum_length, b.maximum_length),
        ascending=a.ascending and b.ascending,
        strictly=a.strictly and b.strictly,
        spans=np.concatenate([a.spans, b.spans]),
    )
