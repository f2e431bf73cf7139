"""Tables made to try the recogniser: each meaning in several locales, with telling, meaningless and misleading names.

A column comes plain, in capitals, with a fifth of its rows missing or garbage, and, where its values are digits, as
numbers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from benchmarks.semantics import battery_values as values
from benchmarks.semantics.labels import Label

SIZES = (40, 120, 300)  # rows: small tables are harder
COLUMNS = 8  # a table
GARBAGE = ("n/a", "-", "unknown", "", "xxx", "test", "?", "TBD")
PARTS = ("developed on", "held out", "independent")
AS_NUMBERS = ("phone", "card_number", "national_id", "postal_code", "tax_id", "company_id")


@dataclass(frozen=True)
class Made:
    """A column, what it holds, and what was done to it."""

    name: str
    label: Label
    values: pa.Array
    naming: str  # telling, meaningless, misleading
    form: str = "plain"  # upper, dirty, number
    origin: str = ""


def tables_of(part: str) -> Iterator[tuple[str, list[Made]]]:
    """Tables of a part of the battery, by name."""
    columns = [column for locale in _locales(part) for column in _columns(part, locale)]
    for naming in ("telling", "meaningless", "misleading"):
        for form in ("plain", "upper", "dirty", "number"):
            alike = [column for column in columns if (column.naming, column.form) == (naming, form)]
            random.Random(11).shuffle(alike)
            for start in range(0, len(alike), COLUMNS):
                name = f"{naming}_{form}_{start // COLUMNS}"
                yield name, _apart(alike[start : start + COLUMNS])


def arrow_table(columns: Sequence[Made]) -> pa.Table:
    """The columns beside each other; the rest of short ones is null."""
    rows = max(len(column.values) for column in columns)
    return pa.table(
        {
            column.name: pa.concat_arrays([column.values, pa.nulls(rows - len(column.values), column.values.type)])
            for column in columns
        }
    )


def _apart(columns: list[Made]) -> list[Made]:
    """Columns with names unlike each other."""
    taken: dict[str, int] = {}
    found = []
    for place, column in enumerate(columns):
        name = f"c{place + 1}" if column.naming == "meaningless" else column.name
        taken[name] = taken.get(name, 0) + 1
        found.append(replace(column, name=name if taken[name] == 1 else f"{name}_{taken[name]}"))
    return found


def _locales(part: str) -> tuple[str, ...]:
    by_part = {"developed on": values.DEVELOPED_ON, "held out": values.HELD_OUT, "independent": values.INDEPENDENT}
    return ("", *by_part[part])


def _columns(part: str, locale: str) -> Iterator[Made]:
    seed = sum(map(ord, part + locale))
    source = random.Random(seed)
    drawn: Mapping[str, values.Draw]
    if part == "independent":
        drawn = values.independent_values(locale, seed) if locale else values.independent_general(seed)
    elif locale:
        drawn = values.faker_values(locale, seed)
    else:
        drawn = values.general_values(seed) | values.other_values(seed)
    for title, draw in drawn.items():
        label = Label.of(title.partition("/")[0])
        texts = [draw() for _ in range(source.choice(SIZES))]
        yield from _variants(label, texts, f"{locale} {title}", source, held_out=part != "developed on")


def _variants(label: Label, texts: list[str], origin: str, source: random.Random, *, held_out: bool) -> Iterator[Made]:
    names = values.TELLING_HELD_OUT if held_out else values.TELLING
    telling = source.choice(names[label.name])
    for naming, name in (("telling", telling), ("meaningless", "c")):
        yield Made(name, label, pa.array(texts), naming, origin=origin)
        yield Made(name, label, pa.array([text.upper() for text in texts]), naming, "upper", origin)
        yield Made(name, label, pa.array(_dirty(texts, source)), naming, "dirty", origin)
    personal = label.name in values.TELLING and label.name not in ("code", "number", "category", "thing", "boolean")
    misleading = source.choice(values.MISLEADING if personal else values.MISLEADING_OTHERS)
    yield Made(misleading, label, pa.array(texts), "misleading", origin=origin)
    digits = [re.sub(r"\D", "", text) for text in texts]
    if label.name in AS_NUMBERS and all(0 < len(text) < 19 for text in digits) and digits == _bare(texts):
        yield Made(telling, label, pa.array([int(text) for text in digits]), "telling", "number", origin)


def _bare(texts: Sequence[str]) -> list[str]:
    """The texts without what numbers are written with."""
    return [re.sub(r"[ +()./-]", "", text) for text in texts]


def _dirty(texts: Sequence[str], source: random.Random) -> list[str | None]:
    """The texts, a tenth missing and a tenth garbage."""
    drawn = [source.random() for _ in texts]
    return [
        None if share < 0.1 else source.choice(GARBAGE) if share < 0.2 else text
        for share, text in zip(drawn, texts, strict=True)
    ]
