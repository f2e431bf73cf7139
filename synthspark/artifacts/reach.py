"""What can be reached in a graph of things that wait for, or refer to, each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reachable(start: T, onward: Mapping[T, Iterable[T]]) -> set[T]:
    """The start and all that it leads to, directly or not."""
    todo, seen = [start], {start}
    while todo:
        fresh = set(onward.get(todo.pop(), ())) - seen
        seen |= fresh
        todo += fresh
    return seen
