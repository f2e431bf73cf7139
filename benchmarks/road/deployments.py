"""One database by every way the jobs are run, compared byte by byte.

    uv run python benchmarks/road/deployments.py ../shared/data/berka --out out/deployments

Ways: the console command with one and with two cores, spark-submit, spark-submit on a local cluster of two executors
with a core and 2 GiB each, and a Spark Connect server. Prints seconds of each and whether the sorted rows of every
table agree with the first.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.dataset as ds
import pyspark

ROOT = Path(__file__).resolve().parents[2]
JOB = str(ROOT / "jobs" / "mirror.py")
SPARK_HOME = Path(pyspark.__file__).parent
CONNECT_PORT = 15_602
SERVER_SECONDS = 60

WAYS = {
    "console local[1]": ({"MASTER": "local[1]"}, [sys.executable, "-m", "synthspark.cli.main", "run"]),
    "console local[2]": ({"MASTER": "local[2]"}, [sys.executable, "-m", "synthspark.cli.main", "run"]),
    "spark-submit": ({}, [str(SPARK_HOME / "bin" / "spark-submit"), "--master", "local[2]", JOB]),
    "local-cluster[2,1,2048]": (
        {},
        [
            *(str(SPARK_HOME / "bin" / "spark-submit"), "--master", "local-cluster[2,1,2048]"),
            *("--conf", "spark.executor.memory=1g", JOB),
        ],
    ),
    "Spark Connect": ({"SPARK_REMOTE": f"sc://localhost:{CONNECT_PORT}"}, [sys.executable, JOB]),
}


def digests(tables: Path) -> dict[str, str]:
    """Digest of the sorted rows of every table, types included."""
    found = {}
    for folder in sorted(path for path in tables.iterdir() if path.is_dir()):
        table = ds.dataset(folder, format="parquet", exclude_invalid_files=True).to_table()
        rows = sorted(repr(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True))
        found[folder.name] = hashlib.sha256("\n".join([str(table.schema.types), *rows]).encode()).hexdigest()
    return found


@contextmanager
def connect_server(log: Path) -> Iterator[None]:
    """A Spark Connect server on this machine while the block runs."""
    command = [
        *(
            str(SPARK_HOME / "bin" / "spark-submit"),
            "--class",
            "org.apache.spark.sql.connect.service.SparkConnectServer",
        ),
        *("--master", "local[2]", "--conf", f"spark.connect.grpc.binding.port={CONNECT_PORT}", "spark-internal"),
    ]
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment({}), stdout=out, stderr=out, start_new_session=True)
        try:
            end = time.monotonic() + SERVER_SECONDS
            while b"Spark Connect server started" not in log.read_bytes() and time.monotonic() < end:
                time.sleep(0.5)
            yield
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def environment(more: dict[str, str]) -> dict[str, str]:
    """Environment of a way: what this process has, and what every way needs."""
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "SPARK_HOME": str(SPARK_HOME)}
    return {**os.environ, **python, "PYTHONPATH": str(ROOT), **more}


def run(way: str, source: Path, out: Path) -> tuple[int, float, dict[str, str]]:
    variables, command = WAYS[way]
    folder = out / way.replace("[", "-").replace("]", "").replace(",", "-").replace(" ", "-")
    folder.mkdir(parents=True)
    config = folder / "run.yaml"
    config.write_text(
        f"source: {{path: '{source.resolve()}'}}\noutput: {{path: '{folder / 'run'}'}}\ntracking: null\n",
        encoding="utf-8",
    )
    started = time.monotonic()
    with (folder / "log.txt").open("wb") as log:
        code = subprocess.run(
            [*command, str(config), "--approve-all"], env=environment(variables), stdout=log, stderr=log, check=False
        ).returncode
    seconds = time.monotonic() - started
    return code, seconds, digests(folder / "run" / "tables") if code == 0 else {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder of Parquet tables")
    parser.add_argument("--out", type=Path, default=Path("out/deployments"))
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    first: dict[str, str] = {}
    equal = True
    for way in WAYS:
        if way == "Spark Connect":
            with connect_server(out / "connect-server.log"):
                code, seconds, found = run(way, arguments.source, out)
        else:
            code, seconds, found = run(way, arguments.source, out)
        first = first or found
        same = bool(found) and found == first
        equal &= same
        print(f"{way:<26} exit {code}  {seconds:6.1f} s  {'same bytes' if same else 'DIFFERENT'}", flush=True)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
