"""From the rows that break an approved rule to a score and a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.rule import Rule
from synthspark.rules.counting import Count

NAMES_SHOWN = 8


def judge_rule(rule: Rule, counted: Count, *, free: str = "") -> tuple[Score, Finding | None]:
    """Rows that obey a rule; broken it fails the gate, unless it is `free`: why generation does not hold to it."""
    score = Score(
        "rule_kept",
        "table",
        (rule.label,),
        1.0 - min(counted.violations / max(counted.support, 1), 1.0),
        "integrity",
        rows_synthetic=counted.support,
        definition="share of the rows that an approved rule speaks of (groups, parents) which obey it",
        breakdown={"violations": float(counted.violations)},
    )
    if not counted.violations:
        return score, None
    message = f"{counted.violations:,} of {counted.support:,} rows break it; expected none"
    remedy = "generate the table again, or reject the rule in schema.yaml"
    if free:
        message, remedy = f"{message}, but {free}", "reject the rule in schema.yaml"
    return score, Finding("warning" if free else "error", f"rule {rule.label}", message, remedy)


def unmeasured(rules: Mapping[Rule, str]) -> Finding:
    """A note on rules whose columns were not written, or cannot be told apart."""
    return Finding(
        "note",
        "rules",
        f"{len(rules)} approved rules could not be verified: {_told(rules)}; expected all their columns, with names "
        "that differ by more than case",
        "reject them in schema.yaml, or let the columns be written",
    )


def _told(rules: Mapping[Rule, str]) -> str:
    parts: Sequence[str] = [f"{rule.label} ({why})" for rule, why in rules.items()]
    further = f"; and {len(parts) - NAMES_SHOWN} more" if len(parts) > NAMES_SHOWN else ""
    return "; ".join(parts[:NAMES_SHOWN]) + further
