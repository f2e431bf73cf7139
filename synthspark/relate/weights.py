"""The weights of the evidence, in one place: log-odds a unit of each feature."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

KEY_WEIGHTS: Mapping[str, float] = {
    "intercept": -2.0,
    "single": 1.5,
    "columns": -1.5,
    "first": 2.5,
    "late": -2.0,
    "says_key": 2.0,
    "own_name": 2.0,
    "foreign_name": -0.5,
    "references": 2.0,
    "referenced": 2.5,
    "type": 2.0,
    "ascending": 0.5,
    "dense": 0.5,
    "few_rows": -1.0,
}

REFERENCE_WEIGHTS: Mapping[str, float] = {
    "intercept": -7.0,
    "coverage": 2.0,
    "complete": 1.0,
    "name": 6.0,
    "unnamed": 1.5,
    "says_key": 0.7,
    "primary": 1.5,
    "surprise": 2.0,
    "spread": 1.5,
    "share": 1.0,
    "child_unique": -0.5,
    "child_primary": -2.0,
    "child_dense_key": -2.0,
    "thin": -1.0,
    "same_type": 0.5,
    "larger": 0.3,
    "rivals": -1.0,
    "composite": 0.5,
}


def probability(evidence: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Logistic of the weighted evidence; features without a weight do not count."""
    total = weights["intercept"] + sum(weights.get(name, 0.0) * value for name, value in evidence.items())
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, total))))
