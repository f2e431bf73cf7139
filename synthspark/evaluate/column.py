"""Scores of single columns: shape and share of missing values, with what the plots show."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import Table
from synthspark.evaluate.chance import shrink
from synthspark.evaluate.definitions import score
from synthspark.evaluate.sample import Split, TablePair
from synthspark.stats.distances import measure_categories, measure_numbers, share_similarity
from synthspark.stats.frame import Domain

FloatArray = npt.NDArray[np.float64]

FEWEST_ROWS_SHOWN = 5  # a bar or bin of fewer real rows is not drawn: nobody is shown
MOST_BARS = 12
N_PLOT_BINS = 24


def score_columns(table: Table, pair: TablePair, split: Split) -> tuple[list[Score], dict[str, Any]]:
    """Shape and null scores of every column of a table, and plots by column; `split` is that of the drawn rows."""
    scores: list[Score] = []
    plots: dict[str, Any] = {}
    for name in table.columns:
        scores += _null_score(pair, name)
        if name not in pair.features:
            if name in pair.problems:
                scores.append(_without_value(pair, name))
            continue
        place = pair.real.features.names.index(name)
        real = pair.real.features.matrix[place][pair.real.drawn]
        synthetic = pair.synthetic.features.column(name)[pair.synthetic.drawn]
        domain = pair.real.features.domains[place]
        scores.append(_shape_score((pair.table, name), domain, real, synthetic, split))
        drawing = draw_column(domain, real, synthetic)
        if drawing:
            plots[name] = drawing
    return scores, plots


def _null_score(pair: TablePair, name: str) -> list[Score]:
    real, synthetic = pair.real.null_fractions.get(name), pair.synthetic.null_fractions.get(name)
    if real is None or synthetic is None or not pair.real.n_rows or not pair.synthetic.n_rows:
        return []
    return [
        score(
            "null_similarity",
            "column",
            (pair.table, name),
            share_similarity(real, synthetic),
            rows_real=pair.real.n_rows,
            rows_synthetic=pair.synthetic.n_rows,
            breakdown={"real": real, "synthetic": synthetic},
        )
    ]


def _without_value(pair: TablePair, name: str) -> Score:
    domain = dict(zip(pair.real.features.names, pair.real.features.domains, strict=True)).get(name)
    kind = "tv_complement" if domain is not None and domain.kind == "category" else "ks_complement"
    return score(kind, "column", (pair.table, name), None, reason=pair.problems[name])


def _shape_score(
    subject: tuple[str, ...], domain: Domain, real: FloatArray, synthetic: FloatArray, split: Split
) -> Score:
    is_number = domain.kind == "number"
    name, measure = ("ks_complement", measure_numbers) if is_number else ("tv_complement", measure_categories)
    found = measure(real, synthetic)
    parts = [measure(real[one], real[other]) for one, other in (split.halves, split.quarters)]
    ceiling, quarter = (None if part is None else part.value for part in parts)
    reason = ""
    if found is None:
        reason = "no real value" if not np.isfinite(real).any() else "no synthetic value"
    return score(
        name,
        "column",
        subject,
        found.value if found else None,
        ceiling=ceiling,
        error=found.error if found else None,
        breakdown=shrink(ceiling, quarter),
        rows_real=int(np.isfinite(real).sum()),
        rows_synthetic=int(np.isfinite(synthetic).sum()),
        reason=reason,
    )


def draw_column(domain: Domain, real: FloatArray, synthetic: FloatArray) -> dict[str, Any]:
    """Aggregates for a plot: shares a bin or category; nothing that fewer than five real rows stand behind."""
    real, synthetic = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if real.size < FEWEST_ROWS_SHOWN:
        return {}
    if domain.kind == "category":
        return _draw_categories(domain, real, synthetic)
    values = np.unique(real)
    if values.size > MOST_BARS:
        return _draw_numbers(domain, real, synthetic)
    return _draw_few_numbers(domain, values, real, synthetic)


def _draw_few_numbers(domain: Domain, values: FloatArray, real: FloatArray, synthetic: FloatArray) -> dict[str, Any]:
    """A bar a value, in their order; the page writes the values out by their type."""
    names = Domain("category", domain.type, tuple(str(place) for place in range(values.size)))
    drawing = _draw_categories(names, _places(real, values), _places(synthetic, values))
    if drawing:
        order = sorted(range(len(drawing["labels"])), key=lambda place: int(drawing["labels"][place]))
        drawing |= {side: [drawing[side][place] for place in order] for side in ("real", "synthetic")}
        drawing["labels"] = [float(values[int(drawing["labels"][place])]) for place in order]
    return drawing


def _places(sample: FloatArray, values: FloatArray) -> FloatArray:
    place = np.minimum(np.searchsorted(values, sample), values.size - 1)
    return np.where(values[place] == sample, place, values.size).astype(np.float64)


def _draw_categories(domain: Domain, real: FloatArray, synthetic: FloatArray) -> dict[str, Any]:
    size = len(domain.categories) + 1
    counts_real = np.bincount(real.astype(np.int64), minlength=size)
    counts_synthetic = np.bincount(synthetic.astype(np.int64), minlength=size)
    order = np.argsort(-counts_real, kind="stable")
    shown = [int(code) for code in order if counts_real[code] >= FEWEST_ROWS_SHOWN and code < size - 1][:MOST_BARS]
    if not shown:
        return {}
    share_real, share_synthetic = counts_real / real.size, counts_synthetic / max(1, synthetic.size)
    return {
        "kind": "bars",
        "type": domain.type,
        "labels": [domain.categories[code] for code in shown],
        "real": _rounded(share_real[shown]),
        "synthetic": _rounded(share_synthetic[shown]),
        "other_real": round(max(0.0, 1.0 - float(share_real[shown].sum())), 4),
        "other_synthetic": round(max(0.0, 1.0 - float(share_synthetic[shown].sum())), 4) if synthetic.size else 0.0,
        "n_other": int((counts_real > 0).sum()) - len(shown),
    }


def _draw_numbers(domain: Domain, real: FloatArray, synthetic: FloatArray) -> dict[str, Any]:
    edges = plot_edges(real)
    if edges.size < 2:
        return {}
    is_moment = domain.type.startswith(("date", "timestamp"))
    return {
        "kind": "histogram",
        "type": domain.type,
        "edges": edges.tolist() if is_moment else _short(edges),
        "real": _rounded(_binned(real, edges) / real.size),
        "synthetic": _rounded(_binned(synthetic, edges) / max(1, synthetic.size)),
    }


def plot_edges(real: FloatArray) -> FloatArray:
    """Edges of bins of equal width between inner quantiles, bins of too few real rows merged with the next.

    The outermost bins take what lies beyond them, so no extreme is told.
    Empty when no two values can be told apart.
    """
    ordered = np.sort(real)
    inside = max(FEWEST_ROWS_SHOWN - 1, int(0.005 * real.size))
    if real.size <= 2 * inside:
        return np.empty(0)
    low, high = ordered[inside], ordered[-1 - inside]
    if low == high:
        return np.empty(0)
    edges = np.linspace(low, high, N_PLOT_BINS + 1)
    counts = _binned(real, edges)
    kept, held = [float(edges[0])], 0
    for count, edge in zip(counts.tolist(), edges[1:].tolist(), strict=True):
        held += count
        if edge <= kept[-1]:
            continue  # so little lies between that floating point cannot tell the edges apart
        if not held or held >= FEWEST_ROWS_SHOWN:
            kept.append(edge)
            held = 0
    kept[-1] = float(edges[-1])
    return np.array(kept)


def _short(edges: FloatArray) -> list[float]:
    """Edges with as many digits as tell them apart, and two more."""
    digits = 2 - int(np.floor(np.log10(np.diff(edges).min())))
    return [round(edge, digits) for edge in edges.tolist()]


def _binned(values: FloatArray, edges: FloatArray) -> npt.NDArray[np.int64]:
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)
    return np.bincount(place, minlength=edges.size - 1)


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(value), 4) for value in values]
