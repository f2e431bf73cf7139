"""Rules that others imply are left out: a person should decide on each fact once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from synthspark.artifacts.rule import Rule
from synthspark.relate.rules.rows import Candidate, TableRows


def reduced(candidates: Iterable[Candidate], tables: Mapping[str, TableRows]) -> list[Candidate]:
    """The candidates that say something of their own."""
    found = list(candidates)
    rules = Known([one.rule for one in found], tables)
    kept = []
    for one in found:
        check = CHECKS.get(one.rule.kind)
        rule = one.rule if check is None else check(one.rule, rules)
        if rule is not None:
            kept.append(Candidate(rule, one.surprise))
    return kept


class Known:
    """All rules found, by what makes others superfluous."""

    def __init__(self, rules: list[Rule], tables: Mapping[str, TableRows]) -> None:
        self.rules, self.tables = rules, tables
        self.orders: dict[str, set[tuple[str, str]]] = {}
        for rule in rules:
            if rule.kind == "order":
                self.orders.setdefault(rule.table, set()).add((rule.columns[0], rule.columns[1]))

    def of(self, kind: str, table: str) -> list[Rule]:
        """Rules of a kind on a table."""
        return [rule for rule in self.rules if rule.kind == kind and rule.table == table]

    def below(self, table: str, lower: str, upper: str) -> bool:
        return (lower, upper) in self.orders.get(table, ())

    def always_refers(self, table: str, via: Iterable[str]) -> bool:
        """Whether every row has a parent there."""
        return not any(self.tables[table].missing(name).any() for name in via)

    def same_row(self, table: str, step: Rule, own: list[str], further: list[str]) -> bool:
        """Whether `own`, of the child, and `further`, of the parent that `step` leads to, always agree."""
        agree = dict(zip(step.parameters["parent_key"], step.parameters["via"], strict=True))
        for copy in self.of("copy", table):
            if copy.parameters["via"] == step.parameters["via"]:
                agree |= dict(zip(copy.parameters["parent_columns"], copy.columns, strict=True))
        return [agree.get(name) for name in further] == list(own)

    def filled_with(self, table: str, column: str, others: Iterable[str]) -> bool:
        """Whether a column has a value in all rows in which the others have one."""
        rows = self.tables[table]
        lost = rows.missing(column)
        for other in others:
            lost = lost & ~rows.missing(other)
        return not lost.any()


def order_alone(rule: Rule, known: Known) -> Rule | None:
    """An order of its own: no two others, no sum, no constant distance says the same."""
    lower, upper = rule.columns
    for other in (*known.of("formula", rule.table), *known.of("offset", rule.table)):
        if {lower, upper} <= set(other.columns):
            return None
    for name in known.tables[rule.table].columns:
        if name in rule.columns:
            continue
        if known.below(rule.table, lower, name) and known.below(rule.table, name, upper):
            both = known.below(rule.table, name, lower) or known.below(rule.table, upper, name)
            if not both and known.filled_with(rule.table, name, rule.columns):
                return None
    return None if _follows_an_offset(rule, known) else rule


def _follows_an_offset(rule: Rule, known: Known) -> bool:
    """Whether a column at a constant distance has the same order, and stands before this one."""
    lower, upper = rule.columns
    for other in known.of("offset", rule.table):
        start, end = other.columns
        if end == upper and known.below(rule.table, lower, start) and other.parameters["amount"] >= 0:
            return True
        if start == lower and known.below(rule.table, end, upper) and other.parameters["amount"] >= 0:
            return True
    return False


def parent_order_alone(rule: Rule, known: Known) -> Rule | None:
    """A bound of its own: no nearer date of the child or of the parent sets it, no copy, no extreme."""
    own, given = rule.columns[0], rule.parameters
    side = "at_least" if "at_least" in given else "at_most"
    bound, parent = given[side], given["parent"]
    same = [
        other
        for other in known.of("parent_order", rule.table)
        if other is not rule and side in other.parameters and _same_way(rule, other)
    ]
    for other in same:
        theirs, name = other.parameters[side], other.columns[0]
        nearer_child = theirs == bound and _nearer(known, rule.table, name, own, side)
        if nearer_child and known.filled_with(rule.table, name, (own,)):
            return None
        nearer_parent = name == own and _nearer(known, parent, theirs, bound, "at_most" if side == "at_least" else "")
        if nearer_parent and known.filled_with(parent, theirs, (bound,)):
            return None
    copied = [dict(zip(c.columns, c.parameters["parent_columns"], strict=True)) for c in known.of("copy", rule.table)]
    for copy in copied:
        source = copy.get(own)
        if source is not None and (source == bound or known.below(parent, *sorted_pair(bound, source, side))):
            return None
        for name, source in copy.items():  # a copy of the bound in the child's own row, bounded there
            if source == bound and known.below(rule.table, *sorted_pair(name, own, side)):
                return None
    if _bounded_on_the_way(rule, side, known):
        return None
    totals = known.of("child_total", parent)
    return None if any(_is_extreme(total, rule, bound) for total in totals) else rule


def _bounded_on_the_way(rule: Rule, side: str, known: Known) -> bool:
    """Whether another parent of the child bounds it, and is itself bounded by the same row further up."""
    given = rule.parameters
    for step in known.of("parent_order", rule.table):
        if side not in step.parameters or step.columns != rule.columns or step.parameters["parent"] == given["parent"]:
            continue
        middle = step.parameters["parent"]
        if not known.always_refers(rule.table, step.parameters["via"]):
            continue
        for further in known.of("parent_order", middle):
            if further.parameters.get(side) != given[side] or further.parameters["parent"] != given["parent"]:
                continue
            nearest = step.parameters[side]
            follows = further.columns[0] == nearest or _nearer(known, middle, further.columns[0], nearest, side)
            if follows and known.same_row(rule.table, step, given["via"], further.parameters["via"]):
                return True
    return False


def sorted_pair(bound: str, own: str, side: str) -> tuple[str, str]:
    """(lower, upper) of a column and its bound."""
    return (bound, own) if side == "at_least" else (own, bound)


def _nearer(known: Known, table: str, between: str, far: str, side: str) -> bool:
    """Whether `between` lies between the bound and `far`, of one table."""
    return known.below(table, between, far) if side == "at_least" else known.below(table, far, between)


def _same_way(a: Rule, b: Rule) -> bool:
    return all(a.parameters[name] == b.parameters[name] for name in ("parent", "via", "parent_key"))


def _is_extreme(total: Rule, rule: Rule, bound: str) -> bool:
    given = total.parameters
    return (
        total.columns == (bound,)
        and given["function"] in ("min", "max")
        and given["child"] == rule.table
        and given.get("child_column") == rule.columns[0]
    )


def dependency_alone(rule: Rule, known: Known) -> Rule | None:
    """What is left of a dependency without copies of a parent's columns and constant distances."""
    left = tuple(rule.parameters["determinants"])
    explained: set[str] = set()
    for copy in known.of("copy", rule.table):
        if set(copy.parameters["via"]) <= set(left):
            explained |= set(copy.columns)
    for other in (*known.of("offset", rule.table), *known.of("formula", rule.table)):
        if len(set(other.columns) - set(left)) == 1 and not set(other.columns) <= set(left):
            explained |= set(other.columns) - set(left)
    hot = [set(other.columns) for other in known.of("one_hot", rule.table)]
    right = [
        name
        for name in rule.columns
        if name not in left and name not in explained and not any(name in group and set(left) <= group for group in hot)
    ]
    if not right:
        return None
    return Rule(rule.kind, rule.table, (*left, *right), parameters=rule.parameters, evidence=rule.evidence)


