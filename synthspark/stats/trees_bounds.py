"""Which columns bound another one while rows are drawn, and what a number must not fall below or exceed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthspark.stats.features import ABOVE, BESIDE
from synthspark.stats.frame import FloatArray
from synthspark.stats.limits import Limits
from synthspark.stats.trees_column import Ends
from synthspark.stats.trees_predictors import DAY, Pool

Places = tuple[
    list[int], list[int]
]  # of the columns that a column must not fall below, and of those it must not exceed


def bounding_places(
    context: Sequence[str], names: Sequence[str], order: Sequence[int], limits: Limits
) -> dict[int, Places]:
    """For each column that is bounded the places of the others, in the context or drawn before it in this order."""
    known = {name: place for place, name in enumerate(context) if name.startswith((ABOVE, BESIDE))}
    found = {}
    for column in dict.fromkeys(order):
        low, high = (
            [known[other] for other in side.get(names[column], ()) if other in known]
            for side in (limits.least, limits.most)
        )
        if low or high:
            found[column] = (low, high)
        known[names[column]] = len(context) + column
    return found


def ends_of(pool: Pool, column: int, places: Places) -> Ends:
    """The nearest bound of each row on both sides, in the units of the column."""
    wanted = pool.domains[column].type
    low = high = np.full(pool.columns[column].size, np.nan)
    for place in places[0]:
        low = np.fmax(low, in_units(pool.columns[place], pool.domains[place].type, wanted, up=True))
    for place in places[1]:
        high = np.fmin(high, in_units(pool.columns[place], pool.domains[place].type, wanted, up=False))
    return low, high


def in_units(values: FloatArray, kind: str, wanted: str, *, up: bool) -> FloatArray:
    """Numbers of one type as those of another: a date is the moment at which it begins."""
    if (kind == "date") == (wanted == "date"):
        return values
    if kind == "date":
        return values * DAY
    return np.ceil(values / DAY) if up else np.floor(values / DAY)
