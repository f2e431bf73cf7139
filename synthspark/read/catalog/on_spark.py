"""Ask catalogs and databases what they declare: a few queries for all tables of a place, not one a table."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from synthspark.artifacts.catalog import CatalogFacts
from synthspark.config import TableSource
from synthspark.read.catalog.dialects import (
    KNOWN,
    dialect_of,
    standard_comments,
    standard_constraints,
    unity_tags,
)
from synthspark.read.catalog.properties import property_rows
from synthspark.read.catalog.rows import COMMENT, Known, RemarkRow, gather
from synthspark.read.identifiers import parts_of
from synthspark.read.messages import explain
from synthspark.spark_types import collect_arrow, quoted

logger = logging.getLogger(__name__)

CONCURRENCY = 4  # tables of a catalog without information schema asked at the same time
# Options of a JDBC table that say what is read of it and how; the rest says where and as whom.
READING_OPTIONS = frozenset(
    option.casefold()
    for option in (
        *("dbtable", "query", "partitionColumn", "lowerBound", "upperBound", "numPartitions", "customSchema"),
        *("fetchsize", "pushDownPredicate", "pushDownAggregate", "pushDownLimit", "pushDownTableSample", "hint"),
    )
)
Rows = list[Sequence[Any]]


def connection_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a JDBC source without those that belong to the reading of one table."""
    return {name: value for name, value in options.items() if name.casefold() not in READING_OPTIONS}


def read_catalog(
    spark: SparkSession, located: Mapping[str, TableSource], frames: Mapping[str, DataFrame], declared: str
) -> CatalogFacts:
    """What the catalogs of the source's tables declare; nothing of it failing stops a discovery.

    Parameters
    ----------
    located
        Where each table is.
    declared
        With "ignore" only the comments are taken that come with the tables' own schemas, which cost no query.
    """
    started = time.monotonic()
    facts = CatalogFacts(comments=_schema_comments(frames))
    if declared != "ignore":
        for ask, tables in (
            (_ask_catalogs, _of_format(located, "table")),
            (_ask_databases, _of_format(located, "jdbc")),
        ):
            if tables:
                facts = facts.joined(ask(spark, tables, frames))
    for note in facts.notes:
        logger.warning("catalog: %s", note)
    if facts.keys or facts.references or facts.notes:
        logger.info(
            "catalog: %d keys and %d references declared, %d comments, %.1f s",
            *(len(facts.keys), len(facts.references), len(facts.comments), time.monotonic() - started),
        )
    return facts


def _of_format(located: Mapping[str, TableSource], kind: str) -> dict[str, TableSource]:
    return {name: table for name, table in located.items() if table.format == kind}


def _schema_comments(frames: Mapping[str, DataFrame]) -> dict[tuple[str, str], str]:
    return {
        (name, field.name): " ".join(str(field.metadata["comment"]).split())
        for name, frame in frames.items()
        for field in frame.schema.fields
        if field.metadata.get("comment")
    }


def _attempt(notes: list[str], place: str, what: str, kind: str, ask: Callable[[], Rows]) -> Rows:
    """The rows of a question to a catalog; where it fails none, and a note that says so."""
    try:
        return ask()
    except Exception as fault:  # the catalog's or driver's own error; a note records it
        notes.append(f"{place}: {what} not read: {explain(fault, kind)}")
        return []


def _rows(frame: DataFrame) -> Rows:
    return [list(row.values()) for row in collect_arrow(frame).to_pylist()]


def _ask_databases(
    spark: SparkSession, tables: Mapping[str, TableSource], frames: Mapping[str, DataFrame]
) -> CatalogFacts:
    by_address: dict[str, dict[str, TableSource]] = defaultdict(dict)
    for name, table in tables.items():
        by_address[str(table.options.get("url", ""))][name] = table
    facts = CatalogFacts()
    for own in by_address.values():
        facts = facts.joined(_ask_database(spark, own, frames))
    return facts


