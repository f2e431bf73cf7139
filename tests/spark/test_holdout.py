"""People kept aside before anything is fitted."""

import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import PrivacySettings
from synthspark.read.holdout.on_spark import as_fitted, hold_out


def table(name, rows, *keys, **semantics):
    columns = {key: Column("long") for key in ("id", *keys)}
    columns |= {column: Column("string", semantic) for column, semantic in semantics.items()}
    return Table(name, columns, primary_key=("id",), rows=rows)


SCHEMA = Schema(
    "bank",
    {
        "holder": table("holder", 1000, person="full_name"),
        "owns": table("owns", 1000, "holder", "account"),
        "account": table("account", 1000, "branch"),
        "payment": table("payment", 3000, "account"),
        "branch": table("branch", 20),
    },
    (
        ForeignKey("owns", ("holder",), "holder", ("id",)),
        ForeignKey("owns", ("account",), "account", ("id",)),
        ForeignKey("account", ("branch",), "branch", ("id",)),
        ForeignKey("payment", ("account",), "account", ("id",)),
    ),
).decided("approved")


@pytest.fixture(scope="module")
def frames(spark):
    numbers = list(range(1000))
    tables = {
        "holder": pa.table({"id": numbers, "person": ["x"] * 1000}),
        "owns": pa.table({"id": numbers, "holder": numbers, "account": [n + 5000 for n in numbers]}),
        "account": pa.table({"id": [n + 5000 for n in numbers], "branch": [n % 20 for n in numbers]}),
        "payment": pa.table({"id": range(3000), "account": [5000 + n % 1000 for n in range(3000)]}),
        "branch": pa.table({"id": range(20)}),
    }
    return {name: spark.createDataFrame(rows.to_pandas()) for name, rows in tables.items()}


def test_a_person_is_held_out_with_all_that_belongs_to_her(frames):
    found = hold_out(frames, SCHEMA, PrivacySettings(), 7)
    assert found.subjects == ("holder",)
    held = {row.id for row in found.held["holder"].collect()}
    # Three standard deviations above the 50 that are needed are aimed at, 71; the number's own one is 8.
    assert 50 <= len(held) < 100
    assert {row.holder for row in found.held["owns"].collect()} == held
    assert {row.id - 5000 for row in found.held["account"].collect()} == held
    payments = [row.account - 5000 for row in found.held["payment"].collect()]
    assert set(payments) == held
    assert len(payments) == 3 * len(held)
    assert found.fitted["payment"].count() == 3000 - len(payments)
    assert found.fitted["branch"] is frames["branch"]
    assert found.fitted["account"].schema == frames["account"].schema
    assert as_fitted(SCHEMA, found).tables["holder"].rows == 1000 - len(held)
    again = hold_out({n: f.repartition(3) for n, f in frames.items()}, SCHEMA, PrivacySettings(), 7)
    assert {row.id for row in again.held["holder"].collect()} == held


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (PrivacySettings(holdout=0.0), "privacy.holdout is 0"),
        (PrivacySettings(subjects=("branch",)), "too few"),
        (PrivacySettings(subjects=("holder", "account")), "name one in privacy.subjects"),
    ],
)
def test_where_nobody_can_be_held_out_it_is_said_why(frames, settings, reason):
    found = hold_out(frames, SCHEMA, settings, 0)
    assert found.fitted is frames
    assert reason in found.facts["reason"]


def test_rows_that_follow_up_others_do_not_keep_people_from_being_held_out(spark):
    """Calls of a person refer to earlier calls of the same person, a few to somebody else's."""
    n, m = 1000, 3000
    person = [number % n for number in range(m)]
    earlier = [number - n if number >= n else None for number in range(m)]
    earlier[2_500] = 3
    tables = {
        "holder": pa.table({"id": range(n), "person": ["x"] * n}),
        "call": pa.table({"id": range(m), "holder": person, "earlier": earlier}),
        "complaint": pa.table({"id": range(m), "call": range(m)}),
    }
    schema = Schema(
        "calls",
        {
            "holder": table("holder", n, person="full_name"),
            "call": table("call", m, "holder", "earlier"),
            "complaint": table("complaint", m, "call"),
        },
        (
            ForeignKey("call", ("holder",), "holder", ("id",)),
            ForeignKey("call", ("earlier",), "call", ("id",)),
            ForeignKey("complaint", ("call",), "call", ("id",)),
        ),
    ).decided("approved")
    frames = {name: spark.createDataFrame(rows.to_pandas()) for name, rows in tables.items()}
    found = hold_out(frames, schema, PrivacySettings(), 7)
    assert not found.reason
    assert 25 < found.held["holder"].count() < 80
    calls = {row.id: row.earlier for row in found.fitted["call"].collect()}
    assert all(before != before or before in calls for before in calls.values() if before is not None)
    assert {row.call for row in found.fitted["complaint"].collect()} == set(calls)
