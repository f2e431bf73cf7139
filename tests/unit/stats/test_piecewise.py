import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.piecewise import NARROWEST, PiecewiseLinear


@given(
    knots=st.lists(st.floats(0, 1), max_size=40),
    rise=st.lists(st.floats(0, 10), min_size=42, max_size=42),
    u=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=50),
)
def test_guided_evaluation_equals_a_plain_search(knots, rise, u):
    x = np.sort(np.array([0.0, *knots, 1.0]))
    y = np.cumsum(rise[: x.size])
    u = np.array(u)
    place = np.searchsorted(x, u, side="right") - 1
    slope = np.append(np.divide(np.diff(y), np.diff(x), out=np.zeros(x.size - 1), where=np.diff(x) > NARROWEST), 0.0)
    np.testing.assert_array_equal(PiecewiseLinear(x, y)(u), y[place] + slope[place] * (u - x[place]))
