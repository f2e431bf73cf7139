"""How alike two columns are: one number in [0, 1], 1 when their distributions are the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CountArray = npt.NDArray[np.int64]


def ks_complement(real: FloatArray, synthetic: FloatArray) -> float | None:
    """One minus the Kolmogorov-Smirnov distance of two samples of numbers.

    Missing values (NaN) are left out; None when either side then has no value.

    References
    ----------
    SDMetrics, KSComplement: ``1 - max |F_real - F_synthetic|``.
    """
    real, synthetic = np.sort(real[~np.isnan(real)]), np.sort(synthetic[~np.isnan(synthetic)])
    if not real.size or not synthetic.size:
        return None
    steps = np.concatenate([real, synthetic])
    below_real = np.searchsorted(real, steps, side="right") / real.size
    below_synthetic = np.searchsorted(synthetic, steps, side="right") / synthetic.size
    return float(1.0 - np.abs(below_real - below_synthetic).max())


def tv_complement(real: FloatArray, synthetic: FloatArray) -> float | None:
    """One minus the total variation distance of two samples of category codes.

    Missing values (NaN) are left out; None when either side then has no value.

    References
    ----------
    SDMetrics, TVComplement: ``1 - 1/2 sum |p_real - p_synthetic|``.
    """
    real, synthetic = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if not real.size or not synthetic.size:
        return None
    size = int(max(real.max(), synthetic.max())) + 1
    counts = (np.bincount(side.astype(np.int64), minlength=size) for side in (real, synthetic))
    return counts_similarity(*counts)


def counts_similarity(real: CountArray, synthetic: CountArray) -> float | None:
    """One minus the total variation distance of two tables of counts of the same shape; None when one is empty."""
    n_real, n_synthetic = real.sum(), synthetic.sum()
    if not n_real or not n_synthetic:
        return None
    return float(max(0.0, 1.0 - 0.5 * np.abs(real / n_real - synthetic / n_synthetic).sum()))


def share_similarity(real: float, synthetic: float) -> float:
    """One minus the difference of two shares, e.g. of missing values."""
    return 1.0 - abs(real - synthetic)
