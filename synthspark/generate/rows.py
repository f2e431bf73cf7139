"""The rows of one block of a table, from their recipe and their context parents; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.artifacts.model import LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate import keys
from synthspark.generate.agreeing import choose_agreeing
from synthspark.generate.cells import choose_in_cells
from synthspark.generate.drawing import ENDED, chosen_shards, draw_features, draw_links
from synthspark.generate.echoes import Reached, repeat, told_once
from synthspark.generate.kinship import choose_kin, less_taken
from synthspark.generate.late import asked_of
from synthspark.generate.links import (
    NONE,
    Linking,
    agreeing_shares,
    choose_parents,
    distinct_references,
    key_values,
    reference_places,
    row_before,
    values_at,
    wanted_rows,
)
from synthspark.generate.random import cells_stream, column_stream, counts_stream, link_stream, shard_stream
from synthspark.generate.recipe import Recipe
from synthspark.generate.spread import replace_repeated
from synthspark.generate.values import drawn_values, invented_values, with_presence
from synthspark.seeds import IntArray
from synthspark.stats.cardinality import Cardinality
from synthspark.stats.features import (
    BEFORE,
    OWN,
    beside,
    children_name,
    encode_feature,
    frame_of,
    link_place,
    own_columns,
    within_span,
)
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
    beyond : mapping
        Columns of the context parent that references of the rows may repeat.
    lent : mapping
        Columns of the context parent that rules read.
    first : int
        Rows with smaller indices belong to another block: they are made only because later ones follow them.
    """

    rows: Linking
    context: Frame
    inherited: Mapping[str, pa.Array]
    beyond: Mapping[str, pa.Array] = field(default_factory=dict)
    lent: Mapping[str, pa.Array] = field(default_factory=dict)
    first: int = 0


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
    lost : dict
        Rows that are not kept, by what would not hold with them.
    """

    columns: dict[str, pa.Array]
    keep: Mask
    nulled: dict[str, Mask] = field(default_factory=dict)
    hidden: dict[str, pa.Array] = field(default_factory=dict)
    counts: tuple[IntArray, ...] = ()
    lost: dict[str, int] = field(default_factory=dict)

    def drop(self, rows: Mask, why: str) -> None:
        """Keep these rows no longer."""
        number = int((rows & self.keep).sum())
        if number:
            self.lost[why] = self.lost.get(why, 0) + number
        self.keep &= ~rows


def make_rows(recipe: Recipe, block: Block) -> Made:
    """Rows of a block; references to the table itself and those of the second pass are left open."""
    model, n_rows = recipe.model, block.rows.index.size
    staged = bool(model.surroundings)
    if staged:
        drawn = draw_links(recipe, block.rows, block.context)
    else:
        drawn = draw_features(recipe, block.rows, block.context, block.first)
    made = Made(dict(block.inherited), np.ones(n_rows, dtype=bool))
    known = dict(zip(block.context.names, block.context.matrix, strict=True))
    reached = Reached(made.columns, block.beyond)
    for link, key in recipe.links(deferred=False, own=False):
        place = _link(recipe, block.rows, drawn, made, link, key, reached)
        known |= linked_columns(recipe, link, place)
    keys.set_composite(recipe, block.rows, made.columns, made.keep)
    if staged:
        set_first = [f for f in model.context if f.name.startswith(OWN)]
        known |= {f.name: within_span(encode_feature(made.columns[f.column], f), f) for f in set_first}
        known |= {f.name: np.full(n_rows, np.nan) for f in model.context if f.name.startswith(BEFORE)}
        context = beside(frame_of(model.context, known, n_rows), frame_of(model.link_features, drawn, n_rows))
        drawn |= draw_features(recipe, block.rows, context, block.first)
    for link, _ in [*recipe.links(deferred=True, own=False), *recipe.links(deferred=False, own=True)]:
        _leave_open(recipe, block.rows, drawn, made, link)
    made.drop(drawn.pop(ENDED, made.keep * 0.0) > 0, "no date is left within the range of the source")
    _fill(recipe, block.rows.index, drawn, made.columns)
    for spread in recipe.keys("spread"):
        replace_repeated(spread, block.rows, made.columns, cells_stream(recipe.seed, recipe.table, spread.columns))
    made.counts = tuple(
        draw_counts(recipe, drawn, made.columns, block.rows.index, place) for place in range(len(recipe.children))
    )
    for name in recipe.kept_features():
        made.hidden[name] = pa.array(drawn[name] if name in drawn else known[recipe.carried[name].name])
    made.keep &= block.rows.index >= block.first
    return made


def linked_columns(recipe: Recipe, link: LinkModel, place: IntArray) -> dict[str, FloatArray]:
    """Columns of the linked parents that the rows, or their children, depend on; unknown where there is none."""
    wanted = [f for f in recipe.known() if link_place(f) == recipe.model.links.index(link)]
    if not wanted:
        return {}
    if link.attributes is not None:
        names = list(link.attributes.document["names"])
        known = dict(zip(names, link.attributes.arrays["matrix"], strict=True))
    else:
        known = dict(recipe.parents[link.key].features) if link.key in recipe.parents else {}
    nothing = np.full(place.size, np.nan)
    return {
        f.name: np.where(place >= 0, known[f.name][np.maximum(place, 0)], np.nan) if f.name in known else nothing
        for f in wanted
    }


def draw_counts(
    recipe: Recipe, drawn: Mapping[str, FloatArray], columns: Mapping[str, pa.Array], index: IntArray, place: int
) -> IntArray:
    """Number of children of each row in one child table."""
    _, child = recipe.children[place]
    if children_name(place) in drawn:
        return np.maximum(np.nan_to_num(drawn[children_name(place)]), 0.0).astype(np.int64)
    if not child.counts:
        return np.zeros(index.size, dtype=np.int64)
    own = own_columns(child.context, columns)
    encoded = {feature.name: encode_feature(columns[feature.column], feature) for feature in own}
    context = frame_of(own, encoded, index.size)
    chosen = chosen_shards(child.counts, shard_stream(recipe.seed, child.table, "counts"), index)
    out = np.zeros(index.size, dtype=np.int64)
    for number, shard in enumerate(child.counts):
        rows = np.flatnonzero(chosen == number)
        if rows.size:
            model = Cardinality.from_parts(shard.part.document, dict(shard.part.arrays))
            stream = counts_stream(recipe.seed, child.table, number)
            out[rows] = model.sample(context.take(rows), stream, index[rows], n_parents=recipe.slots)
    return out


def _link(
    recipe: Recipe,
    rows: Linking,
    drawn: dict[str, FloatArray],
    made: Made,
    link: LinkModel,
    key: ForeignKey,
    reached: Reached,
) -> IntArray:
    """Set the free columns of one link; rows that find no parent are nulled where they may be, else dropped.

    Returns the place of each row's parent, NONE where there is none or where it is not known yet.
    """
    if link.echo:
        drawn[link.echo] = told_once(link, rows, drawn[link.echo])
    if link.reference:
        place, wanted = _refer_to_copy(recipe, rows, drawn, made, link, key)
    elif recipe.parents[link.key].late:
        _join_later(recipe, rows, made, link, wanted_rows(link, drawn, rows.index.size))
        return np.full(rows.index.size, NONE)
    else:
        place, wanted = _choose(recipe, rows, drawn, made, link, key, reached)
    lost = wanted & (place < 0)
    if link.echo:
        codes = np.where(wanted, drawn[link.echo], np.nan)
        columns, place, repeats = repeat(recipe, link, key, reached, codes, place)
        made.columns.update(columns)
        lost &= ~repeats
    settle(made, link, lost)
    reached.places[link.key] = place
    return place


def _refer_to_copy(
    recipe: Recipe, rows: Linking, drawn: Mapping[str, FloatArray], made: Made, link: LinkModel, key: ForeignKey
) -> tuple[IntArray, Mask]:
    """Set a reference to a table that is copied; the row there, and which rows are to have one."""
    kind = keys.kind_of_link(recipe, link)
    if kind:
        place = distinct_references(link, rows, recipe.seed, kind=kind)
        wanted = np.ones(place.size, dtype=bool)
    else:
        place = reference_places(link, drawn[link.reference], rows.index, recipe.seed)
        wanted = place >= 0
    made.columns.update(values_at(recipe, link, key, place, rows.index))
    return place, wanted


def _choose(
    recipe: Recipe,
    rows: Linking,
    drawn: Mapping[str, FloatArray],
    made: Made,
    link: LinkModel,
    key: ForeignKey,
    reached: Reached,
) -> tuple[IntArray, Mask]:
    """Set a reference to a row that is made; the place of that row, and which rows are to have one."""
    kind, parents = keys.kind_of_link(recipe, link), recipe.parents[link.key]
    wanted = wanted_rows(link, drawn, rows.index.size)
    fixed = [made.columns[name] for name in link.fixed]
    for array in fixed:  # a reference that is null in part is none
        wanted = wanted & array.is_valid().to_numpy(zero_copy_only=False)
    free = wanted & ~(drawn[link.echo] > 0) if link.echo else wanted
    akin, counted, cells = np.full(rows.index.size, NONE), free, parents.cells
    if link.kin:
        codes = np.where(free, drawn[link.kin], np.nan)
        akin = choose_kin(recipe, link, key, rows, reached, codes, distinct=kind == "linked")
        counted = free & (akin < 0)
        if cells is not None and rows.index.size == rows.slots:
            cells = less_taken(cells, akin[akin >= 0], int(free.sum()))
    if fixed:
        place = choose_agreeing(link, key, rows, fixed, parents, recipe.seed, kind=kind, counted=counted)
    elif cells is not None:
        stream = link_stream(recipe.seed, link.key)
        asked = asked_of(link, drawn, cells.worth.size)
        place = choose_in_cells(cells, rows, asked, counted, stream, distinct=kind == "linked")
    else:
        place = choose_parents(link, rows, parents.rows, recipe.seed, kind=kind, ranked=parents.ranked)
    place = np.where(wanted, np.where(akin >= 0, akin, place), NONE)
    made.columns.update(key_values(recipe, link, key, place, parents, rows.index))
    return place, wanted


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
        made.drop(lost, "a reference finds no parent")


def _leave_open(recipe: Recipe, rows: Linking, drawn: Mapping[str, FloatArray], made: Made, link: LinkModel) -> None:
    wanted = wanted_rows(link, drawn, made.keep.size)
    made.hidden[recipe.open_name(link)] = pa.array(wanted)
    made.hidden |= {hidden: pa.array(drawn[name]) for name, hidden in recipe.asked_names(link).items()}
    if link.steps:
        made.hidden[recipe.at_name(link)] = pa.array(row_before(link, rows, recipe.seed), from_pandas=True)
    elif recipe.link_of(link).key.self_reference:
        made.hidden[recipe.at_name(link)] = pa.array(agreeing_shares(link, rows.index, recipe.seed))
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
            columns[column.name] = with_presence(values, present, column.parameters.get("blank"))
            if column.way == "personal":
                coherent.setdefault(column.parameters["semantic"], columns[column.name])


def _turn(semantic: str) -> int:
    return NAMES_FIRST.index(semantic) if semantic in NAMES_FIRST else len(NAMES_FIRST)
