"""Generating on Spark: small tables are made by the driver, large ones block by block in the workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings
from synthspark.generate.expand import Totals, expand, free_rows, joined, plan_totals, rootless_rows
from synthspark.generate.in_memory import WholeTable, fill_later, make_table
from synthspark.generate.parents import IssuedColumn, ParentKeys, cast_key
from synthspark.generate.random import column_stream
from synthspark.generate.recipe import Recipe, children_of, count_name, source_ratio, work_name
from synthspark.generate.rows import Block, open_name
from synthspark.generate.work import FINISHED, folder_of, read_work, work_table, write_work
from synthspark.spark_types import spark_type
from synthspark.stats.features import encode_feature, frame_of
from synthspark.stats.frame import Frame, arrow_type
from synthspark.stats.key_formats import KeyFormat

logger = logging.getLogger(__name__)


def generate_table(
    spark: SparkSession,
    plan: DatabasePlan,
    schema: Schema,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
    directory: RunDirectory,
) -> TableFacts:
    """Make the rows of one table and write them to its work table; all that its children need is in there.

    Parameters
    ----------
    facts
        Of all tables that this one depends on.

    Returns
    -------
    TableFacts
        To be kept by the caller: with it and the work tables, a run goes on after a stop.
    """
    started = time.monotonic()
    if plan.tables[table].role == "reference":
        return TableFacts(models[table].rows, models[table].rows)
    totals = table_totals(plan, models, table, facts, settings)
    recipe = recipe_of(plan, schema, models, table, facts, settings, directory, totals)
    made = _make_small(plan, recipe, models, directory, totals)
    write_work(directory, folder_of(table), made.rows)
    logger.info("generate: table %s, %d rows, %.1f s", table, made.facts.rows, time.monotonic() - started)
    return made.facts


def finish_table(
    spark: SparkSession,
    plan: DatabasePlan,
    schema: Schema,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
    directory: RunDirectory,
) -> DataFrame:
    """The finished rows of a synthesized table: the source's columns, with the links of the second pass filled."""
    model = models[table]
    folder = folder_of(table)
    if any(link.deferred for link in plan.tables[table].links):
        folder = _second_pass(plan, schema, models, table, facts, settings, directory)
    places = [(column, work_name(model, column.name)) for column in model.columns]
    stored = [(column, name) for column, name in places if _stored(model, column.name)]
    form = T.StructType([T.StructField(name, spark_type(column.type)) for column, name in stored])
    rows = spark.read.schema(form).parquet(escaped(directory.uri(folder)))
    kept = {name for _, name in stored}
    return rows.select(
        *(
            (F.col(name) if name in kept else F.lit(None).cast(spark_type(column.type))).alias(column.name)
            for column, name in places
        )
    )


def _stored(model: TableModel, name: str) -> bool:
    column = model.column(name)
    return column.way != "null" or bool(column.parameters.get("nan"))


def escaped(path: str) -> str:
    """Spark reads these characters of a path as wildcards; a backslash makes them plain."""
    return "".join("\\" + char if char in "[]{}*?\\" else char for char in path)


def table_totals(
    plan: DatabasePlan,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
) -> Totals:
    """How many rows a table gets."""
    model, context = models[table], plan.tables[table].context
    asked = settings.tables[table].rows if table in settings.tables else None
    if context is None:
        rows = asked if asked is not None else round(model.rows * settings.scale_of(table))
        return Totals(rows, rows, 0)
    drawn = sum(facts[context.parent].children.get(context.label, ()))
    at_most_one = any(key.kind == "inherited" for key in model.keys)
    children = model.rows - model.rootless_rows
    ratio = source_ratio(models, facts, context.parent)
    return plan_totals(drawn, children, model.rootless_rows, ratio, rows=asked, at_most_one=at_most_one)


def recipe_of(
    plan: DatabasePlan,
    schema: Schema,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
    directory: RunDirectory,
    totals: Totals,
    *,
    deferred: bool = False,
) -> Recipe:
    """The recipe of a table's rows; `deferred` asks for the parents of the second pass instead of the first's."""
    table_plan = plan.tables[table]
    parents = {
        link.key.label: parent_keys(models, facts, link.key, settings, directory)
        for link in table_plan.links
        if link.deferred == deferred
        and not link.key.self_reference
        and not models[table].link(link.key.label).reference
    }
    return Recipe(
        plan=table_plan,
        model=models[table],
        seed=settings.seed,
        slots=totals.slots,
        owners=facts[table_plan.context.parent].slots if table_plan.context else 0,
        parents=parents,
        children=children_of(plan, models, table),
    )


