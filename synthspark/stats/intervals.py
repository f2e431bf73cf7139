"""How sure a measured share, area or risk is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Z95 = 1.959963984540054  # standard normal quantile of a two-sided interval of 95 %

# Of an interval of 99.9 %: a database gives a hundred things to look at, and none of them should be accused by chance.
PROOF = 3.2905267314919255


@dataclass(frozen=True)
class Share:
    """A success rate with the half-width of its 95 % interval."""

    rate: float
    width: float


def wilson(n_success: float, n_tries: int, z: float = Z95) -> Share:
    """Centre and half-width of Wilson's score interval; a rate of one half, all open, without a try.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    if not n_tries:
        return Share(0.5, 0.5)
    total = n_tries + z * z
    centre = (n_success + z * z / 2.0) / total
    spread = n_success * (n_tries - n_success) / n_tries + z * z / 4.0
    return Share(float(centre), float(z / total * np.sqrt(max(0.0, spread))))


@dataclass(frozen=True)
class Risk:
    """What an attack gains over the same attack on people who were not in the data, with 95 % bounds, in [0, 1]."""

    value: float
    low: float
    high: float


def risk_over_control(main: Share, control: Share) -> Risk:
    """``(r_main - r_control) / (1 - r_control)`` with its error propagated from both intervals.

    References
    ----------
    Giomi, Boenisch, Wehmeyer & Tasnádi (2022), "A unified framework for quantifying privacy risk in synthetic data",
    section 3.4.
    """
    left = 1.0 - control.rate
    value = (main.rate - control.rate) / left
    by_main, by_control = main.width / left, control.width * (main.rate - 1.0) / left**2
    width = float(np.hypot(by_main, by_control))
    return Risk(*(float(min(1.0, max(0.0, bound))) for bound in (value, value - width, value + width)))


def area_error(area: float, n_first: int, n_second: int) -> float:
    """Standard error of an area under the ROC curve of two groups of these sizes.

    References
    ----------
    Hanley & McNeil (1982), "The meaning and use of the area under a ROC curve".
    """
    if not n_first or not n_second:
        return 0.5
    above, below = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
    spread = area * (1.0 - area) + (n_first - 1) * (above - area**2) + (n_second - 1) * (below - area**2)
    return float(np.sqrt(max(0.0, spread) / (n_first * n_second)))


def excess_bound(found: float, n_found: int, expected: float, n_expected: int, z: float = Z95) -> float:
    """Lower bound of the share `found / n_found` less the share `expected / n_expected`; above 0 it is no chance.

    Newcombe's interval of a difference of shares, from the Wilson intervals of both.

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions", method 10.
    """
    if not n_found or not n_expected:
        return 0.0
    first, second = found / n_found, expected / n_expected
    one, other = wilson(found, n_found, z), wilson(expected, n_expected, z)
    low, high = one.rate - one.width, other.rate + other.width
    return float(first - second - np.hypot(first - low, high - second))
