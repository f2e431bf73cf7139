"""Settings and scores as the flat names and short texts that MLflow takes."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from synthspark.artifacts.manifest import Unit
from synthspark.artifacts.report import Score
from synthspark.config import Settings
from synthspark.masking import masked

LONGEST_NAME = 250
"""Characters of a parameter's or metric's name (mlflow.utils.validation)."""

LONGEST_VALUE = 500
"""Characters of a parameter: what every server takes; newer ones take 6,000."""

LONGEST_TAG = 5_000

PARAMETERS_AT_ONCE = 100
METRICS_AT_ONCE = 1_000
"""Limits of one log_batch call (mlflow.utils.validation)."""

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_.\- ]")

Item = TypeVar("Item")


def parameters(settings: Settings) -> dict[str, str]:
    """The resolved settings, flat: ``fit.engine: auto``; secrets hidden, long values cut."""
    flat = dict(_flat("", masked(dataclasses.asdict(settings))))
    return {name: shortened(str(value), LONGEST_VALUE) for name, value in unique_names(flat.items()).items()}


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(f"{path}.{clean(str(key))}" if path else clean(str(key)), inner)
    elif isinstance(value, list | tuple):
        yield path, ", ".join(str(item) for item in value)
    else:
        yield path, "" if value is None or isinstance(value, Mapping) else value


def score_metrics(scores: Sequence[Score], most: int) -> dict[str, float]:
    """Scores with a value as ``family/name/table/column``; ``overall/family/name`` is the mean of a name over all.

    Of more than `most` those of the database, of tables and of relationships come before those of columns, and these
    before those of pairs: a database of 300 tables has 100,000, which no store takes in reasonable time.
    """
    found = [(score, float(score.value)) for score in scores if score.value is not None and math.isfinite(score.value)]
    named = unique_names(
        ("/".join([score.family, *map(clean, (score.name, *score.subject))]), value) for score, value in found
    )
    sizes = [len(score.subject) for score, _ in found]
    kept = sorted(range(len(found)), key=sizes.__getitem__)[:most]
    names = list(named.items())
    means: dict[str, list[float]] = {}
    for score, value in found:
        means.setdefault(f"overall/{score.family}/{clean(score.name)}", []).append(value)
    overall = {name: sum(values) / len(values) for name, values in means.items()}
    return dict(names[place] for place in sorted(kept)) | overall


def unit_metrics(units: Sequence[Unit]) -> dict[str, float]:
    """Seconds, rows and counted notes of the finished units of one stage, by table, and their sums."""
    rows = [unit.rows for unit in units if unit.rows is not None]
    found: list[tuple[str, float]] = [("seconds", sum(unit.seconds for unit in units)), ("units", len(units))]
    found += [("rows", float(sum(rows)))] if rows else []
    for unit in units:
        table = clean(unit.table) if unit.table else "all"
        found.append((f"seconds_of/{table}", unit.seconds))
        found += [(f"rows_of/{table}", float(unit.rows))] if unit.rows is not None else []
        found += [
            (f"{clean(note)}/{table}", float(value))
            for note, value in unit.notes.items()
            if isinstance(value, int | float) and math.isfinite(value)
        ]
    return unique_names(found)


def unit_parameters(units: Sequence[Unit]) -> dict[str, str]:
    """Texts among the notes of the units of one stage, such as the engine that was chosen for a table."""
    found = [
        (f"{clean(note)}.{clean(unit.table) or 'all'}", shortened(value, LONGEST_VALUE))
        for unit in units
        for note, value in unit.notes.items()
        if isinstance(value, str) and value
    ]
    return unique_names(found)


def clean(part: str) -> str:
    """One part of a name in the characters that every store takes."""
    part = _FORBIDDEN.sub("_", part.replace(" -> ", " to ")).strip(" ")
    return "_" if part.strip(".") == "" else part


def unique_names(items: Iterable[tuple[str, Item]]) -> dict[str, Item]:
    """The items by names of bounded length; one whose name is taken already gets a number."""
    named: dict[str, Item] = {}
    for name, value in items:
        name = shortened(name, LONGEST_NAME)
        number, free = 2, name
        while free in named:
            free, number = shortened(f"{name}.{number}", LONGEST_NAME), number + 1
        named[free] = value
    return named


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning and a digest of the whole when it is too long."""
    if len(text) <= longest:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    return f"{text[: longest - len(digest) - 1]}.{digest}"


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
