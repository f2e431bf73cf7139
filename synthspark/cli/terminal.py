"""What a person at a terminal sees: progress bars, a closing summary, clear errors; plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from synthspark.progress import LoggedProgress

if TYPE_CHECKING:
    from synthspark.artifacts.report import Report
    from synthspark.mirror import Mirror

MOST_TABLES_SHOWN = 25
MOST_FINDINGS_SHOWN = 5
MOST_RUNNING_SHOWN = 3


class TerminalProgress:
    """One bar a stage: tables done, rows done, the tables at work, time left."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("[bold]{task.fields[stage]:<9}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rows]:>14}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[now]}"),
            console=console,
        )
        self._lock = threading.Lock()
        self._tasks: dict[str, TaskID] = {}
        self._rows: dict[str, int] = {}
        self._running: dict[str, list[str]] = {}

    def __enter__(self) -> None:
        self._bars.start()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, stage: str, tables: dict[str, int | None]) -> None:
        """Show a bar for the stage; a stage that is told twice keeps its first bar."""
        with self._lock:
            if stage in self._tasks and self._running.get(stage) is not None:
                self._bars.update(self._tasks[stage], total=len(tables), completed=0)
            else:
                self._tasks[stage] = self._bars.add_task("", total=len(tables), stage=stage, rows="", now="")
            self._rows[stage], self._running[stage] = 0, []

    def start(self, stage: str, table: str) -> None:
        """Name the table among those at work."""
        with self._lock:
            self._running.setdefault(stage, []).append(table)
            self._show_running(stage)

    def finish(self, stage: str, table: str, rows: int | None = None, *, resumed: bool = False) -> None:
        """Advance the bar by one table."""
        with self._lock:
            if stage not in self._tasks:
                return
            running = self._running.get(stage, [])
            if table in running:
                running.remove(table)
            self._rows[stage] = self._rows.get(stage, 0) + (rows or 0)
            told = f"{self._rows[stage]:,} rows" if self._rows[stage] else ("resumed" if resumed else "")
            self._bars.update(self._tasks[stage], advance=1, rows=told)
            self._show_running(stage)

    def end(self, stage: str) -> None:
        """Leave the bar standing, full."""
        with self._lock:
            if stage in self._tasks:
                self._bars.update(self._tasks[stage], now="")

    def _show_running(self, stage: str) -> None:
        running = [table for table in self._running.get(stage, []) if table]
        shown = ", ".join(running[:MOST_RUNNING_SHOWN]) + (" …" if len(running) > MOST_RUNNING_SHOWN else "")
        if stage in self._tasks:
            self._bars.update(self._tasks[stage], now=escape(shown))


class PlainProgress(LoggedProgress):
    """Log lines, for output that goes to a file or to a cluster's driver log."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to tidy."""


