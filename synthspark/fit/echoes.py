"""References that repeat others: a policy is paid by its holder, a rental by the customer who rented.

Where a row can reach the table that a key points to by another route, its own reference is often the row at the end of
that route. How often, and when, is drawn like any other column; other references are chosen by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.model import Echo
from synthspark.artifacts.routes import Route
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import IntArray

Mask = npt.NDArray[np.bool_]

LEAST_SHARE = 0.03  # of the references that must repeat those of a route
LEAST_SURPRISE = 3.0  # times as many as would agree by chance
LEAST_FAMILIES = 0.95  # of the families with exactly one row that repeats, from which every family gets one
SEVERAL = 1.05  # rows of a family on average, from which one of them can be told


def find_echoes(
    own: IntArray, routes: Sequence[tuple[Echo, IntArray]], owner: IntArray, k: int
) -> tuple[tuple[Echo, ...], FloatArray] | None:
    """Routes whose ends the references repeat; None without any.

    Parameters
    ----------
    own : ndarray of int64, shape (n,)
        Place of the row that each reference points to, negative for none.
    routes : sequence of (Echo, ndarray of int64, shape (n,))
        Places at the ends of the routes, negative where a route does not lead there.
    owner : ndarray of int64, shape (n,)
        Context parent of each row, negative for none.

    Returns
    -------
    echoes, codes
        The commonest first; of each row 1 + the place of the first that it repeats, 0 for none, NaN without reference.
    """
    ranked = sorted(routes, key=lambda item: -int(same(own, item[1]).sum()))
    codes = np.where(own >= 0, 0.0, np.nan)
    kept: list[Echo] = []
    for echo, end in ranked:
        fresh = same(own, end) & (codes == 0)
        if fresh.sum() >= max(2 * k, LEAST_SHARE * (own >= 0).sum()) and _surprising(own, end):
            kept.append(Echo(echo.first, echo.columns, once=_once(fresh, owner)))
            codes[fresh] = len(kept)
    return (tuple(kept), codes) if kept else None


def echo_of(route: Route) -> Echo:
    """A route as it is written in a model."""
    return Echo(route.first.label, route.onward.child_columns if route.onward else ())


def same(own: IntArray, end: IntArray) -> Mask:
    """Rows in which both point somewhere, and to the same row."""
    return np.asarray((own >= 0) & (own == end))


def same_by_chance(own: IntArray, end: IntArray) -> tuple[float, float]:
    """In how many rows independent references as popular as these would point to the same row, of how many."""
    both = (own >= 0) & (end >= 0)
    size = int(max(own.max(initial=-1), end.max(initial=-1))) + 1
    mine, theirs = (np.bincount(at[both], minlength=size).astype(np.float64) for at in (own, end))
    number = max(float(both.sum()), 1.0)
    return float(mine @ theirs) / number, number


def _surprising(own: IntArray, end: IntArray) -> bool:
    """Whether both point to the same row more often than independent references as popular as these would."""
    return bool(same(own, end).sum() >= LEAST_SURPRISE * same_by_chance(own, end)[0])


def _once(repeats: Mask, owner: IntArray) -> bool:
    """Whether exactly one row of each family repeats, families of several rows."""
    some = owner >= 0
    size = np.bincount(owner[some])
    number = np.bincount(owner[some & repeats], minlength=size.size)[size > 0]
    several = some.sum() >= SEVERAL * max(1, (size > 0).sum())
    return bool(several and (number == 1).mean() >= LEAST_FAMILIES)
