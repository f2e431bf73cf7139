"""One number that sums up what many columns say of a number: a ridge regression whose value a tree can split on.

A split looks at one column. Where a number depends a little on each of many columns, or smoothly on a few, and above
all where rows are few, their weighted sum tells leaves apart that no single column does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.frame import Domain, FloatArray

IntArray = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]

_ROWS = 4_000  # on which weights are learned
_KNOTS = 33  # of a number's normal scores
_LEVELS = 8  # categories of one column that have a weight of their own
_LEAST_SHARE = 0.02  # of a category, and of nulls, that has one
_LEAST_EXPLAINED = 0.05  # share of the target's variance, by cross-validation
_DIGITS = 6  # of weights, so that they do not depend on how a machine adds
_PENALTIES = np.geomspace(1e-3, 1e2, 26)  # in units of the number of rows


@dataclass(frozen=True, eq=False)
class Index:
    """A weighted sum over columns.

    Attributes
    ----------
    sources : ndarray of int64, shape (n_sources,)
        Places of the columns.
    x, y : ndarray of shape (n_sources, _KNOTS)
        What each column adds: of a number by its value, linear between knots; of a category `y` by its code, the last
        one for any other.
    missing : ndarray of shape (n_sources,)
        What a null adds.
    categories : ndarray of bool, shape (n_sources,)
    """

    sources: IntArray
    x: FloatArray
    y: FloatArray
    missing: FloatArray
    categories: npt.NDArray[np.bool_]

    def values(self, pool: Sequence[FloatArray] | FloatArray) -> FloatArray:
        """The sum for every row, shape (n,)."""
        total = np.zeros(pool[int(self.sources[0])].shape)
        for place, source in enumerate(self.sources):
            values = pool[int(source)]
            missing = np.isnan(values)
            filled = np.where(missing, 0.0, values)
            if self.categories[place]:
                at = np.searchsorted(self.x[place], filled)
                at = np.minimum(at, _KNOTS - 1)
                part = np.where(self.x[place][at] == filled, self.y[place][at], self.y[place][-1])
            else:
                part = np.interp(filled, self.x[place], self.y[place])
            total += np.where(missing, self.missing[place], part)
        return total

    def to_parts(self) -> Arrays:
        return {
            "sources": self.sources,
            "x": self.x,
            "y": self.y,
            "missing": self.missing,
            "categories": self.categories,
        }

    @classmethod
    def from_parts(cls, arrays: Arrays) -> Index:
        return cls(arrays["sources"], arrays["x"], arrays["y"], arrays["missing"], arrays["categories"])


@dataclass(frozen=True, eq=False)
class _Term:
    """The standardised columns of the regression that one source column becomes."""

    source: int
    kind: str  # number, or category
    x: FloatArray
    z: FloatArray
    design: FloatArray
    scale: FloatArray
    mean: FloatArray
    has_null: bool


def fit_index(
    matrix: FloatArray, domains: Sequence[Domain], sources: Sequence[int], rows: IntArray, quantiles: FloatArray
) -> Index | None:
    """Weights by which the columns `sources` foretell a number; None where they foretell little.

    Parameters
    ----------
    matrix : ndarray of shape (n_columns, n)
    rows : ndarray of int64, shape (m,)
        Rows that are looked at.
    quantiles : ndarray of shape (m,)
        Of the target.

    References
    ----------
    Golub, Heath & Wahba (1979), "Generalized cross-validation as a method for choosing a good ridge parameter".
    """
    used = np.linspace(0, rows.size - 1, min(rows.size, _ROWS)).astype(np.int64)
    rows, target = rows[used], ndtri(np.clip(quantiles[used], 1e-3, 1 - 1e-3))
    spread = float(target.std())
    terms = [term for place in sources if (term := _term(place, matrix[place, rows], domains[place])) is not None]
    if spread < 1e-9 or len(terms) < 2:
        return None
    weights = _ridge(np.concatenate([term.design for term in terms]), target - target.mean())
    if weights is None:
        return None
    return _as_index(terms, weights)


def _term(source: int, values: FloatArray, domain: Domain) -> _Term | None:
    missing = ~np.isfinite(values)
    share = float(missing.mean())
    has_null = _LEAST_SHARE <= share <= 1 - _LEAST_SHARE
    columns = [missing.astype(np.float64)] if has_null else []
    x, z = np.empty(0), np.empty(0)
    known, counts = np.unique(values[~missing], return_counts=True)
    if domain.kind == "number" and known.size > 1:
        middle = (np.cumsum(counts) - counts / 2) / counts.sum()
        at = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], _KNOTS)))
        x, z = known[at], ndtri(middle[at])
        columns.append(np.where(missing, 0.0, np.interp(np.where(missing, x[0], values), x, z)))
    elif domain.kind != "number":
        order = np.lexsort((known, -counts))
        x = np.sort(known[order[counts[order] >= _LEAST_SHARE * values.size][:_LEVELS]])
        columns += [(values == code).astype(np.float64) for code in x]
    design = np.array(columns).reshape(len(columns), values.size)
    mean, scale = design.mean(axis=1), design.std(axis=1)
    if not len(columns) or not (scale > 1e-9).any():
        return None
    scale = np.where(scale > 1e-9, scale, np.inf)
    standard = (design - mean[:, None]) / scale[:, None]
    return _Term(source, "number" if domain.kind == "number" else "category", x, z, standard, scale, mean, has_null)


def _ridge(design: FloatArray, target: FloatArray) -> FloatArray | None:
    """Weights of the standardised columns, the penalty chosen by generalised cross-validation."""
    n_rows = target.size
    # Added in one order on any machine.
    squares = np.einsum("ij,kj->ik", design, design, optimize=False)
    products = np.einsum("ij,j->i", design, target, optimize=False)
    roots, vectors = np.linalg.eigh(squares)
    roots = np.maximum(roots, 0.0)
    rotated = vectors.T @ products
    total = float((target**2).sum())
    best, least = None, (1 - _LEAST_EXPLAINED) * total / n_rows
    for penalty in _PENALTIES * n_rows:
        shrunk = rotated / (roots + penalty)
        residual = total - 2 * float((shrunk * rotated).sum()) + float((shrunk**2 * roots).sum())
        freedom = 1.0 + float((roots / (roots + penalty)).sum())
        if freedom >= n_rows - 1:
            continue
        error = residual / n_rows / (1 - freedom / n_rows) ** 2
        if error < least:
            best, least = vectors @ shrunk, error
    return best


def _as_index(terms: list[_Term], weights: FloatArray) -> Index:
    """The weighted sum as a function of the source columns' own values."""
    n = len(terms)
    x, y = np.full((n, _KNOTS), np.inf), np.zeros((n, _KNOTS))
    missing = np.zeros(n)
    at = 0
    for place, term in enumerate(terms):
        size = len(term.design)
        slopes = np.round(weights[at : at + size] / term.scale, _DIGITS)
        at += size
        if term.has_null:
            missing[place], slopes = slopes[0], slopes[1:]
        if term.kind == "number":
            values = slopes[0] * term.z if slopes.size else np.zeros(term.x.size)
            knots = term.x if term.x.size else np.zeros(1)
            values = values if values.size else np.zeros(1)
            x[place] = np.append(knots, np.full(_KNOTS - knots.size, knots[-1]))
            y[place] = np.append(values, np.full(_KNOTS - values.size, values[-1]))
        else:
            x[place, : term.x.size], y[place, : term.x.size] = term.x, slopes
    kinds = np.array([term.kind == "category" for term in terms])
    return Index(np.array([term.source for term in terms]), x, y, missing, kinds)
