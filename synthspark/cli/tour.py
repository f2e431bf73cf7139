"""`synthspark demo`: the whole road on a database that the package makes itself."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from rich.markup import escape

from synthspark.cli.main import flag_overrides, run_stage
from synthspark.config import Settings, parse_settings
from synthspark.demo import load_flights, simulate_insurance, write_database
from synthspark.demo.churn_task import CHURN_TASK

if TYPE_CHECKING:
    from synthspark.cli.terminal import Terminal

TOUR_FOLDER = "synthspark-demo"


def run_tour(arguments: argparse.Namespace, terminal: Terminal) -> None:
    """Make the demo database, mirror it, and say where to look and what was found."""
    started = time.monotonic()
    root = Path(arguments.output or TOUR_FOLDER)
    source = root / "source" / arguments.data
    _make_source(arguments, source, terminal)
    mirror = run_stage(arguments, _settings(arguments, source, root / arguments.data), terminal)
    schema = mirror.schema
    terminal.say(
        f"\n[bold]Done in {time.monotonic() - started:.0f} s.[/] {len(schema.tables)} tables and "
        f"{len(schema.foreign_keys)} relationships were found, approved, fitted and generated anew.\n"
        "Open the report in a browser; compare a table with its source; then try your own data:\n"
        "  [cyan]synthspark init FOLDER_OF_TABLES[/]"
    )


def _make_source(arguments: argparse.Namespace, source: Path, terminal: Terminal) -> None:
    if arguments.data == "flights":
        tables = load_flights()
        terminal.say("The flights that left New York in 2013, with airlines, airports, planes and weather.")
    else:
        tables = simulate_insurance(n_customers=arguments.customers)
        terminal.say(
            f"An insurer with {arguments.customers:,} customers, their policies, claims, payments and contacts."
        )
    source.mkdir(parents=True, exist_ok=True)
    write_database(tables, source)
    terminal.say(
        f"  {len(tables)} tables, {sum(table.num_rows for table in tables.values()):,} rows in {escape(str(source))}\n"
    )


def _settings(arguments: argparse.Namespace, source: Path, output: Path) -> Settings:
    wanted = {
        "name": arguments.data,
        "source": {"format": "parquet", "path": str(source)},
        "tracking": {"uri": f"sqlite:///{output.parent / 'mlflow.db'}", "experiment": "synthspark-demo"},
    }
    if arguments.data == "insurance":
        wanted["evaluate"] = {"tasks": [CHURN_TASK]}
    arguments.output = str(output)
    return parse_settings(yaml.safe_dump(wanted), "demo", flag_overrides(arguments))
