"""Links to large parents, references of a large table to itself, and repeated keys, by joins and windows.

Ranks count from 0. The results are those of `generate.links` and `generate.in_memory`, which do the same with arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection

import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.pandas.functions import pandas_udf

from synthspark.artifacts.model import ColumnModel, KeyModel, LinkModel, TableModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.prepare import Database
from synthspark.generate.random import column_stream
from synthspark.generate.recipe import INDEX, Recipe, work_name
from synthspark.generate.work import folder_of
from synthspark.generate.writing import spellings_of
from synthspark.seeds import uniforms
from synthspark.spark_types import as_type, comparable, key_text, normal_form, spark_type
from synthspark.stats.key_spellings import write_keys

NULLED = "_ss_nulled"
RANK, SIZE = "_ss_rank", "_ss_size"


def nulled_bit(place: int) -> Column:
    """1 for rows whose link of this place found no parent."""
    return F.shiftright(F.col(NULLED), place).bitwiseAND(F.lit(1))


def join_late_links(
    spark: SparkSession, database: Database, recipe: Recipe, rows: DataFrame, *, deferred: bool
) -> DataFrame:
    """Fill the links whose parents are neither a closed form nor few."""
    for link, key in recipe.links(deferred=deferred, own=False):
        if key.label in recipe.parents and recipe.parents[key.label].late:
            rows = _join_link(spark, database, recipe, rows, link, key)
    return rows


def _join_link(
    spark: SparkSession, database: Database, recipe: Recipe, rows: DataFrame, link: LinkModel, key: ForeignKey
) -> DataFrame:
    at = F.col(recipe.at_name(link))
    parents = _parent_rows(spark, database, recipe, key)
    if link.fixed:
        group = [f"_ss_k{key.child_columns.index(name)}" for name in link.fixed]
        same = {name: f"{name}_own" for name in group}
        rows = rows.select("*", *_own_forms(recipe, database.models[key.parent], link, key))
        sizes = parents.groupBy(*group).agg(F.count(F.lit(1)).alias(SIZE))
        ranked = parents.withColumn(RANK, F.row_number().over(Window.partitionBy(*group).orderBy(INDEX)) - 1)
        rows = _left_join(rows, sizes, same)
        wanted = at.isNotNull()
        for name in same.values():
            wanted = wanted & F.col(name).isNotNull()
        place = F.least(F.floor(at * F.col(SIZE)), F.col(SIZE) - 1).cast("long")
    else:
        same, wanted, place = {}, at.isNotNull(), at.cast("long")
        ranked = (
            parents.withColumn(RANK, F.col(INDEX))
            if database.facts[key.parent].dense
            else with_rank(spark, parents, recipe.block_rows)
        )
    chosen = ranked.drop(INDEX).withColumn("_ss_found", F.lit(True))
    rows = _left_join(rows.withColumn("_ss_place", F.when(wanted, place)), chosen, {**same, RANK: "_ss_place"})
    return _take_over(recipe, rows, link, key, wanted & F.col("_ss_found").isNull())


def _parent_rows(spark: SparkSession, database: Database, recipe: Recipe, key: ForeignKey) -> DataFrame:
    """Index and key columns of a parent, the latter named by their place in the key.

    Those that are fixed in the child have the form in which they are compared, the others that of the child's column.
    """
    parent = database.models[key.parent]
    names = [work_name(parent, name) for name in key.parent_columns]
    form = [T.StructField(INDEX, T.LongType())]
    for name, work in zip(key.parent_columns, names, strict=True):
        if work not in [field.name for field in form]:
            form.append(T.StructField(work, spark_type(parent.column(name).type)))
    path = database.directory.uri(folder_of(key.parent))
    plain = "".join("\\" + char if char in "[]{}*?\\" else char for char in path)
    rows = spark.read.schema(T.StructType(form)).parquet(plain)
    fixed, found = recipe.model.link(key.label).fixed, []
    for place, (child, work) in enumerate(zip(key.child_columns, names, strict=True)):
        column, kind = recipe.model.column(child), spark_type(parent.column(key.parent_columns[place]).type)
        found.append(
            comparable(F.col(work), kind, spark_type(column.type), key.comparisons[place])
            if child in fixed
            else key_base(F.col(work), kind, column, key.comparisons[place])
        )
    return rows.select(INDEX, *(values.alias(f"_ss_k{place}") for place, values in enumerate(found)))


def _own_forms(recipe: Recipe, parent: TableModel, link: LinkModel, key: ForeignKey) -> list[Column]:
    """Fixed columns of the rows themselves, in the form in which they are compared with the parent's."""
    found = []
    for name in link.fixed:
        place = key.child_columns.index(name)
        kinds = [spark_type(recipe.model.column(name).type), spark_type(parent.column(key.parent_columns[place]).type)]
        form = comparable(F.col(work_name(recipe.model, name)), kinds[0], kinds[1], key.comparisons[place])
        found.append(form.alias(f"_ss_k{place}_own"))
    return found


