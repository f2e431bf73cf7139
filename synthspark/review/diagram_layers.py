"""Which column of the diagram a table stands in, and in which order from top to bottom."""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Passage(NamedTuple):
    """Where the edges of one parent run through a layer that holds neither of their ends."""

    parent: str
    forward: bool  # towards children on the right
    layer: int


Pair = tuple[str, str]  # left, right
Item = str | Passage  # what a layer holds: tables and passages
Segment = tuple[Item, Item]

SWEEPS = 12  # more change next to nothing on schemas of 50 tables


def left_to_right(names: Sequence[str], pairs: Iterable[Pair]) -> list[str]:
    """An order in which few pairs (parent, child) run backwards.

    References
    ----------
    Eades, Lin & Smyth (1993), "A fast and effective heuristic for the feedback arc set problem".
    """
    onward: dict[str, set[str]] = {name: set() for name in names}
    back: dict[str, set[str]] = {name: set() for name in names}
    for parent, child in pairs:
        onward[parent].add(child)
        back[child].add(parent)
    left = dict.fromkeys(names)
    first: list[str] = []
    last: list[str] = []

    def take(name: str, side: list[str]) -> None:
        side.append(name)
        del left[name]
        for other in onward[name]:
            back[other].discard(name)
        for other in back[name]:
            onward[other].discard(name)

    while left:
        sinks = [name for name in left if not onward[name]]
        sources = [name for name in left if onward[name] and not back[name]]
        for name in sinks:
            take(name, last)
        for name in sources:
            take(name, first)
        if left and not sinks and not sources:
            take(max(left, key=lambda name: len(onward[name]) - len(back[name])), first)
    return first + last[::-1]


def assign_layers(
    order: Sequence[str], pairs: Iterable[Pair], heights: Mapping[str, float], capacity: float
) -> dict[str, int]:
    """Layer of each table: right of all on its left, no layer higher than `capacity` unless by a single table.

    `pairs` are (left, right) and agree with `order`.
    """
    lefts: dict[str, list[str]] = defaultdict(list)
    rights: dict[str, list[str]] = defaultdict(list)
    for left, right in pairs:
        lefts[right].append(left)
        rights[left].append(right)
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = max((depth[left] + 1 for left in lefts[name]), default=0)
    layers: dict[str, int] = {}
    used: dict[int, float] = defaultdict(float)

    def room(layer: int, name: str) -> bool:
        return not used[layer] or used[layer] + heights[name] <= capacity

    by_depth = sorted(order, key=lambda name: depth[name])
    for name in by_depth:
        layer = max((layers[left] + 1 for left in lefts[name]), default=0)
        while not room(layer, name):
            layer += 1
        layers[name] = layer
        used[layer] += heights[name]
    for name in reversed(by_depth):  # a table nobody is left of stands beside its children
        target = min((layers[right] for right in rights[name]), default=0) - 1
        while target > layers[name] and not room(target, name):
            target -= 1
        if target > layers[name]:
            used[layers[name]] -= heights[name]
            used[target] += heights[name]
            layers[name] = target
    present = {layer: place for place, layer in enumerate(sorted(set(layers.values())))}
    return {name: present[layer] for name, layer in layers.items()}


def path_through(parent: str, child: str, layers: Mapping[str, int]) -> list[Item]:
    """Places that the edge from parent to child runs through, from left to right, with both ends.

    Edges of one parent share their passages, so that a table with thirty children has one trunk, not thirty lines.
    """
    forward = layers[parent] < layers[child]
    left, right = (parent, child) if forward else (child, parent)
    between = [Passage(parent, forward, layer) for layer in range(layers[left] + 1, layers[right])]
    return [left, *between, right]


def order_layers(layers: Mapping[str, int], paths: Iterable[Sequence[Item]]) -> list[list[Item]]:
    """The items of each layer from top to bottom, with few crossings (barycentre sweeps, best one kept)."""
    columns: list[list[Item]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for name, layer in layers.items():
        columns[layer].append(name)
    segments: dict[Segment, None] = {}
    for items in paths:
        for item in items:
            if isinstance(item, Passage) and item not in columns[item.layer]:
                columns[item.layer].append(item)
        segments.update(dict.fromkeys(itertools.pairwise(items)))
    lefts: dict[Item, list[Item]] = defaultdict(list)
    rights: dict[Item, list[Item]] = defaultdict(list)
    for left, right in segments:
        lefts[right].append(left)
        rights[left].append(right)
    best, fewest = [list(column) for column in columns], _crossings(columns, rights)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in range(1, len(columns)) if down else range(len(columns) - 2, -1, -1):
            beside = columns[layer - 1] if down else columns[layer + 1]
            _sort_by_neighbours(columns[layer], beside, lefts if down else rights)
        crossings = _crossings(columns, rights)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _sort_by_neighbours(column: list[Item], beside: Sequence[Item], neighbours: Mapping[Item, list[Item]]) -> None:
    place = {item: (i + 0.5) / len(beside) for i, item in enumerate(beside)}
    own = {item: (i + 0.5) / len(column) for i, item in enumerate(column)}

    def barycentre(item: Item) -> float:
        around = neighbours.get(item)
        return sum(place[other] for other in around) / len(around) if around else own[item]

    column.sort(key=barycentre)


def _crossings(columns: Sequence[Sequence[Item]], rights: Mapping[Item, list[Item]]) -> int:
    total = 0
    for column, beside in itertools.pairwise(columns):
        place = {item: i for i, item in enumerate(beside)}
        seen: list[int] = []
        for item in column:
            ends = sorted(place[other] for other in rights.get(item, ()))
            total += sum(len(seen) - bisect.bisect_right(seen, end) for end in ends)
            for end in ends:
                bisect.insort(seen, end)
    return total
