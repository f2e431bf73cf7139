"""One MLflow run for a whole mirror, with a nested run for each stage."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from synthspark.artifacts.manifest import Manifest
from synthspark.artifacts.report import Report
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.verification import Verification
from synthspark.config import Settings, TrackingSettings
from synthspark.errors import SynthsparkError
from synthspark.masking import masked
from synthspark.track import contents
from synthspark.track.model import log_model
from synthspark.track.names import parameters, score_metrics, unit_metrics, unit_parameters
from synthspark.track.quiet import quiet_mlflow
from synthspark.track.run_log import RunLog

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

logger = logging.getLogger(__name__)

RUN_FACT = "mlflow_run_id"
STAGE_RUNS_FACT = "mlflow_stage_runs"
STAGES = ("discover", "fit", "generate", "write", "verify", "evaluate")


class TrackingError(SynthsparkError):
    """MLflow could not keep the run; everything in the run directory is complete all the same."""


def track_run(
    directory: RunDirectory,
    settings: Settings,
    schema: Schema,
    report: Report | None,
    verification: Verification | None,
    manifest: Manifest,
) -> str | None:
    """Log the run to MLflow; the same run directory always continues the same MLflow run.

    Returns
    -------
    str or None
        Id of the MLflow run; None when `settings.tracking` is null.

    Raises
    ------
    TrackingError
        If MLflow is missing, does not answer or refuses.
    """
    tracking = settings.tracking
    if tracking is None:
        return None
    started = time.monotonic()
    try:
        with quiet_mlflow():
            run = _open_run(tracking, settings, manifest)
            _log_stages(run.client, run.run_id, settings, manifest)
            _log_all(run, directory, settings, schema, (report, verification), manifest)
            log_model(run, directory, settings, tracking, schema)
            run.finish()
    except ImportError as fault:
        raise TrackingError(
            f"tracking: MLflow cannot be imported ({fault}); expected it beside "
            "synthspark; install synthspark[mlflow], or set tracking: null"
        ) from fault
    except SynthsparkError:
        raise
    except Exception as fault:  # whatever a store, a server or the network raises, the run itself is complete
        raise TrackingError(
            f"tracking.uri {masked(tracking.uri)}: MLflow failed ({type(fault).__name__}: {_first_line(fault)}); "
            "expected a store that can be written; check the address, the rights and the network, then run again: "
            "only tracking is repeated; or set tracking: null"
        ) from fault
    logger.info("tracked as MLflow run %s in %.1f s", run.run_id, time.monotonic() - started)
    return run.run_id


def _first_line(fault: Exception) -> str:
    text = str(fault).strip().splitlines()
    return str(masked(text[0][:200])) if text else "no message"


def _open_run(tracking: TrackingSettings, settings: Settings, manifest: Manifest) -> RunLog:
    """The run that this run directory has begun before, or a new one."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=tracking.uri)
    known = manifest.facts.get(RUN_FACT)
    if known:
        try:
            if client.get_run(known).info.lifecycle_stage == "active":
                return RunLog(client, known)
        except MlflowException:  # another store, or one that was emptied
            logger.info("MLflow run %s is not in this store; a new one is begun", known)
    run = client.create_run(_experiment(client, tracking), run_name=settings.name)
    manifest.note(**{RUN_FACT: run.info.run_id, STAGE_RUNS_FACT: {}})
    return RunLog(client, run.info.run_id)


def _experiment(client: MlflowClient, tracking: TrackingSettings) -> str:
    """Id of the experiment; made where it is missing, with its artifacts beside a database file."""
    found = client.get_experiment_by_name(tracking.experiment)
    if found is None:
        location = artifact_location(tracking.uri, tracking.experiment)
        return str(client.create_experiment(tracking.experiment, artifact_location=location))
    if found.lifecycle_stage != "active":
        raise TrackingError(
            f"tracking.experiment {tracking.experiment}: it was deleted in {masked(tracking.uri)}; expected an active "
            "experiment; restore it, or choose another name"
        )
    return str(found.experiment_id)


def artifact_location(uri: str, experiment: str) -> str | None:
    """Folder for the artifacts of a SQLite store: beside the database, wherever the program is started later.

    None for any other store, which knows itself where its artifacts belong.
    """
    found = re.fullmatch(r"sqlite:///(?P<path>[^?]+)(\?.*)?", uri)
    if found is None or found["path"] == ":memory:":
        return None
    database = Path(found["path"]).resolve()
    folder = re.sub(r"[^\w.-]", "_", experiment).strip(".") or "_"
    return (database.parent / "mlruns" / folder).as_uri()


def _log_all(
    run: RunLog,
    directory: RunDirectory,
    settings: Settings,
    schema: Schema,
    outcome: tuple[Report | None, Verification | None],
    manifest: Manifest,
) -> None:
    run.tags(contents.run_tags(settings, schema, outcome[1]))
    run.parameters(parameters(settings))
    scores = contents.all_scores(*outcome)
    most = settings.tracking.maximum_metrics if settings.tracking else 0
    run.metrics(score_metrics(scores, most) | contents.run_counts(schema, manifest, *outcome))
    if len(scores) > most:
        run.tags({"synthspark.metrics": f"{most:,} of {len(scores):,} scores; all are in report.json"})
    run.sources(contents.source_tables(settings, schema, manifest))
    run.files(contents.run_files(directory, schema))


def _log_stages(client: MlflowClient, parent: str, settings: Settings, manifest: Manifest) -> None:
    """A nested run for each stage that has done something; begun once, continued later."""
    known: dict[str, str] = dict(manifest.facts.get(STAGE_RUNS_FACT) or {})
    experiment = client.get_run(parent).info.experiment_id
    for stage in STAGES:
        units = manifest.units(stage)
        if not units:
            continue
        seconds = sum(unit.seconds for unit in units)
        if stage not in known:
            tags = {"mlflow.parentRunId": parent, "synthspark.stage": stage, "synthspark.database": settings.name}
            begun = int((time.time() - seconds) * 1000)
            known[stage] = client.create_run(experiment, start_time=begun, tags=tags, run_name=stage).info.run_id
            manifest.note(**{STAGE_RUNS_FACT: known})
        run = RunLog(client, known[stage])
        run.parameters(unit_parameters(units))
        run.metrics(unit_metrics(units))
        run.finish(seconds)
