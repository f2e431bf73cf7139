"""Bounded quantile functions of numbers: the grid they lie on, their spikes, and tails nobody can be read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import FloatArray

COUNT = "count"  # type of a number of rows
_WHOLE = (COUNT, "byte", "short", "integer", "long", "date", "timestamp", "timestamp_ntz", "boolean")
_MAXIMUM_DIGITS = 6  # decimals tried before a number counts as continuous
_EXACT = 2.0**53  # whole numbers above are not exact as float64
_LEAST_LOST = 0.05  # share of a total that few large counts must hold beyond frequent ones to be kept
_TAIL_STRETCH = 4.0  # an unbounded tail ends at this multiple of its mean excess (exponential: 98 % of its mass)
_TAIL_KNOTS = np.array([1.0, 0.98, 0.9, 0.75, 0.5, 0.25, 0.1, 0.0])
_GAP_SHARE = 0.5  # a gap wider than this share of its knot interval becomes a jump


@dataclass(frozen=True)
class Grid:
    """The numbers offset + step * whole; step 0 is no grid. `digits` decimals clean up after the product, -1: none."""

    step: float
    offset: float
    digits: int

    def nearest(self, values: Any) -> Any:
        """The grid's point nearest to each value."""
        if self.step == 0:
            return values
        if self.step == 1 and self.digits == 0:
            return np.rint(values)
        points = self.offset + self.step * np.rint((values - self.offset) / self.step)
        return np.round(points, self.digits) if self.digits > 0 else points

    def to_json(self) -> dict[str, Any]:
        return {"step": self.step, "offset": self.offset, "digits": self.digits}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Grid:
        return cls(float(data["step"]), float(data["offset"]), int(data["digits"]))


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Knots (u, x) of a quantile function, its spikes, and what the privacy rules took away."""

    u: FloatArray
    x: FloatArray
    atoms: FloatArray
    absorbed_rows: int = 0
    coarse: bool = False


def quantiles_of(values: FloatArray, shares: FloatArray) -> FloatArray:
    """What `numpy.quantile` gives for finite values, shape (n,), n at least 1, in a fifth of its time for few of them.

    References
    ----------
    Hyndman & Fan (1996), "Sample quantiles in statistical packages": definition 7.
    """
    last = values.size - 1
    place = last * shares
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, last)
    ordered = np.partition(values, np.union1d(low, high))
    below, above, part = ordered[low], ordered[high], place - low
    width = above - below
    return np.where(part >= 0.5, above - width * (1 - part), below + width * part)


def find_grid(values: FloatArray, logical: str) -> Grid:
    """Coarsest grid that holds all of these finite values, shape (n,), sorted; n at least 1.

    Whole types have at least a step of 1; other numbers a grid of up to six decimals or none.
    """
    digits = 0 if logical in _WHOLE else _decimals(values, logical)
    if digits < 0 or np.abs(values[[0, -1]]).max() * 10.0**digits >= 2.0**62:
        return Grid(1.0, 0.0, 0) if logical in _WHOLE else Grid(0.0, 0.0, -1)
    whole = np.rint(values * 10.0**digits).astype(np.int64)
    step = int(np.gcd.reduce(whole - whole[0])) or 1
    return Grid(step / 10.0**digits, float(int(whole[0]) % step) / 10.0**digits, digits)


def _decimals(values: FloatArray, logical: str) -> int:
    tolerance = 1e-6 if logical == "float" else 1e-9
    for digits in range(_MAXIMUM_DIGITS + 1):
        scaled = values * 10.0**digits
        if np.abs(scaled[[0, -1]]).max() > _EXACT:
            return -1
        if (np.abs(scaled - np.rint(scaled)) <= tolerance * np.maximum(1.0, np.abs(scaled))).all():
            return digits
    return -1


def fit_quantiles(values: FloatArray, grid: Grid, settings: EngineSettings, *, zero_apart: bool = False) -> Quantiles:
    """Quantile function of sorted finite values, shape (n,), n at least 1.

    Spikes are kept exactly. Between them each knot interval holds at least k rows. Of the k lowest and the k
    highest values (unless they are spikes) only the average and, for a light tail, the bound enter; fewer than k
    values beyond the outermost spike are absorbed by it. With fewer than k rows in all, the result is an even
    spread of their rounded mean and deviation. With `zero_apart` zero is a spike however few rows hold it.
    """
    k = settings.k
    distinct, starts, counts = np.unique(values, return_index=True, return_counts=True)
    atoms = _spikes(counts, values.size, settings) | (zero_apart & (distinct == 0))
    if not atoms.any() and values.size < 2 * k:
        return _few(values, grid, k)
    spread = _spread_ties(values, distinct, counts, atoms, grid)
    pieces: list[tuple[FloatArray, FloatArray]] = []
    absorbed, left = 0, 0
    ends = np.append(np.flatnonzero(atoms), distinct.size)
    for atom in ends:
        right = int(starts[atom]) if atom < distinct.size else values.size
        if right > left:
            piece, dropped = _stretch(spread, left, right, grid.step, settings)
            absorbed += dropped
            pieces += piece
        if atom < distinct.size:
            left = right + int(counts[atom])
            pieces.append((np.array([right, left], dtype=np.float64), np.full(2, distinct[atom])))
    ranks, x = (np.concatenate(part) for part in zip(*pieces, strict=True))
    u = ranks / values.size
    u[0], u[-1] = 0.0, 1.0
    return Quantiles(u, np.maximum.accumulate(x), distinct[atoms], absorbed)


def count_quantiles(values: FloatArray, grid: Grid, settings: EngineSettings) -> Quantiles:
    """Quantile function of sorted counts, shape (n,), n at least 1; spikes wherever there is room for them."""
    free = EngineSettings(k=1, maximum_knots=max(settings.maximum_knots, 512))
    return fit_quantiles(values, grid, free)


def level_extremes(values: npt.NDArray[Any], k: int) -> FloatArray:
    """Whole counts, shape (n,), of which the k highest share their sum evenly: the total stays, no maximum does.

    References
    ----------
    Domingo-Ferrer & Mateo-Sanz (2002), "Practical data-oriented microaggregation": groups of k by their mean.
    """
    out = values.astype(np.float64)
    top = np.argsort(out, kind="stable")[-k:]
    if k > 1 and top.size:
        base, rest = divmod(int(out[top].sum()), top.size)
        out[top] = base
        out[top[top.size - rest :]] = base + 1
    return out


def levelled(counts: npt.NDArray[np.int64], k: int) -> FloatArray:
    """Counts, shape (n,), the highest levelled as by `level_extremes` where fewer than k lie far beyond frequent ones.

    So few would be taken for the nearest frequent count, and much of the total would be lost.
    """
    values, rows = np.unique(counts, return_counts=True)
    frequent = values[rows >= k]
    above = np.maximum(counts - frequent[-1], 0) if frequent.size else np.zeros(1, dtype=np.int64)
    few = 0 < np.count_nonzero(above) < k
    if few and above.sum() > _LEAST_LOST * counts.sum():
        return level_extremes(counts, k)
    return counts.astype(np.float64)


def _spikes(counts: npt.NDArray[np.intp], n_rows: int, settings: EngineSettings) -> npt.NDArray[np.bool_]:
    """Which distinct values are spikes: at least k rows, and a share that knots alone would blur."""
    few = counts.size <= settings.maximum_knots
    least = max(settings.k, 1 if few else n_rows // (4 * settings.maximum_knots) + 1)
    if not few:
        least = max(least, 2)
    spikes = counts >= least
    if spikes.sum() > settings.maximum_knots:
        largest = np.argsort(-counts, kind="stable")[: settings.maximum_knots]
        spikes = np.zeros(counts.size, dtype=bool)
        spikes[largest] = True
    return spikes


def _spread_ties(
    values: FloatArray,
    distinct: FloatArray,
    counts: npt.NDArray[np.intp],
    atoms: npt.NDArray[np.bool_],
    grid: Grid,
) -> FloatArray:
    """Values with ties of one grid point spread evenly over its cell, so that rounding gives the ties back."""
    if grid.step == 0 or values.size == 0:
        return values
    rank = np.arange(values.size) - np.repeat(np.cumsum(counts) - counts, counts)
    shift = (rank + 0.5) / np.repeat(counts, counts) - 0.5
    return values + grid.step * np.where(np.repeat(atoms, counts), 0.0, shift)


def _stretch(
    spread: FloatArray, left: int, right: int, step: float, settings: EngineSettings
) -> tuple[list[tuple[FloatArray, FloatArray]], int]:
    """Knots (rank, x) of the rows left..right between two spikes or ends, and the rows absorbed by a spike."""
    k, n_rows = settings.k, spread.size
    opens, closes = left == 0, right == n_rows
    if right - left < k * (1 + (opens and closes)):
        if not (opens or closes):
            return [_bridge(spread, left, right, (step, step))], 0
        nearest = spread[right] if opens else spread[left - 1]
        return [(np.array([left, right], dtype=np.float64), np.full(2, nearest))], right - left
    cells = (0.0 if opens else step, 0.0 if closes else step)
    inner_left, inner_right = left + k * opens, right - k * closes
    pieces = []
    if opens:
        ranks, x = _tail(-spread[left : left + k + 1][::-1], k)
        pieces.append((left + (k - ranks[::-1]), -x[::-1]))
    pieces.append(_inner(spread, inner_left, inner_right, cells, settings))
    if closes:
        ranks, x = _tail(spread[max(right - k - 1, 0) : right], k)
        pieces.append((inner_right + ranks, x))
    return pieces, 0


def _bridge(spread: FloatArray, left: int, right: int, cells: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Knots of fewer than k rows: an even spread between the cells of the neighbours, whatever their own values.

    `cells` are the widths of the grid's cells where the neighbour is a spike, 0 where it is not.
    """
    low, high = spread[max(left - 1, 0)] + cells[0] / 2, spread[min(right, spread.size - 1)] - cells[1] / 2
    if low > high:
        low = high = (low + high) / 2
    return np.array([left, right], dtype=np.float64), np.array([low, high])


