"""Pieces of the report page: cells, scores with their ceiling, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from synthspark.artifacts.report import Finding, Score
from synthspark.evaluate.definitions import gap_to_ceiling

_FAIR, _POOR = 0.05, 0.15  # loss against the ceiling from which a number is marked

_VIEWS = {"joined_": ", joined with parents", "subject_": ", whole people"}
LABELS = {
    "quality": "Quality",
    "column_shapes": "Column shapes",
    "pair_trends": "Pairs of columns",
    "pairs_kept": "Dependence kept in tables",
    "cardinality": "Children per parent",
    "cardinality_shape": "Children per parent",
    "join_trends": "Pairs across joins",
    "joins_kept": "Dependence kept across joins",
    "hop2_trends": "Pairs across two joins",
    "hop2_kept": "Dependence kept across two joins",
    "cross_parent_trends": "Pairs of two parents",
    "cross_parent_kept": "Dependence kept between two parents",
    "sibling_similarity": "Likeness of siblings",
    "gap_shape": "Gaps in time",
    "span_shape": "Span in time",
    "first_event_shape": "Time to the first child",
    "step_shape": "Steps",
    "transition_similarity": "Transitions",
    "autocorrelation_similarity": "Autocorrelation",
    "siblings": "Likeness of siblings",
    "time": "Order in time",
    "utility": "Skill kept in learning",
    "utility_kept": "Skill kept",
    "replay": "Queries alike",
    "replay_similarity": "Answers alike",
    "privacy": "Privacy",
    "privacy_copies": "No copies",
    "privacy_closeness": "Not closer to the people fitted",
    "privacy_membership": "Who was in cannot be told",
    "privacy_attacks": "Attacks gain nothing",
    "privacy_rare": "No rare combinations",
    "privacy_values": "No real names, texts, keys",
    "dcr_share": "Nearer to fitted than to held-out rows",
    "dcr_lost": "Missing near held-out rows",
    "nndr": "Nearest over second nearest",
    "exact_copies": "Exact copies beyond nature",
    "near_copies": "Near copies beyond nature",
    "close_copies": "Close copies of people",
    "rare_combinations": "Rare combinations beyond nature",
    "membership_auc": "Membership by distance, AUC",
    "membership_tpr": "Membership by distance, told at 1 % false alarms",
    "model_membership_auc": "Membership by classifier, AUC",
    "model_membership_tpr": "Membership by classifier, told at 1 % false alarms",
    "singling_out_risk": "Risk of singling out",
    "linkability_risk": "Risk of linkage",
    "inference_risk": "Risk of inference",
    "orphan_similarity": "Orphans",
    "key_null_similarity": "Missing keys",
    "detection_auc": "AUC, tables alone",
    "detection_accuracy": "Accuracy, tables alone",
    "with_parent_auc": "AUC, joined with a parent",
    "with_parent_accuracy": "Accuracy, joined with a parent",
    "with_children_auc": "AUC, with aggregates of children",
    "with_children_accuracy": "Accuracy, with aggregates of children",
    "rule_kept": "Rules kept",
    "ks_complement": "Shape (KS)",
    "tv_complement": "Shape (TV)",
    "null_similarity": "Missing values",
    "correlation_similarity": "Correlation",
    "contingency_similarity": "Joint shares",
}


def label(name: str) -> str:
    """A score's name in words."""
    for prefix, place in _VIEWS.items():
        if name.startswith(prefix):
            return f"{label(name.removeprefix(prefix))}{place}"
    return LABELS.get(name, name.replace("_", " ").capitalize())


def text(value: object) -> str:
    """Anything as text that cannot act as markup, in attributes too; an arrow as one sign, which no line breaks."""
    return escape(str(value).replace(" -> ", " → "), quote=True)


def number(value: float | None) -> str:
    """A plain number, or a dash for none."""
    return "–" if value is None else f"{value:.3f}"


def grade(score: Score | None) -> str:
    """CSS class of a score: how far it stays below its ceiling."""
    gap = None if score is None else gap_to_ceiling(score)
    if gap is None:
        return ""
    return "poor" if gap >= _POOR else "fair" if gap >= _FAIR else "good"


def value(score: Score | None, colour: str | None = None) -> str:
    """A score's number, coloured, with its definition as a tooltip; its reason when it has none.

    The colour tells how far it stays below its ceiling, unless another one is given.
    """
    if score is None:
        return "–"
    if score.value is None:
        return f'<span class="soft" title="{text(score.reason)}">–</span>'
    shown = grade(score) if colour is None else colour
    return f'<span class="{shown}" title="{text(score.definition)}">{score.value:.3f}</span>'


def beside(score: Score | None) -> str:
    """A score's number with its ceiling."""
    if score is None or score.value is None or score.ceiling is None:
        return value(score)
    return f'{value(score)} <small title="the same score of real against real">/ {score.ceiling:.3f}</small>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numeric_from: int = 1) -> str:
    """An HTML table of ready cells; columns from `numeric_from` on are numbers."""
    kinds = ["name" if place < numeric_from else "number" for place in range(len(heads))]
    head = "".join(f'<th scope="col" class="{kind}">{text(name)}</th>' for name, kind in zip(heads, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def findings(found: Sequence[Finding]) -> str:
    """Findings as a list, each with its remedy."""
    items = "".join(
        f'<li class="{text(item.severity)}"><span class="tag">{text(item.severity)}</span>'
        f"<p><b>{text(item.place)}</b>: {text(item.message)}.</p>"
        f'<p class="soft">What to do: {text(item.remedy)}.</p></li>'
        for item in found
    )
    return f'<ul class="findings">{items}</ul>'
