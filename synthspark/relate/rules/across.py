"""Rules across a relationship: copies of a parent's columns, and dates bounded by its dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey
from synthspark.relate.rules.chance import LEAST_EXPECTED, agreement_surprise, order_evidence
from synthspark.relate.rules.rows import Candidate, TableRows, spread
from synthspark.rules.kernels import descends
from synthspark.rules.values import BoolArray, FloatArray, IntArray, hashes, match

LEAST_ROWS = 10
FIRST_ROWS = 64  # rows on which all pairs of columns are compared
FIRST_SLACK = 2  # of them that may differ
FIRST_SHARES = 3  # times the share that may differ of all rows, if that is more
LEAST_SURPRISE = 30.0


def slack_at_first(tolerated: float) -> int:
    """Rows of a first look that may break a rule which at most a share `tolerated` of all rows breaks."""
    return max(FIRST_SLACK, ceil(FIRST_SHARES * tolerated * FIRST_ROWS))


@dataclass
class Joined:
    """Child rows with the rows of one parent table that they refer to; `whole` if a parent's children are all there."""

    key: ForeignKey
    child: TableRows
    parent: TableRows
    whole: bool = True
    row: IntArray = field(init=False)  # of the parent, for each child row; -1 without

    def __post_init__(self) -> None:
        ours = [self.child.rows.column(name) for name in self.key.child_columns]
        theirs = [self.parent.rows.column(name) for name in self.key.parent_columns]
        self.row = match(ours, theirs, self.key.compare)

    @property
    def parameters(self) -> dict[str, Any]:
        """How a rule names the relationship."""
        crossing: dict[str, Any] = {
            "via": list(self.key.child_columns),
            "parent_key": list(self.key.parent_columns),
        }
        if set(self.key.comparisons) != {"exact"}:
            crossing["compare"] = list(self.key.compare)
        return crossing

    def independence(self, name: str) -> float:
        """Independent values among the child's, as a share of its rows: siblings that resemble each other say less.

        One over Kish's design effect, 1 + (mean siblings - 1) * intraclass correlation of the ranks.
        """
        values = self.child.numbers(name)
        known = (self.row >= 0) & ~np.isnan(values)
        if known.sum() < 2:
            return 1.0
        places = np.unique(self.row[known], return_inverse=True)[1]
        ranks = np.argsort(np.argsort(values[known], kind="stable"), kind="stable") / known.sum()
        sizes = np.bincount(places)
        middles = np.bincount(places, weights=ranks) / sizes
        spread = ranks.var() * (1 - 1 / len(ranks))
        inner = ((ranks - middles[places]) ** 2).sum() / max(len(ranks) - len(sizes), 1)
        alike = float(np.clip(1 - inner / max(spread, 1e-12), 0.0, 1.0)) if len(ranks) > len(sizes) else 0.0
        siblings = float((sizes.astype(np.float64) ** 2).sum() / sizes.sum())
        return 1.0 / (1.0 + (siblings - 1.0) * alike)

    def of_parent(self, name: str) -> FloatArray:
        """The parent's number for each child row."""
        return np.append(self.parent.numbers(name), np.nan)[self.row]


def propose_copies(joined: Joined, tolerated: float) -> Iterator[Candidate]:
    """Columns that repeat columns of the parent's row: one rule for those without exception, one for the others."""
    child, parent = joined.child, joined.parent
    own = np.flatnonzero(joined.row >= 0)
    ours = [name for name in child.columns if name not in joined.key.child_columns]
    theirs = [name for name in parent.columns if name not in joined.key.parent_columns]
    if len(own) < LEAST_ROWS or not ours or not theirs:
        return
    found = []
    for a, b in _equal_at_first(joined, own, ours, theirs, slack_at_first(tolerated)):
        copy = _copied(joined, own, a, b, tolerated)
        if copy is not None:
            found.append((a, b, *copy))
    if not found:
        return
    best: dict[str, tuple[str, int, int, float]] = {}
    for a, b, support, wrong, surprise in sorted(found, key=lambda one: (one[3], -(one[0] == one[1]))):
        best.setdefault(a, (b, support, wrong, surprise))
    for clean in (True, False):
        columns = tuple(name for name in child.columns if name in best and (best[name][2] == 0) == clean)
        if columns:
            parameters = {
                "parent": parent.name,
                **joined.parameters,
                "parent_columns": [best[name][0] for name in columns],
            }
            evidence = {
                "support": max(best[name][1] for name in columns),
                "violations": sum(best[name][2] for name in columns),
            }
            rule = Rule("copy", child.name, columns, parameters=parameters, evidence=evidence)
            yield Candidate(rule, min(best[name][3] for name in columns))


