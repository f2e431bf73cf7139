"""A number that is another one times one of a few factors: a tax at its rate, an instalment of a yearly premium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.quantiles import find_grid
from synthspark.stats.trees_order import FIRST, is_amount

MOST_FACTORS = 24
LEAST_STEPS = 200.0  # of its grid in a number, on average: rounder ones do not tell factors apart
NEARLY_ALL = 0.8  # of the rows, from which a column is drawn after the one of which it is a multiple
MOST_AMOUNTS = 20  # columns of a table that are compared for it
LEAST_SHARE = 0.4  # of the rows that factors must explain
LEAST_OF_FACTOR = 0.01  # of the rows that one of them must
_SURPRISE = (2.0, 0.1)  # times as many, and so many more, as explained of shuffled rows
_GROWING = 0.2  # rank correlation of distances with the number that they are taken from
_SAMPLE = 4_000
_WIDTH = 200.0  # cells a unit of the logarithm in which factors are looked for


def multiples_last(
    order: Sequence[int], names: Sequence[str], domains: Sequence[Domain], matrix: FloatArray
) -> list[int]:
    """The order in which columns are drawn, with those that are multiples of others after these."""
    amounts = [place for place in order if is_amount(domains[place]) and not names[place].startswith(FIRST)]
    source: dict[int, int] = {}
    for place in amounts[-MOST_AMOUNTS:]:
        step = step_of(matrix[place], domains[place])
        others = [(other, matrix[other]) for other in amounts[-MOST_AMOUNTS:] if place not in _chain(other, source)]
        found = find_ratio(matrix[place], step, others, least=NEARLY_ALL)
        if found is not None:
            source[place] = found
    out: list[int] = []
    for place in order:
        out += [one for one in reversed(_chain(place, source)) if one not in out]
    return out


def step_of(values: FloatArray, domain: Domain) -> float:
    """Step of the grid on which the values lie; 0 for none."""
    known = np.sort(values[np.isfinite(values)])
    return find_grid(known, domain.type).step if known.size else 0.0


def _chain(place: int, source: Mapping[int, int]) -> list[int]:
    """A column, that of which it is a multiple, and so on."""
    found = [place]
    while found[-1] in source:
        found.append(source[found[-1]])
    return found


def find_ratio(
    values: FloatArray, step: float, candidates: Sequence[tuple[int, FloatArray]], least: float = LEAST_SHARE
) -> int | None:
    """The candidate, by its number, of which these values are a few multiples, rounded to `step`; None for none.

    Factors must explain more than the share `least` of the rows.
    """
    filled = np.flatnonzero(np.isfinite(values))
    rows = filled[np.linspace(0, filled.size - 1, min(filled.size, _SAMPLE)).astype(np.int64)]
    own = values[rows]
    if step <= 0 or rows.size < MOST_FACTORS or np.unique(own).size <= MOST_FACTORS or not (own > 0).any():
        return None
    if np.median(own[own > 0]) < LEAST_STEPS * step:
        return None
    best, most = None, least
    for number, other in candidates:
        share = _share(own, other[rows], step)
        if share > most:
            by_chance = _share(own, np.roll(other[rows], rows.size // 2), step)
            if share >= _SURPRISE[0] * by_chance and share >= by_chance + _SURPRISE[1]:
                best, most = number, share
    return best


def is_proportional(values: FloatArray, other: FloatArray) -> bool:
    """Whether a number grows with another one so that their ratio, and not their distance, is much the same everywhere.

    True where distances from their median are larger the larger the other number is, and those of ratios hardly are.
    """
    filled = np.flatnonzero(np.isfinite(values) & np.isfinite(other))
    if filled.size < MOST_FACTORS:
        return False
    rows = filled[np.linspace(0, filled.size - 1, min(filled.size, _SAMPLE)).astype(np.int64)]
    own, base = values[rows], other[rows]
    if base.min() <= 0 or own.min() <= 0 or base.min() == base.max():
        return False
    growth = [_growth(found, base) for found in (own - base, own / base)]
    return growth[0] >= _GROWING and abs(growth[1]) <= growth[0] / 2


def _growth(found: FloatArray, base: FloatArray) -> float:
    """Rank correlation of deviations with the number that they may grow with."""
    deviations = np.abs(found - np.median(found))
    if deviations.min() == deviations.max():
        return 0.0
    return float(np.corrcoef(rankdata(deviations), rankdata(base))[0, 1])


def ratios(values: FloatArray, other: FloatArray, step: float) -> FloatArray:
    """Values over others, those that a common factor explains exactly as that factor."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = values / other
    for factor in _factors(values, other):
        found = np.where(_explained(values, other, factor, step), factor, found)
    return found


def _share(values: FloatArray, other: FloatArray, step: float) -> float:
    explained = np.zeros(values.size, dtype=bool)
    for factor in _factors(values, other):
        fresh = _explained(values, other, factor, step) & ~explained
        if fresh.mean() >= LEAST_OF_FACTOR:
            explained |= fresh
    return float(explained.mean())


def _factors(values: FloatArray, other: FloatArray) -> list[float]:
    """Common ratios, the commonest last; each that of the sums, in which rounding cancels out."""
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(other) & (other > 0) & (values >= 0))
    if not known.size:
        return []
    above, below = values[known], other[known]
    cell = np.where(above > 0, np.rint(_WIDTH * np.log(np.where(above > 0, above / below, 1.0))), -np.inf)
    _, place, counts = np.unique(cell, return_inverse=True, return_counts=True)
    factor = np.bincount(place, weights=above) / np.bincount(place, weights=below)
    common = np.argsort(-counts, kind="stable")[:MOST_FACTORS]
    common = common[counts[common] >= LEAST_OF_FACTOR * known.size]
    return [float(factor[at]) for at in common[::-1]]


def _explained(values: FloatArray, other: FloatArray, factor: float, step: float) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(values - factor * other) <= 0.5 * step * (1 + 1e-6)) & (other > 0))
