"""Who sets which column: the context key, a link, a key of the table itself, or nobody but the column's own model."""

from __future__ import annotations

from dataclasses import dataclass

from synthspark.artifacts.plan import DatabasePlan, Link
from synthspark.artifacts.schema import Schema, Table


@dataclass(frozen=True)
class PlannedLink:
    """A link of the plan; columns that identify the row are not set by a link that may be null or comes later."""

    link: Link
    fixed: tuple[str, ...]
    free: tuple[str, ...]


@dataclass(frozen=True)
class Ownership:
    """Column sets of one table.

    `unique` are the sets of columns to be kept unique, no one containing another, of which `ruled` by a rule alone;
    `linked` the columns that foreign keys set.
    """

    context: tuple[str, ...]
    links: tuple[PlannedLink, ...]
    unique: tuple[tuple[str, ...], ...]
    ruled: frozenset[tuple[str, ...]] = frozenset()

    @property
    def linked(self) -> frozenset[str]:
        return frozenset(self.context).union(*(link.free for link in self.links))


def assign_columns(schema: Schema, plan: DatabasePlan, name: str) -> Ownership:
    """Who sets the columns of a table."""
    table, table_plan = schema.tables[name], plan.tables[name]
    ruled = plan.rules.unique.get(name, ())
    unique = _unique_sets(schema, table, ruled)
    identifying = frozenset(column for columns in unique for column in columns)
    links = []
    settled = set(table_plan.context.child_columns) if table_plan.context else set()
    for link in table_plan.links:
        held = set(link.key.child_columns) & identifying if _must_stay(link, table, identifying) else set()
        free = tuple(column for column in link.key.child_columns if column not in settled | held)
        fixed = tuple(column for column in link.key.child_columns if column not in free)
        links.append(PlannedLink(link, fixed, free))
        settled.update(free)
    context = table_plan.context.child_columns if table_plan.context else ()
    keys = _unique_sets(schema, table, ())
    return Ownership(context, tuple(links), unique, frozenset(ruled) - frozenset(keys))


def _must_stay(link: Link, table: Table, identifying: frozenset[str]) -> bool:
    """Whether identifying columns of this link have to be there whatever the link's parent is."""
    others = [column for column in link.key.child_columns if column not in identifying]
    optional = any(table.columns[column].nullable for column in others)
    return link.deferred or link.key.self_reference or optional


def _unique_sets(schema: Schema, table: Table, ruled: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Keys, referenced columns and what approved rules call unique, smallest first, none of them containing another."""
    keys = schema.keys_in_force()
    referenced = [key.parent_columns for key in keys if key.parent == table.name]
    linked = {column for key in keys if key.child == table.name for column in key.child_columns}
    # References that happen to be unique in the source follow from cardinality and popularity; they bind nobody.
    alternate = [columns for columns in table.alternate_keys if not linked & set(columns)]
    wanted = [columns for columns in (table.primary_key, *alternate, *referenced, *ruled) if columns]
    kept: list[tuple[str, ...]] = []
    for columns in sorted(wanted, key=len):
        if not any(set(known) <= set(columns) for known in kept):
            kept.append(tuple(columns))
    return tuple(kept)
