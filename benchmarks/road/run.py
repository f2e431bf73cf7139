"""Run the whole road on every database of a folder and print integrity, sizes, seconds and memory.

    uv run python benchmarks/road/run.py ../shared/data --out out/road [--only berka,sakila] [--truth]

Each database gets the config that `synthspark init` writes, unchanged, and `synthspark run --approve-all`. Keys and
references are then checked here, independently of the package, with pandas on the written files: those in the run's
own schema.yaml, and with --truth also the primary keys and references of the database's own schema.yaml.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.dataset as ds
import yaml

POLL_SECONDS = 0.5


def peak_memory_mib(process: subprocess.Popen[bytes]) -> float:
    """Wait for the process; peak of the summed resident memory of its whole tree."""
    peak = 0
    root = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            tree = [root, *root.children(recursive=True)]
            peak = max(peak, sum(member.memory_info().rss for member in tree if member.is_running()))
        except psutil.NoSuchProcess:
            pass
        time.sleep(POLL_SECONDS)
    return peak / 2**20


def read(folder: Path, table: str) -> pa.Table:
    file = folder / f"{table}.parquet"
    source = ds.dataset(file if file.is_file() else folder / table, format="parquet", exclude_invalid_files=True)
    return source.to_table()


def tuples(table: pa.Table, columns: list[str]) -> list[tuple[str, ...]]:
    """Rows of the key columns without a null, as texts."""
    texts = [table.column(name).cast(pa.string()).to_pylist() for name in columns]
    return [row for row in zip(*texts, strict=True) if None not in row]


def faults(tables: dict[str, pa.Table], schema: dict) -> tuple[int, int]:
    """Orphans and primary key violations (repeated or null) of a database against a schema."""
    orphans = violations = 0
    for name, table in schema["tables"].items():
        key = table.get("primary_key") or []
        if key and name in tables:
            found = tuples(tables[name], key)
            violations += tables[name].num_rows - len(set(found))
    for key in schema.get("foreign_keys") or []:
        if key["child"] in tables and key["parent"] in tables:
            there = set(tuples(tables[key["parent"]], key["parent_columns"]))
            orphans += sum(value not in there for value in tuples(tables[key["child"]], key["child_columns"]))
    return orphans, violations


def measure(source: Path, out: Path, *, truth: bool) -> dict[str, object]:
    """One row of the results."""
    command = [sys.executable, "-m", "synthspark.cli.main"]
    config, run = out / f"{source.name}.yaml", out / source.name
    tables_only = out / f"{source.name}-tables"
    tables_only.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*.parquet"):
        link = tables_only / file.name
        if not link.exists():
            link.symlink_to(file.resolve())
    init = [*command, "init", str(tables_only), "--config", str(config), "--output", str(run), "--force", "--quiet"]
    subprocess.run(init, check=True)
    log = (out / f"{source.name}.log").open("wb")
    started = time.monotonic()
    process = subprocess.Popen(
        [
            *command,
            "run",
            str(config),
            "--approve-all",
            "--verbose",
            "--set",
            f"tracking.uri=sqlite:///{out}/mlflow.db",
        ],
        stdout=log,
        stderr=log,
    )
    memory = peak_memory_mib(process)
    row: dict[str, object] = {
        "database": source.name,
        "exit": process.returncode,
        "seconds": round(time.monotonic() - started, 1),
        "peak MiB": round(memory),
    }
    if (run / "tables").exists() and (run / "schema.yaml").exists():
        row |= judge(source, run, truth=truth)
    return row


def judge(source: Path, run: Path, *, truth: bool) -> dict[str, object]:
    """Integrity and sizes of what was written."""
    schema = yaml.safe_load((run / "schema.yaml").read_text())
    made = {name: read(run / "tables", name) for name in schema["tables"] if (run / "tables" / name).exists()}
    real = {file.stem: ds.dataset(file).count_rows() for file in source.glob("*.parquet")}
    off = {name: abs(made[name].num_rows - real[name]) / max(real[name], 1) for name in made}
    worst = max(off, key=lambda name: off[name], default="")
    orphans, violations = faults(made, schema)
    row: dict[str, object] = {
        "tables": f"{len(made)}/{len(real)}",
        "orphans": orphans,
        "key faults": violations,
        "worst rows": f"{off.get(worst, 0):.1%} {worst}",
    }
    if truth and (source / "schema.yaml").exists():
        row["true orphans"], row["true key faults"] = faults(made, yaml.safe_load((source / "schema.yaml").read_text()))
    if (run / "report.json").exists():
        report = json.loads((run / "report.json").read_text())
        overall = {
            s["name"]: s["value"] for s in report["scores"] if s["level"] == "database" and s["value"] is not None
        }
        row |= {name: round(value, 3) for name, value in overall.items()}
    manifest = json.loads((run / "run.json").read_text())["units"]
    for stage in ("discover", "fit", "generate", "write", "verify", "evaluate"):
        row[f"s {stage}"] = round(sum(unit["seconds"] for unit in manifest.values() if unit["stage"] == stage), 1)
    return row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with one folder of Parquet tables for each database")
    parser.add_argument("--out", type=Path, default=Path("out/road"))
    parser.add_argument("--only", default="", help="names of databases, separated by commas")
    parser.add_argument("--truth", action="store_true", help="check against the databases' own schema.yaml too")
    arguments = parser.parse_args()
    wanted = [name for name in arguments.only.split(",") if name]
    sources = sorted(folder for folder in arguments.data.iterdir() if folder.is_dir())
    rows = []
    arguments.out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        if not wanted or source.name in wanted:
            rows.append(measure(source, arguments.out.resolve(), truth=arguments.truth))
            print(json.dumps(rows[-1]), flush=True)
    print(pd.DataFrame(rows).to_string(index=False))
    return 0 if all(row["exit"] == 0 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
