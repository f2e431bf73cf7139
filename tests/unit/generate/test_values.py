"""Values of columns, from what a model says and what the engine drew."""

import numpy as np
import pyarrow as pa

from synthspark.artifacts.schema import Column
from synthspark.fit.columns import ColumnSettings, feature_of, model_column
from synthspark.fit.summaries import summarise
from synthspark.generate.values import drawn_values
from synthspark.stats.features import encode_feature


def test_an_identifier_that_refers_to_nothing_keeps_its_repetitions_but_no_value():
    codes = [f"AC-{number % 40:05d}" for number in range(1_000)]
    column = Column("string", "key")
    summary = summarise("account", "string", pa.array(codes), k=5, most_categories=100)
    model = model_column(column, summary, ColumnSettings(5, 100))
    feature = feature_of(model, 0, len(codes))
    assert feature is not None
    drawn = encode_feature(pa.array(codes), feature)
    made = drawn_values(model, drawn, np.arange(1_000), 1_000, stream=7).to_pylist()
    assert not set(made) & set(codes)
    assert len(set(zip(codes, made, strict=True))) == len(set(made)) == 40
