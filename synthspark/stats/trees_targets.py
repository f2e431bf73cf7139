"""What a tree is grown to tell apart: thresholds on a number's quantiles, categories, or projections of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.marginals import CategoryMarginal, Marginal, NumberMarginal
from synthspark.stats.trees_leaves import Leaves, category_leaves, number_leaves
from synthspark.stats.trees_texture import texture

IntArray = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_THRESHOLDS = 8  # quantiles at which the distributions of a number in two leaves are compared
_LARGE_SPIKES = 3  # spikes whose share is compared beside them
_LARGE_SHARE = 0.02  # share of the rows that makes a spike large
_PLAIN_CATEGORIES = 16  # categories up to which each has a target of its own; more are projected to this number
_SPIKY = 0.98  # share of spikes from which a number is taken as a scale of few values, whose neighbours are alike


@dataclass(frozen=True, eq=False)
class Target:
    """The rows of one column as outputs of a tree.

    Attributes
    ----------
    rows : ndarray of int64
        Rows that can be learnt from: not those whose value the marginal pools away.
    outputs : ndarray of float32, shape (n_outputs, n)
        Whole numbers; empty when the column does not vary.
    texture : ndarray of float32, shape (n_structures, n)
        Of a number: indicators of its fine structure.
    level : ndarray of shape (n,)
        Of a number: the same as `u`, but one for all rows on a spike.
    u : ndarray of shape (n,)
        Of a number: quantile of each row, nulls lowest.
    place : ndarray of int64, shape (n,)
        Of a category: its place in the marginal's order, nulls last. Of a number: the spike that the row holds, -1
        for none.
    spikes : pair of ndarray
        Of a number: quantiles between which each spike lies.
    """

    rows: IntArray
    outputs: Floats32
    texture: Floats32
    level: FloatArray
    u: FloatArray
    place: IntArray
    spikes: tuple[FloatArray, FloatArray]
    is_category: bool
    n_places: int
    least_spike_rows: int

    def within(self, node: npt.NDArray[np.int32], n_nodes: int, rows: IntArray, grown: Mask) -> Floats32:
        """Outputs for the rows of some nodes; of a number whether it lies below quantiles of its own node."""
        if self.is_category:
            return np.asarray(self.outputs[:, rows])
        below = _below_quantiles(self.level[rows], node, n_nodes, grown)
        return np.concatenate([below, self.texture[:, rows]]) if self.texture.size else below

    def leaves(self, leaf: npt.NDArray[np.int32], n_leaves: int, rows: FloatArray | None = None) -> Leaves:
        """Distributions in the leaves; `leaf` of shape (n,), of a category with so many `rows` of each place in all."""
        if self.is_category:
            return category_leaves(leaf, self.place, n_leaves, self.n_places, rows)
        return number_leaves(leaf, self.u, self.place, self.spikes, self.least_spike_rows)


def rows_of_places(target: Target, marginal: Marginal, rows: Sequence[float] | None) -> FloatArray | None:
    """Rows of each place of a category, as many in all as the target has, given those of each code; None without.

    Nulls keep their number.
    """
    if rows is None or not isinstance(marginal, CategoryMarginal):
        return None
    found = np.bincount(target.place, minlength=target.n_places).astype(np.float64)
    place = marginal.places(np.arange(len(rows), dtype=np.float64))
    wanted = np.zeros(target.n_places)
    wanted[place[place >= 0]] = np.maximum(np.array(rows, dtype=np.float64)[place >= 0], 0.5)
    known = (found > 0) & (wanted > 0)
    wanted[known] *= found[known].sum() / wanted[known].sum()
    return np.where(known, wanted, found)


def make_target(
    marginal: Marginal, values: FloatArray, domain: Domain, k: int, generator: np.random.Generator
) -> Target:
    """Outputs for the values of one column, shape (n,), whose distribution is `marginal`."""
    if isinstance(marginal, CategoryMarginal):
        return _category_target(marginal, values, generator)
    return _number_target(marginal, values, domain, k, generator)


def _category_target(marginal: CategoryMarginal, values: FloatArray, generator: np.random.Generator) -> Target:
    place = marginal.places(values)
    missing = np.isnan(values)
    n_kept = marginal.order.size
    place[missing] = n_kept if marginal.null_fraction > 0 else -1
    rows = np.flatnonzero(place >= 0)
    place = place[rows]
    n_places = n_kept + 1
    none = np.empty(0)
    varies = rows.size > 0 and bool((place != place[0]).any())
    outputs = _category_outputs(place, n_places, generator) if varies else np.empty((0, rows.size), np.float32)
    return Target(
        rows, outputs, np.empty((0, rows.size), np.float32), none, none, place, (none, none), True, n_places, 1
    )


def _category_outputs(place: IntArray, n_places: int, generator: np.random.Generator) -> Floats32:
    """One indicator a category; of many categories random signs, whose squared error estimates Gini impurity.

    References
    ----------
    Joly, Geurts & Wehenkel (2014), "Random forests with random projections of the output space".
    """
    used = np.unique(place)
    if used.size == 2:
        return np.array([place == used[0]], dtype=np.float32)
    if used.size <= _PLAIN_CATEGORIES:
        return np.array([place == category for category in used], dtype=np.float32)
    signs = generator.integers(0, 2, size=(_PLAIN_CATEGORIES, n_places)) * 2 - 1
    return np.asarray(signs[:, place], dtype=np.float32)


def _number_target(
    marginal: NumberMarginal, values: FloatArray, domain: Domain, k: int, generator: np.random.Generator
) -> Target:
    missing = ~np.isfinite(values)
    nulls = marginal.null_fraction
    rows = np.arange(values.size) if nulls > 0 else np.flatnonzero(~missing)
    if nulls == 1.0 or marginal.x.size == 0:
        rows = rows[:0]
    values, missing = values[rows], missing[rows]
    filled = np.where(missing, np.nan, values)
    low, high = marginal.intervals(filled)
    low, high = np.where(missing, 0.0, nulls + (1 - nulls) * low), np.where(missing, nulls, nulls + (1 - nulls) * high)
    u = low + (high - low) * generator.random(values.size)
    atoms = marginal.atoms
    edges = marginal.intervals(atoms) if atoms.size else (np.empty(0), np.empty(0))
    spikes = (np.append(0.0, nulls + (1 - nulls) * edges[0]), np.append(nulls, nulls + (1 - nulls) * edges[1]))
    place = np.full(rows.size, -1, dtype=np.int64)
    if atoms.size and rows.size:
        near = np.minimum(
            np.searchsorted(atoms, np.where(missing, atoms[0], marginal.grid.nearest(values))), atoms.size - 1
        )
        place = np.where(atoms[near] == marginal.grid.nearest(values), near + 1, -1)
    place = np.where(missing, 0, place)
    share = float((spikes[1] - spikes[0]).sum())
    least = k if share >= _SPIKY else 1
    varies = rows.size > 0 and not (marginal.is_constant and nulls == 0.0)
    thresholds = _thresholds(spikes) if varies else np.empty(0)
    outputs = (u[None, :] <= thresholds[:, None]).astype(np.float32)
    varying = (outputs.min(axis=1) != outputs.max(axis=1)) if outputs.size else np.zeros(thresholds.size, dtype=bool)
    level = np.where(place >= 0, spikes[0][np.maximum(place, 0)], u)
    structure = texture(filled, place > 0, marginal, domain)
    return Target(rows, outputs[varying], structure, level, u, place, spikes, False, 0, least)


def _below_quantiles(level: FloatArray, node: npt.NDArray[np.int32], n_nodes: int, grown: Mask) -> Floats32:
    """Whether each row lies at or below quantiles of its node; below them, where a spike fills several."""
    known = np.flatnonzero(grown)
    order = known[np.lexsort((level[known], node[known]))]
    counts = np.bincount(node[order], minlength=n_nodes)
    starts = np.cumsum(counts) - counts
    shares = np.arange(1, _THRESHOLDS) / _THRESHOLDS
    places = starts[None, :] + np.minimum((shares[:, None] * counts).astype(np.int64), np.maximum(counts - 1, 0))
    marks = level[order[np.minimum(places, order.size - 1)]]
    same = marks[1:] == marks[:-1]
    first = np.concatenate([same, np.zeros((1, n_nodes), dtype=bool)])
    first[1:] &= ~same
    # One float below the spike: "at or below" then means "below".
    marks = np.where(first, np.nextafter(marks, -np.inf), marks)
    return np.asarray(level <= marks[:, node], dtype=np.float32)


def _thresholds(spikes: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Quantiles at which distributions are compared: evenly spread, not within spikes, and both ends of large ones."""
    even = np.arange(1, _THRESHOLDS) / _THRESHOLDS
    low, high = spikes
    for place in np.flatnonzero(high > low):
        inside = (even > low[place]) & (even < high[place])
        nearer_low = even - low[place] < high[place] - even
        even = np.where(inside, np.where(nearer_low, low[place], high[place]), even)
    width = high - low
    large = np.argsort(-width, kind="stable")[:_LARGE_SPIKES]
    large = large[width[large] >= _LARGE_SHARE]
    found = np.unique(np.concatenate([even, low[large], high[large]]))
    return found[(found > 1e-9) & (found < 1 - 1e-9)]