def _ask_database(
    spark: SparkSession, tables: Mapping[str, TableSource], frames: Mapping[str, DataFrame]
) -> CatalogFacts:
    options = connection_options(next(iter(tables.values())).options)
    address = str(options.get("url", ""))
    place = ":".join(address.split(":")[:2])
    dialect = dialect_of(address)
    if dialect is None:
        return CatalogFacts(notes=(f"{place}: declared keys not read, for it is none of {KNOWN}",))
    notes: list[str] = []

    def ask(what: str, query: str) -> Rows:
        reader = spark.read.format("jdbc").options(**options).option("query", query)
        return _attempt(notes, f"{place} ({dialect.name})", what, "jdbc", lambda: _rows(reader.load()))

    known = {}
    for name, table in tables.items():
        parts = parts_of(str(table.options.get("dbtable", table.path)))
        if parts and "query" not in table.options:
            known[name] = Known(parts[-2] if len(parts) > 1 else "", parts[-1], tuple(frames[name].columns))
    facts = gather(known, ask("constraints", dialect.constraints), ask("comments", dialect.comments))
    return facts.joined(CatalogFacts(notes=tuple(notes)))


def _ask_catalogs(
    spark: SparkSession, tables: Mapping[str, TableSource], frames: Mapping[str, DataFrame]
) -> CatalogFacts:
    here = [spark.catalog.currentCatalog(), spark.catalog.currentDatabase()]
    by_catalog: dict[str, dict[str, Known]] = defaultdict(dict)
    for name, table in tables.items():
        parts = parts_of(table.path)
        catalog, *schema = (*here[: max(0, 3 - len(parts))], *parts[:-1])
        by_catalog[catalog][name] = Known(".".join(schema), parts[-1], tuple(frames[name].columns))
    facts = CatalogFacts()
    for catalog, known in by_catalog.items():
        facts = facts.joined(_ask_catalog(spark, catalog, known))
    return facts


def _ask_catalog(spark: SparkSession, catalog: str, tables: Mapping[str, Known]) -> CatalogFacts:
    place = f"{quoted(catalog)}.information_schema"
    notes: list[str] = []

    def there(name: str) -> bool:
        found = _attempt(
            notes, place, name, "table", lambda: [[spark.catalog.tableExists(f"{place}.{name}")]]
        )  # asked first, for Spark prints a trace of every query that fails
        return bool(found and found[0][0])

    def ask(what: str, query: str) -> Rows:
        return _attempt(notes, place, what, "table", lambda: _rows(spark.sql(query)))

    schemas = sorted({known.schema for known in tables.values()})
    if not there("table_constraints"):
        constraints, remarks = _ask_tables(spark, catalog, tables, notes)
        return gather(tables, constraints, remarks).joined(CatalogFacts(notes=tuple(notes)))
    remarks = ask("comments", standard_comments(place, schemas))
    if there("column_tags"):
        remarks += ask("tags", unity_tags(place, schemas))
    facts = gather(tables, ask("constraints", standard_constraints(place, schemas)), remarks)
    return facts.joined(CatalogFacts(notes=tuple(notes)))


def _ask_tables(spark: SparkSession, catalog: str, tables: Mapping[str, Known], notes: list[str]) -> tuple[Rows, Rows]:
    """Of a catalog without information schema: the tables' comments from its list, keys from their properties."""
    remarks: Rows = []
    for schema in sorted({known.schema for known in tables.values()}):
        place = ".".join(quoted(part) for part in (catalog, *schema.split(".")))
        remarks += _attempt(notes, place, "comments", "table", partial(_table_comments, spark, place, schema))

    def properties(known: Known) -> Rows:
        path = ".".join(quoted(part) for part in (catalog, *known.schema.split("."), known.table))
        asked = _attempt(notes, path, "properties", "table", lambda: _rows(spark.sql(f"SHOW TBLPROPERTIES {path}")))
        return property_rows(known, {str(key): str(value) for key, value, *_ in asked})

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        constraints = [row for rows in pool.map(properties, tables.values()) for row in rows]
    return constraints, remarks


def _table_comments(spark: SparkSession, place: str, schema: str) -> Rows:
    listed = spark.catalog.listTables(place)
    return [RemarkRow(COMMENT, schema, table.name, None, None, table.description) for table in listed]
