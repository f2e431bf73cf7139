import json

from synthspark.artifacts.manifest import Manifest
from synthspark.artifacts.report import Finding, Report, Score
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.verification import Verification
from synthspark.config import Settings, SourceSettings, TableSource
from synthspark.track.contents import all_scores, run_files, run_tags, source_tables
from synthspark.track.diagram import entity_diagram
from synthspark.track.model import output_kinds
from synthspark.track.tracking import artifact_location, track_run

SCHEMA = Schema(
    "shop",
    {
        "a": Table("a", {"id": Column("long", "key"), "at": Column("timestamp")}, primary_key=("id",), rows=3),
        'b "x"': Table(
            'b "x"',
            {"a id": Column("long", nullable=False), "2nd": Column("decimal(8,2)"), "at": Column("date")},
            primary_key=("a id",),
        ),
        "skipped": Table("skipped", {"id": Column("long")}, role="skip"),
    },
    (
        ForeignKey('b "x"', ("a id",), "a", ("id",), status="approved"),
        ForeignKey("a", ("id",), "a", ("id",), status="rejected"),
    ),
)


def test_diagram_shows_keys_and_how_many_children_there_may_be():
    assert entity_diagram(SCHEMA).splitlines() == [
        "erDiagram",
        '    "a" {',
        "        long id PK",
        "    }",
        "    \"b 'x'\" {",
        "        long a_id PK, FK",
        "    }",
        '    "a" ||--o| "b \'x\'" : "a id"',
    ]


def test_scores_of_the_gate_are_counted_once():
    gate = Score("integrity", "database", (), 1.0, "integrity")
    other = Score("not_null", "table", ("a",), 1.0, "integrity")
    report = Report("shop", (gate, Score("column_shape", "column", ("a", "id"), 0.5)))
    assert len(all_scores(report, Verification((gate, other)))) == 3
    assert all_scores(None, None) == ()


def test_manifest_is_kept_without_secrets(tmp_path):
    directory = RunDirectory(str(tmp_path))
    Manifest(directory).note(settings={"source": {"options": {"password": "pw"}}})
    files = run_files(directory, SCHEMA)
    assert set(files) == {"run.json", "schema.mmd"}
    assert json.loads(files["run.json"])["facts"]["settings"]["source"]["options"]["password"] != "pw"


def test_source_tables_carry_their_snapshot(tmp_path):
    manifest = Manifest(RunDirectory(str(tmp_path)))
    manifest.note(snapshots={"a": "version 7"})
    settings = Settings(
        source=SourceSettings(path="lake/", tables={'b "x"': TableSource(path="s3://u:p@k/b", format="delta")})
    )
    first, second = source_tables(settings, SCHEMA, manifest)
    assert (first.name, first.digest, first.address, first.format, first.rows) == (
        "a",
        "version 7",
        "lake/a",
        "parquet",
        3,
    )
    assert second.format == "delta"
    assert "u:p" not in second.address
    assert second.digest


def test_tags_tell_approval_and_the_gate():
    failed = Verification((), (Finding("error", "p", "m", "r"),))
    tags = run_tags(Settings(), SCHEMA, failed)
    assert tags["synthspark.integrity"] == "failed"
    assert tags["synthspark.approval"] == "1 approved, 3 proposed, 1 rejected"


def test_output_types_that_differ_between_tables_are_texts():
    assert output_kinds(SCHEMA) == {"id": "long", "at": "string", "a id": "long", "2nd": "string"}


def test_artifacts_lie_beside_a_database_file_and_elsewhere_where_the_server_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert artifact_location("sqlite:///mlflow.db", "a b/c") == (tmp_path / "mlruns" / "a_b_c").as_uri()
    assert artifact_location(f"sqlite:///{tmp_path}/x/y.db", "e") == (tmp_path / "x" / "mlruns" / "e").as_uri()
    assert artifact_location("http://localhost:5000", "e") is None
    assert artifact_location("databricks", "e") is None


def test_nothing_is_tracked_when_tracking_is_null(tmp_path):
    directory = RunDirectory(str(tmp_path))
    assert track_run(directory, Settings(tracking=None), SCHEMA, None, None, Manifest(directory)) is None
