"""The privacy of a whole database: every view measured, one score, one verdict."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthspark.artifacts.entities import shown_name
from synthspark.artifacts.report import Finding, Score
from synthspark.artifacts.schema import Schema
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.definitions import score
from synthspark.evaluate.privacy.copies import Copies
from synthspark.evaluate.privacy.measures import ViewResult, measure_view
from synthspark.evaluate.privacy.overlap import Overlap
from synthspark.evaluate.privacy.verdict import judge
from synthspark.evaluate.privacy.views import View, find_views
from synthspark.evaluate.sample import TablePair

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrivacyContext:
    """What privacy is judged by, beside the tables."""

    settings: PrivacySettings
    subjects: tuple[str, ...]
    overlaps: tuple[Overlap, ...] = ()
    holdout: Mapping[str, Any] | None = None  # share of the subjects held out, or the reason why none are
    smooth: frozenset[str] = frozenset()  # tables made by an engine that learns no single row
    count_all: Callable[[View], Copies | None] = lambda _: None  # exact copies among all rows of a sampled view


def score_privacy(
    pairs: Mapping[str, TablePair],
    schema: Schema,
    context: PrivacyContext,
    settings: EvaluateSettings,
    seed: int,
) -> tuple[list[Score], list[Finding], dict[str, Any]]:
    """Scores of every view and of the database, findings, and the facts that the report's page on privacy shows."""
    views = list(find_views(schema, pairs, context.subjects))
    chosen = sorted(views, key=lambda view: _importance(view, schema, context.subjects))[: settings.maximum_views]
    results = [measure_view(view, settings, context.settings, seed, context.count_all) for view in chosen]
    unread = [name for name, table in schema.tables.items() if table.role == "synthesize" and name not in pairs]
    whole, findings, verdict = judge(results, context.overlaps, context.holdout or {}, unread, context.smooth)
    scores = [*whole, *(item for result in results for item in result.scores)]
    scores += [_overlap_score(overlap) for overlap in context.overlaps if overlap.expected_none]
    scores += _rare_scores(results)
    left_out = [f"{view.kind} {view.table}" for view in views if view not in chosen]
    facts = {
        "verdict": verdict,
        "subjects": [shown_name(schema, subject) for subject in context.subjects],
        "overlaps": [overlap.to_json() for overlap in context.overlaps],
        "rare_values": [
            {"table": result.view.table, "column": item.column, "rare": item.n_rare, "shown": item.n_shown}
            for result in results
            for item in result.rare
        ],
        "views_not_computed": left_out,
        "k": context.settings.k,
    }
    return scores, findings, facts


def _importance(view: View, schema: Schema, subjects: Sequence[str]) -> tuple[int, int, str]:
    """Subjects first, then what an attacker knows most of: joined rows, tables with personal columns, large ones."""
    rank = {"subject": 0, "joined": 2, "table": 3}[view.kind]
    if view.kind != "subject" and view.table in subjects:
        rank = 1
    known = schema.tables[view.table].rows if view.table in schema.tables else None
    return rank, -(known or view.real.n_rows), view.table


def _overlap_score(overlap: Overlap) -> Score:
    return score(
        "value_overlap",
        "column",
        (overlap.table, overlap.column),
        overlap.share if overlap.n_synthetic else None,
        reason="" if overlap.n_synthetic else "no synthetic value",
        breakdown={
            "shared": float(overlap.n_shared),
            "telling": float(overlap.telling),
            "distinct": float(overlap.n_synthetic),
        },
    )


def _rare_scores(results: Sequence[ViewResult]) -> list[Score]:
    return [
        score(
            "rare_values_shown",
            "column",
            (result.view.table, item.column),
            item.n_shown / item.n_rare,
            breakdown={"rare": float(item.n_rare), "shown": float(item.n_shown)},
        )
        for result in results
        for item in result.rare
    ]
