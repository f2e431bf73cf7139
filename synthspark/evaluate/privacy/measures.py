"""Everything that is measured on one view, as scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from synthspark.artifacts.report import Score
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.definitions import score
from synthspark.evaluate.privacy.attacks import Attack, attack
from synthspark.evaluate.privacy.closeness import (
    Closeness,
    count_close_people,
    count_near,
    measure_closeness,
    place,
)
from synthspark.evaluate.privacy.copies import Copies, count_exact
from synthspark.evaluate.privacy.membership import Membership, by_distance, by_model
from synthspark.evaluate.privacy.rare import RareValues, rare_combinations, rare_values
from synthspark.evaluate.privacy.views import View
from synthspark.stats.close_copies import CloseCopies

LEVEL_OF_KIND = {"table": "table", "joined": "joined", "subject": "subject"}


@dataclass(frozen=True)
class ViewResult:
    """Scores of one view, and what the verdict needs of it."""

    view: View
    scores: tuple[Score, ...]
    copies: dict[str, Copies] = field(default_factory=dict)  # exact_copies, near_copies, rare_combinations
    closeness: Closeness | None = None
    membership: dict[str, Membership] = field(default_factory=dict)  # by name of the score
    attacks: tuple[Attack, ...] = ()
    rare: tuple[RareValues, ...] = ()
    close: CloseCopies | None = None


def score_name(kind: str, name: str) -> str:
    """Name of a privacy score of a view of this kind: tables have the plain name."""
    return name if kind == "table" else f"{kind}_{name}"


def measure_view(
    view: View,
    settings: EvaluateSettings,
    privacy: PrivacySettings,
    seed: int,
    count_all: Callable[[View], Copies | None] = lambda _: None,
) -> ViewResult:
    """Copies, closeness, membership, attacks and rare values of one view.

    `count_all` counts exact copies among all rows, where the view has not all of them.
    """
    placed = place(view, settings.privacy_rows)
    label = f"{view.kind}:{view.table}"
    near = count_near(placed)
    copies = {"near_copies": near}
    if view.own_content:
        copies["exact_copies"] = count_all(view) or count_exact(view, privacy.k)
    # Rows of one person lie close together: the law of close copies is one of people.
    close = count_close_people(view, settings.privacy_rows) if view.kind == "subject" else ""
    combinations = rare_combinations(view, privacy.k)
    closeness = measure_closeness(placed, seed, label)
    memberships = {
        "membership_auc": by_distance(placed),
        "model_membership_auc": by_model(placed, view.categorical, seed, label),
    }
    attacks = attack(view, placed, seed)
    scores = [_of_copies(view, name, found) for name, found in copies.items()]
    scores += [_of_close_copies(view, close)] if close else []
    if not isinstance(combinations, str):
        copies["rare_combinations"] = combinations
    scores += [_of_copies(view, "rare_combinations", combinations), *_of_closeness(view, closeness)]
    for name, found in memberships.items():
        scores += _of_membership(view, name, found)
    scores += _of_attacks(view, attacks)
    return ViewResult(
        view,
        tuple(scores),
        copies,
        closeness if isinstance(closeness, Closeness) else None,
        {name: found for name, found in memberships.items() if isinstance(found, Membership)},
        () if isinstance(attacks, str) else tuple(attacks),
        tuple(rare_values(view, privacy.k)) if view.kind == "table" else (),
        close if isinstance(close, CloseCopies) else None,
    )


def _score(view: View, name: str, value: float | None, **details: Any) -> Score:
    return score(
        score_name(view.kind, name),
        LEVEL_OF_KIND[view.kind],
        (view.table,),
        value,
        **{"rows_real": view.real.n_rows, "rows_synthetic": view.synthetic.n_rows, **details},
    )


def _of_copies(view: View, name: str, found: Copies | str) -> Score:
    if isinstance(found, str):
        return _score(view, name, None, reason=found)
    breakdown = {
        "found": float(found.found),
        "share": round(found.share, 5),
        "natural": round(found.natural_share, 5),
        "lower_bound": round(max(0.0, found.unexplained), 5),
    }
    if found.n_fitted is None:
        return _score(view, name, found.excess, breakdown=breakdown)
    rows = {"rows_real": found.n_fitted, "rows_synthetic": found.n_synthetic}
    return _score(view, name, found.excess, breakdown=breakdown, **rows)


def _of_close_copies(view: View, found: CloseCopies | str) -> Score:
    if isinstance(found, str):
        return _score(view, "close_copies", None, reason=found)
    breakdown = {
        "found": float(found.found),
        "expected": round(found.expected, 4),
        "bar": found.bar,
        "lower_bound": round(found.proven / max(1, found.n_synthetic), 5),
    }
    return _score(view, "close_copies", found.excess, breakdown=breakdown)


def _of_closeness(view: View, found: Closeness | str) -> list[Score]:
    if isinstance(found, str):
        return [_score(view, name, None, reason=found) for name in ("dcr_share", "dcr_lost", "nndr")]
    return [
        _score(view, "dcr_share", found.share, error=found.error, breakdown={"held_out": float(found.n_rows)}),
        _score(view, "dcr_lost", min(1.0, max(0.0, found.lost)), error=found.lost_error),
        _score(view, "nndr", found.ratio, ceiling=found.ratio_holdout),
    ]


def _of_membership(view: View, name: str, found: Membership | str) -> list[Score]:
    caught = name.replace("_auc", "_tpr")
    if isinstance(found, str):
        return [_score(view, name, None, reason=found), _score(view, caught, None, reason=found)]
    people = {"members": float(found.n_members), "others": float(found.n_others)}
    proven = {**people, "lower_bound": round(max(0.0, found.caught_low), 5)}
    return [
        _score(view, name, found.area, error=found.error, breakdown=people),
        _score(view, caught, found.caught, breakdown=proven),
    ]


def _of_attacks(view: View, found: list[Attack] | str) -> list[Score]:
    if isinstance(found, str):
        names = ("singling_out_risk", "linkability_risk", "inference_risk")
        return [_score(view, name, None, reason=found) for name in names]
    return [
        _score(
            view,
            f"{item.kind}_risk",
            item.risk.value,
            error=(item.risk.high - item.risk.low) / 4.0,
            breakdown={
                "low": round(item.risk.low, 4),
                "high": round(item.risk.high, 4),
                "attacked": round(item.main_rate, 4),
                "control": round(item.control_rate, 4),
                "gain": round(item.gain, 4),
                "lower_bound": round(item.proven, 4),
                "guesses": float(item.n_guesses),
            },
        )
        for item in found
    ]
