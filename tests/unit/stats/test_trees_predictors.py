"""What trees are shown of a column."""

import numpy as np

from synthspark.stats.frame import Domain
from synthspark.stats.trees_predictors import Pool, Predictor
from synthspark.stats.trees_scores import fit_scores


def test_the_month_of_a_date_follows_the_date_that_is_drawn():
    days = np.array(["2026-01-31", "2026-12-01"], dtype="datetime64[D]").astype(np.float64)
    domains = (Domain("number", "date"), Domain("number", "date"))
    pool = Pool([days.copy(), np.zeros(2)], domains, fit_scores(np.array([days, np.zeros(2)]), domains, 1))
    first, second = Predictor(0, "month", np.empty(0)), Predictor(1, "month", np.empty(0))
    assert pool.feature(first).tolist() == [0, 11] and pool.feature(second).tolist() == [0, 0]
    pool.set(1, days[::-1])
    assert pool.feature(second).tolist() == [11, 0] and pool.feature(first).tolist() == [0, 11]
