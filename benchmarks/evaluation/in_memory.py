"""A database's tables as the evaluation sees them, read from Parquet without Spark: for measurements and trials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_file import parse_schema
from synthspark.evaluate.reading import CONTENT, IDENTITY, Collected, Counts, Layout, pair_samples
from synthspark.evaluate.sample import TablePair
from synthspark.evaluate.selection import KeySide, key_use, select_columns

Tables = Mapping[str, pa.Table]


def read_schema(path: Path) -> Schema:
    """The schema of a run."""
    return parse_schema(path.read_text(encoding="utf-8"))


def read_tables(folder: Path, schema: Schema) -> dict[str, pa.Table]:
    """Every table of `schema` that the folder has, a file or a folder of part files."""
    found = {}
    for name in schema.tables:
        for place in (folder / f"{name}.parquet", folder / name):
            if place.exists():
                found[name] = pq.read_table(place)
                break
    return found


def pair_tables(real: Tables, synthetic: Tables, schema: Schema, holdout: Tables | None = None) -> dict[str, TablePair]:
    """Both sides of every table and the hold-out; all rows."""
    pairs = {}
    for name, table in schema.tables.items():
        if name in real and name in synthetic and table.role != "skip":
            columns = set(real[name].column_names) & set(synthetic[name].column_names)
            layout = Layout(
                name,
                tuple(table.columns),
                select_columns(table, schema.keys_in_force()),
                key_use(schema, name, columns),
            )
            held = _collected(holdout[name], layout) if holdout and name in holdout else None
            sides = [_collected(side[name], layout) for side in (real, synthetic)]
            pairs[name] = pair_samples(layout, schema, sides[0], sides[1], held)
    return pairs


def _collected(rows: pa.Table, layout: Layout) -> Collected:
    present = [name for name in layout.columns if name in rows.column_names]
    content = _hash(rows, tuple(present))
    own = _hash(rows, layout.keys.own)[0] if layout.keys.own else content[0]
    read = rows.select([name for name in layout.selection.columns if name in rows.column_names])
    for place, column in enumerate(read.schema):
        if pa.types.is_decimal(column.type):
            read = read.set_column(place, column.name, read.column(place).cast(pa.float64()))
    hashes = {IDENTITY: (own, None), CONTENT: (content[0], None)}
    for place, side in enumerate(layout.keys.others):
        hashes[layout.hash_name(place)] = _hash(rows, side.columns, side)
    for name, (values, missing) in hashes.items():
        read = read.append_column(name, pa.array(values.view(np.int64), mask=missing))
    nulls = {name: _missing(rows.column(name), blank=name not in layout.selection.columns) for name in present}
    key_nulls = tuple(read.column(layout.hash_name(place)).null_count for place in range(len(layout.keys.others)))
    return Collected(read, Counts(rows.num_rows, nulls, key_nulls), (1.0,) * (1 + len(layout.keys.others)))


def _missing(values: pa.ChunkedArray, *, blank: bool) -> int:
    if not blank or not pa.types.is_string(values.type):
        return values.null_count
    return values.null_count + (pc.sum(pc.equal(pc.utf8_trim_whitespace(values), "")).as_py() or 0)


def _hash(rows: pa.Table, columns: tuple[str, ...], side: KeySide | None = None) -> tuple[np.ndarray, np.ndarray]:
    total = np.zeros(rows.num_rows, dtype=np.uint64)
    missing = np.zeros(rows.num_rows, dtype=bool)
    for place, name in enumerate(columns):
        values = rows.column(name).to_pandas()
        missing |= values.isna().to_numpy()
        text = values.astype(str).str.replace(r"\.0$", "", regex=True)
        if side is not None and side.comparisons[place] == "number":
            text = text.str.extract(r"(\d+)$")[0].str.lstrip("0")
        if side is not None and side.comparisons[place] == "folded":
            text = text.str.strip().str.upper()
        total = total * np.uint64(1_000_003) ^ pd.util.hash_array(text.to_numpy(dtype=object))
    return total, missing
