"""Which files are tables, and what is said when none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthspark.config import SourceSettings, TableSource
from synthspark.read.listing import list_tables


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return folder


def test_files_and_folders_of_part_files_are_tables(tmp_path: Path) -> None:
    touch(tmp_path, "a.parquet", "b/part-0.parquet", "c/x=1/y=2/p.parquet", "d.parquet/part-0.parquet", "e f.PARQUET")
    touch(tmp_path, "README.md", "schema.yaml", "notes/readme.txt", "_tmp/a.parquet", ".hidden.parquet")
    tables, faults = list_tables(SourceSettings(path=str(tmp_path)))
    assert not faults
    assert sorted(tables) == ["a", "b", "c", "d", "e f"]


@pytest.mark.parametrize(("table_format", "name"), [("csv", "t.csv"), ("json", "t.jsonl"), ("orc", "t.orc")])
def test_each_format_has_its_endings(tmp_path: Path, table_format: str, name: str) -> None:
    tables, _ = list_tables(SourceSettings(format=table_format, path=str(touch(tmp_path, name, "u.parquet"))))
    assert list(tables) == ["t"]


def test_delta_tables_are_told_by_their_log(tmp_path: Path) -> None:
    touch(tmp_path, "t/_delta_log/0.json", "t/a.parquet", "u/b.parquet")
    assert list(list_tables(SourceSettings(format="delta", path=str(tmp_path)))[0]) == ["t"]


def test_one_file_is_a_database_of_one_table(tmp_path: Path) -> None:
    touch(tmp_path, "a.parquet")
    assert list(list_tables(SourceSettings(path=str(tmp_path / "a.parquet")))[0]) == ["a"]


def test_names_that_differ_by_case_are_two_tables(tmp_path: Path) -> None:
    touch(tmp_path, "Loan.parquet", "loan.parquet")
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system does not tell case")
    assert sorted(list_tables(SourceSettings(path=str(tmp_path)))[0]) == ["Loan", "loan"]


def test_tables_named_one_by_one_join_the_others(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.parquet", "else/where.csv")
    other = TableSource(path=str(tmp_path / "else" / "where.csv"), format="csv")
    tables, faults = list_tables(SourceSettings(path=str(tmp_path / "in"), tables={"b": other}))
    assert not faults
    assert {name: table.format for name, table in tables.items()} == {"a": "parquet", "b": "csv"}


@pytest.mark.parametrize(
    ("made", "settings", "says"),
    [
        ((), {"path": "nowhere"}, "there is no such file or folder"),
        ((), {}, "nothing is given"),
        (("a.txt",), {"path": "."}, "no table of format parquet"),
        (("a.csv",), {"path": "."}, "set source.format: csv"),
        (("a.parquet", "a/p.parquet"), {"path": "."}, "is there 2 times"),
        ((), {"tables": {"t": TableSource(path="nowhere.parquet")}}, "source.tables.t.path"),
    ],
)
def test_faults_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: tuple[str, ...], settings: dict[str, object], says: str
) -> None:
    monkeypatch.chdir(touch(tmp_path, *made))
    _, faults = list_tables(SourceSettings(**settings))  # type: ignore[arg-type]
    assert len(faults) == 1
    assert says in faults[0]
