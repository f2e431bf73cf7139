"""Learn the weights of the evidence: a multinomial logit with a prior, sign constraints and one weight a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from truth import Truth, identity

from synthspark.relate.context import context_evidence
from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Facts
from synthspark.relate.hubs import may_be_copy, referring, towards_hubs
from synthspark.relate.weights import logit, shares, weighted

STRENGTH = 0.2  # of the prior that draws every weight to nothing
CALIBRATION_STRENGTH = 0.1
LEAST_CERTAINTY = 0.02  # references below are no matter of calibration
# What can only speak for a reference, and what only against one; and where eleven databases are too few to tell.
FOR = [
    "name",
    "name_strong",
    "says_key",
    "parent_says_key",
    "parent_own_name",
    "well_covered",
    "complete",
    "primary",
    "surprise",
    "tuple_surprise",
    "spread",
    "share",
    "fullness",
    "variety",
    "larger",
    "same_type",
    "first",
    "titled",
    "nameless_surprise",
    "nameless_fullness",
    "nameless_variety",
    "nameless_edge",
    "edge",
    "unnamed",
]
AGAINST = [
    "misfit",
    "nameless_misfit",
    "slant",
    "top_gap",
    "thin",
    "constant",
    "loops",
    "measure",
    "crossing",
    "satellite",
    "child_primary",
    "child_dense_key",
    "outnamed",
    "composite_alternate",
    "nameless_slant",
    "nameless_top_gap",
    "nameless_constant",
]
BOUNDS: Mapping[str, tuple[float | None, float | None]] = {
    **dict.fromkeys(FOR, (0.0, None)),
    **dict.fromkeys(AGAINST, (None, 0.0)),
    "tree": (0.0, 2.0),
    "time_alone": (None, -6.0),  # moments identify nothing by themselves
    "nullable": (-2.0, 0.3),
    "self": (-2.0, 0.0),
    "few_parents": (-2.0, 0.0),
    "misnamed": (-4.0, -1.0),
    "growth": (0.0, 2.5),
    # What these databases have too few of to learn from.
    "unguessable": (5.0, None),
    "child_numbering": (None, -4.0),
    "polymorphic": (None, -2.5),
    "loose": (None, -3.0),
}
CONTEXT: Mapping[str, tuple[float | None, float | None]] = {
    "intercept": (None, None),
    "logit": (0.0, None),
    "borrowed": (None, 0.0),
    "composite": (None, None),
    "rivals": (None, 0.0),
    "unnamed": (None, None),
    "returns": (None, 0.0),
    "twin": (None, 0.0),
    "neighbours": (0.0, 1.0),
}


@dataclass(frozen=True)
class Example:
    """Possible references of one database in one variant, with what is true of them."""

    variant: str
    database: str
    facts: Facts
    truth: Truth
    references: Sequence[RankedReference]  # of the same child together
    starts: np.ndarray
    group: np.ndarray
    right: np.ndarray  # references that are right, or lead to a copy of the right key


def example(variant: str, database: str, facts: Facts, truth: Truth, references: Sequence[Any]) -> Example:
    """Order the possible references by child, and mark those that are right."""
    order = sorted(
        range(len(references)), key=lambda i: (referring(references[i])[0], sorted(referring(references[i])[1]))
    )
    ordered = [references[i] for i in order]
    children = [referring(one) for one in ordered]
    first = np.array([i == 0 or children[i] != children[i - 1] for i in range(len(children))], bool)
    right = _right(ordered, truth)
    return Example(variant, database, facts, truth, ordered, np.flatnonzero(first), np.cumsum(first) - 1, right)


def _right(references: Sequence[RankedReference], truth: Truth) -> np.ndarray:
    """Which of several copies of a key is the hub is not for these weights: a reference to any of them is right."""
    right = np.array([identity(one) in truth.foreign_keys for one in references], bool)
    there = {(one.child, one.parent): one for one in references}
    group: dict[Any, Any] = {}

    def root(place: Any) -> Any:
        while group.setdefault(place, place) != place:
            place = group[place]
        return place

    for (child, parent), one in there.items():
        back = there.get((parent, child))
        if back is not None and may_be_copy(one) and may_be_copy(back):
            group[root(child)] = root(parent)
    real = {root(one.parent) for one, yes in zip(references, right, strict=True) if yes and one.parent in group}
    true_group = {
        referring(one): root(one.parent)
        for one, yes in zip(references, right, strict=True)
        if yes and one.parent in group
    }
    for i, one in enumerate(references):
        if one.parent in group:
            own = one.child in group and root(one.child) == root(one.parent) and root(one.parent) in real
            right[i] |= own or true_group.get(referring(one)) == root(one.parent)
    return right


def feature_names(examples: Sequence[Example]) -> list[str]:
    """Names of all evidence that occurs."""
    return sorted({name for one in examples for reference in one.references for name in reference.evidence})


def matrix(one: Example, names: Sequence[str]) -> np.ndarray:
    """Evidence of shape (n_references, 1 + n_features), the first column ones."""
    rows = [[1.0, *(reference.evidence.get(name, 0.0) for name in names)] for reference in one.references]
    return np.array(rows).reshape(len(rows), 1 + len(names))


def learn(examples: Sequence[Example], matrices: Sequence[np.ndarray], names: Sequence[str]) -> dict[str, float]:
    """Weights that make the right references likely; each database counts by the root of its number of keys."""
    used = [(one, held) for one, held in zip(examples, matrices, strict=True) if len(one.references)]
    variants = len({one.variant for one in examples})
    shares_of = [np.sqrt(10.0 / max(1, len(one.truth.foreign_keys))) / variants for one, _ in used]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.5 * STRENGTH * float(np.sum(weights[1:] ** 2)), np.append(0.0, STRENGTH * weights[1:])
        for (one, held), share in zip(used, shares_of, strict=True):
            own, gradient = _loss(one, held, weights)
            total, slope = total + share * own, slope + share * gradient
        return total, slope

    bounds = [(None, None), *(BOUNDS.get(name, (None, None)) for name in names)]
    start = np.array([0.0, *(np.clip(0.0, *(BOUNDS.get(n, (None, None)))) if BOUNDS.get(n) else 0.0 for n in names)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}).x
    return dict(zip(["intercept", *names], (float(weight) for weight in found), strict=True))


def _loss(one: Example, held: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Negative log likelihood of each child's choice: one of the right references, or none where there is none."""
    totals = np.clip(held @ weights, -40.0, 40.0)
    top = np.maximum(np.maximum.reduceat(totals, one.starts), 0.0)
    odds = np.exp(totals - top[one.group])
    whole = np.add.reduceat(odds, one.starts) + np.exp(-top)
    hits = odds * one.right
    right = np.add.reduceat(hits, one.starts)
    likely = np.where(right > 0, right, np.exp(-top))
    pull = odds / whole[one.group] - hits / np.where(right > 0, right, 1.0)[one.group]
    return float(np.sum(np.log(whole) - np.log(likely))), held.T @ pull


