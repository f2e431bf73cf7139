"""How dependence between columns is measured where trees choose what they look at."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthspark.stats.frame import Domain
from synthspark.stats.quantiles import quantiles_of
from synthspark.stats.trees_order import cells_of, dependence, dependence_on


def test_dependence_on_a_further_column_is_that_measured_with_all_others():
    draw = np.random.default_rng(0)
    matrix = draw.normal(size=(5, 5_000))
    matrix[1] = draw.integers(0, 20, 5_000)
    matrix[2, ::3] = np.nan
    matrix[4] += matrix[0]
    domains = [Domain("number", "double")] * 5
    domains[1] = Domain("category", "string", tuple(map(str, range(20))))
    whole = dependence(cells_of(matrix, domains, 5_000))
    found = dependence_on(cells_of(matrix[:4], domains[:4], 5_000), matrix[4], domains[4])
    assert found.tolist() == whole[4, :4].tolist()


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60))
def test_quantiles_are_those_of_numpy(numbers):
    shares = np.array([0.0, 0.05, 1 / 3, 0.5, 0.9, 1.0])
    assert quantiles_of(np.array(numbers), shares).tolist() == np.quantile(numbers, shares).tolist()
