"""Inclusion of several columns at a time: possible pairings of a child's columns with those of a composite key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product

from synthspark.relate.facts import Facts, Inclusion, Place
from synthspark.relate.inclusion import included, row_hashes
from synthspark.relate.names import name_likeness

MOST_CHOICES = 4  # child columns looked at for each column of the key
MOST_PAIRINGS = 4  # of one child table with one key that are checked


def pairings(facts: Facts, keys: Sequence[Place], inclusions: Iterable[Inclusion]) -> list[tuple[Place, Place]]:
    """Pairs (child, key) whose columns are included one by one, the best by name of each child table and key."""
    fitting: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for inclusion in inclusions:
        tables = inclusion.child.table, inclusion.parent.table
        fitting[tables][inclusion.parent.columns[0]].append(inclusion.child.columns[0])
    found = []
    for key in keys:
        for (child, parent), choices in fitting.items():
            if parent == key.table and all(column in choices for column in key.columns):
                found += [(Place(child, columns), key) for columns in _best(facts, child, key, choices)]
    return found


def _best(facts: Facts, child: str, key: Place, choices: dict[str, list[str]]) -> list[tuple[str, ...]]:
    def fit(column: str, target: str) -> float:
        same_type = facts.tables[child][column].profile.type == facts.tables[key.table][target].profile.type
        return name_likeness(child, column, key.table, target) + 0.2 * same_type

    def likeliest(target: str) -> list[str]:
        return sorted(dict.fromkeys(choices[target]), key=lambda column: (-fit(column, target), column))[:MOST_CHOICES]

    ranked = [likeliest(target) for target in key.columns]
    pairings = [columns for columns in product(*ranked) if len(set(columns)) == len(columns)]
    if child == key.table:
        pairings = [columns for columns in pairings if not set(columns) & set(key.columns)]
    total = {columns: sum(map(fit, columns, key.columns)) for columns in pairings}
    return sorted(pairings, key=lambda columns: (-total[columns], columns))[:MOST_PAIRINGS]


def check_on_driver(facts: Facts, child: Place, parent: Place) -> Inclusion | None:
    """The inclusion of tuples, exact; None when the rows of one of the tables are not all kept."""
    if not (facts.sketches[child.table].all_rows and facts.sketches[parent.table].all_rows):
        return None
    rows, values = included(row_hashes(facts, child), row_hashes(facts, parent))
    return Inclusion(child, parent, rows, values)
