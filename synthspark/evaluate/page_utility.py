"""Sections of the report on what can be learned from the copy, and on queries run on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthspark.artifacts.report import Report
from synthspark.evaluate import page_parts as parts


def utility_section(report: Report) -> str:
    """Tasks and queries; empty where there are none."""
    facts = report.facts.get("utility", {})
    return _tasks(report, facts.get("tasks", ())) + _queries(report, facts.get("queries", ()))


def _tasks(report: Report, tasks: Sequence[Mapping[str, Any]]) -> str:
    scores = {s.subject[0]: s for s in report.scores if s.name == "utility_kept"}
    if not scores:
        return ""
    known = {str(task["name"]): task for task in tasks}
    rows = []
    for name, found in scores.items():
        task = known.get(name)
        sides = [found.breakdown.get(side) for side in ("real", "synthetic")]
        told = (
            ""
            if task is None
            else _importances(task) + (" (tested on people the copy was made from)" if task["seen"] else "")
        )
        rows.append(
            (parts.text(name), parts.text(told or found.reason), *(parts.number(s) for s in sides), parts.value(found))
        )
    said = (
        "A model learned from synthetic rows and one learned from real rows are tested on the same real rows that "
        "neither has seen. Skill: 0 is chance, 1 knows all (2 AUC - 1 for classes, R² for numbers)."
    )
    heads = ("What is told", "Most telling (real, synthetic importance)", "Skill from real", "From synthetic", "Kept")
    return f'<h2 id="utility">Learning from the copy</h2><p class="soft">{said}</p>' + parts.table(
        heads, rows, numeric_from=2
    )


def _importances(task: Mapping[str, Any]) -> str:
    shown = [f"{name} ({real:.2f}, {synthetic:.2f})" for name, real, synthetic in task["importances"][:4]]
    return ", ".join(shown)


def _queries(report: Report, queries: Sequence[Mapping[str, Any]]) -> str:
    scores = {s.subject[0]: s for s in report.scores if s.name == "replay_similarity"}
    if not queries:
        return ""
    rows = [
        (
            parts.text(query["name"]),
            parts.text(_trouble(query)),
            f"{query['rows_real']:,}",
            f"{query['rows_synthetic']:,}",
            parts.value(scores.get(str(query["name"]))),
        )
        for query in queries
    ]
    said = "Each query run on both databases. 1: the same rows with the same numbers."
    heads = ("Query", "Trouble", "Rows, real", "Rows, synthetic", "Alike")
    return f'<h2 id="replay">Queries replayed</h2><p class="soft">{said}</p>' + parts.table(heads, rows, numeric_from=2)


def _trouble(query: Mapping[str, Any]) -> str:
    if query["error_real"]:
        return f"fails on the real data: {query['error_real']}"
    if query["error_synthetic"]:
        return f"fails on the copy alone: {query['error_synthetic']}"
    if query["rows_real"] and not query["rows_synthetic"]:
        return "empty on the copy alone"
    return ""
