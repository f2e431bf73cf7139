import numpy as np
import pytest

from synthspark.stats.nearest import Space, distances, nearer_share, nearest


def rows(seed, n_rows):
    draw = np.random.default_rng(seed)
    matrix = np.stack([draw.normal(size=n_rows), draw.integers(0, 3, n_rows) * 1.0, draw.normal(size=n_rows)])
    matrix[2, ::5] = np.nan
    return matrix


def test_distances_are_gower_on_quantiles():
    real, other = rows(0, 30), rows(1, 8)
    categorical = np.array([False, True, False])
    space = Space.of(real, categorical)
    found = distances(space.place(other), space.place(real))

    def rank(column, value):
        known = real[column][~np.isnan(real[column])]
        steps = (np.searchsorted(np.sort(known), np.sort(known)) + 0.5) / known.size
        return -0.5 if np.isnan(value) else np.interp(value, np.sort(known), steps)

    for a in range(8):
        for b in range(30):
            parts = [abs(rank(c, other[c, a]) - rank(c, real[c, b])) for c in (0, 2)]
            assert found[a, b] == pytest.approx((sum(parts) + (other[1, a] != real[1, b])) / 3)


def test_nearest_rows_come_in_order_and_pass_over_their_own_person():
    space = Space.of(np.array([[0.0, 1.0, 2.0, 10.0]]), np.array([False]))
    points = space.place(np.array([[0.0, 1.0, 2.0, 10.0]]))
    near, places = nearest(points, points, 2)
    assert places[:, 0].tolist() == [0, 1, 2, 3]
    person = np.array([7, 7, 8, 9])
    apart = nearest(points, points, 1, (person, person))[1][:, 0]
    assert apart.tolist() == [2, 2, 1, 2]
    assert (near[:, 0] <= near[:, 1]).all()


def test_ties_count_one_half():
    assert nearer_share(np.array([1.0, 1.0, 3.0]), np.array([2.0, 1.0, 1.0])) == pytest.approx(0.5)
