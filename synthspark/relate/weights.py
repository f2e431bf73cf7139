"""The weights of the evidence: log-odds a unit of each feature. Those of references are learned: see learned.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log

KEY_WEIGHTS: Mapping[str, float] = {
    "intercept": -2.0,
    "single": 1.5,
    "columns": -1.5,
    "first": 2.5,
    "late": -2.0,
    "says_key": 2.0,
    "own_name": 2.0,
    "foreign_name": -1.5,
    "references": 2.0,
    "referenced": 3.5,
    "type": 2.0,
    "ascending": 0.5,
    "dense": 0.5,
    "few_rows": -1.0,
    "link": 5.0,
    "usual": 1.5,
}


def weighted(evidence: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Log-odds of the evidence; features without a weight do not count."""
    return weights["intercept"] + sum(weights.get(name, 0.0) * value for name, value in evidence.items())


def probability(evidence: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Logistic of the weighted evidence."""
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, weighted(evidence, weights)))))


def logit(share: float) -> float:
    """Log-odds of a probability, kept finite."""
    share = min(max(share, 1e-6), 1.0 - 1e-6)
    return log(share / (1.0 - share))


def shares(totals: Sequence[float]) -> list[float]:
    """Probability of each of several alternatives that exclude each other, "none of them" being one more.

    A multinomial logit: the odds of an alternative against none are the exponential of its total.
    """
    top = max(0.0, *totals)
    odds = [exp(total - top) for total in totals]
    whole = exp(-top) + sum(odds)
    return [one / whole for one in odds]
