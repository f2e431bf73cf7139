"""Rows paired with offers: everyone gets one of its own group, near to its wish where offers allow."""

from __future__ import annotations

import numpy as np
import pytest

from synthspark.stats.transport import nearest_of, pair_alike


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1_000])
def test_every_offer_is_taken_once_within_its_group(n):
    generator = np.random.default_rng(n)
    group = generator.integers(0, 3, n)
    wanted, offered = generator.normal(size=(2, n)), generator.normal(size=(2, n))
    offered[0, generator.random(n) < 0.2] = np.nan
    taken = pair_alike(group, wanted, offered, np.array([1.0, 0.5]))
    assert sorted(taken.tolist()) == list(range(n))
    assert (group[taken] == group).all()


def test_one_number_is_paired_by_rank():
    """With one number the cheapest transport is known: the smallest wish gets the smallest offer, and so on."""
    generator = np.random.default_rng(1)
    wanted, offered = generator.normal(size=(1, 512)), generator.normal(3, 2, (1, 512))
    taken = pair_alike(np.zeros(512, dtype=np.int64), wanted, offered, np.ones(1))
    assert (np.argsort(offered[0, taken]) == np.argsort(wanted[0])).all()


def test_places_are_paired_with_near_ones():
    generator = np.random.default_rng(2)
    offered = generator.uniform(0, 10, (2, 2_000))
    shuffled = generator.permutation(2_000)
    wanted = offered[:, shuffled] + generator.normal(0, 0.05, (2, 2_000))
    taken = pair_alike(np.zeros(2_000, dtype=np.int64), wanted, offered, np.ones(2))
    distance = np.hypot(*(offered[:, taken] - wanted))
    assert np.median(distance) < 0.5  # any two are 5 apart
    for axis in (0, 1):
        assert np.corrcoef(offered[axis, taken], wanted[axis])[0, 1] > 0.97


def test_a_null_is_wished_for_by_those_that_wish_for_a_null():
    wanted, offered = np.array([[np.nan, 5.0, 1.0, np.nan]]), np.array([[1.2, np.nan, np.nan, 4.8]])
    taken = pair_alike(np.zeros(4, dtype=np.int64), wanted, offered, np.ones(1))
    assert offered[0, taken].tolist()[1:3] == [4.8, 1.2]
    assert np.isnan(offered[0, taken][[0, 3]]).all()


def test_the_nearest_of_several_offers_is_taken():
    wanted = np.array([[1.0, np.nan, 3.0], [0.0, 0.0, 0.0]])
    offers = np.array([[[9.0, 2.0, 3.1], [0, 0, 0]], [[1.1, np.nan, 8.0], [0, 0, 0]]])
    assert nearest_of(wanted, offers, np.ones(2)).tolist() == [1, 1, 0]
