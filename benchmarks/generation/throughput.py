"""Rows a second and core of a child table of 12 columns, from its model to Parquet written by Spark.

    python benchmarks/generation/throughput.py SCRATCH [--rows N] [--engines copula,trees] [--shapes plain,history]

A database of two tables is made (customers, and about ten orders each: with dates, so that each follows the one
before, or `plain`) and fitted; then orders are generated at the
scale that gives so many rows, through the very steps of `synthspark generate`, on one core (``local[1]``). The start
of Spark, and a first small generation that warms it up, are not counted. `made` is the table as generation writes it
first, with all that its children and rules would need; `finished` is the table handed out, written from that. CPU
seconds are those of driver, JVM and workers together, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).parents[1] / "discovery"))
from cost import POLL_SECONDS, cpu_seconds, family_of

from synthspark.artifacts.facts import TableFacts
from synthspark.cli.on_spark import local_session
from synthspark.config import parse_settings
from synthspark.generate.on_spark import finish_table, generate_table
from synthspark.generate.work import folder_of
from synthspark.mirror import Mirror
from synthspark.run import TABLES_FOLDER
from synthspark.write.on_spark import write_table

CUSTOMERS = 10_000
ORDERS = 10  # of a customer, on average
WARM_UP = 5.0  # scale at which the tables are made once before anything is counted: beyond what the driver makes


def main() -> int:
    """Measure each engine and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the child table")
    parser.add_argument("--engines", default="copula,trees")
    parser.add_argument("--shapes", default="plain,history")
    arguments = parser.parse_args()
    spark = local_session("generation throughput", settings={"spark.master": "local[1]"})
    for shape in arguments.shapes.split(","):
        source = arguments.scratch / f"source-{shape}"
        if not source.exists():
            make_source(source, dated=shape == "history")
        for engine in arguments.engines.split(","):
            measure(spark, source, arguments.scratch / "out", engine, arguments.rows / (CUSTOMERS * ORDERS))
    return 0


def make_source(folder: Path, *, dated: bool) -> None:
    """Customers and their orders; without dates, those of a customer stand in no order."""
    stream = np.random.default_rng(11)
    counts = stream.negative_binomial(2, 2 / (2 + ORDERS), CUSTOMERS)
    segment = stream.integers(0, 5, CUSTOMERS)
    opened = stream.integers(12_000, 18_000, CUSTOMERS)
    customers = {
        "customer_id": np.arange(1, CUSTOMERS + 1),
        "segment": pa.array(np.array(["builder", "farm", "home", "office", "school"])[segment]),
        "opened": pa.array(opened.astype("datetime64[D]")),
        "credit": np.round(stream.gamma(2, 500, CUSTOMERS) * (1 + segment), 2),
    }
    of = np.repeat(np.arange(CUSTOMERS), counts)
    n_orders = of.size
    quantity = stream.integers(1, 51, n_orders)
    price = np.round(stream.lognormal(3 + 0.3 * segment[of], 0.8), 2)
    ordered = opened[of] + stream.integers(0, 2_000, n_orders)
    shipped = ordered + stream.geometric(0.2, n_orders)
    dates = {"ordered": ordered.astype("datetime64[D]"), "shipped": shipped.astype("datetime64[D]")}
    orders = {
        "order_id": np.arange(1, n_orders + 1),
        "customer_id": of + 1,
        **(dates if dated else {"volume": stream.gamma(3, 2, n_orders), "pieces": stream.poisson(4, n_orders)}),
        "quantity": quantity,
        "price": price,
        "discount": np.round(stream.integers(0, 11, n_orders) / 100, 2),
        "weight": stream.gamma(2, 3, n_orders) * quantity,
        "status": pa.array(np.array(["open", "paid", "returned"])[stream.choice(3, n_orders, p=[0.2, 0.7, 0.1])]),
        "way": pa.array(np.array(["air", "mail", "rail", "road", "ship"])[(segment[of] + quantity // 20) % 5]),
        "clerk": pa.array(np.array([f"clerk {number}" for number in range(40)])[stream.integers(0, 40, n_orders)]),
        "rated": pa.array(stream.integers(1, 6, n_orders), mask=stream.random(n_orders) < 0.6),
    }
    folder.mkdir(parents=True)
    pq.write_table(pa.table(customers), folder / "customers.parquet")
    pq.write_table(pa.table(orders), folder / "orders.parquet")


def measure(spark: SparkSession, source: Path, out: Path, engine: str, scale: float) -> None:
    """Fit with one engine, generate, and print rows a second of each step."""
    shutil.rmtree(out, ignore_errors=True)
    settings = parse_settings(
        json.dumps(
            {
                "name": "throughput",
                "source": {"path": str(source)},
                "output": {"path": str(out)},
                "fit": {"engine": engine},
                "tracking": None,
            }
        )
    )
    mirror = Mirror(spark, settings)
    mirror.discover()
    mirror.approve(everything=True)
    mirror.fit()
    for turn in (WARM_UP, scale):
        made, finished, rows = generated(mirror, turn)
    total = {key: made[key] + finished[key] for key in ("wall s", "cpu s")}
    for name, line in (("made", made), ("finished", finished), ("both", total)):
        speed = {key: round(rows / line[key]) for key in ("wall s", "cpu s")}
        print(
            f"{source.name}, {engine}, {rows:,} rows, {name}: "
            f"{speed['cpu s']:,} rows a CPU second ({line['cpu s']:.1f} s), "
            f"{speed['wall s']:,} a second ({line['wall s']:.1f} s)"
            + (f"; worker {line['worker MiB']:.0f} MiB" if "worker MiB" in line else ""),
            flush=True,
        )
    shutil.rmtree(out)


def generated(mirror: Mirror, scale: float) -> tuple[dict[str, float], dict[str, float], int]:
    """What it costs to make the orders and to write them finished, and how many there are."""
    mirror.settings = dataclasses.replace(mirror.settings, scale=scale)
    schema, plan = mirror.approved_schema(), mirror.plan()
    models, settings = mirror.models(plan), mirror.settings_of(schema, plan)
    facts: dict[str, TableFacts] = {}
    parts = (mirror.spark, plan, schema, models)

    def make(table: str) -> None:
        facts[table] = generate_table(*parts, table, facts, settings, mirror.directory)

    def finish() -> None:
        if facts["orders"].final:
            mirror.directory.replace(folder_of("orders"), f"{TABLES_FOLDER}/orders")
            return
        rows = finish_table(*parts, "orders", facts, settings, mirror.directory)
        write_table(rows, mirror.directory.uri(TABLES_FOLDER, "orders"), settings.output)

    make("customers")
    made = metered(lambda: make("orders"))
    return made, metered(finish), facts["orders"].rows


def metered(work: Callable[[], None]) -> dict[str, float]:
    """Seconds that work takes, and the most that one worker holds meanwhile."""
    done, peak = threading.Event(), [0]

    def watch() -> None:
        while not done.wait(POLL_SECONDS):
            peak[0] = max(peak[0], largest_worker())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started, cpu = time.monotonic(), cpu_seconds()
    work()
    line = {"wall s": time.monotonic() - started, "cpu s": cpu_seconds() - cpu}
    done.set()
    watcher.join()
    return {**line, "worker MiB": peak[0] / 2**20}


def largest_worker() -> int:
    """Resident bytes of the largest Python worker."""
    sizes = [0]
    for member in family_of(psutil.Process())[1:]:
        try:
            if "pyspark" in " ".join(member.cmdline()) and "java" not in member.name():
                sizes.append(member.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return max(sizes)


if __name__ == "__main__":
    sys.exit(main())
