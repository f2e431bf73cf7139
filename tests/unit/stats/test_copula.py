import numpy as np
import pytest
from scipy.special import ndtr

from synthspark.errors import ModelError
from synthspark.stats.copula_fit import fit_copula
from synthspark.stats.engine import EngineSettings, load_model
from synthspark.stats.frame import Domain, Frame, empty_frame
from synthspark.stats.packing import pack, unpack

NUMBER, WHOLE = Domain("number", "double"), Domain("number", "long")
LETTERS = Domain("category", "string", tuple("abcdef"))
SINGLE = EngineSettings(maximum_segments=1)


def frame(*columns, domains=None):
    matrix = np.array(columns, dtype=np.float64)
    return Frame(tuple(f"c{place}" for place in range(len(matrix))), domains or (NUMBER,) * len(matrix), matrix)


def fitted(rows, context=None, settings=SINGLE):
    return fit_copula(context or empty_frame(rows.n_rows), rows, settings, np.random.default_rng(0))


def drawn(model, n_rows, context=None):
    return model.sample(context or empty_frame(n_rows), 77, np.arange(n_rows)).matrix


def mixed(n_rows=4_000):
    generator = np.random.default_rng(1)
    base = generator.normal(size=n_rows)
    letters = np.clip(np.rint(base + generator.normal(size=n_rows)) + 2, 0, 5)
    holes = np.where(base + generator.normal(size=n_rows) > 1, np.nan, generator.normal(size=n_rows))
    rows = Frame(
        ("n", "whole", "letter", "hole", "twin"),
        (NUMBER, WHOLE, LETTERS, NUMBER, NUMBER),
        np.array([base, np.rint(3 * base + generator.normal(size=n_rows)), letters, holes, 2 * holes + 1]),
    )
    return rows, frame(base + generator.normal(size=n_rows))


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.6])
def test_bivariate_normal_keeps_its_conditional_mean_and_spread(rho):
    generator = np.random.default_rng(2)
    x = generator.normal(size=20_000)
    y = rho * x + np.sqrt(1 - rho**2) * generator.normal(size=20_000)
    model = fitted(frame(y), frame(x))
    for at in (-1.0, 0.0, 1.5):
        sample = drawn(model, 20_000, frame(np.full(20_000, at)))[0]
        # E[y | x] = rho x, Var = 1 - rho^2; 20,000 rows both in fit and sample: errors of 0.007 each, knots 0.01.
        assert sample.mean() == pytest.approx(rho * at, abs=0.04)
        assert sample.std() == pytest.approx(np.sqrt(1 - rho**2), abs=0.03)


def test_correlation_of_ties_is_not_weakened():
    generator = np.random.default_rng(3)
    x, e = generator.normal(size=(2, 20_000))
    rows = frame(x > 0, 0.7 * x + np.sqrt(0.51) * e > 0.5, domains=(WHOLE, WHOLE))
    sample = drawn(fitted(rows), 20_000)
    # Correlation of two indicators from 20,000 rows has an error of 0.007, twice.
    assert np.corrcoef(sample)[0, 1] == pytest.approx(np.corrcoef(rows.matrix)[0, 1], abs=0.03)


def test_row_is_the_same_in_any_batch():
    rows, context = mixed()
    model = fitted(rows, context, EngineSettings(maximum_segments=6))
    assert len(model.segments) > 1
    whole = drawn(model, 4_000, context)
    for part in (np.array([17]), np.random.default_rng(0).permutation(4_000)[:1_001], np.arange(3_999, -1, -1)):
        again = model.sample(context.take(part), 77, part).matrix
        np.testing.assert_array_equal(again, whole[:, part])


def test_model_survives_storage():
    rows, context = mixed()
    model = fitted(rows, context, EngineSettings(maximum_segments=6))
    again = load_model(*unpack(pack(*model.to_parts())))
    np.testing.assert_array_equal(
        drawn(again, 500, context.take(np.arange(500))), drawn(model, 500, context.take(np.arange(500)))
    )


