"""What a column's meaning is told from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Evidence:
    """What the meaning of a column is told from; carries values of the source."""

    name: str
    type: str
    rows: int
    filled: int
    distinct: int
    minimum: float
    maximum: float
    values: tuple[str, ...] = ()  # distinct ones, a bounded sample
    weights: tuple[int, ...] = ()  # rows of each
    patterns: Mapping[str, float] = field(default_factory=dict)
    table: str = ""  # its name says whose the column called name is

    @property
    def distinct_share(self) -> float:
        """Distinct values a filled row: 1 where no value repeats."""
        return self.distinct / self.filled if self.filled else 0.0
