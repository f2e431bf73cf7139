import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain
from synthspark.stats.marginals import fit_marginal, marginal_from_parts, to_normal
from synthspark.stats.quantiles import COUNT, levelled

SETTINGS = EngineSettings()
EVEN = (np.arange(20_000) + 0.5) / 20_000


def number(values, logical="double", settings=SETTINGS):
    return fit_marginal(np.asarray(values, dtype=np.float64), Domain("number", logical), settings)


def category(codes, n_codes=5, settings=SETTINGS, scores=None):
    domain = Domain("category", "string", tuple("abcdefghij"[:n_codes]))
    return fit_marginal(np.asarray(codes, dtype=np.float64), domain, settings, scores=scores)


def ks(first, second):
    first, second = np.sort(first), np.sort(second)
    both = np.concatenate([first, second])
    below = [np.searchsorted(part, both, side="right") / part.size for part in (first, second)]
    return np.abs(below[0] - below[1]).max()


GENERATOR = np.random.default_rng(3)
SHAPES = {
    "normal": (GENERATOR.normal(size=5_000), "double"),
    "counts": (GENERATOR.poisson(30, 5_000), "long"),
    "cents": (np.round(GENERATOR.lognormal(5, 1.5, 20_000), 2), "decimal(12,2)"),
    "hundreds": (100 * GENERATOR.poisson(300, 9_000), "long"),
    "half zero": (np.where(GENERATOR.random(5_000) < 0.5, 0, GENERATOR.exponential(10, 5_000)), "double"),
    "quarters": (GENERATOR.integers(0, 2_000, 5_000) * 0.25, "double"),
    "two humps": (np.concatenate([GENERATOR.normal(0, 1, 3_000), GENERATOR.normal(1_000, 1, 3_000)]), "double"),
    "censored": (np.minimum(GENERATOR.exponential(10, 5_000), 12.5), "double"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_drawn_numbers_follow_the_source(shape):
    values, logical = SHAPES[shape]
    drawn = number(values, logical).from_uniform(EVEN)
    # A knot interval holds 1/256 of the rows, and the k = 5 rows at each end are redrawn.
    assert ks(values, drawn) < 1 / 256 + 2 * 5 / len(values) + 1 / EVEN.size
    assert drawn.min() >= values.min()
    assert drawn.max() <= values.max()
    assert (np.diff(drawn) >= 0).all()


def test_jump_between_two_humps_stays_empty():
    drawn = number(*SHAPES["two humps"]).from_uniform(EVEN)
    assert ((drawn > 10) & (drawn < 990)).mean() <= 1 / EVEN.size


@pytest.mark.parametrize(
    ("shape", "step"), [("counts", 1), ("cents", 0.01), ("hundreds", 100), ("quarters", 0.25), ("normal", 0)]
)
def test_grid_is_found_and_kept_exactly(shape, step):
    values, logical = SHAPES[shape]
    marginal = number(values, logical)
    assert marginal.grid.step == step
    if step:
        drawn = marginal.from_uniform(EVEN)
        np.testing.assert_array_equal(drawn, np.round(np.rint(drawn / step) * step, 2))


def test_offset_grid_is_kept():
    drawn = number(np.arange(400) * 7 + 3, "long").from_uniform(EVEN)
    assert set(drawn % 7) == {3.0}


def test_spike_holds_its_share_exactly():
    values, logical = SHAPES["censored"]
    drawn = number(values, logical).from_uniform(EVEN)
    assert (drawn == 12.5).mean() == pytest.approx((values == 12.5).mean(), abs=1 / EVEN.size)


def test_timestamps_beyond_pandas_range_are_kept():
    start = 10_000_000_000_000_000.0  # microseconds: year 2286
    drawn = number(start + 86_400_000_000.0 * np.arange(300), "timestamp").from_uniform(EVEN)
    assert (np.mod(drawn - start, 86_400_000_000.0) == 0).all()


@given(values=st.lists(st.integers(-50, 50) | st.none(), max_size=200), k=st.integers(1, 6))
def test_draws_stay_inside_and_nulls_keep_their_share(values, k):
    source = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    marginal = number(source, "long", EngineSettings(k=k))
    drawn = marginal.from_uniform(EVEN)
    known, nulls = source[~np.isnan(source)], np.isnan(source).sum()
    if known.size >= k:
        assert np.nanmin(drawn) >= known.min()
        assert np.nanmax(drawn) <= known.max()
        expected = 0 if nulls < k else nulls / source.size
        assert np.isnan(drawn).mean() == pytest.approx(expected, abs=1 / EVEN.size)
    assert (drawn[~np.isnan(drawn)] == np.rint(drawn[~np.isnan(drawn)])).all()


@given(values=st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 7.0]), min_size=1, max_size=200))
def test_quantile_function_and_its_inverse_agree(values):
    marginal = number(values)
    drawn = marginal.from_uniform(EVEN)
    low, high = marginal.intervals(drawn)
    slack = 1e-6 + 1e-3 * (marginal.grid.step == 0)  # steep pieces lose digits of u
    assert (low <= EVEN + slack).all()
    assert (EVEN - slack <= high).all()


