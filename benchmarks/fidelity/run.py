"""Train on one part of each database, generate, and score against both parts.

    python benchmarks/fidelity/run.py DATA --yardstick YARDSTICK --out out/fidelity [--only berka,sakila] [--keys found]

DATA holds a folder of parquet files a database, each with the true schema.yaml. YARDSTICK holds split.py and
evaluate.py, which run as programs of their own in the interpreter named by YARDSTICK_PYTHON, by default this one. The
models see the training part alone. Keys are the true ones, approved as a reviewer would; with ``--keys found``, those
that discovery proposes. All else is left at its default, but for what ``--set`` says. Results: OUT/NAME.json, and a
table on the screen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import SparkSession

from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.cli.on_spark import local_session
from synthspark.config import Settings, parse_settings
from synthspark.mirror import Mirror

SECTIONS = "validity,single,multi,sequence,detection,utility,privacy"
MEASURES = (
    ("orphans", "max"),
    ("pk_faults", "max"),
    ("out_of_domain", "max"),
    ("column_shapes", "mean"),
    ("pair_trends", "mean"),
    ("pair_kept", "mean"),
    ("c2st", "mean"),
    ("logistic_auc", "mean"),
    ("cardinality", "mean"),
    ("hop1", "mean"),
    ("hop1_kept", "mean"),
    ("hop2_kept", "mean"),
    ("cross_kept", "mean"),
    ("count_kept", "mean"),
    ("c2st_agg", "mean"),
    ("c2st_agg_worst", "max"),
    ("c2st_rich", "mean"),
    ("siblings", "mean"),
    ("time", "mean"),
    ("tasks_kept", "mean"),
    ("auto_kept", "mean"),
    ("dcr_share", "mean"),
    ("dcr_entity", "mean"),
    ("mia_auc", "mean"),
    ("mia_entity", "mean"),
    ("row_copies", "max"),
    ("entity_copies", "max"),
    ("text_copied", "max"),
)


def main() -> int:
    """Run and print one column a database, and the mean or worst of each measure."""
    parser = parser_of(__doc__ or "", "out/fidelity")
    parser.add_argument("--keys", choices=("true", "found"), default="true")
    arguments = parser.parse_args()
    found, names = databases(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    spark = local_session("fidelity benchmark")
    for name in names:
        result = measure(spark, name, arguments)
        (arguments.out / f"{name}.json").write_text(json.dumps(result, indent=1))
        sys.stdout.write(json.dumps({"database": name, **result["summary"]}) + "\n")
        sys.stdout.flush()
    sys.stdout.write(table(arguments.out, found))
    return 0


def parser_of(description: str, out: str) -> argparse.ArgumentParser:
    """What every fidelity benchmark can be asked for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(out))
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY.PATH=VALUE")
    parser.add_argument("--sections", default="", help="of the yardstick's evaluation, separated by commas")
    return parser


def databases(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Names of all databases, and of those that are asked for."""
    found = sorted(folder.parent.name for folder in arguments.data.glob("*/schema.yaml"))
    return found, arguments.only.split(",") if arguments.only else found


def measure(spark: SparkSession, name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Split, fit, generate and score one database."""
    parts = split(name, arguments)
    run = arguments.out.resolve() / "runs" / name
    shutil.rmtree(run, ignore_errors=True)
    mirror = Mirror(spark, settings_of(name, parts, run, arguments.overrides))
    seconds: dict[str, float] = {}
    timed(seconds, "discover", mirror.discover)
    if arguments.keys == "true":
        take_true_keys(mirror, parts)
    mirror.approve(everything=True)
    timed(seconds, "fit", mirror.fit)
    timed(seconds, "generate", mirror.generate)
    judged = [str(parts / "train"), str(run / "tables"), "--holdout", str(parts / "holdout")]
    result = judge(arguments.yardstick, judged, arguments.out.resolve() / f"{name}.scores.json", arguments.sections)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**result, "seconds": seconds, "driver_mib": round(peak)}


def split(name: str, arguments: argparse.Namespace) -> Path:
    """Folder of the parts of a database, train and holdout; made where it is not there."""
    parts: Path = arguments.out.resolve() / "parts" / name
    if not (parts / "holdout").exists():
        fault = program(arguments.yardstick / "split.py", str(arguments.data / name), str(parts))
        if fault:
            sys.exit(fault)
    return parts


