"""How many values a column's format can hold, so that a repeat by chance is told from a copied value."""

from __future__ import annotations

import math
from collections.abc import Sequence

DENSE_SHARE = 1_000.0
"""A format with fewer possible values than this for each value of the source is dense: numbered keys, dates as
codes. Any other value of such a format may be some row's, so that a repeat tells nothing."""

CHANCE_BOUND = 0.01
"""Fewer repeats than this expected by chance: then a single one is too many."""

SPREADS = 5.0
"""Standard deviations above the number of repeats expected by chance (a Poisson count)."""

POSITIONS = 32
"""Characters looked at; what can vary in this many is never dense."""

_CLASSES = (("0", "9"), ("A", "Z"), ("a", "z"))
_OTHER_CHARACTERS = 10  # of a place that holds letters of other alphabets or punctuation, besides its own range


def format_capacity(lowest: Sequence[str | None], highest: Sequence[str | None]) -> float:
    """Number of values of the format in which each place runs from its lowest to its highest character.

    A place with one character throughout counts 1, one within digits, capitals or small letters its range, a
    mixed one all classes it spans. Empty sequences (no values) give 1.
    """
    logarithm = sum(
        math.log(_alphabet(low, high))
        for low, high in zip(lowest, highest, strict=True)
        if low and high and low != high
    )
    return math.exp(min(logarithm, 600.0))


def _alphabet(low: str, high: str) -> int:
    for first, last in _CLASSES:
        if first <= low and high <= last:
            return ord(high) - ord(low) + 1
    spanned = 0
    for first, last in _CLASSES:
        start, end = max(low, first), min(high, last)
        spanned += max(0, ord(end) - ord(start) + 1)
    return spanned or min(ord(high) - ord(low) + 1, _OTHER_CHARACTERS)


def is_dense(capacity: float, source_values: int) -> bool:
    """Whether the source fills so much of its format that repeats cannot be avoided and tell nothing."""
    return capacity <= DENSE_SHARE * source_values


def repeats_by_chance(capacity: float, source_values: int, synthetic_values: int) -> float:
    """Most repeats that chance explains when synthetic values fall anywhere in the format; 0 when rare."""
    expected = source_values * synthetic_values / capacity
    return 0.0 if expected < CHANCE_BOUND else math.ceil(expected + SPREADS * math.sqrt(expected))
