"""What is counted exactly on tables too large for the driver: rows and values of columns, and their matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.relate.facts import Facts, Place
from synthspark.relate.inclusion import in_form, row_hashes
from synthspark.seeds import IntArray, WordArray
from synthspark.stats.comparison import normal_form
from synthspark.stats.hashing import hash_tuples, hash_values

SAMPLED_ROWS = 512  # rows that can refute an inclusion of tuples: their coverage is off by .11 at most (5 deviations)
MARGIN = 0.11

Pair = tuple[Place, Place]
Known = tuple[WordArray, IntArray]  # distinct value hashes, ascending, and the rows of each


@dataclass(frozen=True)
class Counts:
    """Rows without a null and distinct tuples of each place; matched rows and tuples of each pair."""

    rows: Mapping[Place, int]
    distinct: Mapping[Place, int]
    matched_rows: Mapping[Pair, int]
    matched_distinct: Mapping[Pair, int]


@dataclass(frozen=True)
class Part:
    """All rows with one in so many of an anchor's values: rows that agree there are together.

    No more than `most_rows` of them, and only these columns, none of which has nulls.
    """

    anchor: Place
    columns: tuple[str, ...]
    one_in: int
    most_rows: int


class Counter(Protocol):
    """A way to count what sketches cannot tell."""

    def __call__(self, places: Sequence[Place], pairs: Sequence[Pair]) -> Counts:
        """Counts of places and of pairs (child, parent)."""

    def parts(self, wanted: Sequence[Part]) -> list[WordArray]:
        """Value hashes of the rows of each part, of shape (n_columns, n_rows)."""


def joined(parts: Sequence[Counts]) -> Counts:
    """All counts in one; a later part outweighs an earlier one."""
    rows: dict[Place, int] = {}
    distinct: dict[Place, int] = {}
    matched_rows: dict[Pair, int] = {}
    matched_distinct: dict[Pair, int] = {}
    for part in parts:
        rows |= part.rows
        distinct |= part.distinct
        matched_rows |= part.matched_rows
        matched_distinct |= part.matched_distinct
    return Counts(rows, distinct, matched_rows, matched_distinct)


def known_values(facts: Facts, place: Place) -> Known | None:
    """All distinct values of a place with their rows, where the sketches hold them."""
    if len(place.columns) > 1:
        if not facts.sketches[place.table].all_rows:
            return None
        values, counts = np.unique(row_hashes(facts, place), return_counts=True)
        return values, counts.astype(np.int64)
    sketch = facts.of(place)[0].sketch
    if not sketch.exact:
        return None
    hashes = in_form(sketch, sketch.hashes, place.comparisons[0])
    values, places = np.unique(hashes, return_inverse=True)
    return values, np.bincount(places, weights=sketch.counts, minlength=values.size).astype(np.int64)


def counts_of_known(sets: Mapping[Place, Known | None], pairs: Sequence[Pair]) -> Counts:
    """Counts of all places whose values are known, and of pairs of such places."""
    known = {place: one for place, one in sets.items() if one is not None}
    inside = {pair: np.isin(known[pair[0]][0], known[pair[1]][0]) for pair in pairs}
    return Counts(
        {place: int(counts.sum()) for place, (_, counts) in known.items()},
        {place: values.size for place, (values, _) in known.items()},
        {pair: int(known[pair[0]][1][hit].sum()) for pair, hit in inside.items()},
        {pair: int(hit.sum()) for pair, hit in inside.items()},
    )


def sampled_values(facts: Facts, place: Place) -> WordArray:
    """Hashes of the values of a place in some of its rows, with repetitions; empty where that is not known."""
    sketch = facts.sketches[place.table]
    ways = zip(facts.of(place), place.comparisons, strict=True)
    if sketch.rows.size and all(how == "exact" or column.sketch.exact for column, how in ways):
        return row_hashes(facts, place)[:SAMPLED_ROWS]
    if sketch.sample is None or not set(place.columns) <= set(sketch.sample.rows.column_names):
        return np.empty(0, np.uint64)
    rows = sketch.sample.rows.select(list(place.columns)).drop_null().slice(0, SAMPLED_ROWS)
    columns = [column.combine_chunks() for column in rows.columns]
    hashes = [_formed_hashes(one, how) for one, how in zip(columns, place.comparisons, strict=True)]
    return hash_tuples(hashes) if len(hashes) > 1 else hashes[0]


def _formed_hashes(values: pa.Array, comparison: str) -> WordArray:
    """Hashes of what a comparison sees of each value, and of the value itself where it sees nothing."""
    forms = normal_form(values, comparison)
    unseen = pc.is_null(forms).to_numpy(zero_copy_only=False)
    return np.where(unseen, hash_values(values), hash_values(forms))


def nothing_known(_: Place) -> Known | None:
    """For counts without any sketch."""
    return None


def nothing_sampled(_: Place) -> WordArray:
    """For counts without any kept rows."""
    return np.empty(0, np.uint64)
