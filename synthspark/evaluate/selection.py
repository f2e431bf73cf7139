"""Which columns are compared and how: numbers, categories, or a reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.stats.frame import Domain, Frame, encode, texts

MOST_CATEGORIES = 1_000  # the most that are told apart; beyond, a text is a value of its own in almost every row
ROWS_PER_CATEGORY = 2  # a text of fewer rows a value is no category: most values occur once
_CATEGORY_SEMANTICS = frozenset({"category", "code", "boolean", "city", "country", "postal_code", "region"})
_SEMANTICS_LEFT_OUT = {
    "key": "a key: its values are issued anew",
    "free_text": "free text: never copied",
    "json": "nested or free text",
    "nested": "nested or free text",
    "binary": "binary",
    "uuid": "an identifier: its values are issued anew",
    "hash": "an identifier: its values are issued anew",
    "url": "free text: never copied",
}
_NUMBERS = ("byte", "short", "integer", "long", "float", "double", "decimal(", "date", "timestamp")


@dataclass(frozen=True)
class Selection:
    """Columns of a table that may be compared, and why the others are not; decided on the schema alone."""

    columns: tuple[str, ...]
    reasons: Mapping[str, str]


def select_columns(table: Table, keys: Iterable[ForeignKey]) -> Selection:
    """Columns of `table` that hold neither keys nor personal or free text."""
    keys = list(keys)
    foreign = {column for key in keys if key.child == table.name for column in key.child_columns}
    referred = {column for key in keys if key.parent == table.name for column in key.parent_columns}
    single = set(table.primary_key) if len(table.primary_key) == 1 else set()
    columns, reasons = [], {}
    for name, column in table.columns.items():
        reason = _reason(column, is_foreign=name in foreign, is_key=name in single | referred)
        # A part of a composite key such as a year or a line number repeats and says something of the row.
        if reason:
            reasons[name] = reason
        else:
            columns.append(name)
    return Selection(tuple(columns), reasons)


def _reason(column: Column, *, is_foreign: bool, is_key: bool) -> str:
    if is_foreign:
        return "a foreign key: judged with its relationship"
    if is_key:
        return _SEMANTICS_LEFT_OUT["key"]
    if column.personal:
        return f"personal ({column.semantic}): replaced by invented values"
    if column.generate == "drop":
        return "dropped on request"
    if column.semantic in _SEMANTICS_LEFT_OUT:
        return _SEMANTICS_LEFT_OUT[column.semantic]
    if column.type not in ("string", "boolean") and not column.type.startswith(_NUMBERS):
        return f"type {column.type} is not compared"
    return ""


def domain_of(values: pa.ChunkedArray, column: Column) -> Domain | str:
    """How the real values of a column are compared, or the reason why they are not.

    Categories are named in the order of falling frequency.
    """
    kind = values.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not is_text and not pa.types.is_boolean(kind):
        if pa.types.is_null(kind):
            return "no real value"
        if column.semantic not in _CATEGORY_SEMANTICS:
            return Domain("number", column.type)
    counted = pc.value_counts(texts(values.cast(pa.string()) if is_text else values).drop_null())
    n_values, n_present = len(counted), len(values) - values.null_count
    if not n_present:
        return "no real value"
    if n_values > MOST_CATEGORIES or (is_text and n_values > 2 and n_values * ROWS_PER_CATEGORY > n_present):
        return "almost every row has its own text" if is_text else Domain("number", column.type)
    names, counts = counted.field("values").to_pylist(), counted.field("counts").to_numpy(zero_copy_only=False)
    order = sorted(range(n_values), key=lambda place: (-int(counts[place]), names[place]))
    return Domain("category", column.type, tuple(names[place] for place in order))


def encode_columns(rows: pa.Table, domains: Mapping[str, Domain]) -> tuple[Frame, dict[str, str]]:
    """Rows as the numbers that `domains` define, and a reason for each column that cannot be read so."""
    names, matrix, reasons = [], [], {}
    for name, domain in domains.items():
        if name not in rows.column_names:
            reasons[name] = "the synthetic table has no such column"
            continue
        try:
            values = encode(rows.column(name), domain)
        except Exception as fault:  # Arrow's own errors: the column is reported, the others go on
            found = rows.column(name).type
            reasons[name] = f"the synthetic column is of type {found}, the real one of {domain.type} ({_kind(fault)})"
            continue
        names.append(name)
        matrix.append(np.where(np.isinf(values), np.nan, values))
    stacked = np.array(matrix) if matrix else np.empty((0, rows.num_rows))
    return Frame(tuple(names), tuple(domains[name] for name in names), stacked), reasons


def _kind(fault: Exception) -> str:
    return type(fault).__name__


@dataclass(frozen=True)
class KeySide:
    """One side of a foreign key: columns of one table, and how they are compared with those of the other."""

    columns: tuple[str, ...]
    comparisons: tuple[str, ...]

    @classmethod
    def child(cls, key: ForeignKey) -> KeySide:
        return cls(key.child_columns, key.comparisons)

    @classmethod
    def parent(cls, key: ForeignKey) -> KeySide:
        return cls(key.parent_columns, key.comparisons)


@dataclass(frozen=True)
class KeyUse:
    """Columns by which rows of a table are matched: its own key, the foreign keys it has, those that refer to it."""

    own: tuple[str, ...]  # empty: the table has no primary key, a row is identified by its content
    others: tuple[KeySide, ...]


def key_use(schema: Schema, table: str, columns: Iterable[str]) -> KeyUse:
    """Key columns of a table that are present on both sides."""
    present = set(columns)
    own = schema.tables[table].primary_key
    used = [KeySide.child(key) for key in schema.keys_in_force() if key.child == table]
    used += [KeySide.parent(key) for key in schema.keys_in_force() if key.parent == table]
    distinct = dict.fromkeys(side for side in used if set(side.columns) <= present)
    return KeyUse(own if set(own) <= present else (), tuple(distinct))
