"""How columns that refer across formats write their keys, and how keys that are referred to so must stay apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthspark.artifacts.schema import COARSENESS, ForeignKey, Schema, Table
from synthspark.fit.ownership import Ownership
from synthspark.fit.source import TableSource
from synthspark.stats.key_spellings import learn_spellings


def written_columns(
    table: Table, context: ForeignKey | None, ownership: Ownership, source: TableSource, k: int
) -> dict[str, Mapping[str, Any]]:
    """Parameters of the text columns that a foreign key sets from a parent's key in another format."""
    setters = [(context, context.child_columns)] if context is not None else []
    setters += [(item.link.key, item.free) for item in ownership.links]
    found: dict[str, Mapping[str, Any]] = {}
    for key, names in setters:
        for name in names:
            place = key.child_columns.index(name)
            comparison = key.comparisons[place]
            if comparison != "exact" and table.columns[name].type == "string":
                spellings = learn_spellings(source.spelt(key, place), comparison, k=k)
                found[name] = {"spellings": [spelling.to_json() for spelling in spellings]}
    return found


def compared_as(schema: Schema, table: str) -> dict[str, str]:
    """How the columns of a table are seen by the keys that refer to them: the comparison that tells least apart."""
    found: dict[str, str] = {}
    for key in schema.keys_in_force():
        if key.parent == table:
            for name, comparison in zip(key.parent_columns, key.comparisons, strict=True):
                found[name] = max(found.get(name, "exact"), comparison, key=COARSENESS.index)
    return found