def test_same_generator_state_gives_the_same_model():
    rows, context = mixed(1_500)
    first, second = (pack(*fitted(rows, context, EngineSettings()).to_parts()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("maximum_segments", [1, 8])
def test_marginals_nulls_and_dependence_are_kept(maximum_segments):
    rows, context = mixed(20_000)
    sample = drawn(fitted(rows, context, EngineSettings(maximum_segments=maximum_segments)), 20_000, context)
    real = rows.matrix
    for place in (0, 1, 3):
        for share in (0.05, 0.5, 0.9):
            at = np.nanquantile(real[place], share)
            assert np.nanmean(sample[place] <= at) == pytest.approx(np.nanmean(real[place] <= at), abs=0.025)
    real_shares, shares = (np.bincount(part[2].astype(int), minlength=6) / 20_000 for part in (real, sample))
    np.testing.assert_allclose(shares, real_shares, atol=0.02)
    missing, synthetic_missing = np.isnan(real[3]), np.isnan(sample[3])
    assert synthetic_missing.mean() == pytest.approx(missing.mean(), abs=0.015)
    assert np.corrcoef(synthetic_missing, sample[0])[0, 1] == pytest.approx(
        np.corrcoef(missing, real[0])[0, 1], abs=0.04
    )
    assert np.corrcoef(sample[2], sample[0])[0, 1] == pytest.approx(np.corrcoef(real[2], real[0])[0, 1], abs=0.04)
    assert np.corrcoef(sample[0], context.matrix[0])[0, 1] == pytest.approx(
        np.corrcoef(real[0], context.matrix[0])[0, 1], abs=0.04
    )


def test_columns_that_rise_together_stay_together():
    rows, _ = mixed()
    sample = drawn(fitted(rows), 2_000)
    np.testing.assert_array_equal(np.isnan(sample[3]), np.isnan(sample[4]))
    known = ~np.isnan(sample[3])
    # Both quantile functions have their knots at the same ranks, so the line is kept up to rounding.
    np.testing.assert_allclose(sample[4][known], 2 * sample[3][known] + 1, atol=0.05)


def test_segments_keep_a_relation_that_no_correlation_holds():
    generator = np.random.default_rng(4)
    x = generator.normal(size=20_000)
    rows = frame(x, np.abs(x) + 0.1 * generator.normal(size=20_000))
    one, many = (drawn(fitted(rows, settings=EngineSettings(maximum_segments=n)), 20_000) for n in (1, 8))
    real, flat, split = (np.corrcoef(part[0] ** 2, part[1])[0, 1] for part in (rows.matrix, one, many))
    assert flat < 0.3
    assert split > real - 0.15


def test_category_depends_on_a_nominal_context():
    generator = np.random.default_rng(5)
    parent = generator.integers(0, 6, 12_000).astype(np.float64)
    child = np.where(generator.random(12_000) < 0.9, (parent * 5) % 6, generator.integers(0, 6, 12_000))
    context, rows = (frame(part, domains=(LETTERS,)) for part in (parent, child))
    sample = drawn(fitted(rows, context, EngineSettings()), 12_000, context)[0]
    for code in range(6):
        at = parent == code
        shares, real = (np.bincount(part[at].astype(int), minlength=6) / at.sum() for part in (sample, child))
        assert 0.5 * np.abs(shares - real).sum() < 0.25


@pytest.mark.parametrize("n_rows", [0, 1, 2, 7, 40])
def test_tables_of_few_rows_just_work(n_rows):
    rows, context = mixed(n_rows)
    sample = drawn(fitted(rows, context, EngineSettings()), 30, frame(np.linspace(-2, 2, 30)))
    assert sample.shape == (5, 30)


def test_odd_columns_just_work():
    generator = np.random.default_rng(6)
    x = generator.normal(size=600)
    rows = frame(np.ones(600), np.full(600, np.nan), x, -x, x**3, np.where(x > 1, np.inf, x))
    sample = drawn(
        fitted(rows, rows.select(("c0", "c1", "c2")), EngineSettings()), 600, rows.select(("c0", "c1", "c2"))
    )
    assert set(sample[0]) == {1.0}
    assert np.isnan(sample[1]).all()
    assert np.corrcoef(sample[2], sample[3])[0, 1] < -0.98


def test_two_hundred_columns_just_work():
    generator = np.random.default_rng(7)
    rows = frame(*(generator.normal(size=(200, 300)) + generator.normal(size=300)))
    sample = drawn(fitted(rows, settings=EngineSettings()), 400)
    assert np.isfinite(sample).all()
    assert np.corrcoef(sample)[~np.eye(200, dtype=bool)].mean() == pytest.approx(0.5, abs=0.1)


def test_without_rows_or_columns_there_is_nothing_to_draw():
    model = fitted(Frame((), (), np.empty((0, 5))))
    assert drawn(model, 3).shape == (0, 3)
    assert drawn(fitted(mixed()[0]), 0).shape == (5, 0)


def test_no_rare_category_is_emitted_in_any_segment():
    generator = np.random.default_rng(8)
    codes = np.concatenate([generator.integers(0, 3, 3_000), [3] * 4, [4] * 5]).astype(np.float64)
    rows = frame(codes + generator.normal(size=codes.size), codes, domains=(NUMBER, LETTERS))
    model = fitted(rows, settings=EngineSettings(maximum_segments=8))
    assert set(drawn(model, 50_000)[1]) <= {0.0, 1.0, 2.0, 4.0}
    assert model.diagnostics["columns"]["c1"]["pooled_rows"] == 4


def test_residual_takes_the_place_of_the_first_score():
    model = fitted(frame(np.random.default_rng(0).normal(size=5_000)))
    even = (np.arange(1_000) + 0.5) / 1_000
    sample = model.sample(empty_frame(1_000), 1, np.arange(1_000), residual=even).matrix[0]
    assert (np.diff(sample) >= 0).all()
    np.testing.assert_allclose(ndtr(sample), even, atol=0.03)


def test_context_of_another_length_is_refused():
    with pytest.raises(ModelError, match="3 context rows, 2 rows"):
        fitted(frame([1.0, 2.0]), empty_frame(3))


def test_a_strong_dependence_stays_strong_among_few_rows_of_many_columns():
    generator = np.random.default_rng(11)
    strong = generator.normal(size=30)
    columns = [strong, strong + 0.2 * generator.normal(size=30), *generator.normal(size=(10, 30))]
    sample = drawn(fitted(frame(*columns), None, EngineSettings()), 4_000)
    assert np.corrcoef(ranked(sample[0]), ranked(sample[1]))[0, 1] > 0.75
    assert np.abs(np.corrcoef(sample[2:])[np.triu_indices(10, 1)]).mean() < 0.2


def ranked(values):
    return np.argsort(np.argsort(values))
