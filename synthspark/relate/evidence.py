"""What speaks for and against reading an inclusion as a foreign key; every number lies between 0 and 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.relate.names import is_opaque, name_likeness, says_key
from synthspark.relate.weights import REFERENCE_WEIGHTS, probability

QUANTILE_SHARES = np.array([0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0])
CHANCE_DIGITS = 10.0  # an inclusion that chance would bring once in 10^10 cases surprises fully
TEXT_ALPHABET = 30.0  # letters: how likely two texts of the same length agree by chance
SHORTEST_RATIO = 1e-3


@dataclass(frozen=True)
class RankedReference:
    """An inclusion with its evidence and the probability that it is a foreign key."""

    inclusion: Inclusion
    confidence: float
    evidence: Mapping[str, float]

    @property
    def child(self) -> Place:
        return self.inclusion.child

    @property
    def parent(self) -> Place:
        return self.inclusion.parent


def rank_references(
    facts: Facts, inclusions: Sequence[Inclusion], primary_keys: Mapping[str, tuple[str, ...]]
) -> list[RankedReference]:
    """Inclusions in keys as possible foreign keys, the most likely first.

    A key never refers to a column of its own table: its values would be equal row by row or no tree.
    """
    possible = [one for one in inclusions if not _own_table_key(facts, one)]
    evidence = {id(one): reference_evidence(facts, one, primary_keys) for one in possible}
    by_child: dict[Place, list[Inclusion]] = defaultdict(list)
    for inclusion in possible:
        by_child[inclusion.child].append(inclusion)
    ways = {(one.child, one.parent) for one in possible}
    found = []
    for inclusion in possible:
        rivals = [one for one in by_child[inclusion.child] if one is not inclusion]
        own = evidence[id(inclusion)]
        complete = {**own, **_against_rivals(inclusion, own, rivals, [evidence[id(one)] for one in rivals], ways)}
        found.append(RankedReference(inclusion, probability(complete, REFERENCE_WEIGHTS), complete))
    return sorted(found, key=lambda one: (-one.confidence, one.child, one.parent))


def _own_table_key(facts: Facts, inclusion: Inclusion) -> bool:
    same_table = inclusion.child.table == inclusion.parent.table
    return same_table and all(column.profile.unique for column in facts.of(inclusion.child))


def _against_rivals(
    inclusion: Inclusion,
    own: Mapping[str, float],
    rivals: Sequence[Inclusion],
    others: Sequence[Mapping[str, float]],
    ways: set[tuple[Place, Place]],
) -> dict[str, float]:
    """Evidence that lies in what else the child's columns could refer to."""
    beyond = any(
        (inclusion.parent, rival.parent) in ways and (rival.parent, inclusion.parent) not in ways for rival in rivals
    )
    return {
        "rivals": len(rivals) / (len(rivals) + 3.0),
        "outnamed": max(0.0, max((other["name"] for other in others), default=0.0) - own["name"]),
        "outspread": max(
            0.0, max((other["spread"] * other["share"] for other in others), default=0.0) - own["spread"] * own["share"]
        ),
        "passes_on": float(beyond),
    }


