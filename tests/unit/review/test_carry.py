from dataclasses import replace

import pytest

from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile, TableProfile
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.review.carry import carry_decisions
from synthspark.review.decide import decide

RULE = Rule("order", "loan", ("id", "account"), evidence={"support": 10, "violations": 0})


@pytest.fixture
def schema():
    tables = {
        "loan": Table(
            "loan",
            {"id": Column("long"), "account": Column("long"), "note": Column("string", "category")},
            primary_key=("id",),
        ),
        "account": Table("account", {"id": Column("long")}, primary_key=("id",)),
    }
    key = ForeignKey("loan", ("account",), "account", ("id",), evidence={"coverage": 1.0}, why="all are there")
    return Schema("bank", tables, (key,), (RULE,))


@pytest.fixture
def decided(schema):
    return schema.decided("approved")


def with_table(schema, name, **changes):
    return replace(schema, tables={**schema.tables, name: replace(schema.tables[name], **changes)})


def test_the_same_data_say_nothing_new(schema, decided):
    assert carry_decisions(decided, schema) == (decided, ())


def test_decisions_are_kept_where_new_data_suggest_otherwise(schema, decided):
    before = with_table(decided, "loan", primary_key=("id", "account"), role="reference")
    merged, drift = carry_decisions(before, replace(schema, foreign_keys=(), rules=()))
    assert merged.tables["loan"] == before.tables["loan"]
    assert (merged.foreign_keys, merged.rules) == (before.foreign_keys, before.rules)
    assert drift == (
        "table loan: the approved primary key (id, account) is not borne out by new data, which suggest (id); look at "
        "both",
        "foreign key loan.account -> account.id: approved, but new data no longer suggest it; look at its values, or "
        "reject it",
        "rule loan order: id, account: approved, but new data no longer bear it out; look at it, or reject it",
    )


def test_a_key_that_is_no_longer_unique_is_told_with_its_counts(schema, decided):
    column = ColumnProfile("long", 682, 0, 680, True)
    profile = DatabaseProfile({"loan": TableProfile("loan", 682, {"id": column})})
    (line,) = carry_decisions(decided, with_table(schema, "loan", primary_key=()), profile)[1]
    assert line == (
        "table loan: the approved primary key (id) is no longer unique: 680 distinct values in 682 rows; mend the "
        "source, or decide on another key; new data suggest none"
    )


def test_a_fall_of_coverage_is_told_and_the_evidence_of_the_decision_kept(schema, decided):
    fallen = replace(schema, foreign_keys=(replace(schema.foreign_keys[0], evidence={"coverage": 0.931}),))
    merged, (line,) = carry_decisions(decided, fallen)
    assert "approved when 100 % of its values were in account, now 93 % are" in line
    assert merged.foreign_keys == decided.foreign_keys


def test_a_better_parent_becomes_an_alternative(schema, decided):
    better = ForeignKey("loan", ("account",), "loan", ("id",), confidence=0.98)
    weaker = replace(schema.foreign_keys[0], confidence=0.4)
    merged, (line,) = carry_decisions(decided, replace(schema, foreign_keys=(better,), candidates=(weaker,)))
    assert "new data suggest loan.id (0.98) for these columns; it is listed among the alternatives" in line
    assert merged.foreign_keys == decided.foreign_keys
    assert merged.candidates == (better,)
    assert merged.pending() == ()


def test_after_a_rejection_another_parent_is_proposed(schema, decided):
    before = decide(decided, [], ["loan.account"])
    better = ForeignKey("loan", ("account",), "loan", ("id",), confidence=0.98)
    merged, drift = carry_decisions(before, replace(schema, foreign_keys=(*schema.foreign_keys, better)))
    assert [key.status for key in merged.foreign_keys] == ["rejected", "proposed"]
    assert drift == ()


def test_a_new_column_opens_its_table_again_and_keeps_the_rest(schema, decided):
    before = with_table(decided, "loan", role="reference")
    columns = {**schema.tables["loan"].columns, "iban": Column("string", "iban")}
    merged, drift = carry_decisions(before, with_table(schema, "loan", columns=columns))
    assert (merged.tables["loan"].status, merged.tables["loan"].role) == ("proposed", "reference")
    assert drift == ("column loan.iban: is new, taken for iban; its table awaits a decision again",)


def test_types_tables_and_personal_meanings_that_changed_are_told(schema, decided):
    columns = {"id": Column("string"), "account": Column("long"), "note": Column("string", "email")}
    now = with_table(schema, "loan", columns=columns)
    now = replace(now, tables={**now.tables, "branch": Table("branch", {"id": Column("long")})})
    merged, drift = carry_decisions(decided, now)
    assert merged.tables["loan"].columns["note"].semantic == "category"  # as it was decided
    assert drift == (
        "table branch: is new in the source; it awaits a decision",
        "column loan.id: its type was long, is now string; look at its keys and its meaning",
        "column loan.note: decided as category, but its values now look like email, which is personal; correct its "
        "meaning if they are",
    )


def test_what_lost_a_column_is_told_and_dropped(schema, decided):
    columns = {"id": Column("long"), "note": Column("string", "category")}
    merged, drift = carry_decisions(
        decided, with_table(replace(schema, foreign_keys=(), rules=()), "loan", columns=columns)
    )
    assert (merged.foreign_keys, merged.rules) == ((), ())
    assert drift == (
        "column loan.account: was in the schema, is no longer in the source",
        "foreign key loan.account -> account.id: was approved, a column of it is no longer in the source",
        "rule loan order: id, account: was approved, a column of it is no longer in the source",
    )


def test_a_table_that_is_gone_is_told(schema, decided):
    loan = {"loan": schema.tables["loan"]}
    _, drift = carry_decisions(decided, replace(schema, tables=loan, foreign_keys=()))
    assert drift[0].startswith("table account: was in the schema, is no longer in the source")


def test_more_broken_rows_of_a_rule_are_told(schema, decided):
    broken = replace(RULE, evidence={"support": 20, "violations": 3})
    merged, (line,) = carry_decisions(decided, replace(schema, rules=(broken,)))
    assert "approved when 0 rows broke it, now 3 of 20 do" in line
    assert merged.rules == decided.rules


def test_what_a_person_added_is_not_doubted(schema, decided):
    added = ForeignKey("loan", ("id",), "account", ("id",), status="approved", why="asked")
    before = replace(decided, foreign_keys=(*decided.foreign_keys, added))
    assert carry_decisions(before, schema) == (before, ())


def test_a_rule_that_new_data_break_too_often_to_suggest_is_told_with_its_rows(schema, decided):
    now = replace(decided.rules[0], evidence={"support": 900, "violations": 60})
    _, (line,) = carry_decisions(decided, replace(schema, rules=()), counted=(now,))
    assert "now 60 of 900 do" in line
