"""report.html: placeholder replaced in the next commit."""

from __future__ import annotations

from synthspark.artifacts.report import Report
from synthspark.artifacts.schema import Schema


def report_page(report: Report, schema: Schema) -> str:
    """The report as one self-contained page."""
    import html

    rows = "".join(f"<tr><td>{html.escape(s.name)}<td>{s.value}" for s in report.scores if s.level == "database")
    return f"<!doctype html><meta charset=utf-8><title>{html.escape(report.name)}</title><table>{rows}</table>"
