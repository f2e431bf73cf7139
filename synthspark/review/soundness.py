"""Whether what a person decided can be true of the data at all, told before anything is fitted."""

from __future__ import annotations

from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile
from synthspark.artifacts.schema import IN_FORCE, Schema, Table

LEAST_UNIQUE = 0.99
"""Share of distinct values below which a primary key is a mistake rather than a key with dirty rows."""


def unsound_decisions(schema: Schema, profile: DatabaseProfile) -> tuple[str, ...]:
    """One message for each primary key in force that the profile refutes; only exact counts refute."""
    return tuple(
        message
        for table in schema.tables.values()
        if table.status in IN_FORCE and table.role == "synthesize" and len(table.primary_key) == 1
        for message in _refuted(table, profile)
    )


def _refuted(table: Table, profile: DatabaseProfile) -> tuple[str, ...]:
    (name,) = table.primary_key
    known = profile.tables.get(table.name)
    column: ColumnProfile | None = known.columns.get(name) if known else None
    if column is None or not column.distinct_exact or column.distinct >= LEAST_UNIQUE * column.rows:
        return ()
    return (
        f"schema.yaml, table {table.name}, primary key {name}: {column.distinct:,} distinct values in "
        f"{column.rows:,} rows; "
        "expected a value of its own in every row; correct primary_key (a list of columns, or null)",
    )
