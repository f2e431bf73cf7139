"""Which parent row each row points to, and what that puts into its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.artifacts.model import LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.distinct import draw_distinct
from synthspark.generate.parents import ParentKeys
from synthspark.generate.random import link_stream
from synthspark.generate.recipe import Recipe
from synthspark.generate.values import parse_texts
from synthspark.generate.writing import base_for_child, key_for_child
from synthspark.seeds import IntArray, permuted, uniforms
from synthspark.stats.frame import FloatArray
from synthspark.stats.popularity import Popularity

Mask = npt.NDArray[np.bool_]
NONE = -1  # a row that points nowhere


@dataclass(frozen=True)
class Linking:
    """The rows that look for parents.

    `owner`, `position` and `count` say which context parent a row has, and its place among that parent's rows.
    """

    index: IntArray
    slots: int
    owner: IntArray
    position: IntArray
    count: IntArray
    owners: int

    def take(self, at: IntArray) -> Linking:
        """The rows at these places."""
        return Linking(self.index[at], self.slots, self.owner[at], self.position[at], self.count[at], self.owners)


def wanted_rows(link: LinkModel, drawn: Mapping[str, FloatArray], n_rows: int) -> Mask:
    """Rows that have a reference."""
    if not link.nullable:
        return np.ones(n_rows, dtype=bool)
    if link.indicator:
        return np.asarray(~np.isnan(drawn[link.indicator]))
    return np.full(n_rows, link.null_share < 0.5)


def choose_parents(
    link: LinkModel, rows: Linking, n_parents: int, seed: int, *, kind: str = "", ranked: IntArray | None = None
) -> IntArray:
    """Place of the parent of each row for a link without fixed columns.

    `ranked` has the parents in the order of their popularity, where that is known. `kind` is that of the key that the
    link has to keep unique: ``linked`` (distinct among the rows of one owner), ``single`` (distinct among all rows), or
    empty.
    """
    stream = link_stream(seed, link.key)
    if n_parents < 1:
        return np.full(rows.index.size, NONE)
    if kind == "single":
        place = permuted(stream, rows.index, max(rows.slots, n_parents))
        return np.where(place < n_parents, place, NONE)
    curve = curve_of(link)
    if curve.parents[-1] <= 0:
        curve = Popularity(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    if kind == "linked":
        return curve.choose_distinct(
            stream,
            rows.owner,
            rows.position,
            rows.count,
            n_parents,
            child_index=rows.index,
            n_children=rows.slots,
            ranked=ranked,
        )
    return curve.choose(stream, rows.index, rows.slots, n_parents, ranked=ranked)


def agreeing_shares(link: LinkModel, index: IntArray, seed: int) -> FloatArray:
    """How far through the parents that agree with a row its own is found, in [0, 1]; popular parents come first."""
    share = uniforms(link_stream(seed, link.key), index)
    curve = curve_of(link)
    return curve.share_of(share) if curve.parents[-1] > 0 else share


def row_before(link: LinkModel, rows: Linking, seed: int) -> FloatArray:
    """Index of an earlier row of the same family, as many rows back as the source's rows point; NaN for the first."""
    steps, weights = np.array(link.steps, dtype=np.int64).T
    along = np.cumsum(weights) / weights.sum()
    back = steps[
        np.searchsorted(along, uniforms(link_stream(seed, link.key), rows.index), side="right").clip(max=steps.size - 1)
    ]
    there = (rows.owner >= 0) & (rows.position > 0)
    return np.where(there, rows.index - np.minimum(back, rows.position), np.nan).astype(np.float64)


def curve_of(link: LinkModel) -> Popularity:
    """Lorenz curve of a link."""
    if link.popularity is None:
        return Popularity(np.zeros(1), np.zeros(1))
    return Popularity.from_parts(link.popularity.document, link.popularity.arrays)


def compared(key: ForeignKey, columns: Sequence[str]) -> tuple[str, ...]:
    """How these child columns of a key are compared with the parent's."""
    return tuple(key.comparisons[key.child_columns.index(name)] for name in columns)


def key_values(
    recipe: Recipe, link: LinkModel, key: ForeignKey, place: IntArray, parents: ParentKeys, index: IntArray
) -> dict[str, pa.Array]:
    """What the free columns of a link hold for these parents, in rows of these indices."""
    to_parent = dict(zip(key.child_columns, key.parent_columns, strict=True))
    return {name: key_for_child(recipe, key, name, parents.values(to_parent[name], place), index) for name in link.free}


def distinct_references(link: LinkModel, rows: Linking, seed: int, *, kind: str) -> IntArray:
    """Rows of a copied table that differ for rows of one owner (``linked``) or for all (``single``), as weights ask."""
    stream, weights = link_stream(seed, link.key), np.array(link.weights)
    if kind == "single":
        place = permuted(stream, rows.index, max(rows.slots, weights.size))
        return np.where(place < weights.size, place, NONE)
    return draw_distinct(weights, uniforms(stream, rows.owner), rows.position, rows.count)


def values_at(
    recipe: Recipe, link: LinkModel, key: ForeignKey, place: IntArray, index: IntArray
) -> dict[str, pa.Array]:
    """What the columns of a key onto a copied table hold, given the row there; null where it is negative."""
    at, found = pa.array(place, mask=place < 0), {}
    for name, values in zip(link.free, link.values, strict=True):
        if key.comparisons[key.child_columns.index(name)] == "exact":
            found[name] = parse_texts(list(values), recipe.model.column(name).type).take(at)
        else:
            base = base_for_child(recipe, key, name, pa.array(values, pa.string()))
            found[name] = key_for_child(recipe, key, name, base.take(at), index)
    return found


def reference_places(link: LinkModel, drawn: FloatArray, index: IntArray, seed: int) -> IntArray:
    """Place among the link's values of the row of a copied table, given the engine's category; NONE for null."""
    n_values = len(link.values[0])
    missing = np.isnan(drawn) if link.nullable else np.zeros(drawn.size, dtype=bool)
    place = np.where(np.isnan(drawn), float(link.frequent), drawn).astype(np.int64)
    rest = n_values - link.frequent
    u = uniforms(link_stream(seed, link.key), index)
    rare = link.frequent + (u * rest).astype(np.int64) if rest else (u * n_values).astype(np.int64)
    place = np.where(place >= link.frequent, rare, place)
    return np.where(missing, NONE, place)
