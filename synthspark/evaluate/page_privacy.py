"""The report's answer to "is anybody given away?": the verdict, what it rests on, and every view that was attacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthspark.artifacts.report import Report, Score
from synthspark.evaluate import page_parts as parts

_CLASSES = {"pass": "good", "look": "fair", "unproven": "fair", "fail": "poor"}
_WORDS = {"pass": "No sign", "look": "Look closer", "unproven": "Not proven", "fail": "Given away"}
_KINDS = {"": "rows of the table", "joined_": "joined with its parents", "subject_": "with all that belongs to it"}
_COLUMNS = (
    ("exact_copies", "Exact copies"),
    ("near_copies", "Near copies"),
    ("close_copies", "Close copies"),
    ("dcr_share", "Nearer to fitted"),
    ("membership_auc", "Membership"),
    ("membership_tpr", "Told at 1 %"),
    ("singling_out_risk", "Singled out"),
    ("linkability_risk", "Linked"),
    ("inference_risk", "Inferred"),
)


def verdict(report: Report) -> Mapping[str, Any]:
    """The verdict of a report; empty where privacy was not judged."""
    found: Mapping[str, Any] = report.facts.get("privacy", {}).get("verdict", {})
    return found


def verdict_words(report: Report) -> tuple[str, str]:
    """The verdict in two words, and the CSS class of its colour."""
    answer = str(verdict(report).get("answer", ""))
    return _WORDS.get(answer, ""), _CLASSES.get(answer, "")


def privacy_section(report: Report) -> str:
    """Everything on privacy; empty where it was not judged."""
    facts = report.facts.get("privacy")
    if not facts:
        return ""
    scores = [score for score in report.scores if score.family == "privacy"]
    word, colour = verdict_words(report)
    found = verdict(report)
    reasons = "".join(f"<li>{parts.text(reason)}</li>" for reason in found.get("reasons", ()))
    return (
        f'<h2 id="privacy">Privacy</h2><p class="verdict"><b class="{colour}">{parts.text(word)}.</b> '
        f"{parts.text(found.get('sentence', ''))}</p>"
        + (f"<ul>{reasons}</ul>" if reasons else "")
        + _people(facts, found)
        + _parts(scores)
        + _views(scores)
        + _overlaps(facts.get("overlaps", ()))
        + _rare(facts.get("rare_values", ()), facts.get("k", 0))
    )


def _people(facts: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    subjects = ", ".join(facts.get("subjects", ())) or "no table"
    held = found.get("holdout", {})
    if held.get("reason"):
        said = f"Nobody was held out: {held['reason']}."
    elif held.get("share"):
        said = f"{held['share']:.1%} of them, with all that belongs to them, were kept from the models to judge by."
    else:
        said = "People whom the models have not seen were given to judge by."
    left_out = facts.get("views_not_computed", ())
    more = f" Not looked at (evaluate.maximum_views): {', '.join(left_out)}." if left_out else ""
    others = "If others are to be protected, name their table in privacy.subjects. "
    return f'<p class="soft">People to protect: rows of {parts.text(subjects)}. {parts.text(others + said + more)}</p>'


def _parts(scores: Sequence[Score]) -> str:
    rows = [
        (
            f'{parts.text(parts.label(score.name))}<br><small class="soft">'
            f"{parts.text(score.reason or score.definition)}</small>",
            parts.value(score),
            _bounds(score),
        )
        for score in scores
        if score.level == "database"
    ]
    return parts.table(("Part", "Score", "Bounds"), rows)


def _bounds(score: Score) -> str:
    if "low" not in score.breakdown:
        return "–"
    return f"{score.breakdown['low']:.2f} to {score.breakdown['high']:.2f}"


def _views(scores: Sequence[Score]) -> str:
    found = {(score.name, score.subject[0]): score for score in scores if len(score.subject) == 1}
    tables = list(dict.fromkeys(score.subject[0] for score in scores if len(score.subject) == 1))
    rows = []
    for prefix in ("subject_", "joined_", ""):
        for table in tables:
            own = [found.get((prefix + name, table)) for name, _ in _COLUMNS]
            if any(score is not None for score in own):
                rows.append((parts.text(table), _KINDS[prefix], *(_cell(score) for score in own)))
    heads = ("Rows of", "Seen as", *(name for _, name in _COLUMNS))
    best = "Best: 0 for copies and risks, 0.5 for nearer and membership, 0.01 for told. ± is the standard error."
    return f'<h3>Every view that was attacked</h3><p class="soft">{best}</p>' + parts.table(heads, rows, numeric_from=2)


def _cell(score: Score | None) -> str:
    if score is None or score.value is None:
        return parts.value(score)
    error = "" if score.error is None else f" <small>± {score.error:.3f}</small>"
    return parts.value(score) + error


def _overlaps(overlaps: Sequence[Mapping[str, Any]]) -> str:
    if not overlaps:
        return ""
    rows = [
        (
            parts.text(f"{item['table']}.{item['column']}"),
            parts.text(", ".join(dict.fromkeys((item["kind"], item["semantic"].replace("_", " "))))),
            f"{item['n_synthetic']:,}",
            f"{item['n_real']:,}",
            f"{item['n_shared']:,}",
            _telling(item),
        )
        for item in sorted(overlaps, key=lambda item: (not item["expected_none"], -item["share"]))
    ]
    said = (
        "Distinct values, compared by their hashes. A first or last name that many people have, or that stands in a "
        "public list, names nobody by itself: whole names do, and names that are rare. Keys that are plain numbers are "
        "issued anew and repeat by nature."
    )
    heads = ("Column", "What it holds", "Synthetic", "Real", "In both", "Tell of somebody")
    return (
        f'<h3>Real names, texts and keys in the copy</h3><p class="soft">{said}</p>'
        f"{parts.table(heads, rows, numeric_from=2)}"
    )


def _telling(item: Mapping[str, Any]) -> str:
    if not item["expected_none"]:
        return '<span class="soft">–</span>'
    return f'<span class="{"poor" if item["n_telling"] else "good"}">{item["n_telling"]:,}</span>'


def _rare(values: Sequence[Mapping[str, Any]], k: int) -> str:
    shown = [item for item in values if item["shown"]]
    if not shown:
        return ""
    rows = [
        (parts.text(f"{item['table']}.{item['column']}"), f"{item['rare']:,}", f"{item['shown']:,}")
        for item in sorted(shown, key=lambda item: -item["shown"])
    ]
    return f"<h3>Categories of fewer than {k} people</h3>" + parts.table(
        ("Column", "In the source", "In the copy"), rows
    )
