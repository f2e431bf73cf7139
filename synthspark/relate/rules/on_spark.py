"""Propose rules: on the driver from whole small tables and samples of large ones; large ones are counted by Spark."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.rule import ENTITY, Rule
from synthspark.artifacts.schema import IN_FORCE, ForeignKey, Schema, known_columns
from synthspark.artifacts.sketches import DatabaseSketches
from synthspark.config import DiscoverSettings
from synthspark.relate.entities import propose_entities
from synthspark.relate.facts import gather_facts
from synthspark.relate.rules.across import Joined
from synthspark.relate.rules.child_totals import may_have_totals
from synthspark.relate.rules.rows import Candidate, TableRows
from synthspark.relate.rules.search import all_candidates, believed, relationships, settled
from synthspark.relate.rules.shapes import may_be_numbered
from synthspark.rules.counting import Count, count
from synthspark.rules.on_spark import count_rules
from synthspark.spark_types import collect_arrow, column, normal_form

logger = logging.getLogger(__name__)

BUCKETS = 1_000_000  # parts that the values of a key fall into by their hash, of which a sample takes the first
MOST_GROUPED = 16  # rules on one large table that need a shuffle of their own; the most surprising are counted
GROUPED = ("dependency", "unique", "sequence", "check", "child_total")


@dataclass(frozen=True)
class FoundRules:
    """Proposed rules, and those in force from an earlier discovery with their evidence on these data."""

    rules: tuple[Rule, ...]
    decided: tuple[Rule, ...]


def propose_rules(
    frames: Mapping[str, DataFrame],
    schema: Schema,
    profile: DatabaseProfile,
    sketches: DatabaseSketches,
    settings: DiscoverSettings,
    decided: Sequence[Rule] = (),
) -> FoundRules:
    """Rules of all tables and relationships, each checked on all rows; and the same check of those `decided` before."""
    started = time.monotonic()
    database = _Database(frames, schema, profile, sketches, settings)
    found = database.candidates() if settings.rules else []
    checked = database.checked(found)
    rules = settled(checked, database.tables, settings.minimum_rule_confidence)
    rules += tuple(propose_entities(gather_facts(profile, sketches), schema, rules))
    in_force = [rule for rule in decided if rule.status in IN_FORCE and known_columns(rule, schema)]
    in_force = [rule for rule in in_force if rule.kind != ENTITY]  # said of no row
    counts = database.count(in_force)
    again = [replace(rule, evidence=_counted(one)) for rule, one in zip(in_force, counts, strict=True)]
    logger.info("rules: %d proposed of %d found, %.1f s", len(rules), len(found), time.monotonic() - started)
    return FoundRules(rules, tuple(again))


class _Database:
    """The rows at hand, and the way to those that are not."""

    def __init__(
        self,
        frames: Mapping[str, DataFrame],
        schema: Schema,
        profile: DatabaseProfile,
        sketches: DatabaseSketches,
        settings: DiscoverSettings,
    ) -> None:
        self.frames, self.schema, self.settings = frames, schema, settings
        self.tables = {
            name: TableRows(sample.rows, profile.tables[name], schema, complete=sample.complete)
            for name in schema.tables
            if name in sketches.tables and (sample := sketches.tables[name].sample) is not None
        }

    def candidates(self) -> list[Candidate]:
        """What the rows at hand suggest."""
        tolerated = self.settings.rule_violations
        keys = [key for key in relationships(self.schema) if {key.child, key.parent} <= self.tables.keys()]
        with ThreadPoolExecutor(self.settings.concurrency, thread_name_prefix="synthspark-rules") as pool:
            joined = list(pool.map(self._joined, keys))
        return all_candidates(self.tables.values(), joined, tolerated)

    def _joined(self, key: ForeignKey) -> Joined:
        """Rows of both sides of a relationship that belong together: all that is at hand, or a sample of the keys."""
        child, parent = self.tables[key.child], self.tables[key.parent]
        if child.complete and parent.complete:
            return Joined(key, child, parent)
        if parent.complete and not may_have_totals(key, child, parent) and not may_be_numbered(child):
            return Joined(key, child, parent, whole=False)
        rows = self.profile_rows(key)
        share = min(1.0, self.settings.rule_sample_rows / max(rows, 1))
        some_child = self._sampled(child, key.child_columns, key.comparisons, share)
        some_parent = self._sampled(parent, key.parent_columns, key.comparisons, share)
        return Joined(key, some_child, some_parent)

    def profile_rows(self, key: ForeignKey) -> int:
        """Rows of the larger side."""
        return max(self.tables[key.child].profile.rows, self.tables[key.parent].profile.rows)

    def _sampled(self, rows: TableRows, columns: Sequence[str], compare: Sequence[str], share: float) -> TableRows:
        """All rows of the keys whose hash is among the first, the same ones on both sides."""
        frame = self.frames[rows.name]
        types = {field.name: field.dataType for field in frame.schema.fields}
        forms = [
            normal_form(column(name), types[name], way).cast("string")
            for name, way in zip(columns, compare, strict=True)
        ]
        chosen = F.pmod(F.xxhash64(*forms), F.lit(BUCKETS)) < int(max(share, 0.0) * BUCKETS)
        names = [name for name in rows.rows.column_names if name in types]
        positional = frame.where(chosen).select(*(column(name).alias(f"c{i}") for i, name in enumerate(names)))
        sample = collect_arrow(positional.limit(2 * self.settings.rule_sample_rows)).rename_columns(names)
        return TableRows(sample, rows.profile, self.schema, complete=False)

    def checked(self, found: Sequence[Candidate]) -> list[Candidate]:
        """The candidates that hold on all rows; those on samples are counted again by Spark."""
        at_hand = [self._complete(one.rule) for one in found]
        chosen = self._affordable([one for one, whole in zip(found, at_hand, strict=True) if not whole])
        counts = dict(zip(chosen, self._count_on_spark(chosen), strict=True))
        kept = []
        for one, whole in zip(found, at_hand, strict=True):
            if whole:
                kept.append(one)
            elif one.rule in counts and believed(counts[one.rule], self.settings.rule_violations):
                counted = counts[one.rule]
                evidence = {**_scaled(one.rule, counted), **_counted(counted)}
                kept.append(replace(one, rule=replace(one.rule, evidence=evidence)))
        return kept

    def _affordable(self, found: Sequence[Candidate]) -> list[Rule]:
        """All rules that one pass counts, and of those that need a shuffle the most surprising of each table."""
        chosen, used = [], dict.fromkeys(self.tables, 0)
        for one in sorted(found, key=lambda one: -one.surprise):
            if one.rule.kind in GROUPED:
                used[one.rule.table] += 1
            if one.rule.kind not in GROUPED or used[one.rule.table] <= MOST_GROUPED:
                chosen.append(one.rule)
        left = len(found) - len(chosen)
        if left:
            logger.info("rules: %d candidates on large tables were not counted, %d a table are", left, MOST_GROUPED)
        return chosen

    def _complete(self, rule: Rule) -> bool:
        """Whether all rows of all columns that the rule speaks of are at hand."""
        return all(
            name in self.tables
            and self.tables[name].complete
            and set(columns) <= set(self.tables[name].rows.column_names)
            for name, columns in rule.places().items()
        )

    def count(self, rules: Sequence[Rule]) -> list[Count]:
        """Exact counts of any rules."""
        tables: dict[str, pa.Table] = {name: rows.rows for name, rows in self.tables.items()}
        at_hand = {rule: count(rule, tables) for rule in rules if self._complete(rule)}
        others = [rule for rule in rules if rule not in at_hand]
        at_hand |= dict(zip(others, self._count_on_spark(others), strict=True))
        return [at_hand[rule] for rule in rules]

    def _count_on_spark(self, rules: Sequence[Rule]) -> list[Count]:
        return count_rules(self.frames, rules, concurrency=self.settings.concurrency) if rules else []


def _counted(found: Count) -> dict[str, float]:
    return {"support": found.support, "violations": found.violations}


def _scaled(rule: Rule, counted: Count) -> dict[str, float]:
    """Evidence on a sample, as it would be on all rows."""
    factor = counted.support / max(rule.support, 1)
    return {name: value * factor for name, value in rule.evidence.items() if name == "expected_by_chance"}
