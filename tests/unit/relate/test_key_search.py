"""Composite keys of large tables are settled by a part of the rows and as few counts as decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.sketches import DatabaseSketches, RowSample, TableSketch
from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, summarise
from synthspark.relate.counting import Counts, Part, sampled_values
from synthspark.relate.facts import Facts, Place, gather_facts
from synthspark.relate.search import find_candidates
from synthspark.stats.hashing import hash_tuples, hash_values

KEPT = 256
ORDER = np.repeat(np.arange(5_000) * 7, 4)
LINE = np.tile(np.arange(1, 5), 5_000)
PART = np.random.default_rng(3).integers(0, 2_000, 20_000)


class LargeTables:
    """Facts of tables of which only samples are kept, and a counter that remembers what it was asked for."""

    def __init__(self, tables: dict[str, dict[str, np.ndarray]]) -> None:
        self.tables = tables
        self.counted: list[Place] = []

    def facts(self) -> Facts:
        profiles, sketches = {}, {}
        for name, columns in self.tables.items():
            summary = summarise(pa.table(columns), Bounds(KEPT, KEPT))
            profiles[name], sketch = finish(name, summary, dict.fromkeys(columns, "long"), DiscoverSettings())
            rows = np.stack([hash_values(summary.sample.items.column(one).combine_chunks()) for one in columns])
            sketches[name] = TableSketch(sketch.columns, rows, np.zeros(rows.shape, bool), all_rows=False)
        return gather_facts(DatabaseProfile(profiles), DatabaseSketches(sketches))

    def _hashes(self, place: Place) -> np.ndarray:
        return hash_tuples([hash_values(pa.array(self.tables[place.table][name])) for name in place.columns])

    def __call__(self, places: Sequence[Place], pairs: Sequence[tuple[Place, Place]]) -> Counts:
        self.counted += places
        asked = {*places, *(place for pair in pairs for place in pair)}
        hashes = {place: self._hashes(place) for place in asked}
        matched = {pair: np.isin(hashes[pair[0]], hashes[pair[1]]) for pair in pairs}
        return Counts(
            {place: found.size for place, found in hashes.items()},
            {place: np.unique(found).size for place, found in hashes.items()},
            {pair: int(hit.sum()) for pair, hit in matched.items()},
            {pair: np.unique(hashes[pair[0]][hit]).size for pair, hit in matched.items()},
        )

    def parts(self, wanted: Sequence[Part]) -> list[np.ndarray]:
        found = []
        for one in wanted:
            own = self.tables[one.anchor.table]
            inside = hash_values(pa.array(own[one.anchor.columns[0]])) % one.one_in == 0
            found.append(np.stack([hash_values(pa.array(own[name]))[inside] for name in one.columns]))
        return found


def test_one_count_settles_the_key_of_a_large_table() -> None:
    tables = LargeTables({"lines": {"order_no": ORDER, "part_no": PART, "line_no": LINE}})
    keys, _ = find_candidates(tables.facts(), tables, DiscoverSettings())
    assert keys["lines"] == [Place("lines", ("order_no", "line_no"))]
    assert tables.counted == [Place("lines", ("order_no", "line_no"))]


def test_a_set_that_repeats_itself_in_one_row_is_no_key() -> None:
    line = LINE.copy()
    line[9_999] = line[9_998]
    tables = LargeTables({"lines": {"order_no": ORDER, "line_no": line}})
    keys, _ = find_candidates(tables.facts(), tables, DiscoverSettings())
    assert keys["lines"] == []


def test_where_a_column_is_the_key_no_set_of_columns_is_counted() -> None:
    tables = LargeTables({"lines": {"id": np.arange(20_000), "order_no": ORDER, "line_no": LINE}})
    keys, _ = find_candidates(tables.facts(), tables, DiscoverSettings())
    assert keys["lines"] == [Place("lines", ("id",))]
    assert not tables.counted


def test_kept_rows_tell_what_a_comparison_across_formats_sees() -> None:
    tables = LargeTables({"lines": {"order_no": ORDER, "line_no": LINE}})
    facts = tables.facts()
    written = pa.table({"order_no": [f"O-{one:06d}" for one in ORDER[:40]], "line_no": LINE[:40]})
    sketch = replace(facts.sketches["lines"], rows=np.empty((0, 0), np.uint64), sample=RowSample(written, False))
    seen = sampled_values(
        replace(facts, sketches={"lines": sketch}), Place("lines", ("order_no", "line_no"), ("number", "exact"))
    )
    assert seen.tolist() == hash_tuples([hash_values(pa.array(one[:40])) for one in (ORDER, LINE)]).tolist()
