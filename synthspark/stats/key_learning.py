"""The format of a column's keys, learned from a bounded sample of them."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.stats.checksums import find_scheme
from synthspark.stats.comparison import normal_form
from synthspark.stats.frame import arrow_type
from synthspark.stats.key_folding import apart_when_folded
from synthspark.stats.key_formats import KeyFormat, unit_limits
from synthspark.stats.key_hashes import sorted_hashes
from synthspark.stats.key_shapes import learn_templates
from synthspark.stats.key_spellings import Spelt, learn_spellings

AVOID_LIMIT = 5_000_000  # keys of the source whose hashes (8 bytes each) a format may carry
_SAMPLE = 10_000  # keys looked at
_DENSE = 0.5  # share of a range's numbers in use from which the numbers are taken for a running count
_IDENTIFIER = 0.1  # share below which they are taken for identifiers that must not return
_GRID_SAMPLE = 10  # numbers from which their common step is believed
_FLOAT_DIGITS = 6  # decimals looked for in floating keys
_ROUND_PARTS = 64  # a range is widened outward to multiples of its 64th part, so that its ends are no source values


def learn_key_format(
    values: pa.Array | pa.ChunkedArray,
    logical_type: str,
    n_distinct: int,
    minimum: float | None = None,
    maximum: float | None = None,
    *,
    avoid: npt.NDArray[np.uint64] | None = None,
    maximum_length: int | None = None,
    k: int = 5,
    compared: str = "exact",
    scheme: str = "",
) -> KeyFormat:
    """Format of the keys of a column.

    Parameters
    ----------
    values : Array
        A sample of the distinct non-null keys; empty gives the type's plainest format.
    logical_type : str
        As in the schema: ``long``, ``string``, ``decimal(10,2)``, ...
    n_distinct : int
        Distinct keys of the whole column.
    minimum, maximum : float, optional
        Of the whole column, where it has numbers: days for dates, microseconds for timestamps.
    avoid : ndarray of uint64, optional
        `value_hashes` of all keys of the source. Issued texts are never among them; of numbers only those that look
        like identifiers, and only where the type has room. For more than AVOID_LIMIT keys leave it out: texts are then
        issued longer than `maximum_length` (by default the longest of the sample).
    k : int
        Fixed parts of a format are kept when at least `k` keys share them.
    compared : {"exact", "number", "folded"}
        As what texts must differ, see `comparison.normal_form`.
    scheme : str
        Of `checksums.SCHEMES`: all texts get its check characters; of texts that differ as numbers only where the
        sample shows it.
    """
    values = _distinct(values)
    kind = arrow_type(logical_type)
    hashes = sorted_hashes(avoid)
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        if compared == "number":
            scheme = ""
            numbered = _learn_spelt(values, n_distinct, hashes, k)
            if numbered is not None:
                return numbered
        texts = values.to_pylist()
        longer = 0
        if not hashes.size and n_distinct > AVOID_LIMIT:
            longer = max([maximum_length or 0, *(len(_as_bytes(text)) for text in texts)])
        templates = learn_templates(texts, k=k, scheme=scheme)
        if compared == "folded":
            templates = apart_when_folded(templates)
        form = KeyFormat(logical_type, "template", templates=templates, longer_than=longer, avoid=hashes)
        return replace(form, scheme=scheme)
    return _learn_numbers(values, logical_type, n_distinct, (minimum, maximum), hashes, k)


def _learn_spelt(values: pa.Array, n_distinct: int, avoid: npt.NDArray[np.uint64], k: int) -> KeyFormat | None:
    """Texts as numbers and the way they are written, by those that hold one; None when none does."""
    if not pa.types.is_string(values.type):
        return None
    numbers = normal_form(values, "number").drop_null()
    if not len(numbers):
        return None
    learned = _learn_numbers(pc.unique(numbers), "long", n_distinct, (None, None), avoid, k)
    if learned.kind == "template":  # digits with a check digit are no plain number
        return None
    spellings = learn_spellings(Spelt(values, values, np.ones(len(values), dtype=np.int64)), "number", k=k)
    return replace(learned, type="string", spellings=spellings)


def _distinct(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return pc.unique(pc.drop_null(values))[:_SAMPLE]


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _learn_numbers(
    values: pa.Array,
    logical: str,
    n_distinct: int,
    extremes: tuple[float | None, float | None],
    avoid: npt.NDArray[np.uint64],
    k: int,
) -> KeyFormat:
    units, scale = _units(values, logical)
    if not units:
        return KeyFormat(logical, "sequence", start=min(1, unit_limits(logical, 0)[1]))
    checked = _learn_checked(units, logical, scale, avoid, k)
    if checked is not None:
        return checked
    low, high = _range(units, extremes, logical, scale)
    step = _step(units, n_distinct)
    slots = (high - low) // step + 1
    if n_distinct >= _DENSE * slots:
        return KeyFormat(logical, "sequence", start=low, step=step, scale=scale)
    avoid = avoid if n_distinct < _IDENTIFIER * slots else avoid[:0]
    low, high = _rounded(low, high, step, unit_limits(logical, scale))
    count = (high - low) // step + 1
    return KeyFormat(logical, "sparse", start=low, step=step, count=count, scale=scale, avoid=avoid)


def _learn_checked(
    units: list[int], logical: str, scale: int, avoid: npt.NDArray[np.uint64], k: int
) -> KeyFormat | None:
    """Whole numbers with a check digit, as texts of digits; None for others."""
    kind = arrow_type(logical)
    texts = [str(unit) for unit in units]
    whole = pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and scale == 0)
    if not whole or len({len(text) for text in texts}) != 1 or min(units) < 0:
        return None
    if not find_scheme(np.array([list(text.encode()) for text in texts], dtype=np.uint8)):
        return None
    return KeyFormat(logical, "template", templates=learn_templates(texts, k=k), avoid=avoid)


def _units(values: pa.Array, logical: str) -> tuple[list[int], int]:
    """Values counted in the type's smallest units, ascending, and the decimals of these."""
    kind = arrow_type(logical)
    if pa.types.is_floating(kind):
        return _float_units(values.cast(pa.float64()).to_numpy(zero_copy_only=False))
    if pa.types.is_decimal(kind):
        found = [int(Decimal(value).scaleb(kind.scale)) for value in values.cast(kind).to_pylist()]
        return sorted(found), kind.scale
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", values.type.tz), safe=False)
    elif pa.types.is_date(kind):
        values = values.cast(pa.date32()).cast(pa.int32())
    return sorted(values.cast(pa.int64()).to_pylist()), 0


