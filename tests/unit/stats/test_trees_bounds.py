"""Numbers that rules keep in order, and numbers that are often the same as another one."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from synthspark.artifacts.model import Feature
from synthspark.stats.engine import EngineSettings
from synthspark.stats.features import LEAST, MOST
from synthspark.stats.frame import Domain, Frame
from synthspark.stats.limits import Limits, limits_of
from synthspark.stats.trees_fit import fit_trees
from synthspark.stats.trees_order import draw_order

DATE, MOMENT, NUMBER = Domain("number", "date"), Domain("number", "timestamp"), Domain("number", "double")
DAY = 86_400_000_000.0


def frame(**columns):
    """Frame of name = (domain, values)."""
    domains = tuple(domain for domain, _ in columns.values())
    return Frame(tuple(columns), domains, np.array([values for _, values in columns.values()], dtype=np.float64))


def fitted(context, rows, limits):
    return fit_trees(context, rows, EngineSettings(limits=limits), np.random.default_rng(1))


def contracts(n, seed):
    """Customers since some day, and a contract that starts then or years later, but before the last day."""
    draw = np.random.default_rng(seed)
    since = np.floor(draw.random(n) * 9_000)
    start = np.where(draw.random(n) < 0.2, since, np.floor(since + draw.random(n) * (10_000 - since)))
    return Frame(("^since",), (DATE,), since[None, :]), frame(start=(DATE, start))


def test_no_number_falls_below_that_of_its_parent_and_the_gap_keeps_its_distribution():
    limits = Limits(least={"start": ["^since"]})
    context, rows = contracts(3_000, 0)
    model = fitted(context, rows, limits)
    fresh, expected = contracts(3_000, 1)
    start = model.sample(fresh, 5, np.arange(3_000), limits=limits).column("start")
    since = fresh.column("^since")
    assert (start >= since).mean() > 0.998  # a leaf without a number within is left to the rule itself
    assert start.max() <= rows.column("start").max()
    assert (start == since).mean() == pytest.approx(0.2, abs=0.03)
    assert ks_2samp(start - since, expected.column("start") - since).statistic < 0.06


def test_without_limits_some_numbers_do_fall_below():
    context, rows = contracts(3_000, 0)
    start = fitted(context, rows, Limits()).sample(context, 5, np.arange(3_000)).column("start")
    assert (start < context.column("^since")).mean() > 0.01


@pytest.mark.parametrize("bounded", [{"high": {LEAST: ["low"]}}, {"low": {MOST: ["high"]}}])
def test_of_two_numbers_of_a_row_the_second_keeps_to_the_first(bounded):
    draw = np.random.default_rng(2)
    low = np.round(draw.gamma(2.0, 50.0, 2_000), 2)
    rows = frame(low=(NUMBER, low), high=(NUMBER, np.round(low + draw.gamma(1.0, 300.0, 2_000), 2)))
    limits = limits_of([Feature(name, name, {**NUMBER.to_json(), **bounded.get(name, {})}) for name in rows.names])
    nothing = Frame((), (), np.empty((0, 2_000)))
    made = fitted(nothing, rows, limits).sample(nothing, 3, np.arange(2_000), limits=limits)
    assert (made.column("low") <= made.column("high")).mean() > 0.998
    assert ks_2samp(made.column("high"), rows.column("high")).statistic < 0.06


def test_a_date_keeps_to_a_moment():
    draw = np.random.default_rng(3)
    moment = draw.random(1_500) * 1_000 * DAY
    day = np.ceil(moment / DAY) + np.floor(draw.exponential(100.0, 1_500))
    limits = Limits(least={"day": ["^moment"]})
    context = Frame(("^moment",), (MOMENT,), moment[None, :])
    made = fitted(context, frame(day=(DATE, day)), limits).sample(context, 3, np.arange(1_500), limits=limits)
    assert (made.column("day") * DAY >= moment).mean() > 0.99


def test_numbers_that_are_often_the_same_stay_so_and_depend_on_what_tells_them():
    draw = np.random.default_rng(4)
    n = 3_000
    kind = draw.integers(0, 2, n).astype(float)
    asked = np.round(draw.gamma(2.0, 400.0, n), 2)
    paid = np.where(draw.random(n) < np.where(kind == 0, 0.5, 0.05), asked, np.round(draw.gamma(2.0, 400.0, n), 2))
    paid[draw.random(n) < 0.1] = np.nan
    rows = frame(kind=(Domain("category", "string", ("a", "b")), kind), asked=(NUMBER, asked), paid=(NUMBER, paid))
    nothing = Frame((), (), np.empty((0, n)))
    made = fitted(nothing, rows, Limits()).sample(nothing, 3, np.arange(n))
    equal, there = made.column("asked") == made.column("paid"), np.isfinite(made.column("paid"))
    assert there.mean() == pytest.approx(0.9, abs=0.02)
    for code, share in ((0, 0.5), (1, 0.05)):
        assert equal[there & (made.column("kind") == code)].mean() == pytest.approx(share, abs=0.04)
    known = rows.column("paid")
    assert ks_2samp(made.column("paid")[there], known[np.isfinite(known)]).statistic < 0.05


def test_bounded_columns_are_drawn_early_and_behind_what_bounds_them():
    names = ("_ss_n0", "kind", "start", "end")
    matrix = np.array([[0, 1, 0, 1], [0, 0, 1, 1], [1, 5, 6, 7], [2, 2, 2, 9]], dtype=float)
    limits = Limits(least={"start": ["^since"], "end": ["start"]}, most={"start": ["end"]})
    order = [names[place] for place in draw_order(names, (NUMBER,) * 4, matrix, np.zeros((4, 4)), limits)]
    assert order[0] == "start"
    assert order.index("end") > order.index("start")
    assert order.index("_ss_n0") < order.index("kind")
