"""Which rows of each table are fitted: whole families, few enough for one place."""

import itertools

import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.fit.families import Part, parts_to_fit


def chain(**rows):
    """Tables each of which belongs to the one before."""
    columns = {"id": Column("long", nullable=False), "up": Column("long", nullable=False)}
    tables = {
        name: Table(name, columns, primary_key=("id",), status="approved", rows=number) for name, number in rows.items()
    }
    keys = [ForeignKey(child, ("up",), parent, ("id",), "approved") for parent, child in itertools.pairwise(rows)]
    return plan_database(Schema("chain", tables, tuple(keys)))


def parts(bound, **rows):
    return parts_to_fit(chain(**rows), rows, {name: min(bound, number) for name, number in rows.items()})


def test_small_tables_are_fitted_whole():
    assert set(parts(1_000, customer=10, order=100, line=1_000).values()) == {Part()}


def test_customers_of_few_orders_are_fitted_with_all_of_their_orders_and_lines():
    found = parts(60_000, nation=25, customer=200_000, order=500_000, line=3_000_000)
    assert found["nation"] == Part()
    assert found["customer"].kept == pytest.approx(0.02)
    assert found["order"].families == found["order"].drawn == found["line"].families == found["line"].drawn == 1.0


def test_an_account_of_many_transactions_stays_although_those_of_others_are_fitted():
    found = parts(200_000, account=4_500, movement=1_000_000)
    assert found["account"] == Part()
    assert found["movement"] == Part(families=0.2, drawn=1.0, kept=0.2, of_each=0.2)


def test_of_a_few_huge_families_some_rows_each_are_fitted():
    found = parts(50_000, branch=40, account=3_000, movement=40_000_000, detail=90_000_000)
    assert found["branch"].kept == found["account"].kept == 1.0
    assert found["detail"].families == 1.0
    huge = parts(50_000, branch=40, movement=40_000_000)["movement"]
    assert huge.families == 1.0 and huge.drawn == pytest.approx(50_000 / 40_000_000)


@pytest.mark.parametrize("children", [2, 20, 300, 40_000])
def test_no_table_is_expected_to_have_more_rows_than_there_is_room_for(children):
    rows = {"region": 30, "home": 2_500, "thing": 2_500 * children, "part": 5_000 * children}
    assert all(part.kept * rows[name] <= 50_001 for name, part in parts(50_000, **rows).items())


def test_ten_times_the_rows_leave_as_many_to_be_fitted():
    found = [
        parts(50_000, customer=times * 100_000, order=times * 1_000_000)["order"].kept * times for times in (1, 10)
    ]
    assert found[0] == pytest.approx(found[1])