class Terminal:
    """Standard output for results, standard error for progress and errors."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self._out = Console(quiet=quiet, highlight=False)
        self._err = Console(stderr=True, highlight=False)
        interactive = self._err.is_terminal and not quiet and not verbose
        self.progress = TerminalProgress(self._err) if interactive else PlainProgress()

    @contextmanager
    def showing_logs(self) -> Iterator[None]:
        """Show what the stages log, for as long as a command runs; where bars are drawn they say it already."""
        package = logging.getLogger("synthspark")
        before = package.level
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
        package.addHandler(handler)
        package.setLevel(self._level())
        try:
            yield
        finally:
            package.removeHandler(handler)
            package.setLevel(before)

    def _level(self) -> int:
        if self.verbose:
            return logging.DEBUG
        told = self.quiet or isinstance(self.progress, TerminalProgress)
        return logging.ERROR if told else logging.INFO

    def say(self, message: str) -> None:
        """Show one line or paragraph; rich markup is understood."""
        self._out.print(message)

    def line(self, text: str) -> None:
        """Show a line as it is, never broken: a command to copy."""
        self._out.print(text, markup=False, soft_wrap=True)

    def indented(self, message: str, spaces: int) -> None:
        """Show a paragraph that stands to the right of what it explains."""
        self._out.print(Padding.indent(message, spaces))

    def ask(self, prompt: str, answers: Sequence[str]) -> str:
        """One of `answers`, asked until it is given; EOFError where nobody is there to answer."""
        while True:
            given = self._out.input(f"[dim]{escape(prompt)}[/] > ").strip()
            if given in answers:
                return given
            self.say(f"expected one of {escape(' '.join(answers))}")

    def show(self, table: Table) -> None:
        """Show a table."""
        self._out.print(table)

    def warning(self, message: str) -> None:
        """Show something that did not stop the run."""
        self._err.print(f"[yellow]warning:[/] {escape(message)}", soft_wrap=True)

    def error(self, message: str, *, waiting: bool = False) -> None:
        """Show why the command ends here."""
        head = "[yellow]waiting for a review:[/]" if waiting else "[bold red]error:[/]"
        self._err.print(f"{head} {escape(message)}", soft_wrap=True)

    def unexpected(self, fault: BaseException) -> None:
        """Show an error that nobody foresaw, in one paragraph."""
        text = str(fault).strip().split("\n", maxsplit=1)[0][:500]
        notes = " ".join(getattr(fault, "__notes__", []))
        self.error(f"{type(fault).__name__}: {text} {notes}\nRun again with --verbose for the whole trace.")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something takes a moment; on standard output, for Java's notices are caught on the other."""
        if self._out.is_terminal and not self.quiet:
            with self._out.status(what):
                yield
        else:
            yield

    def summary(self, mirror: Mirror, command: str) -> None:
        """Close with a table of what was done and where to look."""
        if self.quiet:
            return
        if command in ("discover", "review"):
            show_proposals(self, mirror)
        if mirror.has_report() and command in ("run", "evaluate", "demo"):
            show_report(self, mirror.report)
        self.say("")
        for label, path in mirror.outputs().items():
            self.say(f"  {label:<18} [cyan]{escape(path)}[/]")


def show_proposals(terminal: Terminal, mirror: Mirror) -> None:
    """What is asked, then the foreign keys as they stand, least sure first."""
    from synthspark.cli.reviewing import show_questions

    schema = mirror.schema
    show_questions(terminal, schema)
    table = Table("foreign key", "confidence", "status", "why", title="proposed relationships", title_justify="left")
    for key in sorted(schema.foreign_keys, key=lambda key: key.confidence)[:MOST_TABLES_SHOWN]:
        table.add_row(escape(key.label), f"{key.confidence:.2f}", key.status, escape(key.why))
    if schema.foreign_keys:
        terminal.show(table)
    waiting = len(schema.pending())
    terminal.say(
        f"{len(schema.tables)} tables, {len(schema.foreign_keys)} foreign keys, "
        + (f"[yellow]{waiting} proposals await a decision[/]" if waiting else "all decided")
    )
    if isinstance(terminal.progress, TerminalProgress):  # elsewhere the log has said it
        for line in mirror.drift:
            terminal.warning(line)


def show_report(terminal: Terminal, report: Report) -> None:
    """The scores of each table and of the database, then the worst findings."""
    overall = [score for score in report.scores if score.level == "database"]
    table = Table("score", "value", "real against real", title="the synthetic database", title_justify="left")
    for score in overall:
        table.add_row(escape(score.name.replace("_", " ")), _number(score.value), _number(score.ceiling))
    terminal.show(table)
    for finding in report.findings[:MOST_FINDINGS_SHOWN]:
        colour = {"error": "red", "warning": "yellow"}.get(finding.severity, "dim")
        place, text = escape(finding.place), escape(f"{finding.message}; {finding.remedy}")
        terminal.say(f"  [{colour}]{finding.severity}[/] {place}: {text}")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
