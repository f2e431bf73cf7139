"""Values of columns as 64-bit hashes, which compare alike on the driver and in Spark; and what is counted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.schema import ForeignKey
from synthspark.spark_types import collect_arrow, comparable, normal_form, telling_text
from synthspark.verify.capacity import POSITIONS, format_capacity
from synthspark.verify.questions import Overlap, Unique
from synthspark.verify.tallies import IntArray, Tally


@dataclass(frozen=True)
class PlacedFrame:
    """A table whose columns are called by place (``_0``, ``_1``, ...), since names may differ by case alone."""

    rows: DataFrame
    places: Mapping[str, int]
    types: tuple[T.DataType, ...]

    def column(self, name: str) -> Column:
        return F.col(f"_{self.places[name]}")

    def type(self, name: str) -> T.DataType:
        return self.types[self.places[name]]


def by_place(frame: DataFrame) -> PlacedFrame:
    """The frame with its columns renamed to their places."""
    renamed = frame.toDF(*(f"_{place}" for place in range(len(frame.columns))))
    types = tuple(item.dataType for item in frame.schema.fields)
    return PlacedFrame(renamed, {name: place for place, name in enumerate(frame.columns)}, types)


@dataclass(frozen=True)
class Collected:
    """Of a small table, on the driver: rows, nulls, and the hashes of the values asked about."""

    rows: int
    nulls: Mapping[str, int]
    hashes: Mapping[str, IntArray]


def collect_hashes(frame: PlacedFrame, not_null: Sequence[str], hashes: Mapping[str, Column]) -> Collected:
    """Nulls and hashes of all rows of a small table."""
    table = collect_arrow(
        frame.rows.select(
            F.lit(1).alias("row"),
            *(frame.column(name).isNull().alias(f"null {number}") for number, name in enumerate(not_null)),
            *(column.alias(label) for label, column in hashes.items()),
        )
    )
    nulls = {name: int(pc.sum(table[f"null {number}"]).as_py() or 0) for number, name in enumerate(not_null)}
    values = {label: table[label].drop_null().to_numpy() for label in hashes}
    return Collected(table.num_rows, nulls, values)


def count_rows(frame: PlacedFrame, not_null: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Rows, and nulls of each column that should have none."""
    filled = [F.count(frame.column(name)) for name in not_null]
    rows, *counts = frame.rows.agg(F.count(F.lit(1)), *filled).collect()[0]
    return int(rows), {name: int(rows) - int(count) for name, count in zip(not_null, counts, strict=True)}


def hashed(values: Sequence[Column]) -> Column:
    """64-bit hash of the columns, null where one of them is null."""
    complete = values[0].isNotNull()
    for value in values[1:]:
        complete = complete & value.isNotNull()
    return F.when(complete, F.xxhash64(*values))


def telling_texts(frame: PlacedFrame, overlap: Overlap) -> list[Column]:
    """The overlap's columns as texts, null where they say nothing; case tells keys apart, but not persons."""
    cased = overlap.kind == "key"
    return [telling_text(frame.column(name), cased=cased) for name in overlap.columns]


def matching(child: PlacedFrame, parent: PlacedFrame, key: ForeignKey) -> tuple[list[Column], list[Column]]:
    """Columns of both sides in a form in which equal keys have equal hashes, though types and formats may differ.

    A child's value without such a form stands for itself, and so for an orphan.
    """
    ours, theirs = [], []
    for name, other, comparison in zip(key.child_columns, key.parent_columns, key.comparisons, strict=True):
        kinds = child.type(name), parent.type(other)
        own = comparable(child.column(name), kinds[0], kinds[1], comparison)
        there = comparable(parent.column(other), kinds[1], kinds[0], comparison)
        if comparison == "number":
            itself = F.concat(F.lit("no number: "), child.column(name).cast("string"))
            own, there = F.coalesce(own.cast("string"), itself), there.cast("string")
        ours.append(own)
        theirs.append(there)
    return ours, theirs


def told_apart(frame: PlacedFrame, unique: Unique) -> list[Column]:
    """Columns of a key as those that refer to it see them."""
    how = unique.comparisons or ("exact",) * len(unique.columns)
    return [
        normal_form(frame.column(name), frame.type(name), comparison)
        for name, comparison in zip(unique.columns, how, strict=True)
    ]


def tally_by_spark(
    own: tuple[DataFrame, Mapping[int, Column]], others: Sequence[tuple[DataFrame, Mapping[int, Column]]]
) -> dict[int, Tally]:
    """Tallies by number of the question: own values counted, and looked up among the others', in one job."""
    one, none = F.lit(1).cast("long"), F.lit(0).cast("long")
    items = _items(*own).select("number", "value", one.alias("own"), none.alias("other"))
    for rows, columns in others:
        there = _items(rows, columns).select("number", "value", none.alias("own"), one.alias("other"))
        items = items.unionByName(there)
    values = items.groupBy("number", "value").agg(F.sum("own").alias("own"), F.max("other").alias("other"))
    count, shared = F.col("own"), (F.col("own") > 0) & (F.col("other") > 0)
    totals = values.groupBy("number").agg(
        F.sum(count),
        _number_where(count > 0),
        _number_where(count > 1),
        F.sum(F.greatest(count - one, none)),
        F.sum("other"),
        _number_where(shared),
        F.sum(F.when(shared, count).otherwise(none)),
    )
    return {int(number): Tally(*(int(value) for value in counts)) for number, *counts in totals.collect()}


def _number_where(condition: Column) -> Column:
    return F.sum(condition.cast("long"))


def _items(rows: DataFrame, columns: Mapping[int, Column]) -> DataFrame:
    """One row for each non-null value: the number of its question and its hash."""
    if len(columns) == 1:
        number, value = next(iter(columns.items()))
        return rows.select(F.lit(number).alias("number"), value.alias("value")).where(F.col("value").isNotNull())
    structs = [F.struct(F.lit(number).alias("number"), value.alias("value")) for number, value in columns.items()]
    exploded = rows.select(F.explode(F.array(*structs)).alias("item"))
    return exploded.select("item.number", "item.value").where(F.col("value").isNotNull())


def repeats(frame: PlacedFrame, unique: Unique) -> Tally:
    """Exact count of repeated keys, after the hashes said that there are some."""
    keys = frame.rows.select(*(form.alias(f"k{number}") for number, form in enumerate(told_apart(frame, unique))))
    counted = keys.dropna().groupBy(*keys.columns).agg(F.count(F.lit(1)).alias("n"))
    row = counted.agg(F.sum("n"), F.count("n"), _number_where(F.col("n") > 1), F.sum(F.col("n") - F.lit(1))).collect()[
        0
    ]
    return Tally(*(int(value or 0) for value in row))


def capacity(frame: PlacedFrame, overlap: Overlap) -> float:
    """Number of values that the format of a source column can hold, from the characters at each of its places."""
    values = frame.rows.select(F.trim(frame.column(overlap.columns[0]).cast("string")).alias("value"))
    letters = [F.col("value").substr(place, 1) for place in range(1, POSITIONS + 1)]
    places = [F.when(letter != "", letter) for letter in letters]  # past the end of a value there is none
    row = values.agg(*(F.min(place) for place in places), *(F.max(place) for place in places)).collect()[0]
    return format_capacity(row[:POSITIONS], row[POSITIONS:])
