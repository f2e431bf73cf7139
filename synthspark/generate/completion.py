"""Further children for a table of which a parent has one at most, when fewer parents than expected drew theirs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import TableModel
from synthspark.generate.expand import TOLERANCE
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.features import factor_name
from synthspark.stats.frame import FloatArray

_STRANGERS = 0.05  # chance of a parent of whose siblings none has a child, against one of whose siblings all have


def complete(
    counts: IntArray, owner: IntArray, index: IntArray, child: TableModel, ratio: float, stream: int
) -> IntArray:
    """Children of each parent row, as many in all as the source leads to expect.

    Numbers of families that have all or nothing, such as the regions of one country, swing widely; other tables are
    then made longer or shorter parent by parent, but here a parent without child must get one. Siblings of parents
    with a child are chosen before others, at random otherwise.

    Parameters
    ----------
    owner : ndarray of int64, shape (n,)
        The parent's own context parent, negative where it has none.
    ratio : float
        Parents made for each one of the source.

    References
    ----------
    Efraimidis & Spirakis (2006), "Weighted random sampling with a reservoir": the keys ``log(u) / weight``.
    """
    wanted = round((child.rows - child.rootless_rows) * ratio)
    if not any(key.kind == "inherited" for key in child.keys) or counts.sum() >= (1 - TOLERANCE) * wanted:
        return counts
    weights = _STRANGERS + _share_of_siblings(counts, owner)
    with np.errstate(divide="ignore"):
        keys = np.where(counts == 0, np.log(uniforms(stream, index)) / weights, -np.inf)
    missing = min(wanted - int(counts.sum()), int((counts == 0).sum()))
    out = counts.copy()
    out[np.argsort(-keys, kind="stable")[:missing]] = 1
    return out


def lend_copies(
    hidden: Mapping[str, pa.Array], place: int, drawn: IntArray, counts: IntArray, index: IntArray, stream: int
) -> dict[str, pa.Array]:
    """Hidden columns that hold the columns of an only child, for parents as well that drew none but get one.

    They get those of another parent, drawn like any other; without, such a child would have nothing but nulls.
    """
    new, others = np.flatnonzero((counts > 0) & (drawn == 0)), np.flatnonzero(drawn > 0)
    names = [name for name in hidden if name.startswith(factor_name(place, 0)[:-1])]
    if not new.size or not others.size or not names:
        return {}
    at = np.arange(counts.size)
    at[new] = others[(uniforms(stream, index[new], draw=1) * others.size).astype(np.int64)]
    return {name: hidden[name].take(pa.array(at)) for name in names}


def _share_of_siblings(counts: IntArray, owner: IntArray) -> FloatArray:
    """Share of the rows of the same owner that have a child; 0 for rows without owner."""
    place = np.where(owner < 0, 0, owner + 1)
    has = np.bincount(place, weights=counts > 0)
    return np.asarray(np.where(owner < 0, 0.0, has[place] / np.bincount(place)[place]))
