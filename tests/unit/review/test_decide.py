from dataclasses import replace

import pytest

from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import ColumnSettings, ForeignKeySettings, TableSettings
from synthspark.errors import SchemaError
from synthspark.review.decide import answer, apply_settings, decide, without_rejected


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


def test_a_foreign_key_of_the_config_is_locked_and_replaces_what_was_proposed_for_its_columns(schema):
    given = {"loan": TableSettings(foreign_keys=(ForeignKeySettings(("account",), "loan", ("id",)),))}
    for _ in range(2):  # it is laid over the file at every reading
        schema = apply_settings(schema, given)
        (key,) = schema.foreign_keys
        assert (key.label, key.status, key.why) == ("loan.account -> loan.id", "locked", "given in the config")
        assert [other.label for other in schema.candidates] == ["loan.account -> account.id"]
    own = {"loan": TableSettings(foreign_keys=(ForeignKeySettings(("account",), "account"),))}  # its primary key
    (key,) = apply_settings(schema, own).foreign_keys[:1]
    assert (key.label, key.status) == ("loan.account -> account.id", "locked")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (ForeignKeySettings(("acount",), "account"), r"\[0\]\.columns: table loan has no column 'acount'.*'account'"),
        (ForeignKeySettings(("id",), "acount"), r"\.references: the source has no table 'acount'.*'account'"),
        (ForeignKeySettings(("id",), "account", ("idd",)), r"\.parent_columns: table account has no column 'idd'"),
        (ForeignKeySettings(("id", "note"), "account"), r"found 1 columns \(id, the primary key of account\); exp.* 2"),
    ],
)
def test_a_foreign_key_of_the_config_that_cannot_be_is_told(schema, key, told):
    with pytest.raises(SchemaError, match=told):
        apply_settings(schema, {"loan": TableSettings(foreign_keys=(key,))})


def test_a_rejected_table_is_left_out_and_what_touches_it_awaits_nothing(schema):
    decided = decide(schema, ["loan"], ["account"])
    assert decided.pending() == ()
    later = without_rejected(decided)
    assert (later.tables["account"].role, later.tables["loan"].role) == ("skip", "synthesize")
    assert later.keys_in_force() == decided.keys_in_force() == ()
    again = decide(decided, ["account"], [])
    assert again.tables["account"].role == "synthesize"
    assert again.pending() == ("loan.account -> account.id",)


@pytest.fixture
def asked(schema):
    other = ForeignKey("loan", ("account",), "loan", ("id",), confidence=0.4)
    readings = (Reading("of accounts", (schema.foreign_keys[0].label,), 0.6), Reading("of loans", (other.label,), 0.4))
    return replace(schema, candidates=(other,), questions=(Question("Of what is it?", readings),))


def test_an_answer_approves_its_reading_and_rejects_the_others(asked):
    first = answer(asked, ["1a"])
    assert [key.status for key in first.foreign_keys] == ["approved"]
    second = answer(asked, ["1b"])
    assert {key.label: key.status for key in second.foreign_keys} == {
        "loan.account -> account.id": "rejected",
        "loan.account -> loan.id": "approved",
    }
    assert second.candidates == ()
    assert asked.open_questions() and not first.open_questions() and not second.open_questions()


@pytest.mark.parametrize("name", ["2a", "1c", "a", "1"])
def test_an_answer_to_nothing_is_told(asked, name):
    with pytest.raises(SchemaError, match=f"{name}: no question has this reading; expected 1a to 1b"):
        answer(asked, [name])
