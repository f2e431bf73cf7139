"""Dependences that the leaves of trees leave behind."""

import numpy as np

from synthspark.stats.engine import EngineSettings, load_model
from synthspark.stats.features import PRESENT
from synthspark.stats.frame import Domain, Frame
from synthspark.stats.trees_fit import fit_trees

NUMBER = Domain("number", "double")
N = 3_000


def drawn(context, rows, fresh, domain=NUMBER):
    model = fit_trees(
        Frame(tuple(f"c{i}" for i in range(len(context))), (NUMBER,) * len(context), context),
        Frame(("y",), (domain,), rows[None, :]),
        EngineSettings(k=5),
        np.random.default_rng(1),
    )
    document, arrays = model.to_parts()
    given = Frame(tuple(f"c{i}" for i in range(len(fresh))), (NUMBER,) * len(fresh), fresh)
    found = model.sample(given, 7, np.arange(fresh.shape[1])).matrix[0]
    again = load_model(document, arrays).sample(given, 7, np.arange(fresh.shape[1])).matrix[0]
    assert np.array_equal(found, again, equal_nan=True)
    return found


def test_many_weak_dependences_are_all_kept():
    generator = np.random.default_rng(2)
    weights = np.full(20, 0.2)
    context, fresh = generator.normal(size=(2, 20, N))
    values = weights @ context + generator.normal(size=N)
    found = drawn(context, values, fresh)
    real = np.array([np.corrcoef(row, values)[0, 1] for row in context])
    kept = np.array([np.corrcoef(row, found)[0, 1] for row in fresh])
    assert kept.mean() > 0.85 * real.mean()
    assert kept.min() > 0.4 * real.mean()
    assert abs(np.std(found) / np.std(values) - 1) < 0.05
    assert abs(np.median(found) - np.median(values)) < 0.1


def test_a_count_of_few_values_keeps_a_weak_dependence():
    generator = np.random.default_rng(3)
    context, fresh = generator.normal(size=(2, 12, N))
    shares = np.exp(-1.0 + 0.15 * context.sum(axis=0))
    found = drawn(context, generator.poisson(shares).astype(float), fresh, Domain("number", "long"))
    kept = [np.corrcoef(row, found)[0, 1] for row in fresh]
    wanted = np.corrcoef(fresh[0], generator.poisson(np.exp(-1.0 + 0.15 * fresh.sum(axis=0))))[0, 1]
    assert np.mean(kept) > 0.75 * wanted
    assert (found == np.rint(found)).all()


def test_whether_a_value_is_there_follows_from_many_columns():
    generator = np.random.default_rng(4)
    context, fresh = generator.normal(size=(2, 12, N))
    there = np.where(context.sum(axis=0) / 3.0 + generator.normal(size=N) > 0.5, 0.0, np.nan)
    found = drawn(context, there, fresh, Domain("category", "string", (PRESENT,)))
    expected = fresh.sum(axis=0) / 3.0 + generator.normal(size=N) > 0.5
    kept, wanted = (np.corrcoef(fresh.sum(axis=0), one)[0, 1] for one in (~np.isnan(found), expected))
    assert kept > 0.7 * wanted
    assert abs((~np.isnan(found)).mean() - (~np.isnan(there)).mean()) < 0.03


def test_noise_moves_nothing():
    generator = np.random.default_rng(5)
    context, fresh = generator.normal(size=(2, 40, N))
    found = drawn(context, generator.normal(size=N), fresh)
    kept = np.array([np.corrcoef(row, found)[0, 1] for row in fresh])
    assert np.sqrt((kept**2).mean()) < 0.035  # .018 by chance alone


def test_a_number_of_few_rows_follows_the_one_that_it_goes_with():
    """34 rows are too few for leaves; a strong dependence is kept even so, and none is made of chance."""
    generator = np.random.default_rng(5)
    context, fresh = generator.normal(size=(8, 34)), generator.normal(size=(8, N))
    found = drawn(context, context[3] * 50 + generator.normal(0, 8, 34), fresh)
    assert np.corrcoef(fresh[3], found)[0, 1] > 0.7
    nothing = drawn(context, generator.normal(size=34), fresh)
    assert np.abs([np.corrcoef(row, nothing)[0, 1] for row in fresh]).max() < 0.1
