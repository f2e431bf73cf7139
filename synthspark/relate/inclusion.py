"""Which columns hold values of which others: from sketches of all columns at once, no pair looked at alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from synthspark.artifacts.sketches import NO_FORM, ColumnSketch
from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.seeds import IntArray, WordArray
from synthspark.stats.hashing import NUMBER, TEXT, hash_tuples

LEAST_VALUES = 30  # of a sample that can refute an inclusion: 30 misses in a row at coverage .8 have chance 1e-21
BLOCK = 512  # children compared with all parents at a time
CLEAR_GAIN = 0.01  # a comparison across formats must match so many more of the rows than the plain one
NO_LIMIT = np.iinfo(np.uint64).max

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """Value hashes of one column as a comparison sees them, ascending, with the rows of each.

    They are all up to `limit`, or, where `share` is below 1, a random part of all.
    """

    column: ColumnFacts
    hashes: WordArray
    counts: IntArray
    limit: int
    share: float
    exact: bool


def unary_inclusions(
    children: Sequence[ColumnFacts], parents: Sequence[ColumnFacts], minimum_coverage: float
) -> list[Inclusion]:
    """Inclusions of single columns that reach the coverage, and those that the sketches cannot tell.

    Where both sketches are complete the answer is exact. Otherwise both are complete up to the smaller of their
    limits: the child's values up to there are a sample of its values, and the parent's all that could match. Of the
    ways to compare a pair the plain one is taken unless another one matches clearly more.
    """
    found: dict[tuple[Place, Place], Inclusion] = {}
    for comparison, own, targets in _groups(children, parents):
        for inclusion in _included(own, targets, minimum_coverage, comparison):
            pair = inclusion.child, inclusion.parent
            if pair not in found or _finite(inclusion.coverage) > _finite(found[pair].coverage) + CLEAR_GAIN:
                found[pair] = inclusion
    return list(found.values())


def _finite(value: float) -> float:
    return value if value == value else 0.0


def _groups(
    children: Sequence[ColumnFacts], parents: Sequence[ColumnFacts]
) -> Iterator[tuple[str, list[View], list[View]]]:
    """Comparisons with the columns they compare, plain ones first."""

    def of_family(columns: Sequence[ColumnFacts], family: str) -> list[View]:
        return [_plain(column) for column in columns if column.sketch.family == family]

    def folded(columns: Sequence[ColumnFacts]) -> list[View]:
        return [_seen(column, "folded") for column in columns if column.sketch.family == TEXT]

    def numbers(columns: Sequence[ColumnFacts]) -> list[View]:
        held = [one for one in columns if one.sketch.family == NUMBER or "number" in one.sketch.forms]
        return [_seen(column, "number") for column in held]

    for family in sorted({column.sketch.family for column in parents}):
        yield "exact", of_family(children, family), of_family(parents, family)
    yield "folded", folded(children), folded(parents)
    yield "number", numbers(children), numbers(parents)


def _plain(column: ColumnFacts) -> View:
    sketch = column.sketch
    return View(column, sketch.hashes, sketch.counts, sketch.limit, 1.0, sketch.exact)


def _seen(column: ColumnFacts, comparison: str) -> View:
    """The column as the comparison sees it."""
    sketch = column.sketch
    forms = sketch.forms.get(comparison)
    if forms is None:
        return _plain(column)
    there = forms != NO_FORM
    hashes, places = np.unique(forms[there], return_inverse=True)
    counts = np.bincount(places, weights=sketch.counts[there], minlength=hashes.size).astype(np.int64)
    share = 1.0 if sketch.exact else min(1.0, sketch.hashes.size / max(column.distinct, 1))
    return View(column, hashes, counts, NO_LIMIT, share, sketch.exact)


def _differs(child: View, parent: View, comparison: str) -> bool:
    """Whether the comparison sees more than the plain one does."""
    forms = comparison in child.column.sketch.forms, comparison in parent.column.sketch.forms
    return comparison == "exact" or any(forms)


def _included(
    children: Sequence[View], parents: Sequence[View], minimum_coverage: float, comparison: str
) -> Iterator[Inclusion]:
    if not children or not parents:
        return
    words = np.unique(np.concatenate([view.hashes for view in parents]))
    held = _matrix(parents, words, weighted=False)
    for start in range(0, len(children), BLOCK):
        block = children[start : start + BLOCK]
        counts = _matrix(block, words, weighted=True)
        rows = (counts.T @ held).toarray()
        values = ((counts > 0).astype(np.float64).T @ held).toarray()
        for i, child in enumerate(block):
            yield from _of_child(child, parents, rows[i], values[i], minimum_coverage, comparison)


def _of_child(
    child: View,
    parents: Sequence[View],
    rows: FloatArray,
    values: FloatArray,
    minimum_coverage: float,
    comparison: str,
) -> Iterator[Inclusion]:
    """Inclusions of one column; `rows` and `values` count what each parent matches."""
    limits = np.minimum(np.array([parent.limit for parent in parents], np.uint64), np.uint64(child.limit))
    share = np.array([parent.share for parent in parents])
    within = np.searchsorted(child.hashes, limits, side="right")
    totals = np.append(0, np.cumsum(child.counts))[within]
    with np.errstate(invalid="ignore", divide="ignore"):
        row_coverage = np.minimum(1.0, rows / (totals * share))
        value_coverage = np.minimum(1.0, values / (within * share))
    both = np.array([child.exact and parent.exact for parent in parents])
    row_coverage[both] *= _seen_share(child)
    refuted = ~(row_coverage >= minimum_coverage) & (both | (within * share >= LEAST_VALUES))
    for j in np.flatnonzero(~refuted).tolist():
        parent = parents[j]
        if child.column.place == parent.column.place or not _differs(child, parent, comparison):
            continue
        told = bool(row_coverage[j] >= minimum_coverage)
        if told or _ranges_allow(child.column, parent.column, comparison):
            compare = () if comparison == "exact" else (comparison,)
            yield Inclusion(
                child.column.place,
                parent.column.place,
                float(row_coverage[j]),
                float(value_coverage[j]),
                bool(both[j]),
                compare,
            )


def _seen_share(child: View) -> float:
    """Share of the rows whose values the comparison sees at all; the others match nothing."""
    total = float(child.column.sketch.counts.sum())
    return float(child.counts.sum()) / total if total else 1.0


def _matrix(views: Sequence[View], words: WordArray, *, weighted: bool) -> sparse.csc_array:
    """One column a view, one row a word: its number of rows, or 1."""
    places, numbers, starts = [], [], [0]
    for view in views:
        place = np.searchsorted(words, view.hashes)
        hit = place < words.size
        hit[hit] = words[place[hit]] == view.hashes[hit]
        places.append(place[hit])
        numbers.append(view.counts[hit].astype(np.float64) if weighted else np.ones(int(hit.sum())))
        starts.append(starts[-1] + int(hit.sum()))
    data = np.concatenate(numbers), np.concatenate(places), np.array(starts)
    return sparse.csc_array(data, shape=(words.size, len(views)))


def _ranges_allow(child: ColumnFacts, parent: ColumnFacts, comparison: str) -> bool:
    """Whether an inclusion that the samples cannot tell is possible at all."""
    if comparison != "exact":
        return True
    low, high = child.profile.minimum, child.profile.maximum
    least, most = parent.profile.minimum, parent.profile.maximum
    if low is not None and high is not None and least is not None and most is not None:
        return low >= least and high <= most
    shortest, longest = child.profile.minimum_length or 0, child.profile.maximum_length or 0
    return shortest >= (parent.profile.minimum_length or 0) and longest <= (parent.profile.maximum_length or 0)


def row_hashes(facts: Facts, place: Place) -> WordArray:
    """Hash of each row's values in these columns, rows with a null left out; for tables whose rows are kept.

    A value without the form in which the place compares it gets a hash that matches nothing else.
    """
    sketch = facts.sketches[place.table]
    at = [sketch.place(column) for column in place.columns]
    filled = ~sketch.nulls[at].any(axis=0)
    known = zip(at, place.columns, place.comparisons, strict=True)
    return hash_tuples([in_form(sketch.columns[name], sketch.rows[i][filled], how) for i, name, how in known])


def in_form(sketch: ColumnSketch, hashes: WordArray, comparison: str) -> WordArray:
    """What a comparison sees of values of a column, by their hashes, all of which the sketch must hold."""
    forms = sketch.forms.get(comparison)
    if forms is None:
        return hashes
    found = forms[np.searchsorted(sketch.hashes, hashes)]
    return np.where(found == NO_FORM, ~hashes, found)


def included(child: WordArray, parent: WordArray) -> tuple[float, float]:
    """Share of the child's rows, and of its distinct values, that are among the parent's; NaN without rows."""
    if not child.size:
        return np.nan, np.nan
    values, counts = np.unique(child, return_counts=True)
    hit: npt.NDArray[np.bool_] = np.isin(values, parent)
    return float(counts[hit].sum() / counts.sum()), float(hit.mean())
