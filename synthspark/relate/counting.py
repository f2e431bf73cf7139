"""What is counted exactly on tables too large for the driver: rows and values of columns, and their matches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synthspark.relate.facts import Place


@dataclass(frozen=True)
class Counts:
    """Rows without a null and distinct tuples of each place; matched rows and tuples of each pair."""

    rows: Mapping[Place, int]
    distinct: Mapping[Place, int]
    matched_rows: Mapping[tuple[Place, Place], int]
    matched_distinct: Mapping[tuple[Place, Place], int]


Counter = Callable[[Sequence[Place], Sequence[tuple[Place, Place]]], Counts]
