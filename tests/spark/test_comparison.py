"""The normal forms of values on Spark are those of Arrow arrays."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from synthspark.spark_types import collect_arrow, column, normal_form
from synthspark.stats.comparison import normal_form as normal_form_of_array

TEXTS = ["42", "000042", "C-42", " 42\n", "\n", "-0007", "42.0", "4 2", "9" * 19, "", "Ab\t ", "ΣΑΣ", "İx", "é É", None]
ROWS = [(text, 1.5 * i, Decimal(i) / 2, i) for i, text in enumerate(TEXTS)]


@pytest.mark.parametrize("comparison", ["exact", "number", "folded"])
def test_spark_and_arrow_agree_on_the_form_of_a_value(spark: SparkSession, comparison: str) -> None:
    frame = spark.createDataFrame(ROWS, "s string, d double, m decimal(20,3), i int").coalesce(1)
    forms = [normal_form(column(f.name), f.dataType, comparison).alias(f.name) for f in frame.schema.fields]
    table, found = collect_arrow(frame), collect_arrow(frame.select(*forms))
    for name in table.column_names:
        expected = normal_form_of_array(table.column(name).combine_chunks(), comparison)
        assert found.column(name).to_pylist() == expected.to_pylist()
