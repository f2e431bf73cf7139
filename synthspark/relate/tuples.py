"""Inclusion of several columns at a time: possible pairings of a child's columns with those of a composite key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from math import nan

from synthspark.relate.facts import Facts, Inclusion, Place
from synthspark.relate.inclusion import included, row_hashes
from synthspark.relate.names import name_likeness

MOST_CHOICES = 4  # child columns looked at for each column of the key
MOST_PAIRINGS = 4  # of one child table with one key that are checked


def pairings(facts: Facts, keys: Sequence[Place], inclusions: Iterable[Inclusion]) -> list[Inclusion]:
    """Inclusions still to be checked, whose columns are included one by one: the best by name of each table and key."""
    fitting: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for one in inclusions:
        tables = one.child.table, one.parent.table
        fitting[tables][one.parent.columns[0]][one.child.columns[0]] = one.compare[0] if one.compare else "exact"
    found = []
    for key in keys:
        for (child, parent), choices in fitting.items():
            if parent == key.table and all(column in choices for column in key.columns):
                found += [_open(child, columns, key, choices) for columns in _best(facts, child, key, choices)]
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
    child, parent = pairing.compared
    if not (facts.sketches[child.table].all_rows and facts.sketches[parent.table].all_rows):
        return None
    rows, values = included(row_hashes(facts, child), row_hashes(facts, parent))
    return replace(pairing, coverage=rows, value_coverage=values, exact=True)
