"""How alike two columns are: one number in [0, 1], 1 when their distributions are the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CountArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """A score and its standard error, for samples of independent rows."""

    value: float
    error: float


def ks_complement(real: FloatArray, synthetic: FloatArray) -> float | None:
    """One minus the Kolmogorov-Smirnov distance of two samples of numbers.

    Missing values (NaN) are left out; None when either side then has no value.

    References
    ----------
    SDMetrics, KSComplement: ``1 - max |F_real - F_synthetic|``.
    """
    found = measure_numbers(real, synthetic)
    return None if found is None else found.value


def tv_complement(real: FloatArray, synthetic: FloatArray) -> float | None:
    """One minus the total variation distance of two samples of category codes.

    Missing values (NaN) are left out; None when either side then has no value.

    References
    ----------
    SDMetrics, TVComplement: ``1 - 1/2 sum |p_real - p_synthetic|``.
    """
    found = measure_categories(real, synthetic)
    return None if found is None else found.value


def counts_similarity(real: CountArray, synthetic: CountArray) -> float | None:
    """One minus the total variation distance of two tables of counts of the same shape; None when one is empty."""
    found = measure_counts(real, synthetic)
    return None if found is None else found.value


def measure_numbers(real: FloatArray, synthetic: FloatArray) -> Measured | None:
    """`ks_complement` with its standard error."""
    real, synthetic = np.sort(real[~np.isnan(real)]), np.sort(synthetic[~np.isnan(synthetic)])
    if not real.size or not synthetic.size:
        return None
    steps = np.concatenate([real, synthetic])
    below_real = np.searchsorted(real, steps, side="right") / real.size
    below_synthetic = np.searchsorted(synthetic, steps, side="right") / synthetic.size
    widest = int(np.abs(below_real - below_synthetic).argmax())
    shares = float(below_real[widest]), float(below_synthetic[widest])
    return Measured(1.0 - abs(shares[0] - shares[1]), _share_error(shares, (real.size, synthetic.size)))


def measure_categories(real: FloatArray, synthetic: FloatArray) -> Measured | None:
    """`tv_complement` with its standard error."""
    real, synthetic = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if not real.size or not synthetic.size:
        return None
    size = int(max(real.max(), synthetic.max())) + 1
    counts = (np.bincount(side.astype(np.int64), minlength=size) for side in (real, synthetic))
    return measure_counts(*counts)


def measure_counts(real: CountArray, synthetic: CountArray) -> Measured | None:
    """`counts_similarity` with its standard error."""
    n_real, n_synthetic = int(real.sum()), int(synthetic.sum())
    if not n_real or not n_synthetic:
        return None
    excess = real / n_real - synthetic / n_synthetic
    more = excess > 0
    shares = float(real[more].sum() / n_real), float(synthetic[more].sum() / n_synthetic)
    return Measured(max(0.0, 1.0 - float(0.5 * np.abs(excess).sum())), _share_error(shares, (n_real, n_synthetic)))


def _share_error(shares: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Standard error of the difference of two shares.

    Both distances are such a difference: of the shares below the point of the largest gap, and of the shares in the
    cells that the real rows fill more. That the point or the cells were chosen by the data is left out of account.
    """
    return float(np.sqrt(sum(share * (1.0 - share) / size for share, size in zip(shares, sizes, strict=True))))


def share_similarity(real: float, synthetic: float) -> float:
    """One minus the difference of two shares, e.g. of missing values."""
    return 1.0 - abs(real - synthetic)