def _left_join(rows: DataFrame, other: DataFrame, same: dict[str, str]) -> DataFrame:
    """Rows with the other's columns where its columns (keys of `same`) equal theirs; those columns stay as `_ss_j`."""
    renamed = other
    for place, name in enumerate(same):
        renamed = renamed.withColumnRenamed(name, f"_ss_j{place}")
    condition = F.lit(True)
    for place, name in enumerate(same.values()):
        condition = condition & (F.col(name) == F.col(f"_ss_j{place}"))
    joined = rows.join(renamed, condition, "left")
    return joined.drop(*(f"_ss_j{place}" for place in range(len(same))))


def _take_over(recipe: Recipe, rows: DataFrame, link: LinkModel, key: ForeignKey, lost: Column) -> DataFrame:
    """Key values found become the free columns; rows that lost a reference are marked, or dropped."""
    values = {
        work_name(recipe.model, name): spelled(recipe, name, F.col(f"_ss_k{key.child_columns.index(name)}"))
        for name in link.free
    }
    place = recipe.model.links.index(link)
    hidden = {RANK, SIZE, "_ss_place", "_ss_found", recipe.at_name(link)}
    if link.nullable and NULLED in rows.columns:
        bit = F.when(lost, F.lit(1 << place)).otherwise(F.lit(0)).cast("long")
        rows = rows.withColumn(NULLED, F.col(NULLED).bitwiseOR(bit))
    elif NULLED in rows.columns:
        rows = rows.where(~lost)
    kept = [name for name in rows.columns if name not in hidden and not name.startswith("_ss_k")]
    return rows.select(*(values[name].alias(name) if name in values else F.col(name) for name in kept))


def with_rank(spark: SparkSession, rows: DataFrame, block_rows: int) -> DataFrame:
    """Rows with their RANK by index; block by block, so that no worker sorts them all."""
    block = F.floor(F.col(INDEX) / F.lit(block_rows)).cast("long")
    counted = sorted((row[0], row[1]) for row in rows.groupBy(block).count().collect())
    before = itertools.accumulate((number for _, number in counted), initial=0)
    offsets = [(number, start) for (number, _), start in zip(counted, before, strict=False)]
    known = spark.createDataFrame(offsets or [(0, 0)], "_ss_block long, _ss_offset long")
    within = Window.partitionBy("_ss_block").orderBy(INDEX)
    columns = [F.col(name) for name in rows.columns]
    return (
        rows.withColumn("_ss_block", block)
        .join(F.broadcast(known), "_ss_block", "inner")
        .select(*columns, (F.col("_ss_offset") + F.row_number().over(within) - 1).alias(RANK))
    )


