"""Dates of which many fall on one day of the month: the month is drawn first, then the day in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import FloatArray

LEAST_SHARE = 0.1  # of the dates that must fall on one day of the month
MOSTLY = 0.5
LEAST_MONTHS = 24  # in which dates lie, so that no day of one month stands out by itself


def falls_on_days(days: FloatArray) -> bool:
    """Whether many dates, in days since 1970, fall on one day of the month."""
    known = days[np.isfinite(days)]
    if not known.size:
        return False
    months = months_of(known)
    on = np.bincount((known - first_days(months)).astype(np.int64))
    return bool(np.unique(months).size >= LEAST_MONTHS and on.max() >= LEAST_SHARE * known.size)


def same_day(days: FloatArray, other: FloatArray) -> bool:
    """Whether most dates fall on the same day of the month as others do, which a distance from these keeps."""
    known = np.isfinite(days) & np.isfinite(other)
    own, theirs = days[known], other[known]
    same = own - first_days(months_of(own)) == theirs - first_days(months_of(theirs))
    return bool(known.any() and same.mean() >= MOSTLY)


def months_of(days: FloatArray) -> FloatArray:
    """Months since January 1970, NaN for NaN."""
    return _cast(days, "D", "M")


def first_days(months: FloatArray) -> FloatArray:
    """First day of each month, in days since 1970."""
    return _cast(months, "M", "D")


def within_month(days: FloatArray, first: FloatArray) -> FloatArray:
    """The days, or the last ones of the months that begin with `first`."""
    return np.minimum(days, first_days(months_of(first) + 1.0) - 1.0)


def _cast(values: FloatArray, source: str, target: str) -> FloatArray:
    known = np.isfinite(values)
    whole: npt.NDArray[np.int64] = np.where(known, values, 0.0).astype(np.int64)
    found = whole.astype(f"datetime64[{source}]").astype(f"datetime64[{target}]").astype(np.float64)
    return np.where(known, found, np.nan)
