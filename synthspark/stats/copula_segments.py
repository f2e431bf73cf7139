"""Segments of rows that resemble each other, and which segment a context row leads to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synthspark.stats.copula_latent import exact_product, on_grid
from synthspark.stats.copula_scores import mid_scores
from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import FloatArray
from synthspark.stats.marginals import CategoryMarginal, Marginal

IntArray = npt.NDArray[np.int64]

_LEVELS = 10  # categories of one column that enter the embedding
_DIMENSIONS = 8
_LLOYD_ROUNDS = 25
_CLASSIFIER_ROUNDS = 60
_ROWS_PER_COLUMN = 5  # a segment needs this many rows a latent column


def find_segments(
    matrix: FloatArray, marginals: Sequence[Marginal], settings: EngineSettings, generator: np.random.Generator
) -> IntArray:
    """Segment of each row, shape (n_rows,), numbered from 0; every segment has enough rows to stand alone.

    k-means on the leading components of normal scores (numbers) and scaled indicators (categories, nulls).

    References
    ----------
    Pagès (2004), "Analyse factorielle de données mixtes"; Arthur & Vassilvitskii (2007), "k-means++".
    """
    n_columns, n_rows = matrix.shape
    least = max(settings.segment_rows, settings.k, _ROWS_PER_COLUMN * n_columns)
    n_segments = min(settings.maximum_segments, n_rows // (2 * least))
    nominal = any(isinstance(part, CategoryMarginal) and part.order.size > 2 for part in marginals)
    if n_segments < 2 or (n_columns < 2 and not nominal):
        return np.zeros(n_rows, dtype=np.int64)
    chosen = np.sort(generator.permutation(n_rows)[: settings.fit_rows])
    embedding = _embed(matrix, marginals, chosen)
    if embedding.shape[0] == 0:
        return np.zeros(n_rows, dtype=np.int64)
    centres = _kmeans(embedding[:, chosen], n_segments, generator)
    labels = _nearest(embedding, centres)
    counts = np.bincount(labels, minlength=n_segments)
    while counts[counts > 0].min() < least and (counts > 0).sum() > 1:
        small = int(np.where(counts > 0, counts, n_rows + 1).argmin())
        centres[:, small] = np.inf
        labels = _nearest(embedding, centres)
        counts = np.bincount(labels, minlength=n_segments)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _embed(matrix: FloatArray, marginals: Sequence[Marginal], chosen: IntArray) -> FloatArray:
    rows = []
    for values, marginal in zip(matrix, marginals, strict=True):
        if isinstance(marginal, CategoryMarginal):
            places = marginal.places(values)
            shares = np.diff(marginal.bounds)
            largest = np.argsort(-shares, kind="stable")[:_LEVELS]
            rows += [((places == place) - shares[place]) / np.sqrt(shares[place]) for place in largest]
        else:
            rows.append(mid_scores(*marginal.intervals(values)))
        if 0.0 < marginal.null_fraction < 1.0:
            share = marginal.null_fraction
            rows.append((np.isnan(values) - share) / np.sqrt(share * (1 - share)))
    if not rows:
        return np.empty((0, matrix.shape[1]))
    stacked = np.array(rows)
    stacked -= stacked.mean(axis=1, keepdims=True)
    part = stacked[:, chosen]
    values, vectors = np.linalg.eigh(part @ part.T / chosen.size)
    order = np.argsort(-values, kind="stable")[:_DIMENSIONS]
    # Kaiser's rule; of a single column every component has the eigenvalue 1 and all of them count.
    order = order[(values[order] > (1.0 if len(marginals) > 1 else 0.5)) | (np.arange(order.size) == 0)]
    leading = vectors[:, order]
    leading = leading * np.sign(leading[np.abs(leading).argmax(axis=0), np.arange(order.size)])
    return np.asarray(leading.T @ stacked)


def _distances(points: FloatArray, centres: FloatArray) -> FloatArray:
    return np.array([((points - centre[:, None]) ** 2).sum(axis=0) for centre in centres.T])


def _nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    return np.asarray(_distances(points, centres).argmin(axis=0), dtype=np.int64)


def _kmeans(points: FloatArray, n_centres: int, generator: np.random.Generator) -> FloatArray:
    """Centres of shape (n_dimensions, n_centres)."""
    centres = points[:, [int(generator.integers(points.shape[1]))]]
    for _ in range(n_centres - 1):
        away = np.cumsum(_distances(points, centres).min(axis=0))
        place = int(np.searchsorted(away, generator.random() * away[-1]))
        centres = np.concatenate([centres, points[:, [min(place, points.shape[1] - 1)]]], axis=1)
    for _ in range(_LLOYD_ROUNDS):
        labels = _nearest(points, centres)
        counts = np.bincount(labels, minlength=n_centres)
        sums = np.array([np.bincount(labels, weights=row, minlength=n_centres) for row in points])
        moved = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def fit_segment_weights(features: FloatArray, labels: IntArray, n_segments: int) -> FloatArray:
    """Weights of a multinomial logistic regression of the segment, shape (n_segments, n_features + 1), intercept last.

    Ridge regression with a fixed bound in place of the Hessian: every round raises the likelihood.

    References
    ----------
    Böhning (1992), "Multinomial logistic regression algorithm".
    """
    n_features, n_rows = features.shape
    design = np.concatenate([features, np.ones((1, n_rows))])
    shares = np.bincount(labels, minlength=n_segments) / max(n_rows, 1)
    weights = np.zeros((n_segments, n_features + 1))
    weights[:, -1] = np.log(np.maximum(shares, 1e-12))
    if n_features:
        ridge = np.full(n_features + 1, 1.0 + 0.001 * n_rows)
        ridge[-1] = 1e-6
        bound = np.linalg.inv(design @ design.T / 2 + np.diag(ridge))
        target = (labels == np.arange(n_segments)[:, None]).astype(np.float64)
        for _ in range(_CLASSIFIER_ROUNDS):
            logits = weights @ design
            chance = np.exp(logits - logits.max(axis=0))
            gradient = (target - chance / chance.sum(axis=0)) @ design.T - weights * ridge * (
                np.arange(n_features + 1) < n_features
            )
            weights = weights + gradient @ bound
    return on_grid(weights)


def choose_segments(weights: FloatArray, features: FloatArray, u: FloatArray, place: IntArray) -> IntArray:
    """Segment of each row by its uniform number u, shape (n,), given features of shape (n_features, n_runs).

    `place`, shape (n,), says which features are those of a row.
    """
    n_segments = weights.shape[0]
    if n_segments == 1:
        return np.zeros(u.size, dtype=np.int64)
    if features.shape[0] == 0:
        chance = np.exp(weights[:, -1])
        chosen = np.searchsorted(np.cumsum(chance / chance.sum()), u)
        return np.asarray(np.minimum(chosen, n_segments - 1), dtype=np.int64)
    logits = exact_product(weights[:, :-1], features) + weights[:, -1:]
    logits -= logits.max(axis=0)
    np.exp(logits, out=logits)
    for segment in range(1, n_segments):
        logits[segment] += logits[segment - 1]
    threshold = u * logits[-1][place]
    found = np.zeros(u.size, dtype=np.int64)
    for below in logits[:-1]:
        found += below[place] <= threshold
    return found
