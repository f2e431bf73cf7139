"""A large table of the source: answers to what fitting asks by native aggregates and bounded samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from synthspark.artifacts.model import Feature
from synthspark.artifacts.schema import ForeignKey, Table
from synthspark.fit.columns import is_counted
from synthspark.fit.keys import LineCounts, line_start
from synthspark.fit.large.workers import hashes_of_pairs, hashes_of_values
from synthspark.fit.rows import ArrowTable
from synthspark.fit.source import Encoding, LinkCounts, TableSource
from synthspark.fit.summaries import (
    HASHED_VALUES,
    SAMPLE_VALUES,
    ColumnSummary,
    is_number,
)
from synthspark.seeds import WordArray
from synthspark.spark_types import collect_arrow, comparable, key_text
from synthspark.stats.frame import arrow_type, numbers, supported, texts
from synthspark.stats.key_spellings import Spelt
from synthspark.stats.matching import key_texts

SAMPLE_ROWS = 20_000  # rows looked at for formats and candidates of categories
HASH_RANGE = 1 << 20  # resolution of the share of rows that a hash sample takes
COUNTED_SHARE = 0.1  # share of repeated values in the sample from which the values of a column are counted
DISTINCT_ERROR = 0.02  # of approximate distinct counts
CHILDREN = "children"


class Large:
    """A `TableSource` that stays where it is. Columns are called by place, since names may differ by case alone."""

    def __init__(
        self, table: Table, frames: Mapping[str, DataFrame], rows: int, source_of: Callable[[str], TableSource]
    ) -> None:
        self.table = table
        self.rows = rows
        self.frames = frames
        self._source_of = source_of

    @cached_property
    def frame(self) -> DataFrame:
        return by_place(self.frames[self.table.name])

    @cached_property
    def places(self) -> dict[str, str]:
        """Column of `frame` by the name of the source's column."""
        names = self.frames[self.table.name].columns
        return {
            name: f"c{place}"
            for place, name in enumerate(names)
            if name in self.table.columns and supported(self.table.columns[name].type)
        }

    @cached_property
    def sample(self) -> dict[str, pa.Array]:
        """Bounded sample of rows: those with a small hash of all their values."""
        chosen = hash_sample(self.frame, list(self.places.values()), SAMPLE_ROWS / max(self.rows, 1))
        collected = collect_arrow(chosen.select(*self.places.values()).limit(10 * SAMPLE_ROWS))
        return {
            name: typed_column(column, self.table.columns[name].type)
            for name, column in zip(self.places, collected.columns, strict=True)
        }

    def summaries(self, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        found: dict[str, ColumnSummary] = {}
        if self.places:
            aggregates = collect_arrow(self.frame.agg(*self._aggregates()))
            tops = self._tops(k, most_categories)
            hashes = self._hashes(aggregates)
            for name, place in self.places.items():
                found[name] = self._summary(name, place, aggregates, tops.get(name, {}), hashes.get(name))
        for name, column in self.table.columns.items():
            found.setdefault(name, ColumnSummary(name, column.type, self.rows, self.rows, 0))
        return found

    def _aggregates(self) -> list[Column]:
        wanted = []
        for name, place in self.places.items():
            kind, column = self.table.columns[name].type, F.col(self.places[name])
            if kind in ("float", "double"):
                wanted.append(F.count_if(F.isnan(column)).alias(f"nan_{place}"))
                column = F.when(~F.isnan(column), column)
            wanted += [
                F.count_if(F.col(place).isNull()).alias(f"null_{place}"),
                F.approx_count_distinct(column, DISTINCT_ERROR).alias(f"distinct_{place}"),
            ]
            if is_number(kind):
                wanted += [F.min(column).alias(f"low_{place}"), F.max(column).alias(f"high_{place}")]
            if kind in ("string", "binary"):
                wanted.append(F.max(F.octet_length(column)).alias(f"length_{place}"))
        return wanted

    def _summary(
        self, name: str, place: str, aggregates: pa.Table, top: dict[str, int], hashes: WordArray | None
    ) -> ColumnSummary:
        known = set(aggregates.column_names)

        def number(kind: str) -> int:
            found = aggregates.column(f"{kind}_{place}")[0].as_py() if f"{kind}_{place}" in known else None
            return int(found or 0)

        def extreme(kind: str) -> float | None:
            if f"{kind}_{place}" not in known:
                return None
            value = float(numbers(aggregates.column(f"{kind}_{place}"))[0])
            return value if np.isfinite(value) else None

        nulls, nans = number("null"), number("nan")
        distinct = hashes.size if hashes is not None else min(number("distinct"), self.rows - nulls - nans)
        sampled = pc.unique(self.sample[name].drop_null())
        return ColumnSummary(
            name=name,
            type=self.table.columns[name].type,
            rows=self.rows,
            nulls=nulls,
            nans=nans,
            distinct=max(distinct, len(top)),
            top=top,
            minimum=extreme("low"),
            maximum=extreme("high"),
            maximum_length=number("length") or None,
            sample=sampled[:SAMPLE_VALUES],
            hashes=hashes,
        )

    def _tops(self, k: int, most: int) -> dict[str, dict[str, int]]:
        """Frequent values of the columns in which values repeat, counted on all rows by one job."""
        wanted = {name: self.places[name] for name in self.places if self._repeats(name)}
        if not wanted:
            return {}
        pairs = F.array(
            *(F.struct(F.lit(name).alias("n"), F.col(at).cast("string").alias("v")) for name, at in wanted.items())
        )
        counted = self.frame.select(F.explode(pairs).alias("p")).where(F.col("p.v").isNotNull()).groupBy("p.n", "p.v")
        least = F.when(F.col("n").isin([n for n in wanted if self._verbatim(n)] or [""]), 1).otherwise(k)
        ranked = counted.count().where(F.col("count") >= least)
        order = Window.partitionBy("n").orderBy(F.col("count").desc(), F.col("v"))
        rows = ranked.withColumn("r", F.row_number().over(order)).where(F.col("r") <= most).collect()
        found: dict[str, dict[str, int]] = {name: {} for name in wanted}
        for name in wanted:
            own = sorted((-row["count"], row["v"]) for row in rows if row["n"] == name)
            values = pa.array([value for _, value in own], pa.string()).cast(arrow_type(self.table.columns[name].type))
            named = texts(values).to_pylist()
            found[name] = {text: -number for text, (number, _) in zip(named, own, strict=True)}
        return found

    def _verbatim(self, name: str) -> bool:
        return self.table.columns[name].generate == "verbatim"

    def _repeats(self, name: str) -> bool:
        column = self.table.columns[name]
        if not is_counted(column):
            return False
        values = self.sample[name].drop_null()
        if len(values) == 0:
            return True
        counts = pc.value_counts(values).field(1)
        repeated = pc.sum(pc.if_else(pc.greater(counts, 1), counts, 0)).as_py() or 0
        return bool(repeated >= COUNTED_SHARE * len(values))

    def _hashes(self, aggregates: pa.Table) -> dict[str, WordArray]:
        """Hashes of all distinct values of text columns that are not too many."""
        known = {
            name: place
            for name, place in self.places.items()
            if self.table.columns[name].type in ("string", "binary")
            and aggregates.column(f"distinct_{place}")[0].as_py() <= HASHED_VALUES
        }
        if not known:
            return {}
        hashed = self.frame.select(*known.values()).mapInArrow(
            hashes_of_values(tuple(known.values())), "place long, hash long"
        )
        collected = collect_arrow(hashed.distinct())
        places = collected.column("place").to_numpy()
        hashes = collected.column("hash").to_numpy().view(np.uint64)
        return {name: np.sort(hashes[places == place]) for place, name in enumerate(known)}

    def parent_summaries(self, key: ForeignKey, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        return self._source_of(key.parent).summaries(k, most_categories)

    def distinct_tuples(self, columns: Sequence[str], most: int) -> tuple[list[pa.Array], list[int]] | None:
        places = [self.places[name] for name in columns]
        counted = self.frame.select(*places).dropna().groupBy(*places).count().limit(most + 1)
        found = collect_arrow(counted)
        if found.num_rows > most:
            return None
        found = found.sort_by([(place, "ascending") for place in places])
        values = [
            typed_column(found.column(place), self.table.columns[name].type)
            for name, place in zip(columns, places, strict=True)
        ]
        return values, found.column("count").to_pylist()

    def line_start(self, context: Sequence[str], own: str) -> int | None:
        groups = [self.places[name] for name in context]
        value = F.col(self.places[own]).cast("double")
        used = self.frame.select(*groups, value.alias("v")).dropna()
        spans = used.groupBy(*groups).agg(F.min("v").alias("low"), F.max("v").alias("high"), F.count("v").alias("n"))
        row = spans.agg(
            F.min("low"),
            F.max("low"),
            F.count("n"),
            F.count_if(F.col("high") == F.col("low") + F.col("n") - 1),
            F.count_if(F.col("n") > 1),
        ).collect()[0]
        return line_start(LineCounts(*row)) if row[2] else None

    def pair_hashes(self, first: str, second: str) -> WordArray:
        pairs = self.frame.select(self.places[first], self.places[second])
        hashed = pairs.mapInArrow(hashes_of_pairs, "hash long").distinct().limit(HASHED_VALUES)
        return np.sort(collect_arrow(hashed).column("hash").to_numpy().view(np.uint64))

    def value_histogram(self, column: str) -> Mapping[int, int]:
        place = self.places[column]
        counts = self.frame.select(place).dropna().groupBy(place).count()
        return {row[0]: row[1] for row in counts.groupBy("count").agg(F.count(F.lit(1))).collect()}

    def link_counts(self, key: ForeignKey) -> LinkCounts:
        counted = count_children(self.frames, key)
        totals = counted.groupBy(CHILDREN).agg(F.count(F.lit(1)).alias("parents")).collect()
        histogram = {int(row[0]): int(row[1]) for row in totals}
        matched = sum(children * parents for children, parents in histogram.items())
        filled = self.frame.select(*(self.places[name] for name in key.child_columns)).dropna().count()
        return LinkCounts(self.rows - filled, filled - matched, histogram)

    def steps_back(self, encoding: Encoding, key: ForeignKey) -> tuple[tuple[int, int], ...]:
        return ()  # the order of large families is not looked at

    def counts_in_order(self, encoding: Encoding, column: str) -> bool:
        return True  # for the same reason

    def surrounded(self, encoding: Encoding, set_first: tuple[Feature, ...]) -> Encoding:
        """The encoding as it is: of a large table's relatives only the context parent's columns are looked at."""
        return encoding

    def spelt(self, key: ForeignKey, place: int) -> Spelt:
        ours, theirs = (columns[place] for columns in key_columns(self.frames, key))
        frame, same = self.frames[key.parent], f"k{place}"
        at = frame.columns.index(key.parent_columns[place])
        child = F.col(self.places[key.child_columns[place]]).alias("child")
        used = self.frame.select(ours, child).dropna().groupBy(same, "child").count()
        # The keys with the smallest hashes: the same ones however the rows are spread.
        few = used.orderBy(F.xxhash64(same), "child").limit(SAMPLE_VALUES)
        parent = key_text(F.col(f"c{at}"), frame.schema[at].dataType).alias("parent")
        one = by_place(frame).select(theirs, parent).dropna().groupBy(same).agg(F.min("parent").alias("parent"))
        found = collect_arrow(few.join(one, same, "inner").select("child", "parent", "count").orderBy("child"))
        child_texts, parent_texts = (found.column(column).combine_chunks() for column in ("child", "parent"))
        return Spelt(child_texts, parent_texts, found.column("count").to_numpy().astype(np.int64))

    def referenced_tuples(self, key: ForeignKey, most: int) -> tuple[list[list[str]], list[int]]:
        child_keys, parent_keys = key_columns(self.frames, key)
        parents = by_place(self.frames[key.parent])
        known = [f"c{self.frames[key.parent].columns.index(name)}" for name in key.parent_columns]
        counted = self.frame.select(*child_keys).dropna().groupBy(*key_names(key)).count()
        named = parents.select(*known, *parent_keys).join(counted, list(key_names(key)), "inner")
        order = [F.col("count").desc(), *(F.col(name) for name in key_names(key))]
        found = collect_arrow(named.select(*dict.fromkeys(known), "count", *key_names(key)).orderBy(*order).limit(most))
        return [key_texts(found.column(name).combine_chunks()).to_pylist() for name in known], found.column(
            "count"
        ).to_pylist()


def by_place(frame: DataFrame) -> DataFrame:
    """A table with its columns called c0, c1, ..."""
    return frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))


