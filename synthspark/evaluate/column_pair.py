"""Scores of pairs of columns, inside a table or across a join; the most dependent real pairs first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.evaluate.chance import mean_chance, shrink
from synthspark.evaluate.definitions import error_of_mean, mean_of, score
from synthspark.evaluate.sample import FEWEST_ROWS_HALVED, Split
from synthspark.stats.dependence import (
    Cells,
    association,
    associations,
    contingency,
    correlation,
    correlation_error,
    correlation_similarity,
    cut_categories,
    cut_numbers,
    dependence_kept,
    fair_cells,
    quantile_edges,
)
from synthspark.stats.distances import counts_similarity, measure_counts
from synthspark.stats.frame import Domain, Frame

STRONG = 0.1  # corrected Cramér's V from which two real columns count as dependent: "small" by Cohen (1988)
_SCREEN_ROWS = 2_000  # rows looked at when choosing pairs
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Columns of both sides in one order, rows of the real side split for the ceiling."""

    real: Frame
    synthetic: Frame
    split: Split


@dataclass(frozen=True)
class PairScores:
    """Scores of the pairs, and what they come to."""

    scores: tuple[Score, ...]
    trend: Score
    kept: Score
    n_left_out: int


@dataclass(frozen=True)
class _Cut:
    """One column in cells: of both sides, halves and quarters; fine for the shares, coarse for the dependence."""

    fine: tuple[Cells, ...]
    coarse: tuple[Cells, ...]


def pairs_within(names: Sequence[str]) -> list[tuple[int, int]]:
    """Places of all pairs of columns of one table."""
    return list(itertools.combinations(range(len(names)), 2))


def score_pairs(
    columns: Columns,
    pairs: list[tuple[int, int]],
    subject: tuple[str, ...],
    maximum: int,
    summary: tuple[str, str, str],
) -> PairScores:
    """Similarity of at most `maximum` pairs, chosen by their real dependence.

    Parameters
    ----------
    columns : Columns
    pairs : list of (int, int)
        Places of the columns to pair.
    subject : tuple of str
        What the columns belong to; the names of a pair are appended to it.
    maximum : int
    summary : (str, str, str)
        Level of the summary, and the names of its two scores.
    """
    level, trend_name, kept_name = summary
    sizes = {"rows_real": columns.real.n_rows, "rows_synthetic": columns.synthetic.n_rows}
    if not pairs or not columns.real.n_rows or not columns.synthetic.n_rows:
        reason = "no rows" if pairs else "fewer than two columns can be compared"
        empty = [score(name, level, subject, None, reason=reason, **sizes) for name in (trend_name, kept_name)]
        return PairScores((), empty[0], empty[1], 0)
    cuts = _cut(columns)
    chosen = _choose(columns, pairs, maximum)
    scores = [_score_pair(columns, cuts, place, subject, level) for place in chosen]
    strong = [item for item in scores if item.breakdown.get("dependence", 0.0) >= STRONG]
    value = mean_of([item.value for item in scores])
    trend = score(
        trend_name,
        level,
        subject,
        value,
        ceiling=mean_of([item.ceiling for item in scores]),
        error=error_of_mean([item.error for item in scores]),
        reason="" if value is not None else "no pair has a value: columns are constant or empty",
        breakdown=mean_chance(scores),
        **sizes,
    )
    kept_value = mean_of([s.breakdown.get("kept") for s in strong])
    kept = score(
        kept_name,
        level,
        subject,
        kept_value,
        ceiling=mean_of([s.breakdown.get("kept_ceiling") for s in strong]),
        reason="" if kept_value is not None else "no strongly dependent pair in the real data",
        breakdown={"strong_pairs": float(len(strong)), "pairs": float(len(pairs)), "scored": float(len(chosen))},
        **sizes,
    )
    return PairScores(tuple(scores), trend, kept, len(pairs) - len(chosen))


def _cells(domain: Domain, values: FloatArray) -> Cells:
    if domain.kind == "number":
        return cut_numbers(values, quantile_edges(values))
    return cut_categories(values, len(domain.categories))


