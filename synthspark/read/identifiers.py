"""Names of tables as people and catalogs write them: quoted or not, with or without their schema."""

from __future__ import annotations

import re

_PART = re.compile(r'`(?:[^`]|``)+`|"(?:[^"]|"")+"|\[[^\]]+\]|[^.`"\[\]]+')


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of ``catalog.schema.table``, without quotes; parts in quotes may hold dots.

    Empty for what is no name, such as a query in brackets.
    """
    parts = _PART.findall(name.strip())
    if ".".join(parts) != name.strip() or "(" in name:
        return ()
    return tuple(_bare(part) for part in parts)


def _bare(part: str) -> str:
    if part[0] in '`"':
        return part[1:-1].replace(part[0] * 2, part[0])
    return part[1:-1] if part.startswith("[") else part.strip()


def text_literal(text: str) -> str:
    """`text` as a literal of standard SQL."""
    return "'" + text.replace("'", "''") + "'"
