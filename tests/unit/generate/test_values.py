"""Values of columns, from what a model says and what the engine drew."""

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column
from synthspark.fit.columns import ColumnSettings, feature_of, model_column
from synthspark.fit.summaries import summarise
from synthspark.generate.values import drawn_values, invented_values, with_presence
from synthspark.stats.features import encode_feature


@pytest.mark.parametrize(
    ("semantic", "form"), [("key", "AC-{:05d}"), ("url", "https://pictures.example.org/people/{}.png")]
)
def test_an_identifier_that_refers_to_nothing_keeps_its_repetitions_but_no_value(semantic, form):
    codes = [form.format(number % 40) if number % 50 else "" for number in range(1_000)]
    column = Column("string", semantic)
    summary = summarise("account", "string", pa.array(codes), k=5, most_categories=100)
    model = model_column(column, summary, ColumnSettings(5, 100))
    feature = feature_of(model, 0, len(codes))
    assert feature is not None
    drawn = encode_feature(pa.array(codes), feature)
    made = drawn_values(model, drawn, np.arange(1_000), 1_000, stream=7).to_pylist()
    assert set(made) & set(codes) == {""}
    assert len(set(zip(codes, made, strict=True))) == len(set(made)) == 41


@pytest.mark.parametrize(("semantic", "most"), [("phone", 0.6), ("unknown", 0.3)])
def test_texts_that_say_nothing_stay_as_frequent_as_they_are(semantic, most):
    draw = np.random.default_rng(2)
    numbers = [f"+49 30 {number:07d}" for number in draw.permutation(10**6)[:1_000]]
    values = [
        None if u < 0.2 else "" if u < most else text for u, text in zip(draw.random(1_000), numbers, strict=True)
    ]
    column = Column("string", semantic)
    summary = summarise("phone", "string", pa.array(values), k=5, most_categories=100)
    model = model_column(column, summary, ColumnSettings(5, 100))
    feature = feature_of(model, values.count(None), len(values))
    assert feature is not None
    drawn, index = encode_feature(pa.array(values), feature), np.arange(1_000)
    made = invented_values(model.way, model.parameters, "string", index, 1_000, 7, {})
    made = with_presence(made, drawn, model.parameters["blank"]).to_pylist()
    assert [text if not text else "known" for text in made] == [text if not text else "known" for text in values]
    assert not set(made) & set(numbers)
