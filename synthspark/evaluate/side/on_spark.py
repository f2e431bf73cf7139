"""One side of a table on Spark: its columns by place, its values and the hashes of its keys and rows."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.evaluate.reading import Layout
from synthspark.evaluate.selection import KeySide
from synthspark.spark_types import hashable_key, logical_type, spark_type


@dataclass(frozen=True)
class Side:
    """One frame with its columns renamed by position, since names may hold anything and differ only by case."""

    frame: DataFrame
    names: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def of(cls, frame: DataFrame) -> Side:
        types = tuple(logical_type(field.dataType) for field in frame.schema.fields)
        return cls(frame.toDF(*(f"c{place}" for place in range(len(types)))), tuple(frame.columns), types)

    def column(self, name: str) -> Column:
        return F.col(f"c{self.names.index(name)}")

    def type_of(self, name: str) -> str:
        return self.types[self.names.index(name)]

    def value(self, name: str) -> Column:
        """Decimals travel as doubles, at half the size."""
        return self.column(name).cast("double") if self.type_of(name).startswith("decimal") else self.column(name)

    def missing(self, name: str, layout: Layout) -> Column:
        """Where a value is missing; of texts that are not compared by their values, also where it is blank."""
        found = self.column(name)
        blank = self.type_of(name) == "string" and name not in layout.selection.columns
        return found.isNull() | (F.trim(found) == "") if blank else found.isNull()

    def key_hash(self, key: KeySide) -> Column:
        """Hash of a key, null where a part of it is null; the same for equal keys of any type and format."""
        parts = [
            hashable_key(self.column(name), spark_type(self.type_of(name)), comparison)
            for name, comparison in zip(key.columns, key.comparisons, strict=True)
        ]
        present = functools.reduce(Column.__and__, [self.column(name).isNotNull() for name in key.columns])
        return F.when(present, F.xxhash64(*parts))

    def content_hash(self) -> Column:
        """Hash of a whole row; nested columns are left out, for maps have none."""
        flat = [F.col(f"c{place}") for place, kind in enumerate(self.types) if "<" not in kind and kind != "variant"]
        return F.xxhash64(*flat) if flat else F.lit(0).cast("long")

    def identity(self, key: tuple[str, ...]) -> Column:
        """Hash of a row's own key, or of the whole row where it has none."""
        content = self.content_hash()
        return F.coalesce(self.key_hash(KeySide(key, ("exact",) * len(key))), content) if key else content
