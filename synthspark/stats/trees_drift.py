"""What columns say of a number, or of one of two categories, beyond its leaf: they move the quantile that is drawn.

A tree that is pruned to what its rows bear out leaves weak dependences behind, and those that run smoothly through its
leaves; with many columns most are of this kind. They are taken up by a regression of the place of each row within its
leaf's distribution on the other columns. So a leaf keeps its distribution while rows that the regression puts high are
drawn from its upper part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from synthspark.stats.frame import FloatArray
from synthspark.stats.trees_index import Arrays, Index, fit_index, normal_scores
from synthspark.stats.trees_leaves import Leaves
from synthspark.stats.trees_predictors import Pool
from synthspark.stats.trees_targets import Target

_LEAST = 0.005  # share of the variance within leaves that must be foretold
_MOST_SOURCES = 24  # columns that move one column
_LEAST_KNOWN = 0.05  # variance of the score that a row's value tells; less where nearly all rows hold one value
_MOST_SPREAD = 0.97  # of what is added; more would leave nothing to chance
_FURTHEST = 3.0  # standard deviations of what is added
_POINT = 1e-6  # width of quantiles below which they are a point


@dataclass(frozen=True, eq=False)
class Drift:
    """A weighted sum of columns that is added to the normal score of a row's place in its leaf.

    Attributes
    ----------
    index : Index
        Zero on average.
    spread : float
        Its variance, by which chance counts less.
    """

    index: Index
    spread: float

    def moved(self, u: FloatArray, pool: Pool) -> FloatArray:
        """Uniform numbers of shape (n,), moved; uniform still over all rows."""
        most = _FURTHEST * np.sqrt(self.spread)  # rows of a copy may be unlike any that were learned from
        added = np.clip(self.index.values(pool), -most, most)
        return np.asarray(ndtr(added + np.sqrt(1 - self.spread) * ndtri(u)))

    @classmethod
    def from_parts(cls, arrays: Arrays, spread: float | None) -> Drift | None:
        return None if spread is None else cls(Index.from_parts(arrays), spread)


def fit_drift(
    pool: Pool, sources: list[int], target: Target, leaf: npt.NDArray[np.int32], leaves: Leaves
) -> Drift | None:
    """What the columns `sources` say of the target beyond the leaf of each row; None where it is little.

    The score of a row is its expectation given the value: of a point of the distribution the normal score, of a spike
    or a category the mean over its quantiles. A small move of the distribution moves it by its variance times as much
    (Fisher information), so weights are divided by that.

    Parameters
    ----------
    pool : Pool
        The rows that the target was made of.
    """
    bounds = _places_in_leaf(target, leaf, leaves)
    if bounds is None:
        return None
    scores = _expected(*bounds)
    known = float(scores.var())
    index = fit_index(pool, sources, scores / known, _LEAST, _MOST_SOURCES) if known > _LEAST_KNOWN else None
    if index is None:
        return None
    spread = float(index.values(pool).var())
    if spread > _MOST_SPREAD:
        index = index.scaled(round(float(np.sqrt(_MOST_SPREAD / spread)), 9))
    added = index.values(pool)
    return Drift(index.moved(-round(float(added.mean()), 9)), round(float(added.var()), 9))


def _places_in_leaf(
    target: Target, leaf: npt.NDArray[np.int32], leaves: Leaves
) -> tuple[FloatArray, FloatArray] | None:
    """Quantiles of its leaf between which each row's value lies; None for three categories or more."""
    if not target.is_category:
        spiky, at = target.place >= 0, np.maximum(target.place, 0)
        low = leaves.shares_below(leaf, np.where(spiky, target.spikes[0][at], target.u))
        high = leaves.shares_below(leaf, np.where(spiky, target.spikes[1][at], target.u))
        return low, np.maximum(high, low)
    used = np.unique(target.place)
    if used.size != 2:
        return None
    first = target.place == used[0]
    share = (np.bincount(leaf, weights=first) / np.bincount(leaf))[leaf]
    return np.where(first, 0.0, share), np.where(first, share, 1.0)


def _expected(low: FloatArray, high: FloatArray) -> FloatArray:
    """Mean of a standard normal number between two of its quantiles."""
    width = high - low
    inner = ndtri(np.clip([low, high], 1e-12, 1 - 1e-12))
    density = np.exp(-(inner**2) / 2) / np.sqrt(2 * np.pi)
    return np.where(
        width > _POINT, (density[0] - density[1]) / np.maximum(width, _POINT), normal_scores((low + high) / 2)
    )