def test_lonely_extreme_is_not_copied():
    values = np.append(np.random.default_rng(0).normal(100, 10, 1_000), 1e6)
    drawn = number(values).from_uniform(EVEN)
    assert drawn.max() < 0.9e6
    rest = number(np.append(np.zeros(1_000), [11.0, 12.0, 13.0]))
    assert set(rest.from_uniform(EVEN)) == {0.0}
    assert rest.notes["absorbed_rows"] == 3


def test_few_families_without_children_and_few_large_ones_keep_their_part():
    families = np.array([20, 9, 6, *[2] * 14, 0, 0, 0, 0])
    shown = levelled(families, 5)
    assert shown.sum() == families.sum() and shown.max() == 8
    drawn = number(shown, COUNT, EngineSettings(k=5)).present(EVEN)
    assert abs((drawn == 0).mean() - 4 / 21) < 0.02
    assert abs(drawn.mean() - families.mean()) < 0.15 and drawn.max() < 10


def test_numbers_of_children_stay_as_they_are_where_enough_families_are_large():
    families = np.random.default_rng(1).geometric(0.2, 500)
    assert np.array_equal(levelled(families, 5), families)


def test_fewer_rows_than_k_are_told_in_two_digits_only():
    drawn = number([123_456.0], "long").from_uniform(EVEN)
    assert set(drawn) == {120_000.0}


@pytest.mark.parametrize("values", [[], [np.nan] * 20])
def test_column_without_values_draws_nulls(values):
    assert np.isnan(number(values).from_uniform(EVEN)).all()


def test_constant_column_gets_point_mass():
    marginal = number([4.5] * 50)
    assert marginal.is_constant
    assert set(marginal.from_uniform(EVEN)) == {4.5}


def test_infinite_values_count_as_null_and_are_noted():
    marginal = number([np.inf] * 5 + [-1e308] * 5 + [1.0, 2.0] * 20)
    assert marginal.notes["infinite_rows"] == 10
    assert np.isfinite(marginal.present(EVEN)).all()


@given(codes=st.lists(st.integers(0, 5) | st.none(), max_size=120), k=st.integers(1, 8))
def test_every_emitted_category_has_k_rows(codes, k):
    source = np.array([np.nan if code is None else code for code in codes], dtype=np.float64)
    drawn = category(source, settings=EngineSettings(k=k)).from_uniform(EVEN)
    for code in np.unique(drawn[~np.isnan(drawn)]):
        if code < 5:  # the sixth code stands for any other category and names none
            assert (source == code).sum() >= k


def test_pooled_categories_are_shared_out_and_recorded():
    marginal = category([0] * 60 + [1] * 40 + [2] * 3)
    drawn = marginal.from_uniform(EVEN)
    assert (drawn == 0).mean() == pytest.approx(0.6, abs=1 / EVEN.size)
    assert marginal.notes["pooled_rows"] == 3
    assert marginal.notes["pooled_categories"] == 1


def test_only_rare_categories_draw_the_nameless_one():
    assert set(category([0, 1, 2]).from_uniform(EVEN)) == {5.0}


@pytest.mark.parametrize(
    "marginal", [number(*SHAPES["half zero"]), number([np.nan] * 30 + [1.0] * 70), category([0] * 300 + [1] * 700)]
)
def test_scores_of_the_source_are_standard_normal(marginal):
    values = marginal.from_uniform(EVEN)
    scores = to_normal(marginal, values, np.random.default_rng(0))
    # 20,000 draws: the mean has deviation 0.007, the deviation 0.005; four of each.
    assert abs(scores.mean()) < 0.028
    assert abs(scores.std() - 1) < 0.02


@pytest.mark.parametrize("marginal", [number(*SHAPES["cents"]), category([0] * 30 + [3] * 20)])
def test_marginal_survives_storage(marginal):
    again = marginal_from_parts(*marginal.to_parts())
    np.testing.assert_array_equal(again.from_uniform(EVEN), marginal.from_uniform(EVEN))


def test_scores_order_the_categories():
    marginal = category([0] * 10 + [1] * 20 + [2] * 30, scores=np.array([0.5, -1.0, 2.0, 0.0, 0.0]))
    assert marginal.order.tolist() == [1, 0, 2]


@pytest.mark.parametrize("shape", [*SHAPES, "category"])
def test_intervals_can_be_looked_up_by_the_nearest_point(shape):
    marginal = category(GENERATOR.integers(0, 4, 2_000)) if shape == "category" else number(*SHAPES[shape])
    points = marginal.points(10_000)
    if points is None:
        assert shape in ("normal", "half zero", "two humps", "censored", "cents")
        return
    values = np.array([np.nan, 0.0, 1.0, 4.0]) if shape == "category" else SHAPES[shape][0]
    values = np.concatenate([values, [np.nan], [] if shape == "category" else [values.min() - 1e3, values.max() + 1e3]])
    place = marginal.nearest_point(values, points.size)
    for looked_up, worked_out in zip(
        marginal.intervals(np.append(points, np.nan)), marginal.intervals(values), strict=True
    ):
        assert np.array_equal(looked_up[place], worked_out)
