"""The fine structure of a number that its quantiles do not tell: round numbers, spikes, days of the month, weekdays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.marginals import NumberMarginal
from synthspark.stats.trees_predictors import Predictor

_ROUND = (10, 100, 1_000, 10_000)  # multiples of the grid's step
_WHOLE_TIMES = (60_000_000, 900_000_000, 3_600_000_000)  # microseconds: minute, quarter of an hour, hour
_EARLY, _LATE = 1, 27  # days of the month, from 0, below and from which months begin and end
_RARE = 0.02  # share of the rows below which a structure is left alone


def texture(
    values: FloatArray, on_spike: npt.NDArray[np.bool_], marginal: NumberMarginal, domain: Domain
) -> npt.NDArray[np.float32]:
    """Indicators of shape (n_structures, n), each of a share of the rows that is neither rare nor nearly all.

    `on_spike` tells which values are spikes; nulls belong to no structure.
    """
    found = [on_spike]
    if domain.type == "date":
        found += _calendar(values)
    elif marginal.grid.step > 0:
        units = [unit / marginal.grid.step for unit in _WHOLE_TIMES if domain.type == "time"] or list(_ROUND)
        steps = np.rint(np.where(np.isfinite(values), values, 0.5) / marginal.grid.step)
        found += [(steps % unit == 0) & np.isfinite(values) for unit in units if unit > 1]
    indicators = np.array(found, dtype=np.float32).reshape(len(found), values.size)
    share = indicators.mean(axis=1) if values.size else np.zeros(len(found))
    return indicators[(share >= _RARE) & (share <= 1 - _RARE)]


def _calendar(days: FloatArray) -> list[npt.NDArray[np.bool_]]:
    """First days, last days and last third of the month, working days and the days at their ends."""
    known = np.isfinite(days)
    filled = np.where(known, days, 0.0)
    day = Predictor(0, "day", np.empty(0)).feature(filled, "date")
    weekday = Predictor(0, "weekday", np.empty(0)).feature(filled, "date")
    return [part & known for part in (day < _EARLY, day >= _LATE, day >= 20, day >= 10, weekday < 5, weekday == 0)]
