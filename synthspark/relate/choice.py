"""From many possible foreign keys to one coherent set."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import exp

from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Facts, Place
from synthspark.relate.learned import CALIBRATION_WEIGHTS
from synthspark.relate.weights import logit, probability

LEAST_COPY = -4.0  # log-odds of a reference between two keys of the same values, so that 1 to 20 twice are no copies
SAME_NAME = 0.85  # name likeness that makes keys of equal values copies even where chance could do it
LEAST_VARIETY = 0.3  # of the values of copies: log10 of their number to that of a thousand
HUB_SCALE = 0.5  # how sure a difference in log-odds makes the choice of a hub: its terms repeat each other
IMPLIED = 0.3  # of a reference that follows from a composite one: documented schemas leave most of them out
OTHER_HUB = 0.49  # of a reference to a copy of the key that is proposed
BORROWED = 0.5  # probability from which a column of a key counts as a reference itself
SURPRISING = 0.5  # tuples that match by more than the fullness of the parent's grid

Group = frozenset[Place]


def settle(
    facts: Facts, ranked: Sequence[RankedReference], calibration: Mapping[str, float] = CALIBRATION_WEIGHTS
) -> list[RankedReference]:
    """All references with the probability that they have beside each other, the most likely first.

    Tables that share one key refer to one of them, the hub; what refers to any of them refers to the hub. A reference
    that follows from a composite one, and one to a key which consists of references only, is less likely; how much
    less is learned like the weights of the evidence.
    """
    towards = towards_hubs(ranked)
    context = context_evidence(facts, towards)
    found = []
    for reference in towards:
        extra = context[reference.child, reference.parent]
        evidence = {**reference.evidence, **extra}
        if not reference.certainty:  # another one of its group is the one to propose
            found.append(replace(reference, confidence=min(reference.confidence, OTHER_HUB), evidence=evidence))
            continue
        same = {name: reference.evidence[name] for name in ("composite", "unnamed")}
        own = {"logit": logit(reference.certainty), **extra, **same}
        certainty = probability(own, calibration)
        if extra["implied"]:
            certainty = min(certainty, IMPLIED)
        share = reference.confidence / reference.certainty
        found.append(replace(reference, certainty=certainty, confidence=certainty * share, evidence=evidence))
    return _sorted(found)


def choose(settled: Sequence[RankedReference], minimum_confidence: float) -> list[RankedReference]:
    """Foreign keys, most likely first: one parent for each set of child columns, no two ways between two keys.

    A composite key wins over those of its parts that lead to the same table. What counts is the certainty that the
    columns refer to these keys at all: of equal hubs one is proposed even though none is more likely than the others.
    """
    chosen: list[RankedReference] = []
    for reference in sorted(settled, key=lambda one: (-one.certainty, -one.confidence, one.child, one.parent)):
        if reference.certainty < minimum_confidence or any(_excludes(other, reference) for other in chosen):
            continue
        chosen = [other for other in chosen if not _part_of(other, reference)]
        chosen.append(reference)
    return _sorted(chosen)


def _sorted(references: Sequence[RankedReference]) -> list[RankedReference]:
    return sorted(references, key=lambda one: (-one.confidence, one.child, one.parent))


def towards_hubs(ranked: Sequence[RankedReference]) -> list[RankedReference]:
    """References with copies of keys merged: `certainty` is that of the whole group, `confidence` that of the member.

    Those to other members than the hub, and those of the hub to its copies, keep the confidence that the other
    member is the hub and lose their certainty.
    """
    hubs = find_hubs(ranked)
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


def find_hubs(ranked: Sequence[RankedReference]) -> dict[Place, tuple[Group, Mapping[Place, float]]]:
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
        scores = {place: _hub_score(place, group, into[place], totals) for place in group}
        top = max(scores.values())
        odds = {place: exp(HUB_SCALE * (score - top)) for place, score in scores.items()}
        whole = sum(odds.values())
        hubs.update(dict.fromkeys(group, (group, {place: round(one / whole, 6) for place, one in odds.items()})))
    return hubs


def may_be_copy(one: RankedReference) -> bool:
    """Whether a key holds the values of another one for a reason: the names agree, or chance would hardly do it."""
    apart = one.child.table != one.parent.table and one.evidence["child_unique"]
    named = one.evidence["name"] >= SAME_NAME and one.evidence["variety"] >= LEAST_VARIETY
    return bool(apart and (named or (one.evidence["surprise"] >= SURPRISING and one.evidence["complete"])))


def _hub_score(
    place: Place, group: Group, into: Sequence[RankedReference], totals: Mapping[tuple[Place, Place], float]
) -> float:
    """What speaks for a hub: how well the other copies refer to it, rather than it to them."""
    inside = [one for one in into if one.child in group]
    gain = sum(one.total - totals.get((place, one.child), 0.0) for one in inside)
    return gain / max(1, len(inside))


def context_evidence(
    facts: Facts, references: Sequence[RankedReference]
) -> dict[tuple[Place, Place], dict[str, float]]:
    """What the other references say of each: whether it follows from them, whether its parent's key is borrowed."""
    likely = [one for one in references if one.certainty >= BORROWED]
    rivals = Counter(map(referring, references))
    by_child: dict[str, list[RankedReference]] = defaultdict(list)
    for one in likely:
        by_child[one.child.table].append(one)
    single = {(one.child.table, one.child.columns[0]): one for one in likely if len(one.child.columns) == 1}

    def refers(place: Place) -> Callable[[str], bool]:
        return lambda column: (
            (place.table, column) in single and single[place.table, column].parent.table != place.table
        )

    found = {}
    for one in references:
        composite = len(one.parent.columns) > 1
        borrowed = composite and all(map(refers(one.parent), one.parent.columns))
        found[one.child, one.parent] = {
            "implied": float(_implied(facts, one, by_child)),
            "borrowed": float(borrowed),
            "rivals": rivals[referring(one)] / (rivals[referring(one)] + 3.0),
        }
    return found


