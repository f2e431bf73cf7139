"""The whole road in one object: discover, review, fit, generate, evaluate, track, each resuming what is done."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping

from synthspark import __version__
from synthspark.appending import (
    ROWS_SEED,
    append,
    appended_units,
    forget_appended,
    is_there,
    recorded_rows,
    verify_whole,
)
from synthspark.appending import STAGE as APPENDED
from synthspark.artifacts import catalog as catalog_artifact
from synthspark.artifacts import profile as profile_artifact
from synthspark.artifacts import schema_file
from synthspark.artifacts.entities import with_entities
from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.manifest import Unit
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.report import Finding, Report, worst_first
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.verification import Verification
from synthspark.evaluate.gates import check_gates
from synthspark.evaluate.on_spark import People, evaluate_database
from synthspark.evaluate.page import report_page
from synthspark.evaluate.remedies import Making
from synthspark.fit.on_spark import DatabaseFit
from synthspark.generate.conditions import conditions_of
from synthspark.generation import Generation, bound
from synthspark.masking import masked
from synthspark.profile.on_spark import profile_database
from synthspark.profile.tags import with_tags
from synthspark.read.catalog.on_spark import read_catalog
from synthspark.read.entities.on_spark import with_named_things
from synthspark.read.holdout.on_spark import as_fitted
from synthspark.relate.on_spark import propose_schema
from synthspark.relate.rules.on_spark import propose_rules
from synthspark.results import FittedDatabase, SyntheticDatabase
from synthspark.review.carry import carry_decisions
from synthspark.review.decide import answer, apply_settings, decide
from synthspark.review.written import REVIEW_PAGE, write_review
from synthspark.run import (
    REPORT_FILE,
    REPORT_PAGE,
    VERIFICATION_FILE,
    model_file,
)
from synthspark.track.tracking import track_run
from synthspark.units import Outcome, Work, run_units

logger = logging.getLogger(__name__)

NOTES_TO_REPORT = {
    "fallbacks": "look at the values; declare the meaning under tables.<table>.columns, or choose another engine",
    "dropped_rows": "look at overlapping foreign keys of this table and at its rules, and reject what need not hold",
    "nulled_links": "references without a matching parent were set to null; look at overlapping foreign keys",
    "orphans": "source rows without a parent; mend the source, or reject the foreign key",
    "unsupported": "columns of these types are null in the output; cast them in the source",
}
"""Notes of a stage that a reader of the report must see, each with what to do about it."""


class Mirror(Generation):
    """A synthetic copy of one database, made stage by stage; see `Run` for its parameters.

    Each stage returns its artifact, records what it did in the run directory, and does only what is not done yet.
    """

    def discover(self) -> Schema:
        """Profile the source and propose keys, relationships and types; an earlier decision is never lost."""
        self.manifest.note(
            version=__version__,
            seed=self.settings.seed,
            settings=masked(dataclasses.asdict(self.settings)),
            snapshots=dict(self.fingerprints.snapshots),
        )
        work = Work("", self.fingerprints.discover(), self._discover)
        run_units(
            "discover",
            [work],
            self.manifest,
            self.progress,
            concurrency=1,
            finished=lambda _: self.all_there(profile_artifact.FILE, schema_file.FILE, REVIEW_PAGE),
        )
        return self.schema

    def _discover(self) -> Outcome:
        wanted = self.settings.discover
        catalog = read_catalog(self.spark, self.located, self.frames, wanted.declared)
        profile, sketches = profile_database(self.frames, wanted, self.progress)
        profile = with_tags(profile, catalog)
        proposed = propose_schema(self.settings.name, self.frames, profile, sketches, wanted, catalog)
        drift: tuple[str, ...] = ()
        earlier = schema_file.read_schema(self.directory) if self.directory.exists(schema_file.FILE) else None
        decided = earlier.rules if earlier else ()
        found = propose_rules(self.frames, proposed, profile, sketches, wanted, decided)
        proposed = dataclasses.replace(proposed, rules=found.rules)
        if earlier is not None:
            proposed, drift = carry_decisions(earlier, proposed, profile, found.decided)
        for line in drift:
            logger.warning("since the last discovery: %s", line)
        proposed = apply_settings(proposed, self.settings.tables)
        self.write_json(profile_artifact.FILE, profile.to_json())
        self.write_json(catalog_artifact.FILE, catalog.to_json())
        write_review(self.directory, proposed, drift)
        rows = sum(table.rows for table in profile.tables.values())
        notes = {"tables": len(profile.tables), "drift": list(drift), "catalog": list(catalog.notes)}
        return Outcome(rows, notes)

    def approve(self, *patterns: str, everything: bool = False) -> Schema:
        """Approve what the patterns name (see `decide`), or everything that awaits a decision."""
        schema = decide(schema_file.read_schema(self.directory), patterns, ())
        return self.write_schema(schema.decided("approved") if everything else schema)

    def reject(self, *patterns: str) -> Schema:
        """Reject what the patterns name; a rejected table is left out of the copy."""
        return self.write_schema(decide(schema_file.read_schema(self.directory), (), patterns))

    def answer(self, *answers: str) -> Schema:
        """Choose readings of the questions of discovery, e.g. ``m.answer("1b")``."""
        return self.write_schema(answer(schema_file.read_schema(self.directory), answers))

    def fit(self) -> FittedDatabase:
        """Fit a model of every table; refuses while decisions are open."""
        schema = with_entities(self.approved_schema())
        plan, aside = self.plan(), self.kept_aside(schema)
        fitting = DatabaseFit(aside.fitted, as_fitted(schema, aside), plan, self.settings)

        def fit_one(table: str) -> Outcome:
            model = fitting.fit(table)
            self.directory.write_bytes(model_file(table), model.to_bytes())
            return Outcome(model.rows, dict(model.diagnostics))

        works = [
            Work(
                table,
                self.fingerprints.fit(schema, plan, table),
                bound(fit_one, table),
                rows=schema.tables[table].rows,
            )
            for table in plan.order
        ]
        run_units(
            "fit",
            works,
            self.manifest,
            self.progress,
            concurrency=self.settings.fit.concurrency,
            finished=lambda table: self.directory.exists(model_file(table)),
        )
        return FittedDatabase(self.models(plan))

    def generate(self, scale: float | Mapping[str, float] | None = None) -> SyntheticDatabase:
        """Write the synthetic database, then verify what was written; in append mode, add to what is there."""
        if scale is not None:
            self.settings = dataclasses.replace(self.settings, scale=scale)
            self.__dict__.pop("fingerprints", None)
        schema, plan = with_entities(self.approved_schema()), self.plan()
        self.require_models(plan)
        models = self.models(plan)
        conditions_of(self.settings, models)  # all faults before the first row
        if self.settings.output.mode == "append" and is_there(self, plan):
            append(self, schema, plan, models)
        else:
            if self.manifest.units(APPENDED) and not self.is_finished(schema, plan):
                forget_appended(self, plan)
            self.manifest.note(**{ROWS_SEED: self.settings.seed})
            facts = self.generate_rows(schema, plan, models)
            self.finish_tables(schema, plan, models, facts)
        self.verify().raise_if_failed()
        return SyntheticDatabase(self.synthetic, recorded_rows(self.manifest, plan.written))

    def verify(self) -> Verification:
        """Check keys, foreign keys, types and row counts on the written data; the result is kept in the run."""
        schema, plan = self.approved_schema(), self.plan()
        run_units(
            "verify",
            [Work("", self._evaluation_fingerprint(schema, plan), lambda: self._verify(schema, plan))],
            self.manifest,
            self.progress,
            concurrency=1,
            finished=lambda _: self.directory.exists(VERIFICATION_FILE),
        )
        return Verification.from_json(self.read_json(VERIFICATION_FILE))

    def _evaluation_fingerprint(self, schema: Schema, plan: DatabasePlan) -> str:
        made = self.fingerprints.generate(with_entities(schema), plan)
        finished = {table: self.fingerprints.finish(made, plan, table) for table in plan.written}
        return self.fingerprints.evaluate(schema, {**finished, **appended_units(self.manifest)})

    def _verify(self, schema: Schema, plan: DatabasePlan) -> Outcome:
        verification = verify_whole(self, self.synthetic, plan, {})
        self.write_json(VERIFICATION_FILE, verification.to_json())
        return Outcome(sum(recorded_rows(self.manifest, plan.written).values()), {"passed": verification.passed})

    def evaluate(self) -> Report:
        """Measure quality, detection and integrity; writes report.json and report.html."""
        schema, plan = self.approved_schema(), self.plan()
        verification = self.verify()
        run_units(
            "evaluate",
            [Work("", self._evaluation_fingerprint(schema, plan), lambda: self._evaluate(schema, verification))],
            self.manifest,
            self.progress,
            concurrency=1,
            finished=lambda _: self.all_there(REPORT_FILE, REPORT_PAGE),
        )
        report = self.report
        check_gates(report, self.settings.evaluate.gates)
        return report

    def _evaluate(self, schema: Schema, verification: Verification) -> Outcome:
        whole = with_entities(schema)
        aside = self.kept_aside(whole)
        people = People(self.settings.privacy, aside.subjects, aside.held, aside.only(schema.tables).facts)
        measured = evaluate_database(
            aside.fitted,
            with_named_things(self.synthetic, whole),
            whole,
            self.settings.evaluate,
            self.settings.seed,
            self.progress,
            people,
            Making.of(self.plan(), self.settings),
        )
        report = dataclasses.replace(
            measured,
            name=self.settings.name,
            scores=(*measured.scores, *verification.scores),
            findings=worst_first((*verification.findings, *self._fallback_findings(), *measured.findings)),
            facts={
                **measured.facts,
                "version": __version__,
                "seed": self.settings.seed,
                "settings": masked(dataclasses.asdict(self.settings)),
            },
        )
        self.write_json(REPORT_FILE, report.to_json())
        self.directory.write_text(REPORT_PAGE, report_page(report, schema))
        return Outcome(notes={"scores": len(report.scores), "findings": len(report.findings)})

    def _fallback_findings(self) -> list[Finding]:
        """What fitting and generating had to do otherwise than planned; nothing of it stays silent."""
        return [
            Finding("warning", f"{unit.stage}, table {unit.table}", _said(unit, note), remedy)
            for unit in self.manifest.units()
            for note, remedy in NOTES_TO_REPORT.items()
            if unit.notes.get(note)
        ]

    def track(self) -> str | None:
        """Log the run to MLflow; returns the run's id, None without tracking."""
        if self.settings.tracking is None:
            return None
        verification = Verification.from_json(self.read_json(VERIFICATION_FILE))
        return track_run(self.directory, self.settings, self.schema, self.report, verification, self.manifest)

    def run(self, *, approve_all: bool = False) -> Report:
        """All stages in order, resuming what is done.

        Raises
        ------
        ReviewPending
            If proposals await a decision and `approve_all` is not set.
        """
        self.discover()
        if approve_all:
            self.approve(everything=True)
        self.fit()
        self.generate()
        report = self.evaluate()
        self.track()
        return report


def _said(unit: Unit, note: str) -> str:
    if note == "dropped_rows":
        return TableFacts.from_json(unit.notes).loss
    return f"{note.replace('_', ' ')}: {_told(unit.notes[note])}"


def _told(note: object) -> str:
    """A note as people write it: names with their numbers, or a number."""
    if isinstance(note, Mapping):
        return ", ".join(f"{name} ({_told(value)})" for name, value in note.items())
    if isinstance(note, (list, tuple)):
        return ", ".join(_told(item) for item in note)
    return f"{note:,}" if isinstance(note, int) else str(note)
