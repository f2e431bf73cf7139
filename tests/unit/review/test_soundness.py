from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile, TableProfile
from synthspark.artifacts.schema import Column, Schema, Table
from synthspark.review.soundness import unsound_decisions


def faults(distinct, *, exact=True, status="approved"):
    profile = ColumnProfile("long", rows=1000, nulls=0, distinct=distinct, distinct_exact=exact)
    table = Table("t", {"id": Column("long")}, primary_key=("id",), status=status)
    return unsound_decisions(
        Schema("x", {"t": table}), DatabaseProfile({"t": TableProfile("t", 1000, {"id": profile})})
    )


def test_a_key_that_repeats_is_refuted_and_a_dirty_one_is_not():
    assert "table t, primary key id: 500 distinct values in 1,000 rows" in faults(500)[0]
    assert not faults(1000)
    assert not faults(995)


def test_neither_estimates_nor_open_proposals_are_judged():
    assert not faults(500, exact=False)
    assert not faults(500, status="proposed")