def _float_units(values: npt.NDArray[np.float64]) -> tuple[list[int], int]:
    values = values[np.isfinite(values)]
    for scale in range(_FLOAT_DIGITS + 1):
        scaled = values * 10.0**scale
        if np.allclose(scaled, np.rint(scaled), rtol=1e-12, atol=1e-6):
            break
    within = np.clip(np.rint(values * 10.0**scale), -(2.0**53), 2.0**53)
    return sorted({int(unit) for unit in within}), scale


def _range(units: list[int], extremes: tuple[float | None, float | None], logical: str, scale: int) -> tuple[int, int]:
    """Smallest and largest of the whole column; the sample's own where it is as far out (floats are inexact)."""
    factor = 10**scale
    low, high = units[0], units[-1]
    minimum, maximum = extremes
    if minimum is not None and math.isfinite(minimum):
        low = min(low, round(minimum * factor)) if abs(minimum * factor) < 2**53 else low
    if maximum is not None and math.isfinite(maximum):
        high = max(high, round(maximum * factor)) if abs(maximum * factor) < 2**53 else high
    floor, ceiling = unit_limits(logical, scale)
    return max(low, floor), min(high, ceiling)


def _step(units: list[int], n_distinct: int) -> int:
    if len(units) < min(_GRID_SAMPLE, n_distinct):
        return 1
    return max(1, math.gcd(*(unit - units[0] for unit in units)))


def _rounded(low: int, high: int, step: int, limits: tuple[int, int]) -> tuple[int, int]:
    """The range widened to round ends on the same grid, within the type, the sign and the number of digits."""
    part = step * max(1, (high - low) // step // _ROUND_PARTS)
    floor, ceiling = limits
    if low >= 0:
        floor = 10 ** (len(str(low)) - 1) if low else 0
    if high > 0:
        ceiling = min(ceiling, 10 ** len(str(high)) - 1)
    start = max(floor, low // part * part)
    end = min(ceiling, (high // part + 1) * part)
    return start + (low - start) % step, end
