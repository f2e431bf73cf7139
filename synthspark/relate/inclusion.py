"""Which columns hold values of which others: from sketches of all columns at once, no pair looked at alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from synthspark.artifacts.sketches import NO_FORM, ColumnSketch
from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.relate.names import is_opaque, name_likeness
from synthspark.seeds import IntArray, WordArray
from synthspark.stats.hashing import NUMBER, TEXT, hash_tuples

LEAST_VALUES = 30  # of a sample that can refute an inclusion: 30 misses in a row at coverage .8 have chance 1e-21
MOST_PARENTS = 16  # of one column by name, and as many by range; of more than twice that
BLOCK = 512  # children compared with all parents at a time
LARGEST_TABLE = 26  # bits: 64 MB
ALL_SHAPES = 0.999  # share of the rows whose shapes are the frequent ones
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


@dataclass(frozen=True)
class Targets:
    """Parents as arrays, one place each."""

    views: Sequence[View]
    limits: WordArray
    shares: FloatArray
    exact: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, views: Sequence[View]) -> Targets:
        """The parents of one comparison."""
        limits = np.array([view.limit for view in views], np.uint64)
        shares = np.array([view.share for view in views])
        return cls(views, limits, shares, np.array([view.exact for view in views], bool))


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
    words = _distinct(np.concatenate([view.hashes for view in parents]))
    known = Words.of(words)
    held = _matrix(parents, known).tocsr()
    held.data[:] = 1.0
    targets = Targets.of(parents)
    for start in range(0, len(children), BLOCK):
        block = children[start : start + BLOCK]
        counts = (_matrix(block, known).T @ held).toarray()
        for i, child in enumerate(block):
            yield from _of_child(child, targets, counts[i].real, counts[i].imag, minimum_coverage, comparison)


def _of_child(
    child: View,
    targets: Targets,
    rows: FloatArray,
    values: FloatArray,
    minimum_coverage: float,
    comparison: str,
) -> Iterator[Inclusion]:
    """Inclusions of one column; `rows` and `values` count what each parent matches."""
    within = np.searchsorted(child.hashes, np.minimum(targets.limits, np.uint64(child.limit)), side="right")
    totals = np.append(0, np.cumsum(child.counts))[within]
    with np.errstate(invalid="ignore", divide="ignore"):
        row_coverage = np.minimum(1.0, rows / (totals * targets.shares))
        value_coverage = np.minimum(1.0, values / (within * targets.shares))
    both = targets.exact if child.exact else np.zeros(within.size, bool)
    row_coverage[both] *= _seen_share(child)
    told = row_coverage >= minimum_coverage
    refuted = ~told & (
        both | (within * targets.shares >= LEAST_VALUES) | _misses(child, targets, totals, rows, minimum_coverage)
    )
    possible = [
        j
        for j in np.flatnonzero(~refuted).tolist()
        if child.column is not targets.views[j].column
        and _differs(child, targets.views[j], comparison)
        and (told[j] or _ranges_allow(child.column, targets.views[j].column, comparison))
    ]
    compare = () if comparison == "exact" else (comparison,)
    for j in _likeliest(child.column, targets, possible, row_coverage):
        place = targets.views[j].column.place
        coverages = float(row_coverage[j]), float(value_coverage[j])
        yield Inclusion(child.column.place, place, *coverages, bool(both[j]), compare)


def _misses(
    child: View, targets: Targets, totals: IntArray, rows: FloatArray, minimum_coverage: float
) -> npt.NDArray[np.bool_]:
    """Whether the values up to the limit already leave too few rows, whatever becomes of the others.

    Needs all values of the child, and of the parent all up to the limit.
    """
    seen, total = float(child.counts.sum()), float(child.column.sketch.counts.sum())
    most = (seen - (totals - rows)) / max(total, 1.0)
    found: npt.NDArray[np.bool_] = (targets.shares == 1.0) & (most < minimum_coverage) & child.exact
    return found


def _likeliest(child: ColumnFacts, targets: Targets, possible: list[int], coverage: FloatArray) -> list[int]:
    """The parents that go on: of very many those with the best names, and those with the fewest values beyond."""
    if len(possible) <= 2 * MOST_PARENTS:
        return possible
    tight = sorted(
        possible, key=lambda j: (-_finite(round(float(coverage[j]), 2)), targets.views[j].column.distinct, j)
    )
    kept = set(tight[:MOST_PARENTS])
    if not is_opaque(child.called):
        fits = {j: _fit(child, targets.views[j].column) for j in possible}
        kept |= set(sorted(tight, key=lambda j: -fits[j])[:MOST_PARENTS])
    return sorted(kept)


def _fit(child: ColumnFacts, parent: ColumnFacts) -> float:
    return name_likeness(child.table, child.called, parent.table, parent.called)


def _seen_share(child: View) -> float:
    """Share of the rows whose values the comparison sees at all; the others match nothing."""
    total = float(child.column.sketch.counts.sum())
    return float(child.counts.sum()) / total if total else 1.0


def _distinct(hashes: WordArray) -> WordArray:
    """The hashes without repetitions, ascending; for hashes np.unique is five times slower."""
    ordered = np.sort(hashes)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if ordered.size else ordered


def _matrix(views: Sequence[View], words: Words) -> sparse.csc_array:
    """One column a view, one row a word: its number of rows, plus i, so that a product sums rows and values at once."""
    places, numbers, starts = [], [], [0]
    for view in views:
        hit, place = words.find(view.hashes)
        places.append(place)
        numbers.append(view.counts[hit] + 1j)
        starts.append(starts[-1] + place.size)
    data = np.concatenate(numbers), np.concatenate(places), np.array(starts)
    return sparse.csc_array(data, shape=(words.hashes.size, len(views)))


@dataclass(frozen=True)
class Words:
    """Distinct hashes, ascending, with a table that tells most others apart without a search."""

    hashes: WordArray
    taken: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, hashes: WordArray) -> Words:
        """The table has a place for each value of some low bits."""
        bits = min(LARGEST_TABLE, int(8 * hashes.size).bit_length())
        taken = np.zeros(1 << bits, bool)
        taken[hashes & np.uint64(taken.size - 1)] = True
        return cls(hashes, taken)

    def find(self, wanted: WordArray) -> tuple[IntArray, IntArray]:
        """Which of the wanted hashes are there, and where."""
        hit = np.flatnonzero(self.taken[wanted & np.uint64(self.taken.size - 1)])
        place = np.searchsorted(self.hashes, wanted[hit])
        same = self.hashes[np.minimum(place, self.hashes.size - 1)] == wanted[hit] if hit.size else hit > 0
        return hit[same], place[same]


def _ranges_allow(child: ColumnFacts, parent: ColumnFacts, comparison: str) -> bool:
    """Whether an inclusion that the samples cannot tell is possible at all."""
    if comparison != "exact":
        return comparison != "folded" or _shapes_allow(child, parent)
    low, high = child.profile.minimum, child.profile.maximum
    least, most = parent.profile.minimum, parent.profile.maximum
    if low is not None and high is not None and least is not None and most is not None:
        return low >= least and high <= most
    shortest, longest = child.profile.minimum_length or 0, child.profile.maximum_length or 0
    return shortest >= (parent.profile.minimum_length or 0) and longest <= (parent.profile.maximum_length or 0)


def _shapes_allow(child: ColumnFacts, parent: ColumnFacts) -> bool:
    """Whether two texts share a shape when case and blanks do not count, as far as their shapes are known."""
    ours, theirs = child.profile.patterns, parent.profile.patterns
    if min(sum(ours.values()), sum(theirs.values())) < ALL_SHAPES:
        return True
    return not {_plain_shape(one) for one in ours}.isdisjoint(_plain_shape(one) for one in theirs)


def _plain_shape(pattern: str) -> str:
    return pattern.lower().replace(" ", "")


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
