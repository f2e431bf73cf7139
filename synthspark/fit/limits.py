"""What rules say of a row while it is drawn: which columns bound which, and where a family ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthspark.artifacts.bounds import Bound
from synthspark.artifacts.model import Feature
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.fit.ownership import assign_columns
from synthspark.stats.features import ABOVE, ENDS, FURTHEST, LEAST, MOST, is_time, linked_name


def with_limits(features: Sequence[Feature], schema: Schema, plan: DatabasePlan, table: str) -> tuple[Feature, ...]:
    """Features of a table with those that they must not fall below or exceed, and whether they end families.

    What bounds a column is a column of the same row, of a row above it, or of a linked parent.

    A date that no two rows of a family share ends it where it would leave the range of the source: dates that had to
    be drawn again within would be too close to each other.
    """
    own, context = schema.tables[table].columns, plan.tables[table].context
    limits: dict[str, dict[str, list[str]]] = {feature.column: {LEAST: [], MOST: []} for feature in features}
    for step in plan.rules.now.get(table, ()):
        if step.kind != "bounds" or step.columns[0] not in limits:
            continue
        (column,) = step.columns
        for side, bounds in ((LEAST, step.least), (MOST, step.most)):
            names = (_feature_of(bound, schema, plan, table, own[column].type) for bound in bounds)
            limits[column][side] += [name for name in names if name]
    alone = [
        set(columns) - set(context.child_columns if context else ()) for columns in plan.rules.unique.get(table, ())
    ]
    found = []
    for feature in features:
        domain: dict[str, object] = {side: names for side, names in limits[feature.column].items() if names}
        if is_time(feature) and {feature.column} in alone and not own[feature.column].nullable:
            domain[ENDS] = True
        found.append(replace(feature, domain={**feature.domain, **domain}))
    return tuple(found)


def seen_from_above(domain: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    """The limits of a column that stands in its parent's row, where some columns of its own row stand too."""
    found = {}
    for side in (LEAST, MOST):
        names = [renamed.get(name, name.removeprefix(ABOVE)) for name in domain.get(side, ())]
        known = [now for now, name in zip(names, domain.get(side, ()), strict=True) if now != name]
        if known:
            found[side] = known
    return found


def _feature_of(bound: Bound, schema: Schema, plan: DatabasePlan, table: str, logical: str) -> str:
    """Name of the feature that bounds a column of this type; empty where there is none that can be compared with it."""
    parent = str(bound.rule.parameters["parent"]) if bound.of_parent else table
    if not _comparable(schema.tables[parent].columns[bound.column].type, logical):
        return ""
    if not bound.of_parent:
        return bound.column
    via = tuple(bound.rule.parameters.get("via", ()))
    above = _generations(plan, table, parent, via)
    if above:
        return ABOVE * above + bound.column
    links = assign_columns(schema, plan, table).links
    places = (at for at, one in enumerate(links) if (one.link.key.parent, one.link.key.child_columns) == (parent, via))
    return next((linked_name(place, bound.column) for place in places), "")


def _generations(plan: DatabasePlan, table: str, parent: str, via: tuple[str, ...]) -> int:
    """How many context keys lead from a table to the row of another that these columns name; 0 where none do."""
    columns = via
    for number in range(1, FURTHEST + 1):
        key = plan.tables[table].context
        if key is None or not set(columns) <= set(key.child_columns):
            return 0
        if key.parent == parent and columns == key.child_columns:
            return number
        there = dict(zip(key.child_columns, key.parent_columns, strict=True))
        table, columns = key.parent, tuple(there[name] for name in columns)
    return 0


def _comparable(one: str, other: str) -> bool:
    """Whether numbers of two types stand for comparable things: moments may be compared with dates."""
    return one == other or {one, other} <= {"date", "timestamp", "timestamp_ntz"}
