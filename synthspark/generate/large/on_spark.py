"""The jobs that make a large table: parents cut into blocks, blocks made in the workers, keys joined and checked."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.steps import Step
from synthspark.generate import blocks
from synthspark.generate.blocks import BEFORE, COUNT, FIRST
from synthspark.generate.expand import Totals
from synthspark.generate.joins.on_spark import drop_repeated, is_certain, join_late_links, join_own_links, nulled_bit
from synthspark.generate.large.files import BLOCK, CODECS, FILE, NULLED, ROWS, Batches, PartFiles
from synthspark.generate.large.workers import child_rows, free_rows_of, second_pass, spans_in_blocks
from synthspark.generate.prepare import Database
from synthspark.generate.recipe import INDEX, Recipe, work_name
from synthspark.generate.rules.on_spark import LookUp, is_by_context, settle_large
from synthspark.generate.small import copied_name, is_unfinished, stored
from synthspark.generate.work import FOLDER, folder_of
from synthspark.spark_types import spark_type
from synthspark.stats.features import children_name
from synthspark.stats.frame import arrow_type, supported

SETTLED = "_ss_settled"  # below the work folder: tables on the way from rule to rule
ASIDE = "_ss_aside"  # below the work folder: files of tables that are not complete yet
MADE = "_ss_made"  # below the work folder: tables before their references to themselves are filled

Task = Callable[[Batches], Batches]


def make_large(spark: SparkSession, database: Database, recipe: Recipe, totals: Totals) -> TableFacts:
    """Make all rows of a table in the workers and write its work table."""
    steps, made = database.plan.rules.now.get(recipe.table, ()), partial(made_rows, spark, database)
    recipe = replace(recipe, lent=_lent(database, recipe, steps))
    form = work_form(recipe)
    last = is_last(database, recipe.table)
    if _is_direct(spark, database, recipe, steps):
        files = _part_files(spark, database, recipe, form, last=last)
        told = _rows(spark, database, recipe, totals, form, Handing.of_files(files))
        return _put(database, recipe, files, told, last=last)
    rows = _rows(spark, database, recipe, totals, form, Handing.of_rows(form, recipe))
    rows = join_late_links(spark, database, recipe, rows, deferred=False)
    rows = _settled(spark, database, recipe, steps, rows, made)
    touched = {name for step in steps if step.kind != "sequence" for name in step.columns}
    if not all(is_certain(recipe, key, touched) for key in recipe.model.keys):
        counted = [step for step in steps if step.kind == "sequence"]
        rows = _settled(spark, database, recipe, counted, drop_repeated(recipe, rows, touched), made)
    rows = rows.drop(*map(recipe.lent_name, recipe.lent))
    folder = database.directory.uri(folder_of(recipe.table))
    if recipe.links(deferred=False, own=True):
        before = database.directory.uri(f"{FOLDER}/{MADE}", recipe.table)
        rows.write.mode("overwrite").parquet(before)
        rows = join_own_links(spark, recipe, _read(spark, before, rows.schema))
    if last and _workers_can_write(spark, database):
        files = _part_files(spark, database, recipe, form, last=last)
        handing = Handing.of_files(files)
        return _put(database, recipe, files, rows.mapInArrow(handing.wrap(iter), handing.form), last=last)
    rows.write.mode("overwrite").parquet(folder)
    return _facts(recipe, _counted(recipe, _read(spark, folder, rows.schema)))


@dataclass(frozen=True)
class Handing:
    """What the workers hand out of the rows that they make, and its form."""

    wrap: Callable[[Task], Task]
    form: T.StructType

    @classmethod
    def of_rows(cls, form: pa.Schema, recipe: Recipe) -> Handing:
        """The rows themselves."""
        return cls(lambda task: task, spark_form(form, recipe))

    @classmethod
    def of_files(cls, files: PartFiles) -> Handing:
        """What files they have written."""
        fields = [T.StructField(name, T.StringType() if name == FILE else T.LongType()) for name in files.told]
        return cls(files.writing, T.StructType(fields))


def _rows(
    spark: SparkSession, database: Database, recipe: Recipe, totals: Totals, form: pa.Schema, handing: Handing
) -> DataFrame:
    rows = _free(spark, database, recipe, totals, form, handing)
    if recipe.plan.context is None:
        return rows
    return _children(spark, database, recipe, totals, form, handing).unionByName(rows)


def _workers_can_write(spark: SparkSession, database: Database) -> bool:
    """Whether the workers write where the driver reads, and in a form that Spark is set to write."""
    local = database.directory.is_on_disk and (spark.conf.get("spark.master", "") or "").startswith("local")
    return local and _codec(spark) in CODECS


def _is_direct(spark: SparkSession, database: Database, recipe: Recipe, steps: Sequence[Step]) -> bool:
    """Whether rows are as they will be once they are made, and workers can write them."""
    links = recipe.links(deferred=False, own=False)
    late = any(key.label in recipe.parents and recipe.parents[key.label].late for _, key in links)
    own = bool(recipe.links(deferred=False, own=True))
    certain = all(is_certain(recipe, key) for key in recipe.model.keys)
    return certain and not (steps or late or own) and _workers_can_write(spark, database)


def _codec(spark: SparkSession) -> str:
    return spark.conf.get("spark.sql.parquet.compression.codec", "snappy") or ""


def _part_files(spark: SparkSession, database: Database, recipe: Recipe, form: pa.Schema, *, last: bool) -> PartFiles:
    """Files of the work table: as they will be handed out, where nothing else is done with it."""
    model = recipe.model
    columns: dict[str, str | None] = {name: name for name in form.names}
    types, kinds = {name: form.field(name).type for name in columns}, spark_form(form, recipe)
    if last:
        columns = {c.name: work_name(model, c.name) if stored(model, c.name) else None for c in model.columns}
        types = {c.name: arrow_type(c.type) for c in model.columns}
        kinds = T.StructType([T.StructField(c.name, spark_type(c.type)) for c in model.columns])
    return PartFiles(
        folder=database.directory.make_folder(f"{FOLDER}/{ASIDE}/{recipe.table}-{uuid.uuid4().hex}"),
        columns=columns,
        types=types,
        block_rows=recipe.block_rows,
        n_children=len(recipe.children),
        n_links=len(model.links),
        codec=CODECS[_codec(spark)],
        metadata=file_metadata(spark, kinds),
    )


def file_metadata(spark: SparkSession, kinds: T.StructType) -> dict[str, str]:
    """What Spark says in its own files: by the version it knows how to read old dates."""
    fields = [{"name": f.name, "type": f.dataType.jsonValue(), "nullable": True, "metadata": {}} for f in kinds]
    written = json.dumps({"type": "struct", "fields": fields}, separators=(",", ":"), ensure_ascii=False)
    return {"org.apache.spark.version": spark.version, "org.apache.spark.sql.parquet.row.metadata": written}


def _put(database: Database, recipe: Recipe, files: PartFiles, told: DataFrame, *, last: bool) -> TableFacts:
    """Let the workers write, and give the files their place."""
    rows = told.collect()
    files.put(database.directory.local_path(folder_of(recipe.table)), [(row[FILE], row[BLOCK]) for row in rows])
    return replace(_facts(recipe, rows), final=last)


def is_last(database: Database, table: str) -> bool:
    """Whether nothing but its finished rows is wanted of a table: no other looks at them, and nothing is left to do."""
    plan = database.plan
    keys = [key for one in plan.tables.values() for key in (one.context, *(link.key for link in one.links)) if key]
    looked_at = any(key.parent == table for key in keys) or any(
        table in plan.rules.read_by(name) for name in plan.order
    )
    known = all(supported(column.type) for column in database.models[table].columns)
    return known and not (looked_at or plan.tables[table].virtual or is_unfinished(database, table))


def _lent(database: Database, recipe: Recipe, steps: Sequence[Step]) -> dict[str, str]:
    """Columns of the context parent that rules read, with their types: they need no join with it."""
    key = recipe.plan.context
    if key is None:
        return {}
    read = [name for step in steps for rule, name in step.from_parents() if is_by_context(recipe, rule)]
    parent = database.models[key.parent]
    return {name: parent.column(name).type for name in dict.fromkeys(read) if stored(parent, name)}


def _settled(
    spark: SparkSession, database: Database, recipe: Recipe, steps: Sequence[Step], rows: DataFrame, look_up: LookUp
) -> DataFrame:
    """Rows after the steps that rules are compiled into."""

    def materialize(frame: DataFrame) -> DataFrame:
        path = database.directory.uri(f"{FOLDER}/{SETTLED}", f"{recipe.table}-{uuid.uuid4().hex}")
        frame.write.mode("overwrite").parquet(path)
        return _read(spark, path, frame.schema)

    return settle_large(recipe, steps, rows, look_up, materialize) if steps else rows


def made_rows(spark: SparkSession, database: Database, table: str) -> tuple[DataFrame, dict[str, str]]:
    """Rows of a table as they are made, or of a verbatim copy what rules read of it; and the names of its columns."""
    if database.plan.tables[table].role == "reference":
        names = {name: copied_name(database, table, name) for name in database.plan.rules.read_by_children(table)}
        return spark.read.parquet(_plain(database.directory.uri(folder_of(table)))), names
    return read_rows(spark, database, table, folder_of(table)), columns_of(database, table)


def columns_of(database: Database, table: str) -> dict[str, str]:
    """Names of a table's columns in its work table."""
    model = database.models[table]
    return {column.name: work_name(model, column.name) for column in model.columns}


