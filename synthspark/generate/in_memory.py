"""A small table made as a whole: its rows, the keys checked, references to itself, and what follows later tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.keys import kind_of_link
from synthspark.generate.links import NONE, Linking, choose_agreeing, choose_parents, curve_of, key_values
from synthspark.generate.parents import ParentKeys
from synthspark.generate.random import link_stream
from synthspark.generate.recipe import Recipe, count_name
from synthspark.generate.rows import Block, Made, make_rows, open_name
from synthspark.generate.work import work_table
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.matching import first_of_each, group_rows, row_codes

BLOCK = 65_536  # indices whose children are counted together; tables up to this size are made by the driver


@dataclass(frozen=True)
class WholeTable:
    """All rows of a table in memory, with their counts."""

    rows: pa.Table
    facts: TableFacts


def make_table(recipe: Recipe, block: Block) -> WholeTable:
    """A table from its single block."""
    made = make_rows(recipe, block)
    drop_repeated(recipe, made)
    kept = np.flatnonzero(made.keep)
    index = block.rows.index[kept]
    columns = {name: values.take(pa.array(kept)) for name, values in made.columns.items()}
    counts = [count[kept] for count in made.counts]
    refer_to_itself(recipe, index, columns)
    hidden = {count_name(place): pa.array(count) for place, count in enumerate(counts)}
    for link, _ in recipe.links(deferred=True, own=False):
        hidden[open_name(link.key)] = columns[open_name(link.key)]
    facts = TableFacts(
        rows=index.size,
        slots=recipe.slots,
        dropped_rows=recipe.slots - index.size,
        nulled_links={label: number for label, number in made.nulled.items() if number},
        children={
            key.label: block_sums(index, count, recipe.slots)
            for (key, _), count in zip(recipe.children, counts, strict=True)
        },
    )
    return WholeTable(work_table(recipe.model, pa.array(index), columns, hidden), facts)


def block_sums(index: IntArray, counts: IntArray, slots: int) -> tuple[int, ...]:
    """Children of each block of consecutive indices."""
    n_blocks = max(1, -(-slots // BLOCK))
    sums = np.zeros(n_blocks, dtype=np.int64)
    np.add.at(sums, index // BLOCK, counts)
    return tuple(sums.tolist())


def drop_repeated(recipe: Recipe, made: Made) -> None:
    """Keep only the first row of each key; keys that are unique by construction cost a check and drop nothing."""
    for key in recipe.model.keys:
        if any(name not in made.columns for name in key.columns):
            continue
        kept = np.flatnonzero(made.keep)
        if kept.size:
            (codes,) = row_codes([made.columns[name].take(pa.array(kept)) for name in key.columns])
            made.keep[kept[~first_of_each(codes)]] = False


def refer_to_itself(recipe: Recipe, index: IntArray, columns: dict[str, pa.Array]) -> None:
    """Fill references of rows to earlier rows of the table, so that there are no loops."""
    for link, key in recipe.links(deferred=False, own=True):
        wanted = columns[open_name(link.key)].to_numpy(zero_copy_only=False)
        place = earlier_rows(link, index, [columns[name] for name in link.fixed], recipe.seed)
        if not link.nullable:  # a root of a key that is never null points to itself
            place = np.where(place < 0, np.arange(index.size), place)
        parents = ParentKeys(index.size, held={name: columns[name] for name in key.parent_columns})
        types = {column.name: column.type for column in recipe.model.columns}
        columns.update(key_values(link, key, np.where(wanted, place, NONE), parents, types))


def earlier_rows(link: LinkModel, index: IntArray, fixed: list[pa.Array], seed: int) -> IntArray:
    """Place of an earlier row for each row, agreeing on the fixed columns; NONE for the first."""
    curve = curve_of(link)
    share = uniforms(link_stream(seed, link.key), index)
    if curve.parents[-1] > 0:
        share = curve.share_of(share)
    if not fixed:
        at = np.arange(index.size)
        return np.where(at > 0, np.minimum((share * at).astype(np.int64), at - 1), NONE)
    (codes,) = row_codes(fixed)
    groups = group_rows(codes, int(codes.max(initial=-1)) + 1)
    rank = np.zeros(index.size, dtype=np.int64)
    rank[groups.members] = np.arange(groups.members.size) - np.repeat(groups.start, groups.size)
    earlier = np.minimum((share * rank).astype(np.int64), rank - 1)
    place = np.full(index.size, NONE, dtype=np.int64)
    found = np.flatnonzero((codes >= 0) & (rank > 0))
    place[found] = groups.members[groups.start[codes[found]] + earlier[found]]
    return place


def fill_later(
    recipe: Recipe, index: IntArray, columns: dict[str, pa.Array], wanted: Mapping[str, pa.Array]
) -> dict[str, int]:
    """Set the links of the second pass, whose parents exist by now; returns references that found no parent.

    Raises nothing: a reference that may not be null and finds no parent is counted and left null, for the rows
    exist already; the integrity gate tells.
    """
    missed: dict[str, int] = {}
    types = {column.name: column.type for column in recipe.model.columns}
    none = np.full(index.size, NONE, dtype=np.int64)
    rows = Linking(index, recipe.slots, none, none, none, 0)
    for link, key in recipe.links(deferred=True, own=False):
        wants = wanted[link.key].to_numpy(zero_copy_only=False)
        fixed = [columns[name] for name in link.fixed]
        for array in fixed:
            wants = wants & array.is_valid().to_numpy(zero_copy_only=False)
        place = _parents_of(recipe, link, key, rows, fixed)
        parents = recipe.parents[link.key]
        columns.update(key_values(link, key, np.where(wants, place, NONE), parents, types))
        lost = int((wants & (place < 0)).sum())
        if lost:
            missed[link.key] = lost
    return missed


def _parents_of(recipe: Recipe, link: LinkModel, key: ForeignKey, rows: Linking, fixed: list[pa.Array]) -> IntArray:
    parents = recipe.parents[link.key]
    if fixed:
        return choose_agreeing(link, key, rows, fixed, parents, recipe.seed)
    kind = kind_of_link(recipe, link)
    return choose_parents(link, rows, parents.rows, recipe.seed, kind=kind if kind == "single" else "")
