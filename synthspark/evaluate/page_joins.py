"""Sections of the report on what meets over two joins, and on how the report was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthspark.artifacts.report import Report, Score
from synthspark.artifacts.schema import Schema
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.definitions import gap_to_ceiling

_PAIRS_SHOWN = 5


def joins_section(report: Report) -> str:
    """Every path over two joins that was scored, with its worst pairs; empty without any."""
    trends = [s for s in report.scores if s.name in ("hop2_trends", "cross_parent_trends") and len(s.subject) == 1]
    left_out = report.facts.get("joins_not_computed", ())
    if not trends and not left_out:
        return ""
    kept = {s.subject: s for s in report.scores if s.name in ("hop2_kept", "cross_parent_kept") and s.subject}
    pairs: dict[str, list[Score]] = {}
    for score in report.scores:
        if score.level == "joined" and len(score.subject) == 3:
            pairs.setdefault(score.subject[0], []).append(score)
    rows = [
        (
            parts.text(score.subject[0]),
            _worst(pairs.get(score.subject[0], [])),
            parts.beside(score),
            parts.beside(kept.get(score.subject)),
        )
        for score in sorted(trends, key=lambda score: -(gap_to_ceiling(score) or 0.0))
    ]
    more = (
        f"<details><summary>{len(left_out)} less dependent joins were not computed (evaluate.maximum_joins)</summary>"
        f"<p>{parts.text('; '.join(left_out))}</p></details>"
        if left_out
        else ""
    )
    said = "A child with its grandparent, and two parents of one child: what holds only when three tables are joined."
    heads = ("Path", "Worst pairs", "Pairs", "Dependence kept")
    table = parts.table(heads, rows, numeric_from=2) if rows else ""
    return f'<h2 id="joins">Joins of three tables</h2><p class="soft">{said}</p>{table}{more}'


def _worst(pairs: Sequence[Score]) -> str:
    ranked = sorted(pairs, key=lambda score: -(gap_to_ceiling(score) or 0.0))[:_PAIRS_SHOWN]
    shown = [
        f"{score.subject[1]} with {score.subject[2]} {score.value:.2f}" for score in ranked if score.value is not None
    ]
    return f'<span class="soft">{parts.text("; ".join(shown))}</span>'


def made_section(report: Report, schema: Schema) -> str:
    """Approvals, fallbacks and settings."""
    items = [table.status for table in schema.tables.values()]
    items += [key.status for key in schema.foreign_keys] + [rule.status for rule in schema.rules]
    counted = ", ".join(f"{items.count(status)} {status}" for status in dict.fromkeys(items))
    fallbacks = [f for f in report.findings if f.message.startswith("fallbacks")]
    said = f"Decisions in schema.yaml: {counted or 'none'}. Fallbacks while fitting: {len(fallbacks)}."
    settings = report.facts.get("settings")
    shown = f"<details><summary>Settings</summary>{_settings(settings)}</details>" if settings else ""
    return f"<p>{parts.text(said)}</p>{shown}"


def _settings(settings: Mapping[str, Any]) -> str:
    rows = [(parts.text(name), parts.text(value)) for name, value in _flat("", settings)]
    return parts.table(("Setting", "Value"), rows, numeric_from=2)


def _flat(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        return [entry for name, inner in value.items() for entry in _flat(f"{path}.{name}" if path else name, inner)]
    return [(path, "" if value is None else str(value))]
