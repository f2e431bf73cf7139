"""Precision and recall of semantic types, their calibration, and what was taken for what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.semantics.labels import Label
from synthspark.artifacts.schema import PERSONAL_SEMANTICS

LEAST = 3  # columns of a class below which its share says nothing
BY_TYPE = frozenset({"date", "timestamp", "binary", "nested", "empty", "constant"})  # told from the type alone
CLASSES_ONLY = frozenset({"key", "flag", "thing"})  # labels that no prediction bears
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


@dataclass(frozen=True)
class Outcome:
    """One column: where it stands, its label, what was said of it and how surely."""

    place: str
    label: Label
    found: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.found in self.label.accepted


@dataclass(frozen=True)
class Scores:
    """Shares by class, and the means over classes."""

    recall: Mapping[str, tuple[int, int]]
    precision: Mapping[str, tuple[int, int]]
    personal_missed: Sequence[str]
    personal_false: Sequence[str]
    confusions: Mapping[tuple[str, str], int]
    calibration: Mapping[str, tuple[int, float, float]]  # columns, mean confidence, share right
    outcomes: Sequence[Outcome] = field(repr=False, default=())

    @property
    def macro_recall(self) -> float:
        return _mean(self.recall)

    @property
    def macro_precision(self) -> float:
        return _mean(self.precision)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean distance of confidence and share right, weighted by columns."""
        total = sum(n for n, _, _ in self.calibration.values())
        return sum(n * abs(mean - right) for n, mean, right in self.calibration.values()) / max(1, total)


def score(outcomes: Iterable[Outcome]) -> Scores:
    """Scores of some columns; those whose type or constant value says everything do not count."""
    counted = [outcome for outcome in outcomes if outcome.found not in BY_TYPE]
    hits, labels, said, held = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    bins: dict[str, list[Outcome]] = defaultdict(list)
    confusions = Counter[tuple[str, str]]()
    for outcome in counted:
        labels[outcome.label.name] += 1
        hits[outcome.label.name] += outcome.right
        said[outcome.found] += 1
        held[outcome.found] += outcome.right
        low = max(edge for edge in BINS if edge <= outcome.confidence)
        bins[f"{low:.2f}-"].append(outcome)
        if not outcome.right:
            confusions[outcome.label.name, outcome.found] += 1
    personal = [outcome for outcome in counted if outcome.label.accepted <= PERSONAL_SEMANTICS]
    others = [outcome for outcome in counted if not outcome.label.accepted & PERSONAL_SEMANTICS]
    return Scores(
        recall={name: (hits[name], labels[name]) for name in sorted(labels)},
        precision={name: (held[name], said[name]) for name in sorted(said)},
        personal_missed=[_line(outcome) for outcome in personal if outcome.found not in PERSONAL_SEMANTICS],
        personal_false=[_line(outcome) for outcome in others if outcome.found in PERSONAL_SEMANTICS],
        confusions=dict(confusions.most_common()),
        calibration={
            low: (
                len(held_in),
                sum(outcome.confidence for outcome in held_in) / len(held_in),
                sum(outcome.right for outcome in held_in) / len(held_in),
            )
            for low, held_in in sorted(bins.items())
        },
        outcomes=counted,
    )


def _line(outcome: Outcome) -> str:
    return f"{outcome.place}: {outcome.label.name} as {outcome.found}"


def _mean(shares: Mapping[str, tuple[int, int]]) -> float:
    told = [hit / n for hit, n in shares.values() if n >= LEAST]
    return sum(told) / len(told) if told else 0.0
