"""The choice of linked parents within cells: see `stats.cells`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.generate.distinct import draw_distinct
from synthspark.generate.links import NONE, Linking, Mask
from synthspark.generate.parents import CellParents
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.frame import FloatArray
from synthspark.stats.popularity import golden_stride
from synthspark.stats.transport import nearest_of, pair_alike

TRIES_ELSEWHERE = 24  # parents of any cell that are proposed to a row for which its own has none left
TRIES = 8  # parents of a cell of which a row takes the one that is nearest to its wish


@dataclass(frozen=True)
class Asked:
    """What the engine drew of the parents of rows.

    Attributes
    ----------
    cell : ndarray of shape (n,)
    wishes : ndarray of shape (n_wishes, n)
    """

    cell: FloatArray
    wishes: FloatArray


def choose_in_cells(
    parents: CellParents, rows: Linking, asked: Asked, counted: Mask, stream: int, *, distinct: bool
) -> IntArray:
    """Parent of each row within the cell that was drawn for it, each as often as its weight asks; NONE for none left.

    Within a cell, the parents go to the rows whose wishes they are nearest to. With `distinct`, rows of one owner get
    different parents. Where all rows of the table are there, those of a cell that are `counted` are spread evenly over
    its parents; others, such as those that have no reference or repeat another one, are chosen each by itself.
    """
    cell, wishes = parents.in_cells(asked.cell), asked.wishes
    if rows.index.size < rows.slots and distinct:
        return _elsewhere(parents, rows, _distinct(parents, rows, cell, stream), stream)
    place, at = _nearest(parents, rows, cell, wishes, stream), np.flatnonzero(counted)
    if at.size and rows.index.size == rows.slots:
        place[at] = _spread_evenly(parents, rows.take(at), cell[at], wishes[:, at], stream, distinct=distinct)
    return place


def _nearest(parents: CellParents, rows: Linking, cell: IntArray, wishes: FloatArray, stream: int) -> IntArray:
    """Of several parents of a row's cell, drawn by their weights, the one that is nearest to its wish."""
    tries = TRIES if wishes.shape[0] else 1
    drawn = np.array([_along(parents, cell, uniforms(stream, rows.index, draw=turn)) for turn in range(tries)])
    if tries == 1:
        return np.asarray(drawn[0])
    best = nearest_of(wishes, parents.offered[:, drawn].transpose(1, 0, 2), parents.worth)
    return np.asarray(drawn[best, np.arange(cell.size)])


def _spread_evenly(
    parents: CellParents, rows: Linking, cell: IntArray, wishes: FloatArray, stream: int, *, distinct: bool
) -> IntArray:
    """The same of counted rows of a whole table."""
    u = uniforms(stream, rows.index)
    cell = _balanced(parents, cell, u)
    if not distinct:
        return _alike(parents, cell, wishes, _along(parents, cell, ranks_within(cell, u)))
    # Golden steps over the children of a cell: every parent gets its number, and neighbours differ.
    turn = uniforms(stream, np.where(rows.owner >= 0, rows.owner, rows.owners + rows.index))
    place = _along(parents, cell, ranks_within(cell, turn, rows.position, golden=True))
    place = _alike(parents, cell, wishes, place)
    torn = np.isin(rows.owner, np.unique(rows.owner[repeated(rows, place)]))
    place[torn] = _distinct(parents, rows.take(np.flatnonzero(torn)), cell[torn], stream)
    return _elsewhere(parents, rows, place, stream)


def _elsewhere(parents: CellParents, rows: Linking, place: IntArray, stream: int) -> IntArray:
    """Rows for which their cell has none left get a parent of any cell that no other row of their owner has."""
    place, n_parents = place.copy(), parents.weight.size
    for turn in range(TRIES_ELSEWHERE):
        without = np.flatnonzero((place < 0) & (rows.owner >= 0))
        if not without.size:
            break
        u = uniforms(stream, rows.index[without], draw=TRIES + turn)
        at = np.searchsorted(parents.along, u * parents.along[-1], side="right").clip(max=n_parents - 1)
        pairs = rows.owner[without] * n_parents + parents.order[at]
        first = np.zeros(pairs.size, dtype=bool)
        first[np.unique(pairs, return_index=True)[1]] = True
        there = place >= 0
        new = first & ~np.isin(pairs, rows.owner[there] * n_parents + place[there])
        place[without[new]] = parents.order[at[new]]
    return place


