"""Copies of one key in several tables, and which of them is the hub that the others refer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp

import numpy as np

from synthspark.relate.evidence import MEASURES, SAME_NAME, RankedReference
from synthspark.relate.facts import Facts, Place

LEAST_COPY = -4.0  # log-odds of a reference between two keys of the same values, so that 1 to 20 twice are no copies
SURPRISING = 0.5  # values that chance would hardly bring
LEAST_VARIETY = 0.3  # of the values of copies: log10 of their number to that of a thousand
# Log-odds that a copy is the hub. The evidence of its references repeats itself and counts by half; the table of an
# entity names its rows, and its satellites measure them; a key is called after its own entity.
HUB_SCALE = 0.5
TITLED_HUB = 3.0
NAMED_HUB = 5.0
MEASURED_HUB = -3.0

Group = frozenset[Place]


def towards_hubs(facts: Facts, ranked: Sequence[RankedReference]) -> list[RankedReference]:
    """References with copies of keys merged: `certainty` is that of the whole group, `confidence` that of the member.

    Those to other members than the hub, and those of the hub to its copies, keep the confidence that the other
    member is the hub and lose their certainty.
    """
    hubs = find_hubs(facts, ranked)
    of_child: dict[tuple[str, frozenset[str]], list[RankedReference]] = defaultdict(list)
    for one in ranked:
        of_child[referring(one)].append(one)
    found = []
    for alternatives in of_child.values():
        groups: dict[object, list[RankedReference]] = defaultdict(list)
        for one in alternatives:
            groups[hubs[one.parent][0] if one.parent in hubs else one.parent].append(one)
        for members in groups.values():
            found += _merged(members, hubs)
    return found


def referring(one: RankedReference) -> tuple[str, frozenset[str]]:
    """The columns that refer, whatever their order."""
    return one.child.table, frozenset(one.child.columns)


def _merged(
    members: list[RankedReference], hubs: Mapping[Place, tuple[Group, Mapping[Place, float]]]
) -> list[RankedReference]:
    """One child's references into one group of copies."""
    total = sum(one.confidence for one in members)
    if members[0].parent not in hubs:
        return [replace(one, certainty=one.confidence) for one in members]
    group, merit = hubs[members[0].parent]
    there = {one.parent: merit[one.parent] for one in members}
    own = members[0].child
    if own in group:  # a copy itself: it refers to the hub if it is not the hub
        best = max(merit, key=lambda place: (merit[place], _reverse(place)))
        return [
            replace(
                one,
                certainty=total if one.parent == best and own != best else 0.0,
                confidence=total * merit[one.parent],
            )
            for one in members
        ]
    whole = sum(there.values())
    best = max(there, key=lambda place: (there[place], _reverse(place)))
    return [
        replace(one, certainty=total if one.parent == best else 0.0, confidence=total * there[one.parent] / whole)
        for one in members
    ]


def _reverse(place: Place) -> tuple[int, ...]:
    """Orders places by name from last to first, so that the greatest is the first by name."""
    return tuple(-ord(letter) for letter in str(place))


def find_hubs(facts: Facts, ranked: Sequence[RankedReference]) -> dict[Place, tuple[Group, Mapping[Place, float]]]:
    """For each key with copies: the group of keys with the same values, and how likely each of them is the hub."""
    totals = {(one.child, one.parent): one.total for one in ranked}
    mutual = [
        (one.child, one.parent)
        for one in ranked
        if may_be_copy(one)
        and (one.parent, one.child) in totals
        and max(one.total, totals[one.parent, one.child]) >= LEAST_COPY
    ]
    groups: dict[Place, set[Place]] = {}
    for a, b in sorted(mutual):
        merged = groups.get(a, {a}) | groups.get(b, {b})
        groups.update(dict.fromkeys(merged, merged))
    into: dict[Place, list[RankedReference]] = defaultdict(list)
    for one in ranked:
        into[one.parent].append(one)
    hubs: dict[Place, tuple[Group, Mapping[Place, float]]] = {}
    for group in {frozenset(group) for group in groups.values()}:
        scores = {place: _hub_score(facts, place, group, into[place], totals) for place in group}
        top = max(scores.values())
        odds = {place: exp(score - top) for place, score in scores.items()}
        whole = sum(odds.values())
        hubs.update(dict.fromkeys(group, (group, {place: round(one / whole, 6) for place, one in odds.items()})))
    return hubs


def may_be_copy(one: RankedReference) -> bool:
    """Whether a key holds the values of another one for a reason: the names agree, or chance would hardly do it."""
    apart = one.child.table != one.parent.table and one.evidence["child_unique"]
    named = one.evidence["name"] >= SAME_NAME and one.evidence["variety"] >= LEAST_VARIETY
    return bool(apart and (named or (one.evidence["surprise"] >= SURPRISING and one.evidence["complete"])))


def _hub_score(
    facts: Facts,
    place: Place,
    group: Group,
    into: Sequence[RankedReference],
    totals: Mapping[tuple[Place, Place], float],
) -> float:
    """Log-odds of a hub: how well the other copies refer to it, rather than it to them, and what its table holds."""
    inside = [one for one in into if one.child in group]
    gain = sum(one.total - totals.get((place, one.child), 0.0) for one in inside) / max(1, len(inside))
    titled, named = (max((one.evidence[kind] for one in inside), default=0.0) for kind in ("titled", "parent_own_name"))
    return HUB_SCALE * gain + TITLED_HUB * titled + NAMED_HUB * named + MEASURED_HUB * _measured(facts, place)


def _measured(facts: Facts, place: Place) -> float:
    """Share of measures among the columns that vary, the key left out."""
    others = [column for name, column in facts.tables[place.table].items() if name not in place.columns]
    varying = [column.profile.semantic in MEASURES - {"boolean"} for column in others if column.distinct > 1]
    return float(np.mean(varying)) if varying else 0.0
