"""Open the tables of the source; every fault of every table is found before anything else starts."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from synthspark.config import SourceSettings, TableSource
from synthspark.errors import DataError, SynthsparkError
from synthspark.read.catalog.dialects import KNOWN, dialect_of
from synthspark.read.catalog.on_spark import connection_options
from synthspark.read.identifiers import parts_of
from synthspark.read.listing import list_tables
from synthspark.read.messages import explain
from synthspark.spark_types import logical_type, quoted, spark_type

logger = logging.getLogger(__name__)

CONCURRENCY = 4  # tables opened at the same time: each may cost one small job for its schema
CORRUPT_RECORD = "_corrupt_record"  # the column that Spark adds where lines are no JSON

# multiLine: a quoted value may hold line breaks, else they would silently become rows; escape: a quote in a value is
# doubled, as other programs write it.
DEFAULT_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"header": True, "inferSchema": True, "multiLine": True, "escape": '"'},
}


def open_database(spark: SparkSession, source: SourceSettings) -> dict[str, DataFrame]:
    """DataFrames of all source tables by name, sorted.

    Raises
    ------
    DataError
        One message with a line for each fault of each table: missing, unreadable, without columns, ambiguous columns.
    """
    return open_tables(spark, locate_tables(spark, source))


def locate_tables(spark: SparkSession, source: SourceSettings) -> dict[str, TableSource]:
    """Where each table of the source is; none of them is opened.

    Raises
    ------
    DataError
        One line for each fault found.
    """
    tables, faults = _find_tables(spark, source)
    if faults:
        raise DataError("\n".join(faults))
    return tables


def open_tables(spark: SparkSession, tables: Mapping[str, TableSource]) -> dict[str, DataFrame]:
    """DataFrames of these tables by name, sorted; DataError with a line for each fault of each table."""
    faults: list[str] = []
    frames: dict[str, DataFrame] = {}

    def open_one(name: str) -> DataFrame | str:
        try:
            return read_table(spark, name, tables[name])
        except SynthsparkError as fault:
            return str(fault)

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for name, found in zip(sorted(tables), pool.map(open_one, sorted(tables)), strict=True):
            if isinstance(found, str):
                faults.append(found)
            else:
                frames[name] = found
    if faults:
        raise DataError("\n".join(faults))
    logger.info("read: %d tables of format %s", len(frames), ", ".join(sorted({t.format for t in tables.values()})))
    return frames


def read_table(spark: SparkSession, name: str, table: TableSource, *, schema: T.StructType | None = None) -> DataFrame:
    """One table; nothing of its rows is read beyond what its schema takes.

    Parameters
    ----------
    schema : StructType, optional
        Columns and types to read with, for formats that do not carry them (csv, json); others ignore it.

    Raises
    ------
    DataError
        If Spark cannot open it, or it has no column, or columns that Spark cannot tell apart.
    """
    place = f"table {name} ({table.format or 'parquet'}, {table.path})"
    try:
        frame = _load(spark, table, schema)
        found = frame.schema
    except Exception as fault:  # py4j's and gRPC's own errors: the text is all they tell
        raise DataError(f"{place}: {explain(fault, table.format)}") from fault
    faults = _header_faults(spark, place, table, found) if table.format == "csv" and schema is None else []
    faults += _schema_faults(place, found, case_sensitive=_case_sensitive(spark))
    if faults:
        raise DataError("\n".join(faults))
    return frame


def _load(spark: SparkSession, table: TableSource, schema: T.StructType | None) -> DataFrame:
    kind = table.format or "parquet"
    options = {**DEFAULT_OPTIONS.get(kind, {}), **table.options}
    reader = spark.read.format(kind)
    declared = options.pop("schema", None)  # in Spark's own form: "a long, b string"
    if kind in ("csv", "json") and (schema is not None or declared):
        reader = reader.schema(schema if schema is not None else str(declared))
        options["inferSchema"] = False
    if kind == "table":
        return spark.table(_identifier(table.path))
    if kind == "jdbc" and "query" not in options:
        options.setdefault("dbtable", table.path)
    reader = reader.options(**options)
    return reader.load() if kind == "jdbc" else reader.load(_no_wildcards(table.path))


def _no_wildcards(path: str) -> str:
    """Spark reads these characters of a path as wildcards; a backslash makes them plain."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def _identifier(path: str) -> str:
    """``catalog.schema.table`` with every part quoted; parts in backticks may hold dots."""
    return ".".join(quoted(part) for part in parts_of(path)) or quoted(path)


def _find_tables(spark: SparkSession, source: SourceSettings) -> tuple[dict[str, TableSource], list[str]]:
    if source.format == "table":
        return _in_catalog(spark, source)
    if source.format == "jdbc":
        return _in_database(spark, source)
    return list_tables(source)


