"""The session of the command line: the one that is there, or a local one tuned for one machine."""

from __future__ import annotations

import atexit
import logging
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyspark
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from synthspark.cli.java import prepare_java
from synthspark.cli.quiet import without_java_notices
from synthspark.errors import ConfigError

logger = logging.getLogger(__name__)

MEMORY_SHARE = 0.25
"""Of the machine's memory for the driver, which in a local session is the executor as well; Python workers,
the file cache and the user's other programs need the rest."""

LEAST_MEMORY_MIB = 1024
MOST_MEMORY_MIB = 4096
"""Enough for any batch; a larger heap only puts collections off."""

CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container's memory limit stands: control groups of version 2 and 1."""

OUTSIDE_VARIABLES = {
    "PYSPARK_GATEWAY_PORT": "spark-submit or the pyspark shell",
    "DATABRICKS_RUNTIME_VERSION": "Databricks",
    "SPARK_REMOTE": "SPARK_REMOTE",
    "SPARK_CONNECT_MODE_ENABLED": "Spark Connect",
    "MASTER": "MASTER",
}
"""Environment variables that say that another program or person decides where Spark runs."""

LOG_SETTINGS = """\
status = error
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""

SAID_BY_THE_EXCEPTION = (
    "org.apache.spark.executor.Executor",
    "org.apache.spark.scheduler.TaskSetManager",
    "org.apache.spark.sql.execution.datasources",
    "org.apache.spark.util.Utils",
)
"""Loggers that print the stack trace of a failed task, which the exception in Python carries anyway."""


def local_session(app_name: str, *, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Session that is active or defined from outside, otherwise a new local one.

    Outside means: an active session (Databricks, a notebook), spark-submit or the pyspark shell,
    Spark Connect, MASTER, or spark-defaults.conf with a master. Such a session is taken as it is,
    with nothing overridden. The local session lives until the program ends or stops it.

    Parameters
    ----------
    app_name : str
        Name of a session that is made here.
    settings : mapping of str to str, optional
        Spark settings of a local session, such as ``{"spark.master": "local[2]"}``; they win over
        its defaults. A session from outside ignores them.

    Raises
    ------
    ConfigError
        If a local session is needed and there is no Java for it, or Spark does not start.
    """
    active = active_session()
    if active is not None:
        logger.info("session: the active one")
        return active
    defaults = spark_defaults(os.environ)
    outside = defined_outside(os.environ, defaults)
    if outside is not None:
        logger.info("session: as defined by %s", outside)
        provide_what_is_missing(os.environ, defaults)
        with without_java_notices():
            return SparkSession.builder.appName(app_name).getOrCreate()
    return build_local_session(app_name, dict(settings or {}), defaults)


def active_session() -> SparkSession | None:
    """Session of this thread or this process, or None."""
    try:
        return SparkSession.active()
    except PySparkRuntimeError:  # how Spark says that there is none
        return None


def defined_outside(environment: Mapping[str, str], defaults: Mapping[str, str]) -> str | None:
    """Who decides where Spark runs, or None if nobody does."""
    for variable, origin in OUTSIDE_VARIABLES.items():
        if environment.get(variable):
            return origin
    arguments = shlex.split(environment.get("PYSPARK_SUBMIT_ARGS", ""))
    if any(re.match(r"--(master|remote)\b|spark\.(master|remote)=", argument) for argument in arguments):
        return "PYSPARK_SUBMIT_ARGS"
    if "spark.master" in defaults or "spark.remote" in defaults:
        return "spark-defaults.conf"
    return None


