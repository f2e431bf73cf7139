import numpy as np
import pytest

from synthspark.stats.intervals import Share, area_error, excess_bound, risk_over_control, wilson


def test_wilson_interval_solves_its_quadratic():
    # The ends p of Wilson's interval are those with |x/n - p| = z sqrt(p (1 - p) / n).
    found, z = wilson(7, 50), 1.959963984540054
    for end in (found.rate - found.width, found.rate + found.width):
        assert abs(7 / 50 - end) == pytest.approx(z * np.sqrt(end * (1 - end) / 50))
    assert wilson(0, 0) == Share(0.5, 0.5)


def test_risk_is_the_gain_over_people_who_were_not_there():
    risk = risk_over_control(Share(0.6, 0.02), Share(0.2, 0.01))
    assert risk.value == pytest.approx(0.5)
    width = np.hypot(0.02 / 0.8, 0.01 * 0.4 / 0.64)
    assert (risk.low, risk.high) == (pytest.approx(0.5 - width), pytest.approx(0.5 + width))
    assert risk_over_control(Share(0.1, 0.05), Share(0.2, 0.05)).value == 0.0


def test_area_error_agrees_with_repeated_draws():
    draw, areas = np.random.default_rng(0), []
    for _ in range(400):
        first, second = draw.normal(size=40), draw.normal(loc=1.0, size=60)
        areas.append((second[:, None] > first[None, :]).mean())
    assert area_error(float(np.mean(areas)), 40, 60) == pytest.approx(np.std(areas), rel=0.15)


def test_excess_is_proven_by_many_and_not_by_few():
    assert excess_bound(50, 1000, 5, 1000) > 0.02
    assert excess_bound(3, 60, 0, 60) < 0.0
    assert excess_bound(0, 0, 1, 5) == 0.0
