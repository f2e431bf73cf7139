import json

import numpy as np
import pytest

from synthspark.errors import ModelError
from synthspark.stats.engine import EngineSettings, engine, load_model
from synthspark.stats.frame import Domain, Frame, empty_frame
from synthspark.stats.trees_fit import fit_trees
from synthspark.stats.trees_grow import GrowthBounds, grow_tree
from synthspark.stats.trees_leaves import category_leaves, number_leaves
from synthspark.stats.trees_order import closest

NUMBER = Domain("number", "double")
WHOLE = Domain("number", "long")
DATE = Domain("number", "date")
SETTINGS = EngineSettings()


def category(n):
    return Domain("category", "string", tuple(f"c{i}" for i in range(n)))


def frame(*columns):
    """Frame of (name, domain, values)."""
    names, domains, values = zip(*columns, strict=True)
    return Frame(names, domains, np.array(values, dtype=np.float64))


def fit(rows, context=None, settings=SETTINGS, seed=0):
    return fit_trees(context or empty_frame(rows.n_rows), rows, settings, np.random.default_rng(seed))


def draw(model, n_rows, context=None, stream=7):
    return model.sample(context or empty_frame(n_rows), stream, np.arange(n_rows))


def mixed_rows(n_rows, seed=0):
    """Two numbers, one of them with a spike, and two categories, all dependent; nulls go together."""
    generator = np.random.default_rng(seed)
    kind = generator.integers(0, 4, n_rows).astype(float)
    amount = np.where(kind == 0, 100.0, np.round(generator.gamma(2.0, 50.0 * (1 + kind)), 2))
    rate = np.round(np.log(amount) + generator.normal(0, 0.2, n_rows), 3)
    late = (generator.random(n_rows) < np.where(kind > 1, 0.8, 0.1)).astype(float)
    missing = generator.random(n_rows) < 0.2
    amount[missing] = rate[missing] = np.nan
    return frame(
        ("kind", category(4), kind), ("amount", NUMBER, amount), ("rate", NUMBER, rate), ("late", category(2), late)
    )


class Fixed:
    """The same outputs in every node."""

    def __init__(self, outputs):
        self.outputs = np.asarray(outputs, dtype=np.float32)

    def within(self, node, n_nodes, rows, grown):
        return self.outputs[:, rows]


def test_tree_finds_the_borders_of_steps():
    values = np.linspace(0, 1, 400)
    outputs = np.array([(values > 0.25) & (values <= 0.5), values > 0.75], dtype=np.float32)
    tree = grow_tree(values[None, :], Fixed(outputs), GrowthBounds(10), np.zeros(400, dtype=bool))
    borders = np.sort(tree.threshold[np.isfinite(tree.threshold)])
    np.testing.assert_allclose(borders, [0.25, 0.5, 0.75], atol=1 / 400)
    assert tree.n_leaves == 4


def test_missing_values_have_their_own_side():
    values = np.where(np.arange(200) < 60, -np.inf, np.random.default_rng(0).random(200))
    outputs = (np.arange(200) < 60).astype(np.float32)[None, :]
    tree = grow_tree(values[None, :], Fixed(outputs), GrowthBounds(10), np.zeros(200, dtype=bool))
    assert tree.n_leaves == 2
    assert np.bincount(tree.leaves_of(values[None, :])).tolist() == [60, 140]


def test_no_leaf_holds_fewer_rows_than_asked():
    generator = np.random.default_rng(1)
    features = generator.random((3, 2_000))
    outputs = (features[:1] + features[1:2] > generator.random((1, 2_000)) * 2).astype(np.float32)
    held = generator.random(2_000) < 0.25
    for least in (5, 20, 100):
        tree = grow_tree(features, Fixed(outputs), GrowthBounds(least), held)
        assert np.bincount(tree.leaves_of(features[:, ~held])).min() >= least


def test_noise_grows_next_to_nothing():
    generator = np.random.default_rng(2)
    features, noise = generator.random((10, 3_000)), generator.integers(0, 2, (4, 3_000)).astype(np.float32)
    tree = grow_tree(features, Fixed(noise), GrowthBounds(10), generator.random(3_000) < 0.25)
    assert tree.n_leaves <= 12


