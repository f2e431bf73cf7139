"""What a table's rows need before they can be made: their number, their recipe, the keys of their linked parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from synthspark.artifacts.facts import Earlier, TableFacts
from synthspark.artifacts.model import Feature, LinkModel, TableModel
from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import ForeignKey
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings
from synthspark.generate.conditions import conditions_of
from synthspark.generate.expand import Totals, plan_totals
from synthspark.generate.links import curve_of
from synthspark.generate.parents import IssuedColumn, ParentKeys, cell_parents
from synthspark.generate.random import column_stream, link_stream
from synthspark.generate.recipe import Recipe, asked_columns, children_of, counted_by, key_seed, source_ratio, work_name
from synthspark.generate.work import folder_of, read_work
from synthspark.seeds import FloatArray, IntArray, permuted, random_words
from synthspark.stats.cells import Cells
from synthspark.stats.features import BEFORE, encode_feature, link_place
from synthspark.stats.key_formats import KeyFormat

HELD_ROWS = 1_000_000  # parents whose keys travel to the workers in memory; those of larger tables are joined
HISTORY_BATCHES = 2  # rows of one turn of a history are few in a block: more of them share the cost of a call
GROUPED_ROWS = 200_000  # the same where rows look for a parent that agrees: a worker groups all of them for each block


@dataclass(frozen=True)
class Database:
    """What generating one table may look at."""

    plan: DatabasePlan
    models: Mapping[str, TableModel]
    facts: Mapping[str, TableFacts]
    settings: Settings
    directory: RunDirectory
    earlier: Earlier = field(default_factory=Earlier)
    exact: Mapping[str, int] = field(default_factory=dict)  # rows of tables that must have just so many


def table_totals(database: Database, table: str) -> Totals:
    """How many rows a table gets."""
    model, context = database.models[table], database.plan.tables[table].context
    wanted = database.settings.tables.get(table)
    asked = wanted.rows if wanted else None
    if context is None:
        rows = asked if asked is not None else round(model.rows * database.settings.scale_of(table))
        return Totals(rows, rows, 0)
    drawn = sum(database.facts[context.parent].children.get(context.label, ()))
    at_most_one = any(key.kind == "inherited" for key in model.keys)
    children = model.rows - model.rootless_rows
    ratio = source_ratio(database.models, database.facts, context.parent)
    totals = plan_totals(drawn, children, model.rootless_rows, ratio, rows=asked, at_most_one=at_most_one)
    if asked is None and _below_condition(database, context.parent):
        return replace(totals, wanted=drawn)  # other parents than the source's have another number of children
    return totals


def _below_condition(database: Database, table: str) -> bool:
    """Whether a condition holds for a table or for one above it."""
    seen: set[str] = set()
    while table not in seen:
        seen.add(table)
        wanted, context = database.settings.tables.get(table), database.plan.tables[table].context
        if wanted is not None and wanted.condition:
            return True
        table = context.parent if context else table
    return False


def recipe_of(database: Database, table: str, totals: Totals, *, deferred: bool = False) -> Recipe:
    """The recipe of a table's rows; `deferred` asks for the parents of the second pass instead of the first's."""
    plan, model = database.plan.tables[table], database.models[table]
    wanted = [
        link.key
        for link in plan.links
        if link.deferred == deferred and not link.key.self_reference and not model.link(link.key.label).reference
    ]
    recipe = Recipe(
        plan=plan,
        model=model,
        seed=database.settings.seed,
        slots=totals.slots,
        block_rows=_block_rows(database, model, totals),
        owners=database.facts[plan.context.parent].slots if plan.context else 0,
        children=children_of(database.plan, database.models, table),
        asked=asked_columns(database.plan, database.models, table),
        at_most=database.exact.get(table),
        earlier=database.earlier,
        condition=conditions_of(database.settings, database.models).get(table),
        counted={
            link.key.label: name
            for link in plan.links
            if link.key.self_reference
            for name in counted_by(database.plan, database.models, link.key)
        },
    )
    parents = _parents(database, model, wanted)
    return replace(recipe, parents=_with_features(database, recipe, parents))


def _block_rows(database: Database, model: TableModel, totals: Totals) -> int:
    """Rows of a block: where each follows the one before it in its family, more than else."""
    plain = database.settings.generate.batch_rows
    follow = any(feature.name.startswith(BEFORE) for feature in model.context)
    return HISTORY_BATCHES * plain if follow and totals.slots > HISTORY_BATCHES * plain else plain


def _with_features(database: Database, recipe: Recipe, parents: Mapping[str, ParentKeys]) -> dict[str, ParentKeys]:
    """Keys of linked parents with the columns of these that the rows depend on, of those that fit into memory."""
    return {
        label: known if known.late or known.rows > HELD_ROWS else _looked_at(database, recipe, label, known)
        for label, known in parents.items()
    }


def _looked_at(database: Database, recipe: Recipe, label: str, known: ParentKeys) -> ParentKeys:
    """Keys of one linked parent with its columns, the order of its rows by popularity, and their cells."""
    link, seed = recipe.model.link(label), database.settings.seed
    place, key = recipe.model.links.index(link), recipe.link_of(link).key
    wanted = [feature for feature in recipe.known() if link_place(feature) == place]
    cells = Cells.from_part(link.cells) if link.cells is not None and known.rows else None
    in_cells = (*cells.features, *cells.wishes) if cells else ()
    counted = counted_by(database.plan, database.models, key)
    parent = database.models[key.parent]
    names = {feature.column: work_name(parent, feature.column) for feature in (*wanted, *in_cells)}
    beyond = {name: work_name(parent, name) for name in sorted(recipe.columns_beyond(label))}
    read = list(dict.fromkeys([*names.values(), *counted, *beyond.values()]))
    if not read and cells is None:
        return known
    rows = read_work(database.directory, folder_of(key.parent), read)

    def encoded(feature: Feature) -> FloatArray:
        return encode_feature(rows.column(names[feature.column]).combine_chunks(), feature)

    children = rows.column(counted[0]).to_numpy().astype(np.float64) if counted else None
    weight = _weights(seed, link, known.rows, children) if cells or children is not None else None
    return replace(
        known,
        weight=weight,
        features={feature.name: encoded(feature) for feature in wanted},
        beyond={name: rows.column(place).combine_chunks() for name, place in beyond.items()},
        ranked=known.ranked if children is None else _by_popularity(children, seed, key),
        cells=cell_parents(cells, weight, encoded) if cells and weight is not None else known.cells,
    )


def _weights(seed: int, link: LinkModel, n_parents: int, children: FloatArray | None) -> FloatArray:
    """How often each parent is to be chosen: by the children drawn with it, or else by a place on the Lorenz curve."""
    if children is not None:
        weight = np.maximum(np.nan_to_num(children), 0.0)
    else:
        held = curve_of(link).held_by(np.arange(n_parents + 1) / n_parents)
        weight = np.diff(held)[permuted(link_stream(seed, link.key), np.arange(n_parents), n_parents)]
    return weight


def _by_popularity(children: FloatArray, seed: int, key: ForeignKey) -> IntArray:
    """Places of the parents, those with most children first, in random order where they have as many."""
    ties = random_words(link_stream(seed, key.label), np.arange(children.size), draw=4)
    return np.lexsort((ties, -np.nan_to_num(children)))


def _parents(database: Database, model: TableModel, wanted: list[ForeignKey]) -> dict[str, ParentKeys]:
    """Keys of linked parents; a link that builds on columns of a late one is late as well."""
    parents: dict[str, ParentKeys] = {}
    late: set[str] = set()
    for key in wanted:
        link = model.link(key.label)
        found = parent_keys(database, key)
        if late.intersection(link.fixed):
            found = ParentKeys(found.rows, late=True)
        if found.late:
            late.update(link.free)
        parents[key.label] = found
    return parents


def parent_keys(database: Database, key: ForeignKey) -> ParentKeys:
    """Key values of a linked parent: by a closed form where each is one, else from its work table, or late."""
    parent, known = database.models[key.parent], database.facts[key.parent]
    columns = [parent.column(name) for name in key.parent_columns]
    nullable = {feature.column for feature in parent.features}
    closed = known.dense and all(
        column.way == "key" and "format" in column.parameters and column.name not in nullable for column in columns
    )
    agreeing = bool(database.models[key.child].link(key.label).fixed)
    most = min(HELD_ROWS, GROUPED_ROWS) if agreeing else HELD_ROWS
    if known.rows > most and (agreeing or not closed):
        return ParentKeys(known.rows, late=True)
    if closed:
        issued = {
            column.name: IssuedColumn(
                KeyFormat.from_json(column.parameters["format"]),
                max(known.slots, 1),
                column_stream(key_seed(database.earlier, database.settings.seed), key.parent, column.name),
                database.earlier.slots.get(key.parent, ()),
            )
            for column in columns
        }
        return ParentKeys(known.rows, issued=issued)
    names = [work_name(parent, column.name) for column in columns]
    rows = read_work(database.directory, folder_of(key.parent), names)
    held = {column.name: rows.column(name).combine_chunks() for column, name in zip(columns, names, strict=True)}
    return ParentKeys(rows.num_rows, held=held)
