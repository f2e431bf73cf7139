"""Levels of rows that point to rows of their own table."""

from __future__ import annotations

import numpy as np
import pytest

from synthspark.stats.levels import MOST_LEVELS, levels_of


def test_a_row_is_one_level_below_the_row_that_it_points_to():
    parent = np.array([-1, 0, 0, 1, 3, 5, 4])  # 5 points to itself: it is a first one too
    found = levels_of(parent, 1)
    assert found is not None
    np.testing.assert_array_equal(found, [np.nan, 0, 0, 1, 2, np.nan, 3])


def test_levels_of_few_rows_count_as_one():
    parent = np.array([-1, *[0] * 5, *[1] * 5, 6, 11])
    found = levels_of(parent, 5)
    assert found is not None
    assert np.nanmax(found) == 1
    assert np.bincount(found[1:].astype(int)).tolist() == [5, 7]


@pytest.mark.parametrize("parent", [[1, 2, 0, -1, 3], [*range(1, MOST_LEVELS + 2), -1], [-1, -1, -1]])
def test_circles_long_chains_and_tables_without_references_have_no_levels(parent):
    assert levels_of(np.array(parent), 1) is None
