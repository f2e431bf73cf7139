"""Summaries as bytes, from the workers to the driver: Arrow streams, the same on every platform."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from synthspark.profile.summary import Bounds, ColumnSummary, Smallest, TableSummary

_NUMBERS = (
    "rows",
    "nulls",
    "minimum",
    "maximum",
    "total_length",
    "minimum_length",
    "maximum_length",
    "ascending",
    "strictly",
)


def pack(summary: TableSummary) -> bytes:
    """One row a column, and a last one for the kept rows."""
    lines = [
        {"name": name, **{key: getattr(column, key) for key in _NUMBERS}, "spans": column.spans.tobytes()}
        | _pack_smallest(column.values)
        for name, column in summary.columns.items()
    ]
    lines.append({"name": "", "rows": summary.rows} | _pack_smallest(summary.sample))
    bounds = {"values": str(summary.bounds.values), "rows": str(summary.bounds.rows)}
    return _to_bytes(pa.Table.from_pylist(lines, schema=_SCHEMA.with_metadata(bounds)))


def unpack(data: bytes) -> TableSummary:
    """The inverse of `pack`."""
    table = pa.ipc.open_stream(data).read_all()
    kept = table.schema.metadata
    *lines, last = table.to_pylist()
    sample = _unpack_smallest(last)
    assert sample is not None  # `pack` always writes it
    columns = {line["name"]: _unpack_column(line) for line in lines}
    return TableSummary(last["rows"], columns, sample, Bounds(int(kept[b"values"]), int(kept[b"rows"])))


_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("rows", pa.int64()),
        ("nulls", pa.int64()),
        ("minimum", pa.float64()),
        ("maximum", pa.float64()),
        ("total_length", pa.int64()),
        ("minimum_length", pa.int64()),
        ("maximum_length", pa.int64()),
        ("ascending", pa.bool_()),
        ("strictly", pa.bool_()),
        ("spans", pa.binary()),
        ("hashes", pa.binary()),
        ("counts", pa.binary()),
        ("items", pa.binary()),
        ("limit", pa.uint64()),
    ]
)


def _to_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _pack_smallest(kept: Smallest | None) -> dict[str, Any]:
    if kept is None:
        return {}
    items = kept.items if isinstance(kept.items, pa.Table) else pa.table({"item": kept.items})
    # A table without columns forgets its number of rows; nothing is read from it, so nothing is lost.
    return {
        "hashes": kept.hashes.tobytes(),
        "counts": kept.counts.tobytes(),
        "items": _to_bytes(items),
        "limit": int(kept.limit),
    }


def _unpack_smallest(line: dict[str, Any]) -> Smallest | None:
    if line["hashes"] is None:
        return None
    items = pa.ipc.open_stream(line["items"]).read_all()
    hashes, counts = np.frombuffer(line["hashes"], np.uint64), np.frombuffer(line["counts"], np.int64)
    return Smallest(hashes, counts, items if line["name"] == "" else _single(items), np.uint64(line["limit"]))


def _single(items: pa.Table) -> pa.Array:
    return items.column(0).combine_chunks()


def _unpack_column(line: dict[str, Any]) -> ColumnSummary:
    spans = np.frombuffer(line["spans"], np.float64).reshape(-1, 3)
    return ColumnSummary(**{key: line[key] for key in _NUMBERS}, values=_unpack_smallest(line), spans=spans)
