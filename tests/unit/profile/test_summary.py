"""Summaries do not depend on how the rows are split, and say what a naive count says."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthspark.artifacts.profile import TableProfile
from synthspark.artifacts.sketches import TableSketch
from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.packing import pack, unpack
from synthspark.profile.summary import Bounds, TableSummary, merge, merge_all, summarise

SCHEMA = pa.schema([("n", pa.int64()), ("x", pa.float64()), ("t", pa.string()), ("d", pa.date32()), ("b", pa.bool_())])
TYPES = {"n": "long", "x": "double", "t": "string", "d": "date", "b": "boolean"}
ROWS = st.lists(
    st.tuples(
        st.integers(-5, 40) | st.none(),
        st.floats(-2, 2, width=16) | st.none(),
        st.text("ab1 ", max_size=3) | st.none(),
        st.dates(dt.date(1900, 1, 1), dt.date(2300, 1, 1)) | st.none(),
        st.booleans() | st.none(),
    ),
    max_size=60,
)


def table_of(rows: list[tuple[object, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in SCHEMA]
    return pa.table([pa.array(list(column), field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def finished(summary: TableSummary) -> tuple[TableProfile, TableSketch]:
    return finish("t", summary, TYPES, DiscoverSettings())


def same_sketches(a: TableSketch, b: TableSketch) -> bool:
    return all(
        np.array_equal(a.columns[name].hashes, b.columns[name].hashes)
        and np.array_equal(a.columns[name].counts, b.columns[name].counts)
        and a.columns[name].exact == b.columns[name].exact
        for name in a.columns
    )


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cuts=st.lists(st.integers(0, 60), max_size=3), values=st.sampled_from([4, 1000]))
def test_profile_is_blind_to_how_rows_are_split(rows: list[tuple[object, ...]], cuts: list[int], values: int) -> None:
    table, bounds = table_of(rows), Bounds(values, 8)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [
        summarise(table.slice(low, high - low), bounds, position=place)
        for place, (low, high) in enumerate(pairwise(edges))
    ]
    whole, split = finished(summarise(table, bounds)), finished(merge_all(parts))
    assert whole[0] == split[0]
    assert same_sketches(whole[1], split[1])


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, cut=st.integers(0, 60))
def test_leaving_out_early_what_cannot_enter_changes_nothing(rows: list[tuple[object, ...]], cut: int) -> None:
    table, bounds = table_of(rows), Bounds(4, 8)
    first = summarise(table.slice(0, cut), bounds)
    second = summarise(table.slice(cut), bounds, position=1, known=first)
    assert finished(merge(first, second))[0] == finished(summarise(table, bounds))[0]


@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_packing_keeps_everything(rows: list[tuple[object, ...]]) -> None:
    summary = summarise(table_of(rows), Bounds(16, 8))
    assert finished(unpack(pack(summary)))[0] == finished(summary)[0]


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.integers(0, 6) | st.none(), max_size=80))
def test_counts_agree_with_naive_ones(values: list[int | None]) -> None:
    profile, sketch = finish(
        "t", summarise(pa.table({"v": pa.array(values, pa.int64())}), Bounds(64, 64)), {"v": "long"}, DiscoverSettings()
    )
    known = Counter(value for value in values if value is not None)
    column = profile.columns["v"]
    assert (column.rows, column.nulls, column.distinct) == (len(values), values.count(None), len(known))
    assert column.top_values == {str(value): count for value, count in known.items() if count >= 5}
    assert sorted(sketch.columns["v"].counts) == sorted(known.values())
    if known:
        assert (column.minimum, column.maximum) == (min(known), max(known))
        assert column.quantiles[4] == sorted(known.elements())[(sum(known.values()) - 1) // 2]


def test_estimate_of_distinct_values_is_close() -> None:
    # The relative standard error of k smallest hashes is 1 / sqrt(k - 2): 3.1 % for 1,024; five of them are allowed.
    table = pa.table({"v": pa.array(np.arange(200_000) // 2)})
    profile, _ = finish("t", summarise(table, Bounds(1_024, 64)), {"v": "long"}, DiscoverSettings())
    column = profile.columns["v"]
    assert not column.distinct_exact
    assert column.distinct == pytest.approx(100_000, rel=0.16)
    assert not column.unique


def test_a_unique_column_stays_unique_when_only_a_sample_is_kept() -> None:
    table = pa.table({"v": pa.array(np.arange(50_000))})
    profile, _ = finish("t", summarise(table, Bounds(256, 64)), {"v": "long"}, DiscoverSettings())
    assert profile.columns["v"].unique
    assert profile.columns["v"].monotonic


def test_parts_that_ascend_strictly_and_apart_prove_a_key() -> None:
    low, high, inner = (
        pa.table({"v": pa.array(np.arange(*ends))}) for ends in ((0, 5_000), (5_000, 9_000), (100, 200))
    )
    bounds = Bounds(256, 64)
    apart = merge(summarise(high, bounds), summarise(low, bounds, position=1))
    assert finish("t", apart, {"v": "long"}, DiscoverSettings())[0].columns["v"].distinct_exact
    overlapping = merge(apart, summarise(inner, bounds, position=2))
    assert not finish("t", overlapping, {"v": "long"}, DiscoverSettings())[0].columns["v"].distinct_exact


def test_timestamps_beyond_the_range_of_pandas() -> None:
    late = dt.datetime(2300, 5, 1, 12, 0, 0, 5)
    table = pa.table({"v": pa.array([late, None], pa.timestamp("us"))})
    profile, _ = finish("t", summarise(table, Bounds(16, 16)), {"v": "timestamp_ntz"}, DiscoverSettings())
    micros = (late - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
    assert profile.columns["v"].maximum == float(micros)


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_columns_without_values(rows: int) -> None:
    table = pa.table({"v": pa.nulls(rows, pa.string()), "w": pa.nulls(rows, pa.float64()), "u": pa.nulls(rows)})
    types = {"v": "string", "w": "double", "u": "void"}
    profile, _ = finish("t", summarise(table, Bounds(16, 16)), types, DiscoverSettings())
    for column in profile.columns.values():
        assert (column.rows, column.nulls, column.distinct, column.semantic) == (rows, rows, 0, "empty")


def test_not_a_number_is_a_missing_value() -> None:
    profile, _ = finish(
        "t", summarise(pa.table({"v": [1.5, float("nan"), None]}), Bounds(16, 16)), {"v": "double"}, DiscoverSettings()
    )
    assert profile.columns["v"].nulls == 2


def test_nested_columns_are_listed_and_do_not_stop_the_others() -> None:
    table = pa.table({"s": pa.array([{"a": 1}]), "v": [1]})
    types = {"s": "struct<a:long>", "v": "long"}
    profile, sketch = finish("t", summarise(table, Bounds(16, 16)), types, DiscoverSettings())
    assert list(profile.unsupported) == ["s"]
    assert list(sketch.columns) == ["v"]


def test_a_thousand_columns() -> None:
    table = pa.table({f"c{place}": np.arange(50) % (place + 1) for place in range(1_000)})
    bounds = Bounds.of(1_000, 16_384)
    profile, _ = finish("t", summarise(table, bounds), dict.fromkeys(table.column_names, "long"), DiscoverSettings())
    assert [profile.columns[f"c{place}"].distinct for place in (0, 9, 999)] == [1, 10, 50]


def test_personal_values_are_not_named() -> None:
    table = pa.table({"email": ["ann@example.org", "bob@example.org", "cy@example.org"] * 9})
    profile, _ = finish("t", summarise(table, Bounds(16, 16)), {"email": "string"}, DiscoverSettings())
    assert profile.columns["email"].semantic == "email"
    assert not profile.columns["email"].top_values


def test_sentinels() -> None:
    table = pa.table({"t": ["N/A"] * 6 + ["a b"] * 4, "n": [-1] * 5 + [3, 4, 5, 6, 7], "d": [dt.date(1900, 1, 1)] * 10})
    types = {"t": "string", "n": "long", "d": "date"}
    profile, _ = finish("t", summarise(table, Bounds(16, 16)), types, DiscoverSettings())
    assert [profile.columns[name].sentinels for name in types] == [("N/A",), ("-1",), ("1900-01-01",)]
