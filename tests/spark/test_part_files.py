"""Spark reads the files that workers write themselves as it reads its own, columns of every plain type included."""

import datetime
import decimal

import pyarrow as pa
from pyspark.sql import types as T

from synthspark.generate.large.files import PartFiles
from synthspark.generate.large.on_spark import file_metadata
from synthspark.generate.recipe import INDEX
from synthspark.spark_types import collect_arrow, spark_type
from synthspark.stats.frame import arrow_type

OLD = datetime.datetime(1500, 2, 28, 1, 2, 3, 456789)
VALUES = {
    "byte": [-128, None, 127],
    "short": [-32768, None, 32767],
    "integer": [-(2**31), None, 2**31 - 1],
    "long": [-(2**63), None, 2**63 - 1],
    "float": [0.5, None, float("nan")],
    "double": [0.1, None, float("inf")],
    "boolean": [True, None, False],
    "string": ["ä", None, ""],
    "binary": [b"\x00\xff", None, b""],
    "date": [OLD.date(), None, datetime.date(2299, 1, 1)],
    "timestamp": [OLD.replace(tzinfo=datetime.UTC), None, datetime.datetime(2299, 1, 1, tzinfo=datetime.UTC)],
    "timestamp_ntz": [OLD, None, datetime.datetime(2299, 1, 1)],
    "decimal(10,2)": [decimal.Decimal("-12345678.90"), None, decimal.Decimal("0.01")],
    "decimal(38,18)": [decimal.Decimal("12345678901234567890.123456789012345678"), None, decimal.Decimal(0)],
}


def test_spark_reads_what_was_written(spark, tmp_path):
    arrays = {name: pa.array(values, arrow_type(name)) for name, values in VALUES.items()}
    batch = pa.RecordBatch.from_pydict({**arrays, INDEX: pa.array([0, 1, 2])})
    (tmp_path / "aside").mkdir()
    columns, types = {name: name for name in arrays}, {name: arrow_type(name) for name in arrays}
    form = T.StructType([T.StructField(name, spark_type(name)) for name in arrays])
    files = PartFiles(str(tmp_path / "aside"), columns, types, 10, 0, 0, "zstd", file_metadata(spark, form))
    told = [row for one in files.writing(lambda _: iter([batch]))(iter(())) for row in one.to_pylist()]
    files.put(str(tmp_path / "table"), [(row["file"], row["block"]) for row in told])
    read = collect_arrow(spark.read.schema(form).parquet(str(tmp_path / "table")))
    for name, array in arrays.items():
        assert str(read.column(name).to_pylist()) == str(array.to_pylist()), name
    told_by_the_files = spark.read.parquet(str(tmp_path / "table")).schema
    assert [field.dataType for field in told_by_the_files] == [field.dataType for field in form]
