"""What points at a person: which columns name somebody together, and which texts say nothing of anybody."""

from __future__ import annotations

import re

from synthspark.artifacts.schema import Column, Table

ALONE_HARMLESS = frozenset({"first_name", "last_name"})
"""Personal types whose values are shared by many people: only their combination points at a person."""

BIRTH_NAME = re.compile(r"birth|born|\bdob\b|_dob|dob_|geburt|geb_?dat|naiss|nacim|nascita|nascimento|narozen", re.I)
"""Names of birth dates in several languages; there is no semantic type of its own for them."""

NULL_WORDS = ("n/a", "na", "nan", "nil", "null", "none", "unknown", "-1", "00", "0000", "xx", "xxx", "tbd", "test")
"""What databases write for a missing value: says nothing of a person, so that repeating it gives nobody away."""


def name_columns(table: Table) -> tuple[str, ...]:
    """The columns that hold a person's whole name: first and last, or one of full names; empty without both."""
    parts = [_first_of(table, semantic) for semantic in ("first_name", "last_name")]
    if all(parts):
        return tuple(parts)
    full = _first_of(table, "full_name")
    return (full,) if full else ()


def identity_columns(table: Table) -> tuple[str, ...]:
    """Whole name and birth date, the quasi-identifier of a person; empty where one is missing."""
    names = name_columns(table)
    birth = next((name for name, column in table.columns.items() if _birth_date(name, column)), "")
    return (*names, birth) if names and birth else ()


def _first_of(table: Table, semantic: str) -> str:
    return next((name for name, column in table.columns.items() if column.semantic == semantic), "")


def _birth_date(name: str, column: Column) -> bool:
    dated = column.type.startswith(("date", "timestamp")) or column.semantic in ("date", "timestamp", "date_string")
    return dated and BIRTH_NAME.search(name) is not None
