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
    """Largest share of the variance of any column of `rows` that each feature explains, shape (n_features,).

    Correlation ratio over ten classes of the feature, what chance would explain taken off; 0 where the rest is within
    four standard errors of nothing. Numbers enter as normal scores, categories as indicators, nulls as a class.
    """
    if rows.n_rows > _ROWS:
        every = np.linspace(0, rows.n_rows - 1, _ROWS).astype(np.int64)
        surroundings, rows = surroundings.take(every), rows.take(every)
    found = np.zeros(len(surroundings.names))
    if not rows.n_rows or not rows.names:
        return found
    targets = _targets(rows)
    for place, (domain, values) in enumerate(zip(surroundings.domains, surroundings.matrix, strict=True)):
        found[place] = _explained(_classes(values, domain), targets)
    return found


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


def _explained(classes: IntArray, targets: FloatArray) -> float:
    _, classes = np.unique(classes, return_inverse=True)
    sizes = np.bincount(classes)
    n, groups = classes.size, sizes.size
    if groups < 2 or n <= groups + 2:
        return 0.0
    best = 0.0
    for row in targets:
        sums = np.bincount(classes, weights=row, minlength=groups)
        share = float((sums**2 / sizes).sum()) / n
        chance = (groups - 1) / (n - 1)
        error = np.sqrt(2.0 * (groups - 1)) / n
        if share > chance + _LEAST_Z * error:
            best = max(best, share - chance)
    return best
