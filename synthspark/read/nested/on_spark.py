"""Structs as columns of their own: one for each field, so that discovery and models see values, and back again."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.spark_types import column, quoted

logger = logging.getLogger(__name__)

Path = tuple[str, ...]


def flattened(name: str, frame: DataFrame) -> DataFrame:
    """The table with a column ``place.city`` for each field of a struct ``place``, however deep; others as they are.

    A struct whose fields would take the name of another column stays whole, and is then null in the copy. Arrays and
    maps are not taken apart.
    """
    structs = _flattened_columns(frame.schema)
    if not structs:
        return frame
    logger.info("read: table %s, structs taken apart: %s", name, ", ".join(sorted(structs)))
    chosen: list[Column] = []
    for field in frame.schema.fields:
        if field.name in structs:
            chosen += [F.col(_reference(path)).alias(".".join(path)) for path in _leaves(field)]
        else:
            chosen.append(column(field.name))
    return frame.select(*chosen)


def rebuilt(frame: DataFrame, schema: T.StructType) -> DataFrame:
    """The inverse of `flattened` for a table of this schema; a struct all of whose fields are null is null."""
    structs = _flattened_columns(schema)
    if not structs:
        return frame
    return frame.select(
        *(
            _struct((field.name,), field.dataType).alias(field.name) if field.name in structs else column(field.name)
            for field in schema.fields
        )
    )


def is_flat(schema: T.StructType) -> bool:
    """Whether nothing of a table of this schema is taken apart."""
    return not _flattened_columns(schema)


def _flattened_columns(schema: T.StructType) -> set[str]:
    """Structs that can be taken apart without two columns of one name."""
    nested = [field for field in schema.fields if _is_struct(field.dataType)]
    plain = [field.name for field in schema.fields if not _is_struct(field.dataType)]
    taken = [name.casefold() for name in plain]
    found = set()
    for field in nested:
        names = [".".join(path).casefold() for path in _leaves(field)]
        if _distinct([*names, *taken]):
            found.add(field.name)
            taken += names
    return found


def _distinct(names: Collection[str]) -> bool:
    return len(set(names)) == len(names)


def _is_struct(kind: T.DataType) -> bool:
    return isinstance(kind, T.StructType) and bool(kind.fields)


def _leaves(field: T.StructField, above: Path = ()) -> Iterator[Path]:
    path = (*above, field.name)
    if isinstance(field.dataType, T.StructType) and field.dataType.fields:
        for inner in field.dataType.fields:
            yield from _leaves(inner, path)
    else:
        yield path


def _struct(path: Path, kind: T.DataType) -> Column:
    if not isinstance(kind, T.StructType) or not kind.fields:
        return column(".".join(path))
    fields = [_struct((*path, field.name), field.dataType).alias(field.name) for field in kind.fields]
    leaves = [leaf for field in kind.fields for leaf in _leaves(field, path)]
    there = reduce(or_, [column(".".join(leaf)).isNotNull() for leaf in leaves])
    return F.when(there, F.struct(*fields))


def _reference(path: Path) -> str:
    return ".".join(quoted(part) for part in path)
