"""Comments of a person in schema.yaml: each belongs to the entry that it stands before or beside, and follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from synthspark.artifacts.yaml_form import compose_yaml, scan_yaml

LOST = "comments on entries that are no longer here"
_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
# What makes an entry of a list the same one, whatever its place in the list.
_IDENTITIES = (("child", "child_columns", "parent", "parent_columns"), ("kind", "table", "columns"), ("text",))
_SECTIONS = 1  # depth of tables, foreign_keys, ...
_ENTRIES = 2
_FIELDS = 3
_COLUMNS = 4

Place = tuple[str, ...]  # ("tables", "loan", "columns", "id"), ("foreign_keys", "loan|account_id|account|id", "status")
Lines = tuple[str, ...]


@dataclass(frozen=True)
class Comments:
    """Comments by place, without their ``#``; `header` stands at the top, `footer` at the end."""

    before: Mapping[Place, Lines] = field(default_factory=dict)
    beside: Mapping[Place, str] = field(default_factory=dict)
    header: Lines = ()
    footer: Lines = ()

    def of(self, place: Place) -> Lines:
        """All that is said of one place."""
        beside = self.beside.get(place)
        return (*self.before.get(place, ()), *([beside] if beside else []))


def read_comments(text: str) -> Comments:
    """The comments in `text`, which is valid YAML."""
    if "#" not in text:
        return Comments()
    lines = _LINE_END.split(text)
    starts = _places_by_line(text)
    first = min(starts, default=len(lines))
    before: dict[Place, Lines] = {}
    beside: dict[Place, str] = {}
    header: list[str] = []
    block: list[str] = []
    now: Place = ()
    remarks = dict(_remarks(text, lines))
    for number in range(len(lines)):
        if number in starts:
            now = starts[number]
            if block:
                before[now] = _dedented(block)
                block = []
        if number not in remarks:
            continue
        own_line, remark = remarks[number]
        if number < first:
            header.append(remark)
        elif own_line:
            block.append(remark)
        else:
            beside[now] = " ".join([*([beside[now]] if now in beside else []), remark.lstrip("#").strip()])
    return Comments(before, beside, _dedented(header), _dedented(block))


def _dedented(block: list[str]) -> Lines:
    """Lines without their hash signs and without the space that all of them share."""
    bare = [line.lstrip().removeprefix("#").rstrip() for line in block]
    spaces = min((len(line) - len(line.lstrip()) for line in bare if line), default=0)
    return tuple(line[min(spaces, 1) :] for line in bare)


def _remarks(text: str, lines: list[str]) -> Iterator[tuple[int, tuple[bool, str]]]:
    """Line number, whether the comment has the line for itself, and the comment with its hash sign."""
    ends: dict[int, int] = {}
    inside: set[int] = set()
    for token in scan_yaml(text):
        start, end = token.start_mark, token.end_mark
        if (start.line, start.column) != (end.line, end.column):
            ends[end.line] = max(ends.get(end.line, 0), end.column)
            inside.update(range(start.line, end.line))
    for number, line in enumerate(lines):
        if number in inside:
            continue
        rest = line[ends.get(number, 0) :]
        if rest.lstrip().startswith("#"):
            yield number, (number not in ends or not line[: ends[number]].strip(), rest.strip())


def _places_by_line(text: str) -> dict[int, Place]:
    """The outermost place that starts on each line."""
    root = compose_yaml(text)
    starts: dict[int, Place] = {}
    for place, line in _walk(root, ()):
        if line not in starts or len(place) < len(starts[line]):
            starts[line] = place
    return starts


def _walk(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield inner, key.start_mark.line
            if len(inner) < _FIELDS or (len(inner) < _COLUMNS and inner[-1] == "columns"):
                yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode) and len(place) == _SECTIONS:
        for entry in node.value:
            inner = (*place, entry_name(_plain(entry)))
            yield inner, entry.start_mark.line
            yield from _walk(entry, inner)


def _plain(node: yaml.Node) -> Any:
    """Texts of the fields that may belong to an entry's identity."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return str(node.value)


def entry_name(entry: Any) -> str:
    """What names an entry of a list: its tables and columns, not its place."""
    if isinstance(entry, Mapping):
        for names in _IDENTITIES:
            if all(name in entry for name in names):
                return "|".join(_joined(entry[name]) for name in names)
    return _joined(entry)


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def with_comments(text: str, comments: Comments) -> str:
    """`text` with the comments at their places; those whose place is gone stand at the end."""
    starts = _places_by_line(text)
    lines = _LINE_END.split(text.rstrip("\n"))
    written = [*map(_commented, comments.header)]
    for number, line in enumerate(lines):
        above: Lines = ()
        beside = ""
        if number in starts:
            above, beside = comments.before.get(starts[number], ()), comments.beside.get(starts[number], "")
            if beside and _goes_on(starts, number, lines):
                above, beside = (*above, beside), ""
        indent = line[: len(line) - len(line.lstrip())]
        written += [indent + _commented(remark) for remark in above]
        written.append(f"{line}  {_commented(beside)}" if beside else line)
    written += [*_lost(comments, set(starts.values())), *map(_commented, comments.footer)]
    return "\n".join(written) + "\n"


def _goes_on(starts: Mapping[int, Place], number: int, lines: list[str]) -> bool:
    """Whether the value of a place runs over the end of its line: a comment beside it would be part of a text."""
    following = number + 1
    return following < len(lines) and following not in starts


def _lost(comments: Comments, placed: set[Place]) -> Iterator[str]:
    gone = [place for place in dict.fromkeys([*comments.before, *comments.beside]) if place not in placed]
    if gone and LOST not in comments.footer:
        yield _commented(LOST)
    for place in gone:
        yield from (_commented(f"{'/'.join(place)}: {line}") for line in comments.of(place))


def _commented(line: str) -> str:
    return f"# {line}".rstrip()
