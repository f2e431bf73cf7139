"""Keys that lake formats keep among a table's properties, where the catalog has no constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthspark.read.catalog.rows import PRIMARY, ConstraintRow, Known

# Hudi (as its tables are made in SQL, and as it stores them), Paimon, and Iceberg's identifier fields.
KEY_PROPERTIES = ("primaryKey", "hoodie.table.recordkey.fields", "primary-key", "identifier-fields")


def property_rows(table: Known, properties: Mapping[str, str]) -> list[Sequence[Any]]:
    """The primary key that a table's properties name, as rows of a constraint; none where they name none."""
    for name in KEY_PROPERTIES:
        columns = [part.strip() for part in properties.get(name, "").strip("[] ").split(",")]
        if all(columns):
            return [
                ConstraintRow(PRIMARY, table.schema, table.table, name, column, place, enforced="NO")
                for place, column in enumerate(columns, 1)
            ]
    return []
