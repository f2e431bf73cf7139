"""Totals of a parent's children: their number, the sum, mean or an extreme of one of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey
from synthspark.relate.rules.across import FIRST_ROWS, Joined, slack_at_first
from synthspark.relate.rules.chance import agreement_surprise
from synthspark.relate.rules.rows import Candidate, TableRows, spread
from synthspark.rules.kernels import differs, totals
from synthspark.rules.values import BoolArray, FloatArray
from synthspark.stats.hashing import NUMBER, TIME

LEAST_LARGE = 5  # parents with two children or more, before a total is believed
LEAST_TOTALS = 5  # distinct totals


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
    for function, column, targets in _equal_at_first(joined, numbers, times, counts, slack_at_first(tolerated)):
        left = [one for one in targets if one not in taken and (column is None or copied.get(column) != one)]
        if not left:
            continue
        made = counts if column is None else totals(joined.row, child.numbers(column), len(parent), function)
        for target in left:
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


def _equal_at_first(
    joined: Joined, numbers: list[str], times: list[str], counts: FloatArray, slack: int
) -> Iterator[tuple[str, str | None, list[str]]]:
    """Each aggregate of each column, the plainest first, with the parent's columns that equal it at a first look."""
    child, parent = joined.child, joined.parent
    some = spread(np.flatnonzero(counts > 0), FIRST_ROWS)
    place = np.full(len(parent) + 1, -1)  # the last is that of rows without a parent
    place[some] = np.arange(len(some))
    rows = np.flatnonzero(place[joined.row] >= 0)
    group = place[joined.row[rows]]
    own = {True: parent.matrix(times, some), False: parent.matrix(numbers, some)}
    steps = {
        True: np.zeros((len(times), 1)),
        False: np.array([parent.tolerance(name) for name in numbers]).reshape(-1, 1),
    }
    for function, column in _aggregates(joined):
        is_time = column is not None and child.family(column) == TIME
        values = None if column is None else child.numbers(column)[rows]
        made = totals(group, values, len(some), function)
        wrong = differs(own[is_time], made, steps[is_time]).sum(axis=1)
        names = times if is_time else numbers
        yield function, column, [name for name, n in zip(names, wrong, strict=True) if n <= slack]


def _aggregates(joined: Joined) -> Iterator[tuple[str, str | None]]:
    """Functions and columns of the children, the plainest first."""
    child = joined.child
    yield "count", None
    for function in ("sum", "min", "max", "mean"):
        for name in (*child.measures, *child.times):
            if name in joined.key.child_columns:
                continue
            if child.family(name) == NUMBER or function in ("min", "max"):
                yield function, name


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
