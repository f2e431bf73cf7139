"""Numbers that rules work with, written back in a column's own type."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from synthspark.rules.values import DAY, FloatArray

DIGITS = 12  # significant ones of a float that follows from others: rounding of sums leaves them alone

_ROUND = {"near": np.rint, "up": np.ceil, "down": np.floor}
_SLACK = 1e-6  # of a step: a number that lies on the grid but for rounding stays there


def written(values: FloatArray, kind: pa.DataType, *, way: str = "near") -> pa.Array:
    """Values of a type from numbers as `values.numbers` gives them: the nearest on its grid, or the next up or down.

    NaN becomes null; what the type cannot hold its nearest bound.
    """
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    if pa.types.is_floating(kind):
        return pa.array(filled, mask=missing).cast(kind)
    if pa.types.is_boolean(kind):
        return pa.array(filled >= 0.5, mask=missing)
    if pa.types.is_decimal(kind):
        limit = 10.0 ** (kind.precision - kind.scale) - 10.0**-kind.scale
        unit = 10.0**kind.scale
        steps = _stepped(np.clip(filled, -limit, limit) * unit, way)
        return pa.array(steps / unit, mask=missing).cast(kind, safe=False)
    if pa.types.is_date(kind):
        days = _stepped(filled / DAY, way)
        return pa.array(np.clip(days, -(2.0**31), 2.0**31 - 1).astype(np.int32), pa.int32(), mask=missing).cast(kind)
    width = kind.bit_width
    high = np.nextafter(2.0**63, 0) if width == 64 else 2.0 ** (width - 1) - 1
    whole = np.clip(_stepped(filled, way), -(2.0 ** (width - 1)), high).astype(np.int64)
    return pa.array(whole, pa.int64(), mask=missing).cast(kind)


def _stepped(values: FloatArray, way: str) -> FloatArray:
    near = np.rint(values)
    return np.asarray(np.where(np.abs(values - near) <= _SLACK, near, _ROUND[way](values)))


def unit_of(kind: pa.DataType, floating: float) -> float:
    """Smallest step between the values of a type; of floats it is given, 0 for none."""
    if pa.types.is_decimal(kind):
        return float(10.0**-kind.scale)
    return 1.0 if pa.types.is_integer(kind) else floating


def rounded(values: FloatArray, tolerance: float) -> FloatArray:
    """Values with as many decimal places as a rule's tolerance speaks of, or else with `DIGITS` significant digits."""
    if tolerance > 0:
        return np.asarray(np.round(values, math.floor(-math.log10(2 * tolerance) + 1e-9)))
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(values)))
        unit = 10.0 ** (DIGITS - 1 - size)
        return np.asarray(np.where(np.isfinite(unit) & (values != 0), np.rint(values * unit) / unit, values))
