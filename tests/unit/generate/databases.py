"""Small databases for tests: their tables described, their references, and what must hold in every copy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthspark.artifacts.schema import Column, ForeignKey, Table
from synthspark.stats.matching import positions, row_codes

LOGICAL = {pa.int64(): "long", pa.float64(): "double", pa.string(): "string", pa.bool_(): "boolean"}


def described(name, table, key=(), *, role="synthesize", alternate=(), **semantics):
    kinds = {
        field.name: LOGICAL.get(field.type)
        or {pa.date32(): "date", pa.timestamp("us"): "timestamp_ntz", pa.binary(): "binary"}.get(field.type)
        or f"decimal({field.type.precision},{field.type.scale})"
        for field in table.schema
    }
    columns = {
        column: Column(
            kind,
            semantics.get(column, "unknown"),
            nullable=bool(table.column(column).null_count) or not table.num_rows,
        )
        for column, kind in kinds.items()
    }
    return Table(name, columns, role, tuple(key), tuple(alternate), "approved", rows=table.num_rows)


def reference(child, columns, parent, targets):
    return ForeignKey(child, tuple(columns.split()), parent, tuple(targets.split()), "approved")


def arrays(table, columns):
    return [table.column(column).combine_chunks() for column in columns]


def check(done, schema):
    """No orphan, no repeated or null key, no null where there must be none."""
    for table in schema.tables.values():
        rows = done[table.name]
        for key in (table.primary_key, *table.alternate_keys):
            if key and rows.num_rows:
                (codes,) = row_codes(arrays(rows, key))
                found = codes[codes >= 0]
                assert np.unique(found).size == found.size, (table.name, key)
        for name, column in table.columns.items():
            if not column.nullable and name in rows.column_names:
                assert rows.column(name).null_count == 0, (table.name, name)
    for key in schema.keys_in_force():
        child, parent = done[key.child], done[key.parent]
        if child.num_rows and parent.num_rows:
            place = positions(arrays(child, key.child_columns), arrays(parent, key.parent_columns))
            assert not (place == -1).any(), key.label


def near(done, tables, scale=1.0, tolerance=0.1):
    for name, table in tables.items():
        wanted = table.num_rows * scale
        assert abs(done[name].num_rows - wanted) <= max(tolerance * wanted, 1), name
