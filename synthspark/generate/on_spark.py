"""Generating on Spark: small tables are made by the driver, large ones block by block in the workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from synthspark.artifacts.facts import Earlier, TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings
from synthspark.generate.expand import is_replaceable, next_spare
from synthspark.generate.large.on_spark import columns_of, fill_large, made_rows, make_large, read_final, read_rows
from synthspark.generate.prepare import HELD_ROWS, Database, recipe_of, table_totals
from synthspark.generate.recipe import Recipe, work_name
from synthspark.generate.small import is_unfinished, keep_copy, make_small, second_pass, stored
from synthspark.generate.work import folder_of
from synthspark.spark_types import collect_arrow, column, spark_type

logger = logging.getLogger(__name__)

MOST_LOST = 0.05  # share of rows dropped for keys that cannot agree, above which the table is made again with more
MOST_SPARE = 4.0
EXACT_SPARE = 1.02  # more rows than are missing, where not one may be missing in the end
MOST_TRIES = 4
DRIVER_ROWS = 65_536  # tables up to this size are made by the driver: a job costs more than their rows
DRIVER_OWNERS = 1_000_000  # rows of a context parent up to which the driver reads them


def generate_table(
    spark: SparkSession,
    plan: DatabasePlan,
    schema: Schema,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
    directory: RunDirectory,
    copies: Mapping[str, DataFrame] | None = None,
    *,
    exact: Mapping[str, int] | None = None,
    earlier: Earlier | None = None,
) -> TableFacts:
    """Make the rows of one table and write them to its work table; all that its children need is in there.

    Parameters
    ----------
    facts
        Of all tables that this one depends on.
    copies
        Rows of the tables that are copied verbatim, for rules that read them.
    exact
        Rows of the tables that must have just so many.
    earlier
        Keys that are taken by rows beside which these will stand.

    Returns
    -------
    TableFacts
        To be kept by the caller: with it and the work tables, a run goes on after a stop.
    """
    started = time.monotonic()
    exact = exact or {}
    database = Database(plan, models, facts, settings, directory, earlier or Earlier(), exact)
    if plan.tables[table].role == "reference":
        names = plan.rules.read_by_children(table)
        if names and copies and models[table].rows <= HELD_ROWS:
            keep_copy(database, table, collect_arrow(copies[table].select(*map(column, names))))
        return TableFacts(models[table].rows, models[table].rows)
    made = _make(spark, database, table, 1.0)
    asked = exact.get(table, made.rows + made.dropped_rows)
    enough, room = (asked, EXACT_SPARE) if table in exact else ((1 - MOST_LOST) * asked, 1.0)
    replaceable = made.rows > 0 and is_replaceable(models[table], exact=table in exact)
    tried = [(made.spare, made.rows)]
    for _ in range(MOST_TRIES):
        if not replaceable or made.rows >= enough or made.spare >= MOST_SPARE or not made.rows:
            break
        made = _make(spark, database, table, min(MOST_SPARE, next_spare(tried, asked) * room))
        tried.append((made.spare, made.rows))
    logger.info("generate: table %s, %d rows, %.1f s", table, made.rows, time.monotonic() - started)
    return made


def _make(spark: SparkSession, database: Database, table: str, spare: float) -> TableFacts:
    totals = table_totals(database, table).with_spare(spare)
    recipe = recipe_of(database, table, totals)
    make = make_small if _is_small(recipe) else lambda *parts: make_large(spark, *parts)
    return replace(make(database, recipe, totals), spare=spare)


def _is_small(recipe: Recipe) -> bool:
    late = any(parent.late for parent in recipe.parents.values())
    return recipe.slots <= DRIVER_ROWS and recipe.owners <= DRIVER_OWNERS and not late


def finish_table(
    spark: SparkSession,
    plan: DatabasePlan,
    schema: Schema,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
    directory: RunDirectory,
    *,
    earlier: Earlier | None = None,
) -> DataFrame:
    """The finished rows of a synthesized table: the source's columns, with the links of the second pass filled."""
    model = models[table]
    database = Database(plan, models, facts, settings, directory, earlier or Earlier())
    if facts[table].final:
        return read_final(spark, database, table)
    rows = finished_rows(spark, database, table)
    return rows.select(
        *(
            (F.col(work_name(model, column.name)) if stored(model, column.name) else F.lit(None))
            .cast(spark_type(column.type))
            .alias(column.name)
            for column in model.columns
        )
    )


def finished_rows(spark: SparkSession, database: Database, table: str) -> DataFrame:
    """Rows of a table in the form of its work table, after the second pass."""
    if not is_unfinished(database, table):
        return read_rows(spark, database, table, folder_of(table))
    if all(_is_at_hand(database, name) for name in _awaited(database, table)):
        return read_rows(spark, database, table, second_pass(database, table))
    totals = table_totals(database, table).with_spare(database.facts[table].spare)

    def finished(name: str) -> tuple[DataFrame, dict[str, str]]:
        if database.plan.tables[name].role == "reference":
            return made_rows(spark, database, name)
        return finished_rows(spark, database, name), columns_of(database, name)

    return fill_large(spark, database, recipe_of(database, table, totals, deferred=True), finished)


def _awaited(database: Database, table: str) -> set[str]:
    """The table, and those whose finished rows its own wait for."""
    found, todo = set(), [table]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += database.plan.rules.read_by(name) if database.plan.rules.late.get(name) else ()
    return found


def _is_at_hand(database: Database, table: str) -> bool:
    """Whether the driver can finish the rows of a table."""
    if database.facts[table].slots > DRIVER_ROWS:
        return False
    if not any(link.deferred for link in database.plan.tables[table].links):
        return True
    totals = table_totals(database, table).with_spare(database.facts[table].spare)
    return _is_small(recipe_of(database, table, totals, deferred=True))
