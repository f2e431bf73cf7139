import warnings

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from synthspark.stats.detection import Detection, Rows, area_under_curve, balanced_accuracy, detect


def side(seed, n_rows=400, shift=0.0):
    draw = np.random.default_rng(seed)
    features = np.vstack([draw.normal(size=n_rows) + shift, draw.integers(0, 3, n_rows), np.full(n_rows, 7.0)])
    return Rows(features, draw.integers(0, 2**63, n_rows).astype(np.uint64))


KINDS = np.array([False, True, False])


def test_rows_of_one_distribution_cannot_be_told_apart():
    found = detect(side(1), side(2), KINDS, 0, 3)
    # The standard error of an AUC of 2 x 400 rows is about .02.
    assert 0.5 <= found.auc < 0.56
    assert 0.5 <= found.accuracy < 0.56


def test_rows_far_apart_are_always_told_apart():
    found = detect(side(1), side(2, shift=9.0), KINDS, 0, 3)
    assert found.auc == pytest.approx(1.0)
    assert found.accuracy > 0.98


def test_rows_against_themselves_give_one_half_exactly():
    assert detect(side(1), side(1), KINDS, 0, 3) == Detection(0.5, 0.5, 0.0, 0.0, 400)


def test_same_seed_same_result():
    assert detect(side(1), side(2), KINDS, 5, 3) == detect(side(1), side(2), KINDS, 5, 3)


def test_values_that_the_real_rows_happen_to_lack_give_nothing_away():
    """Two samples of a thousand titles: a tenth of either is of titles that the other lacks, told as "another"."""
    draw = np.random.default_rng(0)
    real, other = (np.floor(400 * draw.pareto(1.2, 3_000)) for _ in range(2))
    known = np.unique(real)
    codes = [np.where(np.isin(values, known), np.searchsorted(known, values), known.size) for values in (real, other)]
    assert 0.05 < (codes[1] == known.size).mean() < 0.5
    sides = [Rows(code[None, :] * 1.0, draw.integers(0, 2**63, code.size).astype(np.uint64)) for code in codes]
    found = detect(*sides, np.array([True]), 0, 3)
    assert found.accuracy == pytest.approx(0.5, abs=0.02)
    assert found.auc == pytest.approx(0.5, abs=0.03)
    strange = Rows(np.full((1, 3_000), known.size * 1.0), sides[1].groups)
    assert detect(sides[0], strange, np.array([True]), 0, 3).accuracy > 0.7


def test_siblings_stay_in_one_fold():
    draw = np.random.default_rng(0)

    def family(seed):
        parents = np.random.default_rng(seed).normal(size=60)
        groups = np.repeat(draw.integers(0, 2**63, 60), 20).astype(np.uint64)
        return Rows(np.repeat(parents, 20)[None, :], groups)

    # Torn apart, families would be recognised by their parent's value, with an AUC near 1.
    assert detect(family(1), family(2), np.array([False]), 0, 3).auc < 0.7


def test_missing_values_alone_can_tell():
    plain, holed = side(1), side(2)
    holed.features[2, ::2] = np.nan
    assert detect(plain, holed, KINDS, 0, 3).auc > 0.7


def test_constant_features_tell_nothing():
    constant = Rows(np.ones((1, 50)), np.arange(50, dtype=np.uint64))
    other = Rows(np.ones((1, 50)), np.arange(50, 100, dtype=np.uint64))
    assert detect(constant, other, np.array([False]), 0, 3).auc == 0.5


def test_too_few_rows_or_columns_give_a_reason():
    assert "rows" in detect(side(1, 10), side(2, 10), KINDS, 0, 3)
    none = Rows(np.empty((0, 50)), np.arange(50, dtype=np.uint64))
    assert "no column" in detect(none, none, np.empty(0, dtype=bool), 0, 3)
    one_family = Rows(np.random.default_rng(0).normal(size=(1, 50)), np.zeros(50, dtype=np.uint64))
    assert "groups" in detect(one_family, one_family, np.array([False]), 0, 3)


def test_sides_of_different_size_are_brought_to_one_size():
    found = detect(side(1, 1000), side(2, 100), KINDS, 0, 3)
    assert found.n_rows == 100


def test_area_under_curve_agrees_with_scikit_learn_with_ties():
    draw = np.random.default_rng(0)
    chance, labels = draw.integers(0, 10, 200) / 10, draw.integers(0, 2, 200)
    assert area_under_curve(chance, labels) == pytest.approx(roc_auc_score(labels, chance))
    assert area_under_curve(chance, np.zeros(200, dtype=int)) == 0.5


def test_balanced_accuracy_counts_both_sides_alike():
    chance, labels = np.array([0.9, 0.9, 0.9, 0.1]), np.array([1, 1, 0, 0])
    assert balanced_accuracy(chance, labels) == 0.75
    assert balanced_accuracy(np.full(4, 0.5), labels) == 0.5


def test_no_warning_reaches_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detect(side(1), side(2), KINDS, 0, 3)


def test_tables_of_thirty_rows_are_told_apart_where_a_column_tells():
    """With leaves of twenty rows no tree could be grown on so few."""
    draw = np.random.default_rng(0)
    sides = [Rows(np.array([draw.normal(shift, 1.0, 30)]), np.arange(30, dtype=np.uint64)) for shift in (0.0, 3.0)]
    assert detect(*sides, np.array([False]), 0, 3).accuracy > 0.85
    same = [Rows(np.array([draw.normal(0.0, 1.0, 30)]), np.arange(30, dtype=np.uint64)) for _ in range(20)]
    found = [
        detect(one, other, np.array([False]), 0, 3).accuracy for one, other in zip(same[::2], same[1::2], strict=True)
    ]
    assert np.mean(found) < 0.6


def test_it_is_said_by_which_features_rows_are_told_apart():
    found = detect(side(1), side(2, shift=1.0), KINDS, 0, 3)
    ((place, lost),) = found.told_by
    assert place == 0
    # Without the only feature that tells nothing is left.
    assert lost == pytest.approx(found.auc - 0.5, abs=0.1)
    assert detect(side(1), side(2), KINDS, 0, 3).told_by == ()