def spark_defaults(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings of the spark-defaults.conf that Spark would read; empty if there is none."""
    home = Path(environment.get("SPARK_HOME") or Path(pyspark.__file__).parent)
    file = Path(environment.get("SPARK_CONF_DIR") or home / "conf") / "spark-defaults.conf"
    if not file.is_file():
        return {}
    entries = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = re.match(r"\s*([^\s#!=:]+)\s*[=:\s]\s*(.*?)\s*$", line)
        if entry is not None:
            entries[entry[1]] = entry[2]
    return entries


def provide_what_is_missing(environment: Mapping[str, str], defaults: Mapping[str, str]) -> None:
    """Give a Spark that will start on this machine a Java and an interpreter, where nobody chose any."""
    if "PYSPARK_GATEWAY_PORT" in environment:  # Java runs already, and it knows its Python
        return
    place = (
        environment.get("SPARK_REMOTE")
        or environment.get("MASTER")
        or defaults.get("spark.remote")
        or defaults.get("spark.master", "")
    )
    if place.startswith("local") and "spark.pyspark.python" not in defaults:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    java_missing = not environment.get("JAVA_HOME") and shutil.which("java") is None
    if java_missing and not place.startswith("sc://"):
        prepare_java(pyspark.__version__)


def build_local_session(app_name: str, settings: dict[str, str], defaults: Mapping[str, str]) -> SparkSession:
    """New session on this machine; `settings` win over `defaults` (of spark-defaults.conf), they over the package's."""
    java = prepare_java(pyspark.__version__)
    scratch = Path(tempfile.mkdtemp(prefix="synthspark-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    chosen = {key: value for key, value in local_settings(scratch).items() if key not in defaults} | settings
    # Spark reads the interpreter of its workers from the environment, not from its settings, when it is
    # started from Python; without it workers start another Python and miss this one's packages.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    # Nothing talks to other machines, and a host name that does not resolve must not stop the start.
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName(app_name)
    for key, value in chosen.items():
        builder = builder.config(key, value)
    try:
        with without_java_notices():
            session = builder.getOrCreate()
    except Exception as error:  # Java's, py4j's or PySpark's: all of them mean that there is no session
        raise ConfigError(
            f"local Spark {pyspark.__version__} did not start on Java {java.version} ({java.origin}): "
            f"{reason(error)}. Expected a session with driver memory {chosen.get('spark.driver.memory')}. "
            "See what Java wrote above; if memory is short, close other programs"
        ) from error
    logger.info("session: local, %s, driver memory %s", chosen["spark.master"], chosen.get("spark.driver.memory"))
    return session


def local_settings(scratch: Path) -> dict[str, str]:
    """Settings of a session on one machine; its warehouse and its log settings lie in the folder `scratch`."""
    log_settings = scratch / "log4j2.properties"
    quiet = "".join(
        f"logger.quiet{number}.name = {name}\nlogger.quiet{number}.level = off\n"
        for number, name in enumerate(SAID_BY_THE_EXCEPTION)
    )
    log_settings.write_text(LOG_SETTINGS + quiet, encoding="utf-8")
    one_thread = {
        f"spark.executorEnv.{library}_NUM_THREADS": "1"  # every core already has a worker
        for library in ("OMP", "OPENBLAS", "MKL")
    }
    return {
        "spark.master": "local[*]",
        "spark.driver.memory": f"{driver_memory_mib(memory_mib())}m",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={log_settings.as_uri()}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.pyspark.python": sys.executable,
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(n_cores()),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        **one_thread,
    }


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def driver_memory_mib(machine_mib: int) -> int:
    """Memory for the driver on a machine with so much."""
    return min(max(int(machine_mib * MEMORY_SHARE), LEAST_MEMORY_MIB), MOST_MEMORY_MIB)


def memory_mib() -> int:
    """Memory of the machine, or of the container where that has less; 8 GiB where neither can be told."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        machine = 8 << 30
    limits = [file.read_text(encoding="ascii").strip() for file in CONTAINER_LIMITS if file.is_file()]
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())]) >> 20  # "max" where there is none


def reason(error: BaseException) -> str:
    """What an error says in one line; of an error in Java the part that Java says."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said_by_java = [line.removeprefix(": ") for line in lines if line.startswith(": ")]
    return (said_by_java or lines)[0].rstrip(". ")
