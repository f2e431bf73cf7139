"""Why a rule is proposed, in a sentence for someone who knows the data; never with a value of the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synthspark.artifacts.rule import Rule

UNITS = {"day": "days", "second": "seconds", "month": "months", "one": ""}
FUNCTIONS = {"sum": "the sum", "min": "the smallest", "max": "the largest", "mean": "the mean"}


def why(rule: Rule) -> str:
    """One sentence: what holds, in how many rows, and how it would be by chance."""
    said = SENTENCES[rule.kind](rule)
    unit = {"sequence": "groups", "child_total": f"rows of {rule.table}"}.get(rule.kind, "rows")
    rows = f"{rule.support:,} {unit}"
    if rule.violations:
        held = f"in {rule.support - rule.violations:,} of {rows}; {rule.violations:,} differ"
    else:
        held = f"in all {rows}" + ("" if rule.kind in ("null_when", "null_together", "sequence") else _filled(rule))
    expected = rule.evidence.get("expected_by_chance", 0.0)
    chance = f"; unrelated columns would break it {expected:,.0f} times" if expected >= 1 else ""
    return f"{said}: {held}{chance}"


def _filled(rule: Rule) -> str:
    if rule.kind in ("check", "unique", "child_total"):
        return ""
    return " where both are filled" if len(rule.columns) == 2 or rule.kind == "parent_order" else " that are filled"


def listed(names: Sequence[str]) -> str:
    """Names in a row: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _order(rule: Rule) -> str:
    lower, upper = rule.columns
    return f"{lower} is never greater than {upper}"


def _offset(rule: Rule) -> str:
    amount, unit = rule.parameters["amount"], UNITS[rule.parameters["unit"]]
    if not amount:
        return f"{rule.columns[1]} equals {rule.columns[0]}"
    return f"{rule.columns[1]} is {rule.columns[0]} plus {amount:,} {unit}".rstrip()


def _formula(rule: Rule) -> str:
    return f"{rule.columns[0]} = {expression(rule)}" + (", rounded" if rule.parameters["form"] == "product" else "")


def expression(rule: Rule) -> str:
    """The right side of a formula."""
    given, operands = rule.parameters, rule.columns[1:]
    if given["form"] == "sum":
        signs = given.get("signs") or [1] * len(operands)
        text = " ".join(f"{'-' if sign < 0 else '+'} {name}" for sign, name in zip(signs, operands, strict=True))
        return text.removeprefix("+ ")
    text = ""
    for name, form in zip(operands, given.get("terms") or ["x"] * len(operands), strict=True):
        if form == "1/x":
            text += f" / {name}"
        else:
            shown = name if form == "x" else f"({form.replace('x', name, 1)})"
            text += f" * {shown}"
    factor = given.get("factor", 1.0)
    text = text.removeprefix(" * ")
    return text if factor == 1.0 else f"{factor:g} * {text}"


def _dependency(rule: Rule) -> str:
    left = rule.parameters["determinants"]
    right = [name for name in rule.columns if name not in left]
    same = "the same" if len(left) == 1 else "the same combination of"
    return f"rows with {same} {listed(left)} have the same {listed(right)}"


def _one_hot(rule: Rule) -> str:
    return f"exactly one of {listed(rule.columns)} is set"


def _sequence(rule: Rule) -> str:
    start, along = rule.parameters["start"], rule.parameters.get("along")
    order = f", in the order of {along}" if along else ""
    within = listed(rule.parameters["within"])
    return f"{rule.columns[0]} counts {start}, {start + 1}, ... within the same {within}{order}"


def _unique(rule: Rule) -> str:
    return f"no two rows have the same {listed(rule.columns)}"


def _null_together(rule: Rule) -> str:
    return f"{listed(rule.columns)} are missing in the same rows"


def _null_when(rule: Rule) -> str:
    values = len(rule.parameters["values"])
    only = "exactly where" if rule.parameters.get("exact", True) else "wherever"
    some = "one certain value" if values == 1 else f"one of {values} certain values"
    return f"{rule.columns[0]} is missing {only} {rule.parameters['column']} has {some}"


def _check(rule: Rule) -> str:
    return f"the values of {rule.columns[0]} carry a valid check digit ({rule.parameters['scheme']})"


def _copy(rule: Rule) -> str:
    parent, columns = rule.parameters["parent"], rule.parameters["parent_columns"]
    via = listed(rule.parameters["via"])
    if len(columns) == 1:
        return f"{rule.columns[0]} repeats {columns[0]} of the {parent} that {via} refers to"
    return f"{listed(rule.columns)} repeat {listed(columns)} of the {parent} that {via} refers to"


def _parent_order(rule: Rule) -> str:
    given = rule.parameters
    side, than = ("at_least", "before") if "at_least" in given else ("at_most", "after")
    referred = f"{given[side]} of the {given['parent']} that {listed(given['via'])} refers to"
    return f"{rule.columns[0]} is never {than} {referred}"


def _child_total(rule: Rule) -> str:
    given = rule.parameters
    if given["function"] == "count":
        return f"{rule.columns[0]} is the number of its rows in {given['child']}"
    total = f"{FUNCTIONS[given['function']]} of {given['child_column']}"
    return f"{rule.columns[0]} is {total} over its rows in {given['child']}"


SENTENCES: dict[str, Callable[[Rule], str]] = {
    "order": _order,
    "offset": _offset,
    "formula": _formula,
    "dependency": _dependency,
    "one_hot": _one_hot,
    "sequence": _sequence,
    "unique": _unique,
    "null_together": _null_together,
    "null_when": _null_when,
    "check": _check,
    "copy": _copy,
    "parent_order": _parent_order,
    "child_total": _child_total,
}
