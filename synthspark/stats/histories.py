"""The rows of each family in an order, and what came before each of them.

The order is that of time where there is one. Where rows of a family differ more than rows of different families do (one
owner each account, no item twice, shares that add up to one), it is that of the column in which they do: drawn one
after the other, each can keep away from those before it.

References
----------
Fisher (1925), "Statistical methods for research workers", chapter 7: intraclass correlation, negative within families.
"""

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
LEAST_APART = 0.25  # of the most negative correlation that families of their size can have
CLEARLY_APART = 4.0  # standard errors by which a correlation must be negative
LEAST_RISING = 0.75  # of the steps from row to row by which numbers within a family are in its order; half by chance
MOST_APART = 50.0  # rows of a family on average, up to which they are kept apart


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


def family_order(
    owner: IntArray, times: Sequence[FloatArray], rows: FloatArray, categories: Sequence[bool] = ()
) -> FamilyOrder | None:
    """Order of the rows of each owner (negative: none), see the head of this file; None without one.

    The time is the first of `times` that moves. Rows of the same time are ordered by their values, so that the order
    in which they came does not matter. `categories` says which of the columns `rows` are no numbers.
    """
    some = np.flatnonzero(owner >= 0)
    families = np.unique(owner[some]).size
    if not families:
        return None
    ties = np.zeros(owner.size, dtype=np.uint64)
    for values in rows:
        bits = np.ascontiguousarray(np.where(np.isnan(values), -0.5, values + 0.0)).view(np.uint64)
        ties = mix(ties ^ mix(bits + np.uint64(1)))

    def ordered_by(values: FloatArray) -> IntArray:
        return some[np.lexsort((ties[some], np.nan_to_num(values[some], nan=np.inf), owner[some]))]

    for time in times if some.size >= LEAST_ROWS * families else ():
        if np.isnan(time[some]).mean() > 1 - LEAST_KNOWN:
            continue
        order = ordered_by(time)
        same = owner[order][1:] == owner[order][:-1]
        if same.any() and (np.diff(time[order])[same] > 0).mean() >= LEAST_MOVING:
            return _ordered(order, same, owner.size)
    apart = _most_apart(owner[some], rows[:, some], categories) if len(categories) else None
    if apart is None:
        return None
    order = ordered_by(rows[apart])
    return _ordered(order, owner[order][1:] == owner[order][:-1], owner.size)


def _most_apart(owner: IntArray, rows: FloatArray, categories: Sequence[bool]) -> int | None:
    """The column in which rows of one family differ most from each other; None where in none they clearly do."""
    family, sizes = np.unique(owner, return_inverse=True, return_counts=True)[1:]
    several = sizes[family] > 1
    n_rows, n_families = int(several.sum()), int((sizes > 1).sum())
    if n_families < 2 or n_rows > MOST_APART * n_families:
        return None
    family = np.unique(family[several], return_inverse=True)[1].reshape(-1)
    found = [_apart(family, values[several], named) for values, named in zip(rows, categories, strict=True)]
    best = int(np.argmin(found)) if found else 0
    return best if found and found[best] < -LEAST_APART else None


def _apart(family: IntArray, values: FloatArray, is_category: bool) -> float:
    """Intraclass correlation as a share of the most negative one there can be, in [-1, 0]; 0 unless clearly below."""
    if is_category:
        values = np.nan_to_num(values, nan=-1.0)  # a null is a category of its own
    else:
        known = ~np.isnan(values)
        family, values = np.unique(family[known], return_inverse=True)[1].reshape(-1), values[known]
    if family.size < 2:
        return 0.0
    sizes = np.bincount(family).astype(np.float64)
    kinds = np.unique(values, return_inverse=True)[1].reshape(-1)
    between, within = (_of_categories if is_category else _of_ranks)(family, sizes, kinds)
    freedom = sizes.size - 1, family.size - sizes.size
    if min(freedom) < 1 or within <= 0:
        return 0.0
    ratio = (between / freedom[0]) / (within / freedom[1])
    if (ratio - 1) / np.sqrt(2 / freedom[0] + 2 / freedom[1]) > -CLEARLY_APART:
        return 0.0
    size = (family.size - (sizes**2).sum() / family.size) / freedom[0]
    return float((ratio - 1) / (ratio + size - 1) * (size - 1))


def _of_categories(family: IntArray, sizes: FloatArray, kinds: IntArray) -> tuple[float, float]:
    """Sums of squares of the indicators of all categories, between families and within."""
    n_kinds = int(kinds.max()) + 1
    pairs, rows = np.unique(family * n_kinds + kinds, return_counts=True)
    middle = float((np.bincount(kinds).astype(np.float64) ** 2).sum() / family.size)
    within = float(family.size - (rows**2 / sizes[pairs // n_kinds]).sum())
    return family.size - middle - within, within


def _of_ranks(family: IntArray, sizes: FloatArray, ranks: IntArray) -> tuple[float, float]:
    """Sums of squares of ranks, between families and within."""
    centred = ranks - ranks.mean()
    means = np.bincount(family, weights=centred) / sizes
    between = float((sizes * means**2).sum())
    return between, float((centred**2).sum()) - between


def follows(values: FloatArray, before: IntArray) -> bool:
    """Whether a number of each row, shape (n,), is mostly higher than that of the row before it in its family."""
    later = np.flatnonzero(before >= 0)
    rising = values[later] > values[before[later]]
    return not later.size or float(rising.mean()) >= LEAST_RISING


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
