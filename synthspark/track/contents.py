"""What a run hands to MLflow: tags, counts, the tables of the source, and the files of the run directory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from synthspark import __version__
from synthspark.artifacts import profile as profile_artifact
from synthspark.artifacts import schema_file
from synthspark.artifacts.manifest import FILE as MANIFEST_FILE
from synthspark.artifacts.manifest import Manifest, fingerprint
from synthspark.artifacts.report import Report, Score
from synthspark.artifacts.schema import Schema, Table
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.verification import Verification
from synthspark.config import Settings
from synthspark.masking import masked
from synthspark.track.diagram import entity_diagram
from synthspark.track.run_log import Source

FILES = (schema_file.FILE, profile_artifact.FILE, "report.json", "report.html", "review.html", "verification.json")
DIAGRAM_FILE = "schema.mmd"

MOST_SOURCES = 500
"""Tables logged as datasets; each is a row of the store and of the run's page."""


def run_tags(settings: Settings, schema: Schema, verification: Verification | None) -> dict[str, str]:
    """By what runs are found again: version, database, approval."""
    statuses = [table.status for table in schema.tables.values()]
    statuses += [key.status for key in schema.foreign_keys] + [rule.status for rule in schema.rules]
    tags = {
        "synthspark.version": __version__,
        "synthspark.database": schema.name,
        "synthspark.source": str(masked(settings.source.path)),
        "synthspark.output": str(masked(settings.output.path)),
        "synthspark.approval": ", ".join(f"{statuses.count(status)} {status}" for status in sorted(set(statuses))),
        "mlflow.note.content": f"Synthetic copy of the database {schema.name}: {len(schema.tables)} tables, "
        f"{len(schema.keys_in_force())} foreign keys in force.",
    }
    if verification is not None:
        tags["synthspark.integrity"] = "passed" if verification.passed else "failed"
    return tags


def all_scores(report: Report | None, verification: Verification | None) -> tuple[Score, ...]:
    """Scores of the report and of the gate; the report carries those of the gate too, and none is counted twice."""
    scores = report.scores if report is not None else ()
    known = {(score.family, score.name, score.subject) for score in scores}
    gate = verification.scores if verification is not None else ()
    return (*scores, *(score for score in gate if (score.family, score.name, score.subject) not in known))


def run_counts(
    schema: Schema, manifest: Manifest, report: Report | None, verification: Verification | None
) -> dict[str, float]:
    """Sizes of the database and numbers of findings."""
    tables = [table for table in schema.tables.values() if table.role != "skip"]
    written = [unit.rows for unit in manifest.units("generate") if unit.rows is not None]
    findings = report.findings if report is not None else verification.findings if verification is not None else ()
    return {
        "tables": float(len(tables)),
        "columns": float(sum(len(table.columns) for table in tables)),
        "foreign_keys": float(len(schema.keys_in_force())),
        "rows_real": float(sum(table.rows or 0 for table in tables)),
        "rows_synthetic": float(sum(written)),
        "errors": float(sum(finding.severity == "error" for finding in findings)),
        "warnings": float(sum(finding.severity == "warning" for finding in findings)),
        "seconds": sum(unit.seconds for unit in manifest.units()),
    }


def source_tables(settings: Settings, schema: Schema, manifest: Manifest) -> list[Source]:
    """The tables that were read, each with the digest of its snapshot where the run recorded one."""
    snapshots = manifest.facts.get("snapshots")
    known: Mapping[str, object] = snapshots if isinstance(snapshots, Mapping) else {}
    tables = [table for table in schema.tables.values() if table.role != "skip"][:MOST_SOURCES]
    return [_source(settings, table, known.get(table.name)) for table in tables]


def _source(settings: Settings, table: Table, snapshot: object) -> Source:
    own = settings.source.tables.get(table.name)
    columns = {name: column.type for name, column in table.columns.items()}
    address = own.path if own and own.path else f"{settings.source.path.rstrip('/')}/{table.name}"
    return Source(
        name=table.name,
        digest=str(snapshot) if snapshot else fingerprint(table.name, columns, table.rows),
        address=str(masked(address)),
        format=(own.format if own and own.format else settings.source.format),
        columns=columns,
        rows=table.rows,
    )


def run_files(directory: RunDirectory, schema: Schema, skipped: Sequence[str] = ()) -> dict[str, bytes]:
    """The files to keep with the run, those that exist; run.json without the secrets of the settings."""
    files = {name: directory.read_bytes(name) for name in FILES if name not in skipped and directory.exists(name)}
    files[DIAGRAM_FILE] = entity_diagram(schema).encode()
    if directory.exists(MANIFEST_FILE):
        manifest = json.loads(directory.read_text(MANIFEST_FILE))
        manifest["facts"] = masked(manifest["facts"])
        files[MANIFEST_FILE] = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    return files
