"""Discovery on Spark says the same as on the driver, and counts large tables exactly."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from synthspark.config import DiscoverSettings
from synthspark.errors import DataError
from synthspark.profile.on_spark import profile_database, profile_table
from synthspark.progress import LoggedProgress
from synthspark.relate.counting import Part
from synthspark.relate.counts.hashes.on_spark import value_hash
from synthspark.relate.counts.on_spark import SparkCounter
from synthspark.relate.facts import Place
from synthspark.relate.on_spark import propose_schema
from synthspark.seeds import IntArray, WordArray
from synthspark.spark_types import collect_arrow
from synthspark.stats.hashing import hash_tuples, hash_values

ON_DRIVER = DiscoverSettings()
IN_WORKERS = dataclasses.replace(ON_DRIVER, driver_rows=0)
SMALL_SKETCHES = dataclasses.replace(IN_WORKERS, sketch_size=64)


@pytest.fixture(scope="module")
def shop(spark: SparkSession) -> dict[str, DataFrame]:
    customers = spark.range(100, 400).select(
        F.col("id").alias("customer id"), (F.col("id") * 7 % 60 + 18).cast("int").alias("age")
    )
    orders = spark.range(1, 2001).select(
        F.col("id").alias("order id"),
        (F.col("id") * 7919 % 300 + 100).cast("decimal(10,2)").alias("customer id"),
        F.when(F.col("id") % 10 > 0, F.col("id") % 7).alias("units"),
        F.timestamp_seconds(F.col("id") + 10_413_792_000).alias("made.at"),  # in the year 2300
    )
    lines = spark.range(6000).select(
        (F.col("id") / 3).cast("long").alias("k") + 1, (F.col("id") % 3).alias("line"), (F.col("id") * 0.37).alias("x")
    )
    return {"customers": customers, "orders": orders, "lines": lines.toDF("order id", "line", "x")}


def test_workers_and_driver_give_one_profile(shop: dict[str, DataFrame]) -> None:
    for name, frame in shop.items():
        on_driver, _ = profile_table(name, frame, ON_DRIVER)
        in_workers, _ = profile_table(name, frame.repartition(3), IN_WORKERS)
        for column, known in on_driver.columns.items():
            found = dataclasses.replace(in_workers.columns[column], monotonic=known.monotonic)  # the order is lost
            assert found == known


@pytest.mark.parametrize("settings", [ON_DRIVER, SMALL_SKETCHES], ids=["driver", "workers"])
def test_keys_are_found_and_exact(shop: dict[str, DataFrame], settings: DiscoverSettings) -> None:
    profile, sketches = profile_database(shop, settings, LoggedProgress())
    schema = propose_schema("shop", shop, profile, sketches, settings)
    assert {key.label: key.evidence["coverage"] for key in schema.foreign_keys} == {
        "orders.customer id -> customers.customer id": 1.0,
        "lines.order id -> orders.order id": 1.0,
    }
    assert {name: table.primary_key for name, table in schema.tables.items()} == {
        "customers": ("customer id",),
        "orders": ("order id",),
        "lines": ("order id", "line"),
    }
    assert schema.tables["orders"].columns["units"].nullable
    assert not schema.tables["orders"].columns["order id"].nullable


def test_counts_compare_values_across_types(spark: SparkSession) -> None:
    moment = dt.datetime(2300, 1, 1, 13, 5, 7, 250_000)
    a = spark.createDataFrame(
        [(1, 2.0, "x", moment, dt.date(2300, 1, 1)), (2, 3.5, None, None, None)],
        "i int, d double, s string, n timestamp_ntz, t date",
    )
    b = spark.createDataFrame(
        [(Decimal("1.00"), 2, "x", moment, dt.datetime(2300, 1, 1)), (Decimal("9.50"), 3, "y", None, None)],
        "i decimal(9,2), d long, s string, n timestamp_ntz, t timestamp_ntz",
    )
    pairs = [(Place("a", (name,)), Place("b", (name,))) for name in ("i", "d", "s", "n", "t")]
    pairs.append((Place("a", ("i", "s")), Place("b", ("i", "s"))))
    counts = SparkCounter({"a": a, "b": b})([Place("b", ("i", "d"))], pairs)
    assert [counts.matched_rows[pair] for pair in pairs] == [1] * 6
    assert [counts.rows[pair[0]] for pair in pairs] == [2, 2, 1, 1, 1, 1]
    assert counts.distinct[Place("b", ("i", "d"))] == 2


def test_counts_compare_values_across_formats(spark: SparkSession) -> None:
    a = spark.createDataFrame([("C-0001", "ab "), ("C-0002", "AB"), ("C-none", "x"), (None, "y")], "n string, t string")
    b = spark.createDataFrame([(1, "AB"), (2, "Y ")], "n long, t string")
    numbers = Place("a", ("n",), ("number",)), Place("b", ("n",), ("number",))
    texts = Place("a", ("t",), ("folded",)), Place("b", ("t",), ("folded",))
    both = Place("a", ("n", "t"), ("number", "folded")), Place("b", ("n", "t"), ("number", "folded"))
    counts = SparkCounter({"a": a, "b": b})([], [numbers, texts, both])
    assert [counts.rows[pair[0]] for pair in (numbers, texts, both)] == [3, 4, 3]
    assert [counts.matched_rows[pair] for pair in (numbers, texts, both)] == [2, 3, 1]


def test_hashes_of_spark_are_those_of_arrays(spark: SparkSession) -> None:
    moment = dt.datetime(2300, 1, 1, 13, 5, 7, 250_000)
    rows = [
        (
            1,
            2.0,
            1.5,
            Decimal("7.00"),
            Decimal("0.37"),
            Decimal(10**30),
            "x",
            moment,
            moment,
            dt.date(1960, 2, 29),
            True,
        ),
        (-3, -0.0, 1e300, Decimal("-7.10"), Decimal("-5"), Decimal(-4), "é" * 90, None, moment, None, False),
        (None, float("nan"), -1e18, None, Decimal("2.5"), None, "", moment, None, dt.date(2300, 1, 1), None),
    ]
    frame = spark.createDataFrame(
        rows,
        "i int, d double, e double, p decimal(9,2), q decimal(38,20), w decimal(38,0), s string, n timestamp_ntz, "
        "z timestamp, t date, b boolean",
    ).withColumn("y", F.col("s").cast("binary"))
    held = collect_arrow(frame)
    kinds = {field.name: field.dataType for field in frame.schema.fields}
    found = collect_arrow(frame.select(*(value_hash(name, kind).alias(name) for name, kind in kinds.items())))
    for name in kinds:
        values = held.column(name).combine_chunks()
        hashes = found.column(name).combine_chunks()
        there = pc.is_valid(hashes).to_pylist()
        assert there == [one is not None and one == one for one in values.to_pylist()]
        assert hash_values(values)[there].view(np.int64).tolist() == hashes.drop_null().to_pylist(), name


@pytest.mark.parametrize("known", [("a",), ("b",), ("a", "b"), ()], ids=str)
def test_matches_are_the_same_whatever_is_known_already(spark: SparkSession, known: tuple[str, ...]) -> None:
    a = spark.range(0, 3_000).select((F.col("id") % 500).alias("x"), (F.col("id") % 3).alias("y"))
    b = spark.range(0, 400).select(F.col("id").cast("string").cast("double").alias("x"), F.lit(1).alias("y"))
    held = {"a": np.arange(500), "b": np.arange(400)}
    rows = {"a": 6, "b": 1}

    def sets(place: Place) -> tuple[WordArray, IntArray] | None:
        if place.table not in known or len(place.columns) > 1:
            return None
        hashes = np.sort(hash_values(pa.array(held[place.table])))
        return hashes, np.full(hashes.size, rows[place.table])

    single = (Place("a", ("x",)), Place("b", ("x",)))
    double = (Place("a", ("x", "y")), Place("b", ("x", "y")))
    counts = SparkCounter({"a": a, "b": b}, known=sets)([Place("b", ("x",))], [single, double])
    assert (counts.rows[single[0]], counts.distinct[single[0]]) == (3_000, 500)
    assert (counts.matched_rows[single], counts.matched_distinct[single]) == (2_400, 400)
    assert (counts.matched_rows[double], counts.matched_distinct[double]) == (800, 400)
    assert (counts.rows[single[1]], counts.distinct[single[1]]) == (400, 400)


def test_a_part_of_the_values_shows_what_is_no_key(spark: SparkSession) -> None:
    frame = spark.range(4_000).select((F.col("id") % 1_000).alias("a"), F.lit(1).alias("b"), F.col("id").alias("c"))
    true = Place("t", ("a", "c"))
    count = SparkCounter({"t": frame})
    rows = count.parts([Part(Place("t", ("a",)), ("c", "a"), 16, 4_000)])[0]
    values = hash_values(pa.array(np.arange(4_000) % 1_000))
    inside = values % 16 == 0
    expected = np.stack([hash_values(pa.array(np.arange(4_000)))[inside], values[inside]])
    assert rows[:, np.argsort(rows[0])].tolist() == expected[:, np.argsort(expected[0])].tolist()
    counts = count([Place("t", ("a",)), true], [])
    assert counts.distinct[Place("t", ("a",))] < counts.rows[Place("t", ("a",))] < 4_000
    assert counts.distinct[true] == counts.rows[true] == 4_000


def test_a_sample_refutes_tuples_far_from_the_coverage(spark: SparkSession) -> None:
    child = spark.range(2_000).select(F.col("id").alias("x"), (F.col("id") % 3).alias("y"))
    near, far = (Place("child", columns) for columns in (("x", "y"), ("y", "x")))
    parent = Place("parent", ("x", "y"))
    hashes = [hash_values(pa.array(np.arange(2_000) % step)) for step in (2_000, 3)]
    samples = {near: hash_tuples(hashes)[:512], far: hash_tuples(hashes[::-1])[:512]}
    count = SparkCounter({"child": child, "parent": child}, sampled=lambda place: samples[place], minimum_coverage=0.8)
    counts = count([], [(near, parent), (far, parent)])
    assert counts.matched_rows[near, parent] == counts.rows[near] == 2_000
    assert counts.matched_rows[far, parent] < 10 and counts.rows[far] == 512


def test_tables_of_no_and_one_row(spark: SparkSession) -> None:
    frames = {"none": spark.createDataFrame([], "id long, t string"), "one": spark.range(1)}
    for settings in (ON_DRIVER, IN_WORKERS):
        profile, sketches = profile_database(frames, settings, LoggedProgress())
        schema = propose_schema("db", frames, profile, sketches, settings)
        assert {name: table.rows for name, table in schema.tables.items()} == {"none": 0, "one": 1}


def test_files_that_cannot_be_read_to_the_end_are_named(spark: SparkSession) -> None:
    torn = spark.range(3).select(F.assert_true(F.col("id") < 1, F.lit("torn")).alias("x"), "id")
    with pytest.raises(DataError, match="table torn: its rows cannot be read to the end"):
        profile_database({"torn": torn, "good": spark.range(2)}, ON_DRIVER, LoggedProgress())
