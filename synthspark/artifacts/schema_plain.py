"""Keys of a database as other programs write them, for judging copies that synthspark has not made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from synthspark.artifacts.rule import ENTITY, Rule
from synthspark.artifacts.schema import SEMANTICS, Column, ForeignKey, Schema, Table
from synthspark.errors import SchemaError

_PLACE = "--schema"


def plain_schema(text: str, types: Mapping[str, Mapping[str, str]], name: str) -> Schema:
    """Schema with the keys that a YAML file states, everything in it approved.

    Read are `tables.<table>.primary_key`, `role` and, where given as a mapping, each column's `semantic`, and
    `foreign_keys` with `child`, `child_columns`, `parent`, `parent_columns` and perhaps `compare`, and `rules` of the
    kind entity with `table` and `columns`; entries with the status rejected are left out, all else is passed over.
    So a run's own schema.yaml will do, and a few lines too.

    Parameters
    ----------
    types : mapping
        Logical types of the columns of each real table.

    Raises
    ------
    SchemaError
        If the file is no such YAML, or names tables or columns that are not there.
    """
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as fault:
        raise SchemaError(f"{_PLACE}: no valid YAML ({type(fault).__name__}); correct the file") from fault
    if not isinstance(data, Mapping):
        raise SchemaError(f"{_PLACE}: found {type(data).__name__}; expected a mapping with tables and foreign_keys")
    said = data.get("tables") or {}
    tables = {table: _table(table, columns, said.get(table) or {}) for table, columns in types.items()}
    keys = [_key(entry) for entry in data.get("foreign_keys") or () if _holds(entry)]
    known = [key for key in keys if key.child in tables and key.parent in tables]
    rules = tuple(_entity(entry) for entry in data.get("rules") or () if _is_entity(entry, tables))
    return Schema(str(data.get("name") or name), tables, tuple(known), rules=rules).decided("approved")


def _is_entity(entry: Any, tables: Mapping[str, Table]) -> bool:
    known = isinstance(entry, Mapping) and entry.get("kind") == ENTITY and entry.get("status") != "rejected"
    return known and (not entry.get("table") or entry["table"] in tables)


def _entity(entry: Mapping[str, Any]) -> Rule:
    """People or things without a table of their own, who tell which rows belong together."""
    if not entry.get("table") or not entry.get("columns"):
        raise SchemaError(f"{_PLACE}, rules: an entry of kind {ENTITY} lacks table or columns; complete or remove it")
    return Rule(ENTITY, str(entry["table"]), _names(entry["columns"]), parameters=dict(entry.get("parameters") or {}))


def _holds(entry: Any) -> bool:
    return not isinstance(entry, Mapping) or entry.get("status") != "rejected"


def _table(name: str, types: Mapping[str, str], said: Mapping[str, Any]) -> Table:
    told = said.get("columns")
    details = told if isinstance(told, Mapping) else {}
    columns = {column: Column(kind, _semantic(details.get(column))) for column, kind in types.items()}
    return Table(name, columns, said.get("role", "synthesize"), _names(said.get("primary_key")), status="approved")


def _semantic(details: Any) -> str:
    found = details.get("semantic", "unknown") if isinstance(details, Mapping) else "unknown"
    return found if found in SEMANTICS else "unknown"


def _key(entry: Any) -> ForeignKey:
    if not isinstance(entry, Mapping) or not all(entry.get(part) for part in _PARTS):
        raise SchemaError(f"{_PLACE}, foreign_keys: an entry lacks one of {', '.join(_PARTS)}; complete or remove it")
    return ForeignKey(
        str(entry["child"]),
        _names(entry["child_columns"]),
        str(entry["parent"]),
        _names(entry["parent_columns"]),
        compare=_names(entry.get("compare")),
    )


_PARTS = ("child", "child_columns", "parent", "parent_columns")


def _names(found: Any) -> tuple[str, ...]:
    if found is None:
        return ()
    return (str(found),) if isinstance(found, str) else tuple(str(name) for name in found)
