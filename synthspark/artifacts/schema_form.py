"""The written form of a schema: plain mappings and lists, as DESIGN fixes them for schema.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthspark.artifacts.question import Question, Reading
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import FORMAT_VERSION, SEMANTICS, Column, ForeignKey, Schema, Table
from synthspark.artifacts.versions import check_version
from synthspark.errors import SchemaError


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """Plain mappings and lists in the form of schema.yaml."""
    return {
        "format_version": schema.format_version,
        "name": schema.name,
        "tables": {name: _table_to_json(table) for name, table in schema.tables.items()},
        "foreign_keys": [_foreign_key_to_json(key) for key in schema.foreign_keys],
        "rules": [_rule_to_json(rule) for rule in schema.rules],
        "questions": [_question_to_json(question) for question in schema.questions],
        "candidates": [_foreign_key_to_json(key) for key in schema.candidates],
    }


def schema_from_json(data: Mapping[str, Any]) -> Schema:
    """The schema written in `data`; SchemaError names the entry that cannot be read."""
    data = _known("top level", data, _TOP_KEYS)
    check_version("schema.yaml", data.get("format_version", FORMAT_VERSION), FORMAT_VERSION, "run discover again")
    if not isinstance(data.get("tables"), Mapping):
        raise SchemaError("schema.yaml: no mapping 'tables'; run discover again or restore the section")
    return Schema(
        name=str(data.get("name", "")),
        tables={str(name): _table_from_json(str(name), table) for name, table in data["tables"].items()},
        foreign_keys=tuple(_foreign_key_from_json(key) for key in data.get("foreign_keys") or ()),
        rules=tuple(_rule_from_json(rule) for rule in data.get("rules") or ()),
        candidates=tuple(_foreign_key_from_json(key) for key in data.get("candidates") or ()),
        questions=tuple(_question_from_json(question) for question in data.get("questions") or ()),
    )


def _known(place: str, data: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        found = type(data).__name__
        raise SchemaError(f"schema.yaml, {place}: found {found}; expected a mapping with {', '.join(known)}")
    unknown = [str(key) for key in data if key not in known]
    if unknown:
        raise SchemaError(f"schema.yaml, {place}: unknown key {unknown[0]!r}; known keys: {', '.join(known)}")
    return data


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value or ())


_TOP_KEYS = ("format_version", "name", "tables", "foreign_keys", "rules", "questions", "candidates")
_COLUMN_KEYS = ("type", "semantic", "nullable", "confidence", "generate", "comment", "tags")
_TABLE_KEYS = (
    *("role", "primary_key", "alternate_keys", "status", "confidence", "why", "rows", "comment", "tags", "columns"),
)
_FOREIGN_KEY_KEYS = (
    "child",
    "child_columns",
    "parent",
    "parent_columns",
    "compare",
    "status",
    "confidence",
    "score",
    "evidence",
    "why",
)
_RULE_KEYS = ("kind", "table", "columns", "status", "confidence", "parameters", "evidence", "why")


def _table_to_json(table: Table) -> dict[str, Any]:
    columns = {
        name: {
            "type": column.type,
            "semantic": column.semantic,
            "nullable": column.nullable,
            "confidence": round(column.confidence, 4),
            **({} if column.generate == "auto" else {"generate": column.generate}),
            **_remarks(column),
        }
        for name, column in table.columns.items()
    }
    return {
        "role": table.role,
        "primary_key": list(table.primary_key) or None,
        "alternate_keys": [list(key) for key in table.alternate_keys],
        "status": table.status,
        "confidence": round(table.confidence, 4),
        "why": table.why,
        "rows": table.rows,
        **_remarks(table),
        "columns": columns,
    }


def _remarks(item: Table | Column) -> dict[str, Any]:
    """The comment and the tags, where there are any."""
    return {
        **({"comment": item.comment} if item.comment else {}),
        **({"tags": list(item.tags)} if item.tags else {}),
    }


def _table_from_json(name: str, data: Any) -> Table:
    data = _known(f"table {name}", data, _TABLE_KEYS)
    columns = {
        str(column): _column_from_json(f"column {name}.{column}", details)
        for column, details in (data.get("columns") or {}).items()
    }
    return Table(
        name=name,
        columns=columns,
        role=data.get("role", "synthesize"),
        primary_key=_names(data.get("primary_key")),
        alternate_keys=tuple(_names(key) for key in data.get("alternate_keys") or ()),
        status=data.get("status", "proposed"),
        confidence=float(data.get("confidence", 1.0)),
        why=str(data.get("why") or ""),
        rows=data.get("rows"),
        comment=str(data.get("comment") or ""),
        tags=_names(data.get("tags")),
    )


def _column_from_json(place: str, data: Any) -> Column:
    data = _known(place, data, _COLUMN_KEYS)
    semantic = data.get("semantic", "unknown")
    if semantic not in SEMANTICS:
        raise SchemaError(
            f"schema.yaml, {place}: semantic {semantic!r}; expected one of {', '.join(sorted(SEMANTICS))}"
        )
    generate = data.get("generate", "auto")
    if generate not in ("auto", "drop", "verbatim"):
        raise SchemaError(f"schema.yaml, {place}: generate {generate!r}; expected auto, drop or verbatim")
    if "type" not in data:
        raise SchemaError(f"schema.yaml, {place}: no type; expected e.g. type: long; restore it or run discover again")
    return Column(
        type=str(data["type"]),
        semantic=semantic,
        nullable=bool(data.get("nullable", True)),
        confidence=float(data.get("confidence", 1.0)),
        generate=generate,
        comment=str(data.get("comment") or ""),
        tags=_names(data.get("tags")),
    )


def _foreign_key_to_json(key: ForeignKey) -> dict[str, Any]:
    return {
        "child": key.child,
        "child_columns": list(key.child_columns),
        "parent": key.parent,
        "parent_columns": list(key.parent_columns),
        **({"compare": list(key.compare)} if set(key.comparisons) != {"exact"} else {}),
        "status": key.status,
        "confidence": round(key.confidence, 4),
        "score": round(key.confidence, 4),
        "evidence": {name: round(float(value), 4) for name, value in key.evidence.items()},
        "why": key.why,
    }


def _foreign_key_from_json(data: Any) -> ForeignKey:
    data = _known("foreign_keys", data, _FOREIGN_KEY_KEYS)
    missing = [name for name in ("child", "child_columns", "parent", "parent_columns") if not data.get(name)]
    if missing:
        raise SchemaError(f"schema.yaml, foreign_keys: an entry lacks {', '.join(missing)}; complete it or remove it")
    return ForeignKey(
        child=str(data["child"]),
        child_columns=_names(data["child_columns"]),
        parent=str(data["parent"]),
        parent_columns=_names(data["parent_columns"]),
        status=data.get("status", "proposed"),
        confidence=float(data.get("confidence", 1.0)),
        evidence=dict(data.get("evidence") or {}),
        why=str(data.get("why") or ""),
        compare=_names(data.get("compare")),
    )


def _plain_values(value: Any) -> Any:
    """Mappings and lists of a YAML document as plain ones."""
    if isinstance(value, Mapping):
        return {str(name): _plain_values(item) for name, item in value.items()}
    return [_plain_values(item) for item in value] if isinstance(value, list | tuple) else value


def _rule_to_json(rule: Rule) -> dict[str, Any]:
    return {
        "kind": rule.kind,
        "table": rule.table,
        "columns": list(rule.columns),
        "status": rule.status,
        "confidence": round(rule.confidence, 4),
        "parameters": dict(rule.parameters),
        "evidence": {name: int(value) if value == int(value) else value for name, value in rule.evidence.items()},
        "why": rule.why,
    }


def _rule_from_json(data: Any) -> Rule:
    data = _known("rules", data, _RULE_KEYS)
    missing = [name for name in ("kind", "table", "columns") if not data.get(name)]
    if missing:
        raise SchemaError(f"schema.yaml, rules: an entry lacks {', '.join(missing)}; complete it or remove it")
    return Rule(
        kind=str(data["kind"]),
        table=str(data["table"]),
        columns=_names(data["columns"]),
        status=data.get("status", "proposed"),
        confidence=float(data.get("confidence", 1.0)),
        parameters=_plain_values(data.get("parameters") or {}),
        evidence=dict(data.get("evidence") or {}),
        why=str(data.get("why") or ""),
    )


def _question_to_json(question: Question) -> dict[str, Any]:
    return {
        "text": question.text,
        "readings": [
            {"text": reading.text, "confidence": round(reading.confidence, 4), "labels": list(reading.labels)}
            for reading in question.readings
        ],
    }


def _question_from_json(data: Any) -> Question:
    data = _known("questions", data, ("text", "readings"))
    readings = [_known("questions", one, ("text", "confidence", "labels")) for one in data.get("readings") or ()]
    return Question(
        text=str(data.get("text") or ""),
        readings=tuple(
            Reading(str(one.get("text") or ""), _names(one.get("labels")), float(one.get("confidence", 0.0)))
            for one in readings
        ),
    )
