"""What trees are shown of a column."""

import numpy as np
import pytest

from synthspark.stats.frame import Domain
from synthspark.stats.trees_predictors import Pool, Predictor, Together
from synthspark.stats.trees_scores import fit_scores


def test_the_month_of_a_date_follows_the_date_that_is_drawn():
    days = np.array(["2026-01-31", "2026-12-01"], dtype="datetime64[D]").astype(np.float64)
    domains = (Domain("number", "date"), Domain("number", "date"))
    pool = Pool([days.copy(), np.zeros(2)], domains, fit_scores(np.array([days, np.zeros(2)]), domains, 1))
    first, second = Predictor(0, "month", np.empty(0)), Predictor(1, "month", np.empty(0))
    assert pool.feature(first).tolist() == [0, 11] and pool.feature(second).tolist() == [0, 0]
    pool.set(1, days[::-1])
    assert pool.feature(second).tolist() == [11, 0] and pool.feature(first).tolist() == [0, 11]


DAYS = np.array([np.nan, 18_261.0, 3.0, -70.0, 20_000.0, 3.0])
CODES = np.array([1.0, np.nan, 0.0, 7.0, 2.0, 1.0])
MOMENTS = DAYS * 86_400_000_000.0 + 3_600_000_000.0
PREDICTORS = [
    Predictor(2, "time", np.empty(0)),
    Predictor(0, "number", np.empty(0)),
    Predictor(1, "category", np.array([0.5, -1.0, 0.5, 0.25])),
    Predictor(0, "month", np.empty(0)),
    Predictor(2, "month", np.empty(0)),
    Predictor(3, "month", np.empty(0)),
    Predictor(1, "category", np.array([3.0, 1.0])),
    Predictor(2, "number", np.empty(0)),
]
DOMAINS = (
    Domain("number", "date"),
    Domain("category", "string", ("a", "b", "c")),
    Domain("number", "timestamp"),
    Domain("number", "date"),
)


def _pool():
    matrix = np.array([DAYS, CODES, MOMENTS, DAYS[::-1]])
    return Pool(list(matrix), DOMAINS, fit_scores(matrix, DOMAINS, 1), matrix)


def test_features_worked_out_at_once_are_those_of_each():
    wanted = np.array([_pool().feature(predictor) for predictor in PREDICTORS])
    found = np.empty_like(wanted)
    Together.of(list(enumerate(PREDICTORS))).fill(found, _pool())
    assert np.array_equal(found, wanted)


def test_part_of_a_date_that_is_drawn_anew_is_worked_out_anew():
    pool = _pool()
    both = Together.of(list(enumerate(PREDICTORS)))
    found = np.empty((len(PREDICTORS), DAYS.size))
    both.fill(found, pool)
    pool.set(3, np.full(DAYS.size, 59.0))
    both.fill(found, pool)
    assert found[5].tolist() == [2.0] * DAYS.size


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_order_is_that_of_the_feature_and_keeps_equal_rows_in_theirs(predictor):
    pool = _pool()
    found = predictor.order(pool.columns[predictor.source], DOMAINS[predictor.source].type)
    assert found.tolist() == np.argsort(pool.feature(predictor), kind="stable").tolist()
