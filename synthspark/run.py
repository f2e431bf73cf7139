"""One run and its directory: the settings, the source, and every artifact that is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthspark.artifacts import profile as profile_artifact
from synthspark.artifacts import schema_file
from synthspark.artifacts.entities import with_entities
from synthspark.artifacts.manifest import Manifest
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan, plan_database
from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.report import Report
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings, TableSource, load_settings
from synthspark.errors import ConfigError, ModelError, ReviewPending, SchemaError
from synthspark.fingerprints import Fingerprints
from synthspark.generate.wishes import check_wishes
from synthspark.progress import LoggedProgress, Progress
from synthspark.read.nested.on_spark import flattened
from synthspark.read.on_spark import locate_tables, open_tables, read_table
from synthspark.read.snapshots import source_snapshots
from synthspark.review.decide import apply_settings, without_rejected
from synthspark.review.soundness import unsound_decisions
from synthspark.review.written import REVIEW_PAGE, recorded_drift, write_review
from synthspark.write.on_spark import written_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

REPORT_FILE = "report.json"
REPORT_PAGE = "report.html"
VERIFICATION_FILE = "verification.json"
TABLES_FOLDER = "tables"
MOST_PENDING_SHOWN = 12


class Run:
    """What a run directory holds, read when asked for.

    Parameters
    ----------
    spark
        The session to work in; none of its settings is changed.
    config
        Path of a config file, or settings.
    progress
        Who is told how far a stage has come; log lines by default.
    """

    def __init__(self, spark: SparkSession, config: str | Path | Settings, progress: Progress | None = None) -> None:
        self.spark = spark
        self.settings = config if isinstance(config, Settings) else load_settings(config)
        self.progress: Progress = progress or LoggedProgress()
        self.directory = RunDirectory(self.settings.output.path)
        self._check_output()
        self.manifest = Manifest(self.directory)

    def _check_output(self) -> None:
        output = self.settings.output
        foreign = output.mode != "overwrite" and not self.directory.exists("run.json") and self.directory.list("")
        if foreign:
            raise ConfigError(
                f"output.path {output.path}: the folder is not empty and was not made by synthspark; expected a new "
                "folder or an earlier run's; choose another output.path or set output.mode: overwrite"
            )

    @cached_property
    def frames(self) -> dict[str, DataFrame]:
        """The tables of the source, structs taken apart."""
        return {table: flattened(table, frame) for table, frame in self.opened.items()}

    @cached_property
    def opened(self) -> dict[str, DataFrame]:
        """The tables of the source as they are."""
        return open_tables(self.spark, self.located)

    @cached_property
    def located(self) -> dict[str, TableSource]:
        """Where each table of the source is."""
        return locate_tables(self.spark, self.settings.source)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        return Fingerprints(self.settings, source_snapshots(self.settings.source, self.opened))

    @property
    def schema(self) -> Schema:
        """schema.yaml as it stands now, with what the config says of tables laid over it, without rejected tables."""
        return without_rejected(apply_settings(schema_file.read_schema(self.directory), self.settings.tables))

    @property
    def drift(self) -> tuple[str, ...]:
        """Where the last discovery contradicts earlier decisions."""
        return recorded_drift(self.manifest)

    @property
    def profile(self) -> DatabaseProfile:
        """profile.json of this run."""
        return DatabaseProfile.from_json(self.read_json(profile_artifact.FILE))

    @property
    def report(self) -> Report:
        """report.json of this run."""
        return Report.from_json(self.read_json(REPORT_FILE))

    @property
    def synthetic(self) -> dict[str, DataFrame]:
        """The synthetic tables of this run, with the types of the source, structs taken apart."""
        return self.synthetic_of(self.plan().written)

    def synthetic_of(self, tables: Iterable[str]) -> dict[str, DataFrame]:
        """Some of the synthetic tables."""
        return {
            table: flattened(
                table,
                read_table(
                    self.spark,
                    table,
                    written_table(self.directory.uri(TABLES_FOLDER, table), self.settings.output),
                    schema=self.opened[table].schema,
                ),
            )
            for table in tables
        }

    def read_json(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.directory.read_text(name))
        return content

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        self.directory.write_text(name, json.dumps(content, indent=1, ensure_ascii=False, default=str))

    def plan(self) -> DatabasePlan:
        contexts = {name: tuple(table.context) for name, table in self.settings.tables.items() if table.context}
        return plan_database(with_entities(self.schema), contexts)

    def models(self, plan: DatabasePlan) -> dict[str, TableModel]:
        return {table: TableModel.from_bytes(self.directory.read_bytes(model_file(table))) for table in plan.order}

    def write_schema(self, schema: Schema) -> Schema:
        write_review(self.directory, schema, self.drift)
        return self.schema

    def has_report(self) -> bool:
        """Whether this run has been evaluated."""
        return self.directory.exists(REPORT_FILE)

    def outputs(self) -> dict[str, str]:
        """Where to look: what a person opens first, with its path."""
        there = {
            "review": REVIEW_PAGE,
            "schema": schema_file.FILE,
            "synthetic tables": TABLES_FOLDER,
            "report": REPORT_PAGE,
            "run manifest": "run.json",
        }
        return {label: self.directory.uri(name) for label, name in there.items() if self.directory.exists(name)}

    def all_there(self, *files: str) -> bool:
        return all(self.directory.exists(file) for file in files)

    def approved_schema(self) -> Schema:
        schema = self.schema
        pending = schema.pending()
        if pending:
            shown = "\n".join(f"  {label}" for label in pending[:MOST_PENDING_SHOWN])
            more = f"\n  and {len(pending) - MOST_PENDING_SHOWN} more" if len(pending) > MOST_PENDING_SHOWN else ""
            raise ReviewPending(
                f"{self.directory.uri(schema_file.FILE)}: {len(pending)} proposals await a decision:\n{shown}{more}\n"
                "Open review.html, edit schema.yaml, or run `synthspark review CONFIG --approve-all`."
            )
        faults = unsound_decisions(schema, self.profile)
        if faults:
            raise SchemaError("\n".join(faults))
        check_wishes(self.settings, schema, self.plan())
        return schema

    def require_models(self, plan: DatabasePlan) -> None:
        missing = [table for table in plan.order if not self.directory.exists(model_file(table))]
        if missing:
            raise ModelError(
                f"{self.directory.uri('models')}: no model of {', '.join(missing[:5])}; expected one for each of the "
                f"{len(plan.order)} tables; run `synthspark fit` first"
            )


def model_file(table: str) -> str:
    """Name of a table's model below the run directory."""
    return f"models/{table}.npz"
