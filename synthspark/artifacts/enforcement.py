"""Approved rules compiled into steps: which column follows from which, in what order, and which rules nothing can hold.

A step sets columns of rows that are drawn: by a rule's formula, from the parent's row, or between bounds. It runs once
all that it reads is settled. Steps that need rows of tables made later (totals over children, references of the second
pass) are late: they run when the tables are finished.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from synthspark.artifacts.bounds import BOUNDED, BoundPlanner, Node
from synthspark.artifacts.checked_keys import is_held_by_keys
from synthspark.artifacts.reach import reachable
from synthspark.artifacts.rule import ENTITY, Rule
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.steps import Enforcement, Step

if TYPE_CHECKING:
    from synthspark.artifacts.plan import TablePlan

WAITING = "its table and one that it reads would wait for each other"
NULLS = ("null_when", "null_together")
SHARE = "share"  # kind of the step by which children take what their parent has for all of them
BOUNDS = "bounds"  # kind of the step of all orders that bound a column

TURN = (
    "sequence",
    "child_total",
    "copy",
    "formula",
    "offset",
    "one_hot",
    "check",
    *NULLS,
    "dependency",
    *BOUNDED,
    "unique",
)
"""Kinds in the order in which they take their columns: a rule that finds its column taken is left to the check."""


def compile_rules(schema: Schema, tables: Mapping[str, TablePlan]) -> Enforcement:
    """Steps that make the approved rules hold; `tables` come in the order in which they are made.

    Tables are finished one by one; where rules let some wait for each other, the last in their turn give way.
    """
    left: dict[Rule, str] = {}
    while True:
        compiled = _Compiler(schema, tables, left).compiled()
        looped = compiled.looped()
        if not looped:
            return replace(compiled, free={**compiled.free, **left})
        left[max(looped, key=lambda rule: (TURN.index(rule.kind), rule.table, rule.columns))] = WAITING


class _Compiler:
    def __init__(self, schema: Schema, tables: Mapping[str, TablePlan], left: Container[Rule]) -> None:
        self.schema = schema
        self.tables = tables
        self.keys: tuple[ForeignKey, ...] = schema.keys_in_force()
        self.rules = [rule for rule in schema.rules_in_force() if rule.kind != ENTITY and rule not in left]
        self.null_ruled = {(r.table, name) for r in self.rules if r.kind in NULLS for name in r.columns}
        self.needs: dict[Node, set[Node]] = {}  # what must be settled before
        self.setter: dict[Node, Step] = {}
        self.further: dict[Node, list[Step]] = {}  # after the setter
        self.nulls: dict[Node, list[Step]] = {}
        self.last: dict[str, list[Step]] = {}
        self.unique: list[Rule] = []
        self.fixed = {name: self._fixed(name) for name in schema.tables}
        self.bounds = BoundPlanner(schema, self.is_open, self.connect)

    def compiled(self) -> Enforcement:
        free = {}
        for rule in sorted(self.rules, key=lambda rule: TURN.index(rule.kind)):
            why = self._hindrance(rule) or self._take(rule)
            if why:
                free[rule] = why
        bounded = self.bounds.bounds(self.null_ruled)
        steps = {node: Step(BOUNDS, (node[1],), b.rule, b.least, b.most, b.or_null) for node, b in bounded.items()}
        for rule in self.rules:
            if rule not in free:
                self._share(rule, bounded)
        late = self._late(steps)
        now, later = {}, {}
        for table in self.tables:
            ordered = [(step, bool(late & {(table, name) for name in read})) for step, read in self._run(table, steps)]
            now[table] = tuple(step for step, is_late in ordered if not is_late)
            later[table] = tuple(step for step, is_late in ordered if is_late)
        for rule in self.unique:
            if late & {(rule.table, name) for name in rule.columns}:
                free[rule] = "a column of it is only known when the table is finished"
        kept = [rule for rule in self.unique if rule not in free]
        unique = {table: tuple(rule.columns for rule in kept if rule.table == table) for table in self.tables}
        return Enforcement(now, later, unique, free | self.bounds.free)

    def _fixed(self, name: str) -> set[str]:
        """Columns that keys set or identify rows by, and those that a person keeps as they are."""
        table = self.schema.tables[name]
        found = {*table.primary_key, *(column for columns in table.alternate_keys for column in columns)}
        found |= self._linked(name) | self._referenced(name)
        return found | {column for column, known in table.columns.items() if known.generate == "verbatim"}

    def _linked(self, name: str) -> set[str]:
        return {column for key in self.keys if key.child == name for column in key.child_columns}

    def _referenced(self, name: str) -> set[str]:
        return {column for key in self.keys if key.parent == name for column in key.parent_columns}

    def _hindrance(self, rule: Rule) -> str:
        """Why no rule of any kind could be enforced here."""
        places = rule.places()
        if any(name not in self.tables for name in places):
            return "it speaks of a table that is not made"
        if self.tables[rule.table].role == "reference":
            return "its table is a verbatim copy"
        for name, columns in places.items():
            known = self.schema.tables[name].columns
            if any(column not in known or known[column].generate == "drop" for column in columns):
                return "a column of it is not made"
        return ""

    def is_open(self, node: Node) -> bool:
        """Whether a rule may set the column."""
        return node not in self.setter and node[1] not in self.fixed[node[0]]

    def connect(self, node: Node, sources: Iterable[Node]) -> bool:
        """Let a column wait for others; False, and nothing done, where one of these waits for it."""
        wanted = set(sources)
        if any(node in reachable(source, self.needs) for source in wanted):
            return False
        self.needs.setdefault(node, set()).update(wanted)
        return True

    def _take(self, rule: Rule) -> str:
        """Plan one rule; the reason where it cannot be held to."""
        if rule.kind in BOUNDED:
            return self.bounds.add(rule)
        if rule.kind == "unique":
            return self._take_unique(rule)
        if rule.kind == "check" and is_held_by_keys(self.schema, rule):
            return ""
        if rule.kind in NULLS:
            return self._take_nulls(rule)
        node = (rule.table, rule.columns[0])
        if rule.kind == "child_total" and rule.parameters["empty"] == "null" and node in self.null_ruled:
            return "another rule says where the column is null"
        if rule.kind == "one_hot" and not all(self.is_open((rule.table, name)) for name in rule.columns):
            return "another rule sets a column of it"
        steps = [(replace(step, or_null=self._copies_nulls(rule, step)), read) for step, read in _steps(rule)]
        left = [
            self._taken_by(rule.table, step.columns)
            for step, read in steps
            if not (self._is_done(step) or self._set(rule, step, read) or self._follow(rule, step))
        ]
        return "; ".join(left)

    def _taken_by(self, table: str, columns: Sequence[str]) -> str:
        """Why a rule cannot set some columns."""
        held = [name for name in columns if (table, name) in self.setter]
        fixed = [name for name in columns if name in self.fixed[table]]
        if held:
            return f"another rule sets {held[0]}"
        return f"{fixed[0]} belongs to a key" if fixed else f"{columns[-1]} would follow from itself"

    def _take_unique(self, rule: Rule) -> str:
        """Leave it to the keys of the table's model, which tell rows apart within the parent that makes them."""
        context = self.tables[rule.table].context
        if context is None or not set(context.child_columns) <= set(rule.columns):
            return "its rows are not made within a parent that it names"
        self.unique.append(rule)
        return ""

    def _is_done(self, step: Step) -> bool:
        """Whether a dependency holds already, for the sake of columns that are copied from here."""
        there = self.setter.get((step.rule.table, step.columns[0]))
        return (
            there is not None
            and there.kind == step.kind == "dependency"
            and _determinants(there) == _determinants(step)
        )

    def _set(self, rule: Rule, step: Step, sources: list[Node]) -> bool:
        nodes = [(rule.table, name) for name in step.columns]
        if not all(self.is_open(n) or self._is_line(rule, n[1]) or self._is_shared(rule, n[1]) for n in nodes):
            return False
        if not all(self.connect(node, sources) for node in nodes):
            return False
        self.setter.update(dict.fromkeys(nodes, step))
        return True

    def _share(self, rule: Rule, bounded: Container[Node]) -> None:
        """Let children share out the total that was drawn with their parent, so that it is what all else goes by.

        The total itself is written late all the same: of parents without children, and where there is nothing to
        share.
        """
        given = rule.parameters
        if rule.kind != "child_total" or given["function"] != "sum":
            return
        child, name = str(given["child"]), str(given["child_column"])
        place = list(self.tables)
        made = self.tables[child].role != "reference" and place.index(rule.table) < place.index(child)
        if made and self.is_open((child, name)) and (child, name) not in bounded:
            keys = {name: given[name] for name in ("via", "parent_key", "compare") if name in given}
            read = Rule(
                "copy", child, (name,), parameters={"parent": rule.table, "parent_columns": rule.columns, **keys}
            )
            self.setter[child, name] = Step(SHARE, (name,), read, unit=2 * float(given["tolerance"]))

    def _copies_nulls(self, rule: Rule, step: Step) -> bool:
        """Whether a copy is null where the parent's value is."""
        node = (rule.table, step.columns[0])
        nullable = self.schema.tables[rule.table].columns[node[1]].nullable
        return (
            rule.kind == "copy" and nullable and node not in self.null_ruled and node[1] not in self.fixed[rule.table]
        )

    def _follow(self, rule: Rule, step: Step) -> bool:
        """Let a dependency hold among columns that are copied from a parent by letting it hold there.

        Rows without that parent take the values that its rows have.
        """
        (name,), own = step.columns, [str(one) for one in rule.parameters.get("determinants", ())]
        copies = [self.setter.get((rule.table, one)) for one in (*own, name)]
        copied = copies[-1].rule if copies[-1] is not None else None
        if rule.kind != "dependency" or copied is None or any(one is None or one.rule != copied for one in copies):
            return False
        parent, known = str(copied.parameters["parent"]), self.tables[str(copied.parameters["parent"])]
        theirs = dict(zip(copied.columns, map(str, copied.parameters["parent_columns"]), strict=True))
        determinants = tuple(theirs[one] for one in own)
        loose = [one for one, step in zip(own, copies, strict=False) if step is None or not step.or_null]
        if any(self.schema.tables[parent].columns[theirs[one]].nullable for one in loose):
            return False  # rows could keep values of their own
        moved = Rule("dependency", parent, (*determinants, theirs[name]), parameters={"determinants": determinants})
        there = self.setter.get((parent, theirs[name]))
        if known.role == "reference":
            holds = rule.violations == 0
        elif there is not None:
            holds = there.kind == "dependency" and _determinants(there) == set(determinants)
        else:
            (above,) = _steps(moved)
            holds = self._set(moved, *above)
        if not holds or not self.connect((rule.table, name), [(rule.table, one) for one in own]):
            return False
        self.further.setdefault((rule.table, name), []).append(replace(step, keeps=copied))
        return True

    def _is_line(self, rule: Rule, name: str) -> bool:
        """Whether it is a number within a parent, which may be counted anew although it identifies rows."""
        taken = name in self._linked(rule.table) or (rule.table, name) in self.setter
        return rule.kind == "sequence" and not taken

    def _is_shared(self, rule: Rule, name: str) -> bool:
        """Whether it is a reference that points to a row whatever the rule makes of it.

        So do references copied from a parent that refers to the same table, and those taken from other rows.
        """
        table, context = self.schema.tables[rule.table], self.tables[rule.table].context
        kept = {*table.primary_key, *(context.child_columns if context else ()), *self._referenced(rule.table)}
        kept |= {column for columns in table.alternate_keys for column in columns} | set(rule.parameters.get("via", ()))
        if name in kept or (rule.table, name) in self.setter:
            return False
        own = [key for key in self.keys if key.child == rule.table and name in key.child_columns]
        if not own or any(key.self_reference or len(key.child_columns) > 1 for key in own):
            return False
        if rule.kind == "dependency":
            return True
        copied = dict(zip(rule.columns, map(str, rule.parameters.get("parent_columns", ())), strict=False))
        return rule.kind == "copy" and all(self._refers(rule, key, copied[name]) for key in own)

    def _refers(self, rule: Rule, key: ForeignKey, column: str) -> bool:
        """Whether a column of the rule's parent holds references, or keys, of the table that the key points to."""
        parent = str(rule.parameters["parent"])
        same = [one for one in self.keys if one.child == parent and one.child_columns == (column,)]
        there = any((one.parent, one.parent_columns) == (key.parent, key.parent_columns) for one in same)
        return there or (parent, (column,)) == (key.parent, key.parent_columns)

    def _take_nulls(self, rule: Rule) -> str:
        table = self.schema.tables[rule.table]
        for name in rule.columns:
            identifies = name in table.primary_key or any(name in columns for columns in table.alternate_keys)
            if identifies or name in self._referenced(rule.table) or not table.columns[name].nullable:
                return f"{name} must not be null"
            keys = [key for key in self.keys if key.child == rule.table and name in key.child_columns]
            if any(not set(key.child_columns) <= set(rule.columns) for key in keys):
                return f"{name} is part of a foreign key of several columns"
        alone = rule.kind == "null_when"
        if alone and not rule.parameters.get("exact", True):
            self.last.setdefault(rule.table, []).append(Step(rule.kind, rule.columns, rule))
            return ""
        leader = str(rule.parameters["column"]) if alone else rule.columns[0]
        followers = rule.columns if alone else rule.columns[1:]
        if not all(self.connect((rule.table, name), [(rule.table, leader)]) for name in followers):
            return f"{leader} follows from a column whose nulls it decides on"
        for name in followers:
            self.nulls.setdefault((rule.table, name), []).append(Step(rule.kind, (name,), rule))
        return ""

    def _late(self, bounded: Mapping[Node, Step]) -> set[Node]:
        """Columns that are only known when all tables are made."""
        place = {table: number for number, table in enumerate(self.tables)}
        late = {node for node, step in self.setter.items() if step.kind == "child_total"}
        for table, planned in self.tables.items():
            later = [link for link in planned.links if link.deferred or link.key.self_reference]
            late |= {(table, name) for link in later for name in link.free}
        for node, step in (*self.setter.items(), *bounded.items()):
            rules = [rule for rule, _ in step.from_parents()]
            awaited = any(place[str(rule.parameters["parent"])] >= place[node[0]] for rule in rules)
            if awaited or late & {(node[0], name) for rule in rules for name in rule.parameters["via"]}:
                late.add(node)
        while further := {node for node, sources in self.needs.items() if sources & late} - late:
            late |= further
        return late

    def _run(self, table: str, bounded: Mapping[Node, Step]) -> Iterator[tuple[Step, tuple[str, ...]]]:
        """Steps of a table, each after what it reads, with the columns that say whether it is late."""
        told: list[Step] = []
        todo = list(dict.fromkeys(n for n in (*self.setter, *self.nulls, *bounded) if n[0] == table))
        while todo:
            node = next(n for n in todo if not (reachable(n, self.needs) & set(todo)) - {n})
            todo.remove(node)
            further = self.further.get(node, ())
            found = [*self.nulls.get(node, ()), self.setter.get(node), *further, bounded.get(node)]
            for step in found:
                if step is not None and step not in told:
                    told.append(step)
                    yield step, step.columns
        for step in self.last.get(table, ()):
            yield step, (*step.columns, str(step.rule.parameters["column"]))


