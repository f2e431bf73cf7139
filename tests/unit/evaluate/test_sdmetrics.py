"""Where the published package computes the same score, it gives the same number."""

import warnings

import numpy as np
import pandas as pd
import pytest

from synthspark.stats.dependence import contingency, correlation, correlation_similarity, cut_categories
from synthspark.stats.distances import counts_similarity, ks_complement, tv_complement

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own dependencies
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
    from sdmetrics.multi_table import CardinalityShapeSimilarity
    from sdmetrics.single_column import KSComplement, TVComplement

pytestmark = pytest.mark.filterwarnings("ignore")


def draw(seed, n_rows):
    generator = np.random.default_rng(seed)
    number = np.round(generator.gamma(2.0, 3.0, n_rows), 1)
    number[generator.random(n_rows) < 0.1] = np.nan
    code = generator.integers(0, 5, n_rows) * 1.0
    return {"number": number, "other": code * 2 + generator.normal(size=n_rows), "code": code, "kind": code // 2}


REAL, SYNTHETIC = draw(0, 700), draw(1, 500)


def series(side, name):
    return pd.Series(side[name])


def names(side, *columns):
    return pd.DataFrame({column: [f"c{int(code)}" for code in side[column]] for column in columns})


def test_shapes_of_columns():
    theirs = KSComplement.compute(series(REAL, "number"), series(SYNTHETIC, "number"))
    assert ks_complement(REAL["number"], SYNTHETIC["number"]) == pytest.approx(theirs, abs=1e-6)
    theirs = TVComplement.compute(names(REAL, "code")["code"], names(SYNTHETIC, "code")["code"])
    assert tv_complement(REAL["code"], SYNTHETIC["code"]) == pytest.approx(theirs, abs=1e-6)


def test_pairs_of_columns():
    sides = [pd.DataFrame({name: side[name] for name in ("other", "code")}) for side in (REAL, SYNTHETIC)]
    theirs = CorrelationSimilarity.compute(*sides)
    ours = correlation_similarity(*(correlation(side["other"], side["code"]) for side in (REAL, SYNTHETIC)))
    assert ours == pytest.approx(theirs, abs=1e-6)
    theirs = ContingencySimilarity.compute(names(REAL, "code", "kind"), names(SYNTHETIC, "code", "kind"))
    cells = [(cut_categories(side["code"], 5), cut_categories(side["kind"], 3)) for side in (REAL, SYNTHETIC)]
    ours = counts_similarity(*(contingency(*pair) for pair in cells))
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_children_per_parent():
    metadata = {
        "tables": {
            "parent": {"primary_key": "id", "columns": {"id": {"sdtype": "id"}}},
            "child": {"columns": {"parent": {"sdtype": "id"}}},
        },
        "relationships": [
            {
                "parent_table_name": "parent",
                "parent_primary_key": "id",
                "child_table_name": "child",
                "child_foreign_key": "parent",
            }
        ],
    }
    owners = [np.random.default_rng(seed).poisson(1.0 + seed, 200) for seed in (0, 1)]
    sides = [
        {
            "parent": pd.DataFrame({"id": np.arange(200)}),
            "child": pd.DataFrame({"parent": np.repeat(np.arange(200), counts)}),
        }
        for counts in owners
    ]
    theirs = CardinalityShapeSimilarity.compute(*sides, metadata)
    assert ks_complement(*(counts.astype(float) for counts in owners)) == pytest.approx(theirs, abs=1e-6)
