"""Numbers kept between bounds: mirrored at them, so that the gap to a bound keeps its size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthspark.rules.values import BoolArray, FloatArray

Span = tuple[float, float]


def kept_between(own: FloatArray, low: FloatArray, high: FloatArray, span: Span, moved: BoolArray) -> FloatArray:
    """The numbers within their bounds; those that obey stay, unless they were `moved` out of the span.

    Parameters
    ----------
    low, high : ndarray of shape (n,)
        NaN where there is no bound. Where they contradict each other, the lower one holds.
    span : pair of float
        Range that mirrored and moved numbers stay within, where the bounds leave room for it.
    """
    first = np.where(np.isnan(high) | (span[0] <= high), span[0], -np.inf)
    last = np.where(np.isnan(low) | (span[1] >= low), span[1], np.inf)
    least, most = np.fmax(low, first), np.fmin(high, last)
    with np.errstate(invalid="ignore"):
        wrong = (own < low) | (own > high) | (moved & ((own < least) | (own > most)))
    return np.where(wrong, mirrored(own, least, most), own)


def mirrored(own: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Numbers mirrored at two bounds, of which one may be endless, until they lie between them; `low` without room."""
    with np.errstate(invalid="ignore"):
        above, below = low + np.abs(own - low), high - np.abs(high - own)
        width = high - low
        turned = np.mod(own - low, np.where(width > 0, 2 * width, 1.0))
        between = low + np.where(turned > width, 2 * width - turned, turned)
    inside = np.where(width > 0, between, low)
    return np.where(np.isinf(high), np.where(np.isinf(low), own, above), np.where(np.isinf(low), below, inside))


def along(moves: Sequence[FloatArray], n_rows: int) -> FloatArray:
    """By how much each row follows what bounds it: the first of the moves that is one."""
    found = np.zeros(n_rows)
    for move in moves:
        found = np.where(found == 0, move, found)
    return found
