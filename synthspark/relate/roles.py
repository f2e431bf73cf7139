"""Small lookup tables that may be copied as they are, if a person agrees."""

from __future__ import annotations

from collections.abc import Sequence

from synthspark.artifacts.schema import Column, ForeignKey
from synthspark.relate.facts import Facts

MOST_ROWS = 200
LEAST_RATIO = 5.0  # rows of the largest child table to those of the lookup table


def reference_tables(
    facts: Facts, columns: dict[str, dict[str, Column]], foreign_keys: Sequence[ForeignKey]
) -> set[str]:
    """Tables proposed for the role "reference": few rows, nothing personal, referred to by much larger tables.

    Their own parents are reference tables too, else a copy would point to rows that are not there.
    """
    found = {
        table
        for table in facts.tables
        if 0 < facts.rows[table] <= MOST_ROWS
        and not any(column.personal for column in columns[table].values())
        and _largest_child(facts, table, foreign_keys) >= LEAST_RATIO * facts.rows[table]
    }
    while True:
        kept = {table for table in found if all(key.parent in found for key in foreign_keys if key.child == table)}
        if kept == found:
            return found
        found = kept


def _largest_child(facts: Facts, table: str, foreign_keys: Sequence[ForeignKey]) -> int:
    return max(
        (facts.rows[key.child] for key in foreign_keys if key.parent == table and not key.self_reference), default=0
    )
