"""Which routes the references of a table repeat."""

import numpy as np

from synthspark.artifacts.model import Echo
from synthspark.fit.echoes import find_echoes

RNG = np.random.default_rng(0)
HOLDER, OTHER = Echo("holder"), Echo("policy", ("holder_id",))
NOBODY = np.full(2_000, -1)


def test_a_reference_that_repeats_another_is_found_and_told_row_by_row():
    holder = RNG.integers(0, 300, 2_000)
    same = RNG.random(2_000) < 0.6
    payer = np.where(same, holder, RNG.integers(0, 300, 2_000))
    payer[:50] = -2
    echoes, codes = find_echoes(payer, [(HOLDER, holder)], NOBODY, 5)
    assert echoes == (HOLDER,)
    assert np.isnan(codes[:50]).all()
    assert (codes[50:] == (payer == holder)[50:]).all()


def test_references_that_agree_by_chance_alone_repeat_nothing():
    popular = RNG.choice(20, 2_000, p=np.arange(20, 0, -1) / 210)
    likewise = RNG.choice(20, 2_000, p=np.arange(20, 0, -1) / 210)
    assert (popular == likewise).mean() > 0.05
    assert find_echoes(popular, [(HOLDER, likewise)], NOBODY, 5) is None


def test_the_commonest_route_comes_first_and_others_tell_what_it_leaves():
    one, other, third = RNG.integers(0, 500, (3, 2_000))
    kind = RNG.choice(3, 2_000, p=[0.2, 0.5, 0.3])
    own = np.choose(kind, [one, other, third])
    echoes, codes = find_echoes(own, [(HOLDER, one), (OTHER, other)], NOBODY, 5)
    assert echoes == (OTHER, HOLDER)
    assert abs((codes == 1).mean() - 0.5) < 0.03
    assert abs((codes == 2).mean() - 0.2) < 0.03


def test_one_row_of_each_family_is_told():
    family = np.repeat(np.arange(500), 4)
    holder = np.repeat(RNG.integers(0, 300, 500), 4)
    first = np.tile([True, False, False, False], 500)
    member = np.where(first, holder, RNG.integers(0, 300, 2_000))
    (echo,), _ = find_echoes(member, [(OTHER, holder)], family, 5)
    assert echo.once
    anyone = np.where(RNG.random(2_000) < 0.4, holder, RNG.integers(0, 300, 2_000))
    (echo,), _ = find_echoes(anyone, [(OTHER, holder)], family, 5)
    assert not echo.once
