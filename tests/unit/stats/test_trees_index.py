"""One number that sums up many columns, for trees of few rows."""

import numpy as np

from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain, Frame
from synthspark.stats.trees_fit import fit_trees
from synthspark.stats.trees_index import Index, fit_index, normal_scores
from synthspark.stats.trees_parts import FEW_ROWS
from synthspark.stats.trees_predictors import Pool
from synthspark.stats.trees_scores import fit_scores

NUMBER = Domain("number", "double")


def pool_of(matrix, domains=None):
    domains = domains or [NUMBER] * len(matrix)
    return Pool(list(matrix), tuple(domains), fit_scores(matrix, domains, 5))


def found_index(pool, target, least=0.05, most=None):
    return fit_index(pool, range(len(pool.columns)), normal_scores(ranks(target)), least, most)


def ranks(values):
    return (np.argsort(np.argsort(values)) + 0.5) / values.size


def test_weak_signs_of_many_columns_add_up():
    generator = np.random.default_rng(1)
    signs = generator.normal(size=(10, 300))
    target = signs.sum(axis=0) + generator.normal(size=300)
    index = found_index(pool_of(signs[:, :200]), target[:200])
    assert index is not None
    found = index.values(pool_of(signs))[200:]
    assert np.corrcoef(found, target[200:])[0, 1] > 0.85
    assert max(abs(np.corrcoef(row[200:], target[200:])[0, 1]) for row in signs) < 0.6


def test_noise_has_no_index():
    generator = np.random.default_rng(2)
    pool, target = pool_of(generator.normal(size=(10, 200))), generator.normal(size=200)
    assert found_index(pool, target) is None


def test_only_columns_that_say_something_are_selected():
    generator = np.random.default_rng(6)
    matrix = generator.normal(size=(30, 2_000))
    index = found_index(pool_of(matrix), matrix[3] - matrix[17] + generator.normal(size=2_000), most=5)
    assert index is not None
    assert {3, 17} <= set(index.sources.tolist())
    assert index.sources.size <= 5


def test_categories_and_nulls_have_their_share_and_come_back_as_written():
    generator = np.random.default_rng(3)
    group, number = generator.integers(0, 4, 400).astype(float), generator.normal(size=400)
    number[generator.random(400) < 0.3] = np.nan
    target = np.array([0.0, 3.0, 1.0, 6.0])[group.astype(int)] + np.where(np.isnan(number), 4.0, number)
    domains = [Domain("category", "string", tuple("abcd")), NUMBER]
    pool = pool_of(np.array([group, number]), domains)
    index = found_index(pool, target)
    assert index is not None
    assert np.corrcoef(index.values(pool), target)[0, 1] > 0.9
    assert (Index.from_parts(index.to_parts()).values(pool) == index.values(pool)).all()


def test_trees_of_few_rows_keep_what_many_columns_say_together():
    generator = np.random.default_rng(4)
    signs = generator.normal(size=(8, FEW_ROWS - 300))
    target = signs.sum(axis=0) + generator.normal(size=signs.shape[1])
    context = Frame(tuple(f"c{i}" for i in range(8)), (NUMBER,) * 8, signs)
    rows = Frame(("y",), (NUMBER,), target[None, :])
    model = fit_trees(context, rows, EngineSettings(k=5), np.random.default_rng(5))
    fresh = generator.normal(size=(8, 4_000))
    drawn = model.sample(Frame(context.names, context.domains, fresh), 3, np.arange(4_000)).matrix[0]
    assert np.corrcoef(drawn, fresh.sum(axis=0))[0, 1] > 0.7
