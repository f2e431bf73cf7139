"""The rows of a run: generated table by table, finished and written, each step resumed where it was left."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from synthspark.artifacts.entities import with_their_scales
from synthspark.artifacts.facts import Earlier, TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.config import Settings
from synthspark.generate.on_spark import finish_table, generate_table
from synthspark.generate.wishes import exact_rows
from synthspark.generate.work import FOLDER as WORK_FOLDER
from synthspark.generate.work import folder_of
from synthspark.read.entities.on_spark import with_named_things
from synthspark.read.holdout.on_spark import Holdout, as_the_source, hold_out
from synthspark.read.nested.on_spark import is_flat, rebuilt
from synthspark.run import TABLES_FOLDER, Run
from synthspark.units import Outcome, Work, run_units
from synthspark.write.on_spark import is_plain, write_table


class Generation(Run):
    """A run that can generate; `earlier` says which keys are taken by rows that are there already."""

    earlier = Earlier()

    def kept_aside(self, schema: Schema) -> Holdout:
        """The source split into what is fitted and the people kept aside to judge privacy by."""
        frames = with_named_things(self.frames, schema)
        return hold_out(frames, schema, self.settings.privacy, self.settings.seed)

    def settings_of(self, schema: Schema, plan: DatabasePlan) -> Settings:
        """The settings by which tables are generated, those of virtual tables and of people kept aside included."""
        scale = with_their_scales(self.settings.scale, schema)
        return as_the_source(dataclasses.replace(self.settings, scale=scale), schema, plan, self.kept_aside(schema))

    def tables_to_write(self, plan: DatabasePlan) -> tuple[str, ...]:
        """Tables whose rows are written by this generation."""
        return tuple(plan.written)

    def generate_rows(
        self, schema: Schema, plan: DatabasePlan, models: Mapping[str, TableModel]
    ) -> dict[str, TableFacts]:
        made = self.fingerprints.generate(schema, plan)
        facts = self._facts_of_finished(plan, made)
        if facts:
            return facts
        settings = self.settings_of(schema, plan)

        def generate_one(table: str) -> Outcome:
            fact = generate_table(
                self.spark,
                plan,
                schema,
                models,
                table,
                facts,
                settings,
                self.directory,
                self.frames,
                exact=exact_rows(self.settings),
                earlier=self.earlier,
            )
            facts[table] = fact
            return Outcome(fact.rows, fact.to_json())

        def still_there(table: str) -> bool:
            unit = self.manifest.find("generate", table)
            copied = plan.tables[table].role == "reference" and not plan.rules.read_by_children(table)
            known = TableFacts.from_json(unit.notes) if unit else None
            moved = known is not None and known.final and self._is_finished(plan, made, table)
            if known and (copied or moved or self.directory.exists(folder_of(table))):
                facts[table] = known
            return table in facts

        works = [
            Work(
                table,
                made[table],
                bound(generate_one, table),
                _parents(plan, table),
                _expected(schema, settings, table),
            )
            for table in plan.order
        ]
        run_units(
            "generate",
            works,
            self.manifest,
            self.progress,
            concurrency=self.settings.generate.concurrency,
            finished=still_there,
        )
        return facts

    def _facts_of_finished(self, plan: DatabasePlan, made: Mapping[str, str]) -> dict[str, TableFacts]:
        """Facts of all tables when an earlier run finished every one of them; empty otherwise."""
        units = {table: self.manifest.find("generate", table) for table in plan.order}
        if not all(self._is_finished(plan, made, table) for table in self.tables_to_write(plan)):
            return {}
        return {table: TableFacts.from_json(unit.notes) for table, unit in units.items() if unit}

    def is_finished(self, schema: Schema, plan: DatabasePlan) -> bool:
        """Whether every table was written just as the settings ask."""
        made = self.fingerprints.generate(schema, plan)
        return all(self._is_finished(plan, made, table) for table in self.tables_to_write(plan))

    def _is_finished(self, plan: DatabasePlan, made: Mapping[str, str], table: str) -> bool:
        wanted = self.fingerprints.finish(made, plan, table)
        there = self.directory.exists(f"{TABLES_FOLDER}/{table}") or self.settings.output.format in ("table", "jdbc")
        return self.manifest.done("write", table, wanted) and there

    def finish_tables(
        self, schema: Schema, plan: DatabasePlan, models: Mapping[str, TableModel], facts: Mapping[str, TableFacts]
    ) -> None:
        made, settings = self.fingerprints.generate(schema, plan), self.settings_of(schema, plan)

        def finish_one(table: str) -> Outcome:
            if facts[table].final and is_plain(self.settings.output) and is_flat(self.opened[table].schema):
                self.directory.replace(folder_of(table), f"{TABLES_FOLDER}/{table}")
                return Outcome(facts[table].rows)
            rows = (
                self.frames[table]
                if plan.tables[table].role == "reference"
                else finish_table(
                    self.spark, plan, schema, models, table, facts, settings, self.directory, earlier=self.earlier
                )
            )
            whole = rebuilt(rows, self.opened[table].schema)
            write_table(whole, self.directory.uri(TABLES_FOLDER, table), self.settings.output)
            return Outcome(facts[table].rows)

        works = [
            Work(table, self.fingerprints.finish(made, plan, table), bound(finish_one, table), rows=facts[table].rows)
            for table in self.tables_to_write(plan)
        ]
        run_units(
            "write",
            works,
            self.manifest,
            self.progress,
            concurrency=self.settings.generate.concurrency,
            finished=lambda table: self._is_finished(plan, made, table),
        )
        self.directory.delete(WORK_FOLDER)


def _parents(plan: DatabasePlan, table: str) -> tuple[str, ...]:
    """Tables whose rows must exist before those of `table`."""
    table_plan = plan.tables[table]
    parents = {link.key.parent for link in table_plan.links if not link.deferred}
    if table_plan.context:
        parents.add(table_plan.context.parent)
    return tuple(sorted(parents - {table}))


def _expected(schema: Schema, settings: Settings, table: str) -> int | None:
    rows = schema.tables[table].rows
    return None if rows is None else round(rows * settings.scale_of(table))


def bound(function: Callable[[str], Outcome], table: str) -> Callable[[], Outcome]:
    """The function for this very table."""
    return lambda: function(table)
