"""What a person asks of the numbers of rows, checked against the tables there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from synthspark.artifacts.entities import sources_of, with_entities
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.config import Settings
from synthspark.errors import ConfigError


def check_wishes(settings: Settings, schema: Schema, plan: DatabasePlan) -> None:
    """Refuse scales and row counts that would have no effect; ConfigError lists all of them."""
    findings = [*_scale_faults(settings, schema, plan), *_row_faults(settings, plan)]
    if findings:
        raise ConfigError("\n".join(findings))


def exact_rows(settings: Settings) -> dict[str, int]:
    """Tables whose number of rows a person sets."""
    return {name: wanted.rows for name, wanted in settings.tables.items() if wanted.rows is not None}


def _scale_faults(settings: Settings, schema: Schema, plan: DatabasePlan) -> Iterator[str]:
    whole = with_entities(schema)
    heads = {sources_of(name, whole)[0].table for name, table in whole.tables.items() if table.virtual}
    roots = [name for name in schema.tables if name in heads or _is_root(plan, name)]
    for name in settings.scale if isinstance(settings.scale, Mapping) else ():
        if name not in schema.tables:
            near = difflib.get_close_matches(name, schema.tables, n=1, cutoff=0.0)
            yield (
                f"config, scale.{name}: there is no such table; expected tables without a context parent "
                f"({', '.join(roots)}); the nearest name is {near[0]}"
            )
        elif name not in roots:
            yield f"config, scale.{name}: {_why_not(plan, name)}"


def _row_faults(settings: Settings, plan: DatabasePlan) -> Iterator[str]:
    for name in exact_rows(settings):
        if name in plan.tables and plan.tables[name].role == "reference":
            yield (
                f"config, tables.{name}.rows: the table is copied as it is; expected a table of role synthesize; "
                "remove rows, or change the role"
            )


def _is_root(plan: DatabasePlan, table: str) -> bool:
    found = plan.tables.get(table)
    return found is not None and found.role != "reference" and found.context is None


def _why_not(plan: DatabasePlan, table: str) -> str:
    context = plan.tables[table].context
    if context is None:
        return "the table is copied as it is; expected a table of role synthesize; remove it from scale"
    return (
        f"its rows are made below those of {context.parent}; expected a table without context parent; set scale for "
        f"the table at the top, or tables.{table}.rows"
    )