def reference_evidence(
    facts: Facts, inclusion: Inclusion, primary_keys: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """Evidence of one inclusion by itself; that of a composite one is the mean over its columns."""
    children, parents = facts.of(inclusion.child), facts.of(inclusion.parent)
    pairs = list(zip(children, parents, strict=True))
    own_key = set(primary_keys.get(inclusion.child.table, ()))
    other_key = set(primary_keys.get(inclusion.parent.table, ()))
    is_primary = set(inclusion.child.columns) == own_key
    return {
        **_name_evidence(pairs),
        "well_covered": max(0.0, (inclusion.coverage - 0.8) / 0.2),
        "complete": float(inclusion.coverage == 1.0),
        "primary": float(set(inclusion.parent.columns) == other_key),
        "first": float(all(parent.position == place for place, parent in enumerate(parents))),
        "surprise": min(1.0, sum(_surprise(child, parent) for child, parent in pairs)),
        "spread": float(np.mean([_spread(child, parent) for child, parent in pairs])),
        "share": float(np.mean([_share(child, parent) for child, parent in pairs])),
        "child_unique": float(all(child.profile.unique for child in children)),
        "child_primary": float(is_primary),
        "child_in_primary": float(not is_primary and set(inclusion.child.columns) <= own_key),
        "child_dense_key": float(is_primary and len(pairs) == 1 and children[0].density > 0.9),
        "thin": float(max(child.distinct for child in children) <= 2),
        "constant": float(np.mean([child.distinct == 1 for child in children])),
        "time": float(np.mean([child.sketch.family == "time" for child in children])),
        "text": float(np.mean([child.sketch.family == "text" for child in children])),
        "same_type": float(all(child.profile.type == parent.profile.type for child, parent in pairs)),
        "larger": float(facts.rows[inclusion.child.table] >= facts.rows[inclusion.parent.table]),
        "self": float(inclusion.child.table == inclusion.parent.table),
        "composite": float(len(pairs) > 1),
    }


def _name_evidence(pairs: Sequence[tuple[ColumnFacts, ColumnFacts]]) -> dict[str, float]:
    """What names say; nothing for and nothing against where they are mere numbers."""
    named = [(child, parent) for child, parent in pairs if not (is_opaque(child.name) or is_opaque(parent.name))]
    fits = [name_likeness(child.table, child.name, parent.table, parent.name) for child, parent in named]
    return {
        "name": float(np.mean(fits)) if fits else 0.0,
        "name_full": float(bool(fits) and min(fits) >= 0.85),
        "misnamed": float(bool(fits) and min(fits) < 0.5),
        "unnamed": 1.0 - len(named) / len(pairs),
        "says_key": float(np.mean([says_key(child.name) for child, _ in named])) if named else 0.0,
    }


def _surprise(child: ColumnFacts, parent: ColumnFacts) -> float:
    """How unlikely the inclusion is if the child's values were drawn anew from their own range."""
    if child.sketch.family == "number":
        held = parent.density
        chance = -log10(max(held, SHORTEST_RATIO)) if held else 0.0
    elif child.sketch.family == "time":
        chance = -log10(max(min(1.0, parent.distinct / _days(parent)), SHORTEST_RATIO))
    else:
        length = min(child.profile.mean_length or 0.0, 12.0)
        room = length * log10(TEXT_ALPHABET)
        chance = max(0.0, room - log10(max(parent.distinct, 1)))
    return min(1.0, child.distinct * chance / CHANCE_DIGITS)


def _days(column: ColumnFacts) -> float:
    low, high = column.profile.minimum or 0.0, column.profile.maximum or 0.0
    unit = 1.0 if column.profile.type == "date" else 86_400_000_000.0
    return (high - low) / unit + 1.0


def _spread(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Whether the child's values lie all over the parent's, as those of a reference do, or at one end only.

    The span of the child's values in the parent's ranks against that of as many random draws, (k - 1) / (k + 1). Half
    where it cannot be told (texts, a single value).
    """
    points, parents = np.asarray(child.profile.quantiles), np.asarray(parent.profile.quantiles)
    if points.size == 0 or parents.size == 0 or child.distinct < 2 or parent.distinct < 2:
        return 0.5
    low, high = np.interp(points[[0, -1]], parents, QUANTILE_SHARES)
    expected = (child.distinct - 1) / (child.distinct + 1)
    return float(min(1.0, (high - low) / expected))


def _share(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Share of the parent's values that occur in the child, on a logarithmic scale from 1/1000 to 1."""
    ratio = min(1.0, child.distinct / max(parent.distinct, 1))
    return 1.0 + log10(max(ratio, SHORTEST_RATIO)) / 3.0
