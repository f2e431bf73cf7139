"""What the leaves of a tree hold: for numbers a bounded sketch of quantiles, for categories their shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import changes

IntArray = npt.NDArray[np.int64]

_PIECES = 32  # pieces of a large leaf's sketch, beside its spikes
_PIECE_ROWS = 3  # rows of one piece at least, so that no row's own value is a knot's
_LARGE_ROWS = 100  # of a leaf, from which all its spikes are kept exactly: evenly drawn values would mix them up
_GAP_ROWS = 6  # rows of a piece from which a gap in it may become a jump
_TURNS = 25  # of proportional fitting
_RAKED_DIGITS = 6  # of rows, so that they do not depend on how a machine adds
_GAP_SHARE = 0.7  # share of a piece's width that a gap must fill to become a jump


@dataclass(frozen=True, eq=False)
class Leaves:
    """Pieces of the leaves' distributions, leaf after leaf.

    Attributes
    ----------
    start : ndarray of float64, shape (n_pieces + 1,)
        Number of the leaf plus the cumulative share at which the piece starts; the last entry is the number of leaves.
    low, high : ndarray of float32, shape (n_pieces,)
        Quantiles of the column between which the piece is even. Of a category, `low` is its place, `high` is empty.
    """

    start: FloatArray
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]

    def draw(self, leaf: npt.NDArray[np.int32], u: FloatArray) -> FloatArray:
        """Quantiles, or places of categories, of shape (n,) for uniform numbers in (0, 1)."""
        key = leaf + u
        piece = np.searchsorted(self.start, key, side="right") - 1
        np.minimum(piece, self.low.size - 1, out=piece)
        low = self.low[piece].astype(np.float64)
        if not self.high.size:
            return low
        begin = self.start[piece]
        share = (key - begin) / (self.start[piece + 1] - begin)
        out: FloatArray = low + (self.high[piece] - low) * share
        return out

    @cached_property
    def _tops(self) -> FloatArray:
        """Number of the leaf plus the highest quantile of each piece; rising."""
        return np.asarray(np.floor(self.start[:-1]) + self.high)

    def shares_below(self, leaf: npt.NDArray[np.int32], quantile: FloatArray) -> FloatArray:
        """Share of each leaf, shape (n,), that lies below a quantile of the column; of numbers only."""
        piece = np.minimum(np.searchsorted(self._tops, leaf + quantile), self.low.size - 1)
        low, high = self.low[piece].astype(np.float64), self.high[piece].astype(np.float64)
        width = np.where(high > low, high - low, 1.0)
        part = np.clip(np.where(high > low, (quantile - low) / width, quantile > low), 0.0, 1.0)
        share = self.start[piece] + part * (self.start[piece + 1] - self.start[piece]) - leaf
        return np.asarray(np.clip(share, 0.0, 1.0))

    def to_parts(self) -> dict[str, npt.NDArray[Any]]:
        return {"start": self.start, "low": self.low, "high": self.high}

    @classmethod
    def from_parts(cls, arrays: dict[str, npt.NDArray[Any]]) -> Leaves:
        return cls(arrays["start"], arrays["low"], arrays["high"])


def category_leaves(
    leaf: npt.NDArray[np.int32], place: IntArray, n_leaves: int, n_places: int, wanted: FloatArray | None = None
) -> Leaves:
    """Shares of the categories in each leaf; every leaf holds at least one row.

    Parameters
    ----------
    wanted : ndarray of shape (n_places,), optional
        Rows of each category over all leaves, when other than those found.
    """
    cells, found = np.unique(leaf.astype(np.int64) * n_places + place, return_counts=True)
    rows = np.bincount(leaf, minlength=n_leaves)
    owner = cells // n_places
    counts = found if wanted is None else _raked(found.astype(np.float64), owner, cells % n_places, rows, wanted)
    before = np.cumsum(counts) - counts
    first = before[np.searchsorted(owner, np.arange(n_leaves))]
    start = owner + (before - first[owner]) / np.bincount(owner, weights=counts)[owner]
    return Leaves(np.append(start, float(n_leaves)), (cells % n_places).astype(np.float32), np.empty(0, np.float32))


def _raked(
    counts: FloatArray, owner: IntArray, place: IntArray, rows: npt.NDArray[np.intp], wanted: FloatArray
) -> FloatArray:
    """Rows of each cell of leaf and category, as many of each category as wanted and of each leaf as before.

    References
    ----------
    Deming & Stephan (1940), "On a least squares adjustment of a sampled frequency table when the expected marginal
    totals are known": iterative proportional fitting.
    """
    for _ in range(_TURNS):
        of_place = np.bincount(place, weights=counts, minlength=wanted.size)
        counts = counts * (wanted / np.maximum(of_place, 1e-300))[place]
        of_leaf = np.bincount(owner, weights=counts, minlength=rows.size)
        counts = counts * (rows / np.maximum(of_leaf, 1e-300))[owner]
    return np.asarray(np.round(counts, _RAKED_DIGITS))


def number_leaves(
    leaf: npt.NDArray[np.int32],
    u: FloatArray,
    atom: IntArray,
    bounds: tuple[FloatArray, FloatArray],
    least_atom_rows: int,
) -> Leaves:
    """Sketches of the quantiles `u` in each leaf; every leaf holds at least one row.

    Spikes keep their share of a leaf exactly, in small leaves when as many rows as `least_atom_rows` hold them.
    Between spikes, pieces of three rows or more are even.

    Parameters
    ----------
    atom : ndarray of int64, shape (n,)
        Spike that the row holds, -1 for none; spike 0 are the nulls.
    bounds : pair of ndarray, shape (n_atoms,)
        Quantiles between which each spike lies.
    """
    order = np.lexsort((u, leaf))
    leaf, u, atom = leaf[order], u[order], atom[order]
    rows = np.bincount(leaf)
    first = np.cumsum(rows) - rows
    opens = changes(leaf)
    spike = _heavy(leaf, atom, rows, least_atom_rows)
    opens |= changes(np.where(spike, atom, -1)) | opens
    opens = _even_cuts(opens, spike, leaf, rows)
    opens |= _gap_cuts(opens, spike, u)
    begin = np.flatnonzero(opens)
    end = np.append(begin[1:], u.size)
    low, high = u[begin].copy(), u[end - 1].copy()
    for side, at, rows_at in ((0, low, begin), (1, high, end - 1)):
        spikes_at = spike[begin] | (atom[rows_at] >= 0)
        at[spikes_at] = bounds[side][atom[rows_at[spikes_at]]]
    fixed = (spike[begin] | (atom[begin] >= 0), spike[begin] | (atom[end - 1] >= 0))
    low, high = _widened(low, high, leaf[begin], end - begin, fixed)
    if bounds[1].size:
        low = np.where(atom[begin] == 0, low, np.maximum(low, bounds[1][0]))  # nulls lie below
    owner = leaf[begin]
    start = owner + (begin - first[owner]) / rows[owner]
    return Leaves(np.append(start, float(rows.size)), low.astype(np.float32), high.astype(np.float32))


def _heavy(leaf: npt.NDArray[np.int32], atom: IntArray, rows: IntArray, least: int) -> npt.NDArray[np.bool_]:
    """Rows on spikes that are pieces of their own."""
    group = np.cumsum(changes(leaf) | changes(atom)) - 1
    sizes = np.bincount(group)[group]
    wanted = (sizes >= least) | (atom == 0) | (rows[leaf] >= _LARGE_ROWS)
    return np.asarray((atom >= 0) & wanted)


def _even_cuts(
    opens: npt.NDArray[np.bool_], spike: npt.NDArray[np.bool_], leaf: npt.NDArray[np.int32], rows: IntArray
) -> npt.NDArray[np.bool_]:
    """Stretches between spikes cut into pieces of evenly many rows."""
    begin = np.flatnonzero(opens)
    sizes = np.diff(np.append(begin, opens.size))
    wanted = np.maximum(_PIECE_ROWS, -(-rows[leaf[begin]] // _PIECES))
    n_pieces = np.where(spike[begin], 1, np.maximum(sizes // wanted, 1))
    rank = np.arange(opens.size) - np.repeat(begin, sizes)
    piece = rank * np.repeat(n_pieces, sizes) // np.repeat(sizes, sizes)
    return np.asarray(opens | changes(piece))


def _gap_cuts(opens: npt.NDArray[np.bool_], spike: npt.NDArray[np.bool_], u: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a gap fills most of a piece, with at least two rows on either side."""
    begin = np.flatnonzero(opens)
    end = np.append(begin[1:], u.size)
    gaps = np.concatenate([[0.0], np.diff(u)])  # below each row
    gaps[opens] = 0.0
    widest = np.maximum.reduceat(gaps, begin)
    large = (widest > _GAP_SHARE * (u[end - 1] - u[begin])) & (end - begin >= _GAP_ROWS) & ~spike[begin]
    sizes = end - begin
    hit = np.repeat(large, sizes) & (gaps == np.repeat(widest, sizes)) & (gaps > 0)
    place = np.arange(u.size)
    hit &= (place - np.repeat(begin, sizes) >= 2) & (np.repeat(end, sizes) - place >= 2)
    return np.asarray(hit)


def _widened(
    low: FloatArray,
    high: FloatArray,
    leaf: npt.NDArray[np.int32],
    size: IntArray,
    fixed: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
) -> tuple[FloatArray, FloatArray]:
    """Borders of each piece half a mean spacing beyond its outermost rows, half the gap to the next piece at most.

    `fixed` says which lower and upper borders stay: those at the border of a spike.
    """
    same = leaf[1:] == leaf[:-1]
    gap = np.maximum(np.where(same, low[1:] - high[:-1], 0.0), 0.0)
    below = np.append(2 * low[:1], np.where(same, gap, 2 * low[1:]))
    above = np.append(np.where(same, gap, 2 * (1 - high[:-1])), 2 * (1 - high[-1:]))
    spacing = np.where(size > 1, (high - low) / np.maximum(size - 1, 1), np.inf)
    wider_low = low - np.where(fixed[0], 0.0, np.minimum(below, spacing) / 2)
    return wider_low, high + np.where(fixed[1], 0.0, np.minimum(above, spacing) / 2)
