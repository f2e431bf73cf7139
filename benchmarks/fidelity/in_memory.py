"""The fidelity benchmark without Spark where Spark is not what is measured: quick enough to follow a change of a model.

    python benchmarks/fidelity/in_memory.py DATA --yardstick YARDSTICK --out out/quick [--only berka,sakila]

The first run splits the databases and proposes their schemas through Spark, into OUT/parts and OUT/schemas; later ones
take them from there. Models are those of the small-table path for every table, judged as in run.py: OUT/RUN/NAME.json.
``--set`` takes settings as the command line does. YARDSTICK_PYTHON is the judge's interpreter.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests/unit/generate"))

from conftest import fit_all, generate_all

from benchmarks.fidelity.run import databases, judge, parser_of, settings_of, split, table, take_true_keys
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.schema_file import parse_schema


def main() -> int:
    """Run and print one column a database, and the mean or worst of each measure."""
    parser = parser_of(__doc__ or "", "out/quick")
    parser.add_argument("--run", default="last", help="name of the folder of this run's results")
    parser.add_argument("--holdout-as-copy", action="store_true", help="judge the hold-out, a fresh sample")
    arguments = parser.parse_args()
    found, names = databases(arguments)
    prepare(arguments, names)
    results = arguments.out.resolve() / arguments.run
    results.mkdir(parents=True, exist_ok=True)
    for name in names:
        result = measure(name, arguments, results)
        (results / f"{name}.json").write_text(json.dumps(result, indent=1))
        sys.stdout.write(json.dumps({"database": name, **result["summary"], "seconds": result["seconds"]}) + "\n")
        sys.stdout.flush()
    sys.stdout.write(table(results, found))
    return 0


def prepare(arguments: argparse.Namespace, names: list[str]) -> None:
    """Split the databases and write their schemas, true keys approved, where that is not done yet."""
    schemas = arguments.out.resolve() / "schemas"
    missing = [name for name in names if not (schemas / f"{name}.yaml").exists()]
    if not missing:
        return
    from synthspark.cli.on_spark import local_session
    from synthspark.mirror import Mirror

    spark = local_session("fidelity, schemas")
    schemas.mkdir(parents=True, exist_ok=True)
    for name in missing:
        parts, run = split(name, arguments), arguments.out.resolve() / "discovered" / name
        mirror = Mirror(spark, settings_of(name, parts, run, []))
        mirror.discover()
        take_true_keys(mirror, parts)
        mirror.approve(everything=True)
        shutil.copy(run / "schema.yaml", schemas / f"{name}.yaml")
    spark.stop()


def measure(name: str, arguments: argparse.Namespace, results: Path) -> dict[str, Any]:
    """Fit, generate and score one database."""
    parts = split(name, arguments)
    holdout = ["--holdout", str(parts / "holdout")]
    scores = results / f"{name}.scores.json"
    if arguments.holdout_as_copy:
        judged = [str(parts / "train"), str(parts / "holdout"), *holdout]
        return {**judge(arguments.yardstick, judged, scores, arguments.sections), "seconds": {}}
    schema = parse_schema((arguments.out / "schemas" / f"{name}.yaml").read_text(encoding="utf-8"))
    tables = read_source(parts / "train", schema)
    run = results / "runs" / name
    settings = settings_of(name, parts, run, arguments.overrides)
    shutil.rmtree(run, ignore_errors=True)
    started = time.process_time()
    models = fit_all(tables, schema, settings)
    fitted = time.process_time()
    made, _ = generate_all(tables, schema, models, settings, run / "work")
    seconds = {"fit": round(fitted - started, 1), "generate": round(time.process_time() - fitted, 1)}
    (run / "tables").mkdir(parents=True)
    for table_name, rows in made.items():
        pq.write_table(rows, run / "tables" / f"{table_name}.parquet")
    judged = [str(parts / "train"), str(run / "tables"), *holdout]
    return {**judge(arguments.yardstick, judged, scores, arguments.sections), "seconds": seconds}


def read_source(folder: Path, schema: Schema) -> dict[str, pa.Table]:
    """Tables as Spark's reader gives them: times in microseconds without a zone."""
    found = {}
    for name in schema.tables:
        file = folder / f"{name}.parquet"
        if file.exists():
            found[name] = as_spark(pq.read_table(file))
    return found


def as_spark(rows: pa.Table) -> pa.Table:
    """The same rows with the types that Spark has."""
    for place, column in enumerate(rows.schema):
        kind = column.type
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("us")
        elif pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
            kind = pa.string()
        elif pa.types.is_unsigned_integer(kind):
            kind = pa.int64()
        rows = rows if kind == column.type else rows.set_column(place, column.name, rows.column(place).cast(kind))
    return rows


if __name__ == "__main__":
    sys.exit(main())
