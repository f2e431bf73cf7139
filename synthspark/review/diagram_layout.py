"""Where the boxes of a diagram stand and how the lines between them run; plain geometry."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthspark.review.diagram_layers import (
    Item,
    Passage,
    assign_layers,
    left_to_right,
    order_layers,
    path_through,
)

MARGIN = 24.0
ROW_GAP = 26.0  # between boxes of one layer
GRID_GAP = 44.0  # between boxes without lines to others: room for references to themselves
TRUNK_HEIGHT = 8.0
LAYER_GAP = 84.0  # room for the curves and their crow's feet
ASPECT = 1.9  # width to height that a screen likes
CAPACITIES = (300.0, 420.0, 600.0, 800.0, 1000.0, 1300.0, 1700.0, 2200.0, 3000.0, 4500.0, 8000.0)
MOST_TRIED = 5  # layerings that are laid out in full
ALIGNMENT_SWEEPS = 8
TRUNK_WEIGHT = 3.0  # a straight trunk is worth more than a centred box

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, its upper left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True)
class Edge:
    """A line from a child to its parent; the ports are heights below the upper side of each box."""

    child: str
    parent: str
    child_port: float
    parent_port: float


@dataclass(frozen=True)
class Layout:
    """Boxes by name and, for each edge, its points from child to parent in pairs of equal height at each layer."""

    boxes: Mapping[str, Box]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def lay_out(sizes: Mapping[str, tuple[float, float]], edges: Sequence[Edge]) -> Layout:
    """Parents left of their children, tables without relationships in rows below.

    Parameters
    ----------
    sizes : mapping
        Width and height of each box.
    edges : sequence
        Edges from a table to itself get an empty route.
    """
    pairs = [(edge.parent, edge.child) for edge in edges if edge.parent != edge.child]
    linked = {name for pair in pairs for name in pair}
    order = left_to_right([name for name in sizes if name in linked], pairs)
    layerings = _layerings_for_screen(order, pairs, sizes)
    placed = min((_place(layers, edges, sizes) for layers in layerings), key=lambda tried: _misfit(tried, sizes))
    columns, paths, tops = placed.columns, placed.paths, placed.tops
    spans = _spans(columns, sizes)
    boxes = _boxes_of(columns, tops, spans, sizes)
    routes = tuple(_route(edge, items, tops, boxes, spans) for edge, items in zip(edges, paths, strict=True))
    bottom = max((top + _height(item, sizes) for item, top in tops.items()), default=0.0)
    right = max([*(side for _, side in spans), 4 * max((width for width, _ in sizes.values()), default=0.0)])
    boxes.update(_grid([name for name in sizes if name not in linked], sizes, bottom + 2 * MARGIN, right))
    ordered = {name: boxes[name] for name in sizes}
    return Layout(
        ordered,
        routes,
        max((box.x + box.width for box in ordered.values()), default=0.0) + MARGIN,
        max([bottom, *(box.y + box.height for box in ordered.values())]) + MARGIN,
    )


def _height(item: Item, sizes: Mapping[str, tuple[float, float]]) -> float:
    return sizes[item][1] if isinstance(item, str) else TRUNK_HEIGHT


def _gap(upper: Item, lower: Item) -> float:
    return ROW_GAP if isinstance(upper, str) and isinstance(lower, str) else ROW_GAP / 2


def _layerings_for_screen(
    order: Sequence[str], pairs: Sequence[tuple[str, str]], sizes: Mapping[str, tuple[float, float]]
) -> list[dict[str, int]]:
    """Of the layerings for several heights, those that promise a screen's shape; `pairs`: (parent, child)."""
    place = {name: i for i, name in enumerate(order)}
    onward = [(a, b) if place[a] < place[b] else (b, a) for a, b in pairs]
    heights = {name: sizes[name][1] + ROW_GAP for name in order}
    widest = max((sizes[name][0] for name in order), default=1.0)

    def misfit(layers: Mapping[str, int]) -> float:
        used: dict[int, float] = defaultdict(float)
        for name, layer in layers.items():
            used[layer] += heights[name]
        trunks = {item for pair in pairs for item in path_through(*pair, layers) if isinstance(item, Passage)}
        for trunk in trunks:
            used[trunk.layer] += TRUNK_HEIGHT + ROW_GAP / 2
        return _distance_from_screen(len(used) * (widest + LAYER_GAP), max(used.values(), default=1.0))

    layerings = [assign_layers(order, onward, heights, capacity) for capacity in CAPACITIES]
    distinct = [layers for i, layers in enumerate(layerings) if layers not in layerings[:i]]
    return sorted(distinct, key=misfit)[:MOST_TRIED]


def _distance_from_screen(width: float, height: float) -> float:
    return abs(math.log(max(width, 1.0) / max(height, 1.0) / ASPECT))


@dataclass(frozen=True)
class _Placed:
    columns: Sequence[Sequence[Item]]
    paths: Sequence[Sequence[Item]]
    tops: Mapping[Item, float]


def _place(layers: Mapping[str, int], edges: Sequence[Edge], sizes: Mapping[str, tuple[float, float]]) -> _Placed:
    paths = [path_through(edge.parent, edge.child, layers) if edge.parent != edge.child else [] for edge in edges]
    columns = order_layers(layers, paths)
    return _Placed(columns, paths, _align(columns, paths, edges, sizes))


