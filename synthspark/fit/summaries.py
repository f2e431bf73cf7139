"""What must be known of a column before it is modelled: counts on all rows, values of a bounded sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.stats.frame import numbers, texts
from synthspark.stats.key_hashes import value_hashes

SAMPLE_VALUES = 10_000  # distinct values from which formats are learned
HASHED_VALUES = (
    1_000_000  # distinct values whose hashes a model may carry, so that they are never issued (8 bytes each)
)


@dataclass(frozen=True)
class ColumnSummary:
    """Counts and a sample of one column. Holds values of the source: in memory only.

    Attributes
    ----------
    nans : int
        Floating values that are no number; they count as missing but are no nulls.
    top : mapping
        Texts of the most frequent values to their rows, at least k each.
    minimum, maximum : float or None
        Of numbers, dates (days) and timestamps (microseconds).
    sample : Array
        Distinct values.
    hashes : ndarray or None
        Of all distinct values; None when they are too many.
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int
    nans: int = 0
    top: Mapping[str, int] | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_length: int | None = None
    sample: pa.Array | None = None
    hashes: npt.NDArray[np.uint64] | None = None

    @property
    def filled(self) -> int:
        return self.rows - self.nulls - self.nans

    @property
    def top_rows(self) -> int:
        return sum((self.top or {}).values())


def is_number(logical: str) -> bool:
    """Whether the engine can draw the type as a number."""
    return logical in ("byte", "short", "integer", "long", "float", "double", "date", "timestamp", "timestamp_ntz") or (
        logical.startswith("decimal(")
    )


def summarise(name: str, logical: str, values: pa.Array, *, k: int, most_categories: int) -> ColumnSummary:
    """Summary of a column that is in memory as a whole."""
    rows, nulls = len(values), values.null_count
    nans = 0
    if pa.types.is_floating(values.type):
        nans = int(pc.sum(pc.is_nan(values)).as_py() or 0)
        values = pc.if_else(pc.is_nan(values), None, values)
    present = values.drop_null()
    counted = pc.value_counts(present)
    distinct = counted.field(0)
    low = high = None
    if is_number(logical) and len(present):
        finite = numbers(distinct)
        finite = finite[np.isfinite(finite)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
    lengths = pc.binary_length(distinct) if logical in ("string", "binary") and len(distinct) else None
    return ColumnSummary(
        name=name,
        type=logical,
        rows=rows,
        nulls=nulls,
        nans=nans,
        distinct=len(distinct),
        top=frequent(distinct, counted.field(1), k=k, most=most_categories) if logical != "binary" else {},
        minimum=low,
        maximum=high,
        maximum_length=pc.max(lengths).as_py() if lengths is not None else None,
        sample=distinct[:SAMPLE_VALUES],
        hashes=value_hashes(distinct) if len(distinct) <= HASHED_VALUES else None,
    )


def frequent(distinct: pa.Array, counts: pa.Array, *, k: int, most: int) -> dict[str, int]:
    """Texts of the values with at least k rows, the most frequent first, ties by text."""
    enough = pc.greater_equal(counts, k)
    named, numbers_of = texts(distinct.filter(enough)).to_pylist(), counts.filter(enough).to_pylist()
    merged: dict[str, int] = {}
    for text, number in zip(named, numbers_of, strict=True):
        merged[text] = merged.get(text, 0) + number
    return dict(sorted(merged.items(), key=lambda item: (-item[1], item[0]))[:most])
