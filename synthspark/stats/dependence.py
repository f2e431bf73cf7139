"""How strongly two columns hang together, and how much of it a copy keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

N_BINS = 10  # quantile bins of a number in a contingency table, as SDMetrics takes by default
_BLOCK = 128  # columns whose indicator matrices are multiplied at a time: tens of megabytes
COARSE_CELLS = 10  # most frequent categories told apart where the strength of a dependence is measured


@dataclass(frozen=True)
class Cells:
    """A column cut into cells: codes of shape (n_rows,) below `size`; the last cell holds missing values."""

    codes: IntArray
    size: int
    ordered: bool = False

    def coarse(self, n_cells: int = COARSE_CELLS) -> Cells:
        """The same with at most `n_cells` cells beside the missing values.

        Neighbours are merged where the cells have an order, else all but the most frequent ones (categories are
        coded by falling frequency).
        """
        present = self.size - 1
        if present <= n_cells:
            return self
        merged = self.codes * n_cells // present if self.ordered else np.minimum(self.codes, n_cells - 1)
        return Cells(np.where(self.codes == present, n_cells, merged), n_cells + 1, self.ordered)

    def take(self, rows: npt.NDArray[np.bool_]) -> Cells:
        return Cells(self.codes[rows], self.size, self.ordered)


def fair_cells(n_rows: int) -> int:
    """Cells a column for which a table of two columns expects five rows a cell, the usual rule for chi-square."""
    return int(np.clip(np.sqrt(n_rows / 5), 2, COARSE_CELLS))


def quantile_edges(values: FloatArray, n_bins: int = N_BINS) -> FloatArray:
    """Inner edges of bins that hold about equally many of the values; fewer where values repeat, none if constant."""
    present = values[~np.isnan(values)]
    if not present.size:
        return np.empty(0)
    edges: FloatArray = np.unique(np.quantile(present, np.arange(1, n_bins) / n_bins, method="lower"))
    inner: FloatArray = edges[edges > present.min()]
    return inner


def cut_numbers(values: FloatArray, edges: FloatArray) -> Cells:
    """Numbers as cells between `edges`; a value on an edge belongs above it."""
    codes = np.searchsorted(edges, values, side="right").astype(np.int64)
    codes[np.isnan(values)] = edges.size + 1
    return Cells(codes, edges.size + 2, ordered=True)


def cut_categories(values: FloatArray, n_categories: int) -> Cells:
    """Category codes as cells: one each, one for any other category, one for missing values."""
    codes = np.where(np.isnan(values), n_categories + 1, values).astype(np.int64)
    return Cells(codes, n_categories + 2)


def contingency(first: Cells, second: Cells) -> IntArray:
    """Counts of each combination of cells, shape (first.size, second.size)."""
    joint = np.bincount(first.codes * second.size + second.codes, minlength=first.size * second.size)
    return joint.reshape(first.size, second.size)


def association(counts: IntArray) -> float:
    """Strength of the dependence in a contingency table: Cramér's V corrected for chance, in [0, 1].

    Zero where a side has fewer than two cells in use.

    References
    ----------
    Bergsma (2013), "A bias-correction for Cramér's V and Tschuprow's T".
    """
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    n = int(counts.sum())
    rows, columns = counts.shape
    if n < 2 or rows < 2 or columns < 2:
        return 0.0
    expected = counts.sum(axis=1, keepdims=True) * (counts.sum(axis=0, keepdims=True) / n)
    phi = float((counts**2 / expected).sum()) / n - 1.0
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    rows_left = rows - (rows - 1) ** 2 / (n - 1)
    columns_left = columns - (columns - 1) ** 2 / (n - 1)
    room = min(rows_left, columns_left) - 1.0
    return float(min(1.0, np.sqrt(phi / room))) if room > 0 else 0.0


def associations(columns: Sequence[Cells]) -> FloatArray:
    """Corrected Cramér's V of every pair of columns at once, shape (n_columns, n_columns); see `association`.

    All columns have the same rows. Done in blocks of columns by products of indicator matrices: a thousand columns
    take seconds.
    """
    strength = np.zeros((len(columns), len(columns)))
    for low in range(0, len(columns), _BLOCK):
        block = columns[low : low + _BLOCK]
        for start in range(low, len(columns), _BLOCK):
            other = columns[start : start + _BLOCK]
            found = _block_associations(block, other)
            strength[low : low + len(block), start : start + len(other)] = found
            strength[start : start + len(other), low : low + len(block)] = found.T
    return strength


def _block_associations(first: Sequence[Cells], second: Sequence[Cells]) -> FloatArray:
    n = first[0].codes.size
    if n < 2:
        return np.zeros((len(first), len(second)))
    sides = [_indicators(columns) for columns in (first, second)]
    joint = (sides[0][0] @ sides[1][0].T).astype(np.float64)
    totals = [indicators.sum(axis=1).astype(np.float64) for indicators, _ in sides]
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = np.nan_to_num(joint**2 / np.outer(totals[0], totals[1]), nan=0.0)
    starts = [start for _, start in sides]
    phi = np.add.reduceat(np.add.reduceat(terms, starts[0], axis=0), starts[1], axis=1) - 1.0
    rows = np.add.reduceat(totals[0] > 0, starts[0], dtype=np.float64)[:, None]
    cells = np.add.reduceat(totals[1] > 0, starts[1], dtype=np.float64)[None, :]
    phi = np.maximum(0.0, phi - (rows - 1) * (cells - 1) / (n - 1))
    room = np.minimum(rows - (rows - 1) ** 2 / (n - 1), cells - (cells - 1) ** 2 / (n - 1)) - 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        strength: FloatArray = np.where(room > 0, np.minimum(1.0, np.sqrt(phi / room)), 0.0)
    return strength


def _indicators(columns: Sequence[Cells]) -> tuple[npt.NDArray[np.float32], IntArray]:
    """One row of zeros and ones for every cell of every column, and where each column starts."""
    starts = np.concatenate([[0], np.cumsum([column.size for column in columns])])
    indicators = np.zeros((int(starts[-1]), columns[0].codes.size), dtype=np.float32)
    places = np.arange(columns[0].codes.size)
    for start, column in zip(starts.tolist(), columns, strict=False):
        indicators[start + column.codes, places] = 1.0
    return indicators, starts[:-1]


def dependence_kept(real: IntArray, synthetic: IntArray) -> float | None:
    """Share of the real dependence that the synthetic contingency table shows, in [0, 1].

    Both joint distributions less the product of their own margins are compared: 1 when these excesses agree,
    0 for independent synthetic columns (or worse). None when the real columns are independent or a side is empty.
    """
    if not real.sum() or not synthetic.sum():
        return None
    excess_real, excess_synthetic = _excess(real), _excess(synthetic)
    size = np.abs(excess_real).sum()
    if size <= 0:
        return None
    return float(np.clip(1.0 - np.abs(excess_real - excess_synthetic).sum() / size, 0.0, 1.0))


def _excess(counts: IntArray) -> FloatArray:
    joint: FloatArray = counts / counts.sum()
    excess: FloatArray = joint - joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    return excess


def correlation(first: FloatArray, second: FloatArray) -> float | None:
    """Pearson correlation of the rows where both are present; None below two rows or when either is constant."""
    both = ~(np.isnan(first) | np.isnan(second))
    x, y = first[both], second[both]
    if x.size < 2 or x.min() == x.max() or y.min() == y.max():
        return None
    # Large offsets, such as microseconds since 1970, would cancel in the sums of squares.
    x, y = x - x.mean(), y - y.mean()
    # Plain sums, not products of vectors: those depend on the number of threads and wait for one another.
    scale = np.sqrt((x * x).sum() * (y * y).sum())
    if not np.isfinite(scale) or scale == 0:
        return None
    return float(np.clip((x * y).sum() / scale, -1.0, 1.0))


def correlation_similarity(real: float, synthetic: float) -> float:
    """``1 - |r_real - r_synthetic| / 2``.

    References
    ----------
    SDMetrics, CorrelationSimilarity.
    """
    return 1.0 - abs(real - synthetic) / 2.0


def correlation_error(real: tuple[float, int], synthetic: tuple[float, int]) -> float:
    """Standard error of `correlation_similarity` from two (correlation, number of rows).

    Half of that of the difference, each correlation having ``(1 - r^2) / sqrt(n - 1)`` (Fisher, for normal rows).
    """
    parts = [((1.0 - r * r) ** 2) / max(1, n - 1) for r, n in (real, synthetic)]
    return float(0.5 * np.sqrt(sum(parts)))