def _misfit(placed: _Placed, sizes: Mapping[str, tuple[float, float]]) -> float:
    spans = _spans(placed.columns, sizes)
    bottom = max((top + _height(item, sizes) for item, top in placed.tops.items()), default=1.0)
    return _distance_from_screen(spans[-1][1] if spans else 1.0, bottom)


def _align(
    columns: Sequence[Sequence[Item]],
    paths: Sequence[Sequence[Item]],
    edges: Sequence[Edge],
    sizes: Mapping[str, tuple[float, float]],
) -> dict[Item, float]:
    """Upper side of every item: as level with its neighbours as order and gaps allow."""
    pulls: dict[Item, list[tuple[Item, float]]] = defaultdict(list)  # item -> (other, other's port - own port)
    for edge, items in zip(edges, paths, strict=True):
        ports = {edge.child: edge.child_port, edge.parent: edge.parent_port}
        for a, b in itertools.pairwise(items):
            port_a, port_b = (ports[item] if isinstance(item, str) else TRUNK_HEIGHT / 2 for item in (a, b))
            pulls[a].append((b, port_b - port_a))
            pulls[b].append((a, port_a - port_b))
    tops: dict[Item, float] = {}
    for column in columns:
        _settle(column, dict.fromkeys(column, 0.0), dict.fromkeys(column, 1.0), sizes, tops)
    for sweep in range(ALIGNMENT_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted, weights = {}, {}
            for item in column:
                targets = [tops[other] + shift for other, shift in pulls[item]]
                wanted[item] = sum(targets) / len(targets) if targets else tops[item]
                weights[item] = len(targets) * (1.0 if isinstance(item, str) else TRUNK_WEIGHT) or 0.1
            _settle(column, wanted, weights, sizes, tops)
    lowest = min(tops.values(), default=0.0)
    return {item: top - lowest + MARGIN for item, top in tops.items()}


def _settle(
    column: Sequence[Item],
    wanted: Mapping[Item, float],
    weights: Mapping[Item, float],
    sizes: Mapping[str, tuple[float, float]],
    tops: dict[Item, float],
) -> None:
    """Put the items of a column, in order and apart, nearest to where they want to be.

    Least squares under order constraints: isotonic regression by pooling adjacent violators.
    """
    offsets, offset = [], 0.0
    for upper, lower in zip(column, [*column[1:], None], strict=True):
        offsets.append(offset)
        if lower is not None:
            offset += _height(upper, sizes) + _gap(upper, lower)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, items
    for item, offset in zip(column, offsets, strict=True):
        mean, weight, count = wanted[item] - offset, weights[item], 1
        while blocks and blocks[-1][0] > mean:
            upper_mean, upper_weight, upper_count = blocks.pop()
            mean = (mean * weight + upper_mean * upper_weight) / (weight + upper_weight)
            weight, count = weight + upper_weight, count + upper_count
        blocks.append((mean, weight, count))
    means = [mean for mean, _, count in blocks for _ in range(count)]
    for item, mean, offset in zip(column, means, offsets, strict=True):
        tops[item] = mean + offset


def _spans(columns: Sequence[Sequence[Item]], sizes: Mapping[str, tuple[float, float]]) -> list[Point]:
    """Left and right side of every layer."""
    spans, x = [], MARGIN
    for column in columns:
        width = max((sizes[item][0] for item in column if isinstance(item, str)), default=0.0)
        spans.append((x, x + width))
        x += width + LAYER_GAP
    return spans


def _boxes_of(
    columns: Sequence[Sequence[Item]],
    tops: Mapping[Item, float],
    spans: Sequence[Point],
    sizes: Mapping[str, tuple[float, float]],
) -> dict[str, Box]:
    """All boxes of a layer get its width."""
    return {
        item: Box(left, tops[item], right - left, sizes[item][1])
        for column, (left, right) in zip(columns, spans, strict=True)
        for item in column
        if isinstance(item, str)
    }


def _route(
    edge: Edge,
    items: Sequence[Item],
    tops: Mapping[Item, float],
    boxes: Mapping[str, Box],
    spans: Sequence[Point],
) -> tuple[Point, ...]:
    ports = {edge.child: edge.child_port, edge.parent: edge.parent_port}
    points: list[Point] = []
    for item in items:
        if isinstance(item, Passage):
            left, right = spans[item.layer]
            points += [(left, tops[item] + TRUNK_HEIGHT / 2), (right, tops[item] + TRUNK_HEIGHT / 2)]
        else:
            box = boxes[item]
            points.append((box.x + box.width if item == items[0] else box.x, box.y + ports[item]))
    return tuple(points if items and items[0] == edge.child else points[::-1])


def _grid(names: Sequence[str], sizes: Mapping[str, tuple[float, float]], top: float, right: float) -> dict[str, Box]:
    """Boxes in rows from the left, each row below the highest box of the one before."""
    boxes: dict[str, Box] = {}
    x, row_height = MARGIN, 0.0
    for name in names:
        width, height = sizes[name]
        if x > MARGIN and x + width > right:
            x, top, row_height = MARGIN, top + row_height + ROW_GAP, 0.0
        boxes[name] = Box(x, top, width, height)
        x, row_height = x + width + GRID_GAP, max(row_height, height)
    return boxes
