"""Frames of virtual tables: the things that columns of the source name, each once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame

from synthspark.artifacts.entities import sources_of
from synthspark.artifacts.schema import Schema
from synthspark.spark_types import column, spark_type


def with_named_things(frames: Mapping[str, DataFrame], schema: Schema) -> dict[str, DataFrame]:
    """The frames, and one for each virtual table: the distinct values of the columns that name its things."""
    virtual = [name for name, table in schema.tables.items() if table.virtual]
    return {**frames, **{name: _named_things(frames, schema, name) for name in virtual}}


def _named_things(frames: Mapping[str, DataFrame], schema: Schema, name: str) -> DataFrame:
    key = schema.tables[name].columns
    parts = [
        frames[one.table].select(
            *(
                column(own).cast(spark_type(wanted.type)).alias(place)
                for (place, wanted), own in zip(key.items(), one.columns, strict=True)
            )
        )
        for one in sources_of(name, schema)
    ]
    return reduce(DataFrame.union, parts).dropna().distinct()
