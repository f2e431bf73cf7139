import numpy as np
import pytest

from synthspark.stats.attacks import Guess, inferred, joint_guesses, linked, right, single_guesses, singled_out
from synthspark.stats.nearest import Space

CATEGORICAL = np.array([False, True, False, True])


def people(seed, n_rows=300):
    draw = np.random.default_rng(seed)
    return np.stack(
        [
            draw.normal(size=n_rows),
            draw.integers(0, 4, n_rows) * 1.0,
            draw.normal(size=n_rows),
            draw.integers(0, 3, n_rows) * 1.0,
        ]
    )


def test_a_guess_holds_of_the_rows_it_names():
    rows = np.array([[1.0, 2.0, np.nan], [0.0, 1.0, 1.0]])
    assert Guess((0,), (1.5,), (">=",)).holds(rows).tolist() == [False, True, False]
    assert Guess((0,), (0.0,), ("missing",)).holds(rows).tolist() == [False, False, True]
    assert Guess((0, 1), (1.0, 0.0), ("<=", "=")).holds(rows).tolist() == [True, False, False]


def test_every_guess_singles_out_in_a_copy_and_hardly_any_elsewhere():
    rows, others = people(0), people(1)
    single = single_guesses(rows, CATEGORICAL)
    joint = joint_guesses(rows, CATEGORICAL, 3, 50, np.random.default_rng(0))
    for guesses in (single, joint):
        assert singled_out(guesses, rows) == len(guesses)
    assert singled_out(single, others) < 0.02 * len(single)


def test_linkage_always_succeeds_through_a_copy_and_by_chance_through_strangers():
    rows = people(0)
    space = Space.of(rows, CATEGORICAL)
    points, strangers = space.place(rows), space.place(people(1))
    first = np.array([True, False, True, False])  # numbers stand first, then categories
    assert linked(points, points, (first, ~first), 1).mean() > 0.8
    # Five of 300 rows looked at by either: chance of a common one about 25 / 300.
    assert linked(strangers, points, (first, ~first), 5).mean() == pytest.approx(25 / 300, abs=0.06)


def test_inference_reads_the_secret_off_a_copy():
    rows = people(0)
    assert inferred(rows, rows, CATEGORICAL, 1)[0].all()
    found = inferred(people(1), rows, CATEGORICAL, 1)[0].mean()
    assert found == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 300))


def test_numbers_are_right_within_five_percent():
    truth = np.array([100.0, 100.0, np.nan, np.nan, 0.0])
    assert right(np.array([104.0, 106.0, np.nan, 1.0, 0.0]), truth, categorical=False).tolist() == [
        True,
        False,
        True,
        False,
        True,
    ]
