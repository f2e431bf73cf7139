"""Values drawn without replacement within each parent, the shares of all values kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def inclusion(weights: FloatArray, size: int) -> FloatArray:
    """Probability that each item is among `size` drawn ones: proportional to its weight, at most 1; sums to `size`.

    Items whose share would exceed 1 are certain, and the others share what is left.

    References
    ----------
    Tillé (2006), "Sampling Algorithms", section 2.10.
    """
    n_items = weights.size
    if size >= n_items:
        return np.ones(n_items)
    order = np.argsort(-weights, kind="stable")
    ranked = weights[order]
    left = np.cumsum(ranked[::-1])[::-1]
    certain = np.arange(n_items) < size
    certain &= (size - np.arange(n_items)) * ranked >= left
    n_certain = int(np.argmin(np.append(certain, False)))
    chances = np.ones(n_items)
    rest = order[n_certain:]
    chances[rest] = (size - n_certain) * weights[rest] / left[n_certain]
    return chances


def draw_distinct(weights: FloatArray, start: FloatArray, position: IntArray, count: IntArray) -> IntArray:
    """Item of each row, shape (n,), distinct for rows of one owner and rising with the position; -1 when none is left.

    Row i is the `position[i]`-th of the `count[i]` rows of an owner whose random start in (0, 1) is `start[i]`.

    References
    ----------
    Madow (1949), "On the theory of systematic sampling, II".
    """
    chosen = np.full(position.shape, -1, dtype=np.int64)
    for size in np.unique(count):
        rows = np.flatnonzero(count == size)
        if size >= weights.size:
            chosen[rows] = np.where(position[rows] < weights.size, position[rows], -1)
            continue
        bounds = np.cumsum(inclusion(weights, int(size)))
        bounds[-1] = size
        # A chance of 1 may reach the next start exactly; the smallest float below keeps draws apart.
        at = position[rows] + np.clip(start[rows], 1e-9, 1 - 1e-9)
        chosen[rows] = np.minimum(np.searchsorted(bounds, at, side="left"), weights.size - 1)
    return chosen
