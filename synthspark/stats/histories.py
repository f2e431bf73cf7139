"""The rows of each family in the order of time, and what came before each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.seeds import mix
from synthspark.stats.frame import FloatArray

IntArray = npt.NDArray[np.int64]

LEAST_ROWS = 3.0  # of a family on average, those that have one, from which its order is looked at
LEAST_KNOWN = 0.95  # of the rows that must have a time
LEAST_WITHIN = 0.95  # of the references to rows of the same table that must lead back within the family
MOST_STEPS = 64
LEAST_MOVING = 0.5  # of the steps from row to row in which time must pass


@dataclass(frozen=True, eq=False)
class FamilyOrder:
    """Place of each row in its family (0 for the first; -1 without family), and the row before it (-1 for none)."""

    position: IntArray
    before: IntArray

    def history(self, matrix: FloatArray) -> FloatArray:
        """Position and the columns of the row before, shape (1 + n_columns, n_rows); NaN for the first of a family."""
        shifted = np.where(self.before >= 0, matrix[:, np.maximum(self.before, 0)], np.nan)
        position = np.where(self.position >= 0, self.position, np.nan)
        return np.concatenate([position[None, :], shifted])


def family_order(owner: IntArray, times: Sequence[FloatArray], rows: FloatArray) -> FamilyOrder | None:
    """Order of the rows of each owner (negative: none) by the first of the times that moves; None without one.

    Rows of the same time are ordered by their values, so that the order in which they came does not matter.
    """
    some = np.flatnonzero(owner >= 0)
    families = np.unique(owner[some]).size
    if not families or some.size < LEAST_ROWS * families:
        return None
    ties = np.zeros(owner.size, dtype=np.uint64)
    for values in rows:
        bits = np.ascontiguousarray(np.where(np.isnan(values), -0.5, values + 0.0)).view(np.uint64)
        ties = mix(ties ^ mix(bits + np.uint64(1)))
    for time in times:
        if np.isnan(time[some]).mean() > 1 - LEAST_KNOWN:
            continue
        order = some[np.lexsort((ties[some], np.nan_to_num(time[some], nan=np.inf), owner[some]))]
        same = owner[order][1:] == owner[order][:-1]
        if same.any() and (np.diff(time[order])[same] > 0).mean() >= LEAST_MOVING:
            return _ordered(order, same, owner.size)
    return None


def steps_back(target: IntArray, owner: IntArray, position: IntArray) -> tuple[tuple[int, int], ...]:
    """How many places of their family's order rows point back, and how many rows so far; none where they do not.

    Parameters
    ----------
    target, owner, position : ndarray of int64, shape (n,)
        Row that each row points to, its family, its place there; negative for none.
    """
    points = np.flatnonzero(target >= 0)
    to = target[points]
    back = position[points] - position[to]
    within = (owner[points] >= 0) & (owner[points] == owner[to]) & (back > 0)
    if not points.size or within.mean() < LEAST_WITHIN:
        return ()
    steps, rows = np.unique(np.minimum(back[within], MOST_STEPS), return_counts=True)
    return tuple(zip(steps.tolist(), rows.tolist(), strict=True))


def _ordered(order: IntArray, same: npt.NDArray[np.bool_], n_rows: int) -> FamilyOrder:
    before = np.full(n_rows, -1, dtype=np.int64)
    before[order[1:][same]] = order[:-1][same]
    starts = np.flatnonzero(np.append(True, ~same))
    position = np.full(n_rows, -1, dtype=np.int64)
    sizes = np.diff(np.append(starts, order.size))
    position[order] = np.arange(order.size) - np.repeat(starts, sizes)
    return FamilyOrder(position, before)