def unique_alone(rule: Rule, known: Known) -> Rule | None:
    """A unique set that no numbering within a group explains."""
    for other in known.of("sequence", rule.table):
        if {*other.columns, *other.parameters["within"]} <= set(rule.columns):
            return None
    return rule


def offset_alone(rule: Rule, known: Known) -> Rule | None:
    """A distance of its own: not the sum of two others."""
    start, end = rule.columns
    others = {tuple(sorted(other.columns)) for other in known.of("offset", rule.table)}
    for name in known.tables[rule.table].columns:
        if name in rule.columns or not known.filled_with(rule.table, name, rule.columns):
            continue
        place = known.tables[rule.table].columns.index
        between = tuple(sorted((start, name))) in others and tuple(sorted((name, end))) in others
        if between and place(name) < max(place(start), place(end)):
            return None
    return rule


def copy_alone(rule: Rule, known: Known) -> Rule | None:
    """The columns that are not copied already from a nearer parent, which copies them from this one."""
    given = rule.parameters
    pairs = list(zip(rule.columns, given["parent_columns"], strict=True))
    left = [pair for pair in pairs if not _copied_on_the_way(rule, pair, known)]
    if len(left) == len(pairs):
        return rule
    if not left:
        return None
    parameters = {**given, "parent_columns": [theirs for _, theirs in left]}
    return replace(rule, columns=tuple(ours for ours, _ in left), parameters=parameters)


def _copied_on_the_way(rule: Rule, pair: tuple[str, str], known: Known) -> bool:
    given = rule.parameters
    for step in known.of("copy", rule.table):
        middle = step.parameters["parent"]
        if middle == given["parent"] or step.violations or not known.always_refers(rule.table, step.parameters["via"]):
            continue
        held = dict(zip(step.columns, step.parameters["parent_columns"], strict=True))
        for further in known.of("copy", middle):
            if further.parameters["parent"] != given["parent"] or pair[0] not in held:
                continue
            copied = dict(zip(further.columns, further.parameters["parent_columns"], strict=True))
            same = known.same_row(rule.table, step, given["via"], further.parameters["via"])
            if same and copied.get(held[pair[0]]) == pair[1]:
                return True
    return False


CHECKS = {
    "offset": offset_alone,
    "copy": copy_alone,
    "order": order_alone,
    "parent_order": parent_order_alone,
    "dependency": dependency_alone,
    "unique": unique_alone,
}
