"""The integrity gate on Spark: two jobs a table, whatever its number of keys, columns and relationships."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from pyspark.sql import Column, DataFrame

from synthspark.artifacts.entities import with_entities, with_their_scales
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.rule import ENTITY, Rule
from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.artifacts.verification import Verification
from synthspark.config import Settings
from synthspark.progress import Progress
from synthspark.verify import judgement as judge
from synthspark.verify.judgement import Answers, Verdict
from synthspark.verify.questions import TableQuestions, expected_scale, questions_of
from synthspark.verify.rules.judgement import judge_rule, unmeasured
from synthspark.verify.rules.on_spark import count_written, measurable
from synthspark.verify.tallies import IntArray, Tally, tally
from synthspark.verify.values.on_spark import (
    Collected,
    PlacedFrame,
    by_place,
    capacity,
    collect_hashes,
    count_rows,
    hashed,
    matching,
    repeats,
    tally_by_spark,
    telling_texts,
    told_apart,
)

logger = logging.getLogger(__name__)

STAGE = "verify"
_NOTHING: IntArray = np.empty(0, dtype=np.int64)


def verify_database(
    source: Mapping[str, DataFrame],
    synthetic: Mapping[str, DataFrame],
    schema: Schema,
    expected_rows: Mapping[str, int],
    settings: Settings,
    progress: Progress,
) -> Verification:
    """Measure on all written rows what must hold of them.

    Tables and columns present with their types; row counts; primary keys and referenced keys unique; not-null columns;
    foreign keys in force without orphans (a null in any column is no reference); no personal value, no value of a
    text key and no person of the source; approved rules.

    Parameters
    ----------
    expected_rows
        Rows counted while each table was written.
    """
    started = time.monotonic()
    tables = [table for table in schema.tables.values() if table.role != "skip"]
    progress.begin(STAGE, {table.name: expected_rows.get(table.name) for table in tables})
    missing = [judge.missing_table(table.name) for table in tables if table.name not in synthetic]
    written = [table for table in tables if table.name in synthetic]
    gate = _Gate(
        {table.name: by_place(source[table.name]) for table in written},
        {table.name: by_place(synthetic[table.name]) for table in written},
        schema,
        expected_rows,
        settings,
    )

    def collect_one(table: Table) -> None:
        progress.start(STAGE, table.name)
        gate.collect(table.name)

    def judge_one(table: Table) -> list[Verdict]:
        verdicts, rows = gate.judge(table)
        progress.finish(STAGE, table.name, rows)
        return verdicts

    with ThreadPoolExecutor(settings.generate.concurrency, thread_name_prefix="synthspark-verify") as pool:
        list(pool.map(collect_one, written))
        verdicts = [verdict for part in pool.map(judge_one, written) for verdict in part]
    ruled, told = _judge_rules(synthetic, schema, gate.plan.rules.free, expected_rows, settings)
    verification = _verification([*verdicts, *ruled], [*missing, *told])
    progress.end(STAGE)
    logger.info(
        "verified %d tables in %.1f s: %d errors", len(tables), time.monotonic() - started, len(verification.errors)
    )
    return verification


def _judge_rules(
    synthetic: Mapping[str, DataFrame],
    schema: Schema,
    free: Mapping[Rule, str],
    expected_rows: Mapping[str, int],
    settings: Settings,
) -> tuple[list[Verdict], list[Finding]]:
    """Verdicts on the approved rules, and what is to be said of those not looked at."""
    rules = [rule for rule in schema.rules_in_force() if rule.kind != ENTITY]
    measured, left = measurable(synthetic, rules)
    small = [name for name in synthetic if expected_rows.get(name, 0) <= settings.discover.driver_rows]
    counted = count_written(synthetic, measured, small, concurrency=settings.generate.concurrency)
    verdicts = [judge_rule(rule, counted[rule], free=free.get(rule, "")) for rule in measured]
    return verdicts, [unmeasured(left)] * bool(left)


def _verification(verdicts: Sequence[Verdict], told: Sequence[Finding]) -> Verification:
    findings = [*told, *(finding for _, finding in verdicts if finding is not None)]
    missing = sum(finding.severity == "error" for finding in told)
    scores: list[Score] = [judge.gate_score(verdicts, missing), *(score for score, _ in verdicts)]
    return Verification(tuple(scores), tuple(findings))


@dataclass(frozen=True)
class _Lookup:
    """One question: the hash in the table's own rows and, unless it is about them alone, in those of another table."""

    own: Column
    other: Column | None = None
    label: str = ""
    parent: str = ""
    in_source: bool = False


