"""Count keys and inclusions that sketches cannot tell: a bounded number of jobs, each over the columns it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from typing import TypeVar

import numpy as np
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from synthspark.relate.counting import (
    MARGIN,
    SAMPLED_ROWS,
    Counts,
    Known,
    Pair,
    Part,
    counts_of_known,
    joined,
    nothing_known,
    nothing_sampled,
)
from synthspark.relate.counts.hashes.on_spark import value_hash
from synthspark.relate.facts import Place
from synthspark.seeds import IntArray, WordArray
from synthspark.spark_types import collect_arrow

PLACES_A_JOB = 8  # each is one more sum in the aggregate of a job
PART = 16  # one value in so many, the same ones everywhere, is looked at before all are

Result = TypeVar("Result")


@dataclass(frozen=True)
class SparkCounter:
    """Counts on Spark, by 64-bit hashes of the values.

    Parameters
    ----------
    known : callable, optional
        All distinct value hashes of a place with their rows, ascending, where they are in memory.
    sampled : callable, optional
        Value hashes of some rows of a place.
    exact : bool
        Whether all counts must be exact, even those that a part of the values settles.
    """

    frames: Mapping[str, DataFrame]
    known: Callable[[Place], Known | None] = nothing_known
    sampled: Callable[[Place], WordArray] = nothing_sampled
    minimum_coverage: float = 0.0
    concurrency: int = 4
    exact: bool = False

    def __call__(self, places: Sequence[Place], pairs: Sequence[Pair]) -> Counts:
        """Counts of places and pairs, exact unless a part of the values settles the matter.

        Where one value in sixteen already shows that a place is no key, its counts are of that part; where a sample
        of the child shows that a pair of tuples is far from the coverage asked for, they are of the sample. At most
        two queries for each place, two for each parent, and one for a group of related pairs of large places.
        """
        sets = {place: self.known(place) for place in {*places, *(place for pair in pairs for place in pair)}}
        refuted = self._refuted(pairs, sets)
        left = [pair for pair in dict.fromkeys(pairs) if pair not in refuted.matched_rows]
        settled, probing, matching = _sorted_out(left, sets)
        alone = {place for place in places if sets[place] is None}
        whole = {child for child, parent in probing if sets[child] is None}
        jobs: list[Callable[[], Counts]] = [
            *(
                partial(
                    _count_place, self.frames, place, to_the_end=self.exact or place in whole or len(place.columns) > 1
                )
                for place in sorted(alone | whole)
            ),
            *(partial(_probe, self.frames, large, own, sets) for large, own in _by_large(probing, sets)),
            *(partial(_match, self.frames, group) for group in related_groups(matching)),
        ]
        return joined([refuted, counts_of_known(sets, settled), *self._run(jobs)])

    def parts(self, wanted: Sequence[Part]) -> list[WordArray]:
        """Value hashes of the rows of each part; a query each."""
        return self._run([partial(_rows_of_part, self.frames, part) for part in wanted])

    def _run(self, jobs: Sequence[Callable[[], Result]]) -> list[Result]:
        with ThreadPoolExecutor(self.concurrency) as pool:
            return list(pool.map(lambda job: job(), jobs))

    def _refuted(self, pairs: Sequence[Pair], sets: Mapping[Place, Known | None]) -> Counts:
        """Counts of those pairs of tuples that a sample of the child's rows shows to be far from the coverage."""
        samples = {
            pair: (np.unique(values, return_counts=True))
            for pair in pairs
            if not self.exact and len(pair[0].columns) > 1 and any(sets[place] is None for place in pair)
            if (values := self.sampled(pair[0])).size >= SAMPLED_ROWS
        }
        by_parent: dict[Place, list[Pair]] = defaultdict(list)
        for pair in samples:
            by_parent[pair[1]].append(pair)
        jobs = [partial(_match_samples, self.frames, parent, own, samples, sets) for parent, own in by_parent.items()]
        counts = joined(self._run(jobs))
        far = self.minimum_coverage - MARGIN
        held = [pair for pair in samples if counts.matched_rows[pair] < far * SAMPLED_ROWS]
        return Counts(
            {child: SAMPLED_ROWS for child, _ in held},
            {pair[0]: samples[pair][0].size for pair in held},
            {pair: counts.matched_rows[pair] for pair in held},
            {pair: counts.matched_distinct[pair] for pair in held},
        )


