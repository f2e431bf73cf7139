"""What speaks for and against reading an inclusion as a foreign key; every number lies between 0 and 1."""

from __future__ import annotations

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
    """Inclusions in keys as possible foreign keys, the most likely first."""
    rivals: dict[Place, int] = {}
    for inclusion in inclusions:
        rivals[inclusion.child] = rivals.get(inclusion.child, 0) + 1
    found = []
    for inclusion in inclusions:
        evidence = reference_evidence(facts, inclusion, primary_keys, rivals[inclusion.child])
        found.append(RankedReference(inclusion, probability(evidence, REFERENCE_WEIGHTS), evidence))
    return sorted(found, key=lambda one: (-one.confidence, one.child, one.parent))


def reference_evidence(
    facts: Facts, inclusion: Inclusion, primary_keys: Mapping[str, tuple[str, ...]], rivals: int
) -> dict[str, float]:
    """Evidence of one inclusion; that of a composite one is the mean over its columns, its chance the product."""
    children, parents = facts.of(inclusion.child), facts.of(inclusion.parent)
    pairs = list(zip(children, parents, strict=True))
    own_key = primary_keys.get(inclusion.child.table, ())
    is_primary = set(inclusion.child.columns) == set(own_key)
    opaque = [is_opaque(child.name) or is_opaque(parent.name) for child, parent in pairs]
    names = [
        name_likeness(child.table, child.name, parent.table, parent.name)
        for (child, parent), hidden in zip(pairs, opaque, strict=True)
        if not hidden
    ]
    rows = facts.rows[inclusion.child.table], facts.rows[inclusion.parent.table]
    return {
        "coverage": max(0.0, (inclusion.coverage - 0.8) / 0.2),
        "complete": float(inclusion.coverage == 1.0),
        "name": float(np.mean(names)) if names else 0.0,
        "unnamed": float(np.mean(opaque)),
        "says_key": float(
            np.mean([says_key(child.name) and not hidden for child, hidden in zip(children, opaque, strict=True)])
        ),
        "primary": float(set(inclusion.parent.columns) == set(primary_keys.get(inclusion.parent.table, ()))),
        "surprise": min(1.0, sum(_surprise(child, parent) for child, parent in pairs)),
        "spread": float(np.mean([_spread(child, parent) for child, parent in pairs])),
        "share": float(np.mean([_share(child, parent) for child, parent in pairs])),
        "child_unique": float(all(child.profile.unique for child in children)),
        "child_primary": float(is_primary),
        "child_dense_key": float(is_primary and len(pairs) == 1 and children[0].density > 0.9),
        "thin": float(max(child.distinct for child in children) <= 2),
        "same_type": float(all(child.profile.type == parent.profile.type for child, parent in pairs)),
        "larger": float(rows[0] >= rows[1]),
        "rivals": (rivals - 1) / (rivals + 2.0),
        "composite": float(len(pairs) > 1),
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
