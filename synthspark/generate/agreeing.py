"""The choice of linked parents among those that agree with a row on columns that are set already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.generate.cells import ranks_within
from synthspark.generate.links import NONE, Linking, Mask, agreeing_shares, compared
from synthspark.generate.parents import ParentKeys
from synthspark.generate.random import link_stream
from synthspark.seeds import IntArray, uniforms
from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import row_codes


@dataclass(frozen=True)
class Groups:
    """Parents that agree with each other, the popular ones of each group first.

    Attributes
    ----------
    order : ndarray of int64
        Places of the parents, group by group.
    weight : ndarray of shape (n_parents,)
        How many rows each is to have, up to a factor, in this order.
    start, size : ndarray of int64, shape (n_groups,)
        Where each group begins, and how many parents it has.
    """

    order: IntArray
    weight: FloatArray
    start: IntArray
    size: IntArray

    @property
    def mass(self) -> FloatArray:
        """Weight of each group, shape (n_groups,)."""
        before = np.append(0.0, np.cumsum(self.weight))
        return np.asarray(before[self.start + self.size] - before[self.start])

    def at(self, group: IntArray, share: FloatArray) -> IntArray:
        """Parent that is this share of the way through the weight of a group that has parents, shape (n,)."""
        return np.asarray(self.order[self.start[group] + self.place(group, share)])

    def place(self, group: IntArray, share: FloatArray) -> IntArray:
        """Its place within the group."""
        along = np.cumsum(self.weight)
        before, mass = np.append(0.0, along)[self.start], self.mass
        at = np.searchsorted(along, before[group] + share * mass[group], side="right")
        return np.asarray(np.clip(at - self.start[group], 0, self.size[group] - 1))


def choose_agreeing(
    link: LinkModel,
    key: ForeignKey,
    rows: Linking,
    fixed: list[pa.Array],
    parents: ParentKeys,
    seed: int,
    *,
    kind: str = "",
    counted: Mask | None = None,
) -> IntArray:
    """Place of a parent that agrees with each row on the fixed columns; NONE where there is none.

    Where it is known how many rows each parent was drawn with, and all rows of the table are there, the `counted` ones
    (all, if not given) of each group are spread over its parents, each of which gets its number. For kind ``linked``,
    rows of one owner get different parents while there are enough; for ``single`` all rows do.
    """
    to_parent = dict(zip(key.child_columns, key.parent_columns, strict=True))
    known = parents.all_values([to_parent[name] for name in link.fixed])
    ours, theirs = row_codes(fixed, known, comparisons=compared(key, link.fixed))
    n_groups = int(max(ours.max(initial=-1), theirs.max(initial=-1))) + 1
    stream, whole = link_stream(seed, link.key), rows.index.size == rows.slots
    ties = uniforms(stream, np.arange(parents.rows), draw=1)
    weight = np.ones(parents.rows) if parents.weight is None or kind else parents.weight
    weighted = parents.weight is not None and not kind
    groups = group_parents(theirs, n_groups, weight, ties if weighted or kind == "single" else None)
    place = np.full(rows.index.size, NONE)
    found = np.flatnonzero(ours >= 0)
    found = found[groups.size[ours[found]] > 0]
    if kind == "linked":
        share, enough = spread_shares(rows, found, groups.size[ours[found]], stream)
        place[found] = np.where(enough, groups.at(ours[found], share), NONE)
        return place
    u = uniforms(stream, rows.index[found])
    place[found] = groups.at(ours[found], u if weighted else agreeing_shares(link, rows.index[found], seed))
    if whole and (weighted or kind == "single"):
        spread = np.ones(found.size, dtype=bool) if counted is None else counted[found]
        place[found[spread]] = spread_evenly(groups, ours[found[spread]], u[spread])
    return place


def group_parents(codes: IntArray, n_groups: int, weight: FloatArray, ties: FloatArray | None) -> Groups:
    """Parents by group, those with most children first, those with as many in the order of `ties` or in their own."""
    order = np.lexsort((np.arange(codes.size) if ties is None else ties, -weight, codes))
    order = order[codes[order] >= 0]
    size = np.bincount(codes[order], minlength=n_groups).astype(np.int64)
    groups = Groups(order, weight[order], np.cumsum(size) - size, size)
    return _opened(groups, np.where(groups.mass > 0, 0.0, 1.0))


def spread_evenly(groups: Groups, group: IntArray, u: FloatArray) -> IntArray:
    """Parents of all the rows of each group, each as often as its weight asks; rows in the order of `u`."""
    wanted = np.bincount(group, minlength=groups.size.size)
    groups = _opened(groups, wanted - groups.mass)
    return groups.at(group, ranks_within(group, u))


def _opened(groups: Groups, missing: FloatArray) -> Groups:
    """As many childless parents with children as the rows need that a group's parents were not drawn with.

    Where parents have few rows each, rows in excess belong to further parents; where they have many, to the same ones.
    """
    some = groups.weight > 0
    each = float(groups.weight[some].mean()) if some.any() else 1.0
    childless = np.where(some, 0, 1)
    group = np.repeat(np.arange(groups.size.size), groups.size)
    rank = np.cumsum(childless) - 1
    first = np.append(0, np.cumsum(childless))[groups.start]
    needed = np.where(missing > 0, np.maximum(np.floor(missing / each), groups.mass <= 0), 0.0)
    opened = ~some & (rank - first[group] < needed[group])
    return Groups(groups.order, np.where(opened, each, groups.weight), groups.start, groups.size)


def spread_shares(rows: Linking, found: IntArray, size: IntArray, stream: int) -> tuple[FloatArray, Mask]:
    """Shares spread evenly from a random start of the owner, and which rows have one: as many as there are parents."""
    start = uniforms(stream, rows.owner[found])
    position, steps = rows.position[found], np.minimum(rows.count[found], size)
    enough = position < steps
    return np.where(enough, (start + position) / np.maximum(steps, 1), 0.0), enough
