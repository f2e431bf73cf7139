"""`synthspark evaluate --real DIR --synthetic DIR` and `synthspark compare A B`: copies that are simply there."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from synthspark.artifacts.report import Report
from synthspark.cli.terminal import Terminal, show_report
from synthspark.config import load_settings, parse_settings
from synthspark.errors import ConfigError
from synthspark.evaluate.compare import compare_reports, comparison_page, overall

_MOST_CHANGES = 10
_PLAIN = "source: {path: .}\noutput: {path: evaluation}\n"


def judges_folders(arguments: argparse.Namespace) -> bool:
    """Whether folders are to be judged, not a run; ConfigError where the flags do not tell."""
    named = {flag: getattr(arguments, flag, None) for flag in ("real", "synthetic", "schema")}
    given = [flag for flag, value in named.items() if value]
    if not given:
        if arguments.config is None:
            raise ConfigError(
                "evaluate: neither a CONFIG nor folders; expected `synthspark evaluate CONFIG`, or "
                "`synthspark evaluate --real DIR --synthetic DIR --schema schema.yaml`"
            )
        return False
    missing = [f"--{flag}" for flag in named if flag not in given]
    if missing:
        raise ConfigError(f"evaluate: {', '.join(missing)} is missing; --real, --synthetic and --schema go together")
    return True


def judge_folders(arguments: argparse.Namespace, overrides: list[str], terminal: Terminal) -> None:
    """Evaluate a synthetic database that is there, and say where the report is."""
    settings = (
        load_settings(arguments.config, overrides)
        if arguments.config
        else parse_settings(_PLAIN, "evaluate", overrides)
    )
    with terminal.waiting("starting Spark"):
        from synthspark.cli.on_spark import local_session
        from synthspark.external import Folders, evaluate_folders

        spark = local_session("synthspark evaluate")
    output = arguments.output or "evaluation"
    folders = Folders(arguments.real, arguments.synthetic, arguments.schema, arguments.holdout or "", output)
    with terminal.progress:
        report = evaluate_folders(spark, folders, settings, terminal.progress)
    if not terminal.quiet:
        show_report(terminal, report)
        terminal.say(f"\n  report  [cyan]{escape(output)}/report.html[/]")


def compare_runs(arguments: argparse.Namespace, terminal: Terminal) -> None:
    """Show two reports side by side and write the page."""
    sides = [(path, _read_report(path)) for path in (arguments.first, arguments.second)]
    changes = compare_reports(sides[0][1], sides[1][1])
    table = Table("score", "A", "B", "gain", title=escape(f"A: {sides[0][0]}   B: {sides[1][0]}"), title_justify="left")
    largest = [change for change in changes if change.score.level != "database" and change.gain][:_MOST_CHANGES]
    for change in (*overall(changes), *largest):
        values = [None if side is None else side.value for side in (change.first, change.second)]
        name = " ".join((change.score.name.replace("_", " "), *change.score.subject))
        table.add_row(
            escape(name), *("–" if value is None else f"{value:.3f}" for value in values), f"{change.gain:+.3f}"
        )
    terminal.show(table)
    place = Path(arguments.output or "comparison.html")
    place.write_text(comparison_page(sides[0], sides[1]), encoding="utf-8")
    terminal.say(f"\n  comparison  [cyan]{escape(str(place))}[/]")


def _read_report(path: str) -> Report:
    place = Path(path)
    file = place / "report.json" if place.is_dir() else place
    try:
        return Report.from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as fault:
        raise ConfigError(
            f"compare {path}: {file} cannot be read ({type(fault).__name__}); expected the folder of an evaluated "
            "run, or its report.json"
        ) from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise ConfigError(
            f"compare {path}: {file} is no report of synthspark; run `synthspark evaluate` again"
        ) from fault
