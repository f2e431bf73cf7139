"""Large tables block by block: spans of children are cut at block borders, then each block is made for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.expand import Totals, free_rows, joined, rootless_rows
from synthspark.generate.histories import LONGEST_HISTORY
from synthspark.generate.links import NONE, Linking
from synthspark.generate.recipe import INDEX, Recipe
from synthspark.generate.rows import Block
from synthspark.generate.writing import base_for_child, key_for_child
from synthspark.seeds import IntArray
from synthspark.stats.features import POSITION, SIBLINGS, encode_feature, frame_of, from_owner
from synthspark.stats.frame import arrow_type

BEFORE = "_ss_before"  # children that all earlier parents drew
BLOCK = "_ss_block"  # block of the children
FIRST = "_ss_first"  # index of a parent's first child
COUNT = "_ss_count"  # a parent's children after correction


def cut_spans(batch: pa.RecordBatch, counted: str, totals: Totals, block_rows: int) -> pa.RecordBatch:
    """Parents with BLOCK, FIRST and COUNT instead of their drawn numbers: one row for each block of their children."""
    before = _whole(batch, BEFORE)
    first = totals.first(before)
    count = totals.first(before + _whole(batch, counted)) - first
    some = np.flatnonzero(count > 0)
    low, high = first[some] // block_rows, (first[some] + count[some] - 1) // block_rows
    parts = high - low + 1
    at = np.repeat(some, parts)
    block = np.repeat(low, parts) + np.arange(at.size) - np.repeat(np.cumsum(parts) - parts, parts)
    kept = [name for name in batch.schema.names if name not in (BEFORE, counted)]
    columns = [batch.column(name).take(pa.array(at)) for name in kept]
    hidden = [pa.array(block), pa.array(first[at]), pa.array(count[at])]
    return pa.RecordBatch.from_arrays([*columns, *hidden], names=[*kept, BLOCK, FIRST, COUNT])


def blocks_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Parents of one block at a time, from batches that are sorted by block."""
    held: list[pa.RecordBatch] = []
    current = None
    for batch in batches:
        blocks = _whole(batch, BLOCK)
        edges = np.flatnonzero(np.diff(blocks)) + 1
        for low, high in zip([0, *edges.tolist()], [*edges.tolist(), blocks.size], strict=True):
            if high == low:
                continue
            if held and blocks[low] != current:
                yield pa.Table.from_batches(held)
                held = []
            current = blocks[low]
            held.append(batch.slice(low, high - low))
    if held:
        yield pa.Table.from_batches(held)


def children_in_block(
    owners: pa.Table, totals: Totals, block_rows: int, n_owners: int, *, history: bool = False
) -> tuple[Linking, IntArray]:
    """Children of these parents that lie in the parents' block, and the place of each one's parent.

    With `history`, those before the block that its first rows follow are there too.
    """
    first, count = (owners.column(name).to_numpy().astype(np.int64) for name in (FIRST, COUNT))
    start = int(owners.column(BLOCK)[0].as_py()) * block_rows
    low = np.maximum(first, start)
    if history:
        low = first + (low - first) // LONGEST_HISTORY * LONGEST_HISTORY
    stop = np.minimum(first + count, start + block_rows)
    here = stop - low
    at = np.repeat(np.arange(first.size), here)
    index = np.repeat(low, here) + np.arange(at.size) - np.repeat(np.cumsum(here) - here, here)
    owner = owners.column(INDEX).to_numpy().astype(np.int64)
    return Linking(index, totals.slots, owner[at], index - first[at], count[at], n_owners), at


def child_block(recipe: Recipe, key: ForeignKey, rows: Linking, at: IntArray, owners: Mapping[str, pa.Array]) -> Block:
    """Children with what their parents give them; `owners` holds the parents' columns, `at` each child's parent.

    A child without parent has the place NONE.
    """
    features = [feature for feature in recipe.known() if from_owner(feature)]
    n_owners = len(next(iter(owners.values())))
    given = [feature for feature in features if feature.column]
    known = frame_of(given, {f.name: encode_feature(owners[f.column], f) for f in given}, n_owners)
    missing = at < 0
    family = {SIBLINGS: np.where(missing, np.nan, rows.count), POSITION: np.where(missing, np.nan, rows.position)}
    encoded = {
        name: np.where(missing, np.nan, values[np.maximum(at, 0)])
        for name, values in zip(known.names, known.matrix, strict=True)
    }
    context = frame_of(features, {**family, **encoded}, at.size)
    place = pa.array(np.where(missing, 0, at), mask=missing)
    inherited = {}
    for child, name in zip(key.child_columns, key.parent_columns, strict=True):
        base = base_for_child(recipe, key, child, owners[name])
        inherited[child] = key_for_child(recipe, key, child, base.take(place), rows.index)
    beyond = {name: owners[name].take(place) for name in sorted(recipe.columns_beyond(key.label))}
    return Block(rows, context, inherited, beyond, {name: owners[name].take(place) for name in recipe.lent})


def with_rootless(totals: Totals, rows: Linking, at: IntArray) -> tuple[Linking, IntArray]:
    """The children and, after them, all rows without parent."""
    rootless = rootless_rows(totals, rows.owners)
    return joined(rows, rootless), np.concatenate([at, np.full(rootless.index.size, NONE)])


def free_block(recipe: Recipe, totals: Totals, index: IntArray) -> Block:
    """Rows without context parent: those of a root table, or the rootless rows of another."""
    count = totals.rootless if recipe.plan.context else totals.slots
    features = [feature for feature in recipe.known() if from_owner(feature)]
    unknown = frame_of(features, {f.name: np.full(index.size, np.nan) for f in features}, index.size)
    inherited = {}
    if recipe.plan.context is not None:
        inherited = {
            name: pa.nulls(index.size, arrow_type(recipe.model.column(name).type))
            for name in recipe.plan.context.child_columns
        }
    return Block(free_rows(index, totals.slots, count, recipe.owners), unknown, inherited)


def _whole(batch: pa.RecordBatch, name: str) -> IntArray:
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False), dtype=np.int64)