def _determinants(step: Step) -> set[str]:
    return set(map(str, step.rule.parameters["determinants"]))


def _steps(rule: Rule) -> Iterator[tuple[Step, list[Node]]]:
    """What a rule sets, one step a column where these are set one by one; with what must be settled before."""
    given = rule.parameters
    if rule.kind == "copy":
        for name, theirs in zip(rule.columns, given["parent_columns"], strict=True):
            references = [(rule.table, str(one)) for one in given["via"]]
            yield Step("copy", (name,), rule), [(str(given["parent"]), str(theirs)), *references]
    elif rule.kind == "dependency":
        determinants = [str(name) for name in given["determinants"]]
        for name in rule.columns:
            if name not in determinants:
                yield Step("dependency", (name,), rule), [(rule.table, one) for one in determinants]
    elif rule.kind == "child_total":
        child = str(given["child"])
        names = [*given["via"], *([given["child_column"]] if given.get("child_column") else [])]
        yield Step("child_total", rule.columns[:1], rule), [(child, str(name)) for name in names]
    elif rule.kind == "one_hot":
        yield Step("one_hot", rule.columns, rule), []
    elif rule.kind == "offset":
        yield Step("offset", rule.columns[1:2], rule), [(rule.table, rule.columns[0])]
    else:
        sources = [*rule.columns[1:], *map(str, given.get("within") or ()), *filter(None, [given.get("along")])]
        yield Step(rule.kind, rule.columns[:1], rule), [(rule.table, name) for name in sources]
