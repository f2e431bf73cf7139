"""The search for rules: candidates of every kind, table by table and relationship by relationship."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.relate.rules.across import Joined, propose_copies, propose_parent_orders
from synthspark.relate.rules.child_totals import propose_totals
from synthspark.relate.rules.dependencies import propose_dependencies
from synthspark.relate.rules.formulas import propose_formulas
from synthspark.relate.rules.nulls import propose_nulls
from synthspark.relate.rules.order import propose_fixed_bounds, propose_offsets, propose_orders
from synthspark.relate.rules.reduction import reduced
from synthspark.relate.rules.rows import Candidate, TableRows
from synthspark.relate.rules.sentences import why
from synthspark.relate.rules.shapes import propose_checks, propose_one_hot, propose_sequences, propose_unique
from synthspark.rules.counting import Count

# How often a rule of the kind that no chance explains is still no rule of the business; judged by hand.
PRIOR = {
    "order": 0.95,
    "offset": 0.97,
    "formula": 0.98,
    "dependency": 0.92,
    "one_hot": 0.97,
    "sequence": 0.98,
    "unique": 0.75,
    "null_together": 0.95,
    "null_when": 0.95,
    "check": 0.99,
    "copy": 0.97,
    "parent_order": 0.93,
    "child_total": 0.98,
}
SURPRISE_SCALE = 30.0  # nats: at this surprise two thirds of the doubt are gone
PLAIN_SCALE = 12.0  # the same for a category that says exactly where another column is missing
DOUBT_PER_VIOLATION = 25.0  # share of violations times this is taken off


def table_candidates(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Rules within one table."""
    yield from propose_formulas(rows, tolerated)
    yield from propose_offsets(rows, tolerated)
    yield from propose_orders(rows, tolerated)
    yield from propose_fixed_bounds(rows)
    if rows.complete:
        yield from propose_sequences(rows, tolerated)
    yield from propose_dependencies(rows, tolerated)
    yield from propose_one_hot(rows)
    yield from propose_nulls(rows, tolerated)
    yield from propose_unique(rows)
    yield from propose_checks(rows, tolerated)


def joined_candidates(joined: Joined, tolerated: float) -> Iterator[Candidate]:
    """Rules across one relationship."""
    copies = list(propose_copies(joined, tolerated))
    copied = {
        name: source
        for one in copies
        for name, source in zip(one.rule.columns, one.rule.parameters["parent_columns"], strict=True)
    }
    yield from copies
    yield from propose_parent_orders(joined, tolerated)
    if joined.whole:
        yield from propose_totals(joined, tolerated, copied)


def all_candidates(tables: Iterable[TableRows], joined: Sequence[Joined], tolerated: float) -> list[Candidate]:
    """Rules of all tables and relationships, each once."""
    parts = [table_candidates(rows, tolerated) for rows in tables]
    parts += [joined_candidates(one, tolerated) for one in joined]
    parts += [propose_sequences(one.child, tolerated) for one in joined if one.whole and not one.child.complete]
    return list({one.rule.identity: one for one in chain.from_iterable(parts)}.values())


def settled(candidates: Iterable[Candidate], tables: Mapping[str, TableRows], least: float) -> tuple[Rule, ...]:
    """The rules to propose: without those that others imply and those less sure than `least`; table by table."""
    rules = [rule for rule in map(finished, reduced(candidates, tables)) if rule.confidence >= least]
    places = {name: place for place, name in enumerate(tables)}
    return tuple(sorted(rules, key=lambda rule: (places[rule.table], -rule.confidence, rule.label)))


def relationships(schema: Schema) -> list[ForeignKey]:
    """The proposed keys, and those that two of them make together: through a parent's key that refers further."""
    found = {key.identity: key for key in schema.foreign_keys if key.status != "rejected"}
    for key in list(found.values()):
        for further in schema.foreign_keys:
            implied = _through(key, further)
            if implied is not None:
                found.setdefault(implied.identity, implied)
    return [key for key in found.values() if not _only_times(schema, key)]


def _only_times(schema: Schema, key: ForeignKey) -> bool:
    """Whether a key refers by moments alone, which says nothing of things."""
    types = [schema.tables[key.child].columns[name].type for name in key.child_columns]
    return all(kind.startswith(("date", "timestamp")) for kind in types)


def _through(key: ForeignKey, further: ForeignKey) -> ForeignKey | None:
    """The key of a child onto its parent's parent, where the parent's own key holds that reference."""
    own: Mapping[str, str] = dict(zip(key.parent_columns, key.child_columns, strict=True))
    if (
        further.child != key.parent
        or further.parent == key.child
        or not set(further.child_columns) <= set(own)
        or len(own) == 1
    ):
        return None
    if "exact" not in {*key.comparisons, *further.comparisons} or further.self_reference:
        return None
    columns = tuple(own[name] for name in further.child_columns)
    return ForeignKey(key.child, columns, further.parent, further.parent_columns)


def believed(counted: Count, tolerated: float) -> bool:
    """Whether a rule found on a sample holds on all rows."""
    return counted.support > 0 and counted.violations <= tolerated * counted.support


def finished(candidate: Candidate) -> Rule:
    """The rule with its confidence and its sentence."""
    rule = candidate.rule
    share = rule.violations / max(rule.support, 1)
    scale = PLAIN_SCALE if rule.kind == "null_when" and rule.parameters.get("exact", True) else SURPRISE_SCALE
    sure = PRIOR[rule.kind] * (1 - math.exp(-candidate.surprise / scale)) * (1 - DOUBT_PER_VIOLATION * share)
    if rule.kind == "dependency" and len(rule.parameters["determinants"]) > 1:
        sure *= 0.9
    if rule.kind == "unique" and len(rule.columns) > 2:
        sure *= 0.8
    if rule.kind == "null_when" and not rule.parameters.get("exact", True):
        sure *= 0.9
    evidence = {name: float(round(value)) for name, value in rule.evidence.items()}
    rule = replace(rule, confidence=round(max(sure, 0.05), 4), evidence=evidence)
    return replace(rule, why=why(rule))
