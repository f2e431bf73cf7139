"""Measure what discovery costs, against the bare minimum and against a profiler, on tables made here.

    uv run --group benchmarks python benchmarks/discovery/cost.py tpch --scale 1 [--desbordante] [--driver]
    uv run --group benchmarks python benchmarks/discovery/cost.py shapes [--only many,counted,wide,skew,long]

`tpch` makes TPC-H with tpchgen-cli and runs, one after the other, each in a process of its own with two cores and
4 GiB: (a) exact distinct counts of all columns and nothing else, by the fastest way found; (b) whole discovery:
profile, keys, inclusions, references. With --desbordante also (c) desbordante's inclusion dependencies of single
columns, from CSV; with --driver (b) once more with executor and driver apart, for the driver's memory.
`shapes` makes 300 tables of 30 columns with planted keys, the same with ids that all count from 1, a table of 1,000
columns, a skewed key, and long texts.

Seconds are those of the work, without the start of the session; CPU seconds and memory are of the whole process tree.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

LOCAL = {"spark.master": "local[2]", "spark.driver.memory": "4g"}
APART = {
    "spark.master": "local-cluster[1,2,4096]",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "4g",
    "spark.executor.extraJavaOptions": "-Xss4m",
}
POLL_SECONDS = 0.2
SHAPES = ("many", "counted", "wide", "skew", "long")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("tpch", "shapes", "baseline", "discovery", "desbordante", "driver"))
    parser.add_argument("folder", nargs="?", type=Path, help="of Parquet tables, for one measurement alone")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--scratch", type=Path, help="keep the tables here; by default they are removed")
    parser.add_argument("--only", default=",".join(SHAPES))
    parser.add_argument("--desbordante", action="store_true")
    parser.add_argument("--driver", action="store_true")
    arguments = parser.parse_args()
    if arguments.folder:
        print(json.dumps(WORK[arguments.what](arguments.folder)), flush=True)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        kept = arguments.scratch or Path(scratch)
        if arguments.what == "tpch":
            measure_tpch(kept, arguments)
        else:
            for shape in arguments.only.split(","):
                folder = kept / shape
                if not folder.exists():
                    MAKERS[shape](folder)
                tell(shape, measured("discovery", folder))
    return 0


def measure_tpch(scratch: Path, arguments: argparse.Namespace) -> None:
    works = ["baseline", "discovery", *["driver"] * arguments.driver, *["desbordante"] * arguments.desbordante]
    lines = {}
    for work in works:
        kind = "csv" if work == "desbordante" else "parquet"
        lines[work] = measured(work, make_tpch(scratch, arguments.scale, kind))
        tell(f"scale {arguments.scale:g} {work}", lines[work])
    for name in ("baseline", "desbordante"):
        if name in lines:
            wall, cpu = (lines["discovery"][key] / lines[name][key] for key in ("wall s", "cpu s"))
            print(f"discovery / {name}: {wall:.2f} wall, {cpu:.2f} CPU", flush=True)


def tell(name: str, line: dict[str, Any]) -> None:
    print(f"{name}: {json.dumps(line)}", flush=True)


def make_tpch(scratch: Path, scale: float, kind: str) -> Path:
    """Folder of the tables, one folder with one file each."""
    folder = scratch / f"tpch-{scale:g}-{kind}"
    if not folder.exists():
        program = Path(sys.executable).parent / "tpchgen-cli"
        command = [str(program), kind, "-s", str(scale), "--parts", "1", "--output-dir", str(folder), "--quiet"]
        subprocess.run(command, check=True)
    return folder


def measured(work: str, folder: Path, program: list[str] | None = None) -> dict[str, Any]:
    """What one measurement in a process of its own says, with peaks of memory seen from outside, MiB.

    The program is this one, unless another one with its arguments is given.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, *(program or [__file__, work, str(folder)])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    peaks = {"peak tree MiB": 0, "peak driver MiB": 0, "of it Python MiB": 0}
    root = psutil.Process(process.pid)
    while process.poll() is None:
        tree, python, driver = resident(root)
        now = {"peak tree MiB": tree, "peak driver MiB": driver, "of it Python MiB": python}
        peaks = {key: max(peaks[key], value >> 20) for key, value in now.items()}
        time.sleep(POLL_SECONDS)
    if process.returncode:
        raise SystemExit(f"{work} on {folder.name}: exit {process.returncode}")
    said = process.stdout.read() if process.stdout else ""
    return {**json.loads(said.strip().splitlines()[-1]), **peaks}


