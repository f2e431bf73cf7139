"""The form in which models and scores see rows: one float64 matrix of shape (columns, rows) with domains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.errors import DataError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Domain:
    """What the numbers of a column mean.

    ``number``: the value itself (dates as days since 1970, timestamps as microseconds, booleans as 0 and 1).
    ``category``: the index into `categories`; the value `len(categories)` stands for any other category.
    NaN is a missing value in both. `categories` are texts of the source's values: frequent ones only.
    """

    kind: str
    type: str
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("number", "category"):
            raise DataError(f"domain kind {self.kind!r}; expected number or category")

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "type": self.type, "categories": list(self.categories)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Domain:
        return cls(data["kind"], data["type"], tuple(data["categories"]))


@dataclass(frozen=True)
class Frame:
    """Rows as a matrix of shape (n_columns, n_rows), each column with its name and domain."""

    names: tuple[str, ...]
    domains: tuple[Domain, ...]
    matrix: FloatArray

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or len(self.names) != len(self.domains) or len(self.names) != self.matrix.shape[0]:
            raise DataError(
                f"frame: {len(self.names)} names, {len(self.domains)} domains, matrix of shape {self.matrix.shape}; "
                "expected (n_columns, n_rows)"
            )

    @property
    def n_rows(self) -> int:
        return int(self.matrix.shape[1])

    def column(self, name: str) -> FloatArray:
        """Values of one column, shape (n_rows,)."""
        values: FloatArray = self.matrix[self.names.index(name)]
        return values

    def take(self, rows: npt.NDArray[Any]) -> Frame:
        """The rows at these positions, or those where a boolean mask holds."""
        return Frame(self.names, self.domains, self.matrix[:, rows])

    def select(self, names: Sequence[str]) -> Frame:
        places = [self.names.index(name) for name in names]
        return Frame(tuple(names), tuple(self.domains[place] for place in places), self.matrix[places])


def empty_frame(n_rows: int) -> Frame:
    """A frame without columns, e.g. the context of a table that has no parent."""
    return Frame((), (), np.empty((0, n_rows)))


def numbers(values: pa.Array | pa.ChunkedArray) -> FloatArray:
    """Values as float64, NaN where null; days for dates, microseconds for timestamps.

    Exact for integers and microseconds up to 2^53 (year 2255); beyond, the last bits are rounded.

    Raises
    ------
    DataError
        For a type that is no number: text, binary, nested.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    kind = values.type
    if pa.types.is_date32(kind):
        values = values.cast(pa.int32())
    elif pa.types.is_date64(kind):
        values = pc.divide(values.cast(pa.int64()), 86_400_000)
    elif pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
    elif pa.types.is_duration(kind):
        values = values.cast(pa.duration("us"), safe=False).cast(pa.int64())
    elif pa.types.is_boolean(kind):
        values = values.cast(pa.int8())
    elif pa.types.is_null(kind):
        return np.full(len(values), np.nan)
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise DataError(f"values of type {kind} are no numbers")
    values = values.cast(pa.float64(), safe=False)
    return np.asarray(pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)


def texts(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Values as strings in one canonical form, null where null; how categories are named in a `Domain`."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_decimal(values.type) or pa.types.is_floating(values.type):
        number = values.cast(pa.float64(), safe=False)
        whole = pc.equal(number, pc.floor(number))
        whole = pc.and_(pc.fill_null(whole, False), pc.less(pc.abs(number), 2.0**53))
        integer = pc.if_else(whole, number, None).cast(pa.int64(), safe=False).cast(pa.string())
        return pc.if_else(whole, integer, number.cast(pa.string()))
    return values.cast(pa.string())


def codes(values: pa.Array | pa.ChunkedArray, domain: Domain) -> FloatArray:
    """Index of each value in the domain's categories; their number for any other value, NaN for null."""
    named = texts(values)
    place = pc.index_in(named, value_set=pa.array(domain.categories, pa.string()))
    place = pc.fill_null(place, len(domain.categories))
    found: FloatArray = place.to_numpy(zero_copy_only=False).astype(np.float64)
    found[pc.is_null(named).to_numpy(zero_copy_only=False)] = np.nan
    return found


def encode(values: pa.Array | pa.ChunkedArray, domain: Domain) -> FloatArray:
    """Values as the numbers that `domain` defines."""
    return numbers(values) if domain.kind == "number" else codes(values, domain)


def arrow_type(logical: str) -> pa.DataType:
    """Arrow type of a logical column type, e.g. ``decimal(10,2)``; DataError for nested ones."""
    simple = {
        "byte": pa.int8(),
        "short": pa.int16(),
        "integer": pa.int32(),
        "long": pa.int64(),
        "count": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "string": pa.string(),
        "binary": pa.binary(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
        "timestamp_ntz": pa.timestamp("us"),
    }
    if logical in simple:
        return simple[logical]
    if logical.startswith("decimal("):
        precision, scale = logical.removeprefix("decimal(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    raise DataError(f"column type {logical}: not supported here; expected one of {', '.join(simple)} or decimal(p,s)")


def supported(logical: str) -> bool:
    """Whether values of the type can be modelled; nested and exotic ones cannot."""
    try:
        arrow_type(logical)
    except DataError:
        return False
    return True


def decode(values: FloatArray, domain: Domain) -> pa.Array:
    """The Arrow array of the domain's type that these numbers stand for; the inverse of `encode`.

    Numbers are rounded to the type's grid and clipped to its range; NaN, and codes outside the categories,
    become null.
    """
    kind = arrow_type(domain.type)
    missing = np.isnan(values)
    if domain.kind == "category":
        missing = missing | (values < 0) | (values >= len(domain.categories))
        place = pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)
        return _parse(pc.take(pa.array(domain.categories, pa.string()), place), kind)
    return _from_numbers(values, missing, kind)


def _parse(named: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return named
    if pa.types.is_integer(kind):
        return named.cast(pa.int64()).cast(kind)
    if pa.types.is_decimal(kind):
        return named.cast(pa.float64()).cast(kind, safe=False)
    return named.cast(kind)


def _from_numbers(values: FloatArray, missing: npt.NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    filled = np.where(missing, 0.0, values)
    if pa.types.is_boolean(kind):
        return pa.array(filled >= 0.5, mask=missing)
    if pa.types.is_floating(kind):
        return pa.array(filled, mask=missing).cast(kind)
    if pa.types.is_decimal(kind):
        limit = 10.0 ** (kind.precision - kind.scale) - 10.0**-kind.scale
        unit = 10.0**kind.scale
        whole = np.rint(np.clip(filled, -limit, limit) * unit) / unit
        return pa.array(whole, mask=missing).cast(kind, safe=False)
    width = 32 if pa.types.is_date(kind) else 64 if not pa.types.is_integer(kind) else kind.bit_width
    low, high = (
        -(2.0 ** (width - 1)),
        np.nextafter(2.0 ** (width - 1), 0) if width == 64 else 2.0 ** (width - 1) - 1,
    )
    whole = np.rint(np.clip(filled, low, high)).astype(np.int64)
    if pa.types.is_date(kind):
        return pa.array(whole.astype(np.int32), pa.int32(), mask=missing).cast(kind)
    return pa.array(whole, pa.int64(), mask=missing).cast(kind)
