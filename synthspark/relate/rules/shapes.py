"""Rules on the shape of a table: one-hot groups, counts within a group, unique combinations, check digits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from synthspark.artifacts.rule import Rule
from synthspark.relate.rules.rows import Candidate, TableRows
from synthspark.rules.checks import check_count, find_check
from synthspark.rules.kernels import broken_sequences, going_back, repeated_rows
from synthspark.rules.values import IntArray
from synthspark.stats.hashing import NUMBER, TEXT, TIME

LEAST_ROWS = 10
LEAST_GROUPS = 5  # of two rows or more, before a count within them is believed
LEAST_STEPS = 20  # from one number to the next by which a time moves on, none back, before it is taken for their order
LEAST_COLLISIONS = 30.0  # repeated rows that independent columns would show before their absence is news
LEAST_HOT = 3  # columns: two that exclude each other are one column and its opposite
MOST_COMBINED = 12  # columns of which pairs and triples are tried
DIGITS_CHECKED = 0.97


def propose_one_hot(rows: TableRows) -> Iterator[Candidate]:
    """Groups of flags of which exactly one is set."""
    names = [name for name in rows.flags if rows.column(name).nulls == 0]
    if len(names) < LEAST_HOT or len(rows) < LEAST_ROWS:
        return
    flags = rows.matrix(names)
    overlap = flags @ flags.T
    left = set(range(len(names)))
    for start in range(len(names)):
        group = [start] if start in left else []
        for other in range(start + 1, len(names)):
            if group and other in left and all(overlap[other, held] == 0 for held in group):
                group.append(other)
        if len(group) < LEAST_HOT or not (flags[group].sum(axis=0) == 1).all():
            continue
        left -= set(group)
        shares = flags[group].mean(axis=1)
        expected = len(rows) * sum(float(a * b) for a, b in combinations(shares, 2))
        if expected >= LEAST_COLLISIONS:
            columns = tuple(names[place] for place in group)
            evidence = {"support": len(rows), "violations": 0}
            yield Candidate(Rule("one_hot", rows.name, columns, evidence=evidence), expected)


def groupings(rows: TableRows) -> list[tuple[str, ...]]:
    """Columns that put rows together: each reference, and the primary key without one of its columns."""
    found = [key.child_columns for key in rows.references]
    key = rows.table.primary_key
    found += [tuple(name for name in key if name != left) for left in key if len(key) > 1]
    return list(dict.fromkeys(found))


def whole_numbers(rows: TableRows) -> list[str]:
    """Columns of whole numbers that begin at 0 or 1."""
    return [
        name
        for name in rows.of_family(NUMBER)
        if name not in rows.referred
        and rows.column(name).minimum in (0, 1)
        and rows.column(name).nulls == 0
        and rows.decimals(name) == 0
    ]


def may_be_numbered(rows: TableRows) -> bool:
    """Whether a column of the primary key can number the rows of a group."""
    key = rows.table.primary_key
    return len(key) > 1 and any(name in key for name in whole_numbers(rows))


def propose_sequences(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Columns that number the rows of a group: 1, 2, 3, ... without gap."""
    for name in whole_numbers(rows):
        for within in groupings(rows):
            if name in within or set(within) & rows.keys:
                continue
            candidate = sequence(rows, name, within, tolerated)
            if candidate is not None:
                yield candidate
                break


def sequence(rows: TableRows, name: str, within: tuple[str, ...], tolerated: float) -> Candidate | None:
    """The rule that a column numbers the rows of each group, if it holds."""
    start = int(rows.column(name).minimum or 0)
    groups, broken, large = broken_sequences(rows.codes(*within), rows.numbers(name), float(start))
    if large < LEAST_GROUPS or broken > tolerated * groups:
        return None
    evidence = {"support": groups, "violations": broken}
    parameters: dict[str, object] = {"within": list(within), "start": start}
    along = ordered_along(rows, name, within)
    if along:
        parameters["along"] = along
    return Candidate(Rule("sequence", rows.name, (name,), parameters=parameters, evidence=evidence), 3.0 * large)


def ordered_along(rows: TableRows, name: str, within: tuple[str, ...]) -> str:
    """The time that never goes back from one number of a group to the next and mostly moves on; "" for none."""
    group = rows.codes(*within)
    order = np.lexsort((rows.numbers(name), group))
    order = order[group[order] >= 0]
    best, found = LEAST_STEPS, ""
    for time in rows.times:
        values = rows.numbers(time)[order]
        forward = len(going_back(group[order], -values))
        if forward > best and not len(going_back(group[order], values)):
            best, found = forward, time
    return found


def propose_unique(rows: TableRows) -> Iterator[Candidate]:
    """Pairs and triples of columns that repeat in no row, though independent columns of their values would."""
    known = [set(key) for key in (rows.table.primary_key, *rows.table.alternate_keys) if key]
    found: list[set[str]] = []
    eligible = [name for name in rows.columns if _identifies(rows, name)]
    eligible = sorted(eligible, key=lambda name: -rows.column(name).distinct)[:MOST_COMBINED]
    collisions = {name: _repeat_share(rows.codes(name)) for name in eligible}
    for size in (2, 3):
        for columns in combinations(eligible, size):
            if any(key <= set(columns) for key in (*known, *found)) or not set(columns) & rows.referred:
                continue
            share = float(np.prod([collisions[name] for name in columns]))
            expected = 0.5 * len(rows) ** 2 * share
            if expected < LEAST_COLLISIONS:
                continue
            if repeated_rows(rows.combined(columns, rows.probe))[1]:
                continue
            support, repeated = repeated_rows(rows.combined(columns, slice(None)))
            if not repeated and support > 0.5 * len(rows):
                found.append(set(columns))
                ordered = tuple(name for name in rows.columns if name in columns)
                evidence = {"support": support, "violations": 0, "expected_by_chance": expected}
                yield Candidate(Rule("unique", rows.name, ordered, evidence=evidence), expected)


def _identifies(rows: TableRows, name: str) -> bool:
    if name in rows.keys:
        return False
    if name in rows.referred or rows.semantic(name) in ("key", "code", "category"):
        return True
    return rows.family(name) == TIME and rows.table.columns[name].type == "date"


def _repeat_share(codes: IntArray) -> float:
    """Chance that two rows agree in a column."""
    sizes = np.bincount(codes[codes >= 0])
    total = sizes.sum()
    return float((sizes / max(total, 1)) @ (sizes / max(total, 1)))


def propose_checks(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Texts that carry a check digit."""
    for name in rows.of_family(TEXT):
        longest = rows.column(name).maximum_length or 0
        if not 8 <= longest <= 40 or rows.column(name).distinct < LEAST_ROWS:
            continue
        scheme = find_check(rows.rows.column(name).take(rows.probe[:200]))
        if not scheme:
            continue
        support, wrong = check_count(rows.rows.column(name), scheme)
        if wrong <= tolerated * support:
            evidence = {"support": support, "violations": wrong}
            rule = Rule("check", rows.name, (name,), parameters={"scheme": scheme}, evidence=evidence)
            yield Candidate(rule, 2.3 * support)
