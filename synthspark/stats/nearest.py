"""Distances between rows of mixed columns, and each row's nearest ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_CELLS = 4_000_000  # distances held at a time: 32 MB
_KNOTS = 65  # quantiles of a number's scale
_STEPS = (0.7548776662466927, 0.5698402909980532)  # of a sequence that fills the square evenly (Roberts 2018)
_MISSING = -0.5  # where a missing number stands: farther from any value than most values are from each other


@dataclass(frozen=True)
class Points:
    """Rows as numbers in [0, 1], shape (n_rows, n_numbers), and category codes, shape (n_rows, n_categories)."""

    numbers: FloatArray
    codes: FloatArray

    @property
    def n_rows(self) -> int:
        return int(self.numbers.shape[0])

    def take(self, rows: npt.NDArray[np.int64] | BoolArray) -> Points:
        return Points(self.numbers[rows], self.codes[rows])


@dataclass(frozen=True)
class Scale:
    """A number column's scale: its quantiles `knots`, and the share of values below each (`heights`)."""

    knots: FloatArray
    heights: FloatArray

    @classmethod
    def of(cls, values: FloatArray) -> Scale:
        """Scale of a sample; between quantiles it is straight, so that small differences stay small."""
        ordered = np.sort(values[~np.isnan(values)])
        if not ordered.size:
            return cls(np.zeros(1), np.full(1, 0.5))
        knots = np.unique(np.quantile(ordered, np.linspace(0.0, 1.0, _KNOTS), method="nearest"))
        low, high = np.searchsorted(ordered, knots, "left"), np.searchsorted(ordered, knots, "right")
        return cls(knots, (low + high) / (2.0 * ordered.size))

    def place(self, values: FloatArray) -> FloatArray:
        """Values on the scale, in [0, 1]; missing ones at their own place below."""
        return np.where(np.isnan(values), _MISSING, np.interp(values, self.knots, self.heights))


@dataclass(frozen=True)
class Space:
    """Where rows stand: a number by the share of values below it, a category by its code."""

    scales: tuple[Scale, ...]
    categorical: BoolArray

    @classmethod
    def of(cls, reference: FloatArray, categorical: BoolArray) -> Space:
        """Space of rows with these columns, shape (n_columns, n_rows); columns of one value are without weight."""
        return cls(tuple(Scale.of(column) for column in reference[~categorical]), categorical)

    def place(self, rows: FloatArray) -> Points:
        """Rows of shape (n_columns, n_rows) as points."""
        numbers = [scale.place(column) for column, scale in zip(rows[~self.categorical], self.scales, strict=True)]
        codes = np.nan_to_num(rows[self.categorical], nan=-1.0)
        n_rows = rows.shape[1]
        return Points(np.array(numbers).reshape(len(numbers), n_rows).T.copy(), codes.T.copy())


def distances(queries: Points, reference: Points) -> FloatArray:
    """Mean over the columns of |difference| on the scale and of 1 for another category, (n_queries, n_reference).

    References
    ----------
    Gower (1971), "A general coefficient of similarity and some of its properties", with quantiles in place of values.
    """
    n_numbers, n_codes = queries.numbers.shape[1], queries.codes.shape[1]
    total = np.zeros((queries.n_rows, reference.n_rows))
    if n_numbers:
        total += cdist(queries.numbers, reference.numbers, "cityblock")
    if n_codes:
        total += n_codes * cdist(queries.codes, reference.codes, "hamming")
    mean: FloatArray = total / max(1, n_numbers + n_codes)
    return mean


def nearest(
    queries: Points, reference: Points, n_nearest: int = 1, forbidden: tuple[IntArray, IntArray] | None = None
) -> tuple[FloatArray, IntArray]:
    """Distances to, and places of, the nearest reference rows of each query, nearest first.

    Parameters
    ----------
    n_nearest : int
        At most the number of reference rows.
    forbidden : (ndarray, ndarray), optional
        Groups of the queries and of the reference rows: rows of a query's own group are passed over (at infinity).
    """
    n_nearest = min(n_nearest, reference.n_rows)
    found_distances, found_places = [], []
    step = max(1, _CELLS // max(1, reference.n_rows))
    for low in range(0, queries.n_rows, step):
        block = distances(queries.take(np.arange(low, min(low + step, queries.n_rows))), reference)
        if forbidden is not None:
            block[forbidden[0][low : low + step, None] == forbidden[1][None, :]] = np.inf
        near, places = _smallest(block, n_nearest)
        found_distances.append(near)
        found_places.append(places)
    if not found_distances:
        return np.empty((0, n_nearest)), np.empty((0, n_nearest), dtype=np.int64)
    return np.concatenate(found_distances), np.concatenate(found_places)


def nearest_ties(queries: Points, reference: Points) -> tuple[FloatArray, IntArray, IntArray]:
    """Distance to the nearest reference rows of each query, how many stand at that distance, and one of them.

    Queries choose among those in golden steps, so that each is chosen about as often.
    """
    step = max(1, _CELLS // max(1, reference.n_rows))
    smallest, ties = np.empty(queries.n_rows), np.empty(queries.n_rows, dtype=np.int64)
    places = np.empty(queries.n_rows, dtype=np.int64)
    for low in range(0, queries.n_rows, step):
        rows = slice(low, min(low + step, queries.n_rows))
        block = distances(queries.take(np.arange(rows.start, rows.stop)), reference)
        smallest[rows] = block.min(axis=1)
        tied = block == smallest[rows][:, None]
        ties[rows] = tied.sum(axis=1)
        turns = (np.arange(rows.start, rows.stop)[:, None] * _STEPS[0] + np.arange(reference.n_rows) * _STEPS[1]) % 1.0
        places[rows] = np.where(tied, turns, -1.0).argmax(axis=1)
    return smallest, ties, places


def _smallest(block: FloatArray, n_smallest: int) -> tuple[FloatArray, IntArray]:
    """The smallest entries of each row and where they stand, ascending; `block` is overwritten."""
    rows = np.arange(block.shape[0])
    values, places = np.empty((rows.size, n_smallest)), np.empty((rows.size, n_smallest), dtype=np.int64)
    for turn in range(n_smallest):  # faster than a partial sort for the few that are asked for
        places[:, turn] = block.argmin(axis=1)
        values[:, turn] = block[rows, places[:, turn]]
        block[rows, places[:, turn]] = np.inf
    return values, places


def nearer_share(to_first: FloatArray, to_second: FloatArray) -> float:
    """Share of queries that are nearer to the first than to the second; ties count one half."""
    return float(((to_first < to_second) + 0.5 * (to_first == to_second)).mean())
