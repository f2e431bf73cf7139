import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from synthspark.evaluate.column import FEWEST_ROWS_SHOWN, draw_column, plot_edges
from synthspark.evaluate.plots import draw
from synthspark.stats.frame import Domain

NUMBER = Domain("number", "double")


@given(real=hn.arrays(np.float64, st.integers(0, 300), elements=st.integers(0, 1000).map(float)))
def test_no_drawn_bin_has_between_one_and_four_real_rows(real):
    edges = plot_edges(real)
    if edges.size:
        place = np.clip(np.searchsorted(edges, real, side="right") - 1, 0, edges.size - 2)
        counts = np.bincount(place, minlength=edges.size - 1)
        # The last bin may hold the rest of what was too little for a bin of its own.
        assert all(count == 0 or count >= FEWEST_ROWS_SHOWN for count in counts)


def test_extremes_are_not_told():
    real = np.append(np.linspace(0, 100, 200), 1e9)
    assert plot_edges(real)[-1] < 101


def test_rare_categories_are_not_named():
    domain = Domain("category", "string", ("common", "rare"))
    real = np.array([0.0] * 20 + [1.0] * 4)
    drawing = draw_column(domain, real, np.ones(10))
    assert drawing["labels"] == ["common"]
    assert drawing["other_real"] == pytest.approx(4 / 24, abs=1e-4)
    assert drawing["other_synthetic"] == 1.0


def test_few_values_are_drawn_as_bars_in_their_order():
    real = np.repeat([12.0, 24.0, 60.0], [5, 20, 10])
    drawing = draw_column(NUMBER, real, np.array([24.0, 36.0]))
    assert drawing["labels"] == [12.0, 24.0, 60.0]
    assert drawing["synthetic"] == [0.0, 0.5, 0.0]
    assert drawing["other_synthetic"] == 0.5


def test_too_few_rows_and_missing_values_draw_nothing():
    assert draw_column(NUMBER, np.arange(4.0), np.arange(4.0)) == {}
    assert draw_column(NUMBER, np.full(50, np.nan), np.arange(4.0)) == {}
    assert set(draw_column(NUMBER, np.arange(100.0), np.empty(0))["synthetic"]) == {0.0}


@pytest.mark.parametrize(("start", "step"), [(0.0, 1.0), (1e6, 0.001), (1e6, 1.0), (2.0**53, 1.0), (2.0**53, 2.0**10)])
def test_values_that_differ_in_late_digits_alone_are_drawn(start, step):
    real = start + step * np.repeat(np.arange(200.0), 6)
    drawing = draw_column(NUMBER, real, real)
    assert (np.diff(drawing["edges"]) > 0).all()
    assert len(drawing["edges"]) == len(drawing["real"]) + 1
    assert draw(drawing, "v").startswith("<svg")
