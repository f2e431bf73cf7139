"""Inclusion of several columns at a time: possible pairings of a child's columns with those of a composite key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import nan

from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.relate.inclusion import included, row_hashes, unary_inclusions
from synthspark.relate.names import name_likeness

MOST_TABLES = 64  # child tables looked at for each key
MOST_CHOICES = 4  # child columns looked at for each column of the key
MOST_PAIRINGS = 4  # of one child table with one key that are checked


def pairings(facts: Facts, keys: Sequence[Place], minimum_coverage: float) -> list[Inclusion]:
    """Inclusions still to be checked, whose columns are included one by one: the best by name of each table and key."""
    children: dict[str, list[ColumnFacts]] = {}
    for column in facts.columns():
        if column.comparable:
            children.setdefault(column.table, []).append(column)
    likely = _tables_by_key(facts, keys, children, minimum_coverage)
    found = []
    for key in keys:
        for child, choices in _fitting(facts, key, likely[key], children, minimum_coverage).items():
            if all(column in choices for column in key.columns):
                found += [_open(child, columns, key, choices) for columns in _best(facts, child, key, choices)]
    return found


def _tables_by_key(
    facts: Facts, keys: Sequence[Place], children: Mapping[str, Sequence[ColumnFacts]], minimum_coverage: float
) -> dict[Place, list[str]]:
    """Tables with a column that lies in that column of the key which has most values, the best by name first."""
    widest = {key: max(facts.of(key), key=lambda column: (column.distinct, -column.position)) for key in keys}
    parents = {column.place: column for column in widest.values()}
    every = [column for columns in children.values() for column in columns]
    fits: dict[Place, dict[str, float]] = defaultdict(dict)
    for one in unary_inclusions(every, list(parents.values()), minimum_coverage):
        fit = name_likeness(one.child.table, one.child.columns[0], one.parent.table, one.parent.columns[0])
        own = fits[one.parent]
        own[one.child.table] = max(own.get(one.child.table, 0.0), fit)
    found = {}
    for key, column in widest.items():
        own = fits[column.place]
        found[key] = sorted(own, key=lambda table: (-own[table], table))[:MOST_TABLES]
    return found


def _fitting(
    facts: Facts,
    key: Place,
    tables: Sequence[str],
    children: Mapping[str, Sequence[ColumnFacts]],
    minimum_coverage: float,
) -> dict[str, dict[str, dict[str, str]]]:
    """By table and column of the key: the columns that lie in it, each with the way it is compared."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    candidates = [column for table in tables for column in children[table]]
    for one in unary_inclusions(candidates, facts.of(key), minimum_coverage) if candidates else ():
        way = one.compare[0] if one.compare else "exact"
        found[one.child.table][one.parent.columns[0]][one.child.columns[0]] = way
    return found


def _open(child: str, columns: tuple[str, ...], key: Place, choices: dict[str, dict[str, str]]) -> Inclusion:
    compare = tuple(choices[target][column] for target, column in zip(key.columns, columns, strict=True))
    crossing = compare if set(compare) != {"exact"} else ()
    return Inclusion(Place(child, columns), key, nan, nan, exact=False, compare=crossing)


def _best(facts: Facts, child: str, key: Place, choices: dict[str, dict[str, str]]) -> list[tuple[str, ...]]:
    def fit(column: str, target: str) -> float:
        same_type = facts.tables[child][column].profile.type == facts.tables[key.table][target].profile.type
        return name_likeness(child, column, key.table, target) + 0.2 * same_type

    def likeliest(target: str) -> list[str]:
        return sorted(choices[target], key=lambda column: (-fit(column, target), column))[:MOST_CHOICES]

    ranked = [likeliest(target) for target in key.columns]
    pairings = [columns for columns in product(*ranked) if len(set(columns)) == len(columns)]
    if child == key.table:
        pairings = [columns for columns in pairings if not set(columns) & set(key.columns)]
    total = {columns: sum(map(fit, columns, key.columns)) for columns in pairings}
    return sorted(pairings, key=lambda columns: (-total[columns], columns))[:MOST_PAIRINGS]


def check_on_driver(facts: Facts, pairing: Inclusion) -> Inclusion | None:
    """The inclusion of tuples, exact; None when the rows of one of the tables are not all kept."""
    child, parent = facts.compared(pairing)
    if not (facts.sketches[child.table].all_rows and facts.sketches[parent.table].all_rows):
        return None
    rows, values = included(row_hashes(facts, child), row_hashes(facts, parent))
    return replace(pairing, coverage=rows, value_coverage=values, exact=True)
