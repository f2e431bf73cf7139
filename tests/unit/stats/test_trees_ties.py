"""Numbers and dates that are tied to others: multiples, rows that open families, days of the month."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.engine import EngineSettings, load_model
from synthspark.stats.frame import Domain, Frame, empty_frame
from synthspark.stats.trees_fit import fit_trees
from synthspark.stats.trees_months import first_days, months_of, within_month
from synthspark.stats.trees_ratio import find_ratio, is_proportional, multiples_last, ratios

MONEY, DATE = Domain("number", "decimal(10,2)"), Domain("number", "date")
KIND = Domain("category", "string", ("low", "high", "none"))
RNG = np.random.default_rng(3)
N = 4_000


def taxed(n=N):
    """Net amounts, their kind, and the tax at the rate of the kind."""
    kind = RNG.integers(0, 3, n)
    net = np.round(RNG.gamma(2.0, 200.0, n) + 5, 2)
    return net, kind.astype(float), np.round(net * np.array([0.07, 0.19, 0.0])[kind], 2)


def redrawn(rows, context=None, n=N):
    """Rows of a model that went through its written form."""
    context = context or empty_frame(rows.n_rows)
    model = fit_trees(context, rows, EngineSettings(), np.random.default_rng(0))
    document, arrays = model.to_parts()
    model = load_model(json.loads(json.dumps(document)), arrays)
    return model, model.sample(context, 5, np.arange(n))


def test_a_tax_keeps_the_rate_of_its_kind():
    net, kind, tax = taxed()
    rows = Frame(("tax", "net", "kind"), (MONEY, MONEY, KIND), np.array([tax, net, kind]))
    model, drawn = redrawn(rows)
    assert [rows.names[tree.column] for tree in model.columns][-2:] == ["net", "tax"]
    made = dict(zip(drawn.names, drawn.matrix, strict=True))
    wanted = np.round(made["net"] * np.array([0.07, 0.19, 0.0])[made["kind"].astype(int)], 2)
    assert (np.abs(made["tax"] - wanted) < 0.0101).mean() > 0.97


def test_factors_are_found_and_those_that_explain_nothing_are_not():
    net, _, tax = taxed()
    assert find_ratio(tax, 0.01, [(4, net), (5, RNG.permutation(net))]) == 4
    assert find_ratio(RNG.permutation(tax), 0.01, [(4, net)]) is None
    few = RNG.integers(1, 4, N).astype(float)
    assert find_ratio(np.round(RNG.normal(50, 9, N)), 1.0, [(4, few)]) is None
    assert set(np.round(ratios(tax, net, 0.01), 4)) == {0.07, 0.19, 0.0}


def test_a_rise_in_proportion_is_as_wide_for_small_amounts_as_for_large_ones_and_told_by_what_tells_it():
    n, kept = 400, []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        before, leaves = np.round(np.exp(rng.normal(6, 1, n)), 2), (rng.random(n) < 0.2).astype(float)
        after = np.round(before * (1.02 + 0.04 * leaves + rng.normal(scale=0.03, size=n)), 2)
        assert is_proportional(after, before) and not is_proportional(before + rng.normal(20, 3, n), before)
        rows = Frame(("before", "after"), (MONEY, MONEY), np.array([before, after]))
        _, drawn = redrawn(rows, Frame(("leaves",), (Domain("number", "boolean"),), leaves[None, :]), n)
        made = dict(zip(drawn.names, drawn.matrix, strict=True))
        rise, small = made["after"] / made["before"], made["before"] <= np.median(made["before"])
        known, few = after / before, before <= np.median(before)
        told = np.corrcoef(rise, leaves)[0, 1] / np.corrcoef(known, leaves)[0, 1]
        kept.append((told, rise[small].std() / known[few].std(), rise[~small].std() / known[~few].std()))
    assert np.mean(kept, axis=0) == pytest.approx([1, 1, 1], abs=0.08)  # distances keep .83, 1.20 and 1.24


def test_two_columns_that_are_multiples_of_each_other_keep_an_order():
    net, _, _ = taxed()
    gross = np.round(net * 1.19, 2)
    order = multiples_last([0, 1], ["net", "gross"], [MONEY, MONEY], np.array([net, gross]))
    assert sorted(order) == [0, 1]


def test_rows_without_the_row_before_go_by_what_else_they_have():
    yearly = np.round(RNG.gamma(3.0, 300.0, N) + 50, 2)
    opens = RNG.random(N) < 0.3
    before = np.where(opens, np.nan, np.round(RNG.gamma(3.0, 30.0, N) + 5, 2))
    paid = np.where(opens, np.round(yearly / 12, 2), before)
    context = Frame(("yearly", "<paid"), (MONEY, MONEY), np.array([yearly, before]))
    _, drawn = redrawn(Frame(("paid",), (MONEY,), paid[None, :]), context)
    (made,) = drawn.matrix
    assert (made[~opens] == before[~opens]).mean() > 0.95
    assert (np.abs(made[opens] - yearly[opens] / 12) < 0.011).mean() > 0.9


@pytest.mark.parametrize("without", [8, 13])
def test_rows_that_lack_the_date_they_go_by_lend_their_distances_to_no_other(without):
    draw = np.random.default_rng(11)
    n_rows = 38  # too few for a leaf of their own
    admitted = np.floor(draw.uniform(0, 40_000, n_rows))
    left = admitted + draw.integers(1, 15, n_rows)
    known = np.where(np.arange(n_rows) < without, np.nan, admitted)
    context = Frame(("^admitted",), (DATE,), known[None, :])
    _, drawn = redrawn(Frame(("left",), (DATE,), left[None, :]), context, n_rows)
    stays = drawn.matrix[0][without:] - admitted[without:]
    assert np.abs(stays).max() <= 60
    assert np.isfinite(drawn.matrix).all()


def test_dates_fall_on_the_first_of_the_month_as_often_as_in_the_source():
    start = first_days(RNG.integers(300, 600, N).astype(float))
    days = np.where(RNG.random(N) < 0.6, start, within_month(start + RNG.integers(0, 31, N), start))
    _, drawn = redrawn(Frame(("day",), (DATE,), days[None, :]))
    (made,) = drawn.matrix
    firsts = [float((values == first_days(months_of(values))).mean()) for values in (days, made)]
    assert abs(firsts[0] - firsts[1]) < 0.04
    assert made.min() >= days.min()
    assert made.max() <= days.max()


@given(st.integers(-200_000, 200_000), st.integers(0, 30))
def test_no_day_leaves_its_month(day, later):
    first = first_days(months_of(np.array([float(day)])))
    assert first[0] <= day
    assert months_of(within_month(first + later, first))[0] == months_of(first)[0]
