"""Rows that each kind of rule speaks of, and rows that break it, counted on Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthspark.artifacts.rule import Rule
from synthspark.rules import kernels
from synthspark.rules.checks import check_count
from synthspark.rules.values import BoolArray, FloatArray, IntArray, codes, match, missing, numbers


@dataclass(frozen=True)
class Count:
    """Rows that a rule speaks of (groups of a sequence, parents of a total), and those that break it."""

    support: int
    violations: int

    def __add__(self, other: Count) -> Count:
        return Count(self.support + other.support, self.violations + other.violations)


def count(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Count of any rule; `tables` holds its table, and the one at the other end of its relationship."""
    return COUNTERS[rule.kind](rule, tables)


def _own(rule: Rule, tables: Mapping[str, pa.Table]) -> list[FloatArray]:
    return [numbers(tables[rule.table].column(name)) for name in rule.columns]


def _rows(speaks: npt.ArrayLike, breaks: npt.ArrayLike) -> Count:
    spoken = np.asarray(speaks, dtype=bool)
    return Count(int(spoken.sum()), int((spoken & np.asarray(breaks, dtype=bool)).sum()))


def count_order(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which the first column is greater than the second."""
    lower, upper = _own(rule, tables)
    return _rows(kernels.filled(lower, upper), kernels.descends(lower, upper))


def count_offset(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which the second column is not the first plus the amount."""
    start, end = _own(rule, tables)
    wanted = kernels.offset(start, rule.parameters["amount"], rule.parameters["unit"])
    return _rows(kernels.filled(start, end), kernels.differs(end, wanted))


def count_formula(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which the first column is not what the others make."""
    target, *operands = _own(rule, tables)
    wanted = formula(rule, operands)
    return _rows(kernels.filled(target, wanted), kernels.differs(target, wanted, rule.parameters["tolerance"]))


def formula(rule: Rule, operands: list[FloatArray]) -> FloatArray:
    """What the operands of a formula make, before rounding."""
    given = rule.parameters
    if given["form"] == "sum":
        return kernels.weighted_sum(operands, given.get("signs") or [1] * len(operands))
    return kernels.product(operands, given.get("terms") or ["x"] * len(operands), given.get("factor", 1.0))


def count_dependency(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which a determined column is not the commonest one of its determinants."""
    table, determinants = tables[rule.table], rule.parameters["determinants"]
    left = codes([table.column(name) for name in determinants])
    found = [
        kernels.minority_rows(left, codes([table.column(name)])) for name in rule.columns if name not in determinants
    ]
    return Count(max(rows for rows, _ in found), sum(wrong for _, wrong in found))


def count_one_hot(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which not exactly one column is 1, or one is neither 0 nor 1."""
    columns = np.array(_own(rule, tables))
    wrong: BoolArray = np.asarray(
        (columns.sum(axis=0) != 1) | ((columns != 0) & (columns != 1)).any(axis=0), dtype=bool
    )
    return _rows(kernels.filled(*columns), wrong)


def count_sequence(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Groups that do not count from the start without gap or repetition, or not along a column."""
    table, given = tables[rule.table], rule.parameters
    group = codes([table.column(name) for name in given["within"]])
    along = numbers(table.column(given["along"])) if given.get("along") else None
    groups, broken, _ = kernels.broken_sequences(group, _own(rule, tables)[0], float(given["start"]), along)
    return Count(groups, broken)


def count_unique(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows that repeat the values of an earlier one."""
    return Count(*kernels.repeated_rows(codes([tables[rule.table].column(name) for name in rule.columns])))


def count_null_together(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which some but not all of the columns are missing."""
    lost = np.array([missing(tables[rule.table].column(name)) for name in rule.columns])
    return _rows(np.ones(lost.shape[1], bool), lost.any(axis=0) & ~lost.all(axis=0))


def count_null_when(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Rows in which the column is filled where it must not be, or missing where it must be filled."""
    table = tables[rule.table]
    column = table.column(rule.parameters["column"])
    named = is_one_of(column, rule.parameters["values"])
    empty = missing(table.column(rule.columns[0]))
    wrong = (named != empty) if rule.parameters.get("exact", True) else named & ~empty
    return _rows(~missing(column), wrong)


def is_one_of(column: pa.ChunkedArray, values: list[object]) -> BoolArray:
    """Where the column has one of the values, as a schema.yaml writes them."""
    wanted = {plain_value(value) for value in values}
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    hit = np.array([plain_value(value) in wanted for value in encoded.dictionary.to_pylist()] + [False])
    places = encoded.indices.fill_null(len(hit) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(hit[places], dtype=bool)


def plain_value(value: object) -> str:
    """Text by which a category is named: its own, true or false, a number without needless zeros."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) or value is None:
        return str(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
    return str(int(number)) if number.is_integer() else repr(number)


def count_check(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Values whose check characters are not those that their scheme asks for."""
    return Count(*check_count(tables[rule.table].column(rule.columns[0]), rule.parameters["scheme"]))


def _across(rule: Rule, tables: Mapping[str, pa.Table]) -> tuple[pa.Table, pa.Table, IntArray]:
    """Child, parent, and the parent's row of each child row."""
    given = rule.parameters
    child, parent = (given["child"], rule.table) if "child" in given else (rule.table, given["parent"])
    ours = [tables[child].column(name) for name in given["via"]]
    theirs = [tables[parent].column(name) for name in given["parent_key"]]
    return tables[child], tables[parent], match(ours, theirs, given.get("compare", ()))


def count_copy(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Child rows that differ from their parent's row in a column; rows with a missing value there are left out."""
    child, parent, row = _across(rule, tables)
    found = [
        count_equal(child.column(ours), parent.column(theirs), row)
        for ours, theirs in zip(rule.columns, rule.parameters["parent_columns"], strict=True)
    ]
    return Count(max(one.support for one in found), sum(one.violations for one in found))


def count_equal(ours: pa.ChunkedArray, theirs: pa.ChunkedArray, row: IntArray) -> Count:
    """Child rows with a value, whose parent has one too, and those of them where the two differ."""
    own = np.arange(len(row))[row >= 0]
    both = pa.concat_arrays(
        [ours.combine_chunks().take(own), theirs.combine_chunks().take(row[own]).cast(ours.type, safe=False)]
    )
    found = codes([both])
    left, right = found[: len(own)], found[len(own) :]
    speaks = (left >= 0) & (right >= 0)
    return _rows(speaks, left != right)


def count_parent_order(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Child rows below (above) the bound that their parent's row sets."""
    child, parent, row = _across(rule, tables)
    given = rule.parameters
    least = "at_least" in given
    own = numbers(child.column(rule.columns[0]))
    bound = bounds_of(numbers(parent.column(given["at_least" if least else "at_most"])), row)
    wrong = kernels.descends(bound, own) if least else kernels.descends(own, bound)
    return _rows(kernels.filled(own, bound), wrong)


def bounds_of(parent_values: FloatArray, row: IntArray) -> FloatArray:
    """The parent's value for each child row; NaN without a parent."""
    return np.append(parent_values, np.nan)[row]


def count_child_total(rule: Rule, tables: Mapping[str, pa.Table]) -> Count:
    """Parents whose column is not the total over their child rows.

    Those without a value are left out, and those without children unless `empty` says what they hold.
    """
    child, parent, row = _across(rule, tables)
    given = rule.parameters
    values = numbers(child.column(given["child_column"])) if given.get("child_column") else None
    total = kernels.totals(row, values, parent.num_rows, given["function"])
    some = kernels.totals(row, None, parent.num_rows, "count") > 0
    own = numbers(parent.column(rule.columns[0]))
    held = _rows(some & kernels.filled(own, total), kernels.differs(own, total, given["tolerance"]))
    childless = {"zero": ~(own == 0), "null": ~np.isnan(own)}.get(given["empty"])
    return held if childless is None else held + _rows(~some, childless)


COUNTERS: dict[str, Callable[[Rule, Mapping[str, pa.Table]], Count]] = {
    "order": count_order,
    "offset": count_offset,
    "formula": count_formula,
    "dependency": count_dependency,
    "one_hot": count_one_hot,
    "sequence": count_sequence,
    "unique": count_unique,
    "null_together": count_null_together,
    "null_when": count_null_when,
    "check": count_check,
    "copy": count_copy,
    "parent_order": count_parent_order,
    "child_total": count_child_total,
}
