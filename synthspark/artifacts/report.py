"""Scores and the report: numbers that describe themselves, with the ceiling that real data reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synthspark.artifacts.html import html_table
from synthspark.artifacts.versions import check_version
from synthspark.errors import DataError

FORMAT_VERSION = 1
LEVELS = ("column", "column_pair", "table", "relationship", "joined", "history", "subject", "task", "query", "database")
SEVERITIES = ("error", "warning", "note")
FAMILIES = ("quality", "detection", "integrity", "privacy", "utility")


@dataclass(frozen=True)
class Score:
    """One measured number.

    `subject` names what was measured: (table,), (table, column), (table, column, column) or a foreign key's
    label and the columns on its two sides. `ceiling` is the same score of one half of the real rows against
    the other. `error` is the standard error of the value, None where it is not known or all rows were counted. A
    score without a value says why in `reason`.
    """

    name: str
    level: str
    subject: tuple[str, ...]
    value: float | None
    family: str = "quality"
    ceiling: float | None = None
    error: float | None = None
    best: float = 1.0
    worst: float = 0.0
    rows_real: int | None = None
    rows_synthetic: int | None = None
    definition: str = ""
    reason: str = ""
    breakdown: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.level not in LEVELS or self.family not in FAMILIES:
            raise DataError(
                f"score {self.name}: level {self.level!r}, family {self.family!r}; expected {LEVELS}, {FAMILIES}"
            )

    @property
    def goodness(self) -> float | None:
        """The value rescaled so that 1 is best and 0 is worst; None without a value."""
        if self.value is None:
            return None
        return min(1.0, max(0.0, (self.value - self.worst) / (self.best - self.worst)))


@dataclass(frozen=True)
class Finding:
    """Something a person should know, with what to do about it; severity is "error", "warning" or "note"."""

    severity: str
    place: str
    message: str
    remedy: str


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then notes; those of one severity in the order in which they came."""
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


@dataclass(frozen=True)
class Report:
    """Every score of one evaluation, what the plots need (aggregates only), and findings, worst first."""

    name: str
    scores: tuple[Score, ...]
    findings: tuple[Finding, ...] = ()
    plots: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)  # rows per table, seconds, versions, how it was made
    format_version: int = FORMAT_VERSION

    def value(self, name: str, *subject: str) -> float | None:
        """Value of the score with this name and subject; None when it was not computed."""
        return next((s.value for s in self.scores if s.name == name and s.subject == subject), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "format_version": self.format_version,
            "name": self.name,
            "facts": dict(self.facts),
            "scores": [asdict(score) for score in self.scores],
            "findings": [asdict(finding) for finding in self.findings],
            "plots": dict(self.plots),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        check_version("report.json", data.get("format_version"), FORMAT_VERSION, "run evaluate again")
        return cls(
            name=data["name"],
            scores=tuple(Score(**{**score, "subject": tuple(score["subject"])}) for score in data["scores"]),
            findings=tuple(Finding(**finding) for finding in data["findings"]),
            plots=data["plots"],
            facts=data["facts"],
        )

    def _repr_html_(self) -> str:
        overall = [score for score in self.scores if score.level == "database"]
        scores = [(score.name.replace("_", " "), score.value, score.ceiling, score.definition) for score in overall]
        found = [(finding.severity, finding.place, finding.message, finding.remedy) for finding in self.findings[:10]]
        return html_table(self.name, ("score", "value", "real against real", "definition"), scores) + html_table(
            "findings", ("severity", "place", "finding", "remedy"), found
        )
