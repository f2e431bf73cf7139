"""`synthspark review`: what awaits a decision, and the decisions themselves."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from synthspark.artifacts import schema_file
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings
from synthspark.errors import ReviewPending
from synthspark.review.decide import decide

if TYPE_CHECKING:
    from synthspark.cli.terminal import Terminal


def run_review(arguments: argparse.Namespace, settings: Settings, terminal: Terminal) -> None:
    """Apply the decisions of the command line and show what is left; no Spark is needed.

    Raises
    ------
    ReviewPending
        While proposals still await a decision.
    """
    directory = RunDirectory(settings.output.path)
    schema = schema_file.read_schema(directory)
    decided = decide(schema, arguments.approve, arguments.reject)
    if arguments.approve_all:
        decided = decided.decided("approved")
    if decided != schema:
        schema_file.write_schema(directory, decided)
    show_schema(terminal, decided)
    pending = decided.pending()
    if pending:
        raise ReviewPending(
            f"{directory.uri(schema_file.FILE)}: {len(pending)} proposals await a decision; approve with "
            "--approve NAME or --approve-all, reject with --reject NAME, or edit the file"
        )
    terminal.say("[green]Everything is decided.[/] Next: synthspark fit, or synthspark run.")


def show_schema(terminal: Terminal, schema: Schema) -> None:
    """Tables with their keys, then relationships, the least sure first."""
    tables = Table("table", "rows", "primary key", "role", "sure", "status", title="tables", title_justify="left")
    for table in schema.tables.values():
        key = ", ".join(table.primary_key) or "none"
        rows = "" if table.rows is None else f"{table.rows:,}"
        sure = f"{table.confidence:.2f}"
        tables.add_row(escape(table.name), rows, escape(key), table.role, sure, _coloured(table.status))
    terminal.show(tables)
    keys = Table("foreign key", "sure", "status", "why", title="relationships", title_justify="left")
    for foreign_key in sorted(schema.foreign_keys, key=lambda key: key.confidence):
        sure = f"{foreign_key.confidence:.2f}"
        keys.add_row(escape(foreign_key.label), sure, _coloured(foreign_key.status), escape(foreign_key.why))
    if schema.foreign_keys:
        terminal.show(keys)


def _coloured(status: str) -> str:
    colour = {"proposed": "yellow", "approved": "green", "rejected": "red", "locked": "green"}[status]
    return f"[{colour}]{status}[/]"
