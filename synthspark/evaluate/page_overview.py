"""The first screen of the report: overall scores, worst findings, tables and relationships at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthspark.artifacts.report import Report, Score
from synthspark.artifacts.schema import ForeignKey
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.page_privacy import copies_of_people, real_values, verdict, verdict_words

_FINDINGS_FIRST = 6  # shown at once; the others behind a click
ROWS_NEAR = 0.9  # share of the rows asked for, from which a table counts as full
_QUALITY_PARTS = (
    "column_shapes",
    "pair_trends",
    "cardinality",
    "join_trends",
    "pairs_kept",
    "joins_kept",
    "hop2_trends",
    "cross_parent_trends",
    "siblings",
    "time",
)
_CONTENT = {  # checks without which a pipeline runs all the same, and what it means that some fail
    "rows_as_scaled": "tables with another number of rows than was asked for",
    "rule_kept": "approved rules broken by some rows",
}
_DETECTION_PARTS = ("detection_auc", "with_parent_auc", "with_children_auc")


def overview(
    report: Report,
    overall: Sequence[Score],
    of_table: Mapping[str, Sequence[Score]],
    keys: Sequence[tuple[ForeignKey, Sequence[Score]]],
    tables: Sequence[str],
) -> str:
    """Cards, findings and the two lists that lead to the sections below."""
    by_name = {score.name: score for score in overall}
    rows = report.facts.get("rows", {})
    n_real, n_synthetic = (sum(int(counts[side]) for counts in rows.values()) for side in (0, 1))
    cards = [_quality(by_name), _detection(by_name), _integrity(report), _privacy(report), _utility(by_name)]
    return (
        f'<p class="soft">{len(tables)} tables, {len(keys)} relationships, {n_real:,} real and '
        f"{n_synthetic:,} synthetic rows.{_copied(report)}</p>"
        f'<section id="overview" aria-label="Overview">{_minute(report, by_name)}'
        f'<div class="cards">{"".join(cards)}</div>'
        "<p>Each number stands beside its ceiling (after the slash): what one half of the real data reaches against "
        "the other half. A copy at its ceiling is as close to the real data as real data are to themselves. Hover a "
        "number for its definition.</p></section>"
        f"{_findings(report)}{_tables(of_table, rows, tables)}{_relationships(keys)}"
    )


def _copied(report: Report) -> str:
    names = report.facts.get("reference_tables", ())
    listed = ", ".join(f"{parts.text(name)}" for name in names)
    return f" Copied as reference tables, by approval, and not scored: {listed}." if names else ""


def _card(title: str, main: str, explained: str, lines: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<li><span>{parts.text(name)}</span><b>{shown}</b></li>" for name, shown in lines)
    return (
        f'<div class="card"><h3>{parts.text(title)}</h3><div class="big">{main}</div>'
        f'<small>{parts.text(explained)}</small><ul class="parts">{items}</ul></div>'
    )


def _by_chance(quality: Score) -> str:
    """What 1 means, and how much of the difference is chance."""
    plain = quality.breakdown.get("uncorrected")
    without = "" if plain is None else f" (without regard to chance {plain:.2f})"
    return f", and 1 is as close as another real sample of this size would be{without}"


def _quality(by_name: Mapping[str, Score]) -> str:
    lines = [(parts.label(name), parts.beside(by_name.get(name))) for name in _QUALITY_PARTS if name in by_name]
    return _card("Quality", parts.value(by_name.get("quality")), "1 is best: as close as another real sample", lines)


def _detection(by_name: Mapping[str, Score]) -> str:
    lines = [(parts.label(name), parts.beside(by_name.get(name))) for name in _DETECTION_PARTS if name in by_name]
    explained = "AUC of a classifier: 0.5 cannot tell synthetic from real, 1 always can"
    return _card("Detection", parts.value(by_name.get("detection_auc")), explained, lines)


def _integrity(report: Report) -> str:
    checks = _checks(report)
    if not checks:
        return ""
    failed = [score for score in checks if not _holds(score)]
    vital = any(score.name not in _CONTENT for score in failed)
    colour = "poor" if vital else "fair" if failed else "good"
    main = f'<span class="{colour}">{len(checks) - len(failed)} of {len(checks)}</span>'
    kinds: dict[str, list[bool]] = {}
    for score in checks:
        kinds.setdefault(score.name, []).append(_holds(score))
    lines = [(parts.label(name), f"{sum(passed)} of {len(passed)}") for name, passed in kinds.items()]
    return _card("Integrity", main, "checks on the written data that hold on every row", lines)


def _checks(report: Report) -> list[Score]:
    """Every check on the written data; without the share of those that hold."""
    found = [score for score in report.scores if score.family == "integrity" and score.value is not None]
    return [score for score in found if score.level != "database"]


def _holds(score: Score) -> bool:
    """Whether a check passed; numbers of rows are drawn, so that they need not agree to the row."""
    return (score.goodness or 0.0) >= (ROWS_NEAR if score.name == "rows_as_scaled" else 1.0)


def _privacy(report: Report) -> str:
    scores = [score for score in report.scores if score.family == "privacy" and score.level == "database"]
    if not scores:
        return ""
    lines = [(parts.label(score.name), parts.beside(score)) for score in scores[1:]]
    word, colour = verdict_words(report)
    main = f'<span class="{colour}">{parts.text(word)}</span>' if word else parts.value(scores[0])
    shown = "–" if scores[0].value is None else f"{scores[0].value:.3f}"
    return _card("Privacy", main, f"score {shown}, the least of its parts; 1 is best", lines)


def _utility(by_name: Mapping[str, Score]) -> str:
    names = [name for name in ("utility", "replay") if name in by_name and by_name[name].value is not None]
    if not names:
        return ""
    lines = [(parts.label(name), parts.value(by_name[name])) for name in names]
    explained = "skill kept by models learned from the copy; 1 is best"
    return _card("Utility", parts.value(by_name.get("utility")), explained, lines)


def _minute(report: Report, by_name: Mapping[str, Score]) -> str:
    """What a data owner, an analyst and an engineer want to know first, a sentence each."""
    said = []
    found = verdict(report)
    if found:
        word, colour = verdict_words(report)
        sentence = parts.text(found.get("sentence", ""))
        if found.get("answer") == "unproven" and found.get("holdout", {}).get("reason"):
            sentence += f" Nobody was held out: {parts.text(found['holdout']['reason'])}."
        sentence += copies_of_people(report) + real_values(report) + ' <a href="#privacy">What was looked for</a>.'
        said.append(f'<li><b>People.</b> <span class="{colour}">{parts.text(word)}:</span> {sentence}</li>')
    quality = by_name.get("quality")
    if quality is not None and quality.value is not None:
        said.append(
            f"<li><b>Signal.</b> Quality is {parts.value(quality)} of 1{_by_chance(quality)}.{_told(by_name)}</li>"
        )
    checks = _checks(report)
    if checks:
        said.append(f"<li><b>Pipelines.</b> {_pipelines(checks)}</li>")
    return f'<ul class="minute">{"".join(said)}</ul>' if said else ""


def _pipelines(checks: Sequence[Score]) -> str:
    """Keys, references and types first, for with them everything runs; numbers of rows and rules are content."""
    failed = [score for score in checks if not _holds(score)]
    broken = [score for score in failed if score.name not in _CONTENT]
    said = ['<span class="good">Keys, references and types hold on every row</span>']
    if broken:
        kinds = ", ".join(dict.fromkeys(parts.label(score.name).lower() for score in broken))
        said = [f'<span class="poor">{_counted(len(broken), "check")} of the written data failed ({kinds})</span>']
    for name, what in _CONTENT.items():
        n_failed = sum(score.name == name for score in failed)
        n_checks = sum(score.name == name for score in checks)
        if n_failed:
            said.append(f'<span class="fair">{what}: {n_failed:,} of {n_checks:,}</span>')
    return f"{'; '.join(said)}."


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _told(by_name: Mapping[str, Score]) -> str:
    detection = by_name.get("detection_auc")
    if detection is None or detection.value is None:
        return ""
    said = f" A classifier tells synthetic rows from real ones with an AUC of {parts.value(detection)} (0.5 is chance)."
    utility = by_name.get("utility")
    if utility is not None and utility.value is not None:
        said += (
            f" Models learned from the copy keep {parts.value(utility)} of the skill of those learned from real rows."
        )
    return said


def _findings(report: Report) -> str:
    found = report.findings
    head = '<h2 id="findings">Findings, worst first</h2>'
    if not found:
        return head + "<p>Nothing stands out: every score is near its ceiling.</p>"
    more = found[_FINDINGS_FIRST:]
    rest = (
        f"<details><summary>{_counted(len(more), 'more finding')}</summary>{parts.findings(more)}</details>"
        if more
        else ""
    )
    return head + parts.findings(found[:_FINDINGS_FIRST]) + rest


def _tables(of_table: Mapping[str, Sequence[Score]], rows: Mapping[str, Sequence[int]], tables: Sequence[str]) -> str:
    heads = ("Table", "Real rows", "Synthetic", "Shapes", "Pairs", "Detection AUC", "With children")
    names = ("column_shapes", "pair_trends", "detection_auc", "with_children_auc")
    body = []
    for place, table in enumerate(tables):
        found = {score.name: score for score in of_table[table] if len(score.subject) == 1}
        counts = [f"{int(count):,}" for count in rows.get(table, ())] or ["–", "–"]
        link = f'<a href="#t{place}">{parts.text(table)}</a>'
        body.append((link, *counts, *(parts.beside(found.get(name)) for name in names)))
    return "<h2>Tables at a glance</h2>" + parts.table(heads, body)


def _relationships(keys: Sequence[tuple[ForeignKey, Sequence[Score]]]) -> str:
    if not keys:
        return ""
    heads = ("Relationship", "Children per parent", "Pairs across", "Dependence kept", "Detection AUC")
    names = ("cardinality_shape", "join_trends", "joins_kept", "with_parent_auc")
    body = []
    for place, (key, scores) in enumerate(keys):
        found = {score.name: score for score in scores if len(score.subject) == 1}
        link = f'<a href="#r{place}">{parts.text(key.label)}</a>'
        body.append((link, *(parts.beside(found.get(name)) for name in names)))
    return "<h2>Relationships at a glance</h2>" + parts.table(heads, body)
