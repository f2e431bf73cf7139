"""In which order the tables are made, and which foreign key makes, or only points from, the rows of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from synthspark.artifacts.enforcement import compile_rules
from synthspark.artifacts.reach import reachable
from synthspark.artifacts.schema import COARSENESS, ForeignKey, Schema, Table
from synthspark.artifacts.steps import Enforcement
from synthspark.errors import SchemaError

FAMILIES = 1.1  # rows a parent from which they are families
FEWEST_PARENTS = 10  # from which something can be learned of families


@dataclass(frozen=True)
class Link:
    """A further foreign key of a table, chosen row by row once the row exists.

    `fixed` are child columns that earlier keys have set: the chosen parent must agree on them. `free` are
    those that this key sets. A `deferred` link is filled in a second pass, after its parent table exists.
    """

    key: ForeignKey
    fixed: tuple[str, ...]
    free: tuple[str, ...]
    deferred: bool = False

    @property
    def is_late(self) -> bool:
        """Whether its parents are chosen when all rows on both sides are there: it is deferred, or a self reference."""
        return self.deferred or self.key.self_reference


@dataclass(frozen=True)
class TablePlan:
    """How the rows of one table come to be.

    `context` is the key whose parent creates the rows (None: the table is a root). `implied` keys hold
    whenever the others do, because they follow from keys further up.
    """

    table: str
    role: str
    context: ForeignKey | None
    links: tuple[Link, ...]
    implied: tuple[ForeignKey, ...] = ()
    virtual: bool = False  # made, but never written

    @property
    def key_columns(self) -> frozenset[str]:
        """Columns set by the context or by a link."""
        context = self.context.child_columns if self.context else ()
        return frozenset(context).union(*(link.free for link in self.links))


@dataclass(frozen=True)
class DatabasePlan:
    """Plans of all tables that are not skipped, parents before children; and what rules do to their rows."""

    tables: Mapping[str, TablePlan]
    rules: Enforcement = field(default_factory=Enforcement)

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(self.tables)

    @property
    def written(self) -> tuple[str, ...]:
        """The tables that are handed out: all but virtual ones."""
        return tuple(name for name, plan in self.tables.items() if not plan.virtual)

    def children_of(self, table: str) -> tuple[ForeignKey, ...]:
        """Context keys whose parent is `table`, in the order of their child tables."""
        return tuple(plan.context for plan in self.tables.values() if plan.context and plan.context.parent == table)

    def links_to(self, table: str) -> tuple[ForeignKey, ...]:
        """Further keys onto rows that are made before the rows that point to them, in the order of the child tables."""
        return tuple(link.key for link in self._links_onto(table) if not link.is_late)

    def references_to(self, table: str) -> tuple[ForeignKey, ...]:
        """All further keys onto the rows of a table: `links_to`, then those whose parents are chosen at the end."""
        late = tuple(link.key for link in self._links_onto(table) if link.is_late)
        return (*self.links_to(table), *late)

    def _links_onto(self, table: str) -> list[Link]:
        if self.tables[table].role == "reference":
            return []
        return [link for plan in self.tables.values() for link in plan.links if link.key.parent == table]

    def family_of(self, table: str) -> frozenset[str]:
        """The table, those above it whose rows create its rows, and all whose rows these create."""
        top = table
        while context := self.tables[top].context:
            top = context.parent
        family, todo = {top}, [top]
        while todo:
            below = {key.child for key in self.children_of(todo.pop())} - family
            family |= below
            todo += below
        return frozenset(family)


def plan_database(schema: Schema, contexts: Mapping[str, tuple[str, ...]] | None = None) -> DatabasePlan:
    """Order the tables and choose the context key of each.

    Cycles are broken at a nullable key that is no part of the child's primary key where there is one. The
    context is the key that a person chose (`contexts`: table to child columns), else the identifying key, else the
    one that is never null, surest, has most columns, tells most of the other parents, makes families of rows, and whose
    parent has most rows.

    Raises
    ------
    SchemaError
        If a chosen context is no approved foreign key of its table.
    """
    tables = {name: table for name, table in schema.tables.items() if table.role != "skip"}
    keys = sorted(schema.keys_in_force(), key=lambda key: key.label)
    deferred = _break_cycles(
        tables, [key for key in keys if not key.self_reference and tables[key.child].role != "reference"]
    )
    onward = _told(tables, (key for key in keys if key not in deferred))
    plans = {
        name: _plan_table(schema, tables[name], keys, deferred, (contexts or {}).get(name, ()), onward)
        for name in _parents_first(tables, [key for key in keys if key not in deferred])
    }
    return DatabasePlan(plans, compile_rules(schema, plans))


def _told(tables: Mapping[str, Table], keys: Iterable[ForeignKey]) -> dict[str, set[str]]:
    """Parents that every row of a table has, by references that are never null."""
    found: dict[str, set[str]] = {}
    for key in keys:
        if not (key.self_reference or _nullable(tables[key.child], key)):
            found.setdefault(key.child, set()).add(key.parent)
    return found


def _plan_table(
    schema: Schema,
    table: Table,
    keys: list[ForeignKey],
    deferred: set[ForeignKey],
    chosen: tuple[str, ...],
    onward: Mapping[str, Iterable[str]],
) -> TablePlan:
    own = [key for key in keys if key.child == table.name]
    if table.role == "reference":
        return TablePlan(table.name, table.role, None, (), _held_by_copies(schema, own))
    implied = _implied(schema, own, keys)
    open_keys = [key for key in own if key not in implied]
    context = _context(schema, table, [key for key in open_keys if key not in deferred], chosen, onward)
    settled: set[str] = set(context.child_columns) if context else set()
    links = []
    for key in sorted((key for key in open_keys if key != context), key=lambda key: _link_order(table, key, deferred)):
        if context is not None and key not in deferred:
            later = {name for other in deferred if other.child == key.parent for name in other.child_columns}
            key = _with_shared(schema, key, context, later)
        # A second pass finds rows that have their primary key already.
        there = settled | set(table.primary_key) if key in deferred else settled
        fixed = tuple(column for column in key.child_columns if column in there)
        free = tuple(column for column in key.child_columns if column not in there)
        links.append(Link(key, fixed, free, deferred=key in deferred))
        settled.update(free)
    return TablePlan(table.name, table.role, context, tuple(links), tuple(implied), table.virtual)


def _with_shared(schema: Schema, key: ForeignKey, context: ForeignKey, later: set[str]) -> ForeignKey:
    """The key with those columns of the context key that its parent has as well, by an approved rule.

    The ward that a patient was moved to belongs to a stay of his, the address of an order to its customer: the parent
    is one of those that agree. Columns that a parent may lack, or that are set `later`, would leave rows without any.
    """
    if key.self_reference or schema.tables[key.parent].role == "reference":
        return key
    shared: dict[str, str] = {}
    for rule in schema.rules_in_force():
        given = rule.parameters
        ends = given.get("parent"), tuple(given.get("via", ())), tuple(given.get("parent_key", ()))
        if (
            rule.kind == "copy"
            and rule.table == key.child
            and ends == (key.parent, key.child_columns, key.parent_columns)
        ):
            shared |= dict(zip(rule.columns, given["parent_columns"], strict=True))
    above = schema.tables[key.parent].columns
    shared = {name: other for name, other in shared.items() if not above[other].nullable and other not in later}
    added = [name for name in context.child_columns if name in shared and name not in key.child_columns]
    if not added:
        return key
    return replace(
        key,
        child_columns=(*key.child_columns, *added),
        parent_columns=(*key.parent_columns, *(shared[name] for name in added)),
        compare=(*key.comparisons, *("exact" for _ in added)),
    )


def _held_by_copies(schema: Schema, own: list[ForeignKey]) -> tuple[ForeignKey, ...]:
    """Keys of a reference table; they hold in a verbatim copy only while their parents are copied too."""
    for key in own:
        if schema.tables[key.parent].role != "reference":
            raise SchemaError(
                f"schema.yaml, table {key.child}: its role is reference but {key.label} points to a "
                f"synthesized table, so that a verbatim copy would have orphans; set the role of {key.parent} to "
                f"reference too, set the role of {key.child} to synthesize, or reject the key"
            )
    return tuple(own)


def _link_order(table: Table, key: ForeignKey, deferred: set[ForeignKey]) -> tuple[bool, bool, int, str]:
    return key in deferred, _nullable(table, key), -len(key.child_columns), key.label


def _nullable(table: Table, key: ForeignKey) -> bool:
    """Whether the key may be null as a whole: one of its columns may be, and lies outside the primary key."""
    return any(table.columns[column].nullable and column not in table.primary_key for column in key.child_columns)


def _context(
    schema: Schema,
    table: Table,
    keys: list[ForeignKey],
    chosen: tuple[str, ...],
    onward: Mapping[str, Iterable[str]],
) -> ForeignKey | None:
    if chosen:
        wanted = next((key for key in keys if set(key.child_columns) == set(chosen)), None)
        if wanted is None:
            raise SchemaError(
                f"tables.{table.name}.context: no approved foreign key has the child columns "
                f"{', '.join(chosen)}; expected one of "
                f"{'; '.join(', '.join(key.child_columns) for key in keys) or 'none'}; correct it or approve the key"
            )
        return wanted
    candidates = [key for key in keys if not key.self_reference and schema.tables[key.parent].role != "reference"]
    others = {key.parent for key in candidates}

    def merit(key: ForeignKey) -> tuple[bool, bool, bool, float, int, int, bool, bool, int, str]:
        identifying = set(key.child_columns) <= set(table.primary_key)
        parent = schema.tables[key.parent]
        sure = round(key.confidence, 1)  # a doubtful key must not make the rows where a sure one can
        # Of a thing without a table nothing is known but its rows: they are to be made together where it identifies
        # them; elsewhere a parent of which more is known comes first.
        known = identifying or not parent.virtual
        # The stay in a hospital tells the patient, the patient not which of the stays.
        many = parent.rows or 0
        several = many >= FEWEST_PARENTS or parent.virtual
        tells = len(reachable(key.parent, onward) & others) if several else 0
        # What siblings have in common, or keep apart in, is known of rows that are made together.
        siblings = several and (table.rows or 0) >= FAMILIES * many
        whose = identifying and parent.virtual, siblings, many, key.label
        return identifying, known, not _nullable(table, key), sure, len(key.child_columns), tells, *whose

    return max(candidates, key=merit, default=None)


def _implied(schema: Schema, own: list[ForeignKey], keys: list[ForeignKey]) -> list[ForeignKey]:
    """Keys of one table that follow from the others: their columns are carried to the same parent by a longer way.

    The way must not compare them more coarsely than the key itself. A key with a nullable column besides the ones
    carried is no such way: where it is null, nothing follows.
    """
    implied: list[ForeignKey] = []
    for key in sorted(own, key=lambda key: (len(key.child_columns), key.label)):
        others = [other for other in keys if other not in implied and other != key]
        if _reaches(schema, key, others):
            implied.append(key)
    return implied


def _reaches(schema: Schema, key: ForeignKey, others: Iterable[ForeignKey]) -> bool:
    allowed = dict(zip(key.child_columns, map(COARSENESS.index, key.comparisons), strict=True))
    others = list(others)
    goal = key.parent, dict(zip(key.child_columns, key.parent_columns, strict=True))
    frontier: list[tuple[str, dict[str, str]]] = [(key.child, {column: column for column in key.child_columns})]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while frontier:
        table, carried = frontier.pop()
        for other in others:
            columns = dict(zip(other.child_columns, other.parent_columns, strict=True))
            if other.child != table or not set(carried.values()) <= set(columns):
                continue
            if any(schema.tables[table].columns[column].nullable for column in set(columns) - set(carried.values())):
                continue
            compared = dict(zip(other.child_columns, map(COARSENESS.index, other.comparisons), strict=True))
            if any(compared[column] > allowed[start] for start, column in carried.items()):
                continue
            onward = {start: columns[column] for start, column in carried.items()}
            if (other.parent, onward) == goal:
                return True
            state = other.parent, tuple(onward.values())
            if state not in seen:
                seen.add(state)
                frontier.append((other.parent, onward))
    return False


def _break_cycles(tables: Mapping[str, Table], keys: list[ForeignKey]) -> set[ForeignKey]:
    """A small set of keys without which the references between different tables have no cycle."""
    deferred: set[ForeignKey] = set()
    while True:
        open_keys = [key for key in keys if key not in deferred]
        looped = _in_cycles(tables, open_keys)
        if not looped:
            return deferred

        def weakness(key: ForeignKey) -> tuple[bool, bool, bool, float, str]:
            primary = set(tables[key.child].primary_key)
            outside = not set(key.child_columns) & primary
            beside_own_key = primary < set(key.child_columns)  # the rows exist without it: it only says more of them
            return _nullable(tables[key.child], key), outside, beside_own_key, -key.confidence, key.label

        deferred.add(max(looped, key=weakness))


def _in_cycles(tables: Mapping[str, Table], keys: list[ForeignKey]) -> list[ForeignKey]:
    """Keys between tables of one strongly connected component."""
    parents: dict[str, set[str]] = {name: set() for name in tables}
    for key in keys:
        parents[key.child].add(key.parent)

    above = {name: reachable(name, parents) for name in tables}
    return [key for key in keys if key.child in above[key.parent]]


def _parents_first(tables: Mapping[str, Table], keys: list[ForeignKey]) -> list[str]:
    parents = {
        name: {key.parent for key in keys if key.child == name and key.parent != name and table.role != "reference"}
        for name, table in tables.items()
    }
    order: list[str] = []
    while len(order) < len(tables):
        ready = sorted(name for name in tables if name not in order and parents[name] <= set(order))
        order += ready
    return order
