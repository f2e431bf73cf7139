"""The rows of one block of a table, from their recipe and their context parents; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.artifacts.model import LinkModel, Shard, shard_weights
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate import keys
from synthspark.generate.links import (
    NONE,
    Linking,
    agreeing_shares,
    choose_agreeing,
    choose_parents,
    distinct_references,
    key_values,
    reference_values,
    wanted_rows,
)
from synthspark.generate.random import column_stream, counts_stream, rows_stream, shard_stream
from synthspark.generate.recipe import Recipe
from synthspark.generate.values import drawn_values, invented_values, with_presence
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.cardinality import Cardinality
from synthspark.stats.engine import load_model
from synthspark.stats.features import children_name, encode_feature, frame_of
from synthspark.stats.frame import FloatArray, Frame, arrow_type

Mask = npt.NDArray[np.bool_]
NAMES_FIRST = ("first_name", "last_name", "full_name")  # other personal columns follow them


@dataclass(frozen=True)
class Block:
    """Rows to be made, each with what its context parent gives it.

    Attributes
    ----------
    rows : Linking
        Indices, owners (NONE for rows without context parent), and places among the owner's rows.
    context : Frame
        Features of the context parent, unknown where there is none.
    inherited : mapping
        Child columns of the context key.
    """

    rows: Linking
    context: Frame
    inherited: Mapping[str, pa.Array]


@dataclass
class Made:
    """Rows that are made.

    Attributes
    ----------
    columns : dict
        Of the source, by name.
    keep : ndarray of bool
        Rows whose keys could all be set.
    nulled : dict
        Rows whose reference found no parent and was set to null, by the label of the key.
    hidden : dict
        What later steps need, by name: references left open, places of parents that are joined.
    counts : tuple
        Children in each child table.
    """

    columns: dict[str, pa.Array]
    keep: Mask
    nulled: dict[str, Mask] = field(default_factory=dict)
    hidden: dict[str, pa.Array] = field(default_factory=dict)
    counts: tuple[IntArray, ...] = ()


def make_rows(recipe: Recipe, block: Block) -> Made:
    """Rows of a block; references to the table itself and those of the second pass are left open."""
    drawn = draw_features(recipe, block)
    made = Made(dict(block.inherited), np.ones(block.rows.index.size, dtype=bool))
    for link, key in recipe.links(deferred=False, own=False):
        _link(recipe, block.rows, drawn, made, link, key)
    for link, _ in [*recipe.links(deferred=True, own=False), *recipe.links(deferred=False, own=True)]:
        _leave_open(recipe, block.rows.index, drawn, made, link)
    keys.set_composite(recipe, block.rows, made.columns, made.keep)
    _fill(recipe, block.rows.index, drawn, made.columns)
    made.counts = tuple(
        draw_counts(recipe, drawn, made.columns, block.rows.index, place) for place in range(len(recipe.children))
    )
    for name in recipe.kept_features():
        made.hidden[name] = pa.array(drawn[name] if name in drawn else block.context.matrix[recipe.carried[name]])
    return made


def draw_features(recipe: Recipe, block: Block) -> dict[str, FloatArray]:
    """What the engine draws for each row, by the name of the feature."""
    model, index = recipe.model, block.rows.index
    if not model.shards:
        return {}
    out = np.empty((len(model.features), index.size))
    owners = np.where(block.rows.owner >= 0, block.rows.owner, recipe.owners + index)
    chosen = _shards(model.shards, shard_stream(recipe.seed, model.table, "rows"), owners)
    for place, shard in enumerate(model.shards):
        rows = np.flatnonzero(chosen == place)
        if rows.size:
            engine_model = load_model(shard.part.document, dict(shard.part.arrays))
            stream = rows_stream(recipe.seed, model.table, place)
            out[:, rows] = engine_model.sample(block.context.take(rows), stream, index[rows]).matrix
    return dict(zip((feature.name for feature in model.features), out, strict=True))


def draw_counts(
    recipe: Recipe, drawn: Mapping[str, FloatArray], columns: Mapping[str, pa.Array], index: IntArray, place: int
) -> IntArray:
    """Number of children of each row in one child table."""
    _, child = recipe.children[place]
    if children_name(place) in drawn:
        return np.maximum(np.nan_to_num(drawn[children_name(place)]), 0.0).astype(np.int64)
    if not child.counts:
        return np.zeros(index.size, dtype=np.int64)
    encoded = {feature.name: encode_feature(columns[feature.column], feature) for feature in child.context}
    context = frame_of(child.context, encoded, index.size)
    chosen = _shards(child.counts, shard_stream(recipe.seed, child.table, "counts"), index)
    out = np.zeros(index.size, dtype=np.int64)
    for number, shard in enumerate(child.counts):
        rows = np.flatnonzero(chosen == number)
        if rows.size:
            model = Cardinality.from_parts(shard.part.document, dict(shard.part.arrays))
            stream = counts_stream(recipe.seed, child.table, number)
            out[rows] = model.sample(context.take(rows), stream, index[rows], n_parents=recipe.slots)
    return out


def _shards(shards: tuple[Shard, ...], stream: int, owners: IntArray) -> IntArray:
    if len(shards) == 1:
        return np.zeros(owners.size, dtype=np.int64)
    found = np.searchsorted(shard_weights(shards), uniforms(stream, owners), side="right")
    return np.minimum(found, len(shards) - 1).astype(np.int64)


def _link(
    recipe: Recipe, rows: Linking, drawn: Mapping[str, FloatArray], made: Made, link: LinkModel, key: ForeignKey
) -> None:
    """Set the free columns of one link; rows that find no parent are nulled where they may be, else dropped."""
    types = {column.name: column.type for column in recipe.model.columns}
    kind = keys.kind_of_link(recipe, link)
    if link.reference and kind:
        values, found = distinct_references(link, rows, types, recipe.seed, kind=kind)
        made.columns.update(values)
        settle(made, link, ~found)
        return
    if link.reference:
        made.columns.update(reference_values(link, drawn[link.reference], rows.index, types, recipe.seed))
        return
    wanted = wanted_rows(link, drawn, rows.index.size)
    parents = recipe.parents[link.key]
    if parents.late:
        _join_later(recipe, rows, made, link, wanted)
        return
    fixed = [made.columns[name] for name in link.fixed]
    for array in fixed:  # a reference that is null in part is none
        wanted = wanted & array.is_valid().to_numpy(zero_copy_only=False)
    if fixed:
        place = choose_agreeing(link, key, rows, fixed, parents, recipe.seed, kind=kind)
    else:
        place = choose_parents(link, rows, parents.rows, recipe.seed, kind=kind)
    made.columns.update(key_values(link, key, np.where(wanted, place, NONE), parents, types))
    settle(made, link, wanted & (place < 0))


def _join_later(recipe: Recipe, rows: Linking, made: Made, link: LinkModel, wanted: Mask) -> None:
    """Leave a link to a join with its parent table: the place there, or the share of the way through its group."""
    if link.fixed:
        at = pa.array(agreeing_shares(link, rows.index, recipe.seed), mask=~wanted)
    else:
        kind = keys.kind_of_link(recipe, link)
        place = choose_parents(link, rows, recipe.parents[link.key].rows, recipe.seed, kind=kind)
        at = pa.array(place.astype(np.float64), mask=~wanted)
    made.hidden[recipe.at_name(link)] = at
    for name in link.free:
        made.columns[name] = pa.nulls(wanted.size, arrow_type(recipe.model.column(name).type))


def settle(made: Made, link: LinkModel, lost: Mask) -> None:
    """Note the references that found no parent: nulled where they may be, else their rows are dropped."""
    if link.nullable:
        made.nulled[link.key] = lost
    else:
        made.keep &= ~lost


def _leave_open(recipe: Recipe, index: IntArray, drawn: Mapping[str, FloatArray], made: Made, link: LinkModel) -> None:
    wanted = wanted_rows(link, drawn, made.keep.size)
    made.hidden[recipe.open_name(link)] = pa.array(wanted)
    if recipe.link_of(link).key.self_reference:
        made.hidden[recipe.at_name(link)] = pa.array(agreeing_shares(link, index, recipe.seed))
    for name in link.free:
        made.columns[name] = pa.nulls(wanted.size, arrow_type(recipe.model.column(name).type))


def _fill(recipe: Recipe, index: IntArray, drawn: Mapping[str, FloatArray], columns: dict[str, pa.Array]) -> None:
    """Columns that no key has set; those that are always null are left out."""
    coherent: dict[str, pa.Array] = {}
    open_columns = [column for column in recipe.model.columns if column.name not in columns]
    for column in sorted(open_columns, key=lambda item: _turn(item.parameters.get("semantic", ""))):
        stream = column_stream(recipe.seed, recipe.table, column.name)
        present = drawn.get(column.name)
        if column.way in ("number", "category"):
            columns[column.name] = drawn_values(column, drawn[column.name], index, recipe.slots, stream)
        elif column.way == "key":
            columns[column.name] = with_presence(keys.issue_column(recipe, column, index), present)
        elif column.way != "null" or column.parameters.get("nan"):
            values = invented_values(column.way, column.parameters, column.type, index, recipe.slots, stream, coherent)
            columns[column.name] = with_presence(values, present)
            if column.way == "personal":
                coherent.setdefault(column.parameters["semantic"], columns[column.name])


def _turn(semantic: str) -> int:
    return NAMES_FIRST.index(semantic) if semantic in NAMES_FIRST else len(NAMES_FIRST)
