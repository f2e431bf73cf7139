"""Tables of which a parent has one row at most keep their number of rows."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import KeyModel, TableModel
from synthspark.generate.completion import complete, lend_copies

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


def test_children_that_are_added_have_columns_of_children_that_were_drawn():
    drawn = np.zeros(400, dtype=np.int64)
    drawn[:60] = 1
    told = pa.array(np.where(drawn > 0, np.arange(400.0), np.nan), from_pandas=True)
    hidden = {"_ss_f0_0": told, "_ss_f1_0": told}
    counts = complete(drawn, np.full(400, -1), np.arange(400), replace(ONE_AT_MOST, rows=100), 1.0, stream=3)
    found = lend_copies(hidden, 0, drawn, counts, np.arange(400), stream=3)
    assert list(found) == ["_ss_f0_0"]
    values = found["_ss_f0_0"].to_numpy(zero_copy_only=False)
    assert (np.isfinite(values) == (counts > 0)).all()
    assert (values[:60] == np.arange(60)).all()
    assert np.unique(values[60:][counts[60:] > 0]).size > 20
    assert lend_copies(hidden, 0, drawn, drawn, np.arange(400), stream=3) == {}
