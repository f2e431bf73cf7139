"""Mistakes that users make: each gives one message (place, finding, expectation, remedy) and exit code 2."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.cli.main import main

OWNERS = pa.table({"owner_id": pa.array(range(1, 41)), "city": ["Rome", "Bonn", "Graz", "Lyon"] * 10})
PETS = pa.table({"pet_id": pa.array(range(1, 81)), "owner_id": pa.array(list(range(1, 41)) * 2)})


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A folder with two good tables."""
    folder = tmp_path / "source"
    folder.mkdir()
    pq.write_table(OWNERS, folder / "owner.parquet")
    pq.write_table(PETS, folder / "pet.parquet")
    return folder


@pytest.fixture
def told(tmp_path, capsys):
    """Run a command on a config text; gives its exit code and what it said on standard error."""

    def run(command: str, text: str, *flags: str) -> tuple[int, str]:
        config = tmp_path / "config.yaml"
        config.write_text(text, encoding="utf-8")
        code = main([command, str(config), "--quiet", *flags])
        return code, " ".join(capsys.readouterr().err.split())

    return run


def config_for(folder: Path, *more: str, source_format: str = "parquet") -> str:
    lines = (f"source: {{format: {source_format}, path: '{folder}'}}", f"output: {{path: '{folder.parent / 'out'}'}}")
    return "\n".join((*lines, "tracking: null", *more))


def assert_one_clear_message(code: int, said: str, *parts: str) -> None:
    assert code == 2, said
    assert "Traceback" not in said
    for part in parts:
        assert part in said


CONFIG_FAULTS = {
    "not yaml": ("a: [", "expected valid YAML"),
    "a list": ("- 1", "found list; expected a mapping"),
    "empty": ("", "source.path: missing"),
    "unknown section": ("sorce: {path: a}", "the nearest known key is 'source'"),
    "unknown key": ("fit: {shards: 1}", "fit.shards: unknown key"),
    "seed no number": ("seed: many", "seed: found 'many'; expected int"),
    "negative seed": ("seed: -1", "seed: found -1; expected at least 0"),
    "scale zero": ("scale: 0", "expected 0.001 to 1000"),
    "scale too large": ("scale: 2000", "expected 0.001 to 1000"),
    "unknown format": ("source: {format: exel, path: a}", "the nearest is"),
    "unknown role": ("tables: {owner: {role: copy}}", "expected one of synthesize, reference, skip"),
    "unknown engine": ("fit: {engine: forest}", "expected one of auto, copula, trees"),
    "source a text": ("source: here", "found 'here'; expected a section"),
    "tables a list": ("tables: [owner]", "expected a mapping"),
}


@pytest.mark.parametrize("case", CONFIG_FAULTS)
def test_a_fault_of_the_config(told, case):
    text, part = CONFIG_FAULTS[case]
    assert_one_clear_message(*told("run", text), part)


def test_a_config_that_is_not_there(capsys):
    code = main(["run", "nowhere/at-all.yaml"])
    assert_one_clear_message(code, " ".join(capsys.readouterr().err.split()), "no such config file", "synthspark init")


def test_a_config_that_is_no_text(tmp_path, capsys):
    (tmp_path / "config.yaml").write_bytes(b"\xff\xfe\x00\x80")
    assert main(["run", str(tmp_path / "config.yaml")]) == 2
    assert "expected a YAML text file" in capsys.readouterr().err


@pytest.mark.parametrize("override", ["seed", "=1", "seed.deeper=1", "nonsense=1", "fit.engine=[", "scale=abc"])
def test_a_fault_of_an_override(told, database, override):
    assert_one_clear_message(*told("run", config_for(database, "seed: 1"), "--set", override))


def test_init_on_a_folder_that_is_not_there(capsys, tmp_path):
    assert main(["init", str(tmp_path / "none")]) == 2
    assert "there is no such folder" in " ".join(capsys.readouterr().err.split())