def join_own_links(spark: SparkSession, recipe: Recipe, rows: DataFrame) -> DataFrame:
    """Fill references of rows to earlier rows of the table, so that there are no loops."""
    for link, key in recipe.links(deferred=False, own=True):
        group = _own_forms(recipe, recipe.model, link, key)
        names = [f"_ss_k{key.child_columns.index(name)}_own" for name in link.fixed]
        if link.steps:
            ranked = rows.withColumn(RANK, F.col(INDEX))
        elif group:
            within = Window.partitionBy(*names).orderBy(INDEX)
            ranked = rows.select("*", *group).withColumn(RANK, F.row_number().over(within) - 1)
        else:
            ranked = with_rank(spark, rows, recipe.block_rows)
        columns = [recipe.model.column(name) for name in key.parent_columns]
        places = [(i, name) for i, name in enumerate(key.child_columns) if name in link.free]
        free = [
            key_base(
                F.col(work_name(recipe.model, columns[i].name)),
                spark_type(columns[i].type),
                recipe.model.column(name),
                key.comparisons[i],
            ).alias(f"_ss_k{i}")
            for i, name in places
        ]
        others = ranked.select(F.col(RANK).alias("_ss_parent_rank"), *(F.col(n).alias(f"{n}er") for n in names), *free)
        rows = _refer(recipe, ranked, others, link, key)
    return rows


def _refer(recipe: Recipe, ranked: DataFrame, others: DataFrame, link: LinkModel, key: ForeignKey) -> DataFrame:
    wanted = F.col(recipe.open_name(link))
    at, root = F.col(recipe.at_name(link)), F.lit(None) if link.nullable else F.col(RANK)
    if link.steps:
        place = F.coalesce(at, root).cast("long")
    else:
        earlier = F.least(F.floor(at * F.col(RANK)), F.col(RANK) - 1)
        place = F.when(F.col(RANK) > 0, earlier).otherwise(root).cast("long")
    same = {f"{name}er": name for name in ranked.columns if name.endswith("_own")}
    asked = ranked.withColumn("_ss_place", F.when(wanted, place))
    joined = _left_join(asked, others, {**same, "_ss_parent_rank": "_ss_place"})
    return _take_over(recipe, joined, link, key, F.lit(False))


def key_base(values: Column, kind: T.DataType, column: ColumnModel, comparison: str) -> Column:
    """What of a parent's key the child's column is written from: text or number to be spelled, else its own value."""
    if comparison == "number":
        number = normal_form(values, kind, comparison)
        return number.cast("string") if spellings_of(column) else as_type(number, T.LongType(), spark_type(column.type))
    return key_text(values, kind) if spellings_of(column) else as_type(values, kind, spark_type(column.type))


def spelled(recipe: Recipe, name: str, base: Column) -> Column:
    """Keys as the text that a column has for them, row by row as `generate.writing` has it."""
    spellings = spellings_of(recipe.model.column(name))
    if not spellings:
        return base
    stream = column_stream(recipe.seed, recipe.table, name)

    def write(values: pd.Series, index: pd.Series) -> pd.Series:
        plain = pa.array(values.to_numpy(dtype=object), pa.string(), from_pandas=True)
        numbers_or_texts = plain if spellings[0].case else plain.cast(pa.int64())
        made = write_keys(numbers_or_texts, spellings, uniforms(stream, index.to_numpy()))
        return pd.Series(made.to_numpy(zero_copy_only=False))

    written: Column = pandas_udf(write, T.StringType())(base, F.col(INDEX))  # type: ignore[call-overload]
    return written


def drop_repeated(recipe: Recipe, rows: DataFrame, touched: Collection[str] = ()) -> DataFrame:
    """Rows without those that repeat a key; keys that are unique by construction are not looked at.

    `touched` columns were set by rules since.
    """
    for key in recipe.model.keys:
        if not is_certain(recipe, key, touched):
            names = [work_name(recipe.model, name) for name in key.columns]
            missing = F.lit(False)
            for name in names:
                missing = missing | F.col(name).isNull()
            first = F.row_number().over(Window.partitionBy(*names).orderBy(INDEX)) == 1
            columns = rows.columns
            rows = rows.withColumn("_ss_first", first | missing).where(F.col("_ss_first")).select(*columns)
    return rows


def is_certain(recipe: Recipe, key: KeyModel, touched: Collection[str] = ()) -> bool:
    """Whether a key cannot repeat: its values are issued, or distinct within parents that the key tells apart."""
    if set(touched) & set(key.columns):
        return False
    if key.kind in ("issued", "grid", "single"):
        return True
    context = recipe.plan.context
    whole = context is not None and set(context.child_columns) <= set(key.columns)
    return whole and key.kind in ("inherited", "line", "cells")
