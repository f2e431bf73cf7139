"""Columns that others fix: the city of a postal code, the make of a model, the region of a branch and its date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import PERSONAL_SEMANTICS
from synthspark.relate.rules.chance import dependency_surprise
from synthspark.relate.rules.rows import Candidate, TableRows, spread_out
from synthspark.rules.kernels import minority_rows
from synthspark.rules.values import BoolArray, IntArray
from synthspark.stats.hashing import NUMBER, TIME

LEAST_SURPRISE = 15.0  # nats: one in three million, for each pair of columns that is tried
LEAST_ADDED = 30.0  # nats that the second of two determinants adds
LEAST_GROUPS = 3  # groups of two rows or more
LEAST_GROUP_ROWS = 2.0  # rows a value on average: below, a determinant is nearly a key and fixes everything
LEAST_PAIR_ROWS = 5.0  # the same for two columns together
MOST_PAIRED = 24  # columns of which pairs are tried, those with the fewest values
MOST_PROBED = 4_096
PROBE_SLACK = 0.01  # share of rows that may differ in a first look, and in a look at a few rows
FEW_SLACK = 0.05
FEW_ROWS, FEW_COLUMNS = 384, 24
MOST_CATEGORIES = 30  # values of a determinant whose every one is a thing of its own
LEAST_DENSITY = 0.5  # share of the values between the ends that a number or date must use to stand for a category
LONGEST_DETERMINANT = 80  # characters: longer texts describe
NO_DETERMINANT = PERSONAL_SEMANTICS | {"free_text", "json", "url", "hash", "coordinate", "money", "percentage"}


@dataclass(frozen=True)
class Dependency:
    """The determinants fix the dependent in all rows but some."""

    determinants: tuple[str, ...]
    dependent: str
    support: int
    violations: int
    surprise: float


def propose_dependencies(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """One rule for each set of determinants, with all columns that they fix and nothing else explains."""
    single = list(_single(rows, tolerated))
    direct, same = _reduced(rows, single)
    pairs = _pairs(rows, single)
    yield from _rules(rows, [*direct, *pairs], same)


def determinants(rows: TableRows) -> list[str]:
    """Columns that can stand for something with properties: categories, codes, references, dense numbers and dates."""
    found = []
    for name in rows.columns:
        known = rows.column(name)
        if name in rows.keys or rows.semantic(name) in NO_DETERMINANT:
            continue
        if known.filled < LEAST_GROUP_ROWS * known.distinct or (known.maximum_length or 0) > LONGEST_DETERMINANT:
            continue
        if rows.family(name) == TIME and not _is_calendar(rows, name):
            continue
        if rows.family(name) == NUMBER and not _names_things(rows, name):
            continue
        found.append(name)
    return found


def _is_calendar(rows: TableRows, name: str) -> bool:
    """Whether a column holds dates that follow each other evenly: days, weeks."""
    return rows.table.columns[name].type == "date" and density(rows, name) >= LEAST_DENSITY


def _names_things(rows: TableRows, name: str) -> bool:
    """Whether a number stands for a category rather than for a measure."""
    if rows.decimals(name) != 0:
        return False
    return not rows.is_measure(name) or rows.semantic(name) == "category" or density(rows, name) >= LEAST_DENSITY


def density(rows: TableRows, name: str) -> float:
    """Share of the grid between the smallest and the largest value that occurs."""
    values = np.unique(rows.numbers(name)[~np.isnan(rows.numbers(name))])
    if len(values) < 2:
        return 0.0
    step = float(np.gcd.reduce(np.diff(values).astype(np.int64)))
    return float(len(values) / ((values[-1] - values[0]) / max(step, 1.0) + 1))


def _single(rows: TableRows, tolerated: float) -> Iterator[Dependency]:
    names = [name for name in rows.columns if name not in rows.keys]
    if len(rows) == 0 or not names:
        return
    probe = rows.probe if len(rows) > MOST_PROBED else np.arange(len(rows))
    probe = spread_out(probe)
    codes = np.array([rows.codes(name)[probe] for name in names])
    for determinant in determinants(rows):
        fits = _fitting(rows.codes(determinant)[probe], codes)
        for place in np.flatnonzero(fits):
            if names[place] != determinant:
                found = _measure(rows, (determinant,), names[place], tolerated)
                if found:
                    yield found


def _fitting(left: IntArray, codes: IntArray) -> BoolArray:
    """Which columns of `codes`, shape (n_columns, n_rows), hardly ever change within a value of `left`.

    Of many columns a few rows refute the most.
    """
    fits = np.ones(len(codes), bool)
    if len(codes) > FEW_COLUMNS and codes.shape[1] > FEW_ROWS:
        fits = _unchanged(left[:FEW_ROWS], codes[:, :FEW_ROWS], FEW_SLACK)
    fits[fits] = _unchanged(left, codes[fits], PROBE_SLACK)
    return fits


def _unchanged(left: IntArray, codes: IntArray, slack: float) -> BoolArray:
    order = np.argsort(left, kind="stable")
    order = order[left[order] >= 0]
    if not len(order):
        return np.zeros(len(codes), bool)
    sorted_left, sorted_codes = left[order], codes[:, order]
    first = np.maximum.accumulate(np.where(np.diff(sorted_left, prepend=-1) != 0, np.arange(len(order)), 0))
    lead = np.take(sorted_codes, first, axis=1)
    wrong = ((sorted_codes != lead) & (sorted_codes >= 0) & (lead >= 0)).sum(axis=1)
    return np.asarray(wrong <= slack * len(order))


def _measure(rows: TableRows, left: tuple[str, ...], right: str, tolerated: float) -> Dependency | None:
    ours, theirs = rows.codes(*left), rows.codes(right)
    support, violations = minority_rows(ours, theirs)
    known = (ours >= 0) & (theirs >= 0)
    sizes = np.unique(ours[known], return_counts=True)[1]
    least = LEAST_GROUP_ROWS if len(left) == 1 else LEAST_PAIR_ROWS
    if violations > tolerated * support or (sizes > 1).sum() < LEAST_GROUPS or support < least * len(sizes):
        return None
    if len(np.unique(theirs[known])) < 2:
        return None
    shares = np.unique(theirs[known], return_counts=True)[1]
    if violations > tolerated * (support - shares.max()) or not _spread(ours[known], theirs[known]):
        return None
    surprise = dependency_surprise(ours, theirs)
    return (
        None
        if surprise < LEAST_SURPRISE + 2 * np.log(len(rows.columns))
        else Dependency(left, right, support, violations, surprise)
    )


def _spread(determinant: IntArray, dependent: IntArray) -> bool:
    """Whether the rarer values belong to several of many determinants: one odd thing out of many fixes nothing."""
    values = np.unique(determinant)
    if len(values) <= MOST_CATEGORIES:
        return True
    commonest = np.bincount(dependent).argmax()
    return len(np.unique(determinant[dependent != commonest])) >= LEAST_GROUPS


def _reduced(rows: TableRows, found: list[Dependency]) -> tuple[list[Dependency], dict[str, str]]:
    """Those that no chain of others implies, and for each column the first one that says the same as it."""
    fixed = {(one.determinants[0], one.dependent) for one in found}
    position = {name: place for place, name in enumerate(rows.columns)}
    same: dict[str, str] = {}
    for a, b in sorted(fixed, key=lambda pair: (position[pair[0]], position[pair[1]])):
        if (b, a) in fixed:
            first = min(same.get(a, a), same.get(b, b), key=lambda name: position[name])
            same[a] = same[b] = first
    direct = []
    for one in found:
        a, c = one.determinants[0], one.dependent
        if same.get(a, a) != a and same.get(c, c) != same[a]:
            continue  # said of the column that stands for it
        if same.get(a, a) == same.get(c, c) and same.get(a, a) != a:
            continue
        if same.get(c, c) != c and same[c] != same.get(a, a):
            continue  # follows from the column that stands for it, and which a fixes as well
        between = any(
            (a, b) in fixed and (b, c) in fixed and len({same.get(x, x) for x in (a, b, c)}) == 3 for b in position
        )
        if not between:
            direct.append(one)
    return direct, same


def _pairs(rows: TableRows, single: list[Dependency]) -> Iterator[Dependency]:
    """Dependencies on two columns together that neither has alone, each column adding to the other."""
    fixed = {(one.determinants[0], one.dependent) for one in single}
    eligible = [
        name
        for name in determinants(rows)
        if rows.family(name) != TIME and rows.column(name).distinct <= len(rows) / LEAST_PAIR_ROWS
    ]
    eligible = sorted(eligible, key=lambda name: rows.column(name).distinct)[:MOST_PAIRED]
    names = [name for name in rows.columns if name not in rows.keys]
    if len(eligible) < 2:
        return
    probe = spread_out(rows.probe)
    codes = np.array([rows.codes(name)[probe] for name in names])
    best: dict[str, list[Dependency]] = {}
    for a, b in combinations(eligible, 2):
        if (a, b) in fixed or (b, a) in fixed:
            continue
        both = rows.combined((a, b), probe)
        if len(np.unique(both)) * LEAST_PAIR_ROWS * len(probe) / len(rows) > len(probe):
            continue
        for place in np.flatnonzero(_fitting(both, codes)):
            c = names[place]
            if c in (a, b) or (a, c) in fixed or (b, c) in fixed:
                continue
            found = _measure(rows, (a, b), c, 0.0)
            if found and _adds(rows, a, b, c) and _adds(rows, b, a, c):
                best.setdefault(c, []).append(found)
    for together in best.values():
        yield max(together, key=lambda one: one.surprise)


def _adds(rows: TableRows, known: str, added: str, dependent: str) -> bool:
    """Whether knowing `added` as well as `known` says surprisingly more of the dependent."""
    left, right, target = rows.codes(known), rows.codes(added), rows.codes(dependent)
    total = 0.0
    rows_known = (left >= 0) & (right >= 0) & (target >= 0)
    order = np.argsort(left[rows_known], kind="stable")
    left, right, target = left[rows_known][order], right[rows_known][order], target[rows_known][order]
    for part in np.split(np.arange(len(order)), np.flatnonzero(np.diff(left)) + 1):
        if len(part) > 1 and len(np.unique(target[part])) > 1:
            total += dependency_surprise(right[part], target[part])
    return total >= LEAST_ADDED


def _rules(rows: TableRows, found: list[Dependency], same: dict[str, str]) -> Iterator[Candidate]:
    groups: dict[tuple[str, ...], list[Dependency]] = {}
    for one in found:
        groups.setdefault(one.determinants, []).append(one)
    for left, together in groups.items():
        evidence = {
            "support": max(one.support for one in together),
            "violations": sum(one.violations for one in together),
        }
        right = tuple(one.dependent for one in together)
        mutual = sum(1 for name in right if len(left) == 1 and same.get(name) == left[0])
        if mutual:
            evidence["both_ways"] = mutual
        rule = Rule(
            "dependency", rows.name, (*left, *right), parameters={"determinants": list(left)}, evidence=evidence
        )
        yield Candidate(rule, min(one.surprise for one in together))