def test_size_is_bounded_whatever_the_rows():
    features = np.linspace(0, 1, 20_000)[None, :]
    outputs = np.array([(features[0] * 2**i).astype(int) % 2 for i in range(12)], dtype=np.float32)
    tree = grow_tree(features, Fixed(outputs), GrowthBounds(5, maximum_leaves=50), np.zeros(20_000, dtype=bool))
    assert tree.n_leaves <= 50


def test_few_rows_reach_the_leaves_that_many_do():
    features = np.random.default_rng(2).normal(size=(3, 900))
    features[1, ::4] = -np.inf
    outputs = np.array([features[0] + features[2] > 0, features[1] > 0.3], dtype=np.float32)
    tree = grow_tree(features, Fixed(outputs), GrowthBounds(5), np.zeros(900, dtype=bool))
    found = np.concatenate([tree.leaves_of(part) for part in np.split(features, 180, axis=1)])
    assert tree.n_leaves > 4 and found.tolist() == tree.leaves_of(features).tolist()


def test_category_leaves_keep_their_shares():
    leaf = np.repeat([0, 1], [100, 50]).astype(np.int32)
    place = np.concatenate([np.repeat([0, 2], [25, 75]), np.full(50, 1)])
    leaves = category_leaves(leaf, place, 2, 3)
    u = (np.arange(1000) + 0.5) / 1000
    drawn = leaves.draw(np.zeros(1000, dtype=np.int32), u)
    assert np.bincount(drawn.astype(int), minlength=3).tolist() == [250, 0, 750]
    assert set(leaves.draw(np.ones(1000, dtype=np.int32), u)) == {1.0}


def test_sketch_keeps_quantiles_and_spikes():
    u = np.sort(np.random.default_rng(3).random(400))
    atom = np.where((u > 0.4) & (u < 0.6), 1, -1)
    leaves = number_leaves(np.zeros(400, dtype=np.int32), u, atom, (np.array([0.0, 0.4]), np.array([0.0, 0.6])), 1)
    drawn = leaves.draw(np.zeros(4000, dtype=np.int32), (np.arange(4000) + 0.5) / 4000)
    assert ((drawn >= 0.4) & (drawn <= 0.6)).mean() == pytest.approx((atom == 1).mean(), abs=2e-3)
    np.testing.assert_allclose(np.quantile(drawn, [0.1, 0.3, 0.8]), np.quantile(u, [0.1, 0.3, 0.8]), atol=0.02)


def test_share_of_a_leaf_below_a_quantile_is_the_inverse_of_drawing():
    generator = np.random.default_rng(3)
    u = np.concatenate([generator.random(400), generator.uniform(0.3, 0.5, 300)])
    leaf = np.repeat([0, 1], [400, 300]).astype(np.int32)
    none = (np.empty(0), np.empty(0))
    leaves = number_leaves(leaf, u, np.full(700, -1), none, 1)
    for number in (0, 1):
        where, shares = np.full(99, number, dtype=np.int32), np.arange(1, 100) / 100
        np.testing.assert_allclose(leaves.shares_below(where, leaves.draw(where, shares)), shares, atol=1e-4)
        ends = leaves.shares_below(where[:2], np.array([0.0, 1.0]))
        assert ends.tolist() == pytest.approx([0.0, 1.0], abs=1e-6)


def test_row_is_the_same_in_any_batch():
    rows = mixed_rows(3_000)
    model = fit(rows)
    index = np.array([5, 2**40, 17, 0, 9_999])
    whole = model.sample(empty_frame(5), 3, index).matrix
    for place in range(5):
        alone = model.sample(empty_frame(1), 3, index[[place]]).matrix
        np.testing.assert_array_equal(alone[:, 0], whole[:, place])


def test_model_survives_storage_as_json_and_arrays():
    context = frame(("group", category(3), np.arange(2_000.0) % 3))
    model = fit(mixed_rows(2_000), context)
    document, arrays = model.to_parts()
    again = load_model(json.loads(json.dumps(document, allow_nan=False)), arrays)
    np.testing.assert_array_equal(draw(model, 2_000, context).matrix, draw(again, 2_000, context).matrix)


def test_same_rows_and_generator_give_the_same_model():
    one, two = (fit(mixed_rows(1_500)).to_parts() for _ in range(2))
    assert json.dumps(one[0]) == json.dumps(two[0])
    assert one[1].keys() == two[1].keys()
    for name, array in one[1].items():
        np.testing.assert_array_equal(array, two[1][name])


