"""Which columns hold values of which others: from sketches of all columns at once, no pair looked at alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.seeds import WordArray
from synthspark.stats.hashing import hash_tuples

LEAST_VALUES = 30  # of a sample that can refute an inclusion: 30 misses in a row at coverage .8 have chance 1e-21


def unary_inclusions(
    children: Sequence[ColumnFacts], parents: Sequence[ColumnFacts], minimum_coverage: float
) -> list[Inclusion]:
    """Inclusions of single columns that reach the coverage, and those that the sketches cannot tell.

    Where both sketches are complete the answer is exact. Otherwise both are complete up to the smaller of their
    limits: the child's values up to there are a sample of its values, and the parent's all that could match.
    """
    found: list[Inclusion] = []
    for family in sorted({column.sketch.family for column in parents}):
        own = [column for column in children if column.sketch.family == family]
        targets = [column for column in parents if column.sketch.family == family]
        if own and targets:
            found += _of_family(own, targets, minimum_coverage)
    return found


def _of_family(
    children: Sequence[ColumnFacts], parents: Sequence[ColumnFacts], minimum_coverage: float
) -> list[Inclusion]:
    words = np.unique(np.concatenate([column.sketch.hashes for column in parents]))
    counts = _matrix(children, words, weighted=True)
    held = _matrix(parents, words, weighted=False)
    rows = (counts.T @ held).toarray()
    values = ((counts > 0).astype(np.float64).T @ held).toarray()
    found = []
    for i, child in enumerate(children):
        for j, parent in enumerate(parents):
            if child.place == parent.place:
                continue
            inclusion = _inclusion(child, parent, float(rows[i, j]), float(values[i, j]))
            if inclusion.coverage >= minimum_coverage or (not inclusion.exact and _may_hold(child, parent, inclusion)):
                found.append(inclusion)
    return found


def _matrix(columns: Sequence[ColumnFacts], words: WordArray, *, weighted: bool) -> sparse.csc_array:
    """One column a column, one row a word: its number of rows, or 1."""
    places, numbers, starts = [], [], [0]
    for column in columns:
        place = np.searchsorted(words, column.sketch.hashes)
        hit = place < words.size
        hit[hit] = words[place[hit]] == column.sketch.hashes[hit]
        places.append(place[hit])
        numbers.append(column.sketch.counts[hit].astype(np.float64) if weighted else np.ones(int(hit.sum())))
        starts.append(starts[-1] + int(hit.sum()))
    data = np.concatenate(numbers), np.concatenate(places), np.array(starts)
    return sparse.csc_array(data, shape=(words.size, len(columns)))


def _inclusion(child: ColumnFacts, parent: ColumnFacts, rows: float, values: float) -> Inclusion:
    exact = child.sketch.exact and parent.sketch.exact
    limit = np.uint64(min(child.sketch.limit, parent.sketch.limit))
    within = int(np.searchsorted(child.sketch.hashes, limit, side="right"))
    if within == 0:
        return Inclusion(child.place, parent.place, np.nan, np.nan, exact=False)
    total = float(child.sketch.counts[:within].sum())
    return Inclusion(child.place, parent.place, rows / total, values / within, exact)


def _may_hold(child: ColumnFacts, parent: ColumnFacts, inclusion: Inclusion) -> bool:
    """Whether too few values were compared to refute the inclusion, and the ranges allow it."""
    limit = np.uint64(min(child.sketch.limit, parent.sketch.limit))
    within = int(np.searchsorted(child.sketch.hashes, limit, side="right"))
    if within >= LEAST_VALUES:
        return False
    low, high = child.profile.minimum, child.profile.maximum
    least, most = parent.profile.minimum, parent.profile.maximum
    if low is not None and high is not None and least is not None and most is not None:
        return low >= least and high <= most
    shortest, longest = child.profile.minimum_length or 0, child.profile.maximum_length or 0
    return shortest >= (parent.profile.minimum_length or 0) and longest <= (parent.profile.maximum_length or 0)


def row_hashes(facts: Facts, place: Place) -> WordArray:
    """Hash of each row's values in these columns, rows with a null left out; for tables whose rows are kept."""
    sketch = facts.sketches[place.table]
    at = [sketch.place(column) for column in place.columns]
    filled = ~sketch.nulls[at].any(axis=0)
    return hash_tuples([sketch.rows[column][filled] for column in at])


def included(child: WordArray, parent: WordArray) -> tuple[float, float]:
    """Share of the child's rows, and of its distinct values, that are among the parent's; NaN without rows."""
    if not child.size:
        return np.nan, np.nan
    values, counts = np.unique(child, return_counts=True)
    hit: npt.NDArray[np.bool_] = np.isin(values, parent)
    return float(counts[hit].sum() / counts.sum()), float(hit.mean())
