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
    "link": 5.0,
}

# Set by hand after logistic regressions on eleven databases with known keys, each also with its names made
# meaningless, with dirty values and with sampled children, one database left out at a time.
REFERENCE_WEIGHTS: Mapping[str, float] = {
    "intercept": -13.5,
    "name": 5.5,
    "misnamed": -1.0,
    "unnamed": 2.5,
    "says_key": 1.0,
    "well_covered": 5.0,
    "complete": 1.0,
    "primary": 1.5,
    "surprise": 2.0,
    "spread": 3.0,
    "share": 0.5,
    "child_unique": -0.3,
    "child_primary": -2.2,
    "child_dense_key": -2.7,
    "thin": -0.5,
    "constant": -2.5,
    "time": -1.6,
    "text": 0.8,
    "same_type": 2.0,
    "composite": -1.0,
    "rivals": -2.0,
    "outnamed": -5.0,
    "outspread": -1.9,
    "passes_on": 1.0,
}


def probability(evidence: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Logistic of the weighted evidence; features without a weight do not count."""
    total = weights["intercept"] + sum(weights.get(name, 0.0) * value for name, value in evidence.items())
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, total))))
