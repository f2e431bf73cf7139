"""What rules do to the rows of a table, step by step; see `enforcement`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from synthspark.artifacts.bounds import Bound
from synthspark.artifacts.reach import reachable
from synthspark.artifacts.rule import Rule


@dataclass(frozen=True)
class Step:
    """One thing done to all rows of a table; `rule` says what, `columns` are set by it.

    The orders that bound a column are one step: it gets at least `least` and at most `most`; where these contradict
    each other, null if it may be (`or_null`). A copy with
    `or_null` is null where the parent's value is. A dependency leaves alone what the copy `keeps` has set. Floats that
    share out a total are multiples of `unit`.
    """

    kind: str
    columns: tuple[str, ...]
    rule: Rule
    least: tuple[Bound, ...] = ()
    most: tuple[Bound, ...] = ()
    or_null: bool = False
    keeps: Rule | None = None
    unit: float = 0.0

    def from_parents(self) -> tuple[tuple[Rule, str], ...]:
        """Columns of parents that it reads, each with a rule that says which parent."""
        copy = self.rule if self.kind in ("copy", "share") else self.keeps
        if copy is not None:
            given = dict(zip(copy.columns, copy.parameters["parent_columns"], strict=True))
            return tuple((copy, str(given[name])) for name in self.columns)
        return tuple((bound.rule, bound.column) for bound in (*self.least, *self.most) if bound.of_parent)

    def reads_of(self) -> tuple[tuple[Rule, str], ...]:
        """Other tables that it reads, each with the rule that asks for it."""
        parents = [(rule, str(rule.parameters["parent"])) for rule, _ in self.from_parents()]
        return (*parents, *([(self.rule, str(self.rule.parameters["child"]))] if self.kind == "child_total" else ()))


@dataclass(frozen=True)
class Enforcement:
    """Steps of each table, in their order, and the rules that generation does not hold to, with the reason.

    `unique` sets of columns are kept so by the keys of a table's model.
    """

    now: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    late: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    unique: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    free: Mapping[Rule, str] = field(default_factory=dict)

    def read_by_children(self, parent: str) -> tuple[str, ...]:
        """Columns of a table that steps of other tables read."""
        steps = [step for steps in (*self.now.values(), *self.late.values()) for step in steps]
        found: dict[str, None] = {}
        for rule, column in (pair for step in steps for pair in step.from_parents()):
            if rule.parameters["parent"] == parent:
                found.update(dict.fromkeys((*rule.parameters["parent_key"], column)))
        return tuple(found)

    def looped(self) -> frozenset[Rule]:
        """Rules by which tables wait for each other to be finished."""
        waits: dict[str, dict[str, set[Rule]]] = {}
        for table, steps in self.late.items():
            for rule, other in (pair for step in steps for pair in step.reads_of()):
                if other != table:
                    waits.setdefault(table, {}).setdefault(other, set()).add(rule)

        found = (rules for table in waits for other, rules in waits[table].items() if table in reachable(other, waits))
        return frozenset().union(*found)

    def read_by(self, table: str) -> tuple[str, ...]:
        """Other tables whose rows the steps of a table read."""
        steps = (*self.now.get(table, ()), *self.late.get(table, ()))
        return tuple(dict.fromkeys(other for step in steps for _, other in step.reads_of() if other != table))
