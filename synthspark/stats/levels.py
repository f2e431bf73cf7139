"""How many references to rows of the same table lie above each row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

MOST_LEVELS = 12  # chains of references that are longer are histories, and no levels


def levels_of(parent: IntArray, k: int) -> FloatArray | None:
    """Level of each row below those that point nowhere, less one, shape (n,); NaN for rows that point nowhere.

    The deepest levels count as one until it has k rows.

    Parameters
    ----------
    parent : ndarray of int64, shape (n,)
        Place of the row that each row points to; negative, or its own place, for none.

    Returns
    -------
    ndarray or None
        None where rows lead round in a circle or to more than `MOST_LEVELS`, or where fewer than k point anywhere.
    """
    points = (parent >= 0) & (parent != np.arange(parent.size))
    level = np.where(points, -1, 0)
    for depth in range(1, MOST_LEVELS + 1):
        level[(level < 0) & (level[np.maximum(parent, 0)] == depth - 1)] = depth
    rows = np.bincount(np.maximum(level, 0))
    rows[0] = 0
    if (level < 0).any() or rows.sum() < k:
        return None
    deep = np.cumsum(rows[::-1])[::-1]  # rows of each level and below
    deepest = int(np.flatnonzero(deep >= k)[-1])
    return np.where(points, np.minimum(level, max(deepest, 1)) - 1.0, np.nan)