class _Gate:
    """The frames of both databases and what is asked of them.

    Questions between small tables (``discover.driver_rows``) are answered on the driver from hashes, one job a
    table; a question that touches a larger one is answered by Spark. The hashes and the tallies are the same.
    """

    def __init__(
        self,
        source: Mapping[str, PlacedFrame],
        synthetic: Mapping[str, PlacedFrame],
        schema: Schema,
        recorded: Mapping[str, int],
        settings: Settings,
    ) -> None:
        self.source = source
        self.synthetic = synthetic
        self.schema = schema
        self.recorded = recorded
        self.settings = replace(settings, scale=with_their_scales(settings.scale, with_entities(schema)))
        contexts = {name: tuple(table.context) for name, table in settings.tables.items() if table.context}
        self.whole = with_entities(schema)
        self.plan = plan_database(self.whole, contexts)
        columns = {name: frame.places for name, frame in synthetic.items()}
        self.questions = {name: questions_of(schema, schema.tables[name], columns) for name in synthetic}
        self.lookups = {name: self._lookups(asked) for name, asked in self.questions.items()}
        self._made: dict[str, Collected] = {}
        self._real: dict[str, Collected] = {}

    def _is_small(self, rows: int | None) -> bool:
        return rows is not None and rows <= self.settings.discover.driver_rows

    def collect(self, table: str) -> None:
        """Bring the hashes of a table to the driver if it is small; so too those of its source, where compared."""
        if self._is_small(self.recorded.get(table)):
            hashes = {f"own {number}": lookup.own for number, lookup in enumerate(self.lookups[table])}
            asked_of = (lookup for lookups in self.lookups.values() for lookup in lookups if lookup.parent == table)
            hashes |= {lookup.label: lookup.other for lookup in asked_of if lookup.other is not None}
            self._made[table] = collect_hashes(self.synthetic[table], self.questions[table].not_null, hashes)
        in_source = [lookup for lookup in self.lookups[table] if lookup.in_source]
        if in_source and self._is_small(self.schema.tables[table].rows):
            hashes = {lookup.label: lookup.other for lookup in in_source if lookup.other is not None}
            self._real[table] = collect_hashes(self.source[table], (), hashes)

    def judge(self, table: Table) -> tuple[list[Verdict], int]:
        """Verdicts on one table, and its number of rows."""
        real, made, asked = self.source[table.name], self.synthetic[table.name], self.questions[table.name]
        collected = self._made.get(table.name)
        rows, nulls = (collected.rows, collected.nulls) if collected else count_rows(made, asked.not_null)
        tallies = tuple(self._tallies(table.name))
        keys, overlaps = len(asked.unique), len(asked.unique) + len(asked.foreign)
        answers = Answers(rows, nulls, tallies[:keys], tallies[keys:overlaps], tallies[overlaps:])
        answers = self._second_look(asked, answers)
        in_source = table.rows if table.rows is not None else real.rows.count()
        scale = expected_scale(self.settings, self.whole, self.plan, table.name)
        wanted = self.settings.tables[table.name].rows if table.name in self.settings.tables else None
        copied = {name: item.role == "reference" for name, item in self.schema.tables.items()}
        return [
            judge.judge_columns(table.name, _described(real, made, table), _described(made, made, table)),
            *judge.judge_rows(table.name, rows, self.recorded.get(table.name), in_source, scale, asked=wanted),
            *judge.judge_nulls(asked, answers),
            *judge.judge_unique(asked, answers),
            *judge.judge_foreign(asked, answers, copied),
            *judge.judge_overlaps(asked, answers),
        ], rows

    def _lookups(self, asked: TableQuestions) -> list[_Lookup]:
        """The table's questions as hashes to compare: keys, then foreign keys, then overlaps."""
        made, real = self.synthetic[asked.table], self.source[asked.table]
        lookups = [_Lookup(hashed(told_apart(made, unique))) for unique in asked.unique]
        for key in asked.foreign:
            child, parent = matching(made, self.synthetic[key.parent], key)
            lookups.append(_Lookup(hashed(child), hashed(parent), key.label, parent=key.parent))
        for number, overlap in enumerate(asked.overlaps):
            own, other = hashed(telling_texts(made, overlap)), hashed(telling_texts(real, overlap))
            lookups.append(_Lookup(own, other, f"source {number}", in_source=True))
        return lookups

    def _tallies(self, table: str) -> list[Tally]:
        """One tally for each question: on the driver where both sides are there, the others in one job."""
        lookups = self.lookups[table]
        counted = {number: self._tally_here(table, number) for number in range(len(lookups))}
        left = {number: lookup for number, lookup in enumerate(lookups) if counted[number] is None}
        others: dict[str, dict[int, Column]] = {}
        for number, lookup in left.items():
            if lookup.other is not None:
                others.setdefault(lookup.parent, {})[number] = lookup.other
        frames = [
            ((self.synthetic[parent] if parent else self.source[table]).rows, items) for parent, items in others.items()
        ]
        own = {number: lookup.own for number, lookup in left.items()}
        by_spark = tally_by_spark((self.synthetic[table].rows, own), frames) if left else {}
        return [counted[number] or by_spark.get(number, Tally()) for number in range(len(lookups))]

    def _tally_here(self, table: str, number: int) -> Tally | None:
        lookup, here = self.lookups[table][number], self._made.get(table)
        there = self._real.get(table) if lookup.in_source else self._made.get(lookup.parent)
        if here is None or (lookup.other is not None and there is None):
            return None
        other = there.hashes[lookup.label] if there is not None and lookup.other is not None else _NOTHING
        return tally(here.hashes[f"own {number}"], other)

    def _second_look(self, asked: TableQuestions, answers: Answers) -> Answers:
        """Exact counts, faults of the source and capacities of formats, for what the first look found suspicious."""
        made, real = self.synthetic[asked.table], self.source[asked.table]
        unique, source_excess = list(answers.unique), {}
        for number, question in enumerate(asked.unique):
            if unique[number].excess:
                unique[number] = repeats(made, question)
                source_excess[question] = repeats(real, question).excess
        source_orphans = {
            key.label: self._source_orphans(key)
            for key, tally in zip(asked.foreign, answers.foreign, strict=True)
            if tally.rows > tally.shared_rows and asked.reference
        }
        capacities = {
            overlap.columns: capacity(real, overlap)
            for overlap, tally in zip(asked.overlaps, answers.overlaps, strict=True)
            if tally.shared_values and overlap.kind != "identity"
        }
        return replace(
            answers,
            unique=tuple(unique),
            source_excess=source_excess,
            source_orphans=source_orphans,
            capacities=capacities,
        )

    def _source_orphans(self, key: ForeignKey) -> int:
        child, parent = self.source[key.child], self.source[key.parent]
        child_values, parent_values = matching(child, parent, key)
        tally = tally_by_spark((child.rows, {0: hashed(child_values)}), [(parent.rows, {0: hashed(parent_values)})])
        return tally[0].rows - tally[0].shared_rows if tally else 0


def _described(frame: PlacedFrame, written: PlacedFrame, table: Table) -> list[tuple[str, str]]:
    """Names and types, without dropped columns that were not written."""
    dropped = {
        name for name, column in table.columns.items() if column.generate == "drop" and name not in written.places
    }
    return [(name, frame.type(name).simpleString()) for name in frame.places if name not in dropped]
