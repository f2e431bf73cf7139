"""Which of the keys of a table is its primary key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.relate.names import is_opaque, name_likeness, own_name, says_key
from synthspark.relate.weights import KEY_WEIGHTS, probability

LEAST_REFERENCE = 0.8  # name likeness of a column of a link table to the key it refers to
WIDEST_LINK = 3  # references in the key of a link table found by its references alone
LEAST_KEY_SCORE = 0.05  # below, a table is proposed without primary key


@dataclass(frozen=True)
class RankedKey:
    """A set of columns that identifies the rows, and how likely it is meant to."""

    place: Place
    score: float
    evidence: Mapping[str, float]


def rank_keys(
    facts: Facts, candidates: Mapping[str, Sequence[Place]], inclusions: Sequence[Inclusion]
) -> dict[str, list[RankedKey]]:
    """Keys of each table, the most likely primary key first."""
    links = set(link_keys(facts, candidates, inclusions))
    including: dict[Place, list[Inclusion]] = defaultdict(list)
    included: dict[Place, list[Inclusion]] = defaultdict(list)
    for inclusion in inclusions:
        if inclusion.child.table != inclusion.parent.table:
            including[inclusion.parent].append(inclusion)
            included[inclusion.child].append(inclusion)
    usual = _usual_names(facts)
    ranked = {}
    for table, places in candidates.items():
        keys = []
        for place in (*places, *(link for link in links if link.table == table)):
            evidence = {
                **key_evidence(facts, place, including, included),
                "link": float(place in links),
                "usual": usual(place),
            }
            keys.append(RankedKey(place, probability(evidence, KEY_WEIGHTS), evidence))
        ranked[table] = sorted(keys, key=lambda key: (-key.score, len(key.place.columns), _positions(facts, key.place)))
    return ranked


def _usual_names(facts: Facts) -> Callable[[Place], float]:
    """Share of the other tables whose first column has the name of this key and identifies their rows."""
    first = [next(iter(columns.values())) for columns in facts.tables.values() if columns]
    names = Counter(column.name for column in first if column.key_column and not is_opaque(column.name))

    def usual(place: Place) -> float:
        name = place.columns[0]
        if len(place.columns) > 1 or not names[name]:
            return 0.0
        own = facts.of(place)[0]
        others = names[name] - (own.position == 0 and own.key_column)
        return others / max(1, len(first) - 1)

    return usual


def link_keys(facts: Facts, keys: Mapping[str, Sequence[Place]], inclusions: Iterable[Inclusion]) -> list[Place]:
    """Keys of link tables in which a part is unique only because the data are few, e.g. each film in one category.

    The columns with which the table begins, two or more and at least half of all, each referring to another table,
    and together holding a key.
    """
    best: dict[tuple[str, str], float] = defaultdict(float)
    for inclusion in inclusions:
        if inclusion.child.table != inclusion.parent.table:
            at = inclusion.child.table, inclusion.child.columns[0]
            best[at] = max(best[at], _reference(facts, inclusion))
    found = []
    for table, places in keys.items():
        run: list[str] = []
        for position, column in enumerate(facts.tables[table].values()):
            refers = best[table, column.name] >= LEAST_REFERENCE and column.profile.nulls == 0
            if not refers or column.position != position:
                break
            run.append(column.name)
        wide = len(run) >= 2 and 2 * len(run) >= len(facts.tables[table])
        whole = Place(table, tuple(run))
        if wide and whole not in places and any(set(place.columns) < set(run) for place in places):
            found.append(whole)
    return found


def with_whole_references(
    facts: Facts, primary: Mapping[str, tuple[str, ...]], references: Iterable[Inclusion]
) -> dict[str, tuple[str, ...]]:
    """Primary keys widened by what the references say of them.

    (lake, province) is unique by chance of the data where (country, province) names a province: the key is (lake,
    country, province). Only where the key and those columns are what the table begins with. A link table begins with
    references that make up more than half of its columns; unless others refer to a part, its key is all of them.
    """
    found = dict(primary)
    referring: dict[str, set[str]] = defaultdict(set)
    references = list(references)
    referred = {reference.parent for reference in references}
    for reference in references:
        table, columns = reference.child.table, set(reference.child.columns)
        own = set(found.get(table, ()))
        whole = own | columns
        leading = tuple(facts.tables[table])[: len(whole)]
        if reference.parent.table != table:
            referring[table] |= columns
        if len(columns) > 1 and own & columns and columns - own and set(leading) == whole:
            found[table] = leading
    for table, columns in referring.items():
        run = tuple(takewhile(columns.__contains__, facts.tables[table]))
        wide = 2 <= len(run) <= WIDEST_LINK and 2 * len(run) > len(facts.tables[table])
        held = found.get(table, ())
        if wide and set(held) < set(run) and Place(table, held) not in referred and _filled(facts, Place(table, run)):
            found[table] = run
    return found


def _filled(facts: Facts, place: Place) -> bool:
    return not any(column.profile.nulls for column in facts.of(place))


def key_evidence(
    facts: Facts,
    place: Place,
    including: Mapping[Place, Sequence[Inclusion]],
    included: Mapping[Place, Sequence[Inclusion]],
) -> dict[str, float]:
    """What speaks for and against a key; every number lies between 0 and 1."""
    columns = facts.of(place)
    size = len(columns)
    total = max(2, columns[0].n_columns)
    references = [max((_reference(facts, one) for one in included[column.place]), default=0.0) for column in columns]
    named = [column for column in columns if not is_opaque(column.called)]
    return {
        "single": float(size == 1),
        "columns": (size - 1) / 3,
        "first": float(sorted(column.position for column in columns) == list(range(size))),
        "late": float(np.mean([column.position for column in columns])) / (total - 1) if total > 1 else 0.0,
        "says_key": float(np.mean([says_key(column.called) for column in named])) if named else 0.5,
        "own_name": max((own_name(column.table, column.called) for column in columns), default=0.0)
        if size == 1
        else 0.0,
        "foreign_name": float(size == 1 and references[0] > 0.8),
        "references": float(np.mean(references)) if size > 1 else 0.0,
        "referenced": _referenced(facts, including[place]) if size == 1 else 0.0,
        "type": float(np.mean([_fitness(column) for column in columns])),
        "ascending": float(size == 1 and columns[0].profile.monotonic),
        "dense": columns[0].density if size == 1 else 0.0,
        "few_rows": 1.0 / (1.0 + facts.rows[place.table] / 20.0),
    }


def _reference(facts: Facts, inclusion: Inclusion) -> float:
    """How much an inclusion looks like a reference, for the sake of a key's columns only."""
    child, parent = facts.of(inclusion.child)[0], facts.of(inclusion.parent)[0]
    if not parent.key_column or inclusion.coverage < 0.99:
        return 0.0
    if is_opaque(child.called) or is_opaque(parent.called):
        return 0.5 if child.density < 0.9 or child.sketch.family == "text" else 0.3
    return name_likeness(child.table, child.called, parent.table, parent.called)


def _referenced(facts: Facts, inclusions: Sequence[Inclusion]) -> float:
    """Rises with the number of other tables that have a column which looks like a reference to this one."""
    best: dict[str, float] = {}
    for inclusion in inclusions:
        child = facts.of(inclusion.child)[0]
        if child.key_column and child.distinct == facts.rows[child.table] and child.position == 0:
            continue
        best[child.table] = max(best.get(child.table, 0.0), _reference(facts, inclusion))
    total = sum(value for value in best.values() if value >= 0.3)
    return total / (1.0 + total)


def _fitness(column: ColumnFacts) -> float:
    """How well a column's type suits a key."""
    if column.profile.type.startswith("timestamp"):
        return 0.0
    if column.profile.type == "date":
        return 0.4
    if column.profile.type in ("double", "float"):
        return 0.3
    length = column.profile.mean_length
    if length is not None:
        return (
            0.9
            if length <= 40 and column.profile.minimum_length == column.profile.maximum_length
            else max(0.0, 0.8 - length / 60)
        )
    return 0.7 if column.profile.type.startswith("decimal") else 1.0


def _positions(facts: Facts, place: Place) -> tuple[int, ...]:
    return tuple(column.position for column in facts.of(place))
