"""Other routes from a row to the table that one of its foreign keys points to."""

from __future__ import annotations

from dataclasses import dataclass

from synthspark.artifacts.plan import DatabasePlan, TablePlan
from synthspark.artifacts.schema import ForeignKey


@dataclass(frozen=True)
class Route:
    """By another key of the row, and from there, unless it leads to the table itself, by a key of the row there."""

    first: ForeignKey
    onward: ForeignKey | None = None


def routes_to(plan: DatabasePlan, table: str, key: ForeignKey) -> tuple[Route, ...]:
    """Routes that are known when a table's key is set: by its context key and the keys that are set before.

    Both ends must have the same columns of the same table, compared exactly, so that values can be handed over.
    """
    own = plan.tables[table]
    before = [link.key for link in own.links if not link.deferred and not link.key.self_reference]
    before = before[: before.index(key)] if key in before else []
    firsts = [own.context, *before] if own.context else before
    direct = [Route(first) for first in firsts if _same_end(first, key)]
    further = [
        Route(first, onward)
        for first in firsts
        for onward in _early(plan.tables[first.parent])
        if _same_end(onward, key)
    ]
    return (*direct, *further)


def _early(plan: TablePlan) -> list[ForeignKey]:
    """Keys of a table that are set before its children are made."""
    if plan.role == "reference":
        return []
    links = [link.key for link in plan.links if not link.deferred and not link.key.self_reference]
    return [*([plan.context] if plan.context else []), *links, *plan.implied]


def _same_end(key: ForeignKey, other: ForeignKey) -> bool:
    exact = all(how == "exact" for how in (*key.comparisons, *other.comparisons))
    return exact and (key.parent, key.parent_columns) == (other.parent, other.parent_columns)
