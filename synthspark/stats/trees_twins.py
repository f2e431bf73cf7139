"""A number that equals another one in part of the rows: a contract that starts on the day the customer came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.trees_order import is_comparable

SAME = Domain("category", "string", ("same", "other"))
LEAST_SHARE = 0.05  # of the rows in which both are there, from which equal numbers are drawn as such
LEAST_EQUAL = 40  # rows
_SURPRISE = 5.0  # times as many as in shuffled rows
_SAMPLE = 20_000


def find_twin(values: FloatArray, domain: Domain, candidates: Sequence[tuple[int, FloatArray, Domain]]) -> int | None:
    """The candidate, by its number, that these values equal most often, and far more so than by chance; None for none.

    Numbers that equal it in nearly all rows are no twins: the few others would say nothing of themselves.
    """
    best, most = None, LEAST_SHARE
    if domain.kind != "number" or domain.type == "boolean":
        return None
    for number, other, kind in candidates:
        if not is_comparable(kind, domain):
            continue
        rows = np.flatnonzero(np.isfinite(values) & np.isfinite(other))
        rows = rows[np.linspace(0, rows.size - 1, min(rows.size, _SAMPLE)).astype(np.int64)] if rows.size else rows
        share = (values[rows] == other[rows]).mean() if rows.size else 0.0
        if share > most and share * rows.size >= LEAST_EQUAL and (1 - share) * rows.size >= LEAST_EQUAL:
            by_chance = (values[rows] == np.roll(other[rows], rows.size // 2)).mean()
            if share >= _SURPRISE * by_chance:
                best, most = number, share
    return best
