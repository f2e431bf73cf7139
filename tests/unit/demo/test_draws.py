from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.demo.checksums import without_homonyms
from synthspark.demo.columns import char_rows, fixed, money, uuids
from synthspark.demo.draws import (
    FIRST_DAY,
    TODAY,
    add_months,
    day_number,
    draw_days,
    numbered_by_year,
    pick,
    place_in_group,
    season,
    split_cents,
    stream,
    unlike_codes,
)


@given(lines=st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 6)), max_size=20))
def test_split_cents_add_up_to_the_amount(lines: list[tuple[int, int]]) -> None:
    amounts = np.array([amount for amount, _ in lines], dtype=np.int64)
    counts = np.array([count for _, count in lines], dtype=np.int64)
    parts = split_cents(amounts, counts, stream(1, "test").random(int(counts.sum())) + 0.1)
    owner = np.repeat(np.arange(len(lines)), counts)
    assert (parts >= 0).all()
    assert np.array_equal(np.bincount(owner, weights=parts, minlength=len(lines)).astype(np.int64), amounts)


def test_place_in_group_counts_from_zero() -> None:
    assert place_in_group(np.array([2, 0, 3])).tolist() == [0, 1, 0, 1, 2]


@given(st.integers(FIRST_DAY, TODAY), st.integers(0, 400))
def test_drawn_days_stay_inside_their_bounds(low: int, length: int) -> None:
    high = min(low + length, TODAY)
    running = season((1, 1, 1, 1, 1, 0.1, 0.1), np.ones(12), month_end=2.0)
    days = draw_days(stream(0, "test"), running, np.full(50, low), np.full(50, high))
    assert (days >= low).all()
    assert (days <= high).all()


def test_season_favours_the_days_it_is_told_to() -> None:
    days = draw_days(
        stream(0, "test"), season((5, 1, 1, 1, 1, 1, 0), np.ones(12)), np.full(9_000, FIRST_DAY), np.full(9_000, TODAY)
    )
    weekday = (days + 3) % 7
    assert (weekday == 0).mean() == pytest.approx(0.5, abs=0.02)  # sd of the share is 0.005
    assert not (weekday == 6).any()


def test_months_are_added_on_the_same_day_up_to_the_28th() -> None:
    days = np.array([day_number("2023-01-15"), day_number("2023-01-31")])
    assert add_months(days, np.array([1, 13])).tolist() == [day_number("2023-02-15"), day_number("2024-02-28")]


def test_pick_follows_the_weights_of_each_row() -> None:
    weights = np.array([[1.0, 0, 0], [0, 0, 2.0]])
    assert pick(stream(0, "test"), weights).tolist() == [0, 2]
    share = (pick(stream(0, "test"), (1, 3), 10_000) == 1).mean()
    assert share == pytest.approx(0.75, abs=0.02)  # sd 0.0043


def test_document_numbers_start_again_every_year() -> None:
    days = np.array([day_number("2022-05-01"), day_number("2022-06-01"), day_number("2023-01-01")])
    assert fixed(numbered_by_year("CL", days, 4)).to_pylist() == ["CL-2022-0001", "CL-2022-0002", "CL-2023-0001"]


def test_unlike_codes_fill_the_whole_pattern_without_repeating() -> None:
    codes = fixed(unlike_codes(3, "test", "A-%#", 80)).to_pylist()
    assert sorted(codes) == [f"A-{number}" for number in range(20, 100)]


def test_homonyms_get_codes_of_their_own() -> None:
    codes = char_rows(["RSSMRA85T10A562"] * 3 + ["RSSMRA85T10A563"])
    unlike = fixed(without_homonyms(codes)).to_pylist()
    assert unlike[0] == "RSSMRA85T10A562"
    assert unlike[1] == "RSSMRA85T10A56N"
    assert len(set(unlike)) == 4


def test_money_keeps_cents_signs_and_nulls() -> None:
    column = money(np.array([12_345, -5, 0]), np.array([False, False, True]))
    assert [None if value is None else str(value) for value in column.to_pylist()] == ["123.45", "-0.05", None]


def test_uuids_are_of_version_four() -> None:
    words = np.array([0, 2**64 - 1], dtype=np.uint64)
    parsed = [uuid.UUID(text) for text in uuids(words, words).to_pylist()]
    assert all(item.version == 4 and item.variant == uuid.RFC_4122 for item in parsed)
