"""The Gaussian part of the copula: latent scores of ties, shrunk correlations, conditioning, exact products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from synthspark.stats.frame import FloatArray

_EDGE = 1e-15
_LEAST_SHRINKAGE = 1e-6  # keeps the correlation of columns that follow each other exactly positive definite
_LEAST_ROOT = 1e-4  # smallest eigenvalue of a correlation
_FEATURE_RIDGE = 1e-3  # indicators of all categories of a column add up to a constant
_NEGLIGIBLE = 2e-3  # loadings below change a row by less than its knots resolve
# Factors on these binary grids make every product and every partial sum exact in float64 (their bits add up
# to fewer than 53), so a matrix product has the same bits in any batch, on any machine, in any order of summation.
_ROW_GRID, _LOADING_GRID = 2.0**20, 2.0**22


@dataclass(frozen=True, eq=False)
class Conditional:
    """Rows' scores given context features x: ``slope @ x + factor @ e``, e independent standard normal.

    Attributes
    ----------
    slope : ndarray of shape (n_columns, n_features)
    factor : ndarray of shape (n_columns, n_columns), lower triangular
    """

    slope: FloatArray
    factor: FloatArray


def shrunk_correlation(scores: FloatArray) -> FloatArray:
    """Correlation of the rows of `scores`, shape (n_columns, n_rows), each shrunk as far as chance may have made it.

    A correlation r whose sampling variance is v becomes ``r - v / r``, or 0 where that changes its sign: one that
    stands out stays though most of the others are noise. Constant columns are uncorrelated; always positive definite.

    References
    ----------
    Rothman, Levina & Zhu (2009), "Generalized thresholding of large covariance matrices".
    """
    n_columns, n_rows = scores.shape
    if n_rows < 2 or n_columns == 0:
        return np.eye(n_columns)
    unit = _standardised(scores)
    correlation = unit @ unit.T / n_rows
    variance = ((unit**2) @ (unit**2).T / n_rows - correlation**2) / (n_rows - 1)
    squared = np.maximum(correlation**2, 1e-300)
    return _positive(correlation * np.maximum(1 - np.maximum(variance, 0.0) / squared, 0.0))


def _plain_correlation(scores: FloatArray) -> FloatArray:
    """Correlation of the rows of `scores`, kept positive definite."""
    unit = _standardised(scores)
    return _positive(unit @ unit.T / max(scores.shape[1], 1))


def _standardised(scores: FloatArray) -> FloatArray:
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-12))


def _positive(correlation: FloatArray) -> FloatArray:
    """The nearest matrix with a unit diagonal and no eigenvalue too small, but for rounding."""
    correlation = (correlation + correlation.T) / 2 * (1 - _LEAST_SHRINKAGE)
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < _LEAST_ROOT:
        correlation = (vectors * np.maximum(values, _LEAST_ROOT)) @ vectors.T
        length = np.sqrt(np.diag(correlation))
        correlation /= np.outer(length, length)
        np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)


def condition(correlation: FloatArray, n_features: int) -> Conditional:
    """Conditional distribution of the later variables given the first `n_features`, in closed form.

    ``slope = C_yx C_xx^-1``, ``factor factor' = C_yy - C_yx C_xx^-1 C_xy`` (Anderson 2003, theorem 2.5.1).
    """
    among = correlation[:n_features, :n_features] + _FEATURE_RIDGE * np.eye(n_features)
    cross = correlation[n_features:, :n_features]
    slope = (
        np.asarray(np.linalg.solve(among, cross.T).T, dtype=np.float64) if n_features else np.zeros((cross.shape[0], 0))
    )
    left = correlation[n_features:, n_features:] - slope @ cross.T
    return Conditional(on_grid(slope), on_grid(_sparse(_root((left + left.T) / 2))))


def _root(covariance: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        # Positive definite in theory; rounding can push the smallest eigenvalues of near copies below zero.
        values, vectors = np.linalg.eigh(covariance)
        return np.asarray(np.linalg.cholesky((vectors * np.maximum(values, 1e-8)) @ vectors.T))


def _sparse(factor: FloatArray) -> FloatArray:
    """The factor without negligible loadings, each row as long as before."""
    kept = np.where(np.abs(factor) >= _NEGLIGIBLE, factor, 0.0)
    np.fill_diagonal(kept, np.diag(factor))
    norm = np.sqrt((kept**2).sum(axis=1, keepdims=True))
    before = np.sqrt((factor**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(kept * before, norm, out=kept, where=norm > 0))


def on_grid(loadings: FloatArray) -> FloatArray:
    """Loadings on the grid that `exact_product` needs."""
    out: FloatArray = np.rint(loadings * _LOADING_GRID) / _LOADING_GRID
    return out


def exact_product(loadings: FloatArray, rows: FloatArray) -> FloatArray:
    """``loadings @ rows`` for loadings from `on_grid`, with rows, shape (n_inner, n), rounded to 1e-6 in place.

    Free of rounding errors, hence column i of the result depends on column i of `rows` only, to the last bit.
    """
    np.multiply(rows, _ROW_GRID, out=rows)
    np.rint(rows, out=rows)
    np.multiply(rows, 1 / _ROW_GRID, out=rows)  # a power of two: the quotient itself
    out: FloatArray = loadings @ rows
    return out


def latent_correlation(
    low: FloatArray, high: FloatArray, features: FloatArray, generator: np.random.Generator, sweeps: int
) -> FloatArray:
    """Correlation of (features, latent scores) when each latent score lies between two normal quantiles.

    Scores drawn independently inside the ties of discrete columns would look less dependent than they are; so
    each is redrawn, given all others and the features, from its truncated conditional normal, and the correlation
    is the mean over the later sweeps.

    Parameters
    ----------
    low, high : ndarray of shape (n_columns, n_rows)
        Quantiles in [0, 1]; equal where a value has no tie, (0, 1) where nothing is known.
    features : ndarray of shape (n_features, n_rows)
        Standardised and fixed.
    generator : numpy.random.Generator
    sweeps : int
        At least 2; half of them are thrown away.

    References
    ----------
    Hoff (2007), "Extending the rank likelihood for semiparametric copula estimation"; Albert & Chib (1993).
    """
    n_rows = low.shape[1]
    # The extremes of few rows lie where they are expected, not at the ends of the scale.
    edge = 0.5 / max(n_rows, 1)
    exact = high - low <= 1e-9
    low, high = (np.where(exact, np.clip(part, edge, 1 - edge), part) for part in (low, high))
    a = ndtri(np.clip(low, _EDGE, 1 - _EDGE))
    b = ndtri(np.clip(high, _EDGE, 1 - _EDGE))
    start = low + (high - low) * generator.random(low.shape)
    scores = ndtri(np.clip(start, _EDGE, 1 - _EDGE))
    tied = np.flatnonzero((high - low > 1e-9).any(axis=1))
    stacked = np.concatenate([features, scores])
    if tied.size == 0 or n_rows < 2:
        return shrunk_correlation(stacked)
    n_features, kept = features.shape[0], []
    latent = stacked[n_features:]
    for sweep in range(max(sweeps, 2)):
        if sweep >= sweeps // 2:
            kept.append(shrunk_correlation(stacked))
        _redraw(latent, a, b, features, _plain_correlation(stacked), tied, generator)
    kept.append(shrunk_correlation(stacked))
    return np.asarray(np.mean(kept, axis=0))


def _redraw(
    latent: FloatArray,
    a: FloatArray,
    b: FloatArray,
    features: FloatArray,
    correlation: FloatArray,
    tied: npt.NDArray[np.intp],
    generator: np.random.Generator,
) -> None:
    """One Gibbs sweep over the tied columns, in place."""
    given = condition(correlation, features.shape[0])
    centre = given.slope @ features
    precision = np.linalg.inv(given.factor @ given.factor.T)
    error = latent - centre
    for column in tied:
        spread = precision[column, column] ** -0.5
        weights = precision[column] / precision[column, column]
        mean = latent[column] - weights @ error
        floor, ceiling = ndtr((a[column] - mean) / spread), ndtr((b[column] - mean) / spread)
        u = floor + (ceiling - floor) * generator.random(mean.size)
        drawn = mean + spread * ndtri(np.clip(u, _EDGE, 1 - _EDGE))
        latent[column] = np.clip(drawn, a[column], b[column])
        error[column] = latent[column] - centre[column]
