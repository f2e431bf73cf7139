"""Normal scores of numbers, the same wherever a model adds columns up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.frame import Domain, FloatArray

IntArray = npt.NDArray[np.int64]

_KNOTS = 33  # of one column
_ROWS = 20_000  # on which knots are learned


@dataclass(frozen=True, eq=False)
class Scores:
    """Functions that are linear between knots.

    Attributes
    ----------
    places : ndarray of int64, shape (n,)
        Columns, among those of the context and those drawn.
    x, z : ndarray of shape (n, _KNOTS)
        Numbers, rising, and their normal scores.
    """

    places: IntArray
    x: FloatArray
    z: FloatArray

    @cached_property
    def _row(self) -> Mapping[int, int]:
        return {int(place): row for row, place in enumerate(self.places)}

    def __contains__(self, place: int) -> bool:
        return place in self._row

    def of(self, place: int, values: FloatArray) -> FloatArray:
        """Scores of a column, shape (n,); 0 where null."""
        row, missing = self._row[place], np.isnan(values)
        if not missing.any():
            return np.asarray(np.interp(values, self.x[row], self.z[row]))
        return np.where(missing, 0.0, np.interp(np.where(missing, 0.0, values), self.x[row], self.z[row]))

    def only(self, places: Collection[int]) -> Scores:
        """Those of some columns."""
        kept = np.isin(self.places, np.array(sorted(places), dtype=np.int64))
        return Scores(self.places[kept], self.x[kept], self.z[kept])

    def to_parts(self) -> dict[str, npt.NDArray[Any]]:
        return {"places": self.places, "x": self.x, "z": self.z}

    @classmethod
    def from_parts(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Scores:
        return cls(arrays["places"], arrays["x"], arrays["z"])


def fit_scores(matrix: FloatArray, domains: Sequence[Domain], k: int) -> Scores:
    """Scores of the numbers that vary; `matrix` of shape (n_columns, n). The outermost knots have k rows beyond."""
    rows = np.linspace(0, matrix.shape[1] - 1, min(matrix.shape[1], _ROWS)).astype(np.int64)
    places, x, z = [], [], []
    for place, domain in enumerate(domains):
        values = matrix[place, rows]
        known, counts = np.unique(values[np.isfinite(values)], return_counts=True)
        if domain.kind != "number" or known.size < 2:
            continue
        middle = (np.cumsum(counts) - counts / 2) / counts.sum()
        least = min(k / counts.sum(), 0.4)
        low, high = max(middle[0], least), min(middle[-1], 1 - least)
        at = np.unique(np.searchsorted(middle, np.linspace(low, high, _KNOTS)).clip(max=known.size - 1))
        last = np.full(_KNOTS - at.size, at[-1])
        places.append(place)
        x.append(known[np.append(at, last)])
        z.append(ndtri(middle[np.append(at, last)]))
    shape = (len(places), _KNOTS)
    return Scores(np.array(places, dtype=np.int64), np.array(x).reshape(shape), np.array(z).reshape(shape))
