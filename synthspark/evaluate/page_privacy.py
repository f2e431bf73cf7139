"""The report's answer to "is anybody given away?": the verdict, what it rests on, and every view that was attacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthspark.artifacts.report import Report, Score
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.privacy.verdict import TOO_MUCH, WORTH_A_LOOK
from synthspark.stats.intervals import PROOF

_CLASSES = {"pass": "good", "look": "fair", "unproven": "fair", "fail": "poor"}
_WORDS = {"pass": "No sign", "look": "Look closer", "unproven": "Not proven", "fail": "Given away"}
_KINDS = {"": "alone", "joined_": "with its parents", "subject_": "with all below"}
_MOST_NAMED = 5  # views that were not looked at; report.json names all
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
        f"{parts.text(found.get('sentence', ''))}{copies_of_people(report)}{real_values(report)}</p>"
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
    shown = [*left_out[:_MOST_NAMED], *([f"{len(left_out) - _MOST_NAMED:,} more"] if left_out[_MOST_NAMED:] else [])]
    more = f" Not looked at (evaluate.maximum_views): {', '.join(shown)}." if shown else ""
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
    said = (
        "Best: 0 for copies and risks, 0.5 for nearer and membership, 0.01 for told. ± is the standard error. Yellow "
        "and red is what chance does not explain. Exact copies are looked for among all rows, all else on samples."
    )
    return f'<h3>Every view that was attacked</h3><p class="soft">{said}</p>' + parts.table(heads, rows, numeric_from=2)


def _cell(score: Score | None) -> str:
    if score is None or score.value is None:
        return parts.value(score)
    error = "" if score.error is None else f" <small>±{score.error:.2f}</small>"
    return parts.value(score, _colour(score)) + error


def _colour(score: Score) -> str:
    """By what of a harm is proven; a number beyond its best by chance alone is no bad news."""
    proven = score.breakdown.get("lower_bound")
    if proven is None:
        towards_worst = (1.0 if score.worst > score.best else -1.0) * ((score.value or 0.0) - score.best)
        proven = (towards_worst - PROOF * (score.error or 0.0)) / abs(score.worst - score.best)
    least = 0.0 if score.name.endswith("copies") else WORTH_A_LOOK
    return "poor" if proven >= TOO_MUCH else "fair" if proven > least else "good"


def copies_of_people(report: Report) -> str:
    """How many whole people of the copy repeat a real one, where that was counted."""
    found = [score for score in report.scores if score.name == "subject_exact_copies" and score.value is not None]
    return "".join(f" {parts.text(_copied(score))}" for score in found)


def _copied(score: Score) -> str:
    n_people, n_found = score.rows_synthetic or 0, round(score.breakdown["found"])
    natural = round(score.breakdown["natural"] * n_people)
    repeat = f"of {n_people:,} people in the copy ({score.subject[0]})"
    if not n_found:
        return f"None {repeat} repeats a real one with all that belongs to it."
    known = f"{n_found:,} {repeat} repeat a real one with all that belongs to it"
    if score.breakdown["lower_bound"] > 0.0:
        return f"{known}, where chance explains {natural:,}."
    return f"{known}, which chance explains: {natural:,} are expected."


def real_values(report: Report) -> str:
    """How many real names, texts and keys that tell of somebody are in the copy, where that was looked for."""
    looked = [item for item in report.facts.get("privacy", {}).get("overlaps", ()) if item["expected_none"]]
    if not looked:
        return ""
    n_telling = sum(item["n_telling"] for item in looked)
    n_values = sum(item["n_synthetic"] for item in looked)
    return f" Of {n_values:,} names, addresses, texts and keys {_some(n_telling)} real."


def _some(number: int) -> str:
    return "none is" if not number else "1 is" if number == 1 else f"{number:,} are"


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
    said = (
        f"Values that fewer than {k} people of the source have, and how many of them the copy shows. A rare value that "
        "is public, such as a town, names nobody by itself; of any other column here, look at the values."
    )
    return f'<h3>Categories of fewer than {k} people</h3><p class="soft">{said}</p>' + parts.table(
        ("Column", "In the source", "In the copy"), rows
    )
