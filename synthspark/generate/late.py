"""Parents that are chosen when all rows are there: of references that close a cycle, and of rows to their own table.

A row that points to a row of its own table points to one of the level above its own, so that no row comes to lie above
itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import Feature, LinkModel
from synthspark.generate.cells import Asked, choose_in_cells
from synthspark.generate.links import NONE, Linking, Mask
from synthspark.generate.parents import CellParents, cell_parents
from synthspark.generate.random import link_stream
from synthspark.generate.recipe import Recipe
from synthspark.seeds import IntArray
from synthspark.stats.cells import Cells
from synthspark.stats.features import encode_feature, wish_name
from synthspark.stats.frame import FloatArray, numbers

Columns = Mapping[str, pa.Array]


def asked_late(recipe: Recipe, link: LinkModel, hidden: dict[str, pa.Array]) -> dict[str, FloatArray]:
    """What the engine drew of the parents of a link, by the name of the feature, taken out of the hidden columns."""
    return {name: numbers(hidden.pop(column)) for name, column in recipe.asked_names(link).items()}


def asked_of(link: LinkModel, drawn: Mapping[str, FloatArray], n_wishes: int) -> Asked:
    """What rows ask of their parents by one link."""
    wishes = [drawn[wish_name(link.cell, number)] for number in range(n_wishes)]
    return Asked(drawn[link.cell], np.array(wishes).reshape(n_wishes, drawn[link.cell].size))


def choose_late(
    recipe: Recipe, link: LinkModel, rows: Linking, parents: CellParents, drawn: Mapping[str, FloatArray], wanted: Mask
) -> IntArray:
    """Place of the parent of each row of another table; of rows that want none any place."""
    asked = asked_of(link, drawn, parents.worth.size)
    return choose_in_cells(parents, rows, asked, wanted, link_stream(recipe.seed, link.key), distinct=False)


def choose_above(
    recipe: Recipe, link: LinkModel, index: IntArray, columns: Columns, hidden: Columns, drawn: Mapping[str, FloatArray]
) -> IntArray:
    """Place of the row of the level above that each row points to; NONE for the first level."""
    assert link.cells is not None
    cells, level = Cells.from_part(link.cells), np.nan_to_num(drawn[link.indicator] + 1.0).astype(np.int64)
    if level.size and level.min() > 0:
        level[0] = 0  # a table in which every row points to another one leads round in a circle

    def encoded(feature: Feature) -> FloatArray:
        return encode_feature((columns if feature.column in columns else hidden)[feature.column], feature)

    children = hidden.get(recipe.counted.get(link.key, ""))
    weight = np.ones(index.size) if children is None else np.maximum(np.nan_to_num(numbers(children)), 0.0)
    parents, asked = cell_parents(cells, weight, encoded), asked_of(link, drawn, len(cells.wishes))
    place, above = np.full(index.size, NONE), np.flatnonzero(level == 0)
    for depth in range(1, int(level.max(initial=0)) + 1):
        below = np.flatnonzero(level == depth)
        if not below.size:
            continue
        none = np.full(below.size, NONE)
        rows = Linking(index[below], below.size, none, none, none, 0)
        part = parents.take(above)
        stream, everyone = link_stream(recipe.seed, link.key), np.ones(below.size, dtype=bool)
        wished = Asked(asked.cell[below], asked.wishes[:, below])
        place[below] = above[choose_in_cells(part, rows, wished, everyone, stream, distinct=False)]
        above = below
    return place
