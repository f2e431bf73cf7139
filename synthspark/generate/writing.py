"""Keys of parents written into a child's columns: in the child's own type and spelling."""

from __future__ import annotations

import pyarrow as pa

from synthspark.artifacts.model import ColumnModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.random import column_stream
from synthspark.generate.recipe import Recipe
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.frame import arrow_type
from synthspark.stats.key_spellings import Spelling, key_base, write_keys
from synthspark.stats.matching import key_texts


def key_for_child(recipe: Recipe, key: ForeignKey, child: str, values: pa.Array, index: IntArray) -> pa.Array:
    """Key values of a parent as the child's column has them, one for each row of the child.

    Parameters
    ----------
    values : Array
        Of the parent's column; for columns with spellings, `base_for_child` of them does as well.
    index : ndarray of int64
        The rows' own indices, which tell the spelling of each.
    """
    column = recipe.model.column(child)
    spellings = spellings_of(column)
    base = base_for_child(recipe, key, child, values)
    if not spellings:
        return cast_key(base, arrow_type(column.type))
    turn = uniforms(column_stream(recipe.seed, recipe.table, child), index) if len(spellings) > 1 else None
    return write_keys(base, spellings, turn)


def base_for_child(recipe: Recipe, key: ForeignKey, child: str, values: pa.Array) -> pa.Array:
    """What of a parent's key values the child's are written from; worth doing before values are repeated."""
    comparison = key.comparisons[key.child_columns.index(child)]
    return values if comparison == "exact" else key_base(values, comparison)


def spellings_of(column: ColumnModel) -> tuple[Spelling, ...]:
    """How a column spells its keys; empty when they are only cast."""
    return tuple(Spelling.from_json(item) for item in column.parameters.get("spellings", ()))


def cast_key(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Key values in another type, whole numbers as such."""
    if values.type == kind:
        return values
    if pa.types.is_string(kind):
        return key_texts(values)
    if pa.types.is_decimal(kind) and pa.types.is_integer(values.type):
        values = values.cast(pa.decimal128(38, 0))  # Arrow wants room for all whole numbers of the type first
    return values.cast(kind, safe=False)
