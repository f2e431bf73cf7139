"""Foreign keys that the config gives: a person's word, laid over the proposal and locked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.config import ForeignKeySettings, TableSettings


def given_key_faults(schema: Schema, tables: Mapping[str, TableSettings]) -> list[str]:
    """A message for each table or column that a foreign key of the config names and the source does not have."""
    return [
        fault
        for table, wanted in tables.items()
        if table in schema.tables
        for number, key in enumerate(wanted.foreign_keys)
        for fault in _faults(schema, table, key, f"config, tables.{table}.foreign_keys[{number}]")
    ]


def _faults(schema: Schema, table: str, key: ForeignKeySettings, place: str) -> Iterator[str]:
    yield from _missing(key.columns, schema.tables[table].columns, f"{place}.columns: table {table} has no column")
    parent = schema.tables.get(key.references)
    if parent is None:
        yield from _missing([key.references], schema.tables, f"{place}.references: the source has no table")
        return
    place = f"{place}.parent_columns"
    yield from _missing(key.parent_columns, parent.columns, f"{place}: table {parent.name} has no column")
    targets = key.parent_columns or parent.primary_key
    if len(targets) != len(key.columns):
        origin = "" if key.parent_columns else f", the primary key of {parent.name}"
        found = f"{len(targets)} columns ({', '.join(targets)}{origin})" if targets else "none, and no primary key"
        yield (
            f"{place}: found {found}; expected as many as columns has, {len(key.columns)}, in the same order; "
            "correct parent_columns"
        )


def _missing(names: Iterable[str], known: Iterable[str], place: str) -> Iterator[str]:
    listed = list(known)
    for name in names:
        if name not in listed:
            near = difflib.get_close_matches(name, listed, n=1, cutoff=0.0)
            yield (
                f"{place} {name!r}; expected one of {', '.join(listed)}; "
                f"correct the name{f', the nearest is {near[0]!r}' if near else ''}"
            )


def with_given_keys(schema: Schema, tables: Mapping[str, TableSettings]) -> Schema:
    """The schema with the config's foreign keys, locked; what else was proposed for their columns is a candidate.

    A rejected entry stays as it is, unless it is the very key that the config gives.
    """
    known = {key.identity: key for key in (*schema.candidates, *schema.foreign_keys)}
    given = {
        key.identity: key
        for table, wanted in tables.items()
        for key in (_given(schema, table, one, known) for one in wanted.foreign_keys)
    }
    if not given:
        return schema
    taken = {(key.child, frozenset(key.child_columns)) for key in given.values()}
    others = [key for key in schema.foreign_keys if key.identity not in given]
    rivals = [key for key in others if (key.child, frozenset(key.child_columns)) in taken and key.status != "rejected"]
    candidates = (replace(key, status="proposed") for key in rivals)
    return replace(
        schema,
        foreign_keys=(*given.values(), *(key for key in others if key not in rivals)),
        candidates=(*candidates, *(key for key in schema.candidates if key.identity not in given)),
    )


def _given(
    schema: Schema,
    table: str,
    wanted: ForeignKeySettings,
    known: Mapping[tuple[str, str, frozenset[tuple[str, str]]], ForeignKey],
) -> ForeignKey:
    targets = tuple(wanted.parent_columns) or schema.tables[wanted.references].primary_key
    key = ForeignKey(table, tuple(wanted.columns), wanted.references, targets)
    found = known.get(key.identity, key)
    said = "given in the config"
    why = found.why if found.why.startswith(said) else f"{said}; {found.why}".removesuffix("; ")
    return replace(found, status="locked", confidence=1.0, why=why)