def settings_of(name: str, parts: Path, run: Path, overrides: list[str]) -> Settings:
    """Defaults, but for the hold-out, which the benchmark has itself."""
    config = {"name": name, "source": {"path": str(parts / "train")}, "output": {"path": str(run)}, "tracking": None}
    return parse_settings(yaml.safe_dump({**config, "privacy": {"holdout": 0}}), name, overrides)


def take_true_keys(mirror: Mirror, parts: Path) -> None:
    """Give a run the true keys in place of those it found."""
    truth = yaml.safe_load((parts / "train" / "schema.yaml").read_text())
    mirror.write_schema(with_true_keys(mirror.schema, truth))


def judge(yardstick: Path, judged: list[str], scores: Path, sections: str) -> dict[str, Any]:
    """All scores; where the judge fails, those of the sections that it can work out, and a word on the others."""
    asked = sections or SECTIONS
    if not failure(yardstick, judged, scores, asked):
        return dict(json.loads(scores.read_text()))
    found: dict[str, Any] = {"summary": {}}
    for section in asked.split(","):
        fault = failure(yardstick, judged, scores, section)
        if fault:
            sys.stderr.write(f"{scores.name}, {section}: left out; {fault.splitlines()[-1]}\n")
            continue
        part = json.loads(scores.read_text())
        found = {**found, **part, "summary": {**found["summary"], **part["summary"]}}
    return found


def failure(yardstick: Path, judged: list[str], scores: Path, sections: str) -> str:
    """What the judge says where it fails; empty where the scores are written."""
    return program(yardstick / "evaluate.py", *judged, "--json", str(scores), "--quiet", "--sections", sections)


def with_true_keys(schema: Schema, truth: dict[str, Any]) -> Schema:
    """The proposal with the keys of the truth instead of its own, approved."""
    tables = {
        name: dataclasses.replace(
            table,
            primary_key=tuple(truth["tables"][name].get("primary_key") or ())
            if not truth["tables"][name].get("primary_key_violations")
            else (),
            alternate_keys=tuple(tuple(key) for key in truth["tables"][name].get("unique") or ()),
        )
        for name, table in schema.tables.items()
    }
    keys = tuple(
        ForeignKey(key["child"], tuple(key["child_columns"]), key["parent"], tuple(key["parent_columns"]))
        for key in truth["foreign_keys"] or ()
        if not key.get("undiscoverable")
    )
    approved = dataclasses.replace(schema, tables=tables, foreign_keys=keys, candidates=()).decided("approved")
    return without_torn_references(approved)


def without_torn_references(schema: Schema) -> Schema:
    """Tables proposed for copying whose parents are not copied are made anew, as the message at the gate asks."""
    while torn := {
        key.child
        for key in schema.keys_in_force()
        if schema.tables[key.child].role == "reference" != schema.tables[key.parent].role
    }:
        made = {name: dataclasses.replace(schema.tables[name], role="synthesize") for name in torn}
        schema = dataclasses.replace(schema, tables={**schema.tables, **made})
    return schema


def timed(seconds: dict[str, float], stage: str, work: Any) -> None:
    """Run one stage and note its seconds."""
    started = time.monotonic()
    work()
    seconds[stage] = round(time.monotonic() - started, 1)


def program(script: Path, *arguments: str) -> str:
    """Run one of the yardstick's programs; what it says where it fails, else empty."""
    python = os.environ.get("YARDSTICK_PYTHON", sys.executable)
    done = subprocess.run([python, str(script), *arguments], capture_output=True, text=True, check=False)
    return f"{script.name}: exit {done.returncode}\n{done.stderr[-2000:].strip()}" if done.returncode else ""


def table(out: Path, names: list[str]) -> str:
    """All results in the folder as Markdown: a row a measure, a column a database."""
    results = {
        name: json.loads((out / f"{name}.json").read_text()) for name in names if (out / f"{name}.json").exists()
    }
    lines = ["| measure | all | " + " | ".join(results) + " |", "|---" * (len(results) + 2) + "|"]
    for measure_name, how in MEASURES:
        values = {name: result["summary"].get(measure_name) for name, result in results.items()}
        known = [value for value in values.values() if value is not None]
        whole = f"{(max(known) if how == 'max' else sum(known) / len(known)):.3f}" if known else "-"
        cells = ["-" if value is None else f"{value:.3f}" for value in values.values()]
        lines.append(f"| {measure_name} ({how}) | {whole} | " + " | ".join(cells) + " |")
    for stage in ("fit", "generate"):
        cells = [f"{result['seconds'].get(stage, 0):.0f}" for result in results.values()]
        lines.append(f"| {stage}, s | | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
