"""Orders between columns as bounds: which of two columns gives way, and what bounds it from both sides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Schema

BOUNDED = ("order", "parent_order")
_ORDERED = ("byte", "short", "integer", "long", "float", "double", "date", "timestamp", "timestamp_ntz")

Node = tuple[str, str]  # table, column


@dataclass(frozen=True)
class Bound:
    """What a column must not fall below, or exceed: a column of the same row, or of the parent that `rule` names."""

    column: str
    rule: Rule
    of_parent: bool = False


@dataclass(frozen=True)
class Bounds:
    """Of one column. `rule` is the first that bounds it; `or_null` says whether it may be null where none is left."""

    rule: Rule
    least: tuple[Bound, ...]
    most: tuple[Bound, ...]
    or_null: bool


class BoundPlanner:
    """Takes rules of order one by one; `is_open` and `connect` say what is still free, and what may wait for what."""

    def __init__(
        self, schema: Schema, is_open: Callable[[Node], bool], connect: Callable[[Node, Iterable[Node]], bool]
    ) -> None:
        self._schema = schema
        self._is_open = is_open
        self._connect = connect
        self._least: dict[Node, list[Bound]] = {}
        self._most: dict[Node, list[Bound]] = {}
        self._above: dict[Node, list[Node]] = {}  # known to be no smaller, whoever sees to it
        self._uppers: dict[Node, tuple[Bound, ...]] = {}
        self.free: dict[Rule, str] = {}

    def add(self, rule: Rule) -> str:
        """Plan a rule; the reason where neither column can give way."""
        table = rule.table
        if rule.kind == "parent_order":
            least = "at_least" in rule.parameters
            bound = Bound(str(rule.parameters["at_least" if least else "at_most"]), rule, of_parent=True)
            sides = [((table, rule.columns[0]), bound, self._least if least else self._most)]
        else:
            lower, upper = rule.columns
            sides = [
                ((table, upper), Bound(lower, rule), self._least),
                ((table, lower), Bound(upper, rule), self._most),
            ]
            self._above.setdefault((table, lower), []).append((table, upper))
        if any(self._source(bound) == node for node, bound, _ in sides):
            return "rows of one table bound each other"
        for node, bound, side in sides:
            if self._gives_way(node) and self._connect(node, self._read(bound)):
                side.setdefault(node, []).append(bound)
                return ""
        return "keys or other rules set its columns"

    def _gives_way(self, node: Node) -> bool:
        column = self._schema.tables[node[0]].columns[node[1]]
        ordered = column.type in _ORDERED or column.type.startswith("decimal(")
        return ordered and not column.personal and column.semantic != "key" and self._is_open(node)

    def _read(self, bound: Bound) -> list[Node]:
        """What has to be settled before: the bound, and the reference to the parent that has it."""
        via = bound.rule.parameters.get("via", ()) if bound.of_parent else ()
        return [self._source(bound), *((bound.rule.table, str(name)) for name in via)]

    def _source(self, bound: Bound) -> Node:
        table = str(bound.rule.parameters["parent"]) if bound.of_parent else bound.rule.table
        return table, bound.column

    def bounds(self, never_null: Collection[Node]) -> dict[Node, Bounds]:
        """Bounds of each column that has some; of those below others, theirs too, so that there is always room."""
        nodes = list(dict.fromkeys((*self._least, *self._most)))
        for node in nodes:
            self._upper(node)
        found = {}
        for node in nodes:
            least, most = tuple(self._least.get(node, ())), self._uppers[node]
            nullable = self._schema.tables[node[0]].columns[node[1]].nullable and node not in never_null
            found[node] = Bounds((*least, *most)[0].rule, least, most, nullable)
            if not nullable:
                self._note_contradictions(least, most)
        return found

    def _upper(self, node: Node) -> tuple[Bound, ...]:
        """What the column must not exceed, so that all columns above it find room."""
        if node not in self._uppers:
            self._uppers[node] = tuple(self._most.get(node, ()))
            further = [
                bound
                for other in self._above.get(node, ())
                if other in self._least or other in self._most
                for bound in self._upper(other)
                if self._connect(node, self._read(bound))
            ]
            self._uppers[node] = tuple(dict.fromkeys((*self._uppers[node], *further)))
        return self._uppers[node]

    def _note_contradictions(self, least: Iterable[Bound], most: Iterable[Bound]) -> None:
        for low in least:
            for high in most:
                if high not in self._uppers.get(self._source(low), ()) and not self._in_order(low, high):
                    self.free[high.rule] = (
                        f"a row's bounds may contradict each other (at least {low.column}, at most {high.column})"
                    )

    def _in_order(self, low: Bound, high: Bound) -> bool:
        """Whether other rules see to it that one bound never exceeds the other."""
        same_row = low.of_parent == high.of_parent and low.rule.parameters.get("via") == high.rule.parameters.get("via")
        todo, goal, seen = [self._source(low)], self._source(high), set()
        while todo and same_row:
            node = todo.pop()
            if node == goal:
                return True
            if node not in seen:
                seen.add(node)
                todo += self._above.get(node, ())
        return False