def test_marginals_are_kept():
    rows = mixed_rows(20_000)
    drawn = draw(fit(rows), 20_000)
    # Two samples of 20,000: their distribution functions differ by less than 1.63 * sqrt(2 / 20,000) in 99 of 100.
    for name in ("amount", "rate"):
        real, made = rows.column(name), drawn.column(name)
        grid = np.nanquantile(real, np.linspace(0.01, 0.99, 99))
        real_cdf = np.searchsorted(np.sort(real[~np.isnan(real)]), grid, side="right") / (~np.isnan(real)).sum()
        made_cdf = np.searchsorted(np.sort(made[~np.isnan(made)]), grid, side="right") / (~np.isnan(made)).sum()
        assert np.abs(real_cdf - made_cdf).max() < 0.02
    assert np.nanmean(drawn.column("late")) == pytest.approx(np.nanmean(rows.column("late")), abs=0.015)


def test_spike_of_one_category_stays_with_it():
    drawn = draw(fit(mixed_rows(10_000)), 10_000)
    spike, known = drawn.column("amount") == 100.0, ~np.isnan(drawn.column("amount"))
    first = drawn.column("kind") == 0
    assert spike[first & known].mean() > 0.99
    assert spike[~first].mean() < 0.01


def test_nulls_of_two_columns_go_together():
    drawn = draw(fit(mixed_rows(10_000)), 10_000)
    np.testing.assert_array_equal(np.isnan(drawn.column("amount")), np.isnan(drawn.column("rate")))
    assert np.isnan(drawn.column("rate")).mean() == pytest.approx(0.2, abs=0.015)


def test_category_that_follows_from_another_stays_right():
    city = np.random.default_rng(4).integers(0, 200, 20_000).astype(float)
    rows = frame(("city", category(200), city), ("state", category(20), (city * 7) % 20))
    drawn = draw(fit(rows), 20_000)
    assert ((drawn.column("city") * 7) % 20 == drawn.column("state")).mean() > 0.98


def test_date_near_another_is_drawn_as_a_distance():
    generator = np.random.default_rng(5)
    ordered = np.floor(generator.uniform(10_000, 13_000, 4_000))
    shipped = ordered + generator.choice([1, 2, 5], 4_000)
    shipped[generator.random(4_000) < 0.1] = np.nan
    drawn = draw(fit(frame(("ordered", DATE, ordered), ("shipped", DATE, shipped))), 4_000)
    gap = drawn.column("shipped") - drawn.column("ordered")
    assert set(gap[~np.isnan(gap)]) <= {1.0, 2.0, 5.0}
    assert np.isnan(gap).mean() == pytest.approx(0.1, abs=0.02)


def test_distances_stay_within_the_range_of_their_sums_without_heaping_at_its_end():
    generator = np.random.default_rng(5)
    before = generator.uniform(0, 1_000, 4_000)
    after = np.minimum(before + generator.exponential(30, 4_000), 1_000.0 + generator.random(4_000))
    model = fit(frame(("after", NUMBER, after)), frame(("before", NUMBER, before)))
    late = frame(("before", NUMBER, np.full(2_000, 998.0)))
    drawn = draw(model, 2_000, late).column("after")
    assert drawn.max() <= after.max()
    assert np.unique(drawn).size > 1_000
    assert drawn.min() >= 997.9


def test_distances_below_a_bound_lie_on_it():
    generator = np.random.default_rng(5)
    before = generator.exponential(50, 4_000)
    after = np.maximum(before + generator.normal(0, 30, 4_000), 0.0)
    context = frame(("before", NUMBER, before))
    drawn = draw(fit(frame(("after", NUMBER, after)), context), 4_000, context).column("after")
    assert (drawn == 0).mean() == pytest.approx((after == 0).mean(), abs=0.03)
    assert drawn.min() == 0


def test_rows_follow_their_context():
    generator = np.random.default_rng(6)
    level, group = generator.normal(50, 20, 8_000), generator.integers(0, 3, 8_000).astype(float)
    context = frame(("level", NUMBER, level), ("group", category(3), group))
    rows = frame(("value", NUMBER, level * 2 + generator.normal(0, 5, 8_000)), ("same", category(3), group))
    drawn = draw(fit(rows, context), 8_000, context)
    assert np.corrcoef(drawn.column("value"), level)[0, 1] > 0.97
    assert (drawn.column("same") == group).mean() > 0.99


