"""People who were copied with small changes, even if there are only a few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, norm

from synthspark.stats.intervals import PROOF
from synthspark.stats.nearest import Points, nearest

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_BARS = (0.1, 0.05, 0.025)  # ratios below which a row stands at one real row
_TAIL = 0.2  # share of the real rows, those nearest to another one, that the law of small ratios is learned from
_FEWEST_IN_TAIL = 20
_SMALLEST = 0.0125  # ratios below are taken for it: rounding, not closeness, makes them so small
_CAUTION = 2.0  # standard errors by which the exponent is taken smaller than estimated
_DISTINCT = 0.5  # values a row from which a column is not rounded
_FEWEST = 2  # people: one alone may be chance that no law knows of
_PROVEN = float(norm.sf(PROOF)) / len(_BARS)  # chance of a false alarm at each bar


@dataclass(frozen=True)
class CloseCopies:
    """Synthetic rows whose nearest real row is many times nearer than the second nearest, and how many are expected."""

    found: int
    expected: float
    bar: float
    n_synthetic: int
    proven: float  # lower bound of the number beyond what is expected; 0 where chance explains all

    @property
    def excess(self) -> float:
        """Share of the synthetic rows beyond what is expected, where any is proven."""
        return (self.found - self.expected) / max(1, self.n_synthetic) if self.proven > 0.0 else 0.0


def close_ratios(queries: Points, reference: Points, people: tuple[IntArray, IntArray] | None = None) -> FloatArray:
    """Distance to the nearest over that to the second nearest reference row; 1 where a row has no two.

    With `people` of the queries and of the reference rows, rows of a query's own person are passed over.
    """
    found = nearest(queries, reference, 2, people)[0]
    if found.shape[1] < 2:
        return np.ones(queries.n_rows)
    known = np.isfinite(found[:, 1]) & (found[:, 1] > 0)
    return np.where(known, found[:, 0] / np.where(known, found[:, 1], 1.0), 1.0)


def is_rounded(points: Points) -> bool:
    """Whether every column repeats its values, so that different rows may coincide."""
    n_values = [np.unique(column).size for column in (*points.numbers.T, *points.codes.T)]
    return max(n_values, default=1) <= _DISTINCT * points.n_rows


def count_close(synthetic: FloatArray, real: FloatArray, *, rounded: bool) -> CloseCopies | str:
    """Close copies by the ratio of the distances to the nearest and the second nearest real row, or why none are told.

    Parameters
    ----------
    synthetic : ndarray of shape (n_synthetic,)
        Ratios of the synthetic rows, in [0, 1].
    real : ndarray of shape (n_real,)
        Ratios of real rows to those of other people, which show what is natural.
    rounded : bool
        Whether rows of different people may coincide. Then, and where real ones do, rows at no distance are passed
        over: they are exact copies, which are judged by how often they occur.

    Notes
    -----
    Of points spread smoothly in D dimensions around a row, the ratio of the two smallest distances is below q with
    probability q^D, wherever the row stands and however dense the points are. So a handful of copies stands out even
    where no real row comes as near: natural rows with a ratio of .02 are as rare as .02^D. D is estimated from the
    smallest ratios of the real rows, with `_CAUTION`; where real rows do come as near (values on a grid, rows that
    repeat), the upper bound of their share counts instead. The number found is held against a Poisson law.

    References
    ----------
    Facco, d'Errico, Rodriguez & Laio (2017), "Estimating the intrinsic dimension of datasets by a minimal neighborhood
    information"; Hill (1975), "A simple general approach to inference about the tail of a distribution".
    """
    if rounded or (real <= 0.0).any():
        synthetic, real = (np.where(side > 0.0, side, 1.0) for side in (synthetic, real))
    start = float(np.quantile(real, _TAIL)) if real.size else 0.0
    tail = np.maximum(real[real < start], _SMALLEST)
    if start <= _BARS[0] or tail.size < _FEWEST_IN_TAIL:
        return "too many real rows stand as close to another one"
    exponent = tail.size / float(np.log(start / tail).sum()) * (1.0 - _CAUTION / tail.size**0.5)
    counted = [_at(bar, synthetic, real, _TAIL * (bar / start) ** exponent) for bar in _BARS]
    return max(counted, key=lambda item: (item.proven, -item.bar))


def _at(bar: float, synthetic: FloatArray, real: FloatArray, by_law: float) -> CloseCopies:
    found, natural = int((synthetic < bar).sum()), int((real < bar).sum())
    by_count = float(chi2.ppf(0.95, 2 * natural + 2)) / 2.0 / real.size if natural else 0.0
    expected = max(by_law, by_count) * synthetic.size
    # Garwood's lower bound of the mean of a Poisson number.
    least = float(chi2.ppf(_PROVEN, 2 * found)) / 2.0 if found >= _FEWEST else 0.0
    return CloseCopies(found, expected, bar, synthetic.size, max(0.0, least - expected))
