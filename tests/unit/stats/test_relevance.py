"""Which features of the surroundings matter: those that explain something, and no others."""

import numpy as np
import pytest

from synthspark.stats.frame import Domain, Frame
from synthspark.stats.relevance import explained, most_telling, relevance

NUMBER = Domain("number", "double")
LETTERS = Domain("category", "string", tuple("abcd"))


def test_features_that_explain_a_column_matter_and_others_do_not():
    rng = np.random.default_rng(0)
    n = 4000
    number, letter, noise = rng.normal(size=n), rng.integers(0, 4, n).astype(float), rng.normal(size=n)
    hidden = np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n))
    surroundings = Frame(
        ("number", "letter", "noise", "hidden"),
        (NUMBER, LETTERS, NUMBER, NUMBER),
        np.array([number, letter, noise, hidden]),
    )
    follows = number + rng.normal(size=n)
    gaps = np.where(np.isnan(hidden), np.nan, letter**2 + rng.normal(size=n))
    found = relevance(surroundings, Frame(("follows", "gaps"), (NUMBER, NUMBER), np.array([follows, gaps])))
    assert found[0] == pytest.approx(0.5, abs=0.08)  # r² of the sum of two equal variances, a little lost by classes
    assert found[1] > 0.5
    assert found[2] == 0.0
    assert found[3] == pytest.approx(1.0, abs=0.02)  # it tells which rows have gaps


def test_without_rows_or_columns_nothing_matters():
    one = Frame(("x",), (NUMBER,), np.zeros((1, 0)))
    assert relevance(one, one).tolist() == [0.0]
    assert relevance(Frame(("x",), (NUMBER,), np.zeros((1, 5))), Frame((), (), np.zeros((0, 5)))).tolist() == [0.0]


def test_the_best_feature_of_each_column_is_taken_before_the_many_that_tell_one_column():
    rng = np.random.default_rng(1)
    n = 2000
    alone = np.arange(n) < 20  # what any feature tells of these rows: they have none
    several = np.where(alone, np.nan, rng.normal(size=(12, n)))
    date = np.where(alone, np.nan, rng.normal(size=n))
    surroundings = Frame(
        tuple(f"f{place}" for place in range(13)), (NUMBER,) * 13, np.concatenate([several, date[None, :]])
    )
    rows = Frame(
        ("missing", "follows"),
        (NUMBER, NUMBER),
        np.array([np.where(alone, np.nan, 1.0), np.nan_to_num(date) + rng.normal(size=n)]),
    )
    assert 12 in most_telling(surroundings, rows, 3)
    assert most_telling(surroundings, rows, 13).tolist() == list(range(13))  # all tell who is alone
    noise = Frame(("noise",), (NUMBER,), rng.normal(size=(1, n)))
    assert most_telling(noise, rows, 3).size == 0
    assert most_telling(noise.take(np.arange(0)), rows.take(np.arange(0)), 3).size == 0


def test_a_feature_that_tells_little_but_something_new_comes_before_those_that_repeat_others():
    rng = np.random.default_rng(2)
    n = 3000
    cause, small = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    repeats = [cause + rng.normal(scale=0.1, size=n) for _ in range(6)]
    surroundings = Frame(
        (*(f"repeat {place}" for place in range(6)), "small"), (NUMBER,) * 7, np.array([*repeats, small])
    )
    rows = Frame(("follows",), (NUMBER,), (2 * cause + 0.5 * small + rng.normal(size=n))[None, :])
    assert 6 in most_telling(surroundings, rows, 4)


def test_a_feature_that_tells_the_distance_of_two_columns_matters_though_it_hardly_tells_either():
    rng = np.random.default_rng(3)
    n = 2000
    before, leaves = np.exp(rng.normal(6, 1, n)), (rng.random(n) < 0.2).astype(float)
    after = before * (1.02 + 0.05 * leaves + rng.normal(scale=0.02, size=n))
    surroundings = Frame(("leaves",), (NUMBER,), leaves[None, :])
    rows = Frame(("before", "after"), (NUMBER, NUMBER), np.array([before, after]))
    assert explained(surroundings, rows).max() == 0
    assert most_telling(surroundings, rows, 1).tolist() == [0]
