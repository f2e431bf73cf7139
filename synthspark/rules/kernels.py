"""What it means to break a rule, on arrays: True where a row does; NaN and -1 stand for missing values.

A row with a missing value breaks nothing, except where the rule is about missing values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthspark.rules.values import DAY, SECOND, BoolArray, FloatArray, IntArray

RELATIVE = 1e-9  # floats that differ by less than this share are equal

UNITS = {"one": 1.0, "day": DAY, "second": SECOND}


def filled(*columns: FloatArray) -> BoolArray:
    """Rows in which no column is missing."""
    return np.asarray(~np.logical_or.reduce([np.isnan(column) for column in columns]))


def differs(found: FloatArray, wanted: FloatArray, tolerance: float | FloatArray = 0.0) -> BoolArray:
    """Where two numbers are farther apart than `tolerance` and than rounding of floats explains."""
    slack = np.maximum(tolerance * (1 + 1e-6), RELATIVE * np.maximum(np.abs(found), np.abs(wanted)))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(found - wanted) > slack)


def descends(lower: FloatArray, upper: FloatArray) -> BoolArray:
    """Where the first is greater than the second."""
    with np.errstate(invalid="ignore"):
        above = lower > upper
    return above & differs(lower, upper)


def add_months(times: FloatArray, months: int) -> FloatArray:
    """The same day so many months later, or the last one of a shorter month; microseconds since 1970.

    The time of day stays. NaN stays NaN.
    """
    known = ~np.isnan(times)
    moments = np.where(known, times, 0.0).astype(np.int64)
    days = np.floor_divide(moments, int(DAY))
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64)
    later = month + np.timedelta64(months, "M")
    first = later.astype("datetime64[D]").astype(np.int64)
    length = (later + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    moved = (first + np.minimum(day, length - 1)).astype(np.float64) * DAY + (moments - days * int(DAY))
    return np.where(known, moved, np.nan)


def offset(start: FloatArray, amount: float, unit: str) -> FloatArray:
    """What the second column of an offset has to be."""
    return add_months(start, int(amount)) if unit == "month" else start + amount * UNITS[unit]


TERMS = ("x", "1-x", "1+x", "1-x/100", "1+x/100", "1/x")


def term(values: FloatArray, form: str) -> FloatArray:
    """One factor of a product; NaN where it has none."""
    if form == "1/x":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values == 0, np.nan, 1.0 / values)
    scaled = values / 100.0 if form.endswith("/100") else values
    return scaled if form == "x" else 1.0 - scaled if form.startswith("1-") else 1.0 + scaled


def weighted_sum(operands: Sequence[FloatArray], signs: Sequence[float]) -> FloatArray:
    """Sum of the operands, each times its sign."""
    return np.asarray(np.sum([sign * values for sign, values in zip(signs, operands, strict=True)], axis=0))


def product(operands: Sequence[FloatArray], terms: Sequence[str], factor: float) -> FloatArray:
    """Product of the operands in their forms."""
    factors = [term(values, form) for values, form in zip(operands, terms, strict=True)]
    return np.asarray(factor * np.prod(factors, axis=0))


def minority_rows(determinant: IntArray, dependent: IntArray) -> tuple[int, int]:
    """Rows with both, and rows whose dependent is not the commonest one of their determinant."""
    known = (determinant >= 0) & (dependent >= 0)
    left, right = determinant[known], dependent[known]
    if not len(left):
        return 0, 0
    width = int(right.max()) + 1
    pairs, counts = np.unique(left * width + right, return_counts=True)
    most = np.zeros(int(left.max()) + 1, np.int64)
    np.maximum.at(most, pairs // width, counts)
    return len(left), len(left) - int(most.sum())


def repeated_rows(combined: IntArray) -> tuple[int, int]:
    """Rows without a missing value, and how many of them repeat an earlier one."""
    known = combined[combined >= 0]
    return len(known), len(known) - len(np.unique(known))


def broken_sequences(
    group: IntArray, number: FloatArray, start: float, along: FloatArray | None = None
) -> tuple[int, int, int]:
    """Groups, groups that do not count start, start + 1, ... each once, and groups of more than one row.

    A group with a missing number is broken, and so is one in which `along` falls from one number to a later one.
    """
    known = group >= 0
    places, sizes = np.unique(group[known], return_counts=True)
    if not len(places):
        return 0, 0, 0
    dense = np.searchsorted(places, group[known])
    order = np.lexsort((number[known], dense))
    starts = np.cumsum(sizes) - sizes
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    wrong = ~(number[known][order] == start + rank)
    if along is not None:
        wrong[going_back(dense[order], along[known][order])] = True
    broken = np.unique(dense[order][wrong])
    return len(places), len(broken), int((sizes > 1).sum())


def going_back(group: IntArray, values: FloatArray) -> IntArray:
    """Places of rows, sorted by group, whose value is smaller than the known one before it in its group."""
    filled = np.flatnonzero(~np.isnan(values))
    same = group[filled][1:] == group[filled][:-1]
    return np.asarray(filled[1:][same & descends(values[filled][:-1], values[filled][1:])])


def totals(group: IntArray, values: FloatArray | None, n_groups: int, function: str) -> FloatArray:
    """Aggregate of each group 0..n_groups-1, missing values left out; NaN for a group without any, 0 for a count."""
    known = group >= 0 if values is None else (group >= 0) & ~np.isnan(values)
    counts = np.bincount(group[known], minlength=n_groups).astype(np.float64)
    if function == "count" or values is None:
        return counts
    held, places = values[known], group[known]
    if function in ("min", "max"):
        result = np.full(n_groups, np.inf if function == "min" else -np.inf)
        (np.minimum if function == "min" else np.maximum).at(result, places, held)
    else:
        result = np.bincount(places, weights=held, minlength=n_groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = result / counts if function == "mean" else result
    return np.where(counts > 0, result, np.nan)


def share_out(own: FloatArray, total: FloatArray, group: IntArray, unit: float) -> FloatArray:
    """Numbers in proportion to `own` whose sum in each group is the group's total, by the largest remainders.

    Parameters
    ----------
    own, total : ndarray of shape (n,)
        Not negative; `total` is the same for all rows of a group.
    group : ndarray of int64, shape (n,)
        Equal numbers next to each other.
    unit : float
        The numbers are multiples of it; 0 for any number.

    References
    ----------
    Hamilton's method of apportionment: Balinski & Young (1982), "Fair Representation".
    """
    place = np.cumsum(np.diff(group, prepend=group[:1]) != 0)
    size = np.bincount(place).astype(np.float64)
    whole = np.bincount(place, weights=own)
    with np.errstate(invalid="ignore", divide="ignore"):
        wanted = np.where(whole[place] > 0, own / whole[place] * total, total / size[place])
    if not unit:
        return np.asarray(wanted)
    steps = np.floor(wanted / unit + RELATIVE)
    left = np.rint(total / unit) - np.bincount(place, weights=steps)[place]
    order = np.lexsort((steps - wanted / unit, place))
    rank = np.empty(own.size)
    rank[order] = np.arange(own.size) - (np.cumsum(size) - size)[place[order]]
    return np.asarray((steps + (rank < left)) * unit)
