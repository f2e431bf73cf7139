"""Tables of every format open or say what is wrong, and come back as they were written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from synthspark.config import OutputSettings, SourceSettings
from synthspark.errors import DataError
from synthspark.read.on_spark import open_database, read_table
from synthspark.spark_types import collect_arrow, column, logical_type, spark_type
from synthspark.write.on_spark import write_table

ODD = {
    "a b": [1, 2],
    "x.y": ["p", 'q "r"\nnext line'],
    "select": [1.5, None],
    "Ünï": [dt.date(2300, 1, 1), None],
    "`tick`": [Decimal("1.50"), Decimal("2.00")],
    "when": pa.array([dt.datetime(2300, 1, 1, 0, 0, 0, 7), None], pa.timestamp("us", "UTC")),
}


def write(folder: Path, name: str, table: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / name)


def test_all_faults_of_all_tables_are_told_at_once(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path, "good.parquet", pa.table({"a": [1]}))
    write(tmp_path, "twins.parquet", pa.table({"a": [1], "A": [2]}))
    write(tmp_path, "nano.parquet", pa.table({"t": pa.array([1], pa.timestamp("ns"))}))
    write(tmp_path, "bare.parquet", pa.table({}))
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(DataError) as fault:
        open_database(spark, SourceSettings(path=str(tmp_path)))
    lines = {line.split()[1]: line for line in str(fault.value).splitlines()}
    assert sorted(lines) == ["bare", "nano", "torn", "twins"]
    for table, said in {
        "bare": "no column",
        "nano": "TIMESTAMP(NANOS",
        "torn": "damaged",
        "twins": "differ by case only",
    }.items():
        assert said in lines[table]


def test_formats_that_the_session_lacks_are_named(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t" / "_delta_log").mkdir(parents=True)
    with pytest.raises(DataError, match="no reader of the format delta"):
        open_database(spark, SourceSettings(format="delta", path=str(tmp_path)))


def test_unknown_catalog_schema(spark: SparkSession) -> None:
    with pytest.raises(DataError, match="nowhere: the catalog schema cannot be listed"):
        open_database(spark, SourceSettings(format="table", path="nowhere"))


def test_lines_that_are_no_json(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[\n{"a": 1}\n]\n')
    with pytest.raises(DataError, match="multiLine: true"):
        open_database(spark, SourceSettings(format="json", path=str(tmp_path)))


def test_a_header_that_names_a_column_twice(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "twins.csv").write_text("a,b,a\n1,2,3\n")
    (tmp_path / "fine.csv").write_text("col0,col1\n1,2\n")
    with pytest.raises(DataError) as fault:
        open_database(spark, SourceSettings(format="csv", path=str(tmp_path)))
    assert len(str(fault.value).splitlines()) == 1
    assert "column 'a' is there 2 times" in str(fault.value)


@pytest.mark.parametrize("table_format", ["parquet", "csv", "json", "orc"])
def test_what_is_written_is_read_again(spark: SparkSession, tmp_path: Path, table_format: str) -> None:
    named = dict(ODD)
    if table_format == "orc":
        del named["`tick`"]  # Spark's ORC reader cuts names at a backtick
    write(tmp_path / "in", "odd [1] table.parquet", pa.table(named))
    frame = open_database(spark, SourceSettings(path=str(tmp_path / "in")))["odd [1] table"]
    output = OutputSettings(format=table_format)
    write_table(frame.limit(1), str(tmp_path / "out" / "odd"), output)  # what was there is replaced
    written = write_table(frame, str(tmp_path / "out" / "odd"), output)
    again = read_table(spark, "odd", written, schema=frame.schema).select([column(name) for name in frame.columns])
    assert again.schema.simpleString() == frame.schema.simpleString()
    assert collect_arrow(again.orderBy(column("a b"))).equals(collect_arrow(frame.orderBy(column("a b"))))


def test_catalog_tables(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql("CREATE DATABASE IF NOT EXISTS read_test")
    frame = spark.range(3)
    write_table(frame, "ignored/my_table", OutputSettings(format="table", options={"schema": "read_test"}))
    try:
        tables = open_database(spark, SourceSettings(format="table", path="read_test"))
        assert {name: table.count() for name, table in tables.items()} == {"my_table": 3}
    finally:
        spark.sql("DROP DATABASE read_test CASCADE")


@pytest.mark.parametrize(
    "logical",
    ["long", "decimal(38,0)", "timestamp_ntz", "array<map<string,decimal(3,1)>>", "struct<`a b`:long,c:array<date>>"],
)
def test_logical_types_name_spark_types(logical: str) -> None:
    assert logical_type(spark_type(logical)) == logical


def test_unknown_types_are_refused() -> None:
    with pytest.raises(DataError, match="column type 'lnog'"):
        spark_type("lnog")
