"""A person's decisions, taken from the command line, a notebook or the config."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey, Schema, Table
from synthspark.config import TableSettings
from synthspark.errors import SchemaError
from synthspark.review.given import given_key_faults, with_given_keys

Item = TypeVar("Item", Table, ForeignKey, Rule)


def decide(schema: Schema, approve: Sequence[str], reject: Sequence[str]) -> Schema:
    """The schema after approving and rejecting what the patterns name.

    A pattern is ``TABLE`` (its primary key, role and meanings; a rejected table is left out of the copy),
    ``TABLE.COLUMN`` or ``TABLE.COLUMN,COLUMN`` (foreign keys with these child columns), a rule as ``TABLE:KIND``, or
    any of them with ``*``. A pattern with ``*`` decides what is open and leaves earlier decisions alone.

    Raises
    ------
    SchemaError
        If a pattern names nothing.
    """
    for patterns, status in ((approve, "approved"), (reject, "rejected")):
        for pattern in patterns:
            schema = _settle(schema, pattern, status)
    return schema


def names_of(item: Table | ForeignKey | Rule) -> tuple[str, ...]:
    """What a pattern may call it, the shortest name first and one that is its alone last."""
    if isinstance(item, Table):
        return (item.name,)
    if isinstance(item, Rule):
        return (f"{item.table}:{item.kind}", f"{item.table}:{item.kind}:{','.join(item.columns)}")
    return (f"{item.child}.{','.join(item.child_columns)}", item.label)


def _settle(schema: Schema, pattern: str, status: str) -> Schema:
    found = 0

    def settled(item: Item) -> Item:
        nonlocal found
        exact = pattern in names_of(item)
        if not exact and not any(fnmatch.fnmatchcase(name, pattern) for name in names_of(item)):
            return item
        found += 1
        free = item.status == "proposed" or (exact and item.status != "locked")
        return replace(item, status=status) if free else item

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


def approve_from(schema: Schema, confidence: float) -> Schema:
    """The schema after approving every open proposal with at least this confidence."""

    def settled(item: Item) -> Item:
        sure = item.status == "proposed" and item.confidence >= confidence
        return replace(item, status="approved") if sure else item

    return replace(
        schema,
        tables={name: settled(table) for name, table in schema.tables.items()},
        foreign_keys=tuple(settled(key) for key in schema.foreign_keys),
        rules=tuple(settled(rule) for rule in schema.rules),
    )


def use_instead(schema: Schema, key: ForeignKey, candidate: ForeignKey) -> Schema:
    """The schema with a candidate approved in place of a foreign key, which is rejected."""
    keys = tuple(replace(one, status="rejected") if one is key else one for one in schema.foreign_keys)
    others = tuple(one for one in schema.candidates if one is not candidate)
    return replace(schema, foreign_keys=(*keys, replace(candidate, status="approved")), candidates=others)


def answer(schema: Schema, answers: Sequence[str]) -> Schema:
    """The schema after choosing readings of its questions, each named as in ``2b``: question 2, second reading.

    The foreign keys of the chosen reading are approved; those that only other readings hold are rejected.

    Raises
    ------
    SchemaError
        If there is no such question or reading.
    """
    for name in answers:
        schema = _chosen(schema, *_reading(schema, name))
    return schema


def _reading(schema: Schema, name: str) -> tuple[Question, Reading]:
    found = re.fullmatch(r"(\d+)([a-z])", name.strip().lower())
    number, letter = (int(found[1]) - 1, ord(found[2]) - ord("a")) if found else (-1, -1)
    if 0 <= number < len(schema.questions) and letter < len(schema.questions[number].readings):
        question = schema.questions[number]
        return question, question.readings[letter]
    known = ", ".join(
        f"{i}a to {i}{chr(ord('a') + len(question.readings) - 1)}" for i, question in enumerate(schema.questions, 1)
    )
    raise SchemaError(f"{name}: no question has this reading; expected {known or 'none, for there are no questions'}")


def _chosen(schema: Schema, question: Question, reading: Reading) -> Schema:
    wanted, others = set(reading.labels), set(question.labels) - set(reading.labels)
    there = {key.label for key in schema.foreign_keys}
    adopted = tuple(key for key in schema.candidates if key.label in wanted - there)

    def settled(key: ForeignKey) -> ForeignKey:
        status = "approved" if key.label in wanted else "rejected" if key.label in others else key.status
        return key if key.status == "locked" else replace(key, status=status)

    return replace(
        schema,
        foreign_keys=tuple(settled(key) for key in (*schema.foreign_keys, *adopted)),
        candidates=tuple(key for key in schema.candidates if key not in adopted),
    )


def without_rejected(schema: Schema) -> Schema:
    """The schema as later stages see it: a table that a person rejected is left out, whatever its role was."""
    tables = {
        name: replace(table, role="skip") if table.status == "rejected" else table
        for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables)


def apply_settings(schema: Schema, tables: Mapping[str, TableSettings]) -> Schema:
    """The schema with what the config says of tables, columns and foreign keys; it outweighs discovery and is locked.

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
    schema = replace(schema, tables=changed)
    faults = given_key_faults(schema, tables)  # with the primary keys that the config gives
    if faults:
        raise SchemaError("\n".join(faults))
    return with_given_keys(schema, tables)


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
