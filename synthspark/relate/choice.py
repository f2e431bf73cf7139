"""From many possible foreign keys to one coherent set."""

from __future__ import annotations

from collections.abc import Sequence

from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Place

LEAST_COPY = 0.3  # confidence both ways, so that keys that are equal by chance, such as 1 to 20, are no copies


def choose(ranked: Sequence[RankedReference], minimum_confidence: float) -> list[RankedReference]:
    """Foreign keys, most likely first: one parent for each set of child columns, no two ways between two keys.

    A composite key wins over those of its parts that lead to the same table. A reference to a parent that only
    passes the value on to the same grandparent stays; the one past it is left out, since it follows.
    """
    chosen: list[RankedReference] = []
    for reference in _towards_hubs(ranked):
        if reference.confidence < minimum_confidence:
            continue
        if any(_excludes(other, reference) for other in chosen):
            continue
        chosen = [other for other in chosen if not _replaced_by(other, reference)]
        chosen.append(reference)
    return sorted(chosen, key=lambda one: (-one.confidence, one.child, one.parent))


def _towards_hubs(ranked: Sequence[RankedReference]) -> list[RankedReference]:
    """Without references to keys that are one-to-one copies of another key, which is the hub of its copies.

    Tables that share one key all refer to the one whose name fits best, first in order where names do not tell;
    what refers to any of them refers to the hub.
    """
    hubs = _hubs(ranked)
    known = {(one.child, one.parent) for one in ranked}
    return [
        one
        for one in ranked
        if hubs.get(one.parent, one.parent) == one.parent
        or (one.child != hubs[one.parent] and (one.child, hubs[one.parent]) not in known)
    ]


def _hubs(ranked: Sequence[RankedReference]) -> dict[Place, Place]:
    """The hub of each key that is included in another one which is included in it."""
    confidence = {(one.child, one.parent): one.confidence for one in ranked if one.confidence >= LEAST_COPY}
    names = {(one.child, one.parent): one.evidence["name"] for one in ranked}
    mutual = {pair for pair in confidence if (pair[1], pair[0]) in confidence and pair[0].table != pair[1].table}
    primary = {one.parent for one in ranked if one.evidence["primary"]}
    groups: dict[Place, set[Place]] = {}
    for a, b in sorted(mutual):
        merged = groups.get(a, {a}) | groups.get(b, {b})
        groups.update(dict.fromkeys(merged, merged))

    def merit(place: Place, group: set[Place]) -> tuple[bool, float]:
        return place in primary, max(names.get((other, place), 0.0) for other in group)

    hubs = {}
    for place, group in groups.items():
        best = max(merit(other, group) for other in group)
        hubs[place] = min(other for other in group if merit(other, group) == best)
    return hubs


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
