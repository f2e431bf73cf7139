"""How numbers, columns and frequent values are shown; what could point at a single person is not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from synthspark.artifacts.profile import ColumnProfile
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import PERSONAL_SEMANTICS, Schema

LEAST_ROWS = 5  # of a value that serves as an example: the default k of privacy
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 16
LEAST_PATTERN_SHARE = 0.05
MOST_PATTERNS = 2
# No examples of these, however frequent: a text, or what a person could be found by.
WITHOUT_EXAMPLES = PERSONAL_SEMANTICS | {"free_text", "json", "hash", "uuid", "url"}


def masked(value: str) -> str:
    """The first letter or digit of a value, the others as dots, cut to a bounded length."""
    shown = re.sub(r"(?<=\w)(.*)", lambda rest: re.sub(r"\w", "•", rest[1]), value, count=1, flags=re.DOTALL)
    return shown if len(shown) <= LONGEST_EXAMPLE else shown[: LONGEST_EXAMPLE - 1] + "…"


def examples(column: ColumnProfile, semantic: str) -> tuple[str, ...]:
    """Frequent values, masked, with their share of the filled rows; none where a value could identify someone."""
    if {semantic, column.semantic} & WITHOUT_EXAMPLES:
        return ()
    frequent = [(value, count) for value, count in column.top_values.items() if count >= LEAST_ROWS]
    return tuple(
        f"{masked(value) or 'empty text'} ({percent(count, column.filled)})"
        for value, count in frequent[:MOST_EXAMPLES]
    )


def patterns(column: ColumnProfile) -> tuple[str, ...]:
    """Frequent shapes of the values: A an upper-case letter, a a lower-case one, 9 a digit."""
    common = [pattern for pattern, share in column.patterns.items() if pattern and share >= LEAST_PATTERN_SHARE]
    return tuple(common[:MOST_PATTERNS])


def percent(part: float, whole: float) -> str:
    """A share for reading; never 100 % or 0 % where it is not all or nothing."""
    if not whole or not math.isfinite(part):
        return "–"
    share = 100.0 * part / whole
    if 0 < share < 1:
        return "< 1 %"
    return "> 99 %" if 99 < share < 100 else f"{share:.0f} %"


def count(number: float | None) -> str:
    """A whole number with separators."""
    return "–" if number is None else f"{number:,.0f}"


def number(value: float) -> str:
    """A number of the evidence: counts in full, shares with three digits."""
    if not math.isfinite(value):
        return "not known"
    return count(value) if abs(value) >= 1000 or (value == int(value) and abs(value) > 1) else f"{value:.3g}"


def sure(confidence: float) -> str:
    """A confidence with two digits; never 1.00 where it is not certain."""
    if not math.isfinite(confidence):
        return "–"
    return f"{confidence:.2f}" if confidence >= 1.0 else f"{min(confidence, 0.99):.2f}"


def parameters(rule: Rule, schema: Schema) -> Iterator[tuple[str, str]]:
    """Parameters of a rule, named; texts that are no names of columns or tables are masked."""
    known = {*schema.tables, *(column for table in schema.tables.values() for column in table.columns)}
    for name, value in rule.parameters.items():
        yield str(name).replace("_", " "), _parameter(value, known)


def _parameter(value: Any, known: set[str]) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return value if value in known else masked(value)
    if isinstance(value, list | tuple) and all(item in known for item in value if isinstance(item, str)):
        shown = [item for item in value if isinstance(item, str)]
        return ", ".join(shown) if shown and len(shown) == len(value) else f"{len(value)} entries"
    return f"{len(value)} entries" if isinstance(value, Mapping | list | tuple) else "given"


def embedded(data: Any) -> str:
    """JSON of `data` that can stand in a script element: ASCII, without < > &; no number stands for NaN.

    Numbers that JSON does not know (NaN, infinities) become null.
    """
    text = json.dumps(_finite(data), ensure_ascii=True, allow_nan=False, default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data
