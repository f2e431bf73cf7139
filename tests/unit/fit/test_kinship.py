"""Which groups the rows that references point to belong to as other rows do."""

import numpy as np

from synthspark.artifacts.model import Echo, Kin
from synthspark.fit.kinship import find_kins

RNG = np.random.default_rng(0)
N = 2_000
HOME, DISTRICT = Kin(Echo("holder", ("home",)), ("home",)), Kin(Echo("holder", ("district",)), ("district",))
FREE = np.ones(N, dtype=bool)


def test_references_within_the_same_group_are_told_row_by_row():
    person = RNG.integers(0, 600, N)
    home, holders = person // 3, RNG.integers(0, 200, N)
    same = RNG.random(N) < 0.5
    theirs = np.where(same, home, holders)
    person[:50] = home[:50] = -1
    found = find_kins(person, FREE, [(HOME, home, theirs)], 5)
    assert found.kins == (HOME,)
    assert np.isnan(found.codes[:50]).all()
    assert (found.codes[50:] == (home == theirs)[50:]).all()


def test_of_groups_within_groups_the_smallest_counts_and_the_larger_tells_the_rest():
    home = RNG.integers(0, 200, N)
    near = RNG.choice(3, N, p=[0.5, 0.3, 0.2])
    theirs = np.choose(near, [home, home // 20 * 20 + RNG.integers(0, 20, N), RNG.integers(0, 200, N)])
    found = find_kins(home, FREE, [(DISTRICT, home // 20, theirs // 20), (HOME, home, theirs)], 5)
    assert found.kins == (HOME, DISTRICT)
    assert ((found.codes == 1) == (home == theirs)).all()
    assert ((found.codes == 2) == ((home != theirs) & (home // 20 == theirs // 20))).all()


def test_groups_met_by_chance_or_by_repeated_references_alone_are_none():
    own, theirs = RNG.integers(0, 4, (2, N))
    assert (own == theirs).mean() > 0.2
    assert find_kins(own, FREE, [(HOME, own, theirs)], 5) is None
    own, theirs = RNG.integers(0, 300, (2, N))
    repeats = RNG.random(N) < 0.6
    assert find_kins(own, ~repeats, [(HOME, own, np.where(repeats, own, theirs))], 5) is None
    assert find_kins(own, FREE, [], 5) is None
