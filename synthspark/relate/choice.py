"""From many possible foreign keys to one coherent set."""

from __future__ import annotations

from collections.abc import Sequence

from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Place


def choose(ranked: Sequence[RankedReference], minimum_confidence: float) -> list[RankedReference]:
    """Foreign keys, most likely first: one parent for each set of child columns, no two ways between two keys.

    A composite key wins over those of its parts that lead to the same table. A reference to a parent that only
    passes the value on to the same grandparent stays; the one past it is left out, since it follows.
    """
    chosen: list[RankedReference] = []
    for reference in ranked:
        if reference.confidence < minimum_confidence:
            continue
        if any(_excludes(other, reference) for other in chosen):
            continue
        chosen = [other for other in chosen if not _replaced_by(other, reference)]
        chosen.append(reference)
    return sorted(chosen, key=lambda one: (-one.confidence, one.child, one.parent))


def _excludes(chosen: RankedReference, reference: RankedReference) -> bool:
    if set(chosen.child.columns) == set(reference.child.columns) and chosen.child.table == reference.child.table:
        return True
    if _same(chosen.child, reference.parent) and _same(chosen.parent, reference.child):
        return True
    return _part_of(reference, chosen)


def _replaced_by(chosen: RankedReference, reference: RankedReference) -> bool:
    return _part_of(chosen, reference)


def _part_of(part: RankedReference, whole: RankedReference) -> bool:
    """Whether one reference is a part of the other: the same two tables, fewer of the same columns."""
    return (
        part.child.table == whole.child.table
        and part.parent.table == whole.parent.table
        and set(part.child.columns) < set(whole.child.columns)
        and set(part.parent.columns) < set(whole.parent.columns)
    )


def _same(a: Place, b: Place) -> bool:
    return a.table == b.table and set(a.columns) == set(b.columns)
