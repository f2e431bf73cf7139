"""`synthspark review` as a person types it: no Spark, no data, only the run's schema."""

import shlex

import pytest

from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_file import FILE, read_schema, write_schema
from synthspark.artifacts.store import RunDirectory
from synthspark.cli.main import main

COLUMNS = {name: Column("long") for name in ("id", "account", "client")}


@pytest.fixture
def schema():
    tables = {
        name: Table(name, COLUMNS, primary_key=("id",), confidence=sure, why=f"{name} is unique")
        for name, sure in (("loan", 0.99), ("account", 0.97), ("client", 0.4))
    }
    keys = (
        ForeignKey("loan", ("account",), "account", ("id",), confidence=0.96, why="all are there"),
        ForeignKey("loan", ("client",), "client", ("id",), confidence=0.6, why="most are there"),
    )
    other = ForeignKey("loan", ("client",), "account", ("id",), confidence=0.5, why="some are there")
    rule = Rule("order", "loan", ("account", "client"), confidence=0.7, evidence={"support": 9, "violations": 1})
    readings = (Reading("a client's", (keys[1].label,), 0.6), Reading("an account's", (other.label,), 0.5))
    return Schema("bank", tables, keys, (rule,), (other,), (Question("Whose is a loan?", readings),))


@pytest.fixture
def run(tmp_path, schema, monkeypatch, capsys):
    """Runs the command with flags; returns its code, what it said, and the schema afterwards."""
    monkeypatch.setenv("COLUMNS", "100")
    directory = RunDirectory(str(tmp_path / "out"))
    write_schema(directory, schema)
    config = tmp_path / "bank.yaml"
    config.write_text(f"name: bank\nsource: {{path: '{tmp_path}'}}\noutput: {{path: '{tmp_path / 'out'}'}}\n")

    def command(*flags):
        code = main(["review", str(config), *flags])
        said = capsys.readouterr()
        return code, said.out + said.err, read_schema(directory)

    return command


def status(schema):
    return {key.label: key.status for key in schema.foreign_keys}


def test_what_awaits_is_listed_question_first_then_least_sure(run):
    code, said, _ = run()
    assert code == 3
    places = [said.index(text) for text in ("Whose is a loan?", "1b 0.50", "0.40  client", "0.60  loan.client")]
    assert places == sorted(places)
    assert said.index("0.70  loan:order") < said.index("0.96  loan.account") < said.index("0.97  account")
    assert "1 of 9 break it" in said
    assert "0 of 6 decided, 6 open" in said


def test_the_commands_shown_decide(run, schema, tmp_path):
    _, said, _ = run()
    commands = [
        shlex.split(line, comments=True) for line in said.splitlines() if line.startswith("  synthspark review")
    ]
    flags = [command[3:] for command in commands if "--interactive" not in command]
    assert [one[0] for one in flags] == ["--answer", "--approve-from", "--approve", "--reject", "--approve"]
    for one in flags:
        write_schema(RunDirectory(str(tmp_path / "out")), schema)
        assert run(*one)[2] != schema, one


def test_an_answer_settles_its_keys(run):
    code, said, schema = run("--answer", "1b")
    assert code == 3 and "Whose" not in said
    assert status(schema)["loan.client -> client.id"] == "rejected"
    assert status(schema)["loan.client -> account.id"] == "approved"


def test_a_pattern_leaves_earlier_decisions_alone(run):
    run("--reject", "loan.account")
    _, _, schema = run("--approve", "loan.*")
    assert set(status(schema).values()) == {"approved", "rejected"}
    _, _, schema = run("--approve", "loan.account")  # a name is not a pattern: a person may change their mind
    assert set(status(schema).values()) == {"approved"}


def test_everything_decided_ends_well(run):
    code, said, schema = run("--reject", "client", "--approve-all")
    assert code == 0 and "left out: client" in said and "Everything is decided" in said
    assert schema.tables["client"].status == "rejected"


def test_one_after_the_other(run, monkeypatch):
    given = iter(["x", "S", "a", "b", "r", "a", "q"])
    monkeypatch.setattr("builtins.input", lambda *_: next(given))
    _, said, schema = run("--interactive")
    assert "expected one of a b S B Q" in said
    assert schema.tables["client"].status == "rejected"  # approved, taken back, rejected
    assert status(schema)["loan.client -> client.id"] == "proposed"  # its table is left out: nothing to decide
    assert schema.rules[0].status == "approved"


def test_an_alternative_is_one_key_away(run, monkeypatch):
    given = iter(["S", "s", "1", "q"])
    monkeypatch.setattr("builtins.input", lambda *_: next(given))
    _, _, schema = run("--interactive")
    assert status(schema)["loan.client -> client.id"] == "rejected"
    assert status(schema)["loan.client -> account.id"] == "approved"


def test_end_of_input_keeps_what_was_decided(run, monkeypatch):
    given = iter(["b", "S", "a"])
    monkeypatch.setattr("builtins.input", lambda *_: next(given, None) or (_ for _ in ()).throw(EOFError))
    _, _, schema = run("--interactive")
    assert schema.tables["client"].status == "approved"


def test_a_comment_survives_a_decision_on_the_terminal(run, tmp_path):
    path = tmp_path / "out" / FILE
    path.write_text(path.read_text().replace("  loan:\n", "  # ask Anna\n  loan:\n"))
    run("--approve", "loan")
    assert "  # ask Anna\n  loan:\n" in path.read_text()


def test_a_name_that_is_none_is_a_mistake(run):
    code, said, _ = run("--approve", "lone")
    assert code == 2 and "lone: no table, foreign key or rule has this name" in said
