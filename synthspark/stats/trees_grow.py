"""Growing of one tree: exact splits of several outputs at once, a level at a time, then pruned on rows held out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import FloatArray
from synthspark.stats.trees_splits import best_splits

IntArray = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# A split whose gain is far above the best of many splits of noise (2 log(splits), some ten) stays though the few rows
# held out say otherwise.
_CLEAR_GAIN = 12.0
_CLEAR_WORTH = 0.33
_FEW_ROWS = 16  # up to which each goes through a tree by itself


@dataclass(frozen=True)
class GrowthBounds:
    """How far a tree may grow.

    Attributes
    ----------
    leaf_rows : int
        Rows that each side of a split must hold.
    maximum_depth, maximum_leaves : int
    penalty : float
        A split must explain this many times what one split explains by chance.
    """

    leaf_rows: int
    maximum_depth: int = 16
    maximum_leaves: int = 1024
    penalty: float = 2.0


@dataclass(frozen=True, eq=False)
class Tree:
    """A binary tree as flat arrays; node 0 is the root, the children of a node stand side by side.

    Attributes
    ----------
    feature : ndarray of int16, shape (n_nodes,)
        Feature looked at; 0 in leaves.
    threshold : ndarray of float64
        Rows whose feature is above go to ``child + 1``, the others to ``child``; infinite in leaves.
    child : ndarray of int32
        The first child; a leaf's own number in leaves, so that rows stay there.
    leaf : ndarray of int32
        Number of the leaf, from 0; -1 for other nodes.
    depth : int
    """

    feature: npt.NDArray[np.int16]
    threshold: FloatArray
    child: npt.NDArray[np.int32]
    leaf: npt.NDArray[np.int32]
    depth: int

    @property
    def n_leaves(self) -> int:
        return int(self.leaf.max()) + 1

    def leaves_of(self, features: FloatArray) -> npt.NDArray[np.int32]:
        """Leaf of each row; `features` of shape (n_features, n), -inf where missing."""
        return self.leaf[self.nodes_of(features)]

    def nodes_of(self, features: FloatArray) -> npt.NDArray[np.int32]:
        n_rows = features.shape[1]
        node = np.zeros(n_rows, dtype=np.int32)
        if self.depth == 0 or n_rows == 0:
            return node
        if n_rows <= _FEW_ROWS:
            return np.array([self._node_of(values) for values in features.T.tolist()], dtype=np.int32)
        flat, rows = np.ascontiguousarray(features).ravel(), np.arange(n_rows)
        start = self.feature.astype(np.int64) * n_rows
        for _ in range(self.depth):
            above = flat.take(start.take(node) + rows) > self.threshold.take(node)
            node = self.child.take(node) + above
        return node

    @cached_property
    def _plain(self) -> tuple[list[int], list[float], list[int]]:
        return self.feature.tolist(), self.threshold.tolist(), self.child.tolist()

    def _node_of(self, values: list[float]) -> int:
        """Where one row ends: of few rows, each goes its way faster than all go level by level."""
        feature, threshold, child = self._plain
        node, first = 0, child[0]
        while first != node:
            node = first + (values[feature[node]] > threshold[node])
            first = child[node]
        return node

    def to_parts(self) -> dict[str, npt.NDArray[Any]]:
        return {"feature": self.feature, "threshold": self.threshold, "child": self.child, "leaf": self.leaf}

    @classmethod
    def from_parts(cls, arrays: dict[str, npt.NDArray[Any]], depth: int) -> Tree:
        return cls(arrays["feature"], arrays["threshold"], arrays["child"], arrays["leaf"], depth)


@dataclass
class _Nodes:
    """Nodes of a growing tree; lists by node."""

    feature: list[int]
    threshold: list[float]
    child: list[int]
    level: list[int]

    @classmethod
    def root(cls) -> _Nodes:
        return cls([0], [np.inf], [0], [0])

    def split(self, node: int, feature: int, threshold: float) -> int:
        first = len(self.feature)
        self.feature[node], self.threshold[node], self.child[node] = feature, threshold, first
        self.feature += [0, 0]
        self.threshold += [np.inf, np.inf]
        self.child += [first, first + 1]
        self.level += [self.level[node] + 1] * 2
        return first

    def tree(self) -> Tree:
        """The nodes that the root reaches, renumbered level by level."""
        order, place = [0], 0
        renumbered = {0: 0}
        while place < len(order):
            node = order[place]
            place += 1
            if self.child[node] != node:
                for child in (self.child[node], self.child[node] + 1):
                    renumbered[child] = len(order)
                    order.append(child)
        nodes = np.array(order)
        inner = np.array([self.child[node] != node for node in order])
        return Tree(
            feature=np.where(inner, np.array(self.feature)[nodes], 0).astype(np.int16),
            threshold=np.where(inner, np.array(self.threshold)[nodes], np.inf),
            child=np.array([renumbered[self.child[node]] for node in order], dtype=np.int32),
            leaf=np.where(inner, -1, np.cumsum(~inner) - 1).astype(np.int32),
            depth=max(self.level[node] for node in order),
        )


class Outputs(Protocol):
    """What a tree is to tell apart."""

    def within(self, node: npt.NDArray[np.int32], n_nodes: int, rows: IntArray, grown: Mask) -> Floats32:
        """Whole numbers of shape (n_outputs, n_rows) whose means are to differ between the sides of a split.

        Parameters
        ----------
        node : ndarray of int32, shape (n_rows,)
            Node of each row; every node may have outputs of its own.
        rows : ndarray of int64, shape (n_rows,)
        grown : ndarray of bool, shape (n_rows,)
            Rows that may be looked at.
        """


@dataclass(frozen=True, eq=False)
class FixedOutputs:
    """Outputs of shape (n_outputs, n) that are the same in every node."""

    outputs: Floats32

    def within(self, node: npt.NDArray[np.int32], n_nodes: int, rows: IntArray, grown: Mask) -> Floats32:
        return np.asarray(self.outputs[:, rows])


def grow_tree(
    features: FloatArray,
    outputs: Outputs,
    bounds: GrowthBounds,
    held: Mask,
    orders: npt.NDArray[np.int32] | None = None,
) -> Tree:
    """Tree whose leaves differ in the mean of the outputs; grown on the rows not `held`, pruned on those that are.

    Gain of a split is the sum over outputs of the squared error it takes away, in units of what a split explains by
    chance. A split stays when it and those below it lower the squared error of the held rows. Sums of whole numbers
    in float32 are exact, so the tree does not depend on the order of summation.

    Parameters
    ----------
    features : ndarray of shape (n_features, n)
        -inf where missing.
    held : ndarray of bool, shape (n,)
    orders : ndarray of int32, shape (n_features, n_grown), optional
        Rows not held, by each feature, those alike in their own order.
    """
    nodes = _Nodes.root()
    worth = [0.0]
    rows = np.arange(features.shape[1])
    if orders is None:
        grown = np.flatnonzero(~held).astype(np.int32)
        orders = grown[np.argsort(features[:, grown], axis=1, kind="stable")]
    local = np.zeros(rows.size, dtype=np.int32)  # number of each row's node among those that may still be split
    active = np.array([0])
    n_leaves = 1
    for _ in range(bounds.maximum_depth):
        rows = rows[local[rows] >= 0]
        found = outputs.within(local[rows], active.size, rows, ~held[rows])
        spread = np.zeros((found.shape[0], local.size), np.float32)
        spread[:, rows] = found
        splits = best_splits(features, spread, orders, local, active.size, bounds.leaf_rows, bounds.penalty)
        gains, chosen, thresholds = splits.gains, splits.features, splits.thresholds
        wanted = np.flatnonzero(gains > 0)
        room = bounds.maximum_leaves - n_leaves
        if wanted.size > room:
            wanted = np.sort(wanted[np.argsort(-gains[wanted], kind="stable")[:room]])
        if not wanted.size:
            break
        firsts = [nodes.split(int(active[place]), int(chosen[place]), float(thresholds[place])) for place in wanted]
        n_leaves += wanted.size
        after = _descend(features, local, wanted, active.size, chosen, thresholds)
        clear = _CLEAR_WORTH * np.maximum(gains[wanted] - _CLEAR_GAIN, 0.0)
        found_worth = _held_gains(spread, after, held, wanted.size) + clear
        for place, value in zip(active[wanted], found_worth, strict=True):
            worth[int(place)] = float(value)
        worth += [0.0] * (2 * wanted.size)
        local = after
        active = np.array([first + side for first in firsts for side in (0, 1)])
        orders = orders[local[orders] >= 0].reshape(len(orders), -1)
    if held.any():
        _prune(nodes, worth)
    return nodes.tree()


def _held_gains(outputs: Floats32, after: npt.NDArray[np.int32], held: Mask, n_split: int) -> FloatArray:
    """What each split takes away of the squared error of the held rows, in units of its nodes' variance."""
    totals = []
    for part in (~held, held):
        rows = np.flatnonzero((after >= 0) & part)
        sides = after[rows]
        counts = np.bincount(sides, minlength=2 * n_split).astype(np.float64)
        sums = np.array([np.bincount(sides, weights=row[rows], minlength=2 * n_split) for row in outputs])
        totals.append((counts, sums))
    (n_grown, grown), (n_held, found) = totals
    mean = grown / np.maximum(n_grown, 1)
    pairs = (-1, n_split, 2)
    n_both = n_grown.reshape(n_split, 2).sum(axis=1)
    both = grown.reshape(pairs).sum(axis=2) / np.maximum(n_both, 1)
    loss = (n_held * mean**2 - 2 * mean * found).reshape(pairs).sum(axis=2)
    n_here, here = n_held.reshape(n_split, 2).sum(axis=1), found.reshape(pairs).sum(axis=2)
    gain = (n_here * both**2 - 2 * both * here - loss).sum(axis=0)
    squares = np.array(
        [np.bincount(after[after >= 0] // 2, weights=row[after >= 0] ** 2, minlength=n_split) for row in outputs]
    )
    n_all = np.bincount(after[after >= 0] // 2, minlength=n_split)
    variance = (squares / np.maximum(n_all, 1) - both**2).sum(axis=0)
    return np.asarray(gain / np.maximum(variance, 1e-12))


def _descend(
    features: FloatArray,
    local: npt.NDArray[np.int32],
    split: IntArray,
    n_nodes: int,
    chosen: IntArray,
    thresholds: FloatArray,
) -> npt.NDArray[np.int32]:
    """Numbers of the rows' nodes on the next level; -1 for rows whose node is not split."""
    number = np.full(n_nodes, -1)
    number[split] = np.arange(split.size)
    out = np.full(local.size, -1, dtype=np.int32)
    rows = np.flatnonzero(local >= 0)
    rows = rows[number[local[rows]] >= 0]
    node = local[rows]
    above = features[chosen[node], rows] > thresholds[node]
    out[rows] = 2 * number[node] + above
    return out


def _prune(nodes: _Nodes, worth: list[float]) -> None:
    """Turn into leaves the nodes whose splits, with all below, are worth nothing to the held rows."""
    for node in range(len(nodes.child) - 1, -1, -1):
        first = nodes.child[node]
        if first == node:
            worth[node] = 0.0
            continue
        worth[node] += worth[first] + worth[first + 1]
        if worth[node] <= 0:
            nodes.child[node] = node
            worth[node] = 0.0
