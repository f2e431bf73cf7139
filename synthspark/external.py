"""Judging a synthetic database that is simply there, made by whatever tool: two folders and the keys."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthspark import __version__
from synthspark.artifacts.entities import namings_of, with_entities, without_entities
from synthspark.artifacts.report import Report
from synthspark.artifacts.schema_plain import plain_schema
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.subjects import find_subjects
from synthspark.config import Settings
from synthspark.errors import ConfigError
from synthspark.evaluate.gates import check_gates
from synthspark.evaluate.on_spark import People, evaluate_database
from synthspark.evaluate.page import report_page
from synthspark.progress import Progress
from synthspark.read.entities.on_spark import with_named_things
from synthspark.read.on_spark import locate_tables, open_tables
from synthspark.run import REPORT_FILE, REPORT_PAGE
from synthspark.spark_types import logical_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from synthspark.artifacts.schema import Schema


@dataclass(frozen=True)
class Folders:
    """Where the tables are: of the people the copy was made from, of the copy, and of people it has not seen."""

    real: str
    synthetic: str
    schema: str
    holdout: str = ""
    output: str = "evaluation"


def evaluate_folders(spark: SparkSession, folders: Folders, settings: Settings, progress: Progress) -> Report:
    """Report of a copy against its source; writes report.json and report.html to `folders.output`.

    Raises
    ------
    GateFailed
        If a score is below its gate in `settings.evaluate.gates`.
    """
    real, synthetic = (_open(spark, path, settings) for path in (folders.real, folders.synthetic))
    held = _open(spark, folders.holdout, settings) if folders.holdout else {}
    schema = _with_people(_read_schema(folders.schema, real), real, synthetic, held or real)
    facts = {"tables": list(held)} if held else {"reason": "no folder of held-out people was named with --holdout"}
    real, synthetic = with_named_things(real, schema), with_named_things(synthetic, schema)
    held = with_named_things(held, schema) if held else held
    people = People(settings.privacy, find_subjects(schema, settings.privacy.subjects), held, facts)
    found = evaluate_database(real, synthetic, schema, settings.evaluate, settings.seed, progress, people)
    report = dataclasses.replace(found, facts={**found.facts, "version": __version__, "seed": settings.seed})
    directory = RunDirectory(folders.output)
    directory.write_text(REPORT_FILE, json.dumps(report.to_json(), indent=1, ensure_ascii=False, default=str))
    directory.write_text(REPORT_PAGE, report_page(report, without_entities(schema)))
    check_gates(report, settings.evaluate.gates)
    return report


def _with_people(schema: Schema, *sides: dict[str, DataFrame]) -> Schema:
    """The schema with those who have no table of their own, as far as all tables that name them are there."""
    there = [rule for rule in schema.rules if all({n.table for n in namings_of(rule)} <= set(side) for side in sides)]
    return with_entities(dataclasses.replace(schema, rules=tuple(there)))


def _open(spark: SparkSession, path: str, settings: Settings) -> dict[str, DataFrame]:
    return open_tables(spark, locate_tables(spark, dataclasses.replace(settings.source, path=path, tables={})))


def _read_schema(path: str, real: dict[str, DataFrame]) -> Schema:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as fault:
        raise ConfigError(
            f"--schema {path}: cannot be read ({type(fault).__name__}); expected a YAML file with tables and "
            "foreign_keys, such as the schema.yaml of a run"
        ) from fault
    types = {
        name: {field.name: logical_type(field.dataType) for field in frame.schema.fields}
        for name, frame in real.items()
    }
    schema = plain_schema(text, types, Path(path).parent.name)
    # How many rows there are tells which table people are in; counts are cheap.
    tables = {name: dataclasses.replace(table, rows=real[name].count()) for name, table in schema.tables.items()}
    return dataclasses.replace(schema, tables=tables)
