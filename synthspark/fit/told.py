"""What the rows of a table tell of the parents that they point to: the cell of the parent, and wishes within it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthspark.artifacts.model import Feature
from synthspark.fit.source import Features, Told
from synthspark.stats.cells import fit_cells, wished_for
from synthspark.stats.features import domain_of
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import IntArray
from synthspark.stats.relevance import relevance

MOST_LOOKED_AT = 16  # columns of a parent that its cell may depend on
MOST_TOLD = 8  # features of the rows that cells tell apart
LEAST_OPEN = 0.02  # share of a number's variance that rows leave open, at least


def tell_parents(known: Features, around: Features, owner: IntArray, k: int) -> Told | None:
    """Cells by which rows choose their parents; None where parents and rows tell nothing of each other.

    Parameters
    ----------
    known
        Columns of all rows of the parent.
    around
        What is known of each row when its parent is chosen.
    owner : ndarray of int64, shape (n_rows,)
        Place of each row's parent; negative for none.
    """
    there = np.flatnonzero(owner >= 0)
    parents, given = known.spread(owner).frame.take(there), around.frame.take(there)
    looked, told = relevance(parents, given), relevance(given, parents)
    used, kept = _best(looked, MOST_LOOKED_AT), _best(told, MOST_TOLD)
    if not used or not kept:
        return None
    chosen, names = known.take(used), [around.features[place].name for place in kept]
    found = fit_cells(chosen.features, parents.matrix[used], given.select(names), k)
    if found is None:
        return None
    shown = parents.select([feature.name for feature in chosen.features])
    foretold = np.array([relevance(given, shown.select([name])).max() for name in shown.names])
    wishes = wished_for(chosen.features, shown.matrix, foretold)
    plain = tuple(Feature(f.name, f.column, domain_of(f).to_json()) for f in chosen.take(wishes).features)
    if found.number < 2 and not wishes:
        return None
    # A unit counts as much as it exceeds what the rows leave open of the number.
    open_part = np.sqrt(np.maximum(1 - foretold[wishes], LEAST_OPEN)) * np.nanstd(shown.matrix[wishes], axis=1)
    found = replace(found, wishes=plain, worth=tuple((1 / open_part).tolist()))
    told_of = np.concatenate([found.of(chosen.matrix)[None, :].astype(np.float64), chosen.matrix[wishes]])
    return Told(found, np.where(owner >= 0, told_of[:, np.maximum(owner, 0)], np.nan))


def _best(worth: FloatArray, most: int) -> list[int]:
    """Places of the largest positive numbers, in order."""
    return sorted(int(place) for place in np.argsort(-worth, kind="stable")[:most] if worth[place] > 0)
