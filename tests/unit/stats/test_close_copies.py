"""Four copies among hundreds of people are proven, and chance, grids and repeated rows prove nothing."""

import numpy as np
import pytest

from synthspark.stats.close_copies import close_ratios, count_close, is_rounded
from synthspark.stats.nearest import Space


def ratios(queries, reference, *, own=False):
    """Of points, to those of the reference; of the reference itself, to its other points."""
    space = Space.of(reference.T, np.zeros(reference.shape[1], dtype=bool))
    people = np.arange(len(queries)), np.arange(len(reference))
    return close_ratios(space.place(queries.T), space.place(reference.T), people if own else None)


def judged(draw, n_columns, n_copied, decimals=None):
    real, synthetic = draw.normal(size=(450, n_columns)), draw.normal(size=(450, n_columns))
    synthetic[:n_copied] = real[:n_copied] * np.exp(0.003 * draw.normal(size=(n_copied, n_columns)))
    if decimals is not None:
        real, synthetic = real.round(decimals), synthetic.round(decimals)
    points = Space.of(real.T, np.zeros(n_columns, dtype=bool)).place(real.T)
    return count_close(ratios(synthetic, real), ratios(real, real, own=True), rounded=is_rounded(points))


@pytest.mark.parametrize("n_columns", [3, 6, 20])
def test_four_people_of_450_copied_with_a_little_noise_are_proven(n_columns):
    found = judged(np.random.default_rng(n_columns), n_columns, 4)
    assert found.found >= 4
    assert found.proven > 0.0
    assert found.excess == pytest.approx(4 / 450, abs=0.005)


@pytest.mark.parametrize(("n_columns", "decimals"), [(1, None), (2, None), (4, None), (12, None), (3, 1), (2, 0)])
def test_another_draw_proves_nothing(n_columns, decimals):
    """Of 40 draws none may be accused; the chance of each is below one in a thousand."""
    for seed in range(40):
        found = judged(np.random.default_rng([seed, n_columns]), n_columns, 0, decimals)
        assert isinstance(found, str) or found.proven == 0.0


def test_people_far_from_all_others_prove_nothing():
    """A generator that draws beyond the source, or only its middle, stands at nobody."""
    draw = np.random.default_rng(3)
    real = draw.normal(size=(450, 5))
    for spread in (0.3, 3.0):
        found = count_close(
            ratios(spread * draw.normal(size=(450, 5)), real), ratios(real, real, own=True), rounded=False
        )
        assert found.proven == 0.0


def test_where_half_of_the_people_repeat_it_is_said_that_nothing_can_be_told():
    found = count_close(np.zeros(100), np.repeat([0.05, 0.9], 50), rounded=False)
    assert "too many" in found


def test_exact_copies_count_where_no_two_people_are_the_same_and_not_where_people_repeat():
    draw = np.random.default_rng(4)
    natural, made = draw.uniform(0.3, 1.0, 450), draw.uniform(0.3, 1.0, 450)
    made[:4] = 0.0
    assert count_close(made, natural, rounded=False).proven > 0.0
    assert count_close(made, natural, rounded=True).proven == 0.0
    natural[:3] = 0.0
    assert count_close(made, natural, rounded=False).proven == 0.0
