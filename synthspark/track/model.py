"""The fitted database as one model in MLflow: loads in any process that has its requirements, samples without Spark."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthspark.artifacts import schema_file
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings, TrackingSettings
from synthspark.masking import masked
from synthspark.track.quiet import without_prints
from synthspark.track.run_log import RunLog

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

MODELS_FOLDER = "models"
CONFIG_FILE = "config.json"
MODEL_NAME = "database"
MODEL_TAG = "synthspark.model"
"""Tag of the run with the address under which its model is loaded."""

REQUIREMENTS = ("faker", "numpy", "pandas", "pyarrow", "pyyaml", "scikit-learn", "scipy")
"""What sampling imports; no Spark."""

MOST_OUTPUTS = 1_000
"""Columns declared in the signature; a database with more declares none."""

_KINDS = {
    "byte": "integer",
    "short": "integer",
    "integer": "integer",
    "long": "long",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
    "binary": "binary",
    "timestamp": "datetime",
    "timestamp_ntz": "datetime",
}


def log_model(
    run: RunLog, directory: RunDirectory, settings: Settings, tracking: TrackingSettings, schema: Schema
) -> str | None:
    """Log the models of a run as one pyfunc model, unless these very models are logged; returns its address.

    None when nothing is fitted yet.
    """
    contents = {name: directory.read_bytes(f"{MODELS_FOLDER}/{name}") for name in directory.list(MODELS_FOLDER)}
    if not contents:
        return None
    contents = {f"{MODELS_FOLDER}/{name}": content for name, content in contents.items()}
    contents[schema_file.FILE] = directory.read_bytes(schema_file.FILE)
    contents[CONFIG_FILE] = json.dumps(masked(dataclasses.asdict(settings)), indent=1, sort_keys=True).encode()
    whole = b"".join(name.encode() + content for name, content in sorted(contents.items()))
    whole += tracking.register.encode()
    if run.is_logged(MODEL_NAME, whole):
        return run.tag(MODEL_TAG)
    with tempfile.TemporaryDirectory(prefix="synthspark-") as folder:
        for name, content in contents.items():
            file = Path(folder, name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
        address = _log_folder(run, Path(folder), tracking, schema)
    run.mark_logged(MODEL_NAME, whole)
    run.tags({MODEL_TAG: address})
    return address


def _log_folder(run: RunLog, folder: Path, tracking: TrackingSettings, schema: Schema) -> str:
    import mlflow

    major = int(mlflow.__version__.split(".")[0])
    place = {"name": MODEL_NAME} if major >= 3 else {"artifact_path": MODEL_NAME}
    before = mlflow.get_tracking_uri()
    with without_prints():
        mlflow.set_tracking_uri(tracking.uri)
        try:
            with mlflow.start_run(run_id=run.run_id, nested=True):
                info = mlflow.pyfunc.log_model(
                    **place,
                    python_model=str(Path(__file__).with_name("model_code.py")),
                    code_paths=[str(Path(__file__).parents[1])],
                    artifacts={
                        "models": str(folder / MODELS_FOLDER),
                        "schema": str(folder / schema_file.FILE),
                        "config": str(folder / CONFIG_FILE),
                    },
                    signature=_signature(schema),
                    pip_requirements=_requirements(),
                    registered_model_name=tracking.register or None,
                )
        finally:
            mlflow.set_tracking_uri(before)
    return str(info.model_uri)


def _requirements() -> list[str]:
    """The versions that are installed here, pinned: a model opens with what it was logged with."""
    found = []
    for name in (*REQUIREMENTS, "mlflow"):
        try:
            found.append(f"{name}=={version(name)}")
        except PackageNotFoundError:  # e.g. mlflow-skinny in place of mlflow
            continue
    return found


def _signature(schema: Schema) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, TensorSpec
    from mlflow.types import Schema as Specification

    wanted = Specification([ColSpec("string", "table"), ColSpec("long", "rows")])
    outputs: list[ColSpec | TensorSpec] = [
        ColSpec(kind, name, required=False) for name, kind in output_kinds(schema).items()
    ]
    options = ParamSchema([ParamSpec("seed", "long", 0), ParamSpec("scale", "double", 0.0)])
    return ModelSignature(wanted, Specification(outputs) if 0 < len(outputs) <= MOST_OUTPUTS else None, options)


def output_kinds(schema: Schema) -> dict[str, Any]:
    """MLflow's type of each column that a prediction can have: those of the table that was asked for.

    A name that several tables give different types is a string, as are dates and decimals, whose texts lose nothing.
    """
    kinds: dict[str, str] = {}
    for table in schema.tables.values():
        for name, column in table.columns.items():
            kind = _KINDS.get(column.type, "string")
            kinds[name] = kind if kinds.get(name, kind) == kind else "string"
    return kinds
