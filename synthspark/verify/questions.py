"""What is asked of each written table, read off the schema alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from synthspark.artifacts.identity import ALONE_HARMLESS, identity_columns
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import Settings
from synthspark.stats.frame import supported

HASHABLE = re.compile(r"byte|short|integer|long|float|double|boolean|string|date|timestamp|timestamp_ntz|decimal\(.*\)")
"""Logical types whose values can be compared as texts."""


@dataclass(frozen=True)
class Unique:
    """These columns identify a row; `declared` says whether the schema says so itself or a foreign key implies it.

    `comparisons`, if any, say how foreign keys see them: they must differ as these compare.
    """

    columns: tuple[str, ...]
    declared: bool = True
    comparisons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overlap:
    """No combined value of these columns may be one of the source's: "personal", "key" or "identity"."""

    columns: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class TableQuestions:
    """All that is measured on one table; `reference` tables are verbatim copies, with the faults of the source."""

    table: str
    reference: bool
    not_null: tuple[str, ...] = ()
    unique: tuple[Unique, ...] = ()
    foreign: tuple[ForeignKey, ...] = ()
    overlaps: tuple[Overlap, ...] = ()


def questions_of(schema: Schema, table: Table, present: Mapping[str, Collection[str]]) -> TableQuestions:
    """Questions about `table` that can be asked of the columns present in each synthetic table."""
    keys = schema.keys_in_force()
    own = present[table.name]
    return TableQuestions(
        table=table.name,
        reference=table.role == "reference",
        not_null=tuple(name for name in _not_null(table) if name in own),
        unique=tuple(unique for unique in _unique(table, keys) if set(unique.columns) <= set(own)),
        foreign=tuple(
            key
            for key in keys
            if key.child == table.name
            and set(key.child_columns) <= set(own)
            and set(key.parent_columns) <= set(present.get(key.parent, ()))
        ),
        overlaps=tuple(overlap for overlap in _overlaps(table, keys) if set(overlap.columns) <= set(own)),
    )


def _not_null(table: Table) -> list[str]:
    return [
        name
        for name, column in table.columns.items()
        if (not column.nullable or name in table.primary_key) and column.generate != "drop" and supported(column.type)
    ]


def _unique(table: Table, keys: tuple[ForeignKey, ...]) -> list[Unique]:
    referenced = {frozenset(key.parent_columns) for key in keys if key.parent == table.name}
    found = [Unique(table.primary_key)] if table.primary_key else []
    found += [Unique(columns) for columns in table.alternate_keys if frozenset(columns) in referenced]
    known = {frozenset(unique.columns) for unique in found}
    implied = {
        frozenset(key.parent_columns): key.parent_columns
        for key in keys
        if key.parent == table.name and frozenset(key.parent_columns) not in known
    }
    found = [unique for unique in found if unique.columns] + [Unique(cols, declared=False) for cols in implied.values()]
    across = {
        (key.parent_columns, key.comparisons)
        for key in keys
        if key.parent == table.name and set(key.comparisons) != {"exact"}
    }
    return found + [Unique(columns, declared=False, comparisons=how) for columns, how in sorted(across)]


def _overlaps(table: Table, keys: tuple[ForeignKey, ...]) -> list[Overlap]:
    if table.role == "reference":
        return []
    inherited = {column for key in keys if key.child == table.name for column in key.child_columns}
    found = [
        Overlap((name,), kind)
        for name, column in table.columns.items()
        if name not in inherited and (kind := _guarded(column)) is not None
    ]
    identity = identity_columns(table)
    alone = {column for overlap in found for column in overlap.columns}  # needs no date to point at somebody
    by_wish = all(table.columns[name].generate == "verbatim" for name in identity)
    return found if by_wish or alone & set(identity) else [*found, Overlap(identity, "identity")]


def _guarded(column: Column) -> str | None:
    """Whether a column must be free of source values; a foreign key's values are its parent's, guarded there."""
    if column.generate != "auto" or not HASHABLE.fullmatch(column.type):
        return None
    if column.personal and column.semantic not in ALONE_HARMLESS:
        return "personal"
    return "key" if column.semantic == "key" and column.type == "string" else None


def expected_scale(settings: Settings, schema: Schema, plan: DatabasePlan, table: str) -> float:
    """Rows out per row in: that of the root at the end of the chain of context parents; 1 for verbatim copies."""
    seen = {table}
    while True:
        if plan.tables[table].role == "reference":
            return 1.0
        wanted = settings.tables[table].rows if table in settings.tables else None
        known = schema.tables[table].rows
        if wanted is not None and known:
            return wanted / known
        context = plan.tables[table].context
        if context is None or context.parent in seen:
            return settings.scale_of(table)
        table = context.parent
        seen.add(table)