def _sorted_out(pairs: Sequence[Pair], sets: Mapping[Place, Known | None]) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Pairs of which both sides are known, one is, and none is."""
    kinds: tuple[list[Pair], list[Pair], list[Pair]] = ([], [], [])
    for pair in dict.fromkeys(pairs):
        kinds[sum(sets[place] is None for place in pair)].append(pair)
    return kinds


def related_groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs in groups of at most `PLACES_A_JOB` places, pairs of one parent together as far as it goes."""
    groups: list[tuple[set[Place], list[Pair]]] = []
    for pair in sorted(pairs, key=lambda pair: (pair[1], pair[0])):
        for members, held in groups:
            if members & set(pair) and len(members | set(pair)) <= PLACES_A_JOB:
                members.update(pair)
                held.append(pair)
                break
        else:
            groups.append((set(pair), [pair]))
    return [held for _, held in groups]


def _count_place(frames: Mapping[str, DataFrame], place: Place, *, to_the_end: bool) -> Counts:
    """Rows and distinct values; of a part only where that holds a value twice already, unless asked `to_the_end`."""
    values = _values(frames, place)
    if to_the_end:
        rows, distinct = _rows_and_distinct(values)
        return Counts({place: rows}, {place: distinct}, {}, {})
    rows, distinct = _rows_and_distinct(values.where(_in_part()))
    if rows == distinct:
        more = _rows_and_distinct(values.where(~_in_part()))
        rows, distinct = rows + more[0], distinct + more[1]
    return Counts({place: rows}, {place: distinct}, {}, {})


def _rows_and_distinct(values: DataFrame) -> tuple[int, int]:
    counted = values.groupBy("value").agg(F.count(F.lit(1)).alias("n"))
    line = collect_arrow(counted.agg(F.sum("n").alias("rows"), F.count(F.lit(1)).alias("distinct"))).to_pylist()[0]
    return line["rows"] or 0, line["distinct"]


def _rows_of_part(frames: Mapping[str, DataFrame], part: Part) -> WordArray:
    table = part.anchor.table
    inside = frames[table].where(_value(frames[table], part.anchor).bitwiseAND(part.one_in - 1) == 0)
    values = [_value(inside, Place(table, (name,))).alias(f"c{i}") for i, name in enumerate(part.columns)]
    found = collect_arrow(inside.select(*values).limit(part.most_rows))
    return np.stack([column.to_numpy().view(np.uint64) for column in found.columns])


def _by_large(pairs: Sequence[Pair], sets: Mapping[Place, Known | None]) -> list[tuple[Place, list[Pair]]]:
    """The pairs by the one place of each that is not known."""
    found: dict[Place, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair[1] if sets[pair[1]] is None else pair[0]].append(pair)
    return sorted(found.items())


def _match_samples(
    frames: Mapping[str, DataFrame],
    parent: Place,
    pairs: Sequence[Pair],
    samples: Mapping[Pair, Known],
    sets: Mapping[Place, Known | None],
) -> Counts:
    """Matches of samples of children with one parent."""
    held = sets[parent]
    wanted = np.unique(np.concatenate([samples[pair][0] for pair in pairs]))
    inside = held[0] if held is not None else _hits(frames, parent, wanted)[0]
    hit = {pair: np.isin(samples[pair][0], inside) for pair in pairs}
    return Counts(
        {},
        {},
        {pair: int(samples[pair][1][hit[pair]].sum()) for pair in pairs},
        {pair: int(hit[pair].sum()) for pair in pairs},
    )


