"""report.html: the whole report as one self-contained page that needs no network and no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from synthspark.artifacts.report import Report, Score
from synthspark.artifacts.schema import Schema
from synthspark.evaluate import page_parts as parts
from synthspark.evaluate.page_joins import joins_section, made_section
from synthspark.evaluate.page_overview import overview
from synthspark.evaluate.page_privacy import privacy_section
from synthspark.evaluate.page_sections import relationship_section, table_section
from synthspark.evaluate.page_utility import utility_section

_LEGEND = (
    '<p><span class="key"><i class="kr"></i>real</span><span class="key"><i class="ks"></i>synthetic</span>'
    "<small>Bins and bars of fewer than 5 real rows are merged or left out.</small></p>"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"  # the page loads nothing


@dataclass(frozen=True)
class Index:
    """The scores of a report by what they were measured on."""

    of_table: dict[str, list[Score]] = field(default_factory=dict)
    of_key: dict[str, list[Score]] = field(default_factory=dict)
    overall: list[Score] = field(default_factory=list)

    @classmethod
    def of(cls, report: Report, schema: Schema) -> Index:
        index, labels = cls(), {key.label for key in schema.foreign_keys}
        for score in report.scores:
            if score.level in ("database", "task", "query") or not score.subject:
                index.overall.append(score)
            elif score.subject[0] in labels and score.level in ("relationship", "joined", "history"):
                index.of_key.setdefault(score.subject[0], []).append(score)
            else:
                index.of_table.setdefault(score.subject[0], []).append(score)
        return index


def report_page(report: Report, schema: Schema) -> str:
    """The report as HTML: overview, findings, a section a table, a section a relationship."""
    index = Index.of(report, schema)
    tables = [name for name in schema.tables if name in index.of_table]
    keys = [key for key in schema.keys_in_force() if key.label in index.of_key]
    columns: Mapping[str, Any] = report.plots.get("columns", {})
    links: Mapping[str, Any] = report.plots.get("relationships", {})
    histories: Mapping[str, Any] = report.plots.get("histories", {})
    body = [
        overview(report, index.overall, index.of_table, [(key, index.of_key[key.label]) for key in keys], tables),
        privacy_section(report),
        utility_section(report),
        '<h2 id="tables">Tables</h2>' + _filter() + _LEGEND,
        *(
            table_section(place, schema.tables[name], index.of_table[name], columns.get(name, {}), report.facts)
            for place, name in enumerate(tables)
        ),
        '<h2 id="relationships">Relationships</h2>' + ("" if keys else "<p>No relationship is in force.</p>"),
        *(
            relationship_section(
                place,
                key,
                index.of_key[key.label],
                {**histories.get(key.label, {}), "children": links.get(key.label, {})},
            )
            for place, key in enumerate(keys)
        ),
        joins_section(report),
    ]
    return _document(report, schema, "\n".join(body))


def _filter() -> str:
    return (
        '<div class="filter" hidden><label for="search">Find a table, column or relationship</label>'
        '<input type="search" id="search"><button type="button" id="open">Open or close all</button>'
        '<span id="shown" class="soft" role="status"></span></div>'
    )


def _document(report: Report, schema: Schema, body: str) -> str:
    links = [
        ("overview", "Overview"),
        ("findings", "Findings"),
        ("privacy", "Privacy"),
        ("utility", "Utility"),
        ("replay", "Queries"),
        ("tables", "Tables"),
        ("relationships", "Relationships"),
        ("joins", "Joins"),
        ("made", "How it was made"),
    ]
    found = [(place, name) for place, name in links if f'id="{place}"' in body or place == "made"]
    return page_of(f"Evaluation of {report.name}", body, found, _footer(report, schema))


def page_of(title: str, body: str, links: Sequence[tuple[str, str]], footer: str = "") -> str:
    """A self-contained page with links to its parts."""
    files = resources.files("synthspark.evaluate")
    style = files.joinpath("page.css").read_text(encoding="utf-8")
    script = files.joinpath("page.js").read_text(encoding="utf-8")
    anchors = "".join(f'<a href="#{place}">{parts.text(name)}</a>' for place, name in links)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{parts.text(title)}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#{links[0][0]}">Skip to the content</a>
<header>
<h1>{parts.text(title)}</h1>
<nav aria-label="Parts of the report">{anchors}</nav>
</header>
<main>
{body}
</main>
{footer}
<script>
{script}</script>
</body>
</html>
"""


def _footer(report: Report, schema: Schema) -> str:
    facts = report.facts
    version = f"synthspark {facts['version']}, " if facts.get("version") else ""
    seed = f"seed {facts['seed']}, " if "seed" in facts else ""
    return (
        f'<footer id="made"><h2>How it was made</h2><p>{parts.text(version)}{parts.text(seed)}'
        f"scores on at most {facts.get('sample_rows', 0):,} rows a table, chosen by the hash of their keys so that "
        "children come with their parents; rows, missing values and exact copies counted on all rows. "
        f"Detection: boosted trees on at most {facts.get('detection_rows', 0):,} rows a side, "
        f"{facts.get('folds', 0)} folds, families together.</p>"
        "<p>Ceiling: the same score of one half of the real rows against the other. Halves are smaller than the "
        "samples, so a good copy can lie slightly above its ceiling. No ceiling is given below 50 rows.</p>"
        f"{made_section(report, schema)}</footer>"
    )
