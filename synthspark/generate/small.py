"""Small tables, made by the driver from work tables and into work tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.generate.blocks import child_block, free_block, with_rootless
from synthspark.generate.expand import Totals, expand
from synthspark.generate.in_memory import Settle, WholeTable, fill_later, make_table
from synthspark.generate.prepare import Database, recipe_of, table_totals
from synthspark.generate.recipe import INDEX, Recipe, work_name
from synthspark.generate.rules.in_memory import settle_all
from synthspark.generate.rules.spans import spans_of
from synthspark.generate.work import FINISHED, folder_of, read_work, work_table, write_work
from synthspark.seeds import IntArray
from synthspark.stats.features import children_name


def make_small(database: Database, recipe: Recipe, totals: Totals) -> TableFacts:
    """Make all rows of a table and write its work table."""
    made = _make(database, recipe, totals)
    write_work(database.directory, folder_of(recipe.table), made.rows)
    return made.facts


def _make(database: Database, recipe: Recipe, totals: Totals) -> WholeTable:
    key = recipe.plan.context
    if key is None:
        return make_table(recipe, free_block(recipe, totals, np.arange(totals.slots)), _settle(database, recipe))
    parent = database.models[key.parent]
    names = {*key.parent_columns, *recipe.columns_of_owner()}
    wanted = {name: work_name(parent, name) for name in sorted(names)}
    counted = children_name(database.plan.children_of(key.parent).index(key))
    owners = read_work(database.directory, folder_of(key.parent), [*wanted.values(), counted])
    drawn = owners.column(counted).to_numpy().astype(np.int64)
    with_children = np.flatnonzero(drawn > 0)
    before = (np.cumsum(drawn) - drawn)[with_children]
    owners = owners.take(pa.array(with_children))
    index = owners.column(INDEX).to_numpy().astype(np.int64)
    rows, at = with_rootless(totals, *expand(totals, index, drawn[with_children], before, recipe.owners))
    data = {name: owners.column(column).combine_chunks() for name, column in wanted.items()}
    return make_table(recipe, child_block(recipe, key, rows, at, data), _settle(database, recipe))


def _settle(database: Database, recipe: Recipe) -> Settle:
    steps, parents = database.plan.rules.now.get(recipe.table, ()), partial(made_columns, database)
    spans = spans_of(recipe.model, steps)

    def settle(columns: dict[str, pa.Array], index: IntArray, *, again: bool) -> None:
        wanted = [step for step in steps if step.kind == "sequence" or not again]
        settle_all(wanted, columns, index, parents, recipe.seed, spans)

    return settle


def stored(model: TableModel, name: str) -> bool:
    """Whether the work table holds a column; columns that are always null are not there."""
    column = model.column(name)
    return column.way != "null" or bool(column.parameters.get("nan"))


def made_columns(database: Database, table: str, names: Sequence[str]) -> dict[str, pa.Array]:
    """Columns of a table that is made; of a verbatim copy those that rules read."""
    model = database.models[table]
    if database.plan.tables[table].role == "reference":
        places = {name: copied_name(database, table, name) for name in names}
    else:
        places = {name: work_name(model, name) for name in names if stored(model, name)}
    if not database.directory.list(folder_of(table)):
        return {}
    rows = read_work(database.directory, folder_of(table), list(places.values()))
    return {name: rows.column(place).combine_chunks() for name, place in places.items()}


def copied_name(database: Database, table: str, name: str) -> str:
    """Name of a column of a verbatim copy in its work table."""
    return f"c{database.plan.rules.read_by_children(table).index(name)}"


def keep_copy(database: Database, table: str, rows: pa.Table) -> None:
    """Keep the columns of a verbatim copy that rules of its children read."""
    names = database.plan.rules.read_by_children(table)
    columns = {copied_name(database, table, name): rows.column(name) for name in names}
    if columns:
        write_work(database.directory, folder_of(table), pa.table({INDEX: np.arange(rows.num_rows), **columns}))


def is_unfinished(database: Database, table: str) -> bool:
    """Whether rows need a second pass: for links whose parents come later, or for rules that read later tables."""
    deferred = any(link.deferred for link in database.plan.tables[table].links)
    return deferred or bool(database.plan.rules.late.get(table))


def finished_columns(
    database: Database, known: dict[str, dict[str, pa.Array]], table: str, names: Sequence[str] | None = None
) -> dict[str, pa.Array]:
    """Columns of a table after the second pass, by name, and its rows' indices under INDEX; kept in `known`."""
    if not is_unfinished(database, table):
        return made_columns(database, table, names or ())
    if table not in known:
        known[table] = _finished(database, known, table)
    return known[table]


def _finished(database: Database, known: dict[str, dict[str, pa.Array]], table: str) -> dict[str, pa.Array]:
    model = database.models[table]
    places = {column.name: work_name(model, column.name) for column in model.columns if stored(model, column.name)}
    totals = table_totals(database, table).with_spare(database.facts[table].spare)
    recipe = recipe_of(database, table, totals, deferred=True)
    second = recipe.links(deferred=True, own=False)
    opened = [name for link, _ in second for name in (recipe.open_name(link), *recipe.asked_names(link).values())]
    rows = read_work(database.directory, folder_of(table), [*places.values(), *opened])
    columns = {name: rows.column(place).combine_chunks() for name, place in places.items()}
    hidden = {name: rows.column(name).combine_chunks() for name in opened}
    index = rows.column(INDEX).to_numpy().astype(np.int64)
    fill_later(recipe, index, columns, hidden, whole=True)
    late = database.plan.rules.late.get(table, ())
    look_up = partial(finished_columns, database, known)
    settle_all(late, columns, index, look_up, recipe.seed, spans_of(model, late))
    return {INDEX: pa.array(index), **columns}


def second_pass(database: Database, table: str) -> str:
    """Folder of the finished rows of a table: written again, if later tables had to be waited for."""
    if not is_unfinished(database, table):
        return folder_of(table)
    columns = dict(finished_columns(database, {}, table))
    folder = f"{folder_of(table)}/{FINISHED}"
    write_work(database.directory, folder, work_table(database.models[table], columns.pop(INDEX), columns, {}))
    return folder