def _in_catalog(spark: SparkSession, source: SourceSettings) -> tuple[dict[str, TableSource], list[str]]:
    tables: dict[str, TableSource] = {}
    if source.path or not source.tables:
        schema = _identifier(source.path) if source.path else quoted(spark.catalog.currentDatabase())
        try:
            listed = spark.catalog.listTables(schema)
        except Exception as fault:  # the catalog's own error, whatever its class
            return {}, [f"source.path {source.path}: the catalog schema cannot be listed; {explain(fault, 'table')}"]
        views = [table.name for table in listed if table.isTemporary or table.tableType == "VIEW"]
        if views:
            logger.warning("read: %d views of %s are no tables and left out", len(views), source.path)
        tables = {
            table.name: TableSource(f"{schema}.{quoted(table.name)}", "table")
            for table in listed
            if table.name not in views
        }
    for name, table in source.tables.items():
        default = f"{_identifier(source.path)}.{quoted(name)}" if source.path else quoted(name)
        tables[name] = TableSource(table.path or default, table.format or "table", table.options)
    if not tables:
        return {}, [
            f"source.path {source.path}: the catalog schema has no table; expected at least one; correct the name"
        ]
    return tables, []


def _in_database(spark: SparkSession, source: SourceSettings) -> tuple[dict[str, TableSource], list[str]]:
    """The tables of a schema, or of all schemas, with what is said of single ones; or those named alone."""
    url = str(source.options.get("url", ""))
    named = {
        name: TableSource(table.path or name, table.format or "jdbc", {**source.options, **table.options})
        for name, table in source.tables.items()
    }
    if not url and not (named and all("url" in table.options for table in named.values())):
        return {}, ["source.options.url: nothing is given; expected e.g. jdbc:postgresql://host/database; add it"]
    if named and not source.path:
        return named, []
    dialect = dialect_of(url)
    if dialect is None:
        return {}, [
            "source.tables: nothing is given; expected the tables of this database by name, for only "
            f"{KNOWN} are asked for their list; add source.tables: {{<table>: {{path: <schema>.<table>}}, ...}}"
        ]
    options = connection_options(source.options)
    try:
        reader = spark.read.format("jdbc").options(**options).option("query", dialect.tables)
        listed = [(str(row[0]), str(row[1])) for row in reader.load().collect()]
    except Exception as fault:  # the driver's own error, whatever its class
        return {}, [f"source.options.url: the list of tables cannot be read; {explain(fault, 'jdbc')}"]
    wanted = sorted(place for place in listed if source.path.casefold() in ("", place[0].casefold()))
    if not wanted:
        schemas = ", ".join(sorted({schema for schema, _ in listed})) or "none"
        return {}, [
            f"source.path {source.path}: the database has no table in this schema; expected one of {schemas}; "
            "correct source.path"
        ]
    found = {
        _name_among(place, wanted): TableSource(".".join(map(dialect.quoted, place)), "jdbc", source.options)
        for place in wanted
    }
    for name, table in source.tables.items():
        found[name] = replace(named[name], path=table.path or found[name].path if name in found else named[name].path)
    return found, []


def _name_among(place: tuple[str, str], places: Sequence[tuple[str, str]]) -> str:
    """The table's own name, or with its schema where several schemas have a table of that name."""
    return place[1] if sum(other[1] == place[1] for other in places) == 1 else ".".join(place)


def _case_sensitive(spark: SparkSession) -> bool:
    return str(spark.conf.get("spark.sql.caseSensitive", "false")).lower() == "true"


def _schema_faults(place: str, schema: T.StructType, *, case_sensitive: bool) -> list[str]:
    if not schema.fields:
        return [f"{place}: the table has no column; expected at least one; remove it from the source"]
    faults = []
    seen: dict[str, str] = {}
    for name in schema.names:
        key = name if case_sensitive else name.lower()
        if key in seen:
            how = "twice" if seen[key] == name else f"beside {seen[key]!r}, which Spark takes for the same name"
            faults.append(
                f"{place}: column {name!r} is there {how}; expected names that differ by more than case; rename one, "
                "or set spark.sql.caseSensitive to true in the session"
            )
        seen[key] = name
        if not name:
            faults.append(f"{place}: a column has an empty name; expected a name; rename it in the source")
    if CORRUPT_RECORD in schema.names:
        faults.append(
            f"{place}: some lines are no JSON objects; expected one object a line; set source.options: {{multiLine: "
            f"true}} "
            "for files that hold one array, or mend the lines"
        )
    return faults + _type_faults(place, schema)


def _header_faults(spark: SparkSession, place: str, table: TableSource, schema: T.StructType) -> list[str]:
    """Names that the header of a CSV file has twice; Spark tells them apart silently, by their position behind each."""
    options = {**DEFAULT_OPTIONS["csv"], **table.options}
    suspects = [
        name.removesuffix(str(position)) for position, name in enumerate(schema.names) if name.endswith(str(position))
    ]
    if len(suspects) == len(set(suspects)) or not options["header"] or "schema" in options:
        return []
    plain = {**options, "header": False, "inferSchema": False}
    header = spark.read.format("csv").options(**plain).load(_no_wildcards(table.path)).limit(1).collect()
    names = list(header[0]) if header else []
    return [
        f"{place}: column {name!r} is there {names.count(name)} times; expected names that differ; "
        "rename one in the header"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def _type_faults(place: str, schema: T.StructType) -> list[str]:
    faults = []
    for field in schema.fields:
        try:
            spark_type(logical_type(field.dataType))
        except DataError:
            faults.append(
                f"{place}: column {field.name!r} has the type {field.dataType.simpleString()}; expected one of "
                f"Spark's own "
                "types; cast it where the source is made, or leave the column out there"
            )
    return faults
