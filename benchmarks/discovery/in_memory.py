"""Databases described and counted without Spark, by the same kernels: for training and for quick trials."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.sketches import DatabaseSketches, TableSketch
from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, merge_all, summarise
from synthspark.relate.counting import Counts, Part
from synthspark.relate.facts import Facts, Place, gather_facts
from synthspark.relate.inclusion import included
from synthspark.stats.comparison import normal_form
from synthspark.stats.hashing import hash_tuples, hash_values

SETTINGS = DiscoverSettings()
CHUNK_ROWS = 131_072


def read_facts(folder: Path, kept: Path | None = None) -> Facts:
    """Facts of the database in a folder of parquet files; kept in the file `kept` for the next time."""
    if kept is not None and kept.exists():
        return gather_facts(*pickle.loads(kept.read_bytes()))  # our own file
    described = describe(read_tables(folder))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(described))
    return gather_facts(*described)


def read_tables(folder: Path) -> dict[str, pa.Table]:
    """Tables of a folder by name."""
    return {file.stem: pq.read_table(file) for file in sorted(folder.glob("*.parquet"))}


def describe(tables: Mapping[str, pa.Table]) -> tuple[DatabaseProfile, DatabaseSketches]:
    """Profile and sketches as the stage profile makes them, small tables whole and large ones sketched."""
    profiles, sketches = {}, {}
    for name, table in tables.items():
        small = table.num_rows <= SETTINGS.driver_rows
        rows = max(table.num_rows, 1)
        bounds = Bounds(rows, rows) if small else Bounds.of(table.num_columns, SETTINGS.sketch_size)
        starts = range(0, rows, rows if small else CHUNK_ROWS)
        summary = merge_all([summarise(table.slice(at, starts.step), bounds, position=at) for at in starts])
        types = {field.name: logical_type(field.type) for field in table.schema}
        profiles[name], sketch = finish(name, summary, types, SETTINGS)
        kept = table if small else summary.sample.items
        sketches[name] = _with_rows(sketch, kept, all_rows=small)
    return DatabaseProfile(profiles), DatabaseSketches(sketches)


def logical_type(kind: pa.DataType) -> str:
    """Name of the logical type that Spark would give."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    names = {"int64": "long", "int32": "integer", "int16": "short", "int8": "byte", "bool": "boolean", "float": "float"}
    plain = str(kind)
    return names.get(plain) or ("date" if plain.startswith("date") else plain.removeprefix("large_"))


def _with_rows(sketch: TableSketch, rows: pa.Table, *, all_rows: bool) -> TableSketch:
    held = [rows.column(name).combine_chunks() if name in rows.column_names else None for name in sketch.columns]
    hashes = np.zeros((len(held), rows.num_rows), np.uint64)
    nulls = np.ones((len(held), rows.num_rows), bool)
    for place, column in enumerate(held):
        if column is not None:
            hashes[place] = hash_values(column)
            nulls[place] = pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False)
    return replace(sketch, rows=hashes, nulls=nulls, all_rows=all_rows)


class ArrowCounter:
    """Exact counts from the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, places: Sequence[Place], pairs: Sequence[tuple[Place, Place]]) -> Counts:
        asked = {*places, *(place for pair in pairs for place in pair)}
        hashes = {place: self._hashes(place) for place in asked}
        matched = {pair: np.nan_to_num(included(hashes[pair[0]], hashes[pair[1]])) for pair in pairs}
        distinct = {place: int(np.unique(found).size) for place, found in hashes.items()}
        return Counts(
            {place: int(found.size) for place, found in hashes.items()},
            distinct,
            {pair: round(share[0] * hashes[pair[0]].size) for pair, share in matched.items()},
            {pair: round(share[1] * distinct[pair[0]]) for pair, share in matched.items()},
        )

    def parts(self, wanted: Sequence[Part]) -> list[np.ndarray]:
        """All rows, for they are at hand."""
        return [np.stack([self._hashes(Place(one.anchor.table, (name,))) for name in one.columns]) for one in wanted]

    def _hashes(self, place: Place) -> np.ndarray:
        table = pq.read_table(self.folder / f"{place.table}.parquet", columns=list(place.columns))
        columns = [table.column(name).combine_chunks() for name in place.columns]
        filled = ~np.any([pc.is_null(column, nan_is_null=True).to_numpy(False) for column in columns], axis=0)
        forms = [normal_form(one, how) for one, how in zip(columns, place.comparisons, strict=True)]
        return hash_tuples([hash_values(form)[filled] for form in forms])
