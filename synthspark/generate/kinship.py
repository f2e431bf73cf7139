"""The choice of linked parents of the same group as other rows: see `fit.kinship`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import Kin, LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.agreeing import Groups, group_parents, spread_evenly
from synthspark.generate.cells import repeated
from synthspark.generate.echoes import Reached, ends_of
from synthspark.generate.links import NONE, Linking
from synthspark.generate.parents import CellParents, ParentKeys, popular_or_all
from synthspark.generate.random import link_stream
from synthspark.generate.recipe import Recipe
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import positions, row_codes

MOST_LOOKED_AT = 64  # rows of a group that are proposed to one row
TURN = 40  # number of the draw that says which of them comes first


def choose_kin(
    recipe: Recipe,
    link: LinkModel,
    key: ForeignKey,
    rows: Linking,
    reached: Reached,
    codes: FloatArray,
    *,
    distinct: bool,
) -> IntArray:
    """Places of the parents of rows that are to be akin to others, NONE for other rows and where no relative is left.

    None is a parent that the reference would repeat, and with `distinct` rows of one owner get different ones. Of each
    group those with most children are taken most often; where all rows of the table are there, each as often as it is
    to be.
    """
    parents, place = recipe.parents[link.key], np.full(rows.index.size, NONE)
    if not parents.beyond:  # so many that nothing is looked at but their keys
        return place
    others = ends_of(recipe, link, key, reached, parents)
    stream, whole = link_stream(recipe.seed, link.key), rows.index.size == rows.slots
    weight = np.ones(parents.rows) if parents.weight is None else parents.weight
    for code, kin in enumerate(link.kins, start=1):
        theirs = [parents.beyond[name] for name in kin.columns]
        ours = _group_of_rows(recipe, key, kin, reached, parents)
        here = np.flatnonzero(codes == code)
        if not ours or not here.size:
            continue
        wanted, group = row_codes(ours, theirs)
        number = int(max(wanted.max(initial=-1), group.max(initial=-1))) + 1
        groups = group_parents(group, number, weight, uniforms(stream, np.arange(parents.rows), draw=TURN))
        here = here[wanted[here] >= 0]
        here = here[groups.size[wanted[here]] > 0]
        wanted, avoided, some = wanted[here], [end[here] for end in others], rows.take(here)
        found = _members(groups, wanted, some, avoided, stream, distinct=distinct)
        if whole and parents.weight is not None:
            evenly = spread_evenly(groups, wanted, uniforms(stream, some.index, draw=TURN))
            torn = np.logical_or.reduce([evenly < 0, *(evenly == other for other in avoided)])
            if distinct:
                torn[repeated(some, evenly)] = True
                torn |= np.isin(some.owner, np.unique(some.owner[torn]))
            found = np.where(torn, found, evenly)
        place[here] = found
    return place


def less_taken(cells: CellParents, taken: IntArray, n_rows: int) -> CellParents:
    """Parents in their cells with what is left of their share of `n_rows` rows once some have taken theirs."""
    share = cells.weight * (n_rows / cells.weight.sum())
    left = np.maximum(share - np.bincount(taken, minlength=share.size), 0.0)
    return replace(cells, weight=popular_or_all(left))


def _group_of_rows(recipe: Recipe, key: ForeignKey, kin: Kin, reached: Reached, parents: ParentKeys) -> list[pa.Array]:
    """Key of the group that each row is to be akin to; none where the route cannot be gone."""
    ends = reached.ends(recipe, kin.route)
    if not ends or not kin.related:
        return ends
    at = positions(ends, parents.all_values(key.parent_columns))
    return [parents.beyond[name].take(pa.array(np.maximum(at, 0), mask=at < 0)) for name in kin.columns]


def _members(
    groups: Groups, group: IntArray, rows: Linking, avoided: list[IntArray], stream: int, *, distinct: bool
) -> IntArray:
    """A parent of each row's group, none of those avoided; NONE where no such is found."""
    by_owner = np.where(rows.owner >= 0, rows.owner, rows.owners + rows.index) if distinct else rows.index
    first = groups.place(group, uniforms(stream, by_owner, draw=TURN))
    turn = _turns(rows.owner, group, rows.position) if distinct else np.zeros(group.size, dtype=np.int64)
    size, found = groups.size[group], np.full(group.size, NONE)
    passed = np.zeros(group.size, dtype=np.int64)
    for step in range(min(MOST_LOOKED_AT, int(size.max(initial=0)))):
        member = groups.order[groups.start[group] + (first + step) % size]
        able = np.logical_and.reduce([step < size, *(member != other for other in avoided)])
        found = np.where(able & (passed == turn) & (found < 0), member, found)
        passed += able
    return found


def _turns(owner: IntArray, group: IntArray, position: IntArray) -> IntArray:
    """How many rows of the same owner and group come before each."""
    order = np.lexsort((position, group, owner))
    opens = np.ones(order.size, dtype=bool)
    opens[1:] = (np.diff(owner[order]) != 0) | (np.diff(group[order]) != 0) | (owner[order][1:] < 0)
    start = np.maximum.accumulate(np.where(opens, np.arange(order.size), 0))
    out = np.empty(order.size, dtype=np.int64)
    out[order] = np.arange(order.size) - start
    return out
