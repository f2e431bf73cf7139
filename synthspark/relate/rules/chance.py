"""How surprising it is that something holds in every row: what independent columns of the same values would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthspark.rules.kernels import descends
from synthspark.rules.values import FloatArray, IntArray

LEAST_EXPECTED = 20.0
"""Violations that independent columns would show before their absence is news: chance e^-20, two in a billion."""

NEAR = 0.1  # gaps up to this share of the median gap are close to equality
MOST_VALUES = 2_000  # distinct values whose shares are looked at; the rest is rare


@dataclass(frozen=True)
class OrderEvidence:
    """Rows with both values, rows out of order and those expected of independent columns.

    `near` counts rows close to equality, `differing` those with two different values.
    """

    support: int
    violations: int
    expected: float
    near: int
    differing: int

    @property
    def surprise(self) -> float:
        """Nats: of independent columns, and of rows that differ one way or the other by the toss of a coin."""
        return float(min(self.expected, self.differing * np.log(2.0)))


def order_evidence(lower: FloatArray, upper: FloatArray) -> OrderEvidence:
    """Evidence that `lower` never exceeds `upper`.

    Rows in which the lower value is below all upper ones, or the upper value above all lower ones, say nothing and
    do not count as close.
    """
    known = ~np.isnan(lower) & ~np.isnan(upper)
    a, b = lower[known], upper[known]
    if not len(a):
        return OrderEvidence(0, 0, 0.0, 0, 0)
    expected = float(np.searchsorted(np.sort(b), a, side="left").sum() / len(a))
    gap = b - a
    telling = (a > b.min()) & (b < a.max())
    typical = float(np.median(np.abs(gap)))
    near = int((telling & (gap >= 0) & (gap <= NEAR * typical)).sum())
    return OrderEvidence(len(a), int(descends(a, b).sum()), expected, near, int((gap != 0).sum()))


def dependency_surprise(determinant: IntArray, dependent: IntArray) -> float:
    """Minus the log of the chance that independent rows agree in the dependent wherever they do in the determinant.

    Each group of s rows agrees by chance with probability sum(q^s), q the shares of the dependent's values.
    """
    known = (determinant >= 0) & (dependent >= 0)
    if not known.any():
        return 0.0
    sizes, times = np.unique(np.unique(determinant[known], return_counts=True)[1], return_counts=True)
    shares = np.sort(np.unique(dependent[known], return_counts=True)[1])[::-1][:MOST_VALUES] / known.sum()
    log_shares = np.log(shares)
    total = 0.0
    for size, count in zip(sizes, times, strict=True):
        if size > 1:
            total -= count * np.logaddexp.reduce(size * log_shares)
    return float(total)


def agreement_surprise(left: IntArray, right: IntArray) -> float:
    """Minus the log of the chance that two independent columns with these values are equal in all rows."""
    values = np.maximum(left.max(initial=0), right.max(initial=0)) + 1
    ours, theirs = (np.bincount(side, minlength=values) / max(len(side), 1) for side in (left, right))
    chance = float((ours * theirs).sum())
    return len(left) * -np.log(max(chance, 1e-300)) if chance < 1 else 0.0
