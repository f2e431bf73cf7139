"""Scores of what happens under one parent: gaps, spans, first events, steps, transitions, repetition, siblings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import ForeignKey
from synthspark.evaluate.column import draw_column
from synthspark.evaluate.definitions import error_of_mean, mean_of, score
from synthspark.evaluate.link import link
from synthspark.evaluate.sample import Sample, TablePair, first_half
from synthspark.stats.dependence import correlation_similarity
from synthspark.stats.distances import Measured, measure_counts, measure_numbers
from synthspark.stats.families import (
    FEWEST_PAIRS,
    Families,
    autocorrelation,
    likeness_of_categories,
    likeness_of_numbers,
    transition_counts,
)
from synthspark.stats.frame import Domain

FloatArray = npt.NDArray[np.float64]

FEWEST_FAMILIES = 20  # with two or more children, on the real side
_MOST_STATES = 20  # categories told apart in transitions: the most frequent ones
_MOST_COLUMNS = 40
_MOMENTS = ("date", "timestamp")
TIME_KINDS = ("gap", "span", "first_event", "step", "transition", "autocorrelation")
_DURATION = Domain("number", "double")
_UNITS = {"date": 1.0, "timestamp": 86_400e6}  # of a day, so that plots show days


@dataclass(frozen=True)
class _Side:
    """One side of a relationship: its families and what is known of their rows and parents."""

    families: Families
    child: Sample
    parent: Sample
    parents: npt.NDArray[np.int64]  # place of each family's parent, in the order of `Families.first`

    def values(self, name: str) -> FloatArray:
        return self.child.features.column(name)[self.families.rows]

    def half(self, *, first: bool) -> _Side:
        inside = first_half(self.parent.identity[self.families.family])
        chosen = self.families.take(inside if first else ~inside)
        return _Side(chosen, self.child, self.parent, chosen.family[chosen.first])


class _Found(NamedTuple):
    """A measure and its standard error (negative: not known), and what each side has where that says more."""

    value: float
    error: float = -1.0
    sides: Mapping[str, float] = MappingProxyType({})

    @classmethod
    def measured(cls, found: Measured | None) -> _Found | None:
        return None if found is None else cls(found.value, found.error)

    @classmethod
    def of(cls, likeness: float, real: float, synthetic: float) -> _Found:
        return cls(likeness, sides={"real": round(real, 4), "synthetic": round(synthetic, 4)})


def score_histories(key: ForeignKey, child: TablePair, parent: TablePair) -> tuple[list[Score], dict[str, Any]]:
    """Every measure of a relationship's families, their means `siblings` and `time`, and plots; nothing if too few."""
    time = time_column(child)
    sides = [_side(key, getattr(child, name), getattr(parent, name), time) for name in ("real", "synthetic")]
    real, synthetic = sides
    sizes = np.bincount(real.families.family) if real.families.rows.size else np.zeros(1)
    if (sizes > 1).sum() < FEWEST_FAMILIES:
        return [], {}
    if not _whole_families(key, child):
        reason = "families are sampled in part: raise evaluate.sample_rows above the rows of the table"
        return [score(name, "history", (key.label,), None, reason=reason) for name in ("siblings", "time")], {}
    found = dict(_measure(real, synthetic, child, parent, time))
    ceilings = dict(_measure(real.half(first=True), real.half(first=False), child, parent, time))
    rows = {"rows_real": int(real.families.rows.size), "rows_synthetic": int(synthetic.families.rows.size)}
    scores = [
        score(
            name,
            "history",
            (key.label, column),
            None if value is None else value.value,
            ceiling=_value(ceilings.get((name, column))),
            error=value.error if value is not None and value.error >= 0 else None,
            breakdown=dict(value.sides) if value is not None else {},
            reason="" if value is not None else "the synthetic families have too few siblings",
            **rows,
        )
        for (name, column), value in found.items()
    ]
    summaries = [_summary(kind, key, scores, rows) for kind in ("siblings", "time")]
    return [*summaries, *scores], _plots(real, synthetic, child, time)


def time_column(pair: TablePair) -> str:
    """The column that puts rows in order: the moment with the fewest missing values; empty without one."""
    names = [name for name in pair.features if _domain(pair, name).type.startswith(_MOMENTS)]
    values = {name: pair.real.features.column(name) for name in names}
    varying = [name for name, column in values.items() if np.unique(column[~np.isnan(column)]).size > 1]
    return min(varying, key=lambda name: float(np.isnan(values[name]).mean()), default="")


def _domain(pair: TablePair, name: str) -> Domain:
    return pair.real.features.domains[pair.real.features.names.index(name)]


def _whole_families(key: ForeignKey, child: TablePair) -> bool:
    """Whether all siblings of a sampled row are there: not where children were counted instead of collected."""
    return all(side.whole or side.child_key(key).counts is None for side in (child.real, child.synthetic))


