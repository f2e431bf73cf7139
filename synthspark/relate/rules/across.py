"""Rules across a relationship: copies of a parent's columns, dates bounded by its dates, totals of its children."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey
from synthspark.relate.rules.chance import LEAST_EXPECTED, agreement_surprise, order_evidence
from synthspark.relate.rules.rows import Candidate, TableRows
from synthspark.rules.kernels import differs, totals
from synthspark.rules.values import BoolArray, FloatArray, IntArray, hashes, match
from synthspark.stats.hashing import NUMBER, TIME

LEAST_ROWS = 10
FIRST_ROWS = 64  # rows on which all pairs of columns are compared
FIRST_SLACK = 2  # of them that may differ
LEAST_SURPRISE = 30.0
LEAST_LARGE = 5  # parents with two children or more, before a total is believed
LEAST_TOTALS = 5  # distinct totals


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
    for a, b in _equal_at_first(joined, own, ours, theirs):
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


def _equal_at_first(joined: Joined, own: IntArray, ours: list[str], theirs: list[str]) -> Iterator[tuple[str, str]]:
    some = own[np.unique(np.linspace(0, len(own) - 1, FIRST_ROWS).astype(np.int64))]
    left, left_lost = _hashes(joined.child, ours, some)
    right, right_lost = _hashes(joined.parent, theirs, joined.row[some])
    for place, name in enumerate(ours):
        both = ~left_lost[place] & ~right_lost
        wrong = (both & (left[place] != right)).sum(axis=1)
        for other in np.flatnonzero(wrong <= FIRST_SLACK):
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
    for name in child.times:
        own = child.numbers(name)
        for other in parent.times:
            if name in joined.key.child_columns and other in joined.key.parent_columns:
                continue
            bound = joined.of_parent(other)
            for side, lower, upper in (("at_least", bound, own), ("at_most", own, bound)):
                found = order_evidence(lower, upper)
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
                rule = Rule("parent_order", child.name, (name,), parameters=parameters, evidence=evidence)
                yield Candidate(rule, surprise)


def propose_totals(joined: Joined, tolerated: float, copied: Mapping[str, str]) -> Iterator[Candidate]:
    """Columns of the parent that are the number, sum, mean or an extreme of a column over its children.

    `copied` names the child columns that repeat a column of the parent: their extremes are no news.
    """
    child, parent = joined.child, joined.parent
    counts = totals(joined.row, None, len(parent), "count")
    large = int((counts > 1).sum())
    if large < LEAST_LARGE:
        return
    told = [n for n in parent.columns if n not in joined.key.parent_columns]
    numbers = [n for n in told if n in parent.measures and parent.column(n).distinct >= LEAST_TOTALS]
    times = [n for n in told if n in parent.times and parent.column(n).distinct >= LEAST_TOTALS]
    taken: set[str] = set()
    for function, column, made in _aggregates(joined, counts):
        targets = times if column is not None and child.family(column) == TIME else numbers
        for target in targets:
            if target in taken or (column is not None and copied.get(column) == target):
                continue
            candidate = _total(joined, target, function, column, made, counts, tolerated)
            if candidate is not None:
                taken.add(target)
                yield candidate


def may_have_totals(key: ForeignKey, child: TableRows, parent: TableRows) -> bool:
    """Whether a column of the parent, whose rows are all there, can be a total of its children at all.

    The extremes of a column over all children are extremes over those of one parent; a sum of what is never negative
    is no less than its largest part; numbers of children add up to all children.
    """
    for target in (*parent.measures, *parent.times):
        if target in key.parent_columns or parent.column(target).distinct < LEAST_TOTALS:
            continue
        own = parent.numbers(target)
        own = own[~np.isnan(own)]
        if target in parent.measures and own.sum() == child.profile.rows:
            return True
        for name in (*child.measures, *child.times):
            alike = name not in key.child_columns and child.family(name) == parent.family(target)
            if alike and _may_be_total(own, *child.extremes(name), summed=target in parent.measures):
                return True
    return False


def _may_be_total(own: FloatArray, low: float, high: float, *, summed: bool) -> bool:
    if not len(own):
        return False
    return bool((own == low).any() or (own == high).any() or (summed and low >= 0 and own.max() >= high))


def _aggregates(joined: Joined, counts: FloatArray) -> Iterator[tuple[str, str | None, FloatArray]]:
    """Each aggregate of each column over the children of a parent, the plainest first."""
    child, n = joined.child, len(joined.parent)
    yield "count", None, counts
    for function in ("sum", "min", "max", "mean"):
        for name in (*child.measures, *child.times):
            if name in joined.key.child_columns:
                continue
            if child.family(name) == NUMBER or function in ("min", "max"):
                yield function, name, totals(joined.row, child.numbers(name), n, function)


def _total(
    joined: Joined,
    target: str,
    function: str,
    column: str | None,
    made: FloatArray,
    counts: FloatArray,
    tolerated: float,
) -> Candidate | None:
    parent = joined.parent
    own = parent.numbers(target)
    tolerance = 0.0 if target in parent.times else parent.tolerance(target)
    with_children = counts > 0
    speaks = with_children & ~np.isnan(own) & ~np.isnan(made)
    first = np.flatnonzero(speaks)[:FIRST_ROWS]
    if len(first) < LEAST_LARGE or differs(own[first], made[first], tolerance).sum() > FIRST_SLACK:
        return None
    wrong = int((speaks & differs(own, made, tolerance)).sum())
    telling = speaks & _differing(joined, function, column, counts)
    if wrong > tolerated * speaks.sum() or telling.sum() < LEAST_LARGE:
        return None
    distinct = len(np.unique(own[telling]))
    if distinct < LEAST_TOTALS or wrong > 0.05 * telling.sum():
        return None
    parameters: dict[str, Any] = {
        "child": joined.child.name,
        **joined.parameters,
        "function": function,
        **({"child_column": column} if column is not None else {}),
        "tolerance": tolerance,
        "empty": _empty(own[~with_children]),
    }
    evidence = {"support": int(speaks.sum()), "violations": wrong}
    rule = Rule("child_total", parent.name, (target,), parameters=parameters, evidence=evidence)
    same = np.asarray(pd.factorize(np.round(own[telling], 6))[0], dtype=np.int64)
    return Candidate(rule, agreement_surprise(same, same))


def _differing(joined: Joined, function: str, column: str | None, counts: FloatArray) -> BoolArray:
    """Parents whose children tell this total from a copy: two or more, for an extreme or a mean with unlike values."""
    several = counts > 1
    if function in ("count", "sum") or column is None:
        return several
    values, n = joined.child.numbers(column), len(joined.parent)
    with np.errstate(invalid="ignore"):
        return several & (totals(joined.row, values, n, "min") < totals(joined.row, values, n, "max"))


def _empty(childless: FloatArray) -> str:
    """What the column holds where there are no children."""
    if not len(childless):
        return "other"
    if np.isnan(childless).all():
        return "null"
    return "zero" if (childless == 0).all() else "other"
