"""What rules do to the rows of a table, step by step; see `enforcement`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from synthspark.artifacts.bounds import Bound
from synthspark.artifacts.rule import Rule


@dataclass(frozen=True)
class Step:
    """One thing done to all rows of a table; `rule` says what, `columns` are set by it.

    The orders that bound a column are one step: it gets at least `least` and at most `most`; where these contradict
    each other, null if it may be (`or_null`). A copy with
    `or_null` is null where the parent's value is. A dependency leaves alone what the copy `keeps` has set.
    """

    kind: str
    columns: tuple[str, ...]
    rule: Rule
    least: tuple[Bound, ...] = ()
    most: tuple[Bound, ...] = ()
    or_null: bool = False
    keeps: Rule | None = None

    def from_parents(self) -> tuple[tuple[Rule, str], ...]:
        """Columns of parents that it reads, each with a rule that says which parent."""
        copy = self.rule if self.kind == "copy" else self.keeps
        if copy is not None:
            given = dict(zip(copy.columns, copy.parameters["parent_columns"], strict=True))
            return tuple((copy, str(given[name])) for name in self.columns)
        return tuple((bound.rule, bound.column) for bound in (*self.least, *self.most) if bound.of_parent)


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

    def read_by(self, table: str) -> tuple[str, ...]:
        """Other tables whose rows the steps of a table read."""
        steps = (*self.now.get(table, ()), *self.late.get(table, ()))
        parents = [str(rule.parameters["parent"]) for step in steps for rule, _ in step.from_parents()]
        children = [str(step.rule.parameters["child"]) for step in steps if step.kind == "child_total"]
        return tuple(dict.fromkeys(name for name in (*parents, *children) if name != table))