def _side(key: ForeignKey, child: Sample, parent: Sample, time: str) -> _Side:
    rows, parents = link(key, child, parent).joined()
    families = Families.of(rows, parents, child.features.column(time)[rows] if time else None)
    return _Side(families, child, parent, families.family[families.first])


def _value(found: _Found | None) -> float | None:
    return None if found is None else found.value


def _measure(
    real: _Side, synthetic: _Side, child: TablePair, parent: TablePair, time: str
) -> Iterator[tuple[tuple[str, str], _Found | None]]:
    """Each measure by its name and column; None where the real side has it and the synthetic one has not."""
    for name in child.features[:_MOST_COLUMNS]:
        yield from _of_siblings(real, synthetic, name, _domain(child, name))
        if time and name != time:
            yield from _in_time(real, synthetic, name, _domain(child, name))
    if not time:
        return
    yield from _shape("gap_shape", time, *(side.families.steps(side.families.time) for side in (real, synthetic)))
    yield from _shape("span_shape", time, *(side.families.spans() for side in (real, synthetic)))
    for name in parent.features:
        if _domain(parent, name).type == _domain(child, time).type:
            yield from _shape("first_event_shape", name, *(_delays(side, name) for side in (real, synthetic)))


def _shape(
    name: str, column: str, real: FloatArray, synthetic: FloatArray
) -> Iterator[tuple[tuple[str, str], _Found | None]]:
    if not np.isnan(real).all():
        yield (name, column), _Found.measured(measure_numbers(real, synthetic))


def _delays(side: _Side, name: str) -> FloatArray:
    return side.families.time[side.families.first] - side.parent.features.column(name)[side.parents]


def _of_siblings(
    real: _Side, synthetic: _Side, name: str, domain: Domain
) -> Iterator[tuple[tuple[str, str], _Found | None]]:
    measure = likeness_of_numbers if domain.kind == "number" else likeness_of_categories
    found = [measure(side.values(name), side.families.family) for side in (real, synthetic)]
    if found[0] is not None and _varies(real.values(name)):
        alike = None if found[1] is None else _Found.of(max(0.0, 1.0 - abs(found[0] - found[1])), found[0], found[1])
        yield ("sibling_similarity", name), alike


def _varies(values: FloatArray) -> bool:
    """Whether enough rows differ from the commonest value: of a few that do, chance alone makes siblings."""
    counts = np.unique(values[~np.isnan(values)], return_counts=True)[1]
    return bool(counts.size) and int(counts.sum() - counts.max()) >= FEWEST_PAIRS


def _in_time(
    real: _Side, synthetic: _Side, name: str, domain: Domain
) -> Iterator[tuple[tuple[str, str], _Found | None]]:
    sides = (real, synthetic)
    if domain.kind == "number":
        yield from _shape("step_shape", name, *(side.families.steps(side.values(name)) for side in sides))
        found = [autocorrelation(side.values(name), side.families) for side in sides]
        if found[0] is not None and _varies(real.values(name)):
            alike = None
            if found[1] is not None:
                alike = _Found.of(correlation_similarity(found[0], found[1]), found[0], found[1])
            yield ("autocorrelation_similarity", name), alike
        return
    size = min(_MOST_STATES, len(domain.categories)) + 1
    counts = [transition_counts(_states(side.values(name), size), size, side.families) for side in sides]
    if counts[0].sum():
        yield ("transition_similarity", name), _Found.measured(measure_counts(counts[0], counts[1]))


def _states(codes: FloatArray, size: int) -> npt.NDArray[np.int64]:
    return np.where(np.isnan(codes), -1, np.minimum(np.nan_to_num(codes), size - 1)).astype(np.int64)


def _summary(kind: str, key: ForeignKey, scores: list[Score], rows: dict[str, int]) -> Score:
    parts = [item for item in scores if (item.name == "sibling_similarity") == (kind == "siblings")]
    present = [item for item in parts if item.value is not None]
    return score(
        kind,
        "history",
        (key.label,),
        # A measure that the synthetic side lacks altogether is as bad as can be.
        mean_of([item.value or 0.0 for item in parts]),
        ceiling=mean_of([item.ceiling for item in present]),
        error=error_of_mean([item.error for item in present]),
        reason="" if parts else "no column shows it" if kind == "siblings" else "the children have no moment",
        breakdown={"parts": float(len(parts))},
        **rows,
    )


def _plots(real: _Side, synthetic: _Side, child: TablePair, time: str) -> dict[str, Any]:
    if not time:
        return {}
    day = next(unit for kind, unit in _UNITS.items() if _domain(child, time).type.startswith(kind))
    gaps = [side.families.steps(side.families.time) / day for side in (real, synthetic)]
    spans = [side.families.spans() / day for side in (real, synthetic)]
    drawn = {"gaps": draw_column(_DURATION, *gaps), "spans": draw_column(_DURATION, *spans)}
    return {name: plot for name, plot in drawn.items() if plot}
