"""Propose a schema; large tables are counted by Spark, all places and pairs of a pass together."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.catalog import CatalogFacts
from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.schema import Column, Schema
from synthspark.artifacts.sketches import DatabaseSketches
from synthspark.config import DiscoverSettings
from synthspark.relate.counting import Counts
from synthspark.relate.declared import weigh_declared, with_declared
from synthspark.relate.facts import Place, gather_facts
from synthspark.relate.search import build_schema, search
from synthspark.spark_types import collect_arrow, column, normal_form

logger = logging.getLogger(__name__)

NOTHING_DECLARED = CatalogFacts()
PLACES_A_JOB = 48  # each is one more sum in the aggregate of a job


def propose_schema(
    name: str,
    frames: Mapping[str, DataFrame],
    profile: DatabaseProfile,
    sketches: DatabaseSketches,
    settings: DiscoverSettings,
    catalog: CatalogFacts = NOTHING_DECLARED,
) -> Schema:
    """Primary keys, foreign keys, meanings and roles of all tables, each as a proposal with its evidence."""
    started = time.monotonic()
    facts = gather_facts(profile, sketches)

    def count(places: Sequence[Place], pairs: Sequence[tuple[Place, Place]]) -> Counts:
        return count_places(frames, places, pairs)

    found = weigh_declared(search(facts, count, settings), catalog, settings.declared)
    columns = {
        table: {
            one: Column(known.type, known.semantic, known.nulls > 0 or known.rows == 0, known.semantic_confidence)
            for one, known in described.columns.items()
        }
        for table, described in profile.tables.items()
    }
    schema = build_schema(name, facts, columns, found, settings)
    schema = with_declared(schema, facts, catalog, count, settings.declared)
    logger.info(
        "relate: %d tables, %d foreign keys, %.1f s",
        len(schema.tables),
        len(schema.foreign_keys),
        time.monotonic() - started,
    )
    return schema


def count_places(
    frames: Mapping[str, DataFrame], places: Sequence[Place], pairs: Sequence[tuple[Place, Place]]
) -> Counts:
    """Exact counts; the number of jobs is that of the places divided by `PLACES_A_JOB`, whatever the tables' number.

    Values are compared by 64-bit hashes of a form that is the same for all types of a family.
    """
    counts = Counts({}, {}, {}, {})
    for some_places, some_pairs in _batches(places, pairs):
        part = _count(frames, some_places, some_pairs)
        counts = Counts(
            {**counts.rows, **part.rows},
            {**counts.distinct, **part.distinct},
            {**counts.matched_rows, **part.matched_rows},
            {**counts.matched_distinct, **part.matched_distinct},
        )
    return counts


def _batches(
    places: Sequence[Place], pairs: Sequence[tuple[Place, Place]]
) -> Iterator[tuple[list[Place], list[tuple[Place, Place]]]]:
    held: dict[Place, None] = {}
    held_pairs: list[tuple[Place, Place]] = []
    for pair in (*((place, place) for place in places), *sorted(pairs, key=lambda pair: (pair[1], pair[0]))):
        if len(held.keys() | set(pair)) > PLACES_A_JOB:
            yield list(held), held_pairs
            held, held_pairs = {}, []
        held.update(dict.fromkeys(pair))
        if pair[0] != pair[1]:
            held_pairs.append(pair)
    if held:
        yield list(held), held_pairs


def _count(frames: Mapping[str, DataFrame], places: list[Place], pairs: list[tuple[Place, Place]]) -> Counts:
    number = {place: i for i, place in enumerate(places)}
    tables = sorted({place.table for place in places})
    values = reduce(
        DataFrame.unionByName,
        [
            _values(frames[table], {place: number[place] for place in places if place.table == table})
            for table in tables
        ],
    )
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


def _values(frame: DataFrame, numbers: Mapping[Place, int]) -> DataFrame:
    """One row for each place of the table and each of its rows without a null there: (place, value hash)."""
    types = {field.name: field.dataType for field in frame.schema.fields}
    parts = []
    for place, number in numbers.items():
        ways = zip(place.columns, place.comparisons, strict=True)
        forms = [comparable_form(name, types[name], how) for name, how in ways]
        filled = reduce(SparkColumn.__and__, [form.isNotNull() for form in forms])
        parts.append(F.struct(F.lit(number).alias("place"), F.when(filled, F.xxhash64(*forms)).alias("value")))
    exploded = frame.select(F.explode(F.array(*parts)).alias("one"))
    return exploded.select("one.place", "one.value").where(F.col("value").isNotNull())


def comparable_form(name: str, kind: T.DataType, comparison: str) -> SparkColumn:
    """Text of a value that is the same for equal values of all types of a family; null for null and NaN.

    A comparison across formats looks at the normal form, and at the value itself where it has none.
    """
    value = column(name)
    if comparison != "exact" and isinstance(kind, T.StringType | T.CharType | T.VarcharType):
        return F.coalesce(normal_form(value, kind, comparison).cast("string"), value)
    if isinstance(kind, T.DateType):
        return (F.datediff(value, F.lit("1970-01-01").cast("date")).cast("long") * 86_400_000_000).cast("string")
    if isinstance(kind, T.TimestampType):
        return F.unix_micros(value).cast("string")
    if isinstance(kind, T.TimestampNTZType):
        return _local_micros(value).cast("string")
    if isinstance(kind, T.FloatType | T.DoubleType):
        whole = (value == F.floor(value)) & (F.abs(value) < F.lit(1e18))
        return F.when(F.isnan(value), None).when(whole, F.floor(value).cast("string")).otherwise(value.cast("string"))
    if isinstance(kind, T.DecimalType):
        return F.regexp_replace(value.cast("string"), r"\.0*$|(\.\d*?[1-9])0+$", "$1")
    if isinstance(kind, T.BinaryType):
        return F.hex(value)
    return value.cast("string")


def _local_micros(value: SparkColumn) -> SparkColumn:
    """Microseconds since 1970 of a timestamp without zone, whatever the session's zone."""
    days = F.datediff(value.cast("date"), F.lit("1970-01-01").cast("date")).cast("long")
    seconds = (days * 24 + F.hour(value)) * 60 + F.minute(value)
    fraction = F.extract(F.lit("SECOND"), value) * 1_000_000  # with its six decimals
    return seconds * 60_000_000 + fraction.cast("long")
