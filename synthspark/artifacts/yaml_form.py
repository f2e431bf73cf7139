"""YAML as this package reads and writes it: plain data, in the order given, lists and mappings inline where asked."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from synthspark.errors import SchemaError

WIDTH = 110
# libyaml is ten times as fast; a Python built without it reads the same.
_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class InlineList(list[Any]):
    """A list written in brackets."""


class InlineMapping(dict[str, Any]):
    """A mapping written in braces."""


class _Loader(_BaseLoader):  # type: ignore[misc]
    """YAML 1.2: only true and false are booleans, so that a column may be called no, on or y; no dates, no base 60."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping, refused where a key stands twice: one of the two would be lost."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.MarkedYAMLError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key if isinstance(key, Hashable) else id(key))
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


class _Dumper(_BaseDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        """What stands twice is written twice: a person edits one place."""
        return True


# The dumper knows them too: it quotes the texts that the loader would take for something else.
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?(0|[1-9]\d*)", "-+0123456789"),
    ("float", r"[-+]?(\d+\.?\d*[eE][-+]?\d+|\d+\.\d*|\.\d+([eE][-+]?\d+)?)", "-+0123456789."),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
):
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(
            f"tag:yaml.org,2002:{_tag}",
            re.compile(f"^(?:{_pattern})$", re.ASCII),
            ["" if char == "\0" else char for char in _first],
        )

_Dumper.add_representer(
    InlineList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)
_Dumper.add_representer(
    InlineMapping,
    lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True),
)


def write_yaml(data: Mapping[str, Any]) -> str:
    """`data` as text."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False
    )
    return text


def read_yaml(text: str, place: str) -> Any:
    """What `text` holds; SchemaError with `place` and line where it is not YAML."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(fault, "problem", None) or "not YAML"
        raise SchemaError(
            f"{place}{line}: {problem}; expected valid YAML; correct the line or run discover again"
        ) from fault


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of `text`, each with its line; the text has been read before."""
    node: yaml.Node | None = yaml.compose(text, Loader=_BaseLoader)
    return node


def scan_yaml(text: str) -> list[yaml.Token]:
    """The tokens of `text`: what is not among them is comment."""
    return list(yaml.scan(text, Loader=_BaseLoader))
