"""Rows added to a database that is there: made beside it, verified together with it, then moved into its folders."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from synthspark.artifacts.facts import Earlier, TableFacts
from synthspark.artifacts.manifest import Manifest, Unit
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.verification import Verification
from synthspark.config import Settings, TableSettings
from synthspark.errors import ConfigError
from synthspark.generation import Generation
from synthspark.run import TABLES_FOLDER
from synthspark.seeds import stream_key
from synthspark.verify.on_spark import verify_database

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

logger = logging.getLogger(__name__)

FOLDER = "appended"  # below the run directory: one folder for each generation that is not finished yet
STAGE = "append"  # of the manifest: one unit for each finished generation
ROWS_SEED = "rows_seed"  # fact of the manifest: the seed of the rows to which others are appended
FORMATS = ("parquet", "csv", "json", "orc")
"""Formats whose files can be made beside the table and moved into it, so that a killed run repeats nothing."""


def check_append(run: Generation) -> None:
    """Refuse what cannot be appended to; ConfigError says why."""
    if run.settings.output.format not in FORMATS:
        raise ConfigError(
            f"output.mode append, output.format {run.settings.output.format}: rows are appended to files only; "
            f"expected one of {', '.join(FORMATS)}; write to a new output.path and bring the rows over"
        )
    seed = run.manifest.facts.get(ROWS_SEED, run.settings.seed)
    if seed != run.settings.seed:
        raise ConfigError(
            f"seed {run.settings.seed}: the rows that are there were made with seed {seed}; expected the same one, by "
            "which keys stay distinct (the rows differ all the same); set seed to it"
        )


def is_there(run: Generation, plan: DatabasePlan) -> bool:
    """Whether the database that is to be appended to is finished."""
    return all(run.manifest.find("write", table) and run.directory.exists(_folder(table)) for table in plan.written)


def appended_rows(manifest: Manifest) -> dict[str, int]:
    """Rows added to each table by all finished generations."""
    totals: dict[str, int] = {}
    for unit in manifest.units(STAGE):
        for table, rows in unit.notes["rows"].items():
            totals[table] = totals.get(table, 0) + int(rows)
    return totals


def recorded_rows(manifest: Manifest, tables: tuple[str, ...]) -> dict[str, int]:
    """Rows of each table as they were counted while writing, those of all finished generations together."""
    units = {table: manifest.find("generate", table) for table in tables}
    first = {table: TableFacts.from_json(unit.notes).rows if unit else 0 for table, unit in units.items()}
    added = appended_rows(manifest)
    return {table: rows + added.get(table, 0) for table, rows in first.items()}


def appended_units(manifest: Manifest) -> dict[str, str]:
    """What tells apart the states of a database to which rows are appended."""
    return {unit.name: str(unit.notes) for unit in manifest.units(STAGE)}


def forget_appended(run: Generation, plan: DatabasePlan) -> None:
    """Make all tables anew that hold appended rows."""
    for unit in run.manifest.units(STAGE):
        run.manifest.forget(STAGE, unit.table)
    for table in plan.written:
        run.manifest.forget("write", table)
    run.directory.delete(FOLDER)


def append(run: Generation, schema: Schema, plan: DatabasePlan, models: Mapping[str, TableModel]) -> None:
    """Add one generation to the run's tables: its rows refer to each other, and all keys are new.

    A generation that was not finished goes on where it stopped. When the whole fails the integrity gate, nothing is
    added.
    """
    check_append(run)
    batch = Batch(run, plan)
    if batch.manifest.find("move") is None:
        facts = batch.generate_rows(schema, plan, models)
        batch.finish_tables(schema, plan, models, facts)
        batch.verify_whole(plan)
        rows = {table: facts[table].rows for table in batch.tables_to_write(plan)}
        batch.manifest.record(Unit("move", "", "", sum(rows.values()), 0.0, {"rows": rows}))
    batch.move(plan)


class Batch(Generation):
    """One generation that is appended, in a folder of its own below the run's."""

    def __init__(self, run: Generation, plan: DatabasePlan) -> None:  # all that is read comes from the run
        self.run, self.number = run, len(run.manifest.units(STAGE)) + 1
        self.name = f"{self.number:03d}"
        self.spark, self.progress = run.spark, run.progress
        self.settings, self.located = run.settings, run.located
        self.opened, self.frames, self.fingerprints = run.opened, run.frames, run.fingerprints
        self.directory = RunDirectory(run.directory.uri(FOLDER, self.name))
        self.manifest = Manifest(self.directory)
        self.earlier = Earlier(_slots(run.manifest, plan), run.settings.seed)

    def settings_of(self, schema: Schema, plan: DatabasePlan) -> Settings:
        """As for any generation, with a seed of its own."""
        seed = stream_key(self.settings.seed, STAGE, self.name)
        return dataclasses.replace(super().settings_of(schema, plan), seed=seed)

    def tables_to_write(self, plan: DatabasePlan) -> tuple[str, ...]:
        """All but verbatim copies, which are there already."""
        return tuple(table for table in plan.written if plan.tables[table].role != "reference")

    def verify_whole(self, plan: DatabasePlan) -> None:
        """Hold what is there together with what is to be added against the approved schema."""
        before, added = self.run.synthetic, self.synthetic_of(self.tables_to_write(plan))
        whole: dict[str, DataFrame] = {
            table: frame.unionByName(added[table]) if table in added else frame for table, frame in before.items()
        }
        verification = verify_whole(self.run, whole, plan, recorded_rows(self.manifest, self.tables_to_write(plan)))
        if not verification.passed:
            self.run.directory.delete(f"{FOLDER}/{self.name}")
            logger.warning("append: nothing was added to %s", self.run.directory.uri(TABLES_FOLDER))
        verification.raise_if_failed()

    def move(self, plan: DatabasePlan) -> None:
        """Move the files into the run's tables under names of this generation, and record it as finished."""
        for table in self.tables_to_write(plan):
            for file in self.directory.list(_folder(table)):
                if not file.startswith(("_", ".")):
                    staged = f"{FOLDER}/{self.name}/{_folder(table)}/{file}"
                    self.run.directory.move(staged, f"{_folder(table)}/appended-{self.name}-{file}")
        begun = self.manifest.find("move")
        units = [self.manifest.find("generate", table) for table in plan.order]
        slots = {unit.table: TableFacts.from_json(unit.notes).slots for unit in units if unit}
        rows = dict(begun.notes["rows"]) if begun else {}
        notes = {"rows": rows, "slots": slots, "scale": self.settings.scale}
        self.run.manifest.record(Unit(STAGE, self.name, "", sum(rows.values()), 0.0, notes))
        self.run.directory.delete(f"{FOLDER}/{self.name}")


