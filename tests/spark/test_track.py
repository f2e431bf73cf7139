"""A small fitted database logged to a SQLite store, then found and sampled by a process that knows only the store."""

import json
import logging
import subprocess
import sys

import pytest

from synthspark.artifacts.manifest import Manifest, Unit
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.report import Report, Score
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_file import write_schema
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.verification import Verification
from synthspark.config import OutputSettings, Settings, SourceSettings, TrackingSettings
from synthspark.fit.on_spark import fit_table
from synthspark.track.tracking import TrackingError, track_run

SCHEMA = Schema(
    "shop",
    {
        "staff": Table(
            "staff",
            {"id": Column("long", "key", nullable=False), "boss": Column("long", "key"), "pay": Column("double")},
            primary_key=("id",),
            status="approved",
            rows=40,
        ),
        "sale": Table(
            "sale",
            {
                "id": Column("long", "key", nullable=False),
                "staff": Column("long", "key", nullable=False),
                "kind of": Column("string", "category"),
                "day": Column("date", "date"),
            },
            primary_key=("id",),
            status="approved",
            rows=200,
        ),
    },
    (
        ForeignKey("staff", ("boss",), "staff", ("id",), status="approved"),
        ForeignKey("sale", ("staff",), "staff", ("id",), status="approved"),
    ),
)

FRESH_PROCESS = """
import json, sys
sys.modules["pyspark"] = None  # importing it fails, as where it is not installed
import mlflow, pandas as pd
from mlflow.tracking import MlflowClient
store, run_id = sys.argv[1:]
client = MlflowClient(store)
experiment = client.get_experiment_by_name("tests")
runs = client.search_runs([experiment.experiment_id])
run = client.get_run(run_id)
mlflow.set_tracking_uri(store)
model = mlflow.pyfunc.load_model(run.data.tags["synthspark.model"])
def ask(table, rows, **params):
    return model.predict(pd.DataFrame({"table": [table], "rows": [rows]}), params=params)
sale = ask("sale", 25, seed=7)
print(json.dumps({
    "names": sorted(item.info.run_name for item in runs),
    "statuses": sorted({item.info.status for item in runs}),
    "parents": sorted({item.data.tags.get("mlflow.parentRunId", "") for item in runs}),
    "files": sorted(item.path for item in client.list_artifacts(run_id)),
    "sources": sorted(item.dataset.name for item in run.inputs.dataset_inputs),
    "metrics": run.data.metrics,
    "seed": run.data.params["seed"],
    "history": len(client.get_metric_history(run_id, "quality/column_shape/sale/day")),
    "columns": list(sale.columns),
    "rows": len(sale),
    "keys": sale["id"].nunique(),
    "kinds": sorted(sale["kind of"].dropna().unique()),
    "again": bool(sale.equals(ask("sale", 25, seed=7))),
    "other": bool(sale.equals(ask("sale", 25, seed=8))),
    "staff": len(ask("staff", 5, seed=7)),
    "inputs": model.metadata.signature.inputs.input_names(),
    "outputs": model.metadata.signature.outputs.input_names(),
}))
"""


def write_run(spark, directory, settings):
    """A finished run as far as tracking looks at it."""
    staff = spark.sql("SELECT id, CASE WHEN id > 0 THEN id DIV 3 END AS boss, 1000D + id * 10 AS pay FROM range(40)")
    sale = spark.sql(
        "SELECT id, id % 37 AS staff, IF(id % 3 = 0, 'in shop', 'by post') AS `kind of`, "
        "date_add(DATE'2024-01-01', CAST(id % 50 AS INT)) AS day FROM range(200)"
    )
    frames, plan = {"staff": staff, "sale": sale}, plan_database(SCHEMA)
    manifest = Manifest(directory)
    write_schema(directory, SCHEMA)
    for table in plan.order:
        model = fit_table(frames, SCHEMA, plan, table, settings)
        directory.write_bytes(f"models/{table}.npz", model.to_bytes())
        manifest.record(Unit("fit", table, "f", model.rows, 0.5, {"engine": "copula"}))
        manifest.record(Unit("generate", table, "f", model.rows, 0.25))
    directory.write_text("report.html", "<html><body>report</body></html>")
    return manifest


@pytest.mark.slow
def test_run_is_logged_once_and_its_model_samples_in_another_process(spark, tmp_path, capfd):
    store = f"sqlite:///{tmp_path}/store/mlflow.db"
    (tmp_path / "store").mkdir()
    settings = Settings(
        name="shop",
        source=SourceSettings(path="lake"),
        output=OutputSettings(path=str(tmp_path / "out")),
        seed=5,
        tracking=TrackingSettings(uri=store, experiment="tests"),
    )
    directory = RunDirectory(settings.output.path)
    manifest = write_run(spark, directory, settings)
    scores = (Score("column_shape", "column", ("sale", "day"), 0.75),)
    capfd.readouterr()
    first = track_run(directory, settings, SCHEMA, Report("shop", scores), Verification(()), manifest)
    again = track_run(directory, settings, SCHEMA, Report("shop", scores), Verification(()), Manifest(directory))
    assert first == again
    written = capfd.readouterr()
    assert "mlflow" not in (written.out + written.err).lower()
    assert "alembic" not in written.err

    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, store, first], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["names"] == ["fit", "generate", "shop"]
    assert seen["statuses"] == ["FINISHED"]
    assert seen["parents"] == ["", first]
    assert {"report.html", "run.json", "schema.mmd", "schema.yaml"} <= set(seen["files"])
    assert seen["sources"] == ["sale", "staff"]
    assert seen["metrics"]["quality/column_shape/sale/day"] == 0.75
    assert seen["metrics"]["rows_synthetic"] == 240
    assert (seen["seed"], seen["history"]) == ("5", 1)
    assert seen["columns"] == ["id", "staff", "kind of", "day"]
    assert (seen["rows"], seen["keys"], seen["staff"]) == (25, 25, 5)
    assert set(seen["kinds"]) <= {"in shop", "by post"}
    assert seen["again"]
    assert not seen["other"]
    assert seen["inputs"] == ["table", "rows"]
    assert set(seen["outputs"]) == {"id", "staff", "kind of", "day", "boss", "pay"}


def test_store_that_cannot_be_reached_raises_one_clear_message_and_leaves_logging_alone(tmp_path):
    level = logging.getLogger("mlflow").level
    (tmp_path / "file").touch()
    settings = Settings(tracking=TrackingSettings(uri=f"sqlite:///{tmp_path}/file/mlflow.db"))
    directory = RunDirectory(str(tmp_path / "out"))
    with pytest.raises(TrackingError, match=r"tracking\.uri sqlite.*set tracking: null"):
        track_run(directory, settings, SCHEMA, None, None, Manifest(directory))
    assert logging.getLogger("mlflow").level == level
