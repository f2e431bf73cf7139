import numpy as np
import pytest

from synthspark.generate.distinct import draw_distinct, inclusion
from synthspark.seeds import uniforms


@pytest.mark.parametrize("size", [1, 3, 7, 9, 10, 12])
def test_chances_sum_to_the_size_and_no_one_exceeds_certainty(size):
    weights = np.array([100.0, 50, 5, 4, 3, 2, 1, 1, 1, 1])
    chances = inclusion(weights, size)
    assert chances.max() <= 1 + 1e-12
    assert chances.sum() == pytest.approx(min(size, weights.size))
    assert (np.diff(chances) <= 1e-12).all()  # a heavier item is never less likely


def test_draws_are_distinct_within_owners_and_rise():
    count = np.repeat([1, 2, 5, 8], [1, 2, 5, 8])
    position = np.concatenate([np.arange(k) for k in (1, 2, 5, 8)])
    owner = np.repeat(np.arange(4), [1, 2, 5, 8])
    chosen = draw_distinct(np.array([9.0, 1, 1, 1, 1, 1, 1, 1]), uniforms(1, owner), position, count)
    for number in range(4):
        own = chosen[owner == number]
        assert (np.diff(own) > 0).all() and own.min() >= 0


def test_items_are_drawn_as_often_as_their_chance_says():
    weights, owners, size = np.array([6.0, 3, 2, 1]), 20_000, 2
    owner = np.repeat(np.arange(owners), size)
    position = np.tile(np.arange(size), owners)
    chosen = draw_distinct(weights, uniforms(5, owner), position, np.full(owner.size, size))
    found = np.bincount(chosen, minlength=4) / owners
    # each item's share is a mean of 20,000 independent draws: five deviations are 5 * .5 / 141
    assert np.abs(found - inclusion(weights, size)).max() < 0.018


def test_an_owner_with_more_rows_than_items_runs_out():
    chosen = draw_distinct(np.ones(3), np.full(5, 0.5), np.arange(5), np.full(5, 5))
    assert chosen.tolist() == [0, 1, 2, -1, -1]
