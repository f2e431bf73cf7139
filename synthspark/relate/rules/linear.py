"""Sums among the columns of a table, found without trying all combinations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthspark.relate.rules.rows import TableRows
from synthspark.rules.values import BoolArray, FloatArray, IntArray
from synthspark.seeds import generator_for

Relation = tuple[tuple[str, int], ...]  # columns with their signs; the signed sum is 0 in every row

MOST_MASKS = 8  # patterns of missing values within which sums are looked for
LEAST_ROWS = 10
MOST_TRIPLES = 1_000  # columns among which c = a + b is looked for: a million pairs
MOST_LONG = 150  # columns among which longer sums are looked for
LONGEST = 8  # columns of a sum
CLOSE = 1e-9  # relative


def linear_relations(rows: TableRows, names: list[str]) -> Iterator[Relation]:
    """Signed sums that are 0 in the rows of a first look; three columns first, then up to `LONGEST`."""
    seen: set[frozenset[str]] = set()
    for chosen, columns in _blocks(rows, names):
        values = rows.matrix(columns, chosen)
        varied = [place for place in range(len(columns)) if len(np.unique(values[place])) > 2]
        kept = [columns[place] for place in varied]
        found = list(_triples(values[varied], kept))
        spare = _without_targets(kept, found)
        found += _longer(values[[columns.index(name) for name in spare]], spare)
        for relation in found:
            key = frozenset(name for name, _ in relation)
            if key not in seen:
                seen.add(key)
                yield relation


def _blocks(rows: TableRows, names: list[str]) -> Iterator[tuple[IntArray, list[str]]]:
    """Rows of a first look that agree in which columns are missing, and the columns filled there."""
    if not names or not len(rows):
        return
    filled = ~np.isnan(rows.matrix(names, rows.probe))
    patterns, counts = np.unique(filled, axis=1, return_counts=True)
    for place in np.argsort(-counts, kind="stable")[:MOST_MASKS]:
        mask: BoolArray = patterns[:, place]
        columns = [name for name, there in zip(names, mask, strict=True) if there][:MOST_TRIPLES]
        chosen = rows.probe[filled[mask].all(axis=0)]
        if len(chosen) >= LEAST_ROWS and len(columns) >= 3:
            yield chosen, columns


def _triples(values: FloatArray, names: list[str]) -> Iterator[Relation]:
    """All c = a + b: sums of random projections of two columns that are the projection of a third."""
    if len(names) < 3:
        return
    weights = generator_for(0, "linear relations", str(values.shape[1])).uniform(0.5, 1.5, (2, values.shape[1]))
    first, second = values @ weights[0], values @ weights[1]
    scale = np.abs(values) @ weights[0]
    order = np.argsort(first, kind="stable")
    ordered = first[order]
    for a in range(len(names)):
        sums = first[a] + first[a + 1 :]
        slack = CLOSE * (scale[a] + scale[a + 1 :])
        low, high = np.searchsorted(ordered, sums - slack), np.searchsorted(ordered, sums + slack, side="right")
        for step in np.flatnonzero(high > low):
            b = a + 1 + step
            for c in order[low[step] : high[step]]:
                if c in (a, b) or abs(second[a] + second[b] - second[c]) > CLOSE * 2 * (scale[a] + scale[b]):
                    continue
                if _holds(values[[a, b, c]], np.array([1.0, 1.0, -1.0])):
                    yield ((names[a], 1), (names[b], 1), (names[c], -1))


def _holds(values: FloatArray, signs: FloatArray) -> bool:
    """In nearly all rows; and at least two columns besides the result matter."""
    total, size = signs @ values, np.abs(values).max(axis=0)
    if (np.abs(total) <= np.maximum(CLOSE * 10 * size, 1e-12)).mean() < 0.99:
        return False
    moved = (values != 0).mean(axis=1)
    return bool((moved > 0.02).all())


def _without_targets(names: list[str], found: list[Relation]) -> list[str]:
    """The columns but one of each relation, so that no relation is left among them."""
    gone: set[str] = set()
    for relation in found:
        columns = [name for name, _ in relation]
        if not gone & set(columns):
            gone.add(columns[-1])
    return [name for name in names if name not in gone][:MOST_LONG]


def _longer(values: FloatArray, names: list[str]) -> Iterator[Relation]:
    """Relations of four columns or more: the null space of the values, in its reduced form."""
    if len(names) < 4 or values.shape[1] < 2 * len(names):
        return
    scale = np.sqrt((values**2).mean(axis=1))
    scale[scale == 0] = 1.0
    _, singular, vectors = np.linalg.svd((values / scale[:, None]).T, full_matrices=False)
    null = vectors[singular <= CLOSE * singular[0]] / scale
    for vector in _reduced(null):
        places = np.flatnonzero(np.abs(vector) > 1e-6)
        signs = vector[places] / np.abs(vector[places]).max()
        if not 4 <= len(places) <= LONGEST or np.abs(np.abs(signs) - 1).max() > 1e-5:
            continue
        if _holds(values[places], np.round(signs)):
            yield tuple((names[place], round(float(sign))) for place, sign in zip(places, signs, strict=True))


def _reduced(basis: FloatArray) -> FloatArray:
    """Reduced row echelon form, pivots from the right: later columns tend to be the results."""
    rows = basis.copy()
    done = 0
    for column in range(rows.shape[1] - 1, -1, -1):
        if done == len(rows):
            break
        size = np.abs(rows[done:]).max(axis=1)
        share = np.abs(rows[done:, column]) / np.where(size > 0, size, 1.0)
        best = done + int(np.argmax(share))
        if share[best - done] < 1e-6:
            continue
        rows[[done, best]] = rows[[best, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= np.outer(rows[others, column], rows[done])
        done += 1
    return rows
