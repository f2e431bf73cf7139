from dataclasses import replace

import pytest

from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_file import FILE, parse_schema, read_schema, write_schema
from synthspark.artifacts.store import RunDirectory
from synthspark.errors import DataError, SchemaError


@pytest.fixture
def schema():
    tables = {
        "loan": Table("loan", {"id": Column("long", "key"), "account": Column("long")}, primary_key=("id",), rows=3),
        "weird `\"table'": Table("weird `\"table'", {"a b.c": Column("decimal(10,2)"), "näme": Column("string")}),
        "account": Table("account", {"id": Column("long", "key")}, primary_key=("id",), status="approved"),
    }
    keys = (ForeignKey("loan", ("account",), "account", ("id",), evidence={"coverage": 1.0}, why="all are there"),)
    return Schema("bank", tables, keys)


def test_a_schema_comes_back_as_it_was_written(tmp_path, schema):
    directory = RunDirectory(str(tmp_path))
    write_schema(directory, schema)
    assert read_schema(directory) == schema


def test_a_key_across_formats_says_how_its_values_are_compared(tmp_path, schema):
    directory = RunDirectory(str(tmp_path))
    crossing = replace(schema, foreign_keys=(replace(schema.foreign_keys[0], compare=("number",)),))
    write_schema(directory, crossing)
    assert "compare: [number]" in directory.read_text(FILE)
    assert read_schema(directory) == crossing


def test_questions_come_back_and_close_with_the_decision_on_their_keys(tmp_path, schema):
    directory = RunDirectory(str(tmp_path))
    label = schema.foreign_keys[0].label
    question = Question("Which of the two?", (Reading("account", (label,), 0.6), Reading("none", (), 0.4)))
    asking = replace(schema, questions=(question,))
    write_schema(directory, asking)
    assert read_schema(directory) == asking
    assert asking.open_questions() == (question,)
    assert asking.decided("rejected").open_questions() == ()


def test_comments_of_a_person_survive_a_second_write(tmp_path, schema):
    directory = RunDirectory(str(tmp_path))
    write_schema(directory, schema)
    text = directory.read_text(FILE)
    text = text.replace("    primary_key: [id]", "    primary_key: [id]  # checked with Anna", 1)
    text = text.replace("- child: loan", "# the loans desk confirmed this\n- child: loan", 1)
    assert text.count("# checked with Anna") == 1
    directory.write_text(FILE, text)
    write_schema(directory, schema.decided("approved"))
    written = directory.read_text(FILE)
    assert "# checked with Anna" in written and "# the loans desk confirmed this" in written
    assert read_schema(directory) == schema.decided("approved")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("status: proposed", "status: maybe", "status 'maybe'; expected one of proposed"),
        ("semantic: key", "semantic: kee", "semantic 'kee'; expected one of"),
        ("role: synthesize", "role: clone", "role 'clone'; expected one of synthesize"),
        ("parent: account", "parent: acount", "there is no table 'acount'"),
        ("child_columns: [account]", "child_columns: [accont]", "no column 'accont'"),
        ("child_columns: [account]", "child_columns: [account, id]", "2 child columns against 1"),
        (
            "child_columns: [account]",
            "child_columns: [account]\n  compare: [vaguely]",
            "compare .vaguely.; expected one",
        ),
        ("primary_key: [id]", "primary_key: [idd]", "key column 'idd' is not a column"),
        ("why: all are there", "because: all are there", "unknown key 'because'"),
        ("format_version: 1", "format_version: 9", "found format_version 9; this version of synthspark reads 1"),
        ("tables:", "tabels:", "unknown key 'tabels'"),
        ("name: bank", "name: [bank", "expected valid YAML"),
    ],
)
def test_a_mistake_of_the_editor_is_told_with_its_place(tmp_path, schema, old, new, told):
    directory = RunDirectory(str(tmp_path))
    write_schema(directory, schema)
    text = directory.read_text(FILE)
    assert old in text
    with pytest.raises((SchemaError, DataError), match=told):
        parse_schema(text.replace(old, new, 1))


def test_a_missing_schema_names_the_stage_that_writes_it(tmp_path):
    with pytest.raises(SchemaError, match="run `synthspark discover` first"):
        read_schema(RunDirectory(str(tmp_path)))


def test_rules_come_back_with_their_parameters_and_evidence(tmp_path, schema):
    directory = RunDirectory(str(tmp_path))
    crossing = {"parent": "account", "via": ["account"], "parent_key": ["id"], "parent_columns": ["id"]}
    rules = (
        Rule("order", "loan", ("id", "account"), evidence={"support": 3, "violations": 0}, why="in all 3 rows"),
        Rule("copy", "loan", ("account",), parameters=crossing),
    )
    ruled = replace(schema, rules=rules)
    write_schema(directory, ruled)
    assert "evidence: {support: 3, violations: 0}" in directory.read_text(FILE)
    assert read_schema(directory) == ruled


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{kind: orders, table: loan, columns: [id, account]}", "there is no such kind; expected one of order,"),
        ("{kind: order, table: loan, columns: [id, acount]}", "has no column 'acount'"),
        ("{kind: order, table: loan, columns: [id]}", "1 columns; expected at least 2"),
        ("{kind: sequence, table: loan, columns: [id], parameters: {start: 1}}", "lacks within"),
        ("{kind: order, table: loan, columns: [id, account], parameters: {strict: 1}}", "the unknown strict"),
    ],
)
def test_a_rule_that_cannot_be_meant_says_what_was_expected(written, told):
    text = f"tables: {{loan: {{columns: {{id: {{type: long}}, account: {{type: long}}}}}}}}\nrules: [{written}]"
    with pytest.raises(SchemaError, match=told):
        parse_schema(text)
