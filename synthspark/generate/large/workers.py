"""What runs in the workers: batches of parents or of block numbers in, batches of finished rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.blocks import BLOCK, blocks_of, child_block, children_in_block, cut_spans, free_block
from synthspark.generate.expand import Totals
from synthspark.generate.in_memory import fill_later
from synthspark.generate.large.files import NULLED, Batches
from synthspark.generate.recipe import INDEX, Recipe, work_name
from synthspark.generate.rows import Block, make_rows
from synthspark.stats.features import BEFORE, children_name


def spans_in_blocks(counted: str, totals: Totals, block_rows: int) -> Callable[[Batches], Batches]:
    """Parents, once for each block that holds children of theirs."""

    def cut(batches: Batches) -> Batches:
        for batch in batches:
            yield cut_spans(batch, counted, totals, block_rows)

    return cut


def child_rows(
    recipe: Recipe, key: ForeignKey, totals: Totals, wanted: Mapping[str, str], form: pa.Schema
) -> Callable[[Batches], Batches]:
    """Children of parents that come sorted by block; `wanted` maps columns of the parent to those of the batches."""

    def make(batches: Batches) -> Batches:
        for owners in blocks_of(batches):
            history = any(f.name.startswith(BEFORE) for f in recipe.model.context) or bool(recipe.keys("spread"))
            rows, at = children_in_block(owners, totals, recipe.block_rows, recipe.owners, history=history)
            data = {name: owners.column(column).combine_chunks() for name, column in wanted.items()}
            first = int(owners.column(BLOCK)[0].as_py()) * recipe.block_rows
            yield from made_batches(recipe, replace(child_block(recipe, key, rows, at, data), first=first), form)

    return make


def free_rows_of(recipe: Recipe, totals: Totals, first: int, form: pa.Schema) -> Callable[[Batches], Batches]:
    """Rows without context parent, from numbers of blocks; the first of them has the index `first`."""

    def make(batches: Batches) -> Batches:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                start = first + number * recipe.block_rows
                index = np.arange(start, min(start + recipe.block_rows, totals.slots))
                yield from made_batches(recipe, free_block(recipe, totals, index), form)

    return make


def made_batches(recipe: Recipe, block: Block, form: pa.Schema) -> Batches:
    """The rows of a block that are kept, in the form of the work table."""
    made = make_rows(recipe, block)
    bits = np.zeros(made.keep.size, dtype=np.int64)
    for place, link in enumerate(recipe.model.links):
        if link.key in made.nulled:
            bits |= made.nulled[link.key].astype(np.int64) << place
    columns = {work_name(recipe.model, name): values for name, values in made.columns.items()}
    columns |= {INDEX: pa.array(block.rows.index), NULLED: pa.array(bits), **made.hidden}
    columns |= {children_name(place): pa.array(count) for place, count in enumerate(made.counts)}
    columns |= {recipe.lent_name(name): block.lent.get(name, pa.nulls(block.rows.index.size)) for name in recipe.lent}
    yield from batches_of(columns, form, made.keep)


def batches_of(columns: Mapping[str, pa.Array], form: pa.Schema, keep: npt.NDArray[np.bool_] | None = None) -> Batches:
    """Columns as batches of a form, which states their order and types."""
    arrays = [columns[field.name] for field in form]
    table = pa.table([array.cast(field.type) for array, field in zip(arrays, form, strict=True)], schema=form)
    if keep is not None and not keep.all():
        table = table.filter(pa.array(keep))
    yield from table.combine_chunks().to_batches()


def second_pass(recipe: Recipe, names: Mapping[str, str], form: pa.Schema) -> Callable[[Batches], Batches]:
    """Rows with the links of the second pass filled, or with the places of their parents for a join."""

    def fill(batches: Batches) -> Batches:
        for batch in batches:
            columns = {name: batch.column(place) for name, place in names.items()}
            hidden = {name: batch.column(name) for name in batch.schema.names if name.startswith("_ss_open")}
            index = batch.column(INDEX)
            rows = index.to_numpy(zero_copy_only=False).astype(np.int64)
            fill_later(recipe, rows, columns, hidden, whole=False)
            by_place = {names[name]: values for name, values in columns.items()}
            yield from batches_of({INDEX: index, **by_place, **hidden}, form)

    return fill
