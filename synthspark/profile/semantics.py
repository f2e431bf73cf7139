"""What the values of a column stand for (first: by type and spread only)."""

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


def semantic_type(evidence: Evidence) -> tuple[str, float]:
    """Semantic type and confidence."""
    kind = evidence.type
    if evidence.filled == 0:
        return "empty", 1.0
    if kind == "boolean":
        return "boolean", 1.0
    if kind == "date":
        return "date", 1.0
    if kind.startswith("timestamp"):
        return "timestamp", 1.0
    if kind == "binary":
        return "binary", 1.0
    if evidence.distinct == 1 and evidence.rows > 1:
        return "constant", 1.0
    if kind == "string":
        return ("category" if evidence.distinct <= 50 else "free_text"), 0.5
    return "number", 0.5