def collected_rows(frame: DataFrame, table: Table, rows: DataFrame | None = None) -> ArrowTable:
    """All columns of supported types of a table; `rows` has those to take, by place."""
    places = {name: place for place, name in enumerate(frame.columns)}
    wanted = [name for name, column in table.columns.items() if name in places and supported(column.type)]
    taken = by_place(frame) if rows is None else rows
    if not wanted:
        return ArrowTable(table.columns, {}, taken.count())
    found = collect_arrow(taken.select(*(f"c{places[name]}" for name in wanted)))
    data = {
        name: typed_column(column, table.columns[name].type) for name, column in zip(wanted, found.columns, strict=True)
    }
    return ArrowTable(table.columns, data, found.num_rows)


def key_names(key: ForeignKey) -> list[str]:
    """Columns on which child and parent are joined."""
    return [f"k{place}" for place in range(len(key.child_columns))]


def key_columns(frames: Mapping[str, DataFrame], key: ForeignKey) -> tuple[list[Column], list[Column]]:
    """Key columns of child and parent, which are called by place, under the same names and in the same form."""
    ours, theirs = [], []
    for place, names in enumerate(zip(key.child_columns, key.parent_columns, key.comparisons, strict=True)):
        own, other, comparison = names
        at, above = frames[key.child].columns.index(own), frames[key.parent].columns.index(other)
        kind, wanted = frames[key.child].schema[at].dataType, frames[key.parent].schema[above].dataType
        ours.append(comparable(F.col(f"c{at}"), kind, wanted, comparison).alias(f"k{place}"))
        theirs.append(comparable(F.col(f"c{above}"), wanted, kind, comparison).alias(f"k{place}"))
    return ours, theirs


