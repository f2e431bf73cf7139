"""Score discovery on databases with known keys.

    python benchmarks/discovery/run.py DATA --yardstick YARDSTICK [--variant rename] [--only berka,sakila] [--show]

DATA holds a folder of parquet files a database, each with the true schema.yaml; YARDSTICK holds discovery_score.py and
obfuscate.py, which run as programs of their own. The truth never reaches the program: the source lists parquet files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from figures import write_section
from in_memory import ArrowCounter, describe, read_tables
from pyspark.sql import SparkSession

from synthspark.artifacts.schema_file import write_schema
from synthspark.artifacts.store import RunDirectory
from synthspark.cli.on_spark import local_session
from synthspark.config import DiscoverSettings, SourceSettings
from synthspark.profile.on_spark import profile_database
from synthspark.progress import LoggedProgress
from synthspark.read.on_spark import open_database
from synthspark.relate.facts import gather_facts
from synthspark.relate.on_spark import columns_of, propose_schema
from synthspark.relate.search import build_schema, search

VARIANTS = ("plain", "rename", "rename-table", "dirty", "sample", "types", "blind")


def main() -> int:
    """Run and print one line a database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--variant", choices=VARIANTS, nargs="+", default=["plain"])
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--show", action="store_true", help="list what was missed and what was wrong")
    parser.add_argument("--driver-rows", type=int, default=DiscoverSettings().driver_rows)
    parser.add_argument("--in-memory", action="store_true", help="without Spark: the same search on Arrow tables")
    parser.add_argument("--write", action="store_true", help="put the table into docs/discovery.md")
    parser.add_argument("--keep", type=Path, help="keep the proposals in this folder")
    arguments = parser.parse_args()
    settings = DiscoverSettings(driver_rows=arguments.driver_rows)
    names = (
        arguments.only.split(",")
        if arguments.only
        else sorted(f.parent.name for f in arguments.data.glob("*/schema.yaml"))
    )
    spark = None if arguments.in_memory else local_session("discovery benchmark")
    everything = {}
    for variant in arguments.variant:
        results = []
        with tempfile.TemporaryDirectory() as scratch:
            for name in names:
                folder = variant_of(arguments.data / name, variant, arguments.yardstick, Path(scratch))
                out = (arguments.keep or Path(scratch)) / "proposals" / variant / name
                seconds = discover(spark, name, folder, out, settings)
                results.append(score(name, folder, out, arguments.yardstick) | {"seconds": seconds})
                tell(results[-1], show=arguments.show)
        tell_mean(variant, results)
        everything[variant] = results
    if arguments.write:
        write_section("whole", table(everything))
    return 0


def table(everything: dict[str, list[dict[str, Any]]]) -> str:
    """F1 of primary and foreign keys of every database and variant, in Markdown."""
    variants = list(everything)
    lines = ["| primary / foreign keys | " + " | ".join(variants) + " |", "|---|" + "---|" * len(variants)]
    for results in zip(*everything.values(), strict=True):
        cells = [f"{one['pk']['f1']:.2f} / {one['fk']['f1']:.2f}" for one in results]
        lines.append(f"| {results[0]['name']} | " + " | ".join(cells) + " |")

    def mean(results: list[dict[str, Any]], key: str) -> float:
        return sum(float(one[key]["f1"]) for one in results) / len(results)

    cells = [f"{mean(results, 'pk'):.3f} / {mean(results, 'fk'):.3f}" for results in everything.values()]
    lines.append("| mean | " + " | ".join(cells) + " |")
    recalls = [
        sum(float((one["fk"].get("candidates") or {}).get("recall_at_3") or 0.0) for one in results) / len(results)
        for results in everything.values()
    ]
    lines.append("| recall at 3 of what was not proposed first | " + " | ".join(f"{one:.3f}" for one in recalls) + " |")
    return "\n".join(lines)


def variant_of(folder: Path, variant: str, yardstick: Path, scratch: Path) -> Path:
    """The folder itself, or a harder copy of it."""
    if variant == "plain":
        return folder
    copy = scratch / "data" / variant / folder.name
    run_program(yardstick / "obfuscate.py", str(folder), str(copy), "--mode", variant)
    return copy


def discover(spark: SparkSession | None, name: str, folder: Path, out: Path, settings: DiscoverSettings) -> float:
    """Write the proposal for a database; the seconds it took."""
    started = time.monotonic()
    if spark is None:
        profile, sketches = describe(read_tables(folder))
        facts = gather_facts(profile, sketches)
        found = search(facts, ArrowCounter(folder), settings)
        schema = build_schema(name, facts, columns_of(profile), found, settings)
    else:
        frames = open_database(spark, SourceSettings(path=str(folder)))
        profile, sketches = profile_database(frames, settings, LoggedProgress())
        schema = propose_schema(name, frames, profile, sketches, settings)
    seconds = time.monotonic() - started
    (out / "schema.yaml").unlink(missing_ok=True)
    write_schema(RunDirectory(str(out)), schema)
    return seconds


def score(name: str, folder: Path, out: Path, yardstick: Path) -> dict[str, Any]:
    """What the yardstick says of a proposal."""
    result = out / "score.json"
    run_program(
        yardstick / "discovery_score.py", str(folder / "schema.yaml"), str(out / "schema.yaml"), "--json", str(result)
    )
    return {"name": name, **json.loads(result.read_text())}


def run_program(program: Path, *arguments: str) -> None:
    """Run one of the yardstick's programs in the interpreter named by YARDSTICK_PYTHON, by default this one."""
    python = os.environ.get("YARDSTICK_PYTHON", sys.executable)
    subprocess.run([python, str(program), *arguments], check=True, capture_output=True, text=True)


def tell(result: dict[str, Any], *, show: bool) -> None:
    """One line a database."""
    pk, fk = result["pk"], result["fk"]
    sys.stdout.write(
        f"{result['name']:20} PK {pk['f1']:.3f} ({pk['tp']}/{pk['true']})  FK {fk['f1']:.3f} (P {fk['precision']:.3f} "
        f"R {fk['recall']:.3f}, {fk['tp']}/{fk['true']})  lenient {fk['lenient']['f1']:.3f}  AP "
        f"{fk.get('average_precision')}  "
        f"{result['seconds']:.1f} s\n"
    )
    if show:
        sys.stdout.write(json.dumps(result["detail"], indent=1) + "\n")
    sys.stdout.flush()


def tell_mean(variant: str, results: list[dict[str, Any]]) -> None:
    """The mean over databases."""
    mean = {key: sum(result[key]["f1"] for result in results) / len(results) for key in ("pk", "fk")}
    seconds = sum(result["seconds"] for result in results)
    sys.stdout.write(f"mean of {variant}: PK {mean['pk']:.3f}  FK {mean['fk']:.3f}  {seconds:.0f} s\n\n")


if __name__ == "__main__":
    sys.exit(main())
