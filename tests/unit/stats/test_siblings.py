"""Factors that siblings share: found when there, not found when not, the same for any order of the rows."""

import numpy as np
import pytest

from synthspark.stats.frame import Domain, Frame
from synthspark.stats.siblings import factor_values, find_traits, shared_factors, sum_traits

NUMBER = Domain("number", "double")


def family(seed, n_parents=300, children=6, between=1.0):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n_parents), children)
    effect = rng.normal(size=n_parents) * between
    values = effect[owner] + rng.normal(size=owner.size)
    kinds = (rng.random(owner.size) < 0.5).astype(float)
    return (
        owner,
        effect,
        Frame(("amount", "kind"), (NUMBER, Domain("category", "string", ("a", "b"))), np.array([values, kinds])),
    )


def factors_of(rows, owner, n_parents):
    traits = find_traits(rows)
    sums = sum_traits(traits, rows, owner, n_parents)
    factors = shared_factors(traits, sums)
    return factors, factor_values(factors, traits, sums)


def test_a_shared_level_is_found_and_follows_the_parents():
    owner, effect, rows = family(1)
    factors, values = factors_of(rows, owner, 300)
    assert [(factor.trait.column, factor.spread) for factor in factors] == [("amount", False)]
    # Six children tell their parent's effect with the reliability 6 / (6 + 1), so the correlation is its root.
    assert np.corrcoef(values[0], effect)[0, 1] == pytest.approx(np.sqrt(6 / 7), abs=0.04)


def test_independent_children_share_nothing():
    owner, _, rows = family(2, between=0.0)
    assert factors_of(rows, owner, 300)[0] == []


def test_variances_agree_with_those_that_made_the_children():
    owner, _, rows = family(3, n_parents=2000, between=0.7)
    factor = factors_of(rows, owner, 2000)[0][0]
    # Of normal scores, so in units of the whole variance, 1.49: within 1, between 0.49; the error of a variance
    # component of 2,000 parents is below .03.
    assert factor.within == pytest.approx(1 / 1.49, abs=0.05)
    assert factor.between == pytest.approx(0.49 / 1.49, abs=0.05)


def test_a_spread_of_their_own_is_found():
    rng = np.random.default_rng(4)
    owner = np.repeat(np.arange(400), 10)
    wide = np.where(rng.random(400) < 0.5, 0.2, 2.0)
    rows = Frame(("x",), (NUMBER,), (rng.normal(size=owner.size) * wide[owner])[None, :])
    factors, values = factors_of(rows, owner, 400)
    assert [factor.spread for factor in factors] == [True]
    assert np.corrcoef(values[0], np.log(wide))[0, 1] > 0.9


def test_parents_without_children_have_no_factor():
    owner, _, rows = family(5)
    values = factors_of(rows, owner, 310)[1]
    assert np.isnan(values[:, 300:]).all()
    assert not np.isnan(values[:, :300]).any()


def test_the_order_of_rows_changes_nothing():
    owner, _, rows = family(6)
    order = np.random.default_rng(0).permutation(owner.size)
    first = factors_of(rows, owner, 300)[1]
    second = factors_of(rows.take(order), owner[order], 300)[1]
    assert first.tobytes() == second.tobytes()


def test_only_children_and_constants_give_no_factor():
    rng = np.random.default_rng(7)
    rows = Frame(("x", "one"), (NUMBER, NUMBER), np.array([rng.normal(size=50), np.ones(50)]))
    assert factors_of(rows, np.arange(50), 50)[0] == []
    assert factors_of(rows.take(np.arange(0)), np.arange(0), 3)[0] == []
