"""Keys that the table itself sets: issued by index, numbered within the parent, drawn without replacement, grids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import ColumnModel, KeyModel, LinkModel
from synthspark.generate.distinct import draw_distinct
from synthspark.generate.links import Linking
from synthspark.generate.random import cells_stream, column_stream
from synthspark.generate.recipe import Recipe, key_seed
from synthspark.generate.values import parse_texts
from synthspark.seeds import IntArray, permuted, permuted_within, uniforms
from synthspark.stats.frame import Domain, decode
from synthspark.stats.key_formats import KeyFormat, issue
from synthspark.stats.key_ranges import issue_after
from synthspark.stats.popularity import Popularity

Mask = npt.NDArray[np.bool_]


def kind_of_link(recipe: Recipe, link: LinkModel) -> str:
    """What kind of key a link has to keep unique; empty when none."""
    for key in recipe.keys("linked", "single"):
        if key.parameters["link"] == link.key:
            return key.kind
    return ""


def issue_column(recipe: Recipe, column: ColumnModel, index: IntArray) -> pa.Array:
    """Keys of a column that is a closed form of the row's index."""
    stream = column_stream(key_seed(recipe.earlier, recipe.seed), recipe.table, column.name)
    before = recipe.earlier.slots.get(recipe.table, ())
    return issue_after(KeyFormat.from_json(column.parameters["format"]), before, index, max(recipe.slots, 1), stream)


def set_composite(recipe: Recipe, rows: Linking, columns: dict[str, pa.Array], keep: Mask) -> None:
    """Own columns of composite keys; rows for which no value is left are not kept."""
    types = {column.name: column.type for column in recipe.model.columns}
    for key in recipe.keys("line", "cells", "grid"):
        if key.kind == "line":
            values = _line_numbers(recipe, key, rows) + key.parameters["start"]
            columns[key.own[0]] = decode(values.astype(np.float64), Domain("number", types[key.own[0]]))
        elif key.kind == "grid":
            columns.update(_grid(recipe, key, rows, types))
        elif "share" in key.parameters:
            columns.update(_drawn_values(recipe, key, rows, types, keep))
        else:
            columns.update(_cells(recipe, key, rows, types, keep))


def _line_numbers(recipe: Recipe, key: KeyModel, rows: Linking) -> IntArray:
    """0, 1, 2, ... within the parent: in the order of time, or in any order where the source's have none in time."""
    if not key.parameters.get("mixed"):
        return rows.position
    stream = cells_stream(recipe.seed, recipe.table, key.own)
    return permuted_within(stream, rows.owner, rows.position, rows.count)


def _cells(recipe: Recipe, key: KeyModel, rows: Linking, types: dict[str, str], keep: Mask) -> dict[str, pa.Array]:
    """Listed value tuples, distinct within the owner; invented ones, a tuple a row, stand for the rare ones."""
    listed = np.array(key.parameters["rows"], dtype=np.float64)
    invented = int(key.parameters.get("invented", 0))
    weights = listed
    if invented:
        weights = np.concatenate([listed, np.full(invented, max(key.parameters["invented_rows"], 1) / invented)])
    stream = cells_stream(recipe.seed, recipe.table, key.own)
    chosen = draw_distinct(weights, uniforms(stream, rows.owner), rows.position, rows.count)
    keep &= chosen >= 0
    at = pa.array(np.clip(chosen, 0, max(listed.size - 1, 0)), mask=(chosen < 0) | (chosen >= listed.size))
    found = {
        name: parse_texts(list(values), types[name]).take(at)
        for name, values in zip(key.own, key.parameters["values"], strict=True)
    }
    rare = chosen >= listed.size
    if rare.any():
        found.update(_invented(recipe, key, rows.index, rare, found, types))
    return found


def _invented(
    recipe: Recipe, key: KeyModel, index: IntArray, rare: Mask, found: dict[str, pa.Array], types: dict[str, str]
) -> dict[str, pa.Array]:
    """An issued value for one column, which no other row has, and any listed value for the others."""
    out = {}
    for place, name in enumerate(key.own):
        stream = column_stream(recipe.seed, recipe.table, name)
        if name == key.parameters["invents"]:
            fresh = issue(KeyFormat.from_json(key.parameters["format"]), index[rare], max(recipe.slots, 1), stream)
        else:
            values = key.parameters["values"][place] or [""]
            at = (uniforms(stream, index[rare]) * len(values)).astype(np.int64)
            fresh = parse_texts(list(values), types[name]).take(pa.array(at))
        out[name] = pc.replace_with_mask(found[name], pa.array(rare), fresh.cast(found[name].type))
    return out


def _drawn_values(
    recipe: Recipe, key: KeyModel, rows: Linking, types: dict[str, str], keep: Mask
) -> dict[str, pa.Array]:
    """Values that are too many to be listed: places on the popularity curve, issued by place."""
    (name,) = key.own
    curve = Popularity(np.array(key.parameters["share"]), np.array(key.parameters["parents"]))
    n_values = max(1, round(key.parameters["distinct"] * _ratio(recipe)))
    stream = cells_stream(recipe.seed, recipe.table, key.own)
    place = curve.choose_distinct(
        stream, rows.owner, rows.position, rows.count, n_values, child_index=rows.index, n_children=rows.slots
    )
    keep &= place >= 0
    issued = issue(
        KeyFormat.from_json(key.parameters["format"]),
        np.maximum(place, 0),
        n_values,
        column_stream(recipe.seed, recipe.table, name),
    )
    return {name: issued}


def _ratio(recipe: Recipe) -> float:
    return recipe.slots / recipe.model.rows if recipe.model.rows else 1.0


def _grid(recipe: Recipe, key: KeyModel, rows: Linking, types: dict[str, str]) -> dict[str, pa.Array]:
    """Cells of the grid of all columns' values, in random order; one column has as many values as the rows need."""
    sizes = grid_sizes(key.parameters, key.own, recipe.slots, _ratio(recipe))
    total = math.prod(sizes.values())
    cell = permuted(cells_stream(recipe.seed, recipe.table, key.own), rows.index, total)
    found = {}
    for name in key.own:
        place = cell % sizes[name]
        cell = cell // sizes[name]
        listed = key.parameters["listed"].get(name)
        if listed is not None:
            found[name] = parse_texts(list(listed), types[name]).take(pa.array(place))
        else:
            stream = column_stream(recipe.seed, recipe.table, name)
            found[name] = issue(KeyFormat.from_json(key.parameters["formats"][name]), place, sizes[name], stream)
    return found


def grid_sizes(parameters: dict[str, Any] | Any, own: tuple[str, ...], slots: int, ratio: float) -> dict[str, int]:
    """Number of values of each column of a grid: the source's, the growing one's scaled and as many as needed."""
    sizes = {
        name: max(1, len(parameters["listed"][name]) if name in parameters["listed"] else parameters["distinct"][name])
        for name in own
    }
    growing = parameters["growing"]
    others = math.prod(size for name, size in sizes.items() if name != growing)
    sizes[growing] = max(math.ceil(sizes[growing] * ratio), math.ceil(slots / others), 1)
    return sizes