def test_context_that_was_never_seen_still_gives_rows():
    group = np.arange(1_000.0) % 3
    model = fit(frame(("value", NUMBER, group + np.linspace(0, 1, 1_000))), frame(("group", category(5), group)))
    context = frame(("group", category(5), [4.0, 5.0, np.nan, 1.0]))
    assert np.isfinite(draw(model, 4, context).matrix).all()


def test_columns_named_for_it_come_first():
    rows = mixed_rows(500)
    named = Frame(("kind", "amount", "_ss_class", "late"), rows.domains, rows.matrix)
    assert fit(named).diagnostics["order"][0] == "_ss_class"


@pytest.mark.parametrize("n_rows", [0, 1, 4, 30])
def test_tables_of_few_rows_just_work(n_rows):
    drawn = draw(fit(mixed_rows(n_rows)), 50)
    assert drawn.matrix.shape == (4, 50)


def test_odd_columns_just_work():
    n_rows = 300
    rows = frame(
        ("constant", NUMBER, np.full(n_rows, 3.0)),
        ("empty", NUMBER, np.full(n_rows, np.nan)),
        ("no category", category(0), np.full(n_rows, np.nan)),
        ("one category", category(1), np.zeros(n_rows)),
        ("infinite", NUMBER, np.where(np.arange(n_rows) % 7 == 0, np.inf, np.arange(n_rows))),
        ("huge", NUMBER, np.linspace(-1e300, 1e300, n_rows)),
        ("moment", Domain("number", "timestamp"), np.linspace(0, 9e18, n_rows)),
    )
    model = fit(rows)
    drawn = draw(model, 100)
    assert set(drawn.column("constant")) == {3.0}
    assert np.isnan(drawn.column("empty")).all()
    assert not [note for note in model.diagnostics["columns"].values() if "fallback" in note]


def test_a_thousand_categories_stay_small_and_right():
    generator = np.random.default_rng(7)
    part = np.floor(1_000 * generator.random(30_000) ** 2)
    price = part * 3 + generator.normal(0, 1, 30_000)
    model = fit(frame(("part", category(1_000), part), ("price", NUMBER, price)))
    drawn = draw(model, 30_000)
    assert np.median(np.abs(drawn.column("price") - drawn.column("part") * 3)) < 5
    assert sum(array.nbytes for array in model.to_parts()[1].values()) < 2_000_000


def test_no_rare_category_is_emitted():
    codes = np.concatenate([np.repeat([0.0, 1.0], 500), np.repeat(np.arange(2.0, 52.0), 4)])
    rows = frame(("code", category(52), codes), ("other", NUMBER, codes))
    assert set(draw(fit(rows), 5_000).column("code")) == {0.0, 1.0}


def test_a_column_that_cannot_be_learnt_keeps_its_marginal(monkeypatch):
    def fail(*_):
        raise ValueError("no")

    monkeypatch.setattr("synthspark.stats.trees_fit.grow_tree", fail)
    model = fit(mixed_rows(1_000))
    assert model.diagnostics["columns"]["late"]["fallback"] == "ValueError: no"
    assert np.isfinite(draw(model, 200).column("kind")).all()


def test_context_of_another_length_is_refused():
    with pytest.raises(ModelError, match="3 context rows, 10 rows"):
        fit(mixed_rows(10), empty_frame(3))


def test_engine_is_found_by_name():
    model = engine("trees").fit(empty_frame(100), mixed_rows(100), SETTINGS, np.random.default_rng(0))
    assert model.diagnostics["engine"] == "trees"


def test_month_ends_of_one_category_stay_with_it():
    generator = np.random.default_rng(8)
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2022-01-01"))
    last = days[(days + 1).astype("datetime64[M]") != days.astype("datetime64[M]")]
    kind = generator.integers(0, 2, 6_000).astype(float)
    day = np.where(kind == 0, generator.choice(last, 6_000), generator.choice(days, 6_000)).astype(float)
    drawn = draw(fit(frame(("kind", category(2), kind), ("day", DATE, day))), 6_000)
    at_end = np.isin(drawn.column("day"), last.astype(float))
    assert at_end[drawn.column("kind") == 0].mean() > 0.95
    assert at_end[drawn.column("kind") == 1].mean() < 0.1


