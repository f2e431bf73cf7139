"""MLflow without its chatter: migration lines, addresses of runs, notices of registered models."""

from __future__ import annotations

import contextlib
import io
import logging
import logging.config
import os
import warnings
from collections.abc import Iterator
from typing import Any

_LOGGERS = ("mlflow", "alembic", "sqlalchemy", "databricks.sdk")
_VARIABLES = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Names of databases and tables are nobody else's business; telemetry is set up when MLflow is imported.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # A server that does not answer must not hold up a finished run for the ten minutes of MLflow's own defaults.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


@contextlib.contextmanager
def quiet_mlflow() -> Iterator[None]:
    """While it lasts MLflow only reports errors, as exceptions; variables that the user has set are kept."""
    added = {name: value for name, value in _VARIABLES.items() if name not in os.environ}
    os.environ.update(added)
    try:
        import mlflow  # noqa: F401  # its import sets up its loggers, and would do so after us

        with _silenced_loggers(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _silenced_loggers() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    # Before 3.0 the migrations of a database store set up the logging of the whole process anew, ours included.
    set_up, logging.config.fileConfig = logging.config.fileConfig, _leave_logging_alone
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logging.config.fileConfig = set_up
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _leave_logging_alone(*_: Any, **__: Any) -> None:
    """Stands in for `logging.config.fileConfig`."""


@contextlib.contextmanager
def without_prints() -> Iterator[None]:
    """While it lasts nothing reaches the terminal; for the few calls of MLflow that print."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
