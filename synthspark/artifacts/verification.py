"""What the integrity gate found on the written data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.versions import check_version
from synthspark.errors import GateFailed

FORMAT_VERSION = 1
SHOWN = 10
"""Findings spelled out in the error of a failed gate; the rest is in the file."""

_SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Verification:
    """Scores of the family "integrity" and findings, worst first; any finding of severity "error" fails the gate."""

    scores: tuple[Score, ...]
    findings: tuple[Finding, ...] = ()
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        worst_first = sorted(self.findings, key=lambda finding: _SEVERITIES.index(finding.severity))
        object.__setattr__(self, "findings", tuple(worst_first))

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def passed(self) -> bool:
        return not self.errors

    def raise_if_failed(self) -> None:
        """GateFailed with the worst findings, unless the gate held."""
        if self.passed:
            return
        lines = [f"{finding.place}: {finding.message}; {finding.remedy}" for finding in self.errors[:SHOWN]]
        further = len(self.errors) - len(lines)
        if further:
            lines.append(f"and {further} more; verification.json lists them all")
        raise GateFailed("the synthetic data failed the integrity gate\n" + "\n".join(lines))

    def to_json(self) -> dict[str, Any]:
        return {
            "format_version": self.format_version,
            "passed": self.passed,
            "scores": [asdict(score) for score in self.scores],
            "findings": [asdict(finding) for finding in self.findings],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verification:
        check_version("verification.json", data.get("format_version"), FORMAT_VERSION, "run generate again")
        return cls(
            scores=tuple(Score(**{**score, "subject": tuple(score["subject"])}) for score in data["scores"]),
            findings=tuple(Finding(**finding) for finding in data["findings"]),
        )
