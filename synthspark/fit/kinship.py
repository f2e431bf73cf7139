"""References to rows of the same group as others: an insured person lives in the holder's household.

Where the rows that a key points to belong to groups, by a key of their own, and a row can reach such a group by another
route, the row that its reference points to often is of that group. How often, and when, is drawn like any other column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthspark.artifacts.model import Kin
from synthspark.fit.echoes import LEAST_SURPRISE, Mask, same, same_by_chance
from synthspark.fit.source import Kinship
from synthspark.stats.matching import IntArray

LEAST_SHARE = 0.1  # of the references that are chosen freely whose rows must be of the group


def find_kins(own: IntArray, free: Mask, relations: Sequence[tuple[Kin, IntArray, IntArray]], k: int) -> Kinship | None:
    """Groups to which the rows of references belong; None without any.

    Parameters
    ----------
    own : ndarray of int64, shape (n,)
        Place of the row that each reference points to, negative for none.
    free : ndarray of bool, shape (n,)
        References that repeat no others, which must show that they keep to groups; all have a code.
    relations : sequence of (Kin, ndarray, ndarray), of shape (n,)
        Place of the group that this row belongs to, negative for none; and of the group that another route leads to.
        Of groups within groups the smallest counts.
    """
    codes = np.where(own >= 0, 0.0, np.nan)
    kept: list[Kin] = []
    met = [(same_by_chance(mine[free], theirs[free]), kin, mine, theirs) for kin, mine, theirs in relations]
    for (by_chance, _), kin, mine, theirs in sorted(met, key=lambda item: item[0][0] / item[0][1]):
        alike = same(mine, theirs)
        fresh, shown = alike & (codes == 0), alike & free
        enough = (fresh & free).sum() >= max(2 * k, LEAST_SHARE * free.sum())
        if enough and shown.sum() >= LEAST_SURPRISE * by_chance:
            kept.append(kin)
            codes[fresh] = len(kept)
    return Kinship(tuple(kept), codes) if kept else None


def reached(onward: IntArray, first: IntArray) -> IntArray:
    """Places that `onward` leads to from these rows, negative where there is none."""
    return np.where(first >= 0, onward[np.maximum(first, 0)], -1) if onward.size else np.full(first.size, -1)