def _cut(columns: Columns) -> list[_Cut]:
    cuts = []
    fair = fair_cells(columns.real.n_rows // 2)
    for place, domain in enumerate(columns.real.domains):
        real, synthetic = columns.real.matrix[place], columns.synthetic.matrix[place]
        if domain.kind == "number":
            edges = quantile_edges(real)
            cells = cut_numbers(real, edges), cut_numbers(synthetic, edges)
        else:
            size = len(domain.categories)
            cells = cut_categories(real, size), cut_categories(synthetic, size)
        fine = (*cells, *(cells[0].take(rows) for rows in (*columns.split.halves, *columns.split.quarters)))
        cuts.append(_Cut(fine, tuple(one.coarse(fair) for one in fine[:4])))
    return cuts


def strengths(frame: Frame, pairs: list[tuple[int, int]]) -> FloatArray:
    """How dependent each pair of columns is, by the first rows; rows come in hash order, so these are a fair sample."""
    first_rows = frame.take(np.arange(frame.n_rows) < _SCREEN_ROWS)
    fair = fair_cells(first_rows.n_rows)
    found = associations(
        [_cells(*column).coarse(fair) for column in zip(frame.domains, first_rows.matrix, strict=True)]
    )
    return np.array([found[pair] for pair in pairs])


def _choose(columns: Columns, pairs: list[tuple[int, int]], maximum: int) -> list[tuple[int, int]]:
    if len(pairs) <= maximum:
        return pairs
    found = strengths(columns.real, pairs).tolist()
    order = sorted(range(len(pairs)), key=lambda place: (-round(found[place], 6), place))[:maximum]
    return [pairs[place] for place in sorted(order)]


def _score_pair(
    columns: Columns, cuts: list[_Cut], place: tuple[int, int], subject: tuple[str, ...], level: str
) -> Score:
    first, second = place
    a, b = cuts[first], cuts[second]
    domains, names = columns.real.domains, columns.real.names
    coarse = [contingency(x, y) for x, y in zip(a.coarse, b.coarse, strict=True)]
    # In few rows, any two columns look dependent.
    enough = columns.real.n_rows >= FEWEST_ROWS_HALVED
    breakdown = {"dependence": round(association(coarse[0]), 4) if enough else 0.0}
    for label, one, other in (("kept", coarse[0], coarse[1]), ("kept_ceiling", coarse[2], coarse[3])):
        kept = dependence_kept(one, other)
        if kept is not None:
            breakdown[label] = round(kept, 4)
    if domains[first].kind == domains[second].kind == "number":
        name, value, ceiling, error, reason = _by_correlation(columns, first, second, breakdown)
    else:
        name, reason = "contingency_similarity", ""
        fine = [contingency(x, y) for x, y in zip(a.fine, b.fine, strict=True)]
        found, ceiling = measure_counts(fine[0], fine[1]), counts_similarity(fine[2], fine[3])
        value, error = (found.value, found.error) if found else (None, None)
        breakdown |= shrink(ceiling, counts_similarity(fine[4], fine[5]))
    return score(
        name,
        "column_pair" if level == "table" else level,
        (*subject, names[first], names[second]),
        value,
        ceiling=ceiling,
        error=error,
        rows_real=columns.real.n_rows,
        rows_synthetic=columns.synthetic.n_rows,
        reason=reason,
        breakdown=breakdown,
    )


def _by_correlation(
    columns: Columns, first: int, second: int, breakdown: dict[str, float]
) -> tuple[str, float | None, float | None, float | None, str]:
    x, y = columns.real.matrix[first], columns.real.matrix[second]
    real = correlation(x, y)
    synthetic = correlation(columns.synthetic.matrix[first], columns.synthetic.matrix[second])
    halves = [correlation(x[rows], y[rows]) for rows in columns.split.halves]
    value = ceiling = error = None
    reason = "no correlation: a side is constant or has fewer than two complete rows"
    if real is not None and synthetic is not None:
        value, reason = correlation_similarity(real, synthetic), ""
        error = correlation_error((real, columns.real.n_rows), (synthetic, columns.synthetic.n_rows))
        breakdown |= {"real": round(real, 4), "synthetic": round(synthetic, 4)}
    if halves[0] is not None and halves[1] is not None:
        ceiling = correlation_similarity(halves[0], halves[1])
    return "correlation_similarity", value, ceiling, error, reason