def verify_whole(
    run: Generation, whole: Mapping[str, DataFrame], plan: DatabasePlan, further: Mapping[str, int]
) -> Verification:
    """The integrity gate for a database with appended rows, whose tables hold `further` rows beside those recorded."""
    recorded = recorded_rows(run.manifest, plan.written)
    expected = {table: rows + further.get(table, 0) for table, rows in recorded.items()}
    tables = dict(run.settings.tables)
    for table, rows in expected.items():
        if plan.tables[table].role != "reference" and (further or run.manifest.units(STAGE)):
            tables[table] = dataclasses.replace(tables.get(table, TableSettings()), rows=rows)
    settings = dataclasses.replace(run.settings, tables=tables)
    return verify_database(run.frames, whole, run.approved_schema(), expected, settings, run.progress)


def _slots(manifest: Manifest, plan: DatabasePlan) -> dict[str, tuple[int, ...]]:
    first = {table: manifest.find("generate", table) for table in plan.order}
    return {
        table: (
            TableFacts.from_json(unit.notes).slots,
            *(int(one.notes["slots"].get(table, 0)) for one in manifest.units(STAGE)),
        )
        for table, unit in first.items()
        if unit
    }


def _folder(table: str) -> str:
    return f"{TABLES_FOLDER}/{table}"
