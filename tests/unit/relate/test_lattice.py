"""Sets of columns that identify rows are those that a look at every set finds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthspark.relate.lattice import minimal_unique_sets, tuple_codes


def everything(_: tuple[int, ...]) -> bool:
    return True


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 6), st.integers(1, 60), st.integers(1, 8), st.integers(0, 2**32), st.sampled_from(["any", "skewed"])
)
def test_minimal_sets_are_those_of_an_exhaustive_search(
    columns: int, rows: int, values: int, seed: int, kind: str
) -> None:
    stream = np.random.default_rng(seed)
    table = stream.integers(0, values, (columns, rows)).astype(np.uint64)
    if kind == "skewed":
        table = table**3 // (values * values)
    expected: list[tuple[int, ...]] = []
    for size in range(2, columns + 1):
        for group in combinations(range(columns), size):
            unique = np.unique(table[list(group)], axis=1).shape[1] == rows
            if unique and not any(set(smaller) <= set(group) for smaller in expected):
                expected.append(group)
    assert list(minimal_unique_sets(table, columns, everything)) == expected


def test_sets_that_cannot_hold_are_left_out() -> None:
    table = np.array([[0, 0, 1, 1], [0, 1, 0, 1], [2, 3, 4, 5]], np.uint64)
    assert list(minimal_unique_sets(table, 3, lambda group: 2 not in group)) == [(0, 1)]


@pytest.mark.parametrize("size", [3, 2**31])
def test_tuples_have_one_code_each_however_large_the_codes(size: int) -> None:
    columns = np.random.default_rng(1).integers(0, size, (4, 200)).astype(np.int64)
    columns[:, 100:] = columns[:, :100]
    distinct = np.unique(columns, axis=1).shape[1]
    assert np.unique(tuple_codes(columns)).size == distinct
