"""Queries made from the approved relationships: a join and a group-by over each of the largest ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.evaluate.sample import TablePair

MOST_GROUPS = 50  # an analyst reads a table of so many lines
ROWS_PER_GROUP = 5  # of the real rows, on average: fewer, and the values are names rather than groups
_NUMBERS = ("double", "float", "decimal", "integer", "long", "short", "byte")


def generated_queries(schema: Schema, pairs: Mapping[str, TablePair], maximum: int) -> Iterator[tuple[str, str]]:
    """Numbers of rows and means by a column of the parent that repeats few values, else by one of the child.

    Keys, personal values and texts are issued anew, so nothing can be grouped by them on both sides alike; `pairs`
    tells which columns are none of these, and how many values they have. Without such a column rows that join are
    counted.
    """
    keys = sorted(schema.keys_in_force(), key=lambda key: -(schema.tables[key.child].rows or 0))
    for key in [key for key in keys if key.child in pairs and key.parent in pairs][:maximum]:
        child, parent = pairs[key.child], pairs[key.parent]
        alone = {name for found in (key.child, key.parent) for name in _alone(schema, found)}
        groups = [f"p.{name}" for name in _groups(parent) if name not in alone]
        groups += [f"c.{name}" for name in _groups(child) if name not in alone]
        yield _query(key, next(iter(groups), ""), _number(schema, key, child))


def _alone(schema: Schema, table: str) -> set[str]:
    """Columns that identify a row by themselves."""
    found = schema.tables[table]
    return {key[0] for key in (found.primary_key, *found.alternate_keys) if len(key) == 1}


def _groups(pair: TablePair) -> Iterator[str]:
    """Columns of few values that repeat; of a table that is copied as it is, of few values."""
    for name, domain in zip(pair.real.features.names, pair.real.features.domains, strict=True):
        n_values = len(domain.categories)
        repeats = pair.reference or n_values * ROWS_PER_GROUP <= pair.real.features.n_rows
        if domain.kind == "category" and 2 <= n_values <= MOST_GROUPS and repeats and name in pair.features:
            yield name


def _number(schema: Schema, key: ForeignKey, child: TablePair) -> str:
    """A number of the child that can be averaged; empty without one."""
    for name, domain in zip(child.real.features.names, child.real.features.domains, strict=True):
        meant = schema.tables[key.child].columns[name].semantic
        part = name in schema.tables[key.child].primary_key  # a year or a line number of a composite key
        if domain.kind == "number" and domain.type.startswith(_NUMBERS) and meant != "code" and not part:
            return name
    return ""


def _query(key: ForeignKey, group: str, number: str) -> tuple[str, str]:
    on = " AND ".join(
        f"c.{_quoted(a)} = p.{_quoted(b)}" for a, b in zip(key.child_columns, key.parent_columns, strict=True)
    )
    selected = "count(*) AS n" + (f", avg(c.{_quoted(number)}) AS m" if number else "")
    source = f"FROM {_quoted(key.child)} c JOIN {_quoted(key.parent)} p ON {on}"
    if not group:
        return f"{key.label}: rows that join", f"SELECT {selected} {source}"
    side, _, name = group.partition(".")
    by, table = f"{side}.{_quoted(name)}", key.parent if side == "p" else key.child
    return f"{key.label} by {table}.{name}", f"SELECT {by} AS g, {selected} {source} GROUP BY {by} ORDER BY n DESC"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
