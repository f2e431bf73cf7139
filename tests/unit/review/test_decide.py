from dataclasses import replace

import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import ColumnSettings, TableSettings
from synthspark.errors import SchemaError
from synthspark.review.decide import apply_settings, carry_decisions, decide


@pytest.fixture
def schema():
    tables = {
        "loan": Table(
            "loan", {"id": Column("long"), "account": Column("long"), "note": Column("string")}, primary_key=("id",)
        ),
        "account": Table("account", {"id": Column("long")}, primary_key=("id",)),
    }
    return Schema("bank", tables, (ForeignKey("loan", ("account",), "account", ("id",)),))


def test_patterns_approve_and_reject_what_they_name(schema):
    decided = decide(schema, ["loan", "acc*"], ["loan.account"])
    assert decided.tables["loan"].status == decided.tables["account"].status == "approved"
    assert decided.foreign_keys[0].status == "rejected"
    assert decided.pending() == () and decided.keys_in_force() == ()


def test_a_pattern_that_names_nothing_is_told(schema):
    with pytest.raises(SchemaError, match="loans: no table"):
        decide(schema, ["loans"], [])


def test_the_config_outweighs_discovery(schema):
    wanted = {
        "loan": TableSettings(role="skip", columns={"note": ColumnSettings(semantic="free_text", generate="drop")})
    }
    changed = apply_settings(schema, wanted).tables["loan"]
    assert (changed.role, changed.status, changed.columns["note"].generate) == ("skip", "locked", "drop")
    with pytest.raises(SchemaError, match=r"tables\.lone: the source has no such table"):
        apply_settings(schema, {"lone": TableSettings()})


def test_decisions_survive_a_second_discovery_and_drift_is_told(schema):
    before = decide(schema, ["loan", "loan.account"], [])
    before = replace(
        before, tables={**before.tables, "loan": replace(before.tables["loan"], primary_key=("id", "account"))}
    )
    merged, drift = carry_decisions(before, replace(schema, foreign_keys=()))
    assert merged.tables["loan"].primary_key == ("id", "account") and merged.tables["loan"].status == "approved"
    assert merged.tables["account"].status == "proposed"
    assert [key.status for key in merged.foreign_keys] == ["approved"]
    assert any("new data suggest (id)" in line for line in drift)
    assert any("new data no longer suggest it" in line for line in drift)


def test_a_rejected_key_stays_rejected(schema):
    merged, _ = carry_decisions(decide(schema, [], ["loan.account"]), schema)
    assert [key.status for key in merged.foreign_keys] == ["rejected"]


def test_a_decision_on_a_lost_column_is_told_and_dropped(schema):
    before = decide(schema, ["loan.account"], [])
    columns = {"id": Column("long"), "note": Column("string")}
    after = replace(
        schema, tables={**schema.tables, "loan": Table("loan", columns, primary_key=("id",))}, foreign_keys=()
    )
    merged, drift = carry_decisions(before, after)
    assert merged.foreign_keys == () and any("no longer in the source" in line for line in drift)