def _implied(facts: Facts, reference: RankedReference, by_child: Mapping[str, Sequence[RankedReference]]) -> bool:
    """Whether a wider reference of the same rows leads to a table that refers to the same parent with these columns."""
    for wider in by_child[reference.child.table]:
        if not set(reference.child.columns) < set(wider.child.columns) or not _same_rows(facts, reference, wider):
            continue
        if wider.evidence["tuple_surprise"] < SURPRISING:
            continue
        carried = dict(zip(wider.child.columns, wider.parent.columns, strict=True))
        start = tuple(carried[column] for column in reference.child.columns)
        for onward in by_child[wider.parent.table]:
            if _follows(start, onward, reference.parent):
                return True
            if set(start) < set(onward.child.columns) and onward is not reference:
                further = dict(zip(onward.child.columns, onward.parent.columns, strict=True))
                second = tuple(further[column] for column in start)
                if any(_follows(second, last, reference.parent) for last in by_child[onward.parent.table]):
                    return True
    return False


def _follows(columns: tuple[str, ...], reference: RankedReference, parent: Place) -> bool:
    """Whether the reference takes these columns to the columns of the parent."""
    if reference.parent.table != parent.table or set(columns) != set(reference.child.columns):
        return False
    carried = dict(zip(reference.child.columns, reference.parent.columns, strict=True))
    return tuple(carried[column] for column in columns) == parent.columns


def _same_rows(facts: Facts, reference: RankedReference, wider: RankedReference) -> bool:
    own = max(column.profile.nulls for column in facts.of(reference.child))
    others = max(column.profile.nulls for column in facts.of(wider.child))
    return others <= own and wider.inclusion.coverage >= reference.inclusion.coverage - 0.01


def _excludes(chosen: RankedReference, reference: RankedReference) -> bool:
    if set(chosen.child.columns) == set(reference.child.columns) and chosen.child.table == reference.child.table:
        return True
    if _same(chosen.child, reference.parent) and _same(chosen.parent, reference.child):
        return True
    return _part_of(reference, chosen)


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
