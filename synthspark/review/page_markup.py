"""HTML and SVG in which nothing stays unescaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no document may hold them

Attributes = Mapping[str, str | float | bool | None]


class Markup(str):
    """Text that is HTML already; every other text is escaped where it is put into an element."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """`text` as it can stand in an element or in a quoted attribute."""
    return text if isinstance(text, Markup) else Markup(escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)))


def element(name: str, attributes: Attributes, *children: str) -> Markup:
    """One element; attributes that are None or False are left out, True stands without a value."""
    written = "".join(
        f' {key}="{"" if value is True else escaped(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Several pieces one after the other."""
    return Markup("".join(escaped(child) for child in children))
