"""`synthspark review`: what awaits a decision, and the decisions themselves."""

from __future__ import annotations

import argparse
import itertools
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from synthspark.artifacts import schema_file
from synthspark.artifacts.manifest import Manifest
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.cli.asking import ask
from synthspark.config import Settings
from synthspark.errors import ReviewPending
from synthspark.review.awaiting import Open, awaiting
from synthspark.review.decide import answer, apply_settings, approve_from, decide, without_rejected
from synthspark.review.page_facts import sure
from synthspark.review.page_questions import LETTERS
from synthspark.review.written import recorded_drift, write_review

if TYPE_CHECKING:
    from synthspark.cli.terminal import Terminal

MOST_SHOWN = 40
"""Open proposals that are listed; the others belong to tables with less doubt."""
LONGEST_NAME = 40  # letters: up to here names stand in one column


def run_review(arguments: argparse.Namespace, settings: Settings, terminal: Terminal) -> None:
    """Apply the decisions of the command line and show what is left; no Spark is needed.

    Raises
    ------
    ReviewPending
        While proposals still await a decision.
    """
    directory = RunDirectory(settings.output.path)
    drift = recorded_drift(Manifest(directory))
    schema = schema_file.read_schema(directory)
    decided = _decided(schema, arguments)
    if arguments.interactive:
        decided = ask(terminal, apply_settings(decided, settings.tables))
    if decided != schema:
        write_review(directory, decided, drift)
    now = without_rejected(apply_settings(decided, settings.tables))
    show_review(terminal, now, drift, arguments.config)
    pending = now.pending()
    if pending:
        raise ReviewPending(
            f"{directory.uri(schema_file.FILE)}: {len(pending)} proposals await a decision; decide with the commands "
            "above, in review.html, or in the file"
        )
    terminal.say("[green]Everything is decided.[/] Next: synthspark fit, or synthspark run.")


def _decided(schema: Schema, arguments: argparse.Namespace) -> Schema:
    schema = answer(schema, arguments.answer)
    schema = decide(schema, arguments.approve, arguments.reject)
    if arguments.approve_from is not None:
        schema = approve_from(schema, arguments.approve_from)
    return schema.decided("approved") if arguments.approve_all else schema


def show_review(terminal: Terminal, schema: Schema, drift: Sequence[str], config: str) -> None:
    """What changed, what is asked, and what is open, each with the command that decides it."""
    found = awaiting(schema)
    total = len(schema.tables) + len(schema.foreign_keys) + len(schema.rules)
    terminal.say(f"[bold]{escape(schema.name)}[/]: {total - len(found)} of {total} decided, {len(found)} open")
    out = [name for name, table in schema.tables.items() if table.left_out]
    if out:
        terminal.say(f"left out: {escape(', '.join(out))}")
    for line in drift:
        terminal.say(f"  [yellow]since the last discovery:[/] {escape(line)}")
    show_questions(terminal, schema)
    if found:
        show_open(terminal, schema, found[:MOST_SHOWN])
        show_commands(terminal, found, len(schema.open_questions()), config)


def show_questions(terminal: Terminal, schema: Schema) -> None:
    """Each open question with its readings, named as --answer takes them."""
    still_open = schema.open_questions()
    for number, question in enumerate(schema.questions, 1):
        if question not in still_open:
            continue
        terminal.say(f"\n[bold yellow]question {number}[/] {escape(question.text)}")
        for letter, reading in zip(LETTERS, question.readings, strict=False):
            terminal.say(f"  [bold]{number}{letter}[/] {sure(reading.confidence)} {escape(reading.text)}")
            terminal.indented(f"[dim]{escape('; '.join(reading.labels))}[/]", 10)


def show_open(terminal: Terminal, schema: Schema, found: Sequence[Open]) -> None:
    """A heading for each table, then each proposal with the name that decides it, the least sure first."""
    terminal.say("\n[bold]awaiting a decision, least sure first[/]")
    width = min(max(len(one.name) for one in found), LONGEST_NAME)
    for name, group in itertools.groupby(found, key=lambda one: one.table):
        rows = schema.tables[name].rows
        terminal.say(f"\n[bold]{escape(name)}[/]" + ("" if rows is None else f" [dim]{rows:,} rows[/]"))
        for one in group:
            terminal.say(f"  {_coloured(one)}  {escape(f'{one.name:<{width}}')}  {escape(one.proposal)}")
            terminal.indented(f"[dim]{escape(one.why)}[/]", 8)


def _coloured(one: Open) -> str:
    colour = "green" if one.confidence >= 0.9 else "yellow" if one.confidence >= 0.6 else "red"
    return f"[{colour}]{one.sure}[/]"


def show_commands(terminal: Terminal, found: Sequence[Open], questions: int, config: str) -> None:
    """The very command lines that decide what was listed."""
    if len(found) > MOST_SHOWN:
        terminal.say(f"and {len(found) - MOST_SHOWN} more, of tables with less doubt")
    least = shlex.quote(min(found, key=lambda one: one.confidence).name)
    linked = next((one.table for one in found if isinstance(one.item, ForeignKey)), None)
    ways = [
        ("--answer 1a", "choose a reading of a question") if questions else None,
        ("--approve-from 0.95", f"the {sum(one.confidence >= 0.95 for one in found)} that are sure"),
        (f"--approve {least}", "the least sure of all"),
        (f"--reject {least}", "a rejected table is left out of the copy"),
        (f"--approve {shlex.quote(linked + '.*')}", "all open foreign keys of a table") if linked else None,
        ("--interactive", "one after the other"),
    ]
    lines = [(f"synthspark review {shlex.quote(config)} {way[0]}", way[1]) for way in ways if way]
    terminal.say("\nTo decide:")
    width = max(len(line) for line, _ in lines)
    for line, meaning in lines:
        terminal.line(f"  {line:<{width}}  # {meaning}")