def _hits(frames: Mapping[str, DataFrame], place: Place, wanted: WordArray) -> Known:
    """Those wanted values that a place holds, with the rows of each; only their rows are grouped."""
    frame = _values(frames, place)
    probes = frame.sparkSession.createDataFrame([(one,) for one in wanted.view(np.int64).tolist()], "value long")
    hits = frame.join(F.broadcast(probes), "value", "left_semi").groupBy("value").agg(F.count(F.lit(1)).alias("n"))
    found = collect_arrow(hits)
    return found.column("value").to_numpy().view(np.uint64), found.column("n").to_numpy()


def _probe(
    frames: Mapping[str, DataFrame], large: Place, pairs: Sequence[Pair], sets: Mapping[Place, Known | None]
) -> Counts:
    """Matches of one large place with known ones."""
    others = {pair: pair[0] if pair[1] == large else pair[1] for pair in pairs}
    known = {place: one for place in others.values() if (one := sets[place]) is not None}
    wanted = np.unique(np.concatenate([values for values, _ in known.values()]))
    values, rows = _hits(frames, large, wanted)
    matched = {
        pair: _matched(values, rows, known[other], large_child=pair[0] == large) for pair, other in others.items()
    }
    return Counts(
        {},
        {},
        {pair: both[0] for pair, both in matched.items()},
        {pair: both[1] for pair, both in matched.items()},
    )


def _matched(values: WordArray, rows: IntArray, other: Known, *, large_child: bool) -> tuple[int, int]:
    """Rows and distinct values of the child that the parent holds too."""
    if large_child:
        inside = np.isin(values, other[0])
        return int(rows[inside].sum()), int(inside.sum())
    inside = np.isin(other[0], values)
    return int(other[1][inside].sum()), int(inside.sum())


def _match(frames: Mapping[str, DataFrame], pairs: Sequence[Pair]) -> Counts:
    """Matches of related large places."""
    places = sorted({place for pair in pairs for place in pair})
    number = {place: i for i, place in enumerate(places)}
    parts = [_values(frames, place).select("value", F.lit(i).alias("place")) for place, i in number.items()]
    values = reduce(DataFrame.unionByName, parts)
    sums = [F.sum(F.when(F.col("place") == i, 1).otherwise(0)).alias(f"n{i}") for i in number.values()]
    by_value = values.groupBy("value").agg(*sums)
    totals = [F.sum(f"n{i}").alias(f"rows{i}") for i in number.values()]
    totals += [F.sum((F.col(f"n{i}") > 0).cast("long")).alias(f"distinct{i}") for i in number.values()]
    for k, (child, parent) in enumerate(pairs):
        both = (F.col(f"n{number[child]}") > 0) & (F.col(f"n{number[parent]}") > 0)
        totals.append(F.sum(F.when(both, F.col(f"n{number[child]}")).otherwise(0)).alias(f"matched_rows{k}"))
        totals.append(F.sum(both.cast("long")).alias(f"matched_distinct{k}"))
    line = {key: value or 0 for key, value in collect_arrow(by_value.agg(*totals)).to_pylist()[0].items()}
    return Counts(
        {place: line[f"rows{i}"] for place, i in number.items()},
        {place: line[f"distinct{i}"] for place, i in number.items()},
        {pair: line[f"matched_rows{k}"] for k, pair in enumerate(pairs)},
        {pair: line[f"matched_distinct{k}"] for k, pair in enumerate(pairs)},
    )


def _values(frames: Mapping[str, DataFrame], place: Place) -> DataFrame:
    """The value hash of each row without a null in the place, one column ``value``."""
    frame = frames[place.table]
    return frame.select(_value(frame, place).alias("value")).where(F.col("value").isNotNull())


def _value(frame: DataFrame, place: Place) -> SparkColumn:
    types = {field.name: field.dataType for field in frame.schema.fields}
    ways = zip(place.columns, place.comparisons, strict=True)
    hashes = [value_hash(name, types[name], how) for name, how in ways]
    if len(hashes) == 1:
        return hashes[0]
    filled = reduce(SparkColumn.__and__, [one.isNotNull() for one in hashes])
    return F.when(filled, F.xxhash64(*hashes))


def _in_part() -> SparkColumn:
    return F.col("value").bitwiseAND(PART - 1) == 0
