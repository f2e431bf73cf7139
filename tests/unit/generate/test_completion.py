"""Tables of which a parent has one row at most keep their number of rows."""

import numpy as np

from synthspark.artifacts.model import KeyModel, TableModel
from synthspark.generate.completion import complete

ONE_AT_MOST = TableModel("child", "synthesize", 300, keys=(KeyModel(("id",), "inherited"),))


def test_missing_children_go_to_parents_whose_siblings_have_one():
    counts = np.zeros(1_000, dtype=np.int64)
    counts[:150] = 1  # the first of five families of 200 rows has them all
    owner = np.repeat(np.arange(5), 200)
    found = complete(counts, owner, np.arange(1_000), ONE_AT_MOST, 1.0, stream=3)
    assert found.sum() == 300
    assert (found >= counts).all()
    assert found.max() == 1
    assert found[150:200].mean() > 0.5 > 0.25 > found[200:].mean()


def test_enough_children_stay_as_they_were_drawn():
    counts = np.zeros(1_000, dtype=np.int64)
    counts[:295] = 1
    assert complete(counts, np.full(1_000, -1), np.arange(1_000), ONE_AT_MOST, 1.0, stream=3) is counts


def test_no_more_children_than_parents():
    counts = np.zeros(10, dtype=np.int64)
    found = complete(counts, np.full(10, -1), np.arange(10), ONE_AT_MOST, 1.0, stream=3)
    assert found.tolist() == [1] * 10
