"""A section of the report for each table and for each relationship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import ForeignKey, Table
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.definitions import gap_to_ceiling
from synthspark.evaluate.plots import draw

_PAIRS_SHOWN = 12
_PLOTS = {
    "children": "Children per parent",
    "gaps": "Days to the next child",
    "spans": "Days from the first child to the last",
}
_SHAPES = ("ks_complement", "tv_complement")
_PAIRS = ("correlation_similarity", "contingency_similarity")


def table_section(
    place: int, table: Table, scores: Sequence[Score], plots: Mapping[str, Any], facts: Mapping[str, Any]
) -> str:
    """Plots of every compared column, the scores of all columns, the worst pairs."""
    own = {score.name: score for score in scores if len(score.subject) == 1}
    shapes = {score.subject[1]: score for score in scores if score.name in _SHAPES}
    nulls = {score.subject[1]: score for score in scores if score.name == "null_similarity"}
    counts = facts.get("rows", {}).get(table.name, ())
    rows = f"{counts[0]:,} real, {counts[1]:,} synthetic rows" if len(counts) == 2 else ""
    head = _summary(
        table.name,
        [("shapes", own.get("column_shapes")), ("pairs", own.get("pair_trends")), ("AUC", own.get("detection_auc"))],
    )
    reasons = facts.get("columns_not_compared", {}).get(table.name, {})
    names = " ".join((table.name, *table.columns))
    return (
        f'<details class="part" id="t{place}" data-name="{parts.text(names)}">{head}<div class="inside">'
        f'<p class="soft">{rows}</p>{_score_list(scores)}{_plots(table, shapes, plots)}'
        f"{_columns(table, shapes, nulls, reasons)}{_pairs(scores, 'Pairs of columns, worst first')}</div></details>"
    )


def relationship_section(place: int, key: ForeignKey, scores: Sequence[Score], plot: Mapping[str, Any]) -> str:
    """Children per parent, the scores of the relationship, the worst pairs across the join."""
    own = {score.name: score for score in scores if len(score.subject) == 1}
    head = _summary(
        key.label,
        [
            ("children", own.get("cardinality_shape")),
            ("pairs", own.get("join_trends")),
            ("AUC", own.get("with_parent_auc")),
        ],
    )
    figures = "".join(_figure(plot.get(name, {}), caption, key.label) for name, caption in _PLOTS.items())
    figure = f'<div class="plots">{figures}</div>' if figures else ""
    moments = own["cardinality_shape"].breakdown if "cardinality_shape" in own else {}
    said = ""
    if "mean_real" in moments:
        said = (
            f'<p class="soft">Children per parent: {moments["mean_real"]:.2f} real, {moments["mean_synthetic"]:.2f} '
            f"synthetic on average; parents without children: {moments['childless_real']:.1%} real, "
            f"{moments['childless_synthetic']:.1%} synthetic.</p>"
        )
    return (
        f'<details class="part" id="r{place}" data-name="{parts.text(key.label)}">{head}<div class="inside">'
        f"{said}{figure}{_score_list(scores)}{_history(scores)}"
        f"{_pairs(scores, f'Columns of {key.child} with columns of {key.parent}, worst first')}</div></details>"
    )


def _figure(plot: Mapping[str, Any], caption: str, label: str) -> str:
    drawing = draw(plot, f"{caption}, {label}")
    return f"<figure><figcaption>{parts.text(caption)}</figcaption>{drawing}</figure>" if drawing else ""


def _history(scores: Sequence[Score]) -> str:
    """Every measure of the families, worst first."""
    found = [score for score in scores if score.level == "history" and len(score.subject) == 2]
    if not found:
        return ""
    found.sort(key=lambda score: (-(gap_to_ceiling(score) or 0.0), score.subject))
    rows = [
        (
            parts.text(score.subject[1]),
            f'<span title="{parts.text(score.definition)}">{parts.text(parts.label(score.name))}</span>',
            parts.value(score),
            parts.number(score.ceiling),
            parts.number(score.breakdown.get("real")),
            parts.number(score.breakdown.get("synthetic")),
        )
        for score in found
    ]
    heads = ("Column", "Measure", "Value", "Ceiling", "Real", "Synthetic")
    return "<h3>Histories under one parent, worst first</h3>" + parts.table(heads, rows, numeric_from=2)


def _summary(name: str, facts: Sequence[tuple[str, Score | None]]) -> str:
    shown = "".join(
        f'<span class="fact">{parts.text(label)} {parts.value(score)}</span>'
        for label, score in facts
        if score is not None
    )
    return f'<summary><span class="name">{parts.text(name)}</span>{shown}</summary>'


def _score_list(scores: Sequence[Score]) -> str:
    rows = [
        (
            f'<span title="{parts.text(score.definition)}">{parts.text(parts.label(score.name))}</span>',
            parts.value(score),
            parts.number(score.ceiling),
            parts.text(score.reason) or _sides(score),
        )
        for score in scores
        if len(score.subject) == 1
    ]
    return parts.table(("Score", "Value", "Ceiling", "Remark"), rows) if rows else ""


def _sides(score: Score) -> str:
    if "real" in score.breakdown and "synthetic" in score.breakdown:
        return f"{score.breakdown['real']:.1%} real, {score.breakdown['synthetic']:.1%} synthetic"
    if "strong_pairs" in score.breakdown:
        return f"{score.breakdown['strong_pairs']:.0f} dependent of {score.breakdown['pairs']:.0f} pairs"
    if score.error is not None:
        return f"± {score.error:.3f}"
    return ""


def _plots(table: Table, shapes: Mapping[str, Score], plots: Mapping[str, Any]) -> str:
    figures = []
    for name in table.columns:
        drawing = draw(plots[name], name) if name in plots else ""
        if drawing:
            caption = f'<span class="name">{parts.text(name)}</span><span>{parts.value(shapes.get(name))}</span>'
            figures.append(f"<figure><figcaption>{caption}</figcaption>{drawing}</figure>")
    return f'<h3>Columns</h3><div class="plots">{"".join(figures)}</div>' if figures else ""


def _columns(table: Table, shapes: Mapping[str, Score], nulls: Mapping[str, Score], reasons: Mapping[str, str]) -> str:
    rows = []
    for name, column in table.columns.items():
        missing = nulls.get(name)
        shares = "" if missing is None else f"{missing.breakdown['real']:.1%} / {missing.breakdown['synthetic']:.1%}"
        shape = shapes.get(name)
        rows.append(
            (
                parts.text(name),
                parts.text(f"{column.type}, {column.semantic}" if column.semantic != "unknown" else column.type),
                parts.text(reasons.get(name, "")),
                parts.value(shape),
                parts.number(shape.ceiling if shape else None),
                shares,
            )
        )
    heads = ("Column", "Type", "Why not compared", "Shape", "Ceiling", "Missing real / synthetic")
    return "<h3>All columns</h3>" + parts.table(heads, rows, numeric_from=3)


def _pairs(scores: Sequence[Score], title: str) -> str:
    pairs = [score for score in scores if score.name in _PAIRS and score.value is not None]
    if not pairs:
        return ""
    pairs.sort(key=lambda score: (-(gap_to_ceiling(score) or 0.0), score.subject))
    rows = [
        (
            parts.text(f"{score.subject[-2]} with {score.subject[-1]}"),
            parts.text(parts.label(score.name)),
            parts.value(score),
            parts.number(score.ceiling),
            parts.number(score.breakdown.get("dependence")),
            parts.number(score.breakdown.get("kept")),
        )
        for score in pairs[:_PAIRS_SHOWN]
    ]
    heads = ("Pair", "Measure", "Value", "Ceiling", "Real dependence", "Kept")
    more = f'<p class="soft">{len(pairs) - len(rows)} more in report.json.</p>' if len(pairs) > len(rows) else ""
    return f"<h3>{parts.text(title)}</h3>" + parts.table(heads, rows, numeric_from=2) + more
