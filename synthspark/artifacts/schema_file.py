"""schema.yaml: written for a person to edit; comments, order and decisions survive a second discovery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthspark.artifacts.comments import Comments, read_comments, with_comments
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_form import schema_from_json, schema_to_json
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.yaml_form import InlineList, InlineMapping, read_yaml, write_yaml
from synthspark.errors import SchemaError

FILE = "schema.yaml"
HEADER = """\
synthspark schema: proposed by discover, decided by a person.
Set status to approved, rejected or locked; edit keys, roles, types of meaning; add what is missing.
A rejected table is left out of the copy. Nothing that is still "proposed" is fitted.
A second discover keeps your decisions and comments.
"""
_INLINE = {"evidence", "parameters"}


def write_schema(directory: RunDirectory, schema: Schema) -> None:
    """Write `schema`, keeping the comments that the file already carries."""
    directory.write_text(FILE, schema_text(schema, schema_comments(directory)))


def schema_text(schema: Schema, comments: Comments) -> str:
    """The file's text."""
    return with_comments(write_yaml(_laid_out(schema_to_json(schema))), comments)


def schema_comments(directory: RunDirectory) -> Comments:
    """The comments of the file that is there; those of a new file where there is none."""
    if not directory.exists(FILE):
        return Comments(header=tuple(HEADER.strip().split("\n")))
    text = directory.read_text(FILE)
    read_yaml(text, directory.uri(FILE))  # whose message names the line, where the file is no longer YAML
    return read_comments(text)


def read_schema(directory: RunDirectory) -> Schema:
    """The schema of a run; SchemaError when it is missing or cannot be read."""
    if not directory.exists(FILE):
        raise SchemaError(f"{directory.uri(FILE)}: there is no schema yet; run `synthspark discover` first")
    return parse_schema(directory.read_text(FILE), directory.uri(FILE))


def parse_schema(text: str, place: str = FILE) -> Schema:
    """The schema written in `text`."""
    document = read_yaml(text, place)
    if not isinstance(document, Mapping):
        raise SchemaError(f"{place}: found {type(document).__name__}; expected a mapping with tables and foreign_keys")
    return schema_from_json(document)


def _laid_out(data: Any, *, inline: bool = False) -> Any:
    """The same data; lists of names, columns and evidence in one line each."""
    if isinstance(data, Mapping):
        one_line = inline or set(data) >= {"type", "semantic"}
        content = {str(key): _laid_out(value, inline=one_line or str(key) in _INLINE) for key, value in data.items()}
        return InlineMapping(content) if one_line else content
    if isinstance(data, list | tuple):
        one_line = inline or not any(isinstance(value, Mapping) for value in data)
        content_list = [_laid_out(value, inline=one_line) for value in data]
        return InlineList(content_list) if one_line else content_list
    return data
