"""schema.yaml: written for a person to edit; comments, order and decisions survive a second discovery."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_form import schema_from_json, schema_to_json
from synthspark.artifacts.store import RunDirectory
from synthspark.errors import SchemaError

FILE = "schema.yaml"
HEADER = """\
synthspark schema: proposed by discover, decided by a person.
Set status to approved, rejected or locked; edit keys, roles, types of meaning; add what is missing.
Nothing that is still "proposed" is fitted. A second discover keeps your decisions and comments.
"""
_INLINE = {"primary_key", "child_columns", "parent_columns", "compare", "evidence"}


def write_schema(directory: RunDirectory, schema: Schema) -> None:
    """Write `schema`, keeping the comments that the file already carries."""
    document = _commented(schema_to_json(schema))
    if directory.exists(FILE):
        document = _carry_comments(_parse(directory.read_text(FILE)), document)
    else:
        document.yaml_set_start_comment(HEADER)
    stream = io.StringIO()
    _yaml().dump(document, stream)
    directory.write_text(FILE, stream.getvalue())


def read_schema(directory: RunDirectory) -> Schema:
    """The schema of a run; SchemaError when it is missing or cannot be read."""
    if not directory.exists(FILE):
        raise SchemaError(f"{directory.uri(FILE)}: there is no schema yet; run `synthspark discover` first")
    return parse_schema(directory.read_text(FILE), directory.uri(FILE))


def parse_schema(text: str, place: str = FILE) -> Schema:
    """The schema written in `text`."""
    document = _parse(text, place)
    if not isinstance(document, Mapping):
        raise SchemaError(f"{place}: found {type(document).__name__}; expected a mapping with tables and foreign_keys")
    return schema_from_json(document)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 110
    yaml.allow_unicode = True
    yaml.preserve_quotes = True
    return yaml


def _parse(text: str, place: str = FILE) -> Any:
    try:
        return _yaml().load(text)
    except YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(fault, "problem", None) or "not YAML"
        raise SchemaError(
            f"{place}{line}: {problem}; expected valid YAML; correct the line or run discover again"
        ) from fault


def _commented(data: Any, *, inline: bool = False) -> Any:
    if isinstance(data, Mapping):
        result = CommentedMap((str(key), _commented(value, inline=str(key) in _INLINE)) for key, value in data.items())
        if inline or set(data) >= {"type", "semantic"}:
            result.fa.set_flow_style()
        return result
    if isinstance(data, list | tuple):
        sequence = CommentedSeq(
            _commented(value, inline=True) if isinstance(value, list) else _commented(value) for value in data
        )
        if inline or all(isinstance(value, str) for value in data):
            sequence.fa.set_flow_style()
        return sequence
    return data


def _entry_name(entry: Any) -> str:
    """Identity of a list entry, so that its comments follow it when the order changes."""
    if not isinstance(entry, Mapping):
        return repr(entry)
    fields = ("child", "child_columns", "parent", "parent_columns", "kind", "table", "columns")
    return repr(
        [(key, str(list(entry[key]) if isinstance(entry[key], list) else entry[key])) for key in fields if key in entry]
    )


def _carry_comments(old: Any, new: Any) -> Any:
    if isinstance(old, CommentedMap) and isinstance(new, CommentedMap):
        _copy_comments(old, new)
        for key in new:
            if key in old:
                new[key] = _carry_comments(old[key], new[key])
    elif isinstance(old, CommentedSeq) and isinstance(new, CommentedSeq):
        places = {_entry_name(entry): place for place, entry in enumerate(old)}
        new.ca.comment = old.ca.comment
        for place, entry in enumerate(new):
            before = places.get(_entry_name(entry))
            if before is None:
                continue
            if before in old.ca.items:
                new.ca.items[place] = old.ca.items[before]
            new[place] = _carry_comments(old[before], entry)
    return new


def _copy_comments(old: CommentedMap, new: CommentedMap) -> None:
    new.ca.comment = old.ca.comment
    new.ca.end = old.ca.end
    for key, comment in old.ca.items.items():
        if key in new:
            new.ca.items[key] = comment