def ranked(one: Example, weights: Mapping[str, float]) -> list[RankedReference]:
    """The references with the probabilities that the weights give them, copies of keys merged."""
    totals = [weighted(reference.evidence, weights) for reference in one.references]
    found = []
    for start, end in zip(one.starts, [*one.starts[1:], len(totals)], strict=True):
        confidences = shares(totals[start:end])
        found += [
            RankedReference(reference.inclusion, confidence, reference.evidence, total, confidence)
            for reference, confidence, total in zip(
                one.references[start:end], confidences, totals[start:end], strict=True
            )
        ]
    return found


def learn_calibration(examples: Sequence[Example], ranks: Sequence[Sequence[RankedReference]]) -> dict[str, float]:
    """What a reference's place among the others does to its probability, from ranks by weights learned elsewhere."""
    rows, right = [], []
    for one, ranking in zip(examples, ranks, strict=True):
        towards = towards_hubs(one.facts, ranking)
        context = context_evidence(one.facts, towards)
        best: dict[Any, float] = {}
        for reference in towards:
            best[referring(reference)] = max(best.get(referring(reference), 0.0), reference.certainty)
        for reference in towards:
            extra = context[reference.child, reference.parent]
            sure = reference.certainty > LEAST_CERTAINTY and reference.confidence > 0.8 * reference.certainty
            told = identity(reference) not in one.truth.neutral and not extra["implied"]
            if sure and told and reference.certainty == best[referring(reference)]:
                known = {"intercept": 1.0, "logit": logit(reference.certainty), **reference.evidence, **extra}
                rows.append([known[name] for name in CONTEXT])
                right.append(identity(reference) in one.truth.foreign_keys)
    held, truth = np.array(rows), np.array(right, float)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        totals = held @ weights
        prior = 0.5 * CALIBRATION_STRENGTH * float(np.sum(weights[2:] ** 2))
        slope = np.append([0.0, 0.0], CALIBRATION_STRENGTH * weights[2:])
        chance = 1.0 / (1.0 + np.exp(-totals))
        return float(np.sum(np.logaddexp(0.0, totals) - truth * totals)) + prior, held.T @ (chance - truth) + slope

    start = np.array([0.0, 1.0, *([0.0] * (len(CONTEXT) - 2))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=list(CONTEXT.values())).x
    return dict(zip(CONTEXT, (float(weight) for weight in found), strict=True))
