"""Monotone piecewise linear functions on the unit interval, evaluated without a search for most arguments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import FloatArray

NARROWEST = 1e-15  # pieces no wider hold hardly one uniform number of 53 bits and count as jumps
_CELLS_PER_KNOT = 8  # then seven cells of eight hold no knot and need no search


@dataclass(frozen=True, eq=False)
class PiecewiseLinear:
    """The function through the points (x, y), x rising from 0 to 1; where x repeats it jumps, to the last y there.

    References
    ----------
    Chen & Asau (1974), "On generating random variates from an empirical distribution": the guide table.
    """

    x: FloatArray
    y: FloatArray

    @cached_property
    def _slopes(self) -> FloatArray:
        width = np.diff(self.x)
        rise = np.diff(self.y)
        return np.append(np.divide(rise, width, out=np.zeros_like(width), where=width > NARROWEST), 0.0)

    @cached_property
    def _guide(self) -> npt.NDArray[np.intp]:
        """The last knot at or before each cell's arguments; negative where that differs within the cell."""
        n_cells = 1 << int(np.ceil(np.log2(max(64, _CELLS_PER_KNOT * self.x.size))))
        edges = np.arange(n_cells + 1) / n_cells
        place = np.searchsorted(self.x, edges, side="right") - 1
        place[-1] = self.x.size - 1
        return np.where(place[1:] != place[:-1], -1, place[:-1])

    def pieces(self, u: FloatArray) -> npt.NDArray[np.intp]:
        """Index of the last knot at or before each u, for u in [0, 1)."""
        guide = self._guide
        place = guide.take((u * guide.size).astype(np.intp), mode="clip")
        rows = np.flatnonzero(place < 0)
        if rows.size:
            place[rows] = np.searchsorted(self.x, u[rows], side="right") - 1
        return place

    def __call__(self, u: FloatArray) -> FloatArray:
        """Values at u, shape (n,), each in [0, 1)."""
        place = self.pieces(u)
        out: FloatArray = u - self.x.take(place, mode="clip")
        out *= self._slopes.take(place, mode="clip")
        out += self.y.take(place, mode="clip")
        return out
