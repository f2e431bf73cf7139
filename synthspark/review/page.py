"""review.html: every proposal with its evidence on one self-contained page."""

from __future__ import annotations

from synthspark.artifacts.html import html_table
from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.schema import Schema


def review_page(schema: Schema, profile: DatabaseProfile) -> str:
    """The page as text."""
    tables = [
        (table.name, profile.tables[table.name].rows, ", ".join(table.primary_key), table.role, table.status, table.why)
        for table in schema.tables.values()
        if table.name in profile.tables
    ]
    keys = [(key.label, key.confidence, key.status, key.why) for key in schema.foreign_keys]
    return (
        "<!doctype html><meta charset=utf-8><title>Review</title>"
        + html_table("Tables", ("table", "rows", "primary key", "role", "status", "why"), tables)
        + html_table("Foreign keys", ("foreign key", "confidence", "status", "why"), keys)
    )
