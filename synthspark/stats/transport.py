"""Rows paired with offers that are like what the rows wish for: mass moved along medians, as in a k-d tree.

Both sides of a group are halved again and again, at the median of the number in which the offers differ most: the
lower half of the wishes goes with the lower half of the offers. Each offer is taken exactly once, in O(n log n), and
where offers lie elsewhere than wishes, ranks decide.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

MOST_HALVINGS = 14  # beyond, a group's parts are so small that the last order will do


def pair_alike(group: IntArray, wanted: FloatArray, offered: FloatArray, worth: FloatArray) -> IntArray:
    """Place of the offer that each row gets, shape (n,).

    Parameters
    ----------
    group : ndarray of shape (n,)
        Group of each row, and of the offer at the same place; rows get offers of their own group.
    wanted, offered : ndarray of shape (n_numbers, n)
        What rows wish for and what offers have. NaN comes before all numbers.
    worth : ndarray of shape (n_numbers,)
        How much a unit of each number matters.

    References
    ----------
    Bentley (1975), "Multidimensional binary search trees used for associative searching".
    """
    n = group.size
    if not n or not wanted.shape[0]:
        return np.arange(n)
    asked, there = (_comparable(side, worth) for side in (wanted, offered))
    _, part = np.unique(group, return_inverse=True)
    ours = theirs = np.argsort(part, kind="stable")
    part = part[ours]
    for _ in range(MOST_HALVINGS):
        size = np.bincount(part)
        if size.max() <= 1:
            break
        along = _widest(there[:, theirs], part, size)[part]
        ours = ours[np.lexsort((asked[along, ours], part))]
        theirs = theirs[np.lexsort((there[along, theirs], part))]
        start = np.cumsum(size) - size
        part = 2 * part + (np.arange(n) - start[part] >= (size // 2)[part])
        _, part = np.unique(part, return_inverse=True)
    out = np.empty(n, dtype=np.int64)
    out[ours] = theirs
    return out


def nearest_of(wanted: FloatArray, offered: FloatArray, worth: FloatArray) -> IntArray:
    """Which of several offers is nearest to each row's wish, shape (n,); `offered` has shape (n_offers, n_numbers, n).

    Distances count as in `pair_alike`; a null is far from all numbers.
    """
    gap = np.abs(offered - wanted[None]) * worth[None, :, None]
    both, furthest = np.isnan(offered) & np.isnan(wanted)[None], np.nanmax(gap, initial=0.0)
    gap = np.where(both, 0.0, np.where(np.isnan(gap), furthest, gap))
    return np.asarray((gap**2).sum(axis=1).argmin(axis=0), dtype=np.int64)


def _comparable(numbers: FloatArray, worth: FloatArray) -> FloatArray:
    """Numbers in units in which halving compares them with each other; nulls just before the smallest."""
    low = np.fmin.reduce(numbers, axis=1)
    low = np.where(np.isnan(low), 0.0, low) - _spread(numbers)
    return np.where(np.isnan(numbers), low[:, None], numbers) * worth[:, None]


def _spread(numbers: FloatArray) -> FloatArray:
    """Standard deviation of the known numbers of each row; 0 where there are none."""
    known = ~np.isnan(numbers)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, numbers, 0.0).sum(axis=1) / count
    return np.asarray(np.sqrt(np.where(known, (numbers - mean[:, None]) ** 2, 0.0).sum(axis=1) / count))


def _widest(numbers: FloatArray, part: IntArray, size: IntArray) -> IntArray:
    """In which number the offers of each part differ most."""
    spread = np.empty((numbers.shape[0], size.size))
    for place, row in enumerate(numbers):
        mean = np.bincount(part, weights=row, minlength=size.size) / size
        spread[place] = np.bincount(part, weights=(row - mean[part]) ** 2, minlength=size.size)
    return np.asarray(spread.argmax(axis=0), dtype=np.int64)