def work_form(recipe: Recipe) -> pa.Schema:
    """Columns and types in which the workers hand out rows."""
    own = [
        pa.field(work_name(recipe.model, column.name), arrow_type(column.type))
        for column in recipe.model.columns
        if stored(recipe.model, column.name)
    ]
    counts = [pa.field(children_name(place), pa.int64()) for place in range(len(recipe.children))]
    opened = itertools.chain(recipe.links(deferred=True, own=False), recipe.links(deferred=False, own=True))
    flags = [pa.field(recipe.open_name(link), pa.bool_()) for link, _ in opened]
    flags += [pa.field(name, pa.float64()) for name in _asked_late(recipe)]
    late = [
        pa.field(recipe.at_name(link), pa.float64())
        for link, key in recipe.links(deferred=False, own=False)
        if key.label in recipe.parents and recipe.parents[key.label].late
    ]
    late += [pa.field(recipe.at_name(link), pa.float64()) for link, _ in recipe.links(deferred=False, own=True)]
    kept = [pa.field(name, pa.float64()) for name in recipe.kept_features()]
    kept += [pa.field(recipe.lent_name(name), arrow_type(kind)) for name, kind in recipe.lent.items()]
    return pa.schema([pa.field(INDEX, pa.int64()), *own, *counts, *flags, *late, *kept, pa.field(NULLED, pa.int64())])


