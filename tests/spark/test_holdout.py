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
    # A share of .05 of 1,000: its standard deviation is 7.
    assert 25 < len(held) < 80
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
