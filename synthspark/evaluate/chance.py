"""What of a distance is chance: two draws of the same world differ too, and the more the fewer rows they have."""

from __future__ import annotations

import math
from collections.abc import Iterable

from synthspark.artifacts.report import Score
from synthspark.evaluate.definitions import mean_of

SHRINK, CHANCE, BEYOND = "shrink", "chance", "beyond_chance"  # entries of a score's breakdown
_ROOT_HALF = 0.5**0.5  # by which a distance falls when rows are doubled, where cells are well filled
_KOLMOGOROV = 0.87  # mean distance of two samples of one world in units of sqrt(1/n + 1/m), where there is no ceiling
_MOST = 0.95  # of a distance that may be chance: with so few rows to a cell nothing can be said
_MOST_UNKNOWN = 0.5  # the same where there is no ceiling


def chance_of(item: Score) -> float:
    """Distance from 1 that a real sample of as many rows as the copy would have on average.

    That of two halves of the real rows (one less the ceiling) is brought to the numbers of rows compared: with all
    rows instead of half of them it shrinks by `SHRINK` of the breakdown, by the square root of two if not said; with a
    copy of another size, in the usual ratio of errors. Of a mean of scores it is the mean over its parts (`CHANCE`).
    """
    if CHANCE in item.breakdown:
        return item.breakdown[CHANCE]
    real, synthetic = max(1, item.rows_real or 1), max(1, item.rows_synthetic or 1)
    if item.ceiling is None:
        return min(_MOST_UNKNOWN, _KOLMOGOROV * math.sqrt(1.0 / real + 1.0 / synthetic))
    halves = max(0.0, 1.0 - item.ceiling)
    return min(_MOST, halves * item.breakdown.get(SHRINK, _ROOT_HALF) * math.sqrt((1.0 + real / synthetic) / 2.0))


def shrink(halves: float | None, quarters: float | None) -> dict[str, float]:
    """Entry of the breakdown: distance of two halves over that of two quarters of the real rows, from 0.707 to 1.

    Both are similarities. What doubling the rows does to the distance of two quarters, doubling them once more does
    nearly as well to that of two halves. It does little where most cells hold the rows of one family alone.
    """
    if halves is None or quarters is None or quarters >= 1.0:
        return {}
    return {SHRINK: round(min(1.0, max(_ROOT_HALF, (1.0 - halves) / (1.0 - quarters))), 4)}


def mean_chance(items: Iterable[Score]) -> dict[str, float]:
    """Entries of the breakdown of a mean of scores: mean chance, and mean beyond chance; empty without a value."""
    known = [item for item in items if item.value is not None]
    chance, beyond = mean_of([chance_of(item) for item in known]), mean_of([beyond_chance(item) for item in known])
    return {} if chance is None or beyond is None else {CHANCE: round(chance, 5), BEYOND: round(beyond, 5)}


def beyond_chance(item: Score) -> float | None:
    """The value over what chance leaves of 1, at most 1: 1 where the copy is as close as real data would be."""
    return None if item.value is None else min(1.0, item.value / (1.0 - chance_of(item)))