def spark_form(form: pa.Schema, recipe: Recipe) -> T.StructType:
    """The same for Spark."""
    model = recipe.model
    types = {work_name(model, column.name): spark_type(column.type) for column in model.columns}
    types |= {recipe.lent_name(name): spark_type(kind) for name, kind in recipe.lent.items()}
    hidden = {pa.int64(): T.LongType(), pa.bool_(): T.BooleanType(), pa.float64(): T.DoubleType()}
    return T.StructType([T.StructField(field.name, types.get(field.name) or hidden[field.type]) for field in form])


def _free(
    spark: SparkSession, database: Database, recipe: Recipe, totals: Totals, form: pa.Schema, handing: Handing
) -> DataFrame:
    """All rows of a root table, or the rows of another that have no context parent."""
    first = totals.wanted if recipe.plan.context else 0
    n_blocks = -(-(totals.slots - first) // recipe.block_rows)
    numbers = spark.range(0, n_blocks, 1, _partitions(database, totals.slots - first))
    return numbers.mapInArrow(handing.wrap(free_rows_of(recipe, totals, first, form)), handing.form)


def _partitions(database: Database, rows: int) -> int:
    return max(1, -(-rows // database.settings.generate.partition_rows))


def _children(
    spark: SparkSession, database: Database, recipe: Recipe, totals: Totals, form: pa.Schema, handing: Handing
) -> DataFrame:
    """Rows of context parents, each block of children made from the parents that have a child in it."""
    key = recipe.plan.context
    assert key is not None
    parent = database.models[key.parent]
    names = {*key.parent_columns, *recipe.columns_of_owner()}
    wanted = {name: work_name(parent, name) for name in sorted(names)}
    counted = children_name(database.plan.children_of(key.parent).index(key))
    types = [
        T.StructField(work, _hidden_type(name) if name == work else spark_type(parent.column(name).type))
        for name, work in wanted.items()
    ]
    hidden = [T.StructField(INDEX, T.LongType()), T.StructField(counted, T.LongType())]
    folder = database.directory.uri(folder_of(key.parent))
    owners = _read(spark, folder, T.StructType([*types, *hidden])).where(F.col(counted) > 0)
    known = database.facts[key.parent]
    before = _with_before(spark, owners, counted, known.children[key.label], known.block_rows)
    plain = [T.StructField(name, T.LongType()) for name in (blocks.BLOCK, FIRST, COUNT)]
    spans = before.mapInArrow(
        spans_in_blocks(counted, totals, recipe.block_rows),
        T.StructType([*types, T.StructField(INDEX, T.LongType()), *plain]),
    )
    partition = F.floor(F.col(blocks.BLOCK) * recipe.block_rows / F.lit(database.settings.generate.partition_rows))
    sorted_spans = spans.repartition(_partitions(database, totals.wanted), partition).sortWithinPartitions(
        blocks.BLOCK, FIRST
    )
    return sorted_spans.mapInArrow(handing.wrap(child_rows(recipe, key, totals, wanted, form)), handing.form)


def _hidden_type(name: str) -> T.DataType:
    return T.LongType() if name.startswith(children_name(0)[:-1]) else T.DoubleType()


def _with_before(
    spark: SparkSession, owners: DataFrame, counted: str, sums: tuple[int, ...], block_rows: int
) -> DataFrame:
    """Parents with the number of children that all earlier parents drew, in the order of the parents' indices."""
    totals = [0, *itertools.accumulate(sums)][: len(sums)]
    offsets = spark.createDataFrame(list(enumerate(totals)), "_ss_owners long, _ss_offset long")
    block = F.floor(F.col(INDEX) / F.lit(block_rows)).cast("long")
    within = Window.partitionBy("_ss_owners").orderBy(INDEX).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    columns = [F.col(name) for name in owners.columns]
    return (
        owners.withColumn("_ss_owners", block)
        .join(F.broadcast(offsets), "_ss_owners", "inner")
        .select(*columns, (F.sum(counted).over(within) - F.col(counted) + F.col("_ss_offset")).alias(BEFORE))
    )


def _counted(recipe: Recipe, rows: DataFrame) -> list[Row]:
    """Counts of the rows written, block by block, by one job."""
    block = F.floor(F.col(INDEX) / F.lit(recipe.block_rows)).cast("long").alias(BLOCK)
    counts = [F.sum(children_name(place)).alias(f"n{place}") for place in range(len(recipe.children))]
    lost = [F.sum(nulled_bit(place)).alias(f"l{place}") for place in range(len(recipe.model.links))]
    return rows.groupBy(block).agg(F.count(F.lit(1)).alias(ROWS), *counts, *lost).collect()


def _facts(recipe: Recipe, found: Sequence[Row]) -> TableFacts:
    """What counts of all blocks add up to; a block may be counted in parts."""
    n_blocks = max(1, -(-recipe.slots // recipe.block_rows))
    sums = [[0] * n_blocks for _ in recipe.children]
    for row in found:
        for place, column in enumerate(sums):
            column[row[BLOCK]] += int(row[f"n{place}"])
    n_rows = sum(int(row[ROWS]) for row in found)
    nulled = {link.key: sum(int(row[f"l{place}"]) for row in found) for place, link in enumerate(recipe.model.links)}
    return TableFacts(
        rows=n_rows,
        slots=recipe.slots,
        dropped_rows=recipe.slots - n_rows,
        nulled_links={label: number for label, number in nulled.items() if number},
        children={key.label: tuple(column) for (key, _), column in zip(recipe.children, sums, strict=True)},
        block_rows=recipe.block_rows,
    )


def fill_large(spark: SparkSession, database: Database, recipe: Recipe, finished: LookUp) -> DataFrame:
    """Rows of a table with the links of the second pass filled, and the steps done that need finished tables."""
    model = recipe.model
    names = {column.name: work_name(model, column.name) for column in model.columns if stored(model, column.name)}
    fields = {INDEX: pa.int64(), **{names[name]: arrow_type(model.column(name).type) for name in names}}
    opened = {recipe.open_name(link): pa.bool_() for link, _ in recipe.links(deferred=True, own=False)}
    opened |= dict.fromkeys(_asked_late(recipe), pa.float64())
    before = pa.schema([pa.field(name, kind) for name, kind in {**fields, **opened}.items()])
    late = {
        recipe.at_name(link): pa.float64()
        for link, key in recipe.links(deferred=True, own=False)
        if recipe.parents[key.label].late
    }
    after = pa.schema([pa.field(name, kind) for name, kind in {**fields, **late}.items()])
    rows = _read(spark, database.directory.uri(folder_of(recipe.table)), spark_form(before, recipe))
    filled = rows.mapInArrow(second_pass(recipe, names, after), spark_form(after, recipe))
    rows = join_late_links(spark, database, recipe, filled, deferred=True)
    return _settled(spark, database, recipe, database.plan.rules.late.get(recipe.table, ()), rows, finished)


def _asked_late(recipe: Recipe) -> list[str]:
    """Hidden columns by which rows choose the parents of the second pass."""
    late = recipe.links(deferred=True, own=False)
    return [name for link, _ in late for name in recipe.asked_names(link).values()]


def read_rows(spark: SparkSession, database: Database, table: str, folder: str) -> DataFrame:
    """Source columns of a work table."""
    model = database.models[table]
    form = T.StructType(
        [
            T.StructField(work_name(model, column.name), spark_type(column.type))
            for column in model.columns
            if stored(model, column.name)
        ]
    )
    return _read(spark, database.directory.uri(folder), form)


def read_final(spark: SparkSession, database: Database, table: str) -> DataFrame:
    """Rows of a table that was written as it is handed out."""
    form = T.StructType([T.StructField(c.name, spark_type(c.type)) for c in database.models[table].columns])
    return _read(spark, database.directory.uri(folder_of(table)), form)


def _read(spark: SparkSession, path: str, form: T.StructType) -> DataFrame:
    return spark.read.schema(form).parquet(_plain(path))


def _plain(path: str) -> str:
    # Spark reads these characters of a path as wildcards; a backslash makes them plain.
    return "".join("\\" + char if char in "[]{}*?\\" else char for char in path)
