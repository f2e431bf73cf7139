"""review.html: every proposal with its evidence on one self-contained page that writes schema.yaml."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from synthspark.artifacts.comments import Comments
from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.schema import COMPARISONS, OTHER_SEMANTICS, PERSONAL_SEMANTICS, Schema
from synthspark.artifacts.schema_file import HEADER
from synthspark.artifacts.schema_form import schema_to_json
from synthspark.review.diagram import diagram_svg
from synthspark.review.page_entries import Sources, key_template, table_section
from synthspark.review.page_facts import embedded
from synthspark.review.page_markup import Markup, element, escaped
from synthspark.review.page_questions import drift_section, questions_section

SCRIPTS = (
    "page_model.js",
    "page_yaml.js",
    "page_diagram.js",
    "page_focus.js",
    "page_forms.js",
    "page_list.js",
    "page_deeds.js",
    "page.js",
)


def review_page(
    schema: Schema, profile: DatabaseProfile, *, drift: tuple[str, ...] = (), comments: Comments | None = None
) -> str:
    """The page as text: no server, no network; works from a local file.

    Parameters
    ----------
    drift
        What the last discovery found changed; shown at the top.
    comments
        Those of the schema.yaml that the page's own file takes the place of.
    """
    sources = Sources(schema, profile)
    sections = [table_section(i, table, sources) for i, table in enumerate(schema.tables.values())]
    script = "".join(_data_file(name) for name in SCRIPTS)
    parts = {
        "POLICY": _policy(script),
        "TITLE": escaped(f"Review of {schema.name or 'a database'}"),
        "SUMMARY": escaped(
            f"{len(schema.tables)} tables, {len(schema.foreign_keys)} foreign keys, {len(schema.rules)} rules; "
            f"{len(schema.pending())} await a decision."
        ),
        "STYLE": _data_file("page.css"),
        "DRIFT": drift_section(drift),
        "QUESTIONS": questions_section(schema),
        "DIAGRAM": diagram_svg(schema),
        "ENTRIES": Markup("\n".join(sections)),
        "TEMPLATE": key_template(),
        "SCHEMA": _data("schema", schema_to_json(schema)),
        "PAGE": _data("page", _page_data(schema, comments or Comments(header=tuple(HEADER.strip().split("\n"))))),
        "SCRIPT": script,
    }
    # One pass over the frame: what a part holds is never taken for a place to fill.
    pieces = _data_file("page.html").split("%%")
    return "".join(parts[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def _data_file(name: str) -> str:
    return files("synthspark.review").joinpath(name).read_text(encoding="utf-8")


def _data(name: str, content: Any) -> Markup:
    return element("script", {"type": "application/json", "id": name}, Markup(embedded(content)))


def _page_data(schema: Schema, comments: Comments) -> dict[str, Any]:
    """What the script needs beside the schema: JSON objects lose the order of keys like "1", and some numbers."""
    written = embedded(schema_to_json(schema))
    return {
        "name": schema.name,
        "version": hashlib.sha256(written.encode()).hexdigest()[:16],  # of the schema that a kept review belongs to
        "order": [[name, list(table.columns)] for name, table in schema.tables.items()],
        "personal": sorted(PERSONAL_SEMANTICS),
        "other": sorted(OTHER_SEMANTICS),
        "comparisons": list(COMPARISONS),
        "parameters": [embedded(rule.parameters) for rule in schema.rules],
        "header": list(comments.header),
        "footer": list(comments.footer),
        "before": [[list(place), list(lines)] for place, lines in comments.before.items()],
        "beside": [[list(place), line] for place, line in comments.beside.items()],
    }


def _policy(script: str) -> str:
    """Nothing is fetched, and no other script runs, whatever the names in the schema hold."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
