"""What the tests share: one Spark session, and the real databases beside the checkout where they are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")

# Read when mlflow is imported: tests report to nobody.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

# A folder of Parquet files a database, each with a schema.yaml of its keys.
SHARED_DATA = Path(
    os.environ.get("SYNTHSPARK_DATABASES", Path(__file__).resolve().parents[2] / "shared" / "data")
).resolve()

POSTGRES_DRIVER = Path(os.environ.get("POSTGRES_JDBC_JAR", "/usr/share/java/postgresql.jar"))

TEST_SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "2g",
    # Tiny data: each partition costs more than what is in it, and each adaptive stage is a job of its own.
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    **({"spark.jars": str(POSTGRES_DRIVER)} if POSTGRES_DRIVER.is_file() else {}),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the session, so that ``-m "not spark"`` runs without Spark and Java."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker("spark")


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Session of all tests: two cores, UTC, workers on this interpreter; built as the command line builds it."""
    from synthspark.cli.on_spark import local_session

    session = local_session("synthspark tests", settings=TEST_SETTINGS)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real databases, one folder each; they are not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real databases in {SHARED_DATA}: name their folder in SYNTHSPARK_DATABASES")
    return SHARED_DATA