def _equal_at_first(
    joined: Joined, own: IntArray, ours: list[str], theirs: list[str], slack: int
) -> Iterator[tuple[str, str]]:
    some = spread(own, FIRST_ROWS)
    left, left_lost = _hashes(joined.child, ours, some)
    right, right_lost = _hashes(joined.parent, theirs, joined.row[some])
    for place, name in enumerate(ours):
        both = ~left_lost[place] & ~right_lost
        wrong = (both & (left[place] != right)).sum(axis=1)
        for other in np.flatnonzero(wrong <= slack):
            if joined.child.family(name) == joined.parent.family(theirs[other]):
                yield name, theirs[other]


def _hashes(rows: TableRows, names: list[str], places: IntArray) -> tuple[IntArray, BoolArray]:
    found = [hashes([rows.rows.column(name).take(places)]) for name in names]
    return np.array([words for words, _ in found]), np.array([lost for _, lost in found])


def _copied(joined: Joined, own: IntArray, ours: str, theirs: str, tolerated: float) -> tuple[int, int, float] | None:
    left, left_lost = hashes([joined.child.rows.column(ours)])
    right, right_lost = hashes([joined.parent.rows.column(theirs)])
    rows = joined.row[own]
    both = ~left_lost[own] & ~right_lost[rows]
    a, b = left[own][both], right[rows][both]
    wrong = int((a != b).sum())
    if len(a) < LEAST_ROWS or wrong > tolerated * len(a):
        return None
    codes = np.asarray(pd.factorize(np.concatenate([a, b]))[0], dtype=np.int64)
    if len(np.unique(codes)) < 2:
        return None
    surprise = agreement_surprise(codes[: len(a)], codes[len(a) :])
    return (len(a), wrong, surprise) if surprise >= LEAST_SURPRISE else None


def propose_parent_orders(joined: Joined, tolerated: float) -> Iterator[Candidate]:
    """Dates of the child that never lie before, or after, a date of the parent's row."""
    child, parent = joined.child, joined.parent
    for name, other, side in _ordered_at_first(joined, slack_at_first(tolerated)):
        if name in joined.key.child_columns and other in joined.key.parent_columns:
            continue
        own, bound = child.numbers(name), joined.of_parent(other)
        found = order_evidence(bound, own) if side == "at_least" else order_evidence(own, bound)
        if found.support < LEAST_ROWS or found.violations > tolerated * found.support:
            continue
        if found.surprise < LEAST_EXPECTED or found.violations > tolerated * found.expected:
            continue
        surprise = found.surprise * joined.independence(name)
        if surprise < LEAST_EXPECTED:
            continue
        parameters = {"parent": parent.name, **joined.parameters, side: other}
        evidence = {
            "support": found.support,
            "violations": found.violations,
            "expected_by_chance": found.expected,
        }
        yield Candidate(Rule("parent_order", child.name, (name,), parameters=parameters, evidence=evidence), surprise)


def _ordered_at_first(joined: Joined, slack: int) -> Iterator[tuple[str, str, str]]:
    """Times of the child, of the parent, and which side bounds, where the rows of a first look are in order."""
    child, parent = joined.child, joined.parent
    some = spread(np.flatnonzero(joined.row >= 0), FIRST_ROWS)
    if not len(some) or not child.times or not parent.times:
        return
    own, bound = child.matrix(child.times, some), parent.matrix(parent.times, joined.row[some])
    for place, name in enumerate(child.times):
        early = descends(bound, own[place]).sum(axis=1)
        late = descends(own[place], bound).sum(axis=1)
        for other, before, after in zip(parent.times, early, late, strict=True):
            yield from ((name, other, "at_least"),) if before <= slack else ()
            yield from ((name, other, "at_most"),) if after <= slack else ()
