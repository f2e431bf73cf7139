"""Values of columns that the engine does not draw: keys, codes, texts, personal values, bytes, copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import ColumnModel
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.frame import Domain, FloatArray, arrow_type, decode
from synthspark.stats.key_formats import KeyFormat, issue
from synthspark.stats.providers import emit
from synthspark.stats.providers_format import PersonalFormat
from synthspark.stats.wording import TextFormat, emit_text


def parse_texts(values: list[str], logical: str) -> pa.Array:
    """Texts as values of a type; the inverse of `stats.frame.texts`."""
    return decode(np.arange(len(values), dtype=np.float64), Domain("category", logical, tuple(values)))


def drawn_values(column: ColumnModel, drawn: FloatArray, index: IntArray, n_rows: int, stream: int) -> pa.Array:
    """Values of a number or category column from what the engine drew."""
    kind = arrow_type(column.type)
    if column.way == "number":
        values = decode(drawn, Domain("number", column.type))
        return _with_nan(values, column, index, stream)
    categories = column.parameters["categories"]
    rest, named = column.parameters.get("rest"), categories
    if column.parameters.get("pseudonyms"):
        every = np.arange(len(categories), dtype=np.int64)
        issued = issue(key_format(column.parameters["pseudonyms"]), every, every.size, stream).to_pylist()
        # An empty text names nothing.
        named = [name if category.strip() else category for name, category in zip(issued, categories, strict=True)]
    values = decode(drawn, Domain("category", column.type, tuple(named)))
    if rest is None:
        return values
    rare = np.flatnonzero(drawn >= len(categories))
    if not rare.size:
        return values
    mask = np.zeros(index.size, dtype=bool)
    mask[rare] = True
    invented = invented_values(rest["way"], rest, column.type, index[rare], n_rows, stream, {})
    return pc.replace_with_mask(values, pa.array(mask), invented.cast(kind))


def _with_nan(values: pa.Array, column: ColumnModel, index: IntArray, stream: int) -> pa.Array:
    share = column.parameters.get("nan_share", 0.0)
    if not share:
        return values
    turned = values.is_null().to_numpy(zero_copy_only=False) & (uniforms(stream, index, draw=7) < share)
    return pc.if_else(pa.array(turned), pa.scalar(float("nan"), values.type), values)


def invented_values(
    way: str,
    parameters: Mapping[str, Any],
    logical: str,
    index: IntArray,
    n_rows: int,
    stream: int,
    coherent: Mapping[str, pa.Array],
) -> pa.Array:
    """Values of a way that needs the row's index only.

    Parameters
    ----------
    coherent
        Personal columns of the same rows by their meaning.
    """
    kind = arrow_type(logical)
    if way == "constant":
        return pc.take(parse_texts([parameters["value"]], logical), pa.array(np.zeros(index.size, dtype=np.int32)))
    if way == "null":
        nan = parameters.get("nan") and pa.types.is_floating(kind)
        return pa.array(np.full(index.size, np.nan), kind) if nan else pa.nulls(index.size, kind)
    if way == "copy":
        rows = np.cumsum(parameters["rows"])
        place = np.searchsorted(rows / rows[-1], uniforms(stream, index), side="right")
        return parse_texts(parameters["values"], logical).take(pa.array(np.minimum(place, rows.size - 1)))
    if way == "personal":
        return emit(_personal_format(parameters["format"]), index, n_rows, stream, coherent).cast(kind)
    return emit_text(_text_format(parameters["format"]), index, stream, n_rows=n_rows).cast(kind)


def key_format(document: Mapping[str, Any]) -> KeyFormat:
    """Format of keys from its written form."""
    return KeyFormat.from_json(document)


def _personal_format(document: Mapping[str, Any]) -> PersonalFormat:
    return PersonalFormat.from_json(document)


def _text_format(document: Mapping[str, Any]) -> TextFormat:
    return TextFormat.from_json(document)


def with_presence(values: pa.Array, present: FloatArray | None, blank: str | None = None) -> pa.Array:
    """Null where the engine drew an absent value, and `blank` where it drew one that says nothing."""
    if present is None:
        return values
    missing: npt.NDArray[np.bool_] = np.isnan(present)
    if blank is not None:
        values = pc.if_else(pa.array(present == 1.0), pa.scalar(blank, values.type), values)
    return pc.if_else(pa.array(missing), pa.scalar(None, values.type), values) if missing.any() else values
