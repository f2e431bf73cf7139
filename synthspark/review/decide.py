"""A person's decisions: taken from the command line or the config, kept over a second discovery."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import DECIDED, Column, ForeignKey, Schema, Table
from synthspark.config import TableSettings
from synthspark.errors import SchemaError

Item = TypeVar("Item", Table, ForeignKey, Rule)


def decide(schema: Schema, approve: Sequence[str], reject: Sequence[str]) -> Schema:
    """The schema after approving and rejecting what the patterns name.

    A pattern is ``TABLE`` (its primary key, roles and types), ``TABLE.COLUMN`` or ``TABLE.COLUMN,COLUMN`` (foreign keys
    with these child columns), a rule as ``TABLE:KIND``, or any of them with ``*``.

    Raises
    ------
    SchemaError
        If a pattern names nothing.
    """
    for patterns, status in ((approve, "approved"), (reject, "rejected")):
        for pattern in patterns:
            schema = _settle(schema, pattern, status)
    return schema


def _names(item: Table | ForeignKey | Rule) -> tuple[str, ...]:
    if isinstance(item, Table):
        return (item.name,)
    if isinstance(item, Rule):
        return (f"{item.table}:{item.kind}", f"{item.table}:{item.kind}:{','.join(item.columns)}")
    return (f"{item.child}.{','.join(item.child_columns)}", item.label)


def _settle(schema: Schema, pattern: str, status: str) -> Schema:
    found = 0

    def settled(item: Item) -> Item:
        nonlocal found
        if not any(fnmatch.fnmatchcase(name, pattern) or name == pattern for name in _names(item)):
            return item
        found += 1
        return item if item.status == "locked" else replace(item, status=status)

    schema = replace(
        schema,
        tables={name: settled(table) for name, table in schema.tables.items()},
        foreign_keys=tuple(settled(key) for key in schema.foreign_keys),
        rules=tuple(settled(rule) for rule in schema.rules),
    )
    if not found:
        raise SchemaError(
            f"{pattern}: no table, foreign key or rule has this name; expected TABLE, TABLE.COLUMN or TABLE:RULE as "
            "`synthspark review` lists them; * stands for anything"
        )
    return schema


def apply_settings(schema: Schema, tables: Mapping[str, TableSettings]) -> Schema:
    """The schema with what the config says of tables and columns; it outweighs discovery and is locked.

    Raises
    ------
    SchemaError
        If the config names a table or column that the source does not have.
    """
    faults = [
        f"config, tables.{name}: the source has no such table; expected one of {', '.join(schema.tables)}"
        for name in tables
        if name not in schema.tables
    ]
    faults += [
        f"config, tables.{name}.columns.{column}: the table has no such column; expected one of "
        f"{', '.join(schema.tables[name].columns)}"
        for name, wanted in tables.items()
        if name in schema.tables
        for column in (*wanted.columns, *wanted.primary_key)
        if column not in schema.tables[name].columns
    ]
    if faults:
        raise SchemaError("\n".join(faults))
    changed = {
        name: _with_settings(table, tables[name]) if name in tables else table for name, table in schema.tables.items()
    }
    return replace(schema, tables=changed)


def _with_settings(table: Table, wanted: TableSettings) -> Table:
    columns = {
        name: replace(
            column,
            semantic=wanted.columns[name].semantic or column.semantic,
            generate=wanted.columns[name].generate or column.generate,
        )
        if name in wanted.columns
        else column
        for name, column in table.columns.items()
    }
    table = replace(table, columns=columns)
    if wanted.role:
        table = replace(table, role=wanted.role, status="locked")
    if wanted.primary_key:
        table = replace(table, primary_key=tuple(wanted.primary_key), status="locked", why="given in the config")
    return table


def carry_decisions(before: Schema, proposed: Schema) -> tuple[Schema, tuple[str, ...]]:
    """What a new discovery proposes, with every earlier decision kept, and where the new data contradict them.

    Returns
    -------
    schema, drift
        `drift` has one sentence for each decision that new data do not bear out.
    """
    drift: list[str] = []
    tables = {}
    for name, table in proposed.tables.items():
        earlier = before.tables.get(name)
        tables[name] = _carry_table(earlier, table, drift) if earlier else table
    drift += [
        f"table {name}: was in the schema, is no longer in the source" for name in before.tables if name not in tables
    ]
    merged = replace(proposed, tables=tables)
    keys = _carry_keys(before, merged, drift)
    kept_rules = [rule for rule in before.rules if rule.status in DECIDED and rule.table in tables]
    known = {(rule.kind, rule.table, rule.columns) for rule in kept_rules}
    rules = (
        *kept_rules,
        *(rule for rule in proposed.rules if (rule.kind, rule.table, rule.columns) not in known),
    )
    return replace(merged, foreign_keys=keys, rules=rules), tuple(drift)


def _carry_table(earlier: Table, table: Table, drift: list[str]) -> Table:
    for name, column in earlier.columns.items():
        if name not in table.columns:
            drift.append(f"column {table.name}.{name}: was in the schema, is no longer in the source")
        elif column.type != table.columns[name].type:
            drift.append(f"column {table.name}.{name}: its type was {column.type}, is now {table.columns[name].type}")
    columns = {
        name: _carry_column(earlier.columns.get(name), column, decided=earlier.status in DECIDED)
        for name, column in table.columns.items()
    }
    table = replace(table, columns=columns)
    if earlier.status not in DECIDED:
        return table
    lost = [column for column in earlier.primary_key if column not in columns]
    if lost:
        drift.append(f"table {table.name}: its approved primary key lost the column {', '.join(lost)}; decide again")
        return table
    if set(earlier.primary_key) != set(table.primary_key):
        drift.append(
            f"table {table.name}: the approved primary key is ({', '.join(earlier.primary_key)}), new data suggest "
            f"({', '.join(table.primary_key)})"
        )
    return replace(
        table,
        role=earlier.role,
        primary_key=earlier.primary_key,
        alternate_keys=tuple(key for key in earlier.alternate_keys if set(key) <= set(columns)),
        status=earlier.status,
        confidence=earlier.confidence,
        why=earlier.why,
    )


def _carry_column(earlier: Column | None, column: Column, *, decided: bool) -> Column:
    if earlier is None:
        return column
    semantic = earlier.semantic if decided else column.semantic
    return replace(column, semantic=semantic, generate=earlier.generate)


def _carry_keys(before: Schema, proposed: Schema, drift: list[str]) -> tuple[ForeignKey, ...]:
    def present(key: ForeignKey) -> bool:
        sides = ((key.child, key.child_columns), (key.parent, key.parent_columns))
        return all(
            table in proposed.tables and set(columns) <= set(proposed.tables[table].columns) for table, columns in sides
        )

    decided = [key for key in before.foreign_keys if key.status in DECIDED]
    drift += [
        f"foreign key {key.label}: a column of it is no longer in the source" for key in decided if not present(key)
    ]
    kept = [key for key in decided if present(key)]
    supported = {key.identity for key in (*proposed.foreign_keys, *proposed.candidates)}
    drift += [
        f"foreign key {key.label}: {key.status}, but new data no longer suggest it"
        for key in kept
        if key.status != "rejected" and key.identity not in supported
    ]
    known = {key.identity for key in kept}
    return (*kept, *(key for key in proposed.foreign_keys if key.identity not in known))