def parent_keys(
    models: Mapping[str, TableModel],
    facts: Mapping[str, TableFacts],
    key: ForeignKey,
    settings: Settings,
    directory: RunDirectory,
) -> ParentKeys:
    """Key values of a linked parent: by a closed form where each is one, else from its work table."""
    parent, known = models[key.parent], facts[key.parent]
    columns = [parent.column(name) for name in key.parent_columns]
    nullable = {feature.column for feature in parent.features}
    if known.dense and all(c.way == "key" and "format" in c.parameters and c.name not in nullable for c in columns):
        issued = {
            column.name: IssuedColumn(
                KeyFormat.from_json(column.parameters["format"]),
                max(known.slots, 1),
                column_stream(settings.seed, key.parent, column.name),
            )
            for column in columns
        }
        return ParentKeys(known.rows, issued=issued)
    names = [work_name(parent, column.name) for column in columns]
    rows = read_work(directory, folder_of(key.parent), names)
    held = {column.name: rows.column(name).combine_chunks() for column, name in zip(columns, names, strict=True)}
    return ParentKeys(rows.num_rows, held=held)


def _make_small(
    plan: DatabasePlan,
    recipe: Recipe,
    models: Mapping[str, TableModel],
    directory: RunDirectory,
    totals: Totals,
) -> WholeTable:
    key = recipe.plan.context
    if key is None:
        index = np.arange(totals.slots)
        rows = free_rows(index, totals.slots, totals.slots, 0)
        return make_table(recipe, Block(rows, _no_context(recipe, totals.slots), {}))
    parent = models[key.parent]
    wanted = {
        name: work_name(parent, name) for name in {*key.parent_columns, *(f.column for f in recipe.model.context)}
    }
    counted = count_name(plan.children_of(key.parent).index(key))
    owners = read_work(directory, folder_of(key.parent), [*wanted.values(), counted])
    drawn = owners.column(counted).to_numpy().astype(np.int64)
    with_children = np.flatnonzero(drawn > 0)
    before = (np.cumsum(drawn) - drawn)[with_children]
    owners = owners.take(pa.array(with_children))
    rows, at = expand(
        totals, owners.column("_ss_index").to_numpy().astype(np.int64), drawn[with_children], before, recipe.owners
    )
    data = {name: owners.column(column).combine_chunks() for name, column in wanted.items()}
    return make_table(recipe, block_of(recipe, key, totals, rows, at, data))


def block_of(recipe: Recipe, key: ForeignKey, totals: Totals, rows, at, owners: Mapping[str, pa.Array]) -> Block:  # type: ignore[no-untyped-def]
    """The block of these children and of all rows without parent; `at` is the place of each child's parent."""
    rootless = rootless_rows(totals, recipe.owners)
    features = recipe.model.context
    n_owners = len(next(iter(owners.values()))) if owners else 0
    context = frame_of(features, {f.name: encode_feature(owners[f.column], f) for f in features}, n_owners)
    unknown = np.full((len(features), rootless.index.size), np.nan)
    matrix = np.concatenate([context.matrix[:, at], unknown], axis=1)
    place = pa.array(
        np.concatenate([at, np.zeros(rootless.index.size, dtype=np.int64)]),
        mask=np.concatenate([np.zeros(at.size, dtype=bool), np.ones(rootless.index.size, dtype=bool)]),
    )
    inherited = {
        child: cast_key(owners[parent].take(place), arrow_type(recipe.model.column(child).type))
        for child, parent in zip(key.child_columns, key.parent_columns, strict=True)
    }
    return Block(joined(rows, rootless), Frame(context.names, context.domains, matrix), inherited)


def _no_context(recipe: Recipe, n_rows: int) -> Frame:
    features = recipe.model.context
    return frame_of(features, {f.name: np.full(n_rows, np.nan) for f in features}, n_rows)


def _second_pass(
    plan: DatabasePlan,
    schema: Schema,
    models: Mapping[str, TableModel],
    table: str,
    facts: Mapping[str, TableFacts],
    settings: Settings,
    directory: RunDirectory,
) -> str:
    """Write the rows of a table again, with the links filled whose parents came later; returns their folder."""
    totals = table_totals(plan, models, table, facts, settings)
    recipe = recipe_of(plan, schema, models, table, facts, settings, directory, totals, deferred=True)
    model = models[table]
    names = {column.name: work_name(model, column.name) for column in model.columns if _stored(model, column.name)}
    labels = [link.key for link, _ in recipe.links(deferred=True, own=False)]
    rows = read_work(directory, folder_of(table), [*names.values(), *(open_name(label) for label in labels)])
    columns = {name: rows.column(place).combine_chunks() for name, place in names.items()}
    wanted = {label: rows.column(open_name(label)).combine_chunks() for label in labels}
    index = rows.column("_ss_index")
    fill_later(recipe, index.to_numpy().astype(np.int64), columns, wanted)
    folder = f"{folder_of(table)}/{FINISHED}"
    write_work(directory, folder, work_table(model, index.combine_chunks(), columns, {}))
    return folder
