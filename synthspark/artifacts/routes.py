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


@dataclass(frozen=True)
class Relation:
    """A group of rows of a key's parent, by a key of theirs, and a route to it, or to another row in it (`related`)."""

    group: ForeignKey
    route: Route
    related: bool = False


def relations_to(plan: DatabasePlan, table: str, key: ForeignKey) -> tuple[Relation, ...]:
    """Groups that a key's parent may belong to which are known when the key is set."""
    groups = [group for group in _early(plan.tables[key.parent]) if _is_exact(group)]
    direct = [Relation(group, route) for group in groups for route in _routes(plan, table, key, group)]
    related = [Relation(group, route, True) for group in groups for route in routes_to(plan, table, key)]
    return (*direct, *related)


def routes_to(plan: DatabasePlan, table: str, key: ForeignKey) -> tuple[Route, ...]:
    """Routes that are known when a table's key is set: by its context key and the keys that are set before.

    Both ends must have the same columns of the same table, compared exactly, so that values can be handed over.
    """
    return _routes(plan, table, key, key)


def _routes(plan: DatabasePlan, table: str, key: ForeignKey, end: ForeignKey) -> tuple[Route, ...]:
    """Routes that are known when `key` is set, to the row that `end` points to."""
    own = plan.tables[table]
    before = [link.key for link in own.links if not link.deferred and not link.key.self_reference]
    before = before[: before.index(key)] if key in before else []
    firsts = [own.context, *before] if own.context else before
    direct = [Route(first) for first in firsts if _same_end(first, end)]
    further = [
        Route(first, onward)
        for first in firsts
        for onward in _early(plan.tables[first.parent])
        if _same_end(onward, end)
    ]
    return (*direct, *further)


def _early(plan: TablePlan) -> list[ForeignKey]:
    """Keys of a table that are set before its children are made."""
    if plan.role == "reference":
        return []
    links = [link.key for link in plan.links if not link.deferred and not link.key.self_reference]
    return [*([plan.context] if plan.context else []), *links, *plan.implied]


def _is_exact(key: ForeignKey) -> bool:
    return all(how == "exact" for how in key.comparisons)


def _same_end(key: ForeignKey, other: ForeignKey) -> bool:
    return (
        _is_exact(key) and _is_exact(other) and (key.parent, key.parent_columns) == (other.parent, other.parent_columns)
    )