def _tail(top: FloatArray, k: int) -> tuple[FloatArray, FloatArray]:
    """Knots (rank, x) of the upper tail, from the k-th highest value outwards.

    The excess over the k-th value is ``length * t**power`` at t in (0, 1); its mean ``length / (power + 1)`` is that
    of the k rows, its end the bound of a light tail but no more than four mean excesses.
    """
    start = top[-k]
    excess = top[-k:] - start
    mean = float(excess.mean())
    if mean <= 0:
        return np.array([0.0, k]), np.array([start, start])
    length = min(float(excess[-1]), _TAIL_STRETCH * mean)
    t = 1 - _TAIL_KNOTS
    return k * t, start + length * t ** max(length / mean - 1, 0.0)


def _inner(
    spread: FloatArray, left: int, right: int, cells: tuple[float, float], settings: EngineSettings
) -> tuple[FloatArray, FloatArray]:
    """Knots of the rows left..right: evenly many rows apart, at least k, denser towards the ends, jumps at gaps."""
    n_rows = right - left
    if n_rows < settings.k:
        return _bridge(spread, left, right, cells)
    n_knots = int(np.clip(round(settings.maximum_knots * n_rows / spread.size), 1, max(n_rows // settings.k, 1)))
    ranks = np.linspace(0, n_rows, n_knots + 1).round().astype(np.int64)
    apart = n_rows // n_knots
    fine = settings.k * 2 ** np.arange(40)
    fine = fine[fine < apart // 2]
    ranks = np.unique(np.concatenate([ranks, fine, n_rows - fine])) + left
    before, after = spread[np.maximum(ranks - 1, left)], spread[np.minimum(ranks, right - 1)]
    x = (before + after) / 2
    x[0], x[-1] = spread[left], spread[right - 1]
    gaps = np.append(np.diff(spread[left:right]), 0.0)
    cuts = np.array(
        [low + int(gaps[low:high].argmax()) for low, high in zip(ranks[:-1] - left, ranks[1:] - left, strict=True)]
    )
    # A gap at a border of the interval is that of the neighbours' border values; only inner ones become jumps.
    wide = gaps[cuts] > _GAP_SHARE * (x[1:] - x[:-1])
    wide &= (np.diff(ranks) >= 2 * settings.k) & (cuts + 1 + left < ranks[1:])
    # A knot inside a gap that fills most of both its intervals is split into the gap's two sides.
    split = np.zeros(ranks.size, dtype=bool)
    split[1:-1] = (after - before)[1:-1] > _GAP_SHARE * (before[2:] - after[:-2])
    jumps = np.concatenate([cuts[wide] + left, ranks[split] - 1])
    out_ranks = np.concatenate([ranks[~split], jumps + 1, jumps + 1]).astype(np.float64)
    x = np.concatenate([x[~split], spread[jumps], spread[jumps + 1]])
    order = np.lexsort((x, out_ranks))
    return out_ranks[order], x[order]


def _few(values: FloatArray, grid: Grid, k: int) -> Quantiles:
    """Even spread with the mean and deviation of few rows; rounded to two digits when there are fewer than k."""
    mean, spread = float(values.mean()), float(values.std()) * np.sqrt(3.0)
    low, high = max(mean - spread, values[0]), min(mean + spread, values[-1])
    if values.size < k:
        low, high = sorted((_two_digits(low), _two_digits(high)))
    return Quantiles(np.array([0.0, 1.0]), np.array([low, high]), np.empty(0), 0, True)


def _two_digits(value: float) -> float:
    return float(f"{value:.1e}")