def test_init_on_a_folder_without_tables(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    assert main(["init", str(tmp_path)]) == 2
    assert "no table files found" in " ".join(capsys.readouterr().err.split())


def test_init_does_not_replace_a_config(capsys, database, tmp_path):
    flags = ["--config", str(tmp_path / "a.yaml")]
    assert main(["init", str(database), *flags]) == 0
    assert main(["init", str(database), *flags]) == 2
    assert "--force" in capsys.readouterr().err


# ------------------------------------------------------------------ the source


def test_a_source_that_is_not_there(spark, told, tmp_path):
    assert_one_clear_message(*told("discover", config_for(tmp_path / "none")), "none", "correct")


def test_a_source_folder_without_tables(spark, told, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_one_clear_message(*told("discover", config_for(tmp_path / "empty")), "no table")


def test_a_source_of_another_format(spark, told, database):
    code, said = told("discover", config_for(database, source_format="csv"))
    assert_one_clear_message(code, said, "source.format: parquet")


@pytest.mark.parametrize("content", [b"", b"no parquet at all", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_an_unreadable_file(spark, told, database, content):
    (database / "broken.parquet").write_bytes(content)
    assert_one_clear_message(*told("discover", config_for(database)), "table broken")


def test_all_faulty_tables_are_told_at_once(spark, told, database):
    for name in ("broken_a", "broken_b"):
        (database / f"{name}.parquet").write_bytes(b"no parquet")
    assert_one_clear_message(*told("discover", config_for(database)), "table broken_a", "table broken_b")


def test_two_columns_that_differ_by_case_only(spark, told, database):
    pq.write_table(pa.table({"Name": ["a"], "name": ["b"]}), database / "twice.parquet")
    assert_one_clear_message(*told("discover", config_for(database)), "table twice", "rename")


def test_a_table_that_is_there_twice(spark, told, database):
    (database / "owner").mkdir()
    pq.write_table(OWNERS, database / "owner" / "part-0.parquet")
    assert_one_clear_message(*told("discover", config_for(database)), "table 'owner' is there 2 times")


def test_a_table_of_the_config_that_the_source_lacks(spark, told, database):
    code, said = told("discover", config_for(database, "tables: {ownr: {role: skip}}"))
    assert_one_clear_message(code, said, "tables.ownr: the source has no such table", "owner, pet")


def test_a_column_of_the_config_that_the_table_lacks(spark, told, database):
    more = "tables: {owner: {columns: {town: {generate: drop}}}}"
    assert_one_clear_message(*told("discover", config_for(database, more)), "tables.owner.columns.town")


def test_lines_that_are_no_json(spark, told, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "event.json").write_text('{"a": 1}\n{"a": \n')
    assert_one_clear_message(*told("discover", config_for(folder, source_format="json")), "table event")


def test_a_catalog_schema_that_is_not_there(spark, told, tmp_path):
    text = f"source: {{format: table, path: no_such_schema}}\noutput: {{path: '{tmp_path / 'out'}'}}"
    assert_one_clear_message(*told("discover", text), "no_such_schema")


def test_a_database_without_address(spark, told, tmp_path):
    text = f"source: {{format: jdbc}}\noutput: {{path: '{tmp_path / 'out'}'}}"
    assert_one_clear_message(*told("discover", text), "source.options.url")


def test_an_output_folder_of_somebody_else(spark, told, database, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    assert_one_clear_message(*told("discover", config_for(database)), "was not made by synthspark", "overwrite")


# ------------------------------------------------------------------ the stages and their artifacts


@pytest.fixture
def discovered(spark, told, database, tmp_path):
    """A run directory after discover, all approved, and the config that made it."""
    text = config_for(database)
    assert told("discover", text)[0] == 0
    assert told("review", text, "--approve-all")[0] == 0
    return text, tmp_path / "out"


@pytest.mark.parametrize("stage", ["review", "fit", "generate", "evaluate"])
def test_a_stage_before_discover(spark, told, database, stage):
    assert_one_clear_message(*told(stage, config_for(database)), "run `synthspark discover` first")


def test_open_proposals_wait_with_exit_code_three(spark, told, database):
    text = config_for(database)
    assert told("discover", text)[0] == 0
    code, said = told("fit", text)
    assert code == 3
    assert "await a decision" in said
    assert "--approve-all" in said


def test_a_pattern_that_names_nothing(discovered, told):
    assert_one_clear_message(*told("review", discovered[0], "--approve", "cat.*"), "cat.*: no table")


SCHEMA_FAULTS = {
    "broken yaml": ("tables:", "tables: [", "expected valid YAML"),
    "unknown status": ("status: approved", "status: fine", "expected one of proposed, approved"),
    "foreign key onto a missing column": ("parent_columns: [owner_id]", "parent_columns: [owner]", "no column 'owner'"),
    "foreign key onto a missing table": ("parent: owner", "parent: owners", "there is no table 'owners'"),
    "primary key of a missing column": ("primary_key: [pet_id]", "primary_key: [petid]", "'petid' is not a column"),
    "unknown key": ("  why:", "  because:", "unknown key 'because'"),
}


@pytest.mark.parametrize("case", SCHEMA_FAULTS)
def test_a_fault_in_the_edited_schema(discovered, told, case):
    text, out = discovered
    old, new, part = SCHEMA_FAULTS[case]
    written = (out / "schema.yaml").read_text()
    assert old in written
    (out / "schema.yaml").write_text(written.replace(old, new))
    assert_one_clear_message(*told("fit", text), part)


def test_a_copied_table_that_points_to_a_synthesized_one(discovered, told):
    text, _ = discovered
    code, said = told("fit", text, "--set", "tables.pet.role=reference", "--set", "tables.owner.role=synthesize")
    assert_one_clear_message(code, said, "set the role of owner to reference")


def test_a_context_that_is_no_key(discovered, told):
    code, said = told(
        "fit", discovered[0], "--set", "tables.pet.context=[pet_id]", "--set", "tables.owner.role=synthesize"
    )
    assert_one_clear_message(code, said, "tables.pet.context: no approved foreign key")


def test_generate_before_fit(discovered, told):
    code, said = told("generate", discovered[0])
    assert code == 1
    assert "run `synthspark fit` first" in said


def test_a_manifest_that_is_no_json(discovered, told):
    text, out = discovered
    (out / "run.json").write_text("{")
    assert_one_clear_message(*told("fit", text), "run.json", "delete it")


def test_a_manifest_of_another_version(discovered, told):
    text, out = discovered
    data = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps({**data, "format_version": 99}))
    assert_one_clear_message(*told("fit", text), "format_version 99")


def test_an_edited_key_that_is_not_unique_is_told(discovered, told):
    text, out = discovered
    written = (out / "schema.yaml").read_text()
    (out / "schema.yaml").write_text(written.replace("primary_key: [pet_id]", "primary_key: [owner_id]"))
    assert_one_clear_message(*told("fit", text), "pet", "owner_id")
