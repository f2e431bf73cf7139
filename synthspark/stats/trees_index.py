"""One number that sums up what many columns say of a number: a ridge regression on their normal scores.

A split of a tree looks at one column. Where a number depends a little on each of many columns, or smoothly on a few,
their weighted sum tells rows apart that no single column does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.frame import FloatArray
from synthspark.stats.trees_predictors import Pool

IntArray = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]

_ROWS = 4_000  # on which weights are learned
_LEVELS = 8  # categories of one column that have a weight of their own
_LEAST_SHARE = 0.02  # of a category, and of nulls, that has one
_CHANCE = 2.0  # standard errors by which a column must foretell the target, where rows are many beside the columns
_SURE = 3.0  # the same where rows are so few that one column is selected
_MANY = 10  # rows a column that are many
_ROWS_EACH = 20  # rows for each column that is selected
_DIGITS = 6  # of weights, so that they do not depend on how a machine adds
_PENALTIES = np.geomspace(1e-3, 1e2, 26)  # in units of the number of rows
_TOGETHER = 1e-3  # the same while columns are selected
_CLIP = 1e-3  # quantiles nearer to 0 or 1 have the score of this one


@dataclass(frozen=True, eq=False)
class Index:
    """A weighted sum over columns.

    Attributes
    ----------
    sources : ndarray of int64, shape (n_sources,)
        Places of the columns.
    slopes : ndarray of shape (n_sources,)
        By which the normal score of a number counts; NaN for categories.
    missing : ndarray of shape (n_sources,)
        What a null adds.
    levels, weights : ndarray of shape (n_sources, _LEVELS)
        Codes of categories, rising, and what they add; others add nothing.
    start : float
        What is added to every row.
    """

    sources: IntArray
    slopes: FloatArray
    missing: FloatArray
    levels: FloatArray
    weights: FloatArray
    start: float = 0.0

    def values(self, pool: Pool) -> FloatArray:
        """The sum for every row, shape (n,)."""
        total = np.full(pool.columns[int(self.sources[0])].shape, self.start)
        for place, source in enumerate(self.sources.tolist()):
            values = pool.columns[source]
            if np.isnan(self.slopes[place]):
                at = np.minimum(np.searchsorted(self.levels[place], values), _LEVELS - 1)
                total += np.where(self.levels[place][at] == values, self.weights[place][at], 0.0)
            elif self.slopes[place] != 0.0:
                total += self.slopes[place] * pool.score(source)
            if self.missing[place] != 0.0:
                total += np.where(np.isnan(values), self.missing[place], 0.0)
        return total

    def moved(self, by: float) -> Index:
        """The sum with something added to every row."""
        return replace(self, start=self.start + by)

    def scaled(self, by: float) -> Index:
        """The sum times a factor."""
        slopes, missing, weights = (part * by for part in (self.slopes, self.missing, self.weights))
        return replace(self, slopes=slopes, missing=missing, weights=weights, start=self.start * by)

    def to_parts(self) -> Arrays:
        return {
            "sources": self.sources,
            "slopes": self.slopes,
            "missing": self.missing,
            "levels": self.levels,
            "weights": self.weights,
            "start": np.array([self.start]),
        }

    @classmethod
    def from_parts(cls, arrays: Arrays) -> Index:
        sums = {name: arrays[name] for name in ("sources", "slopes", "missing", "levels", "weights")}
        return cls(**sums, start=float(arrays["start"][0]))


@dataclass(frozen=True, eq=False)
class _Term:
    """The standardised columns of the regression that one source column becomes: null, then its number or levels."""

    source: int
    is_number: bool
    levels: FloatArray
    has_null: bool
    design: FloatArray
    scale: FloatArray
    mean: FloatArray


def normal_scores(quantiles: FloatArray) -> FloatArray:
    """Quantiles of the normal distribution, those of the ends bounded."""
    return np.asarray(ndtri(np.clip(quantiles, _CLIP, 1 - _CLIP)))


def fit_index(
    pool: Pool, sources: Sequence[int], scores: FloatArray, least: float, most: int | None = None
) -> Index | None:
    """Weights by which the columns `sources` foretell a number; None where they foretell little.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Of the number in the rows of the pool, such as normal scores.
    least : float
        Share of their variance that must be foretold, by cross-validation.
    most : int, optional
        Columns to be selected, those that foretell most; all by default.

    References
    ----------
    Golub, Heath & Wahba (1979), "Generalized cross-validation as a method for choosing a good ridge parameter".
    """
    rows = np.linspace(0, scores.size - 1, min(scores.size, _ROWS)).astype(np.int64)
    target = scores[rows] - scores[rows].mean()
    terms = [term for place in sources if (term := _term(pool, place, rows)) is not None]
    if float(target.std()) < 1e-9 or len(terms) < (2 if most is None else 1):
        return None
    terms = terms if most is None else _telling(terms, target, most)
    weights = _ridge(np.concatenate([term.design for term in terms]), target, least) if terms else None
    return None if weights is None else _as_index(terms, weights)


def _term(pool: Pool, source: int, rows: IntArray) -> _Term | None:
    values, is_number = pool.columns[source][rows], pool.domains[source].kind == "number"
    missing = ~np.isfinite(values)
    has_null = _LEAST_SHARE <= float(missing.mean()) <= 1 - _LEAST_SHARE
    columns = [missing.astype(np.float64)] if has_null else []
    levels = np.empty(0)
    if is_number and source in pool.scores:
        columns.append(pool.scores.of(source, values))
    elif not is_number:
        known, counts = np.unique(values[~missing], return_counts=True)
        order = np.lexsort((known, -counts))
        levels = np.sort(known[order[counts[order] >= _LEAST_SHARE * values.size][:_LEVELS]])
        columns += [(values == code).astype(np.float64) for code in levels]
    design = np.array(columns).reshape(len(columns), values.size)
    mean, scale = design.mean(axis=1), design.std(axis=1)
    if not len(columns) or not (scale > 1e-9).any():
        return None
    scale = np.where(scale > 1e-9, scale, np.inf)
    return _Term(source, is_number, levels, has_null, (design - mean[:, None]) / scale[:, None], scale, mean)


def _telling(terms: list[_Term], target: FloatArray, most: int) -> list[_Term]:
    """Terms that foretell what those before them leave unsaid, more than chance would, in their order.

    Where the columns are many beside the rows, the best of them foretell something by chance: there each has to do so
    beyond what the best of as many do.

    References
    ----------
    Foster & George (1994), "The risk inflation criterion for multiple regression";
    Pati, Rezaiifar & Krishnaprasad (1993), "Orthogonal matching pursuit".
    """
    owner = np.repeat(np.arange(len(terms)), [len(term.design) for term in terms])
    design, left = np.concatenate([term.design for term in terms]), target
    chosen: list[int] = []
    many = target.size > _MANY * len(design)
    least = _CHANCE if many else max(_CHANCE, float(np.sqrt(2 * np.log(len(design)))))
    most = min(most, max(target.size // _ROWS_EACH, 1))
    least = max(least, _SURE) if most == 1 else least
    while len(chosen) < most and float(left.std()) > 1e-9:
        found = np.abs(_products(design, left)) / (left.std() * np.sqrt(left.size))
        found[np.isin(owner, chosen)] = 0.0
        best = int(np.argmax(np.round(found, 9)))
        if found[best] < least:
            break
        chosen.append(int(owner[best]))
        used = design[np.isin(owner, chosen)]
        squares = _squares(used) + _TOGETHER * target.size * np.eye(len(used))
        weights = np.linalg.solve(squares, _products(used, target))
        left = target - np.einsum("i,ij->j", weights, used, optimize=False)
    return [terms[place] for place in sorted(chosen)]


def _ridge(design: FloatArray, target: FloatArray, least: float) -> FloatArray | None:
    """Weights of the standardised columns, the penalty chosen by generalised cross-validation."""
    n_rows = target.size
    roots, vectors = np.linalg.eigh(_squares(design))
    roots = np.maximum(roots, 0.0)
    rotated = vectors.T @ _products(design, target)
    total = float((target**2).sum())
    best, lowest = None, (1 - least) * total / n_rows
    for penalty in _PENALTIES * n_rows:
        shrunk = rotated / (roots + penalty)
        residual = total - 2 * float((shrunk * rotated).sum()) + float((shrunk**2 * roots).sum())
        freedom = 1.0 + float((roots / (roots + penalty)).sum())
        if freedom >= n_rows - 1:
            continue
        error = residual / n_rows / (1 - freedom / n_rows) ** 2
        if error < lowest:
            best, lowest = vectors @ shrunk, error
    return best


def _squares(design: FloatArray) -> FloatArray:
    """Products of the rows with each other, added in one order on any machine."""
    return np.asarray(np.einsum("ij,kj->ik", design, design, optimize=False))


def _products(design: FloatArray, target: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,j->i", design, target, optimize=False))


def _as_index(terms: list[_Term], weights: FloatArray) -> Index:
    """The weighted sum as a function of the source columns' own values."""
    n = len(terms)
    levels, added = np.full((n, _LEVELS), np.inf), np.zeros((n, _LEVELS))
    missing, slopes, at = np.zeros(n), np.full(n, np.nan), 0
    for place, term in enumerate(terms):
        size = len(term.design)
        own = np.round(weights[at : at + size] / term.scale, _DIGITS)
        at += size
        if term.has_null:
            missing[place], own = own[0], own[1:]
        if term.is_number:
            slopes[place] = own[0] if own.size else 0.0
        else:
            levels[place, : term.levels.size], added[place, : term.levels.size] = term.levels, own
    return Index(np.array([term.source for term in terms], dtype=np.int64), slopes, missing, levels, added)
