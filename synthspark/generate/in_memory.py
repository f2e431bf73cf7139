"""A small table made as a whole: its rows, the keys checked, references to itself, and what follows later tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from synthspark.artifacts.facts import TableFacts
from synthspark.generate.agreeing import choose_agreeing
from synthspark.generate.completion import complete, lend_copies
from synthspark.generate.keys import kind_of_link
from synthspark.generate.late import asked_late, choose_above, choose_late
from synthspark.generate.links import (
    NONE,
    Linking,
    agreeing_shares,
    choose_parents,
    compared,
    key_values,
)
from synthspark.generate.parents import ParentKeys
from synthspark.generate.random import counts_stream, surplus_stream
from synthspark.generate.recipe import Recipe
from synthspark.generate.rows import Block, Made, make_rows
from synthspark.generate.work import work_table
from synthspark.seeds import IntArray, random_words
from synthspark.stats.features import children_name
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import first_of_each, group_rows, row_codes


class Settle(Protocol):
    """Does to rows what rules ask for; `again` after rows were dropped, to close the gaps of numbers."""

    def __call__(self, columns: dict[str, pa.Array], index: IntArray, *, again: bool) -> None: ...


@dataclass(frozen=True)
class WholeTable:
    """All rows of a table in memory, with their counts."""

    rows: pa.Table
    facts: TableFacts


def make_table(recipe: Recipe, block: Block, settle: Settle | None = None) -> WholeTable:
    """A table from its single block; `settle` does to the rows what rules ask for."""
    made = make_rows(recipe, block)
    if settle is not None:
        settle(made.columns, block.rows.index, again=False)
    drop_repeated(recipe, made)
    drop_surplus(recipe, block.rows.index, made)
    kept = np.flatnonzero(made.keep)
    index = block.rows.index[kept]
    columns = {name: values.take(pa.array(kept)) for name, values in made.columns.items()}
    hidden = {name: values.take(pa.array(kept)) for name, values in made.hidden.items()}
    if settle is not None and index.size < recipe.slots:
        settle(columns, index, again=True)
    refer_to_itself(recipe, index, columns, hidden)
    counts = _counts(recipe, block, made, kept)
    for place, ((_, child), drawn, count) in enumerate(zip(recipe.children, made.counts, counts, strict=True)):
        stream = counts_stream(recipe.seed, child.table, len(child.counts))
        hidden |= lend_copies(hidden, place, drawn[kept], count, index, stream)
        hidden[children_name(place)] = pa.array(count)
    nulled = {label: int(lost[kept].sum()) for label, lost in made.nulled.items()}
    facts = TableFacts(
        rows=index.size,
        slots=recipe.slots,
        dropped_rows=recipe.slots - index.size,
        nulled_links={label: number for label, number in nulled.items() if number},
        children={
            key.label: block_sums(index, count, recipe.slots, recipe.block_rows)
            for (key, _), count in zip(recipe.children, counts, strict=True)
        },
        block_rows=recipe.block_rows,
        lost=dict(made.lost),
    )
    return WholeTable(work_table(recipe.model, pa.array(index), columns, hidden), facts)


def _counts(recipe: Recipe, block: Block, made: Made, kept: IntArray) -> list[IntArray]:
    """Children of the rows that are kept, in each child table."""
    ratio = kept.size / max(recipe.model.rows, 1)
    owner, index = block.rows.owner[kept], block.rows.index[kept]
    return [
        complete(count[kept], owner, index, child, ratio, counts_stream(recipe.seed, child.table, len(child.counts)))
        for count, (_, child) in zip(made.counts, recipe.children, strict=True)
    ]


def block_sums(index: IntArray, counts: IntArray, slots: int, block_rows: int) -> tuple[int, ...]:
    """Children of each block of consecutive indices."""
    sums = np.zeros(max(1, -(-slots // block_rows)), dtype=np.int64)
    np.add.at(sums, index // block_rows, counts)
    return tuple(sums.tolist())


def drop_repeated(recipe: Recipe, made: Made) -> None:
    """Keep only the first row of each key; keys that are unique by construction cost a check and drop nothing."""
    for key in recipe.model.keys:
        kept = np.flatnonzero(made.keep)
        if kept.size and all(name in made.columns for name in key.columns):
            (codes,) = row_codes([made.columns[name].take(pa.array(kept)) for name in key.columns])
            repeated = np.zeros(made.keep.size, dtype=bool)
            repeated[kept[~first_of_each(codes)]] = True
            made.drop(repeated, f"no two may have the same {' and '.join(key.columns)}")


def drop_surplus(recipe: Recipe, index: IntArray, made: Made) -> None:
    """Keep no more rows than were asked for; which ones go is chosen at random."""
    kept = np.flatnonzero(made.keep)
    surplus = 0 if recipe.at_most is None else kept.size - recipe.at_most
    if surplus > 0:
        words = random_words(surplus_stream(recipe.seed, recipe.table), index[kept])
        made.keep[kept[np.argsort(words, kind="stable")[:surplus]]] = False


def refer_to_itself(recipe: Recipe, index: IntArray, columns: dict[str, pa.Array], hidden: dict[str, pa.Array]) -> None:
    """Fill references of rows to earlier rows of the table, so that there are no loops."""
    for link, key in recipe.links(deferred=False, own=True):
        wanted = hidden.pop(recipe.open_name(link)).to_numpy(zero_copy_only=False)
        at = hidden.pop(recipe.at_name(link)).to_numpy(zero_copy_only=False)
        asked = asked_late(recipe, link, hidden)
        if asked:
            place = choose_above(recipe, link, index, columns, hidden, asked)
        elif link.steps:
            place = _place_of(index, at)
        else:
            place = earlier_rows(at, [columns[name] for name in link.fixed], compared(key, link.fixed))
        if not link.nullable:  # a root of a key that is never null points to itself
            place = np.where(place < 0, np.arange(index.size), place)
        parents = ParentKeys(index.size, held={name: columns[name] for name in key.parent_columns})
        columns.update(key_values(recipe, link, key, np.where(wanted, place, NONE), parents, index))


def _place_of(index: IntArray, wanted: FloatArray) -> IntArray:
    """Place of the row with each index; NONE where it is not there."""
    place = np.searchsorted(index, np.nan_to_num(wanted, nan=-1.0)).clip(max=index.size - 1)
    return np.where(index[place] == wanted, place, NONE)


def earlier_rows(share: FloatArray, fixed: list[pa.Array], comparisons: Sequence[str] = ()) -> IntArray:
    """Place of an earlier row, this share of the way through those that agree where fixed; NONE for a first."""
    if not fixed:
        at = np.arange(share.size)
        return np.where(at > 0, np.minimum((share * at).astype(np.int64), at - 1), NONE)
    (codes,) = row_codes(fixed, comparisons=comparisons)
    groups = group_rows(codes, int(codes.max(initial=-1)) + 1)
    rank = np.zeros(share.size, dtype=np.int64)
    rank[groups.members] = np.arange(groups.members.size) - np.repeat(groups.start, groups.size)
    earlier = np.minimum((share * rank).astype(np.int64), rank - 1)
    place = np.full(share.size, NONE, dtype=np.int64)
    found = np.flatnonzero((codes >= 0) & (rank > 0))
    place[found] = groups.members[groups.start[codes[found]] + earlier[found]]
    return place


def fill_later(
    recipe: Recipe, index: IntArray, columns: dict[str, pa.Array], hidden: dict[str, pa.Array], *, whole: bool
) -> None:
    """Set the links of the second pass, whose parents exist by now; late ones leave the parent's place in `hidden`.

    A reference that finds no parent stays null; if it must not be, the integrity gate says so. `whole`: these are all
    rows of the table.
    """
    none = np.full(index.size, NONE, dtype=np.int64)
    rows = Linking(index, recipe.slots, none, none, none, 0)
    for link, key in recipe.links(deferred=True, own=False):
        wanted = hidden.pop(recipe.open_name(link)).to_numpy(zero_copy_only=False)
        parents, asked = recipe.parents[link.key], asked_late(recipe, link, hidden)
        fixed = [columns[name] for name in link.fixed]
        for array in fixed:
            wanted = wanted & array.is_valid().to_numpy(zero_copy_only=False)
        together = replace(rows, slots=index.size if whole else recipe.slots)
        if fixed and not parents.late:
            place = choose_agreeing(link, key, together, fixed, parents, recipe.seed, counted=wanted)
        elif fixed:
            hidden[recipe.at_name(link)] = pa.array(agreeing_shares(link, index, recipe.seed), mask=~wanted)
            continue
        elif asked and parents.cells is not None:
            place = choose_late(recipe, link, together, parents.cells, asked, wanted)
        else:
            kind = "single" if kind_of_link(recipe, link) == "single" else ""
            place = choose_parents(link, rows, parents.rows, recipe.seed, kind=kind)
        if parents.late:
            hidden[recipe.at_name(link)] = pa.array(place.astype(np.float64), mask=~wanted)
        else:
            columns.update(key_values(recipe, link, key, np.where(wanted, place, NONE), parents, index))