def count_children(frames: Mapping[str, DataFrame], key: ForeignKey, parents: DataFrame | None = None) -> DataFrame:
    """Parents, all or these, with key columns ``k0``, ... and the number of CHILDREN of each."""
    child_keys, parent_keys = key_columns(frames, key)
    rows = by_place(frames[key.child]).select(*child_keys).dropna()
    children = rows.groupBy(*key_names(key)).agg(F.count(F.lit(1)).alias(CHILDREN))
    above = by_place(frames[key.parent]) if parents is None else parents
    joined = above.select("*", *parent_keys).join(children, list(key_names(key)), "left")
    return joined.withColumn(CHILDREN, F.coalesce(F.col(CHILDREN), F.lit(0)))


def hash_sample(frame: DataFrame, columns: list[str], share: float) -> DataFrame:
    """Rows whose hash over these columns is small; the same whatever the partitions."""
    if share >= 1.0 or not columns:
        return frame
    return frame.where(F.pmod(F.xxhash64(*columns), F.lit(HASH_RANGE)) < max(1, round(share * HASH_RANGE)))


def typed_column(column: pa.ChunkedArray, logical: str) -> pa.Array:
    """A column as it is collected, of the type that its logical one has in memory."""
    values = column.combine_chunks() if column.num_chunks else pa.array([], column.type)
    kind = arrow_type(logical)
    return values if values.type == kind else values.cast(kind, safe=False)