def test_moments_keep_days_and_times_of_day():
    generator = np.random.default_rng(9)
    hour = 3_600_000_000.0
    charted = (
        np.floor(generator.uniform(18_000, 18_400, 4_000)) * 24 * hour + generator.choice([8, 12, 20], 4_000) * hour
    )
    stored = charted + np.floor(generator.gamma(2.0, 5.0, 4_000)) * 60_000_000
    moment = Domain("number", "timestamp")
    drawn = draw(fit(frame(("charted", moment, charted), ("stored", moment, stored))), 4_000)
    hours = drawn.column("charted") % (24 * hour) / hour
    assert np.isin(hours, [8, 12, 20]).mean() > 0.99
    gap = (drawn.column("stored") - drawn.column("charted")) / 60_000_000
    assert np.median(gap) == pytest.approx(np.median((stored - charted) / 60_000_000), abs=1)
    assert gap.min() >= 0


def test_a_distance_that_keeps_equal_numbers_or_an_order_is_chosen_before_a_shorter_one():
    random = np.random.default_rng(0)
    start = random.integers(0, 5000, 600).astype(float)
    end = start + random.integers(0, 60, 600)
    near, day = end + random.normal(0, 15, 600), Domain("number", "date")
    assert closest(end, day, [(0, near, day)]) == 0
    assert closest(end, day, [(0, near, day), (1, start, day)]) == 1
    assert closest(end, day, [(0, near, day), (1, start - 4000, day)]) == 0  # in order as a matter of course


def test_what_siblings_share_does_not_stand_between_a_number_and_another_of_its_row():
    random = np.random.default_rng(5)
    length = np.repeat(random.normal(0, 4, 400), 5) + random.normal(0, 1, 2_000)
    size = 40 * length + random.normal(0, 8, 2_000)
    shared = np.repeat(size.reshape(-1, 5).mean(axis=1), 5)
    context = frame(("^_ss_f0_1", NUMBER, shared))
    rows = frame(("length", NUMBER, np.round(length, 2)), ("size", NUMBER, size))
    model = fit(rows, context)
    (part,) = model.diagnostics["columns"]["size"]["parts"]
    assert "distance_from" not in part
    drawn = draw(model, 2_000, context)
    within = [values - np.repeat(values.reshape(-1, 5).mean(axis=1), 5) for values in drawn.matrix]
    assert np.corrcoef(*within)[0, 1] > 0.9


def test_a_category_counted_on_all_rows_is_drawn_in_these_proportions_and_still_given_the_others():
    random = np.random.default_rng(3)
    wealth = random.normal(0, 1, 3_000)
    nation = np.where(wealth > 0, random.integers(0, 3, 3_000), random.integers(2, 5, 3_000)).astype(float)
    nation[:60] = np.nan
    rows, context = frame(("nation", category(5), nation)), frame(("wealth", NUMBER, wealth))
    in_all = np.array([500.0, 900.0, 2_000.0, 500.0, 1_100.0, 0.0])
    found = {}
    for name, settings in (("sample", SETTINGS), ("all", EngineSettings(rows={"nation": in_all.tolist()}))):
        drawn = draw(fit(rows, context, settings), 3_000, context).column("nation")
        found[name] = np.bincount(drawn[~np.isnan(drawn)].astype(int), minlength=5) / (~np.isnan(drawn)).sum()
        assert np.isnan(drawn).mean() == pytest.approx(0.02, abs=0.008)
        assert ((drawn < 2) & (wealth < -0.1)).mean() < 0.01
    assert np.abs(found["all"] - in_all[:5] / 5_000).max() < 0.02
    assert np.abs(found["sample"] - in_all[:5] / 5_000).max() > 0.05


def test_shares_that_are_as_found_change_nothing():
    random = np.random.default_rng(4)
    leaf, place = np.sort(random.integers(0, 7, 500)).astype(np.int32), random.integers(0, 4, 500)
    same = category_leaves(leaf, place, 7, 4, np.bincount(place, minlength=4).astype(float))
    assert np.allclose(same.start, category_leaves(leaf, place, 7, 4).start, atol=1e-6)
