"""Marks for a missing value are told from values."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, summarise

SOME_DAYS = [dt.date(2018, 3, 1) + dt.timedelta(days=7 * week) for week in range(200)]


def sentinels(values: pa.Array, kind: str) -> tuple[str, ...]:
    table = pa.table({"c": values})
    size = table.num_rows
    return finish("t", summarise(table, Bounds(size, size)), {"c": kind}, DiscoverSettings())[0].columns["c"].sentinels


@pytest.mark.parametrize("mark", ["", " ", "N/A", "unknown", "Unknown/Not Specified", "keine Angabe", "(none)", "n.d."])
def test_texts_that_say_there_is_none(mark: str) -> None:
    assert sentinels(pa.array(["red"] * 20 + ["blue"] * 20 + [mark] * 9), "string") == (mark,)


@pytest.mark.parametrize("text", ["No", "nothing to declare", "Nancy", "unknown soldier", "0"])
def test_texts_that_only_sound_like_it(text: str) -> None:
    assert sentinels(pa.array(["red"] * 20 + [text] * 9), "string") == ()


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ([*range(5), *range(5)] * 10 + [-1] * 9, "-1"),
        ([*range(3_000, 250_000, 900)] + [999_999] * 9, "999999"),
        ([*range(1950, 2024)] * 4 + [0] * 9, "0"),
        ([20.5, 31.25, 18.0, 44.5] * 30 + [-99.0] * 9, "-99"),
    ],
)
def test_numbers_that_stand_apart(values: list[float], mark: str) -> None:
    kind = "long" if isinstance(values[0], int) else "double"
    assert sentinels(pa.array(values), kind) == (mark,)


@pytest.mark.parametrize(
    "values",
    [
        [-1, 1] * 50,  # a code
        [-9, -5, -3, -1, 0, 2, 4] * 20,  # delays
        [0, 0, 0, 1, 2, 3, 10, 500] * 20,  # counts
        [999, 100, 2_500, 7_000, 1_000] * 20,  # amounts beyond it
        [*range(900, 1_000)] * 6,  # 999 is next to 998
    ],
)
def test_numbers_that_belong(values: list[int]) -> None:
    assert sentinels(pa.array(values), "long") == ()


def test_dates_that_cannot_be_meant_or_stand_at_the_end() -> None:
    for mark in (dt.date(1900, 1, 1), dt.date(9999, 12, 31), dt.date(1970, 1, 1)):
        assert sentinels(pa.array(SOME_DAYS * 5 + [mark] * 9), "date") == (mark.isoformat(),)


def test_a_birthday_on_such_a_day_is_a_birthday() -> None:
    born = [dt.date(1960, 1, 1) + dt.timedelta(days=days) for days in range(7_000)]
    assert sentinels(pa.array(born * 5), "date") == ()
