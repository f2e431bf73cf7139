"""Child rows matched with their parents inside the samples, by the hashes of their keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.schema import ForeignKey
from synthspark.evaluate.sample import KeyHashes, Sample, unit

IntArray = npt.NDArray[np.int64]
WordArray = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Link:
    """The rows of one relationship on one side.

    `parents` are places in the parent's sample whose children are known; `n_children` their numbers. `rows` are
    places in the child's sample with a key; `parent_of` the place of each one's parent in the parent's sample, -1
    for an orphan.
    """

    parents: IntArray
    n_children: IntArray
    rows: IntArray
    parent_of: IntArray
    key_of: WordArray

    @property
    def orphan_fraction(self) -> float | None:
        """Share of the child rows with a key that have no parent; None without such rows."""
        return float((self.parent_of < 0).mean()) if self.rows.size else None

    def joined(self) -> tuple[IntArray, IntArray]:
        """Places of the child rows that have a parent, and of their parents."""
        found = self.parent_of >= 0
        return self.rows[found], self.parent_of[found]


def link(key: ForeignKey, child: Sample, parent: Sample) -> Link:
    """Match of the children and parents of one relationship.

    Where both tables are samples, only keys below the threshold that both have in common are used, so that
    every chosen parent has all of its children, and every chosen child its parent.
    """
    foreign, own = child.child_key(key), parent.parent_key(key)
    limit = min(foreign.complete, own.complete) if foreign.counts is None else own.complete
    parents = _below(own, limit)
    if foreign.counts is None:
        rows = _below(foreign, limit)
        hashes, counts = np.unique(foreign.hashes[rows], return_counts=True)
    else:  # children of a small parent: their own sample for the columns, full counts for the numbers
        rows = np.flatnonzero(foreign.present & child.drawn)
        hashes, counts = foreign.counts
    n_children = _looked_up(own.hashes[parents], hashes, counts)
    order = parents[np.argsort(own.hashes[parents], kind="stable")]
    parent_of = _looked_up(foreign.hashes[rows], own.hashes[order], order + 1) - 1
    return Link(parents, n_children, rows, parent_of, foreign.hashes[rows])


def owners(key: ForeignKey, child: Sample, parent: Sample) -> tuple[IntArray, IntArray]:
    """Places of all sampled child rows whose parent is in the sample, and of their parents."""
    foreign, own = child.child_key(key), parent.parent_key(key)
    order = np.flatnonzero(own.present)
    order = order[np.argsort(own.hashes[order], kind="stable")]
    parent_of = _looked_up(foreign.hashes, own.hashes[order], order + 1) - 1
    rows = np.flatnonzero(foreign.present & (parent_of >= 0))
    return rows, parent_of[rows]


def _below(key: KeyHashes, limit: float) -> IntArray:
    chosen = key.present & (unit(key.hashes) < limit) if limit < 1.0 else key.present
    return np.flatnonzero(chosen)


def _looked_up(wanted: WordArray, hashes: WordArray, values: IntArray) -> IntArray:
    """The value beside each wanted hash in a sorted list of hashes; 0 where there is none."""
    if not hashes.size:
        return np.zeros(wanted.size, dtype=np.int64)
    place = np.minimum(np.searchsorted(hashes, wanted), hashes.size - 1)
    found: IntArray = np.where(hashes[place] == wanted, values[place], 0)
    return found
