"""Vectorised draws that every table of the insurer shares: categories, calendar days, counts, splits of totals."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from synthspark.demo.columns import BoolArray, Chars, beside, digits, letters, literal
from synthspark.seeds import FloatArray, IntArray, generator_for, permuted, stream_key

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(text: str) -> int:
    """Days from 1970-01-01 to an ISO date."""
    return date.fromisoformat(text).toordinal() - _EPOCH


FIRST_DAY = day_number("1985-01-01")
TODAY = day_number("2024-06-30")  # the day of the database: nothing but churn lies after it
YEAR = 365


def stream(seed: int, *parts: str) -> np.random.Generator:
    """Generator owned by a table and a purpose, so that changing one column leaves the others alone."""
    return generator_for(seed, "demo insurance", *parts)


def pick(generator: np.random.Generator, weights: npt.ArrayLike, n: int | None = None) -> IntArray:
    """Category codes drawn by weight.

    Parameters
    ----------
    weights : array_like of shape (k,) or (n, k)
        Not negative; they need not add up to 1. One row serves all `n` draws, several serve one each.
    """
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64), axis=-1)
    if cumulative.ndim == 1:
        points = generator.random(n) * cumulative[-1]
        return np.asarray(np.searchsorted(cumulative[:-1], points, side="right"), dtype=np.int64)
    points = generator.random(len(cumulative)) * cumulative[:, -1]
    return np.asarray((cumulative[:, :-1] <= points[:, None]).sum(axis=1), dtype=np.int64)


def zipf(size: int, exponent: float = 0.8) -> FloatArray:
    """Weights of ranks 1..size in a power law."""
    return np.arange(1, size + 1, dtype=np.float64) ** -exponent


def chance(generator: np.random.Generator, probability: npt.ArrayLike, n: int) -> BoolArray:
    """True with this probability, row by row."""
    return np.asarray(generator.random(n) < np.asarray(probability))


def logistic(score: npt.ArrayLike) -> FloatArray:
    """Probability whose log odds are `score`."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(score, dtype=np.float64))))


def place_in_group(counts: IntArray) -> IntArray:
    """0, 1, ... inside each of consecutive groups of these sizes."""
    starts = np.cumsum(counts) - counts
    return np.asarray(np.arange(counts.sum()) - np.repeat(starts, counts), dtype=np.int64)


def totals(owner: IntArray, n_owners: int, values: npt.ArrayLike | None = None) -> FloatArray:
    """Sum of `values` (or the count of rows) of each owner."""
    return np.bincount(owner, weights=None if values is None else np.asarray(values), minlength=n_owners).astype(
        np.float64
    )


def means(owner: IntArray, n_owners: int, values: FloatArray, *, default: float = 0.0) -> FloatArray:
    """Mean of `values` of each owner, `default` for one without rows."""
    counts = totals(owner, n_owners)
    return np.where(counts > 0, totals(owner, n_owners, values) / np.maximum(counts, 1), default)


def split_cents(amounts: IntArray, counts: IntArray, shares: FloatArray) -> IntArray:
    """Whole cents of consecutive lines that add up to their owner's amount exactly.

    Parameters
    ----------
    amounts, counts : ndarray of shape (n_owners,)
        What to split and into how many lines.
    shares : ndarray of shape (counts.sum(),)
        Positive weights of the lines.
    """
    if not len(shares):
        return np.zeros(0, dtype=np.int64)
    running = np.cumsum(shares)
    last = np.cumsum(counts) - 1
    before = np.where(last - counts >= 0, running[np.maximum(last - counts, 0)], 0.0)
    whole_share = running[last] - before
    fraction = (running - np.repeat(before, counts)) / np.repeat(whole_share, counts)
    reached = np.rint(np.repeat(amounts, counts) * fraction).astype(np.int64)
    reached[last] = amounts
    first = place_in_group(counts) == 0
    return np.asarray(reached - np.where(first, 0, np.concatenate([[0], reached[:-1]])))


def season(
    weekdays: npt.ArrayLike, months: npt.ArrayLike, *, month_end: float = 1.0, month_start: float = 1.0
) -> FloatArray:
    """Running weight of the days from `FIRST_DAY` to `TODAY`, for `draw_days`.

    Parameters
    ----------
    weekdays, months : array_like of shape (7,), (12,)
        Relative weights, Monday and January first.
    month_end, month_start : float
        Factor for the last three days and for the first day of a month.
    """
    days = np.arange(FIRST_DAY, TODAY + 1).astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    weight = np.asarray(weekdays, dtype=np.float64)[(days.astype(np.int64) + 3) % 7]
    weight = weight * np.asarray(months, dtype=np.float64)[month.astype(np.int64) % 12]
    to_end = ((month + 1).astype("datetime64[D]") - days).astype(np.int64)
    weight = (
        weight
        * np.where(to_end <= 3, month_end, 1.0)
        * np.where(days == month.astype("datetime64[D]"), month_start, 1.0)
    )
    return np.concatenate([[0.0], np.cumsum(weight)])


def draw_days(generator: np.random.Generator, running: FloatArray, low: IntArray, high: IntArray) -> IntArray:
    """Day between `low` and `high`, both included, by the weights of a `season`."""
    start, stop = running[low - FIRST_DAY], running[high - FIRST_DAY + 1]
    points = start + generator.random(len(low)) * (stop - start)
    return np.clip(np.searchsorted(running, points, side="right") - 1 + FIRST_DAY, low, high)


def add_months(days: IntArray, months: IntArray) -> IntArray:
    """The same day of the month so many months later; days after the 28th move to the 28th."""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day = np.minimum((dates - month.astype("datetime64[D]")).astype(np.int64), 27)
    first = (month + months.astype("timedelta64[M]")).astype("datetime64[D]").astype(np.int64)
    return np.asarray(first + day)


def years_of(days: IntArray) -> IntArray:
    """Calendar years of days since 1970-01-01."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)


def numbered_by_year(prefix: str, days: IntArray, width: int) -> Chars:
    """Document numbers such as ``CL-2023-0000123``, counted from 1 within each year; `days` must ascend."""
    years = years_of(days)
    counts = np.unique(years, return_counts=True)[1].astype(np.int64)
    number = place_in_group(counts) + 1 if len(days) else np.zeros(0, dtype=np.int64)
    n = len(days)
    return beside(literal(f"{prefix}-", n), digits(years, 4), literal("-", n), digits(number, width))


_RADIX = {"#": (10, "0"), "@": (26, "A"), "%": (8, "2")}


def unlike_codes(seed: int, purpose: str, pattern: str, n: int) -> Chars:
    """Codes of a pattern, no two alike: ``#`` is a digit, ``%`` a digit from 2, ``@`` a letter, all else itself."""
    capacity = 1
    for mark in pattern:
        capacity *= _RADIX[mark][0] if mark in _RADIX else 1
    key = stream_key(seed, "demo insurance", purpose, pattern)
    left = permuted(key, np.arange(n), capacity)
    columns: list[Chars] = []
    for mark in reversed(pattern):
        if mark not in _RADIX:
            columns.append(literal(mark, n))
            continue
        base, first = _RADIX[mark]
        columns.append(letters(left % base + ord(first) - ord("A")))
        left = left // base
    return beside(*reversed(columns))
