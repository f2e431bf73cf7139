"""Small lookup tables that may be copied as they are, if a person agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthspark.artifacts.schema import Column, ForeignKey
from synthspark.relate.facts import Facts

MOST_ROWS = 200
MOST_DATES = 1  # columns of dates that differ from row to row: more of them tell of people or events
MOMENTOUS = 0.5  # share of distinct values from which a time belongs to the row rather than to its last change
LEAST_RATIO = 5.0  # rows of the largest child table to those of the lookup table


def reference_tables(
    facts: Facts,
    columns: dict[str, dict[str, Column]],
    primary: Mapping[str, Sequence[str]],
    foreign_keys: Sequence[ForeignKey],
) -> set[str]:
    """Tables proposed for the role "reference": few rows, nothing personal, referred to by much larger tables.

    Their own parents are reference tables too, else a copy would point to rows that are not there. A table whose
    children are known only within it (order and order line, shop and week) is an entity of its own, no lookup, and
    so is one whose rows have moments of their own.
    """
    found = {
        table
        for table in facts.tables
        if 0 < facts.rows[table] <= MOST_ROWS
        and not any(column.personal for column in columns[table].values())
        and not _tells_of_events(facts, table)
        and not any(key.parent == table and _within_parent(key, primary, foreign_keys) for key in foreign_keys)
        and _largest_child(facts, table, foreign_keys) >= LEAST_RATIO * facts.rows[table]
    }
    while True:
        kept = {table for table in found if all(key.parent in found for key in foreign_keys if key.child == table)}
        if kept == found:
            return found
        found = kept


def _tells_of_events(facts: Facts, table: str) -> bool:
    """Whether rows carry moments or several dates of their own, as patients, stays and orders do and lookups do not."""
    own = [
        fact.profile.type
        for fact in facts.tables[table].values()
        if fact.profile.distinct > max(2.0, MOMENTOUS * facts.rows[table])
    ]
    dates = own.count("date")
    return dates > MOST_DATES or any(kind.startswith("timestamp") for kind in own)


def _within_parent(key: ForeignKey, primary: Mapping[str, Sequence[str]], foreign_keys: Sequence[ForeignKey]) -> bool:
    """Whether the child's primary key is this reference and columns of its own."""
    own_key = set(primary.get(key.child, ()))
    linked = {name for other in foreign_keys if other.child == key.child for name in other.child_columns}
    return set(key.child_columns) < own_key and bool(own_key - linked)


def _largest_child(facts: Facts, table: str, foreign_keys: Sequence[ForeignKey]) -> int:
    return max(
        (facts.rows[key.child] for key in foreign_keys if key.parent == table and not key.self_reference), default=0
    )
