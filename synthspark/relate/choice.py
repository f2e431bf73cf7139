"""From many possible foreign keys to one coherent set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from synthspark.relate.context import SAME, context_evidence
from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Facts, Place
from synthspark.relate.hubs import towards_hubs
from synthspark.relate.learned import CALIBRATION_WEIGHTS
from synthspark.relate.weights import logit, probability

IMPLIED = 0.3  # of a reference that follows from a composite one: documented schemas leave most of them out
OTHER_HUB = 0.49  # of a reference to a copy of the key that is proposed


def settle(
    facts: Facts, ranked: Sequence[RankedReference], calibration: Mapping[str, float] = CALIBRATION_WEIGHTS
) -> list[RankedReference]:
    """All references with the probability that they have beside each other, the most likely first.

    Tables that share one key refer to one of them, the hub; what refers to any of them refers to the hub. A reference
    that follows from a composite one, and one to a key which consists of references only, is less likely; how much
    less is learned like the weights of the evidence.
    """
    towards = towards_hubs(facts, ranked)
    context = context_evidence(facts, towards)
    found = []
    for reference in towards:
        extra = context[reference.child, reference.parent]
        evidence = {**reference.evidence, **extra}
        if not reference.certainty:  # another one of its group is the one to propose
            found.append(replace(reference, confidence=min(reference.confidence, OTHER_HUB), evidence=evidence))
            continue
        same = {name: reference.evidence[name] for name in SAME}
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
