"""How strongly two columns hang together, and how much of it a copy keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

N_BINS = 10  # quantile bins of a number in a contingency table, as SDMetrics takes by default
COARSE_CELLS = 10  # most frequent categories told apart where the strength of a dependence is measured


@dataclass(frozen=True)
class Cells:
    """A column cut into cells: codes of shape (n_rows,) below `size`; the last cell holds missing values."""

    codes: IntArray
    size: int

    def coarse(self) -> Cells:
        """The same with all but the most frequent cells merged, for columns coded by falling frequency."""
        if self.size <= COARSE_CELLS + 2:
            return self
        missing = self.codes == self.size - 1
        return Cells(np.where(missing, COARSE_CELLS + 1, np.minimum(self.codes, COARSE_CELLS)), COARSE_CELLS + 2)


def quantile_edges(values: FloatArray, n_bins: int = N_BINS) -> FloatArray:
    """Inner edges of bins that hold about equally many of the values; fewer where values repeat, none if constant."""
    present = values[~np.isnan(values)]
    if not present.size:
        return np.empty(0)
    edges = np.unique(np.quantile(present, np.arange(1, n_bins) / n_bins, method="lower"))
    return edges[edges > present.min()]


def cut_numbers(values: FloatArray, edges: FloatArray) -> Cells:
    """Numbers as cells between `edges`; a value on an edge belongs above it."""
    codes = np.searchsorted(edges, values, side="right").astype(np.int64)
    codes[np.isnan(values)] = edges.size + 1
    return Cells(codes, edges.size + 2)


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
    return joint - joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)


def correlation(first: FloatArray, second: FloatArray) -> float | None:
    """Pearson correlation of the rows where both are present; None below two rows or when either is constant."""
    both = ~(np.isnan(first) | np.isnan(second))
    x, y = first[both], second[both]
    if x.size < 2 or x.min() == x.max() or y.min() == y.max():
        return None
    # Large offsets, such as microseconds since 1970, would cancel in the sums of squares.
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x @ x) * (y @ y))
    if not np.isfinite(scale) or scale == 0:
        return None
    return float(np.clip((x @ y) / scale, -1.0, 1.0))


def correlation_similarity(real: float, synthetic: float) -> float:
    """``1 - |r_real - r_synthetic| / 2``.

    References
    ----------
    SDMetrics, CorrelationSimilarity.
    """
    return 1.0 - abs(real - synthetic) / 2.0
