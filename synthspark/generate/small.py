"""Small tables, made by the driver from work tables and into work tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.generate.blocks import child_block, free_block, with_rootless
from synthspark.generate.expand import Totals, expand
from synthspark.generate.in_memory import WholeTable, fill_later, make_table
from synthspark.generate.prepare import Database
from synthspark.generate.recipe import INDEX, Recipe, work_name
from synthspark.generate.work import FINISHED, folder_of, read_work, work_table, write_work
from synthspark.stats.features import children_name


def make_small(database: Database, recipe: Recipe, totals: Totals) -> TableFacts:
    """Make all rows of a table and write its work table."""
    made = _make(database, recipe, totals)
    write_work(database.directory, folder_of(recipe.table), made.rows)
    return made.facts


def _make(database: Database, recipe: Recipe, totals: Totals) -> WholeTable:
    key = recipe.plan.context
    if key is None:
        return make_table(recipe, free_block(recipe, totals, np.arange(totals.slots)))
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
    return make_table(recipe, child_block(recipe, key, rows, at, data))


def stored(model: TableModel, name: str) -> bool:
    """Whether the work table holds a column; columns that are always null are not there."""
    column = model.column(name)
    return column.way != "null" or bool(column.parameters.get("nan"))


def second_pass(database: Database, recipe: Recipe) -> str:
    """Write the rows of a table again, with the links filled whose parents came later; returns their folder."""
    model = recipe.model
    names = {column.name: work_name(model, column.name) for column in model.columns if stored(model, column.name)}
    opened = [recipe.open_name(link) for link, _ in recipe.links(deferred=True, own=False)]
    rows = read_work(database.directory, folder_of(recipe.table), [*names.values(), *opened])
    columns = {name: rows.column(place).combine_chunks() for name, place in names.items()}
    hidden = {name: rows.column(name).combine_chunks() for name in opened}
    index = rows.column(INDEX).combine_chunks()
    fill_later(recipe, index.to_numpy().astype(np.int64), columns, hidden)
    folder = f"{folder_of(recipe.table)}/{FINISHED}"
    write_work(database.directory, folder, work_table(model, index, columns, {}))
    return folder
