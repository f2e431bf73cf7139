import itertools

import numpy as np
import pytest

from synthspark.stats.families import (
    Families,
    autocorrelation,
    likeness_of_categories,
    likeness_of_numbers,
    transition_counts,
)


def families(family, time=None):
    family = np.asarray(family)
    return Families.of(np.arange(family.size), family, None if time is None else np.asarray(time, dtype=float))


def test_siblings_stand_in_the_order_of_time_and_gaps_and_spans_follow():
    found = families([1, 0, 1, 0, 1], [5.0, 2.0, 1.0, np.nan, 3.0])
    assert found.rows.tolist() == [1, 3, 2, 4, 0]
    assert found.steps(found.time)[1:].tolist() == [2.0, 2.0]
    assert found.spans().tolist() == [4.0]  # family 0 has one known moment
    assert found.follows.tolist() == [False, True, False, True, True]


def test_likeness_of_numbers_is_one_within_equal_families_and_near_zero_by_chance():
    family = np.repeat(np.arange(200), 4)
    draw = np.random.default_rng(0)
    assert likeness_of_numbers(family.astype(float), family) == pytest.approx(1.0)
    # Its standard error is about sqrt(2 / (k (k - 1) n)) = .03 for n = 200 families of k = 4.
    assert abs(likeness_of_numbers(draw.normal(size=800), family)) < 0.1
    shared = np.repeat(draw.normal(size=200), 4) + draw.normal(size=800)
    assert likeness_of_numbers(shared, family) == pytest.approx(0.5, abs=0.12)


def test_likeness_of_categories_is_the_kappa_of_all_sibling_pairs():
    draw = np.random.default_rng(1)
    family = np.sort(draw.integers(0, 12, 60))
    codes = (family % 3 + (draw.random(60) < 0.3)) % 3 + 0.0
    pairs = [(a, b) for a, b in itertools.permutations(range(60), 2) if family[a] == family[b]]
    shared = np.mean([codes[a] == codes[b] for a, b in pairs])
    weight = np.bincount([int(codes[a]) for a, _ in pairs]) / len(pairs)
    chance = (weight**2).sum()
    assert likeness_of_categories(codes, family) == pytest.approx((shared - chance) / (1 - chance))


def test_transitions_and_autocorrelation_stay_within_families():
    found = families([0, 0, 0, 1, 1], [0, 1, 2, 0, 1])
    counts = transition_counts(np.array([0, 1, 0, 1, -1]), 2, found)
    assert counts.tolist() == [[0, 1], [1, 0]]
    many = families(np.repeat(np.arange(20), 3), np.tile([0, 1, 2], 20))
    assert autocorrelation(np.tile([0.0, 1.0, 0.0], 20), many) == pytest.approx(-1.0)


def test_too_few_siblings_have_no_likeness():
    assert likeness_of_numbers(np.arange(5.0), np.array([0, 0, 1, 2, 3])) is None
    assert likeness_of_categories(np.zeros(5), np.arange(5)) is None
    assert likeness_of_numbers(np.full(60, np.nan), np.zeros(60, dtype=int)) is None
