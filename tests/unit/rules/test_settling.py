"""Steps of rules on small columns: what they change, and that they leave alone what obeys."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.artifacts.bounds import Bound
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.steps import Step
from synthspark.rules.between import kept_between
from synthspark.rules.casting import rounded, written
from synthspark.rules.checks import check_count, with_check
from synthspark.rules.counting import count
from synthspark.rules.groups import commonest, settle_sequence, settle_share
from synthspark.rules.settling import Rows, settle, settle_nulls
from synthspark.rules.values import numbers

NO_ONE = np.zeros(8, dtype=bool)


def days(*numbers):
    return pa.array([None if n is None else dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in numbers], pa.date32())


def rows(**columns):
    size = len(next(iter(columns.values())))
    return Rows(dict(columns), np.arange(size))


def test_a_value_beyond_its_bound_is_mirrored_and_kept_between_all_bounds():
    rule = Rule("order", "t", ("a", "b"))
    held = rows(a=days(10, 10, 10, None, 10, 30), b=days(12, 7, 0, 3, None, 5), c=days(20, 20, 14, 20, 20, 20))
    settle(Step("bounds", ("b",), rule, (Bound("a", rule),), (Bound("c", rule),)), held, 0)
    assert held.columns["b"].equals(days(12, 13, 12, 3, None, 30))
    settle(Step("bounds", ("b",), rule, (Bound("a", rule),), (Bound("c", rule),), or_null=True), held, 0)
    assert held.columns["b"].equals(days(12, 13, 12, 3, None, None))


def test_columns_follow_the_bound_that_was_moved_and_stay_within_the_range_of_the_source():
    above, rule = Rule("order", "t", ("start", "a")), Rule("order", "t", ("a", "b"))
    held = rows(start=days(100, 0, 100), a=days(40, 40, 90), b=days(45, 45, 95))
    held.spans = {name: tuple(numbers(pa.chunked_array([days(0, 112)]))) for name in "ab"}
    settle(Step("bounds", ("a",), above, (Bound("start", above),)), held, 0)
    settle(Step("bounds", ("b",), rule, (Bound("a", rule),)), held, 0)
    assert held.columns["a"].equals(days(112, 40, 110))
    assert held.columns["b"].equals(days(112, 45, 111))


@given(
    own=st.integers(-1000, 1000),
    low=st.none() | st.integers(-100, 100),
    room=st.none() | st.integers(0, 50),
    moved=st.booleans(),
)
def test_mirrored_numbers_lie_between_their_bounds_and_obeying_ones_stay(own, low, room, moved):
    high = None if room is None else (low or 0) + room
    sides = [np.array([np.nan if side is None else float(side)]) for side in (low, high)]
    (kept,) = kept_between(np.array([float(own)]), *sides, (-150.0, 150.0), np.array([moved]))
    assert (low is None or kept >= low) and (high is None or kept <= high)
    if (low is None or own >= low) and (high is None or own <= high):
        assert kept == own or (moved and abs(own) > 150)
    else:
        assert abs(kept) <= 150


def test_bounds_are_kept_on_the_grid_of_the_column():
    rule = Rule("order", "t", ("a", "b"))
    held = rows(a=pa.array([1.25, 1.25]), b=pa.array([Decimal("1.2"), Decimal("1.3")], pa.decimal128(5, 1)))
    settle(Step("bounds", ("b",), rule, (Bound("a", rule),)), held, 0)
    assert held.columns["b"].to_pylist() == [Decimal("1.4"), Decimal("1.3")]


def test_a_formula_is_rounded_as_its_tolerance_says_and_leaves_missing_values():
    parameters = {"form": "product", "factor": 0.5, "tolerance": 0.005}
    held = rows(a=pa.array([0.0, 1.0, None, 9.0]), b=pa.array([1.24, None, 3.0, 2.0]))
    settle(Step("formula", ("a",), Rule("formula", "t", ("a", "b"), parameters=parameters)), held, 0)
    assert held.columns["a"].to_pylist() == [0.62, 1.0, None, 1.0]


@pytest.mark.parametrize(("tolerance", "wanted"), [(0.5, 2.0), (0.05, 2.3), (0.0, 2.345678)])
def test_decimal_places_follow_from_the_tolerance(tolerance, wanted):
    assert rounded(np.array([2.345678]), tolerance) == wanted


def test_whole_numbers_and_missing_values_are_written_in_the_columns_type():
    assert written(np.array([1.6, np.nan, 400.0]), pa.int8()).to_pylist() == [2, None, 127]
    assert written(np.array([1.2, 1.0000000001]), pa.int64(), way="up").to_pylist() == [2, 1]


def test_one_flag_is_left_where_several_or_none_are_set():
    rule = Rule("one_hot", "t", ("a", "b"))
    held = rows(a=pa.array([1, 1, 0, None, 0]), b=pa.array([0, 1, 0, 0, 1]))
    settle(Step("one_hot", rule.columns, rule), held, 0)
    a, b = (held.columns[name].to_pylist() for name in "ab")
    assert [(a[i], b[i]) for i in (0, 3, 4)] == [(1, 0), (None, 0), (0, 1)]
    assert a[1] + b[1] == a[2] + b[2] == 1


def test_missing_values_follow_their_column_and_are_lent_where_they_must_not_be_missing():
    parameters = {"column": "kind", "values": ["none"], "exact": True}
    rule = Rule("null_when", "t", ("x",), parameters=parameters)
    held = rows(kind=pa.array(["none", "some", "some", None]), x=pa.array([1, None, 3, None]))
    settle_nulls(Step("null_when", ("x",), rule), held, {"x": pa.array([7])}, 0)
    assert held.columns["x"].to_pylist() == [None, 7, 3, None]


def test_check_digits_are_written_between_separators():
    texts = pa.array(["A-7992739871-0", None, "7992739871x3", "--"])
    fixed = with_check(texts, "luhn")
    assert fixed.to_pylist() == ["A-7992739871-3", None, "7992739871x3", "--"]
    assert check_count(fixed.drop_null().slice(0, 2), "luhn") == (2, 0)


def test_the_commonest_value_wins_the_earliest_of_equals_and_what_is_given_before_all():
    left, right = np.array([0, 0, 0, 1, 1, 2, -1, 2]), np.array([5, 6, 6, 8, 7, 3, 3, -1])
    assert commonest(left, right, np.arange(8), NO_ONE).tolist() == [1, 1, 1, 3, 3, 5, -1, -1]
    given = np.array([True, *NO_ONE[1:]])
    assert commonest(left, right, np.arange(8), given).tolist()[:3] == [0, 0, 0]


def test_rows_are_counted_in_the_order_of_their_numbers():
    rule = Rule("sequence", "t", ("n",), parameters={"within": ["g"], "start": 1})
    held = rows(g=pa.array(["a", "b", "a", None, "a"]), n=pa.array([9, 4, 2, 5, None]))
    settle_sequence(Step("sequence", ("n",), rule), held)
    assert held.columns["n"].to_pylist() == [2, 1, 1, 5, 3]


def test_children_share_out_what_their_parent_has_for_all_of_them():
    up = {"parent": "bill", "via": ["bill"], "parent_key": ["id"], "parent_columns": ["total"]}
    rule = Rule("copy", "line", ("paid",), parameters=up)
    held = Rows(
        {
            "bill": pa.array([1, 1, 1, 2, 2, 3, None, 4, 4]),
            "paid": pa.array(
                [Decimal(n) / 100 for n in (100, 100, 100, 0, 0, 700, 500, 300, 100)], pa.decimal128(8, 2)
            ),
        },
        np.arange(9),
        {("bill", ("bill",), "total"): pa.array([10.0, 10.0, 10.0, 0.05, 0.05, None, 9.0, -1.0, -1.0])},
    )
    settle_share(Step("share", ("paid",), rule), held)
    assert [round(float(n) * 100) for n in held.columns["paid"].to_pylist()] == [
        334,
        333,
        333,
        3,
        2,
        700,
        500,
        300,
        100,
    ]


def test_rows_are_counted_along_the_column_that_the_rule_names():
    parameters = {"within": ["g"], "start": 1, "along": "on"}
    rule = Rule("sequence", "t", ("n",), parameters=parameters)
    held = rows(g=pa.array(list("aaaab")), n=pa.array([1, 2, 3, 4, 7]), on=days(5, 2, None, 2, 0))
    assert count(rule, {"t": pa.table(dict(held.columns))}).violations == 2
    settle_sequence(Step("sequence", ("n",), rule), held)
    assert held.columns["n"].to_pylist() == [3, 1, 4, 2, 1]
    assert count(rule, {"t": pa.table(dict(held.columns))}).violations == 0
