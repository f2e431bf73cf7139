"""Gates: scores that a run must reach, or it fails with the worst findings and what to do about each."""

from __future__ import annotations

from collections.abc import Mapping

from synthspark.artifacts.report import Report
from synthspark.errors import ConfigError, GateFailed

MOST_FINDINGS_SHOWN = 3
SHORT_NAMES = {"detection": "detection_auc"}  # what a gate may be called beside the score's own name


def check_gates(report: Report, gates: Mapping[str, float]) -> None:
    """GateFailed when a database-level score is worse than its gate.

    Raises
    ------
    ConfigError
        If a gate names no database-level score of the report.
    GateFailed
        With the failing scores and the worst findings, each with its remedy.
    """
    overall = {score.name: score for score in report.scores if score.level == "database"}
    overall |= {short: overall[name] for short, name in SHORT_NAMES.items() if name in overall}
    unknown = [name for name in gates if name not in overall]
    if unknown:
        raise ConfigError(
            f"evaluate.gates.{unknown[0]}: there is no such overall score; expected one of {', '.join(sorted(overall))}"
        )
    failed = []
    for name, gate in gates.items():
        score = overall[name]
        worse = score.value is None or (score.value < gate if score.best > score.worst else score.value > gate)
        if worse:
            shown = "no value" if score.value is None else f"{score.value:.3f}"
            failed.append(f"evaluate.gates.{name}: found {shown}, expected {gate:g} or better")
    if failed:
        worst = [f"  {f.place}: {f.message}; {f.remedy}" for f in report.findings[:MOST_FINDINGS_SHOWN]]
        raise GateFailed("\n".join([*failed, "worst findings:", *worst] if worst else failed))
