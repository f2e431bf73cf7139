"""What rules say of the rows of a family while these are drawn one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthspark.artifacts.model import Feature
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.stats.features import ABOVE, ENDS, LEAST, is_time


def with_limits(features: Sequence[Feature], schema: Schema, plan: DatabasePlan, table: str) -> tuple[Feature, ...]:
    """Features of a table with the columns of the context parent that they are at least, and whether they end families.

    A date that no two rows of a family share ends it where it would leave the range of the source: dates that had to
    be drawn again within would be too close to each other.
    """
    context = plan.tables[table].context
    if context is None:
        return tuple(features)
    least: dict[str, list[str]] = {}
    own, above = schema.tables[table].columns, schema.tables[context.parent].columns
    for step in plan.rules.now.get(table, ()):
        for bound in step.least if step.kind == "bounds" else ():
            via = tuple(bound.rule.parameters.get("via", ()))
            same = bound.of_parent and via == context.child_columns
            if same and above[bound.column].type == own[step.columns[0]].type:
                least.setdefault(step.columns[0], []).append(ABOVE + bound.column)
    alone = [set(columns) - set(context.child_columns) for columns in plan.rules.unique.get(table, ())]
    found = []
    for feature in features:
        limits: dict[str, object] = {LEAST: least[feature.column]} if feature.column in least else {}
        if is_time(feature) and {feature.column} in alone and not own[feature.column].nullable:
            limits[ENDS] = True
        found.append(replace(feature, domain={**feature.domain, **limits}))
    return tuple(found)
