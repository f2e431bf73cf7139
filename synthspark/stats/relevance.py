"""Which features of its surroundings a table's rows depend on, measured column by column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.frame import Domain, FloatArray, Frame

IntArray = npt.NDArray[np.int64]

_BINS = 10
_LEVELS = 4  # categories of a column whose shares are looked at
_ROWS = 20_000  # looked at
_LEAST_Z = 4.0  # standard errors by which a feature's share of the variance exceeds that of chance


def relevance(surroundings: Frame, rows: Frame) -> FloatArray:
    """Largest share of the variance of any column of `rows` that each feature explains, shape (n_features,)."""
    return np.asarray(explained(surroundings, rows).max(axis=1, initial=0.0))


def explained(surroundings: Frame, rows: Frame) -> FloatArray:
    """Share of the variance of each target that each feature explains, shape (n_features, n_targets).

    Targets are what the columns of `rows` consist of: numbers as normal scores, frequent categories and nulls as
    indicators. The share is the correlation ratio over ten classes of the feature, nulls being one, what chance would
    explain taken off; 0 where the rest is within four standard errors of nothing.
    """
    if rows.n_rows > _ROWS:
        every = np.linspace(0, rows.n_rows - 1, _ROWS).astype(np.int64)
        surroundings, rows = surroundings.take(every), rows.take(every)
    targets = _targets(rows) if rows.n_rows and rows.names else np.zeros((0, rows.n_rows))
    found = np.zeros((len(surroundings.names), len(targets)))
    for row, domain, values in zip(found, surroundings.domains, surroundings.matrix, strict=True):
        row[:] = _explained(_classes(values, domain), targets)
    return found


def most_telling(shares: FloatArray, most: int) -> IntArray:
    """Places of at most so many features that explain something: of every target the best, then the second best, ...

    A target that any feature tells, such as a null where there is no parent, has no more say than any other.
    """
    place = np.argsort(np.argsort(-shares, axis=0, kind="stable"), axis=0, kind="stable")
    turn = np.where(shares > 0, place, shares.shape[0]).min(axis=1, initial=shares.shape[0])
    order = np.lexsort((-shares.max(axis=1, initial=0.0), turn))
    telling = order[turn[order] < shares.shape[0]]
    return np.sort(telling[:most]).astype(np.int64)


def _targets(rows: Frame) -> FloatArray:
    """Standardised numbers of every row, shape (n_targets, n_rows)."""
    found: list[FloatArray] = []
    for domain, values in zip(rows.domains, rows.matrix, strict=True):
        missing = np.isnan(values)
        found.append(missing.astype(np.float64))
        if domain.kind == "number":
            found.append(_scores(values, missing))
        else:
            codes, counts = np.unique(values[~missing], return_counts=True)
            leading = codes[np.lexsort((codes, -counts))][:_LEVELS]
            found += [(values == code).astype(np.float64) for code in leading]
    stacked = np.array(found).reshape(len(found), rows.n_rows)
    spread = stacked.std(axis=1) if rows.n_rows else np.zeros(len(found))
    kept = spread > 1e-9
    return np.asarray((stacked[kept] - stacked[kept].mean(axis=1, keepdims=True)) / spread[kept, None])


def _scores(values: FloatArray, missing: npt.NDArray[np.bool_]) -> FloatArray:
    scores = np.zeros(values.shape)
    known, place, counts = np.unique(values[~missing], return_inverse=True, return_counts=True)
    if known.size:
        scores[~missing] = ndtri((np.cumsum(counts) - counts / 2) / counts.sum())[place]
    return scores


def _classes(values: FloatArray, domain: Domain) -> IntArray:
    missing = np.isnan(values)
    classes = np.zeros(values.size, dtype=np.int64)
    if domain.kind == "number":
        present = values[~missing]
        if present.size:
            edges = np.unique(np.quantile(present, np.linspace(0, 1, _BINS + 1)[1:-1]))
            classes[~missing] = 1 + np.searchsorted(edges, present, side="left")
    else:
        codes, counts = np.unique(values[~missing], return_counts=True)
        leading = np.sort(codes[np.lexsort((codes, -counts))][: 2 * _BINS])
        if leading.size:
            place = np.minimum(np.searchsorted(leading, values[~missing]), leading.size - 1)
            hit = leading[place] == values[~missing]
            classes[~missing] = np.where(hit, 1 + place, leading.size + 1)
    return classes


def _explained(classes: IntArray, targets: FloatArray) -> FloatArray:
    """Share of each target, shape (n_targets,)."""
    _, classes = np.unique(classes, return_inverse=True)
    sizes = np.bincount(classes)
    n, groups = classes.size, sizes.size
    found = np.zeros(len(targets))
    if groups < 2 or n <= groups + 2:
        return found
    chance = (groups - 1) / (n - 1)
    error = np.sqrt(2.0 * (groups - 1)) / n
    for place, row in enumerate(targets):
        sums = np.bincount(classes, weights=row, minlength=groups)
        share = float((sums**2 / sizes).sum()) / n
        if share > chance + _LEAST_Z * error:
            found[place] = share - chance
    return found
