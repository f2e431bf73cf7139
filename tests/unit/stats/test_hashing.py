"""Equal values hash alike whatever their type, different ones apart."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.hashing import hash_tuples, hash_values

WHOLE = st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=20)


@given(values=WHOLE)
def test_numbers_of_all_types_hash_alike(values: list[int]) -> None:
    expected = hash_values(pa.array(values, pa.int64()))
    for other in (
        pa.array(values, pa.int32()),
        pa.array([float(value) for value in values], pa.float64()),
        pa.array([Decimal(value) for value in values], pa.decimal128(20, 2)),
        pa.array([Decimal(value) for value in values], pa.decimal128(38, 0)),
    ):
        np.testing.assert_array_equal(hash_values(other), expected)


@given(values=st.lists(st.text(max_size=30), max_size=20, unique=True), start=st.integers(0, 5))
def test_texts_hash_apart_and_slices_like_the_whole(values: list[str], start: int) -> None:
    hashes = hash_values(pa.array(values, pa.string()))
    assert len(set(hashes.tolist())) == len(values)
    np.testing.assert_array_equal(hash_values(pa.array(values, pa.string()).slice(start)), hashes[start:])
    np.testing.assert_array_equal(hash_values(pa.array(values, pa.large_string())), hashes)


def test_families_are_apart() -> None:
    arrays = [pa.array([1]), pa.array(["1"]), pa.array([True]), pa.array([b"1"]), pa.array([1], pa.timestamp("us"))]
    assert len({int(hash_values(array)[0]) for array in arrays}) == len(arrays)


def test_a_date_is_the_timestamp_at_its_midnight() -> None:
    date = pa.array([dt.date(2300, 1, 1)])
    time = pa.array([dt.datetime(2300, 1, 1)], pa.timestamp("us"))
    assert hash_values(date) == hash_values(time)


def test_long_decimals_keep_all_digits() -> None:
    near = pa.array([Decimal(10**30), Decimal(10**30 + 1)], pa.decimal128(38, 0))
    assert len(set(hash_values(near).tolist())) == 2


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.decimal128(9, 2), pa.bool_(), pa.date32(), pa.null()])
def test_nulls_have_one_hash(kind: pa.DataType) -> None:
    assert hash_values(pa.nulls(2, kind)).tolist() == hash_values(pa.nulls(2, pa.string())).tolist()
    assert hash_values(pa.array([], kind)).size == 0


def test_the_order_in_a_tuple_counts() -> None:
    a, b = hash_values(pa.array([1])), hash_values(pa.array([2]))
    assert hash_tuples([a, b]) != hash_tuples([b, a])
