"""Prediction tasks: what is told from what, on which rows; and what the copy keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.evaluate.definitions import score
from synthspark.evaluate.privacy.attacks import dependence_on_others
from synthspark.evaluate.privacy.views import View
from synthspark.evaluate.sample import first_half
from synthspark.stats.predicting import FEWEST_ROWS, Examples, Skill, measure_skill

FloatArray = npt.NDArray[np.float64]

MOST_ROWS = 10_000  # to learn from
_FEATURES = 40
_FEATURES_SHOWN = 8
_LEARNABLE = 0.05  # skill of the real rows from which a task says something
_MOST_CLASSES = 20
_TRIVIAL = 0.98  # association with another column from which a target is only another writing of it


@dataclass(frozen=True)
class Task:
    """Rows to learn from, real and synthetic, and real rows to be tested on."""

    name: str
    target: str
    features: tuple[str, ...]
    categorical: npt.NDArray[np.bool_]
    classes: bool
    real: Examples
    synthetic: Examples
    test: Examples
    seen: bool = False  # the test rows are of people that the copy was made from
    declared: bool = False


def automatic_tasks(views: Sequence[View], maximum: int) -> Iterator[Task]:
    """Columns that others tell most of: one of each view in turn, whole people and joined rows first."""
    order = {"subject": 0, "joined": 1, "table": 2}
    joined = {view.table for view in views if view.kind == "joined"}
    useful = [view for view in views if view.kind != "table" or view.table not in joined]
    useful.sort(key=lambda view: (order[view.kind], -view.real.n_rows, view.table))
    targets = [(rank, view, place) for view in useful for rank, place in enumerate(_targets(view))]
    targets.sort(key=lambda entry: entry[0])
    for _, view, place in targets[:maximum]:
        yield _task(view, place)


def _targets(view: View) -> list[int]:
    strength = dependence_on_others(view)
    order = sorted(range(len(strength)), key=lambda place: (-round(strength[place], 4), place))
    return [place for place in order if 0.1 < strength[place] < _TRIVIAL and _can_be_target(view, place)][:2]


def _can_be_target(view: View, place: int) -> bool:
    domain = view.domains[place]
    return domain.kind == "number" or len(domain.categories) <= _MOST_CLASSES


def _task(view: View, place: int) -> Task:
    chosen = [other for other in range(len(view.names)) if other != place][:_FEATURES]

    def examples(matrix: FloatArray) -> Examples:
        return Examples(matrix[chosen][:, :MOST_ROWS].T, matrix[place][:MOST_ROWS])

    seen = view.holdout is None or view.holdout.n_rows < FEWEST_ROWS
    if seen or view.holdout is None:
        half = first_half(view.real.people)
        real, test = examples(view.real.matrix[:, half]), examples(view.real.matrix[:, ~half])
    else:
        real, test = examples(view.real.matrix), examples(view.holdout.matrix)
    kind = {"subject": "whole ", "joined": "joined ", "table": ""}[view.kind]
    return Task(
        f"{kind}{view.table}: {view.names[place]}",
        view.names[place],
        tuple(view.names[other] for other in chosen),
        view.categorical[chosen],
        view.domains[place].kind == "category",
        real,
        examples(view.synthetic.matrix),
        test,
        seen,
    )


def score_task(task: Task, seed: int) -> tuple[list[Score], dict[str, Any]]:
    """What is kept of the skill, and the importances of both sides for the report."""
    sides = [
        measure_skill(side, task.test, task.categorical, seed, classes=task.classes)
        for side in (task.real, task.synthetic)
    ]
    rows = {"rows_real": int(task.real.target.size), "rows_synthetic": int(task.synthetic.target.size)}
    real, synthetic = sides
    reason = next((side for side in sides if isinstance(side, str)), "")
    if not isinstance(real, Skill) or not isinstance(synthetic, Skill):
        return [score("utility_kept", "task", (task.name,), None, reason=reason, **rows)], {}
    breakdown = {"real": round(real.value, 4), "synthetic": round(synthetic.value, 4)}
    if real.value < _LEARNABLE:
        reason = f"real rows tell nothing of it either (skill {real.value:.2f})"
        return [score("utility_kept", "task", (task.name,), None, reason=reason, breakdown=breakdown, **rows)], {}
    kept = float(np.clip(synthetic.value / real.value, 0.0, 1.0))
    shown = np.argsort(-real.importances, kind="stable")[:_FEATURES_SHOWN]
    facts = {
        "name": task.name,
        "target": task.target,
        "kind": "classes" if task.classes else "number",
        "declared": task.declared,
        "seen": task.seen,
        "test_rows": int(task.test.known().target.size),
        **breakdown,
        "kept": round(kept, 4),
        "importances": [
            [
                task.features[place],
                round(float(real.importances[place]), 4),
                round(float(synthetic.importances[place]), 4),
            ]
            for place in shown
        ],
    }
    return [score("utility_kept", "task", (task.name,), kept, breakdown=breakdown, **rows)], facts
