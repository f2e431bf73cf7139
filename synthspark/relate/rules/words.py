"""Whether two numbers speak of the same thing, as far as their meanings and names tell."""

from __future__ import annotations

import re

from synthspark.relate.rules.rows import TableRows

SAME_UNIT = frozenset({"money", "percentage", "duration"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
SHORTEST = 3  # letters of a word that can say what a number measures


def name_words(name: str) -> frozenset[str]:
    """Words of a name in lower case, however they are put together."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def alike(rows: TableRows, a: str, b: str) -> bool:
    """Whether two numbers can be compared: a unit of the same kind, or a word that both names share."""
    if rows.semantic(a) == rows.semantic(b) and rows.semantic(a) in SAME_UNIT:
        return True
    shared = name_words(a) & name_words(b)
    return any(len(word) >= SHORTEST for word in shared)
