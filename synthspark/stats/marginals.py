"""The distribution of one column: spikes and a continuous part on the column's own grid, or categories; and nulls.

Every marginal is a quantile function of the values that are present. `from_uniform` puts nulls at its low end.
A value that fewer than k rows hold is never a spike or a category, and the k outermost values of a number
are known to the model by their average only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.piecewise import PiecewiseLinear
from synthspark.stats.quantiles import COUNT, Grid, count_quantiles, find_grid, fit_quantiles

IntArray = npt.NDArray[np.int64]
Parts = tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]

_LARGEST = 1e300  # differences of larger numbers overflow
_EDGE = 2.0**-53  # keeps uniforms inside (0, 1), where normal scores are finite


@dataclass(frozen=True, eq=False)
class NumberMarginal:
    """Quantile function of a number: piecewise linear through (u, x), flat at spikes, rounded to the grid.

    Attributes
    ----------
    u, x : ndarray of shape (n_knots,)
        Knots, u from 0 to 1, both rising; empty when no value is known.
    atoms : ndarray
        Spikes: values that hold a share of their own, ascending.
    null_fraction : float
        Share of nulls among all rows.
    notes : mapping
        Rows and masses that the privacy rules removed; counts only.
    """

    u: FloatArray
    x: FloatArray
    atoms: FloatArray
    grid: Grid
    null_fraction: float
    notes: Mapping[str, Any]

    @property
    def ends(self) -> tuple[float, float] | None:
        """Smallest and largest number; None where none is known."""
        return (float(self.x[0]), float(self.x[-1])) if self.x.size else None

    @cached_property
    def _quantile(self) -> PiecewiseLinear:
        return PiecewiseLinear(self.u, self.x)

    @cached_property
    def _spikes(self) -> tuple[FloatArray, FloatArray]:
        """Mass below and up to each atom."""
        low = self.u[np.searchsorted(self.x, self.atoms, side="left")]
        high = self.u[np.searchsorted(self.x, self.atoms, side="right") - 1]
        return low, high

    @cached_property
    def _is_strict(self) -> bool:
        """Whether no value has a share of its own."""
        return bool((np.diff(self.x) > 0).all())

    @property
    def is_constant(self) -> bool:
        """Whether there is nothing to draw: one value, or none."""
        return self.x.size == 0 or bool(self.grid.nearest(self.x[0]) == self.grid.nearest(self.x[-1]))

    def present(self, u: FloatArray) -> FloatArray:
        """Values at the quantiles u, shape (n,), of the distribution without nulls; NaN when no value is known."""
        if self.x.size == 0:
            return np.full(u.shape, np.nan)
        return np.asarray(self.grid.nearest(self._quantile(u)))

    def from_uniform(self, u: FloatArray) -> FloatArray:
        """Values at the quantiles u in (0, 1), shape (n,), nulls (NaN) lowest."""
        return _with_nulls(self, u)

    def intervals(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Quantiles (low, high) between which each value lies: wide for spikes, one point where continuous.

        Nulls get (0, 1), since nothing is known of the value there.
        """
        if self.x.size == 0:
            return np.zeros(values.shape), np.ones(values.shape)
        missing = np.isnan(values)
        known = np.clip(self.grid.nearest(np.where(missing, self.x[0], values)), self.x[0], self.x[-1])
        half = self.grid.step / 2
        high = np.interp(known + half, self.x, self.u)
        if half:
            low = np.interp(known - half, self.x, self.u)
        elif self._is_strict:
            low = high
        else:  # Where x repeats, np.interp takes the last u; the mirrored function gives the first.
            low = -np.interp(-known, -self.x[::-1], -self.u[::-1])
        if self.atoms.size:
            place = np.minimum(np.searchsorted(self.atoms, known), self.atoms.size - 1)
            spike = self.atoms[place] == known
            low = np.where(spike, self._spikes[0][place], low)
            high = np.where(spike, self._spikes[1][place], high)
        return np.where(missing, 0.0, low), np.where(missing, 1.0, high)

    def points(self, most: int) -> FloatArray | None:
        """All values on the grid, and one beyond each end; None if there are more than `most` or no grid."""
        if self.x.size == 0 or self.grid.step == 0 or (self.x[-1] - self.x[0]) / self.grid.step > most - 4:
            return None
        first, last = (self.grid.nearest(end) for end in self.ends or ())
        number = round((last - first) / self.grid.step) + 3
        return np.asarray(self.grid.nearest(first + self.grid.step * np.arange(-1, number - 1)))

    def nearest_point(self, values: FloatArray, number: int) -> IntArray:
        """Place of each value among so many `points`; `number` itself for nulls."""
        missing, first = np.isnan(values), self.grid.nearest(self.x[0]) - self.grid.step
        place = np.rint((np.where(missing, first, values) - first) / self.grid.step)
        return np.where(missing, number, np.clip(place, 0, number - 1)).astype(np.int64)

    def marks(self, size: int) -> FloatArray:
        """Quantiles from 0 to 1 at which this distribution may be reweighted: spikes' borders and an even grid."""
        even = np.linspace(0.0, 1.0, size // 2 + 1)
        tails = np.array([0.001, 0.005, 0.995, 0.999])
        if self.atoms.size == 0:
            return np.union1d(even, tails)
        low, high = self._spikes
        largest = np.argsort(low - high, kind="stable")[: size // 4]
        inside = np.concatenate([even, tails])
        place = np.clip(np.searchsorted(low, inside, side="right") - 1, 0, low.size - 1)
        inside = inside[~((inside > low[place]) & (inside < high[place]))]
        return np.unique(np.clip(np.concatenate([inside, low[largest], high[largest], [0.0, 1.0]]), 0.0, 1.0))

    def to_parts(self) -> Parts:
        document = {
            "kind": "number",
            "grid": self.grid.to_json(),
            "null_fraction": self.null_fraction,
            "notes": dict(self.notes),
        }
        return document, {"u": self.u, "x": self.x, "atoms": self.atoms}


@dataclass(frozen=True, eq=False)
class CategoryMarginal:
    """Shares of categories, in an order in which neighbours resemble each other.

    Attributes
    ----------
    order : ndarray of int64, shape (n_kept,)
        Codes kept, in order. Without any, the code of "any other category" is drawn.
    bounds : ndarray of shape (n_kept + 1,)
        Cumulative shares, 0 to 1.
    n_codes : int
        Categories of the domain; this code stands for any other.
    """

    order: IntArray
    bounds: FloatArray
    n_codes: int
    null_fraction: float
    notes: Mapping[str, Any]

    @cached_property
    def _quantile(self) -> PiecewiseLinear:
        return PiecewiseLinear(self.bounds, self.bounds)

    @cached_property
    def _place(self) -> IntArray:
        """Place in the order of each code; -1 for codes that were pooled away."""
        place = np.full(self.n_codes + 2, -1, dtype=np.int64)
        place[self.order] = np.arange(self.order.size)
        return place

    @property
    def is_constant(self) -> bool:
        """Whether there is nothing to draw: one category, or none."""
        return self.order.size < 2

    def present(self, u: FloatArray) -> FloatArray:
        """Codes at the quantiles u, shape (n,), of the distribution without nulls."""
        if self.order.size == 0:
            return np.full(u.shape, float(self.n_codes))
        place = np.minimum(self._quantile.pieces(u), self.order.size - 1)
        return self.order[place].astype(np.float64)

    def from_uniform(self, u: FloatArray) -> FloatArray:
        """Codes at the quantiles u in (0, 1), shape (n,), nulls (NaN) lowest."""
        return _with_nulls(self, u)

    def places(self, values: FloatArray) -> IntArray:
        """Place of each code in the order, shape (n,); -1 for nulls and codes that were pooled away."""
        codes = np.where(np.isnan(values), self.n_codes + 1, values).astype(np.int64)
        return np.asarray(self._place[np.clip(codes, 0, self.n_codes + 1)])

    def intervals(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Quantiles (low, high) of each code; (0, 1) for nulls and codes that were pooled away."""
        if self.order.size == 0:
            return np.zeros(values.shape), np.ones(values.shape)
        place = self.places(values)
        low = np.where(place >= 0, self.bounds[place], 0.0)
        return low, np.where(place >= 0, self.bounds[place + 1], 1.0)

    def points(self, most: int) -> FloatArray | None:
        """All codes, that of any other category included; None if there are more than `most`."""
        return np.arange(self.n_codes + 1.0) if self.n_codes < most else None

    def nearest_point(self, values: FloatArray, number: int) -> IntArray:
        """Place of each code among so many `points`; `number` itself for nulls."""
        missing = np.isnan(values)
        return np.where(missing, number, np.clip(np.where(missing, 0.0, values), 0, number - 1)).astype(np.int64)

    def marks(self, size: int) -> FloatArray:
        """Quantiles from 0 to 1 at which this distribution may be reweighted: borders of categories."""
        if self.bounds.size <= size + 1:
            return self.bounds
        near = np.searchsorted(self.bounds, np.linspace(0.0, 1.0, size + 1))
        large = np.argsort(-np.diff(self.bounds), kind="stable")[: size // 2]
        return np.asarray(self.bounds[np.unique(np.concatenate([near, large, large + 1]))])

    def to_parts(self) -> Parts:
        document = {
            "kind": "category",
            "n_codes": self.n_codes,
            "null_fraction": self.null_fraction,
            "notes": dict(self.notes),
        }
        return document, {"order": self.order, "bounds": self.bounds}


Marginal = NumberMarginal | CategoryMarginal


def fit_marginal(
    values: FloatArray, domain: Domain, settings: EngineSettings, *, scores: FloatArray | None = None
) -> Marginal:
    """Distribution of one column's values, shape (n,), NaN where null.

    `scores` (one a category of the domain, equal for recodings of each other) set the order of categories;
    without them the most frequent comes first. Fewer than k nulls are taken for values that happen to be unknown.
    Infinite numbers, and those beyond 1e300, count as null and are noted.
    """
    if domain.kind == "category":
        return _fit_categories(values, len(domain.categories), settings, scores)
    missing = ~(np.abs(values) <= _LARGEST)
    null_fraction, notes = _null_fraction(missing, settings.k)
    infinite = int(missing.sum() - np.isnan(values).sum())
    if infinite:
        notes["infinite_rows"] = infinite
    present = np.sort(values[~missing])
    if present.size == 0 or null_fraction == 1.0:
        empty = np.empty(0)
        return NumberMarginal(empty, empty, empty, Grid(0.0, 0.0, -1), null_fraction, notes)
    counts = domain.type == COUNT
    grid = Grid(1.0, 0.0, 0) if counts else find_grid(present, domain.type)
    knots = fit_quantiles(grid.nearest(present), grid, settings, zero_apart=counts)
    notes |= {"rows": int(present.size), "absorbed_rows": knots.absorbed_rows, "coarse": knots.coarse}
    return NumberMarginal(knots.u, knots.x, knots.atoms, grid, null_fraction, notes)


def count_marginal(counts: FloatArray, settings: EngineSettings) -> NumberMarginal:
    """Distribution of non-negative whole counts, shape (n,): exact shares of small counts, a smooth tail above."""
    present = np.sort(counts)
    grid = Grid(1.0, 0.0, 0)
    if present.size == 0:
        present = np.zeros(1)
    knots = count_quantiles(present, grid, settings)
    return NumberMarginal(knots.u, knots.x, knots.atoms, grid, 0.0, {"rows": int(counts.size)})


def marginal_from_parts(document: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Marginal:
    """The marginal that `to_parts` described."""
    shared = (float(document["null_fraction"]), document["notes"])
    if document["kind"] == "category":
        return CategoryMarginal(arrays["order"], arrays["bounds"], int(document["n_codes"]), *shared)
    return NumberMarginal(arrays["u"], arrays["x"], arrays["atoms"], Grid.from_json(document["grid"]), *shared)


def to_normal(marginal: Marginal, values: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Normal scores of values, shape (n,), drawn at random inside spikes, categories and nulls.

    With values from the marginal the scores are standard normal, also where the distribution has atoms.

    References
    ----------
    Rüschendorf (2009), "On the distributional transform, Sklar's theorem, and the empirical copula process".
    """
    low, high = marginal.intervals(values)
    nulls = marginal.null_fraction
    missing = np.isnan(values)
    low = np.where(missing, 0.0, nulls + (1 - nulls) * low)
    high = np.where(missing, nulls, nulls + (1 - nulls) * high)
    u = low + (high - low) * generator.random(values.shape)
    scores: FloatArray = ndtri(np.clip(u, _EDGE, 1 - _EDGE))
    return scores


def _with_nulls(marginal: Marginal, u: FloatArray) -> FloatArray:
    nulls = marginal.null_fraction
    if nulls == 0.0:
        return marginal.present(u)
    if nulls == 1.0:
        return np.full(u.shape, np.nan)
    inside = np.minimum(np.maximum((u - nulls) / (1 - nulls), 0.0), 1 - _EDGE)
    return np.where(u < nulls, np.nan, marginal.present(inside))


def _null_fraction(missing: npt.NDArray[np.bool_], k: int) -> tuple[float, dict[str, Any]]:
    n_missing, n_rows = int(missing.sum()), missing.size
    if n_missing and n_rows - n_missing < k:
        return 1.0, {"pooled_present_rows": n_rows - n_missing}
    if 0 < n_missing < k:
        return 0.0, {"pooled_null_rows": n_missing}
    return (n_missing / n_rows if n_rows else 0.0), {}


def _fit_categories(
    values: FloatArray, n_codes: int, settings: EngineSettings, scores: FloatArray | None
) -> CategoryMarginal:
    missing = np.isnan(values)
    null_fraction, notes = _null_fraction(missing, settings.k)
    codes = values[~missing].astype(np.int64)
    counts = np.bincount(np.clip(codes, 0, n_codes), minlength=n_codes + 1)
    named = counts[:n_codes]
    ranks = np.argsort(-named, kind="stable")[: settings.maximum_categories]
    kept = np.sort(ranks[named[ranks] >= settings.k]) if null_fraction < 1.0 else ranks[:0]
    # Ties fall by the first row that holds the category, which is the same in a recoding of the column.
    first = np.full(n_codes + 1, codes.size)
    np.minimum.at(first, np.clip(codes, 0, n_codes), np.arange(codes.size))
    leading = -named if scores is None else scores
    order = kept[np.lexsort((first[kept], leading[kept]))]
    total = int(named[order].sum())
    bounds = np.concatenate([[0.0], np.cumsum(named[order]) / max(total, 1)])
    if order.size:
        bounds[-1] = 1.0
    pooled = {"pooled_rows": int(codes.size) - total, "pooled_categories": int((named > 0).sum()) - order.size}
    notes |= {"rows": int(codes.size), **pooled}
    return CategoryMarginal(order.astype(np.int64), bounds, n_codes, null_fraction, notes)