def resident(root: psutil.Process) -> tuple[int, int, int]:
    """Resident bytes of the whole tree, of the driver's Python, and of the driver's Python and Java together."""
    total = python = driver = 0
    for member in family_of(root):
        try:
            size, command = member.memory_info().rss, " ".join(member.cmdline())
        except psutil.NoSuchProcess:
            continue
        total += size
        if member.pid == root.pid:
            python = size
        if member.pid == root.pid or "org.apache.spark.deploy.SparkSubmit" in command:
            driver += size
    return total, python, driver


def family_of(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds() -> float:
    """Of this process and all it has started, the ended ones included."""
    total = 0.0
    for member in family_of(psutil.Process()):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        total += (times.children_user + times.children_system) if member.pid != os.getpid() else 0.0
    return total


def on_spark(settings: dict[str, str], folder: Path, work: Any) -> dict[str, Any]:
    from synthspark.cli.on_spark import local_session
    from synthspark.config import SourceSettings
    from synthspark.read.on_spark import open_database

    spark = local_session("discovery cost", settings=settings)
    frames = open_database(spark, SourceSettings(path=str(folder)))
    scheduler = spark.sparkContext._jsc.sc().dagScheduler()
    started, cpu, jobs = time.monotonic(), cpu_seconds(), scheduler.numTotalJobs()
    found = work(frames)
    return {
        "wall s": round(time.monotonic() - started, 1),
        "cpu s": round(cpu_seconds() - cpu, 1),
        "jobs": scheduler.numTotalJobs() - jobs,
        **found,
    }


def count_distinct(frames: dict[str, Any]) -> dict[str, Any]:
    """One query a column, four at a time: quicker than one a table, where every row is expanded for each column."""

    def count(place: tuple[str, str]) -> int:
        return int(frames[place[0]].select(place[1]).distinct().count())

    places = [(table, column) for table, frame in frames.items() for column in frame.columns]
    with ThreadPoolExecutor(4) as pool:
        return {"distinct values": sum(pool.map(count, places))}


def discover(frames: dict[str, Any]) -> dict[str, Any]:
    from synthspark.config import DiscoverSettings
    from synthspark.profile.on_spark import profile_database
    from synthspark.progress import LoggedProgress
    from synthspark.relate.on_spark import propose_schema

    settings, started = DiscoverSettings(), time.monotonic()
    profile, sketches = profile_database(frames, settings, LoggedProgress())
    profiled = time.monotonic() - started
    schema = propose_schema("cost", frames, profile, sketches, settings)
    return {
        "profile s": round(profiled, 1),
        "primary keys": sum(bool(table.primary_key) for table in schema.tables.values()),
        "foreign keys": [key.label for key in schema.foreign_keys][:12],
        "number of foreign keys": len(schema.foreign_keys),
    }


def find_inclusions(folder: Path) -> dict[str, Any]:
    """The quicker of desbordante's algorithms that it says are exact, each tried."""
    import desbordante

    tables = [(str(file), ",", True) for file in sorted(folder.rglob("*.csv"))]
    results = {}
    for name in ("Spider", "Faida"):
        algorithm = getattr(desbordante.ind.algorithms, name)()
        started, cpu = time.monotonic(), cpu_seconds()
        own = time.process_time()
        algorithm.load_data(tables=tables)
        algorithm.execute()
        used = max(cpu_seconds() - cpu, time.process_time() - own)
        found = len(algorithm.get_inds())
        results[name] = {"wall s": round(time.monotonic() - started, 1), "cpu s": round(used, 1), "found": found}
    best = min(results, key=lambda name: results[name]["wall s"])
    return {**results[best], "algorithm": best, "all": results}


def make_many(folder: Path, *, tables: int = 300, columns: int = 30, rows: int = 3_000, apart: int = 1_000) -> None:
    """Tables with an id each, references to some earlier tables, and columns of every kind.

    Parameters
    ----------
    apart : int
        By how much the ids of a table start later than those of the one before.
    """
    stream = np.random.default_rng(7)
    ids: list[Any] = []
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(tables):
        held = int(stream.integers(rows // 2, rows * 2))
        ids.append(np.arange(1, held + 1) + apart * number)
        own: dict[str, Any] = {f"t{number}_id": ids[number]}
        for parent in sorted(set(stream.integers(0, number, 3).tolist())) if number else []:
            own[f"t{parent}_ref"] = stream.choice(ids[parent], held)
        for place in range(columns - len(own)):
            own[f"c{place}"] = plain_column(stream, place % 5, held)
        pq.write_table(pa.table(own), folder / f"t{number}.parquet")


def plain_column(stream: np.random.Generator, kind: int, rows: int) -> Any:
    if kind == 0:
        return stream.normal(100, 15, rows).round(2)
    if kind == 1:
        return stream.integers(0, 50, rows)
    if kind == 2:
        return pa.array(stream.choice(["red", "green", "blue", "black"], rows))
    if kind == 3:
        return pa.array(stream.integers(7_000, 20_000, rows).astype("datetime64[D]"))
    return pa.array([f"text {one:x}" for one in stream.integers(0, 2**40, rows).tolist()])


def make_wide(folder: Path, *, columns: int = 1_000, rows: int = 200_000) -> None:
    stream = np.random.default_rng(8)
    drawn = {f"c{place}": plain_column(stream, place % 4, rows) for place in range(columns - 1)}
    write_one(folder, "wide", {"id": np.arange(rows), **drawn})


def make_skew(folder: Path, *, rows: int = 5_000_000) -> None:
    """Nine rows in ten refer to one parent."""
    stream = np.random.default_rng(9)
    parent = np.where(stream.random(rows) < 0.9, 77, stream.integers(0, 500_000, rows))
    write_one(folder, "child", {"id": np.arange(rows), "parent_id": parent, "x": stream.normal(size=rows)})
    write_one(folder, "parent", {"id": np.arange(500_000), "name": [f"parent {i}" for i in range(500_000)]})


def make_long(folder: Path, *, rows: int = 1_000_000, length: int = 2_000) -> None:
    """Distinct texts of two thousand characters, 2 GB in all, written in parts."""
    (folder / "texts").mkdir(parents=True)
    for part in range(10):
        ids = np.arange(rows // 10) + part * (rows // 10)
        words = pa.array([(f"{i:x} " * length)[:length] for i in (ids * 2_654_435_761 % 2**32).tolist()])
        pq.write_table(pa.table({"id": ids, "body": words}), folder / "texts" / f"part-{part}.parquet")


def write_one(folder: Path, table: str, columns: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / f"{table}.parquet", row_group_size=131_072)


WORK = {
    "baseline": lambda folder: on_spark(LOCAL, folder, count_distinct),
    "discovery": lambda folder: on_spark(LOCAL, folder, discover),
    "driver": lambda folder: on_spark(APART, folder, discover),
    "desbordante": find_inclusions,
}
MAKERS = {
    "many": make_many,
    "counted": partial(make_many, apart=0),
    "wide": make_wide,
    "skew": make_skew,
    "long": make_long,
}

if __name__ == "__main__":
    sys.exit(main())