def _alike(parents: CellParents, cell: IntArray, wishes: FloatArray, place: IntArray) -> IntArray:
    """The same parents of each cell, handed to the rows whose wishes they are nearest to."""
    return place[pair_alike(cell, wishes, parents.offered[:, place], parents.worth)] if wishes.shape[0] else place


def repeated(rows: Linking, place: IntArray) -> IntArray:
    """Rows with the same parent as another row of their owner before them."""
    order = np.lexsort((place, rows.owner))
    same = (np.diff(place[order]) == 0) & (np.diff(rows.owner[order]) == 0) & (rows.owner[order][1:] >= 0)
    return np.asarray(order[1:][same])


def _balanced(parents: CellParents, cell: IntArray, u: FloatArray) -> IntArray:
    """Cells of which each has the rows that its parents' numbers of children ask for; as few rows move as can."""
    mass = parents.mass
    wanted = np.diff(np.rint(np.cumsum(mass) / mass.sum() * cell.size), prepend=0.0).astype(np.int64)
    size = np.bincount(cell, minlength=parents.number)
    order = np.lexsort((u, cell))
    rank = np.arange(cell.size) - np.repeat(np.cumsum(size) - size, size)
    moved = order[rank >= wanted[cell[order]]]
    moved = moved[np.argsort(u[moved] * 7919 % 1.0, kind="stable")]
    out = cell.copy()
    out[moved] = np.repeat(np.arange(parents.number), np.maximum(wanted - size, 0))
    return out


def ranks_within(cell: IntArray, *turn: npt.NDArray[Any], golden: bool = False) -> FloatArray:
    """Numbers in (0, 1) spread evenly over the rows of each cell, in the order of `turn` or in golden steps over it."""
    order = np.lexsort((*turn[::-1], cell))
    size = np.bincount(cell)
    rank, n = np.arange(cell.size) - np.repeat(np.cumsum(size) - size, size), np.repeat(size, size)
    if golden:
        stride = np.array([golden_stride(int(number)) if number else 1 for number in size])
        rank = rank * np.repeat(stride, size) % n
    out = np.empty(cell.size)
    out[order] = (rank + 0.5) / n
    return out


def _along(parents: CellParents, cell: IntArray, u: FloatArray) -> IntArray:
    """Parent that is so far through the weight of a row's cell."""
    mass = parents.mass
    before = np.cumsum(mass) - mass
    at = np.searchsorted(parents.along, before[cell] + u * mass[cell], side="right")
    last = np.cumsum(np.bincount(parents.cell, minlength=parents.number))[cell] - 1
    return parents.order[np.minimum(at, last)]


def _distinct(parents: CellParents, rows: Linking, cell: IntArray, stream: int) -> IntArray:
    order = np.lexsort((rows.position, rows.owner, cell))
    opens = np.ones(order.size, dtype=bool)
    opens[1:] = (np.diff(cell[order]) != 0) | (np.diff(rows.owner[order]) != 0)
    first = np.flatnonzero(opens)
    size = np.diff(np.append(first, order.size))
    position, count = np.empty_like(cell), np.empty_like(cell)
    position[order] = np.arange(order.size) - np.repeat(first, size)
    count[order] = np.repeat(size, size)
    start = uniforms(stream, np.where(rows.owner >= 0, rows.owner, rows.owners + rows.index) * parents.number + cell)
    chosen = np.full(cell.size, NONE)
    for place in np.unique(cell):
        able = np.flatnonzero((parents.cell == place) & (parents.weight > 0))
        own = np.flatnonzero(cell == place)
        found = draw_distinct(parents.weight[able], start[own], position[own], count[own])
        chosen[own] = np.where(found >= 0, able[np.maximum(found, 0)], NONE)
    return chosen
