"""What the evaluation of TPC-H costs at several scales, the driver apart from an executor of two cores.

    uv run --group benchmarks python -m benchmarks.evaluation.cost --scratch out/tpch [--scales 0.1,1,3]

The copy is a stand-in: every column of every table but the keys shuffled on its own. Prints one line a scale: rows a
side, seconds on the clock and CPU seconds of the whole process tree without the start of the session, and peaks of the
driver's memory, its Python included.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.discovery.cost import APART, cpu_seconds, make_tpch, measured

KEYS = {
    "region": ["r_regionkey"],
    "nation": ["n_nationkey"],
    "supplier": ["s_suppkey"],
    "customer": ["c_custkey"],
    "part": ["p_partkey"],
    "partsupp": ["ps_partkey", "ps_suppkey"],
    "orders": ["o_orderkey"],
    "lineitem": ["l_orderkey", "l_linenumber"],
}
REFERENCES = (
    ("nation", "n_regionkey", "region"),
    ("supplier", "s_nationkey", "nation"),
    ("customer", "c_nationkey", "nation"),
    ("partsupp", "ps_partkey", "part"),
    ("partsupp", "ps_suppkey", "supplier"),
    ("orders", "o_custkey", "customer"),
    ("lineitem", "l_orderkey", "orders"),
    ("lineitem", "l_partkey l_suppkey", "partsupp"),
)


def main() -> int:
    """Measure each scale in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--scales", default="0.1,1,3")
    parser.add_argument("--work", type=Path, help="one measurement alone, of this folder")
    arguments = parser.parse_args()
    if arguments.work:
        sys.stdout.write(json.dumps(evaluated(arguments.work)) + "\n")
        return 0
    for scale in map(float, arguments.scales.split(",")):
        real = make_tpch(arguments.scratch, scale, "parquet")
        shuffle(real, real.parent / f"{real.name}-shuffled")
        program = ["-m", "benchmarks.evaluation.cost", "--scratch", str(arguments.scratch), "--work", str(real)]
        sys.stdout.write(json.dumps({"scale": scale, **measured("evaluate", real, program)}) + "\n")
        sys.stdout.flush()
    return 0


def shuffle(real: Path, copy: Path) -> None:
    """The stand-in beside a database, unless it is there."""
    if copy.exists():
        return
    keys = {name for columns in KEYS.values() for name in columns}
    keys |= {name for _, columns, _ in REFERENCES for name in columns.split()}
    for file in sorted(real.rglob("*.parquet")):
        table = pq.read_table(file, partitioning=None)
        generator = np.random.default_rng(1)
        for place, name in enumerate(table.column_names):
            if name not in keys:
                values = table.column(place)
                values = values.cast(pa.string()) if pa.types.is_string_view(values.type) else values
                dealt = values.take(generator.permutation(table.num_rows))
                table = table.set_column(place, name, dealt)
        place = copy / file.relative_to(real)
        place.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, place)


def evaluated(real: Path) -> dict[str, Any]:
    """Seconds of `synthspark evaluate` on a database and its stand-in."""
    from synthspark.cli.on_spark import local_session
    from synthspark.config import parse_settings
    from synthspark.external import Folders, evaluate_folders
    from synthspark.progress import LoggedProgress

    schema = real.parent / "schema.yaml"
    stated = [
        {"child": child, "child_columns": columns.split(), "parent": parent, "parent_columns": KEYS[parent]}
        for child, columns, parent in REFERENCES
    ]
    tables = {name: {"primary_key": columns} for name, columns in KEYS.items()}
    schema.write_text(yaml.safe_dump({"tables": tables, "foreign_keys": stated}))
    spark = local_session("evaluation cost", settings=APART)
    settings = parse_settings("{source: {path: .}, output: {path: .}}", "evaluation cost", [])
    started, cpu = time.monotonic(), cpu_seconds()
    folders = Folders(str(real), f"{real}-shuffled", str(schema), output=f"{real}-evaluation")
    evaluate_folders(spark, folders, settings, LoggedProgress())
    rows = sum(pq.read_metadata(file).num_rows for file in real.rglob("*.parquet"))
    done = {"rows a side": rows, "wall s": time.monotonic() - started, "cpu s": cpu_seconds() - cpu}
    return {name: round(value) for name, value in done.items()} | {"cores": psutil.cpu_count()}


if __name__ == "__main__":
    sys.exit(main())
