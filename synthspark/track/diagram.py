"""The entity-relationship diagram of a schema as a Mermaid text, which documentation sites and editors draw."""

from __future__ import annotations

import re

from synthspark.artifacts.schema import ForeignKey, Schema, Table


def entity_diagram(schema: Schema) -> str:
    """Tables with their key columns and the foreign keys in force; crow's feet say how many children a row may have."""
    keys = schema.keys_in_force()
    tables = [table for table in schema.tables.values() if table.role != "skip"]
    lines = ["erDiagram"]
    for table in tables:
        lines += _entity(table, keys)
    lines += [_relationship(schema, key) for key in keys]
    return "\n".join(lines) + "\n"


def _entity(table: Table, keys: tuple[ForeignKey, ...]) -> list[str]:
    foreign = {column for key in keys if key.child == table.name for column in key.child_columns}
    rows = []
    for name, column in table.columns.items():
        marks = [mark for mark, holds in (("PK", name in table.primary_key), ("FK", name in foreign)) if holds]
        if marks:
            rows.append(f"        {_word(column.type)} {_word(name)} {', '.join(marks)}")
    quoted = _quoted(table.name)
    return [f"    {quoted} {{", *rows, "    }"] if rows else [f"    {quoted}"]


def _relationship(schema: Schema, key: ForeignKey) -> str:
    child = schema.tables[key.child]
    optional = any(child.columns[column].nullable and column not in child.primary_key for column in key.child_columns)
    alone = set(child.primary_key) == set(key.child_columns)
    parent_end, child_end = ("|o" if optional else "||"), ("o|" if alone else "o{")
    label = _quoted(", ".join(key.child_columns))
    return f"    {_quoted(key.parent)} {parent_end}--{child_end} {_quoted(key.child)} : {label}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', "'").replace("\n", " ") + '"'


def _word(name: str) -> str:
    """A name as Mermaid takes it without quotes."""
    word = re.sub(r"[^\w-]", "_", name)
    return word if re.match(r"[^\W\d]", word) else f"_{word}"
