import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.dependence import (
    COARSE_CELLS,
    Cells,
    association,
    associations,
    contingency,
    correlation,
    correlation_similarity,
    cut_categories,
    cut_numbers,
    dependence_kept,
    fair_cells,
    quantile_edges,
)


def draw(seed=0):
    return np.random.default_rng(seed)


def test_quantile_bins_hold_equal_shares_and_missing_values_have_their_own():
    values = np.append(draw().permutation(1000).astype(float), np.nan)
    cells = cut_numbers(values, quantile_edges(values))
    counts = np.bincount(cells.codes, minlength=cells.size)
    assert counts.tolist() == [99, *[100] * 8, 101, 1]


def test_constant_and_empty_columns_have_one_bin():
    assert quantile_edges(np.ones(5)).size == 0
    assert quantile_edges(np.full(5, np.nan)).size == 0
    assert cut_numbers(np.array([1.0, np.nan]), np.empty(0)).codes.tolist() == [0, 1]


def test_unknown_and_missing_categories_have_their_own_cells():
    assert cut_categories(np.array([0, 1, 2, np.nan]), 2).codes.tolist() == [0, 1, 2, 3]


def test_coarse_cells_merge_neighbours_of_numbers_and_rare_categories():
    codes = np.arange(31)
    numbers = Cells(codes, 31, ordered=True).coarse()
    categories = Cells(codes, 31).coarse()
    assert numbers.size == categories.size == COARSE_CELLS + 1
    assert np.bincount(numbers.codes).tolist() == [3] * 10 + [1]
    assert np.bincount(categories.codes).tolist() == [1] * 9 + [21, 1]
    assert fair_cells(10) == 2
    assert fair_cells(10**6) == COARSE_CELLS


def test_association_is_one_for_copies_and_near_zero_for_independent_columns():
    first, second = Cells(draw(0).integers(0, 4, 5000), 5), Cells(draw(1).integers(0, 4, 5000), 5)
    assert association(contingency(first, first)) == pytest.approx(1.0)
    # Corrected V of independent columns: sqrt of a chi-square beyond its mean, 3 sigma of chi2(9) / n / 3.
    assert association(contingency(first, second)) < np.sqrt(3 * np.sqrt(18) / 5000 / 3)
    assert association(np.array([[5, 3]])) == 0.0


@given(seed=st.integers(0, 100), n_rows=st.integers(0, 60))
def test_all_associations_at_once_agree_with_each_one(seed, n_rows):
    columns = [Cells(draw([seed, place]).integers(0, place + 1, n_rows), 5) for place in range(4)]
    table = associations(columns)
    for i, first in enumerate(columns):
        for j, second in enumerate(columns):
            assert table[i, j] == pytest.approx(association(contingency(first, second)), abs=1e-6)


def test_dependence_kept_is_one_for_a_copy_zero_for_independence_and_half_for_half():
    dependent = np.diag([100, 100])
    independent = np.full((2, 2), 50)
    assert dependence_kept(dependent, dependent * 3) == pytest.approx(1.0)
    assert dependence_kept(dependent, independent) == pytest.approx(0.0)
    assert dependence_kept(dependent, dependent + independent) == pytest.approx(0.5)
    assert dependence_kept(dependent, dependent[::-1]) == 0.0
    assert dependence_kept(independent, dependent) is None


def test_correlation_uses_complete_rows_and_survives_large_offsets():
    x = np.array([1.0, 2, 3, np.nan, 5])
    assert correlation(x, 2 * x) == pytest.approx(1.0)
    moments = 1.7e15 + np.arange(100.0)
    assert correlation(moments, -moments) == pytest.approx(-1.0)
    assert correlation(x, np.ones(5)) is None
    assert correlation(x[:1], x[:1]) is None


def test_correlation_similarity_spans_zero_to_one():
    assert correlation_similarity(1.0, -1.0) == 0.0
    assert correlation_similarity(0.3, 0.3) == 1.0
