"""Utility of a database: what is kept of every task, and how alike the answers of every query are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.schema import Schema
from synthspark.config import EvaluateSettings
from synthspark.evaluate.definitions import mean_of, score
from synthspark.evaluate.privacy.views import find_views
from synthspark.evaluate.remedies import ELSEWHERE, Making
from synthspark.evaluate.sample import TablePair
from synthspark.evaluate.utility.tasks import Task, automatic_tasks, score_task

_WORTH_A_LOOK, _TOO_LITTLE = 0.9, 0.6


@dataclass(frozen=True)
class Asked:
    """What was asked of both databases where they are: declared tasks (or why one cannot be), and compared queries."""

    tasks: tuple[Task | tuple[str, str], ...] = ()
    queries: tuple[tuple[Score, Mapping[str, Any]], ...] = ()


NOTHING_ASKED = Asked()


def score_utility(
    pairs: Mapping[str, TablePair],
    schema: Schema,
    subjects: Sequence[str],
    asked: Asked,
    settings: EvaluateSettings,
    seed: int,
    making: Making = ELSEWHERE,
) -> tuple[list[Score], list[Finding], dict[str, Any]]:
    """Scores of all tasks and queries and of the database, findings, and what the report shows."""
    tasks: list[Task | tuple[str, str]] = [*asked.tasks]
    if settings.automatic_tasks:
        tasks += automatic_tasks(list(find_views(schema, pairs, subjects)), settings.automatic_tasks)
    scores: list[Score] = []
    facts: list[dict[str, Any]] = []
    for task in tasks:
        if isinstance(task, tuple):
            scores.append(score("utility_kept", "task", (task[0],), None, reason=task[1]))
            continue
        found, fact = score_task(task, seed)
        scores += found
        facts += [fact] if fact else []
    queries = [found for found, _ in asked.queries]
    whole = [_overall("utility", scores, "no task could be learned"), _overall("replay", queries, "no query was run")]
    everything = [*whole, *scores, *queries]
    shown = {"tasks": facts, "queries": [dict(fact) for _, fact in asked.queries]}
    return everything, [*_findings(scores, making), *_findings(queries, making)], shown


def _overall(name: str, parts: Sequence[Score], reason: str) -> Score:
    value = mean_of([part.value for part in parts])
    known = float(sum(part.value is not None for part in parts))
    return score(name, "database", (), value, reason="" if known else reason, breakdown={"parts": known})


def _findings(scores: Sequence[Score], making: Making) -> list[Finding]:
    found = sorted((s for s in scores if s.value is not None and s.value < _WORTH_A_LOOK), key=lambda s: s.value or 0.0)
    return [Finding(_severity(item), item.subject[0], _said(item), _remedy(item, making)) for item in found[:10]]


def _severity(item: Score) -> str:
    return "error" if (item.value or 0.0) < _TOO_LITTLE else "warning"


def _said(item: Score) -> str:
    if item.breakdown.get("failed"):
        return "the query runs on the real data and fails on the copy"
    if item.name == "replay_similarity":
        return f"the answers of the query differ: {item.value:.2f} of 1 alike"
    sides = f"{item.breakdown['synthetic']:.2f} of {item.breakdown['real']:.2f}"
    return f"learned from the copy, only {item.value:.0%} of the skill is kept ({sides} on real rows)"


def _remedy(item: Score, making: Making) -> str:
    if item.name == "replay_similarity":
        return "look at the tables that the query joins: their relationships below say which dependence is lost"
    steps = ["look at the tables and joins that it learns from: their findings say which dependence is lost"]
    steps += [] if making.fit.relatives else ["set fit.relatives to true"]
    steps += ["try fit.engine: auto"] if making.fit.engine == "copula" else []
    return ", ".join(steps)
