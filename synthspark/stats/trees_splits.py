"""The best split of every node of one level of a tree, all features of a block at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import FloatArray
from synthspark.stats.matching import changes

IntArray = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Floats32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

MOST_CUTS = 64  # of one feature looked at in one node, evenly many values apart
_LEAST_GAIN = 1e-9  # of a split, per row of its node; below it the targets do not differ but by rounding
_BLOCK = 1 << 15  # rows times features looked at together: what the processor keeps at hand
_MOSTLY = 0.8  # share of the rows, in nodes that can be split, below which the others are left out
_BITS = 62  # of one whole number that holds the sums of several outputs


@dataclass(frozen=True, eq=False)
class Splits:
    """By node: gain beyond chance (0: no split), feature, threshold."""

    gains: FloatArray
    features: IntArray
    thresholds: FloatArray


@dataclass(frozen=True, eq=False)
class _Level:
    """What all features of a level share: rows come node after node, whatever the feature they are sorted by.

    Attributes
    ----------
    node : ndarray, shape (n_rows,)
        Node of the row at each place.
    allowed : ndarray of bool, shape (n_rows - 1,)
        Whether a split may lie behind a place.
    n_left, inverse : ndarray, shape (n_rows,)
        Rows of the node up to there, and ``1 / n_left + 1 / n_right``.
    packed : list of ndarray of int64, shape (n_rows,)
        Several outputs of a row in one number each.
    before : list of ndarray, shape (n_nodes,)
        The same summed over all nodes before.
    means : ndarray, shape (n_outputs, n_nodes)
    bits : int
        Of one output in a packed number.
    """

    node: IntArray
    allowed: Mask
    n_left: FloatArray
    inverse: FloatArray
    packed: list[IntArray]
    before: list[IntArray]
    means: FloatArray
    bits: int


def best_splits(
    features: FloatArray,
    outputs: Floats32,
    orders: Places,
    local: Places,
    n_nodes: int,
    leaf_rows: int,
    penalty: float,
) -> Splits:
    """Split of each node that lowers the squared error of the outputs most, in units of what chance explains.

    Parameters
    ----------
    features : ndarray of shape (n_features, n)
    outputs : ndarray of shape (n_outputs, n)
        Whole numbers.
    orders : ndarray of int32, shape (n_features, n_grown)
        Rows that may be looked at, by each feature.
    local : ndarray of int32, shape (n,)
        Node of each row.
    """
    none = Splits(np.zeros(n_nodes), np.zeros(n_nodes, np.int64), np.zeros(n_nodes))
    if not orders.size:
        return none
    rows = orders[0]
    at = local[rows]
    counts = np.bincount(at, minlength=n_nodes)
    sums = np.array([np.bincount(at, weights=row[rows], minlength=n_nodes) for row in outputs])
    squares = np.array([np.bincount(at, weights=row[rows] ** 2, minlength=n_nodes) for row in outputs])
    base = (sums**2).sum(axis=0) / np.maximum(counts, 1)
    chance = (squares.sum(axis=0) - base) / np.maximum(counts - 1, 1)  # what one split explains of pure noise
    able = (counts >= 2 * leaf_rows) & (chance > 0)
    if not able.any():
        return none
    if counts[able].sum() < _MOSTLY * rows.size:
        orders = orders[able[local[orders]]].reshape(len(orders), -1)
        rows, sums, counts = orders[0], np.where(able, sums, 0.0), np.where(able, counts, 0)
    level = _level(outputs, rows, sums, counts, able, leaf_rows)
    scores = np.full((len(orders), n_nodes), -np.inf)
    thresholds = np.zeros((len(orders), n_nodes))
    step = max(1, _BLOCK // rows.size)
    for low in range(0, len(orders), step):
        block = slice(low, low + step)
        feature, node, score, threshold = _of_block(features[block], orders[block], local, level, n_nodes)
        scores[low + feature, node], thresholds[low + feature, node] = score, threshold
    gains = (scores - (penalty * chance + _LEAST_GAIN * counts)) / np.maximum(chance, 1e-12)
    best = np.argmax(gains, axis=0)
    every = np.arange(n_nodes)
    return Splits(
        np.where(able, np.maximum(gains[best, every], 0.0), 0.0),
        best.astype(np.int64),
        thresholds[best, every],
    )


def _level(outputs: Floats32, rows: Places, sums: FloatArray, counts: IntArray, able: Mask, leaf_rows: int) -> _Level:
    n_nodes = counts.size
    node = np.repeat(np.arange(n_nodes), counts)
    left = np.arange(1, rows.size + 1) - (np.cumsum(counts) - counts)[node]
    right = counts[node] - left
    allowed = (left >= leaf_rows) & (right >= leaf_rows) & able[node]
    lowest = outputs[:, rows].min(axis=1, keepdims=True)
    whole = np.rint(outputs - lowest).astype(np.int64)  # a constant taken off every output changes no gain
    bits = max(1, int(max(1, whole[:, rows].max()) * rows.size).bit_length())
    totals = np.rint(sums - lowest * counts).astype(np.int64)
    return _Level(
        node=node,
        allowed=allowed[:-1],
        n_left=left.astype(np.float64),
        inverse=1.0 / left + 1.0 / np.maximum(right, 1),
        packed=_packed(whole, bits),
        before=[np.cumsum(total) - total for total in _packed(totals, bits)],
        means=totals / np.maximum(counts, 1),
        bits=bits,
    )


def _packed(numbers: IntArray, bits: int) -> list[IntArray]:
    """Rows of numbers, as many together in one number each as there are bits for."""
    together = max(1, _BITS // bits)
    shifts = np.arange(together, dtype=np.int64)[:, None] * bits
    parts = (numbers[first : first + together] for first in range(0, len(numbers), together))
    return [np.bitwise_or.reduce(part << shifts[: len(part)]) for part in parts]


def _of_block(
    values: FloatArray, orders: Places, local: Places, level: _Level, n_nodes: int
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """For features and nodes that can be split: feature, node, squared error taken away, threshold."""
    if n_nodes > 1:
        # Stable and of small integers: a radix sort, which keeps the order of values within each node.
        nodes = local.astype(np.uint16).take(orders)
        orders = orders.take(np.argsort(nodes, axis=1, kind="stable") + _starts(orders))
    x = values.take(orders + _starts(values))
    rises = x[:, 1:] > x[:, :-1]
    rises &= level.allowed
    feature = np.repeat(np.arange(len(x)), np.count_nonzero(rises, axis=1))
    place = np.flatnonzero(rises) - feature * rises.shape[1]
    group = feature * n_nodes + level.node[place]
    sums = [np.cumsum(pack.take(orders), axis=1).ravel() for pack in level.packed]
    flat = feature * orders.shape[1] + place

    def best(some: IntArray) -> tuple[IntArray, FloatArray]:
        """The best of some cuts for each feature and node, the first of equals."""
        score = _scores(level, place[some], flat[some], sums)
        first = np.flatnonzero(changes(group[some]))
        top = np.maximum.reduceat(score, first) if first.size else score
        hits = np.flatnonzero(score == np.repeat(top, np.diff(np.append(first, some.size))))
        hits = hits[changes(group[some[hits]])]
        return some[hits], score[hits]

    looked, stretch = _thinned(group, np.isneginf(x.ravel()[flat]))
    chosen, score = best(looked)
    if looked.size < group.size:
        # Between the cuts looked at, those beside the best one may be better still.
        wanted = np.zeros(stretch[-1] + 2, dtype=bool)
        wanted[stretch[chosen]] = wanted[stretch[chosen] + 1] = True
        chosen, score = best(np.flatnonzero(wanted[stretch]))
    low_x, high_x = x.ravel()[flat[chosen]], x.ravel()[flat[chosen] + 1]
    middle = np.where(np.isneginf(low_x), low_x, low_x / 2 + high_x / 2)
    return feature[chosen], level.node[place[chosen]], score, np.where(middle >= high_x, low_x, middle)


def _scores(level: _Level, place: IntArray, flat: IntArray, sums: list[IntArray]) -> FloatArray:
    """Squared error that each cut takes away, over all outputs."""
    node, n_left = level.node[place], level.n_left[place]
    score = np.zeros(place.size)
    mask, together = np.int64((1 << level.bits) - 1), _BITS // level.bits
    for output, means in enumerate(level.means):
        pack, shift = output // together, np.int64(output % together * level.bits)
        if shift == 0:
            packed = sums[pack][flat] - level.before[pack][node]
        low = ((packed >> shift) & mask) - n_left * means[node]
        score += low * low
    return np.asarray(score * level.inverse[place])


def _thinned(group: IntArray, lowest: Mask) -> tuple[IntArray, IntArray]:
    """Cuts looked at first, at most `MOST_CUTS` a group and that above nulls; and of each cut its stretch.

    A stretch ends with a cut that is looked at, so the cuts beside it are its own stretch and the next one.
    """
    first = np.flatnonzero(changes(group))
    sizes = np.diff(np.append(first, group.size))
    number = np.arange(group.size) - np.repeat(first, sizes)
    of = np.repeat(sizes, sizes)
    kept = (of <= MOST_CUTS) | ((number + 1) * MOST_CUTS // of != number * MOST_CUTS // of) | lowest
    return np.flatnonzero(kept), np.cumsum(kept) - kept


def _starts(matrix: npt.NDArray[Any]) -> IntArray:
    """Place of the first number of each row among all numbers, shape (n_rows, 1)."""
    return np.asarray(np.arange(matrix.shape[0])[:, None] * matrix.shape[1])
