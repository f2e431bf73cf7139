"""Write tables of a run; the number of part files is the frame's own number of partitions."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame

from synthspark.config import OutputSettings, TableSource
from synthspark.errors import ConfigError, DataError

# As the reader of this package expects it, and as other programs write it: quotes in values are doubled.
# Spark's own formats of times in texts keep milliseconds only.
_TIMES = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
DEFAULT_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"header": True, "escape": '"', **_TIMES},
    "json": {**_TIMES, "ignoreNullFields": False},  # else a column without values is gone
}
USER_FAULTS = (
    "DATA_SOURCE_NOT_FOUND",
    "Failed to find",
    "Permission denied",
    "AccessDenied",
    "No suitable driver",
    "UNSUPPORTED",
    "INVALID_SCHEMA_OR_RELATION_NAME",
    "SCHEMA_NOT_FOUND",
)
LOCATION_OPTIONS = ("schema", "dbtable")  # where tables go; not for Spark's writer


def write_table(frame: DataFrame, path: str, output: OutputSettings) -> TableSource:
    """Replace the table at `path`, whose last part is its name, and tell where it can be read again.

    For format ``table`` the table is made in the catalog schema named by ``output.options.schema``, for ``jdbc`` in the
    database at ``output.options.url``.
    """
    written = written_table(path, output)
    options = {
        **DEFAULT_OPTIONS.get(output.format, {}),
        **{key: value for key, value in output.options.items() if key not in LOCATION_OPTIONS},
    }
    writer = frame.write.format(output.format).mode("overwrite").options(**options)
    try:
        if output.format == "table":
            frame.write.mode("overwrite").options(**options).saveAsTable(written.path)
        elif output.format == "jdbc":
            writer.option("dbtable", written.path).save()
        else:
            writer.save(written.path)
    except Exception as fault:  # Spark's, py4j's and gRPC's own errors share no class
        if not _is_user_fault(str(fault)):
            raise
        raise DataError(
            f"table {posixpath.basename(path)} ({output.format}, {written.path}): it cannot be written "
            f"({str(fault).strip().splitlines()[0][:300]}); expected a place that this session may write in this "
            f"format; "
            "correct output.path, output.format or output.options"
        ) from fault
    return written


def is_plain(output: OutputSettings) -> bool:
    """Whether Parquet files as anyone writes them are asked for."""
    return output.format == "parquet" and not output.options


def written_table(path: str, output: OutputSettings) -> TableSource:
    """Where `write_table` puts a table of this path."""
    name = posixpath.basename(path.rstrip("/"))
    if output.format in ("table", "jdbc"):
        schema = str(output.options.get("schema", ""))
        if output.format == "jdbc" and "url" not in output.options:
            raise ConfigError("output.options.url: nothing is given; expected e.g. jdbc:postgresql://host/db; add it")
        quote = "`" if output.format == "table" else '"'
        named = quote + name.replace(quote, quote * 2) + quote
        options = {key: value for key, value in output.options.items() if key not in LOCATION_OPTIONS}
        return TableSource(f"{schema}.{named}" if schema else named, output.format, options)
    return TableSource(path, output.format, {})


def _is_user_fault(text: str) -> bool:
    marks = (
        "DATA_SOURCE_NOT_FOUND",
        "Failed to find",
        "Permission denied",
        "AccessDenied",
        "No suitable driver",
        "UNSUPPORTED",
        "INVALID_SCHEMA_OR_RELATION_NAME",
        "SCHEMA_NOT_FOUND",
    )
    return any(mark in text for mark in marks)
