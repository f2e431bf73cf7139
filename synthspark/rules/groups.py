"""Steps of rules that look at rows together: values fixed by others, numbers within a parent, totals of children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.steps import Step
from synthspark.rules import kernels
from synthspark.rules.casting import rounded, unit_of, written
from synthspark.rules.settling import Rows, given_name, replaced
from synthspark.rules.values import BoolArray, FloatArray, IntArray, codes, match, missing, numbers

NOTHING = -1


def commonest(determinant: IntArray, dependent: IntArray, index: IntArray, given: BoolArray) -> IntArray:
    """Of each row with both, a row that has the commonest dependent value of its determinant; NOTHING for others.

    A value in more rows that are `given` goes before; of equally common ones it is that of the earliest row.
    """
    found = np.full(determinant.size, NOTHING, dtype=np.int64)
    known = np.flatnonzero((determinant >= 0) & (dependent >= 0))
    if not known.size:
        return found
    known = known[np.argsort(index[known], kind="stable")]
    left, right = determinant[known], dependent[known]
    pairs = left * (int(right.max()) + 1) + right
    _, first, place, counts = np.unique(pairs, return_index=True, return_inverse=True, return_counts=True)
    settled = np.bincount(place, weights=given[known], minlength=first.size)
    order = np.lexsort((first, -counts, -settled, left[first]))
    groups, start = np.unique(left[first][order], return_index=True)
    chosen = known[first[order[start]]]
    found[known] = chosen[np.searchsorted(groups, left)]
    return found


def settle_dependency(step: Step, rows: Rows) -> None:
    """Give each row the commonest value among the rows with the same determinants; what is copied stays."""
    (name,) = step.columns
    column, given = rows.columns[name], np.zeros(rows.index.size, dtype=bool)
    for rule, theirs in step.from_parents():
        given = ~missing(rows.given[given_name(rule, theirs)])
    left = codes([_chunked(rows.columns[one]) for one in step.rule.parameters["determinants"]])
    chosen = commonest(left, codes([_chunked(column)]), rows.index, given)
    rows.columns[name] = replaced(column, (chosen >= 0) & ~given, column.take(pa.array(np.maximum(chosen, 0))))


def settle_sequence(step: Step, rows: Rows) -> None:
    """Count the rows within their group anew, along the column that the rule names or the numbers that they have."""
    (name,) = step.columns
    column, given = rows.columns[name], step.rule.parameters
    group = codes([_chunked(rows.columns[one]) for one in given["within"]])
    along = [rows.numbers(given["along"])] if given.get("along") else []
    order = np.lexsort((rows.index, rows.numbers(name), *along, group))
    sizes = np.unique(group[order], return_index=True)[1]
    starts = np.zeros(group.size, dtype=np.int64)
    starts[sizes] = sizes
    rank = np.empty(group.size, dtype=np.float64)
    rank[order] = np.arange(group.size) - np.maximum.accumulate(starts)
    values = written(rank + float(step.rule.parameters["start"]), column.type)
    rows.columns[name] = replaced(column, group >= 0, values)


def settle_share(step: Step, rows: Rows) -> None:
    """Scale the rows of each parent so that their sum is the total that was drawn with it.

    What rounding leaves goes to the rows that lost most by it. Rows of a parent without a positive total stay.
    """
    (name,) = step.columns
    ((rule, theirs),) = step.from_parents()
    column, own = rows.columns[name], rows.numbers(name)
    total = numbers(_chunked(rows.given[given_name(rule, theirs)]))
    group = codes([_chunked(rows.columns[one]) for one in rule.parameters["via"]])
    used = np.flatnonzero((group >= 0) & (own >= 0) & (total > 0) & np.isfinite(total))
    used = used[np.lexsort((rows.index[used], group[used]))]
    shared = kernels.share_out(own[used], total[used], group[used], unit_of(column.type, step.unit))
    values = own.copy()
    values[used] = shared
    rows.columns[name] = replaced(column, ~np.isnan(values) & (values != own), written(values, column.type))


def settle_total(step: Step, rows: Rows, parent_key: Sequence[pa.Array], child: Mapping[str, pa.Array]) -> None:
    """Write the total over each row's children; where there are none, what the rule says of such rows."""
    rule, name = step.rule, step.rule.columns[0]
    given = rule.parameters
    ours = [_chunked(child[one]) for one in given["via"]]
    place = match(ours, [_chunked(one) for one in parent_key], given.get("compare") or ())
    values = numbers(_chunked(child[given["child_column"]])) if given.get("child_column") else None
    total = kernels.totals(place, values, rows.index.size, given["function"])
    some = kernels.totals(place, None, rows.index.size, "count") > 0
    write_total(rule, rows, name, np.where(some, total, np.nan), some)


def write_total(rule: Rule, rows: Rows, name: str, total: FloatArray, some: BoolArray) -> None:
    """Put totals where the column is filled, and what childless rows have to hold."""
    column = rows.columns[name]
    filled = ~missing(column)
    values = written(rounded(total, float(rule.parameters["tolerance"])), column.type)
    rows.columns[name] = replaced(column, some & filled & ~np.isnan(total), values)
    if rule.parameters["empty"] == "zero":
        zeros = written(np.zeros(filled.size), column.type)
        rows.columns[name] = replaced(rows.columns[name], ~some, zeros)
    elif rule.parameters["empty"] == "null":
        rows.columns[name] = replaced(rows.columns[name], ~some, pa.nulls(filled.size, column.type))


def _chunked(values: pa.Array) -> pa.ChunkedArray:
    return pa.chunked_array([values])
