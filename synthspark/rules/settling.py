"""Steps of rules done to drawn rows, each row by itself: columns in, columns out. Rows that obey stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.bounds import Bound
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.steps import Step
from synthspark.rules import kernels
from synthspark.rules.between import along, kept_between
from synthspark.rules.casting import rounded, written
from synthspark.rules.checks import with_check
from synthspark.rules.counting import formula, is_one_of
from synthspark.rules.values import BoolArray, FloatArray, IntArray, missing, numbers
from synthspark.seeds import stream_key, uniforms

Given = tuple[str, tuple[str, ...], str]  # parent, columns of the child that refer to it, the parent's column
Donors = Mapping[str, pa.Array]


@dataclass
class Rows:
    """Rows of one table.

    Attributes
    ----------
    columns : dict
        By name; a step changes them in place.
    index : ndarray of int64
        Of each row among all rows of the table.
    given : mapping
        Columns of parents, for each row; null where there is no parent.
    spans : mapping
        Range of the source's numbers, by column, as far as it is known: what is moved for a rule stays within.
    moved : dict
        By how much rules of order have moved each row's number, by column.
    """

    columns: MutableMapping[str, pa.Array]
    index: IntArray
    given: Mapping[Given, pa.Array] = field(default_factory=dict)
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    moved: dict[str, FloatArray] = field(default_factory=dict)

    def numbers(self, name: str) -> FloatArray:
        return numbers(pa.chunked_array([self.columns[name]]))


def given_name(rule: Rule, column: str) -> Given:
    """Which parent's column a rule speaks of."""
    return str(rule.parameters["parent"]), tuple(map(str, rule.parameters["via"])), column


def readable(step: Step, columns: Container[str]) -> bool:
    """Whether all own columns that a step touches are there; columns without any value are not."""
    if step.kind in ("copy", "share"):
        own: Iterable[str] = (*step.columns, *step.rule.parameters["via"])
    elif step.kind == "child_total":
        own = (*step.columns, *step.rule.parameters["parent_key"])
    elif step.kind == "bounds":
        bounds = (*step.least, *step.most)
        own = (*step.columns, *(bound.column for bound in bounds if not bound.of_parent))
    else:
        own = step.rule.places()[step.rule.table]
    return all(name in columns for name in own)


def settle(step: Step, rows: Rows, seed: int) -> None:
    """Do a step that needs each row alone."""
    SETTLERS[step.kind](step, rows, seed)


def _bounds(step: Step, rows: Rows, seed: int) -> None:
    """Keep a column between its bounds; it goes along with a bound that has been moved, so that gaps stay."""
    (name,) = step.columns
    column, drawn = rows.columns[name], rows.numbers(name)
    followed = [bound.column for bound in (*step.least, *step.most) if not bound.of_parent]
    shift = along([rows.moved[one] for one in followed if one in rows.moved], drawn.size)
    low = _on_grid(_tightest(rows, step.least, np.fmax), column.type, "up")
    high = _on_grid(_tightest(rows, step.most, np.fmin), column.type, "down")
    span = rows.spans.get(name, (-np.inf, np.inf))
    wanted = kept_between(drawn + shift, low, high, span, shift != 0)
    changed = kernels.filled(drawn) & (wanted != drawn)
    rows.columns[name] = replaced(column, changed, written(np.where(changed, wanted, drawn), column.type))
    rows.moved[name] = np.where(changed, wanted - drawn, 0.0)
    if step.or_null:
        contrary = kernels.filled(drawn) & (low > high)
        rows.columns[name] = replaced(rows.columns[name], contrary, pa.nulls(drawn.size, column.type))


def replaced(column: pa.Array, where: BoolArray, values: pa.Array) -> pa.Array:
    """The column with other values at some places."""
    if not where.any():
        return column
    return pc.if_else(pa.array(where), values.cast(column.type, safe=False), column)


def _computed(rows: Rows, name: str, wanted: FloatArray, tolerance: float) -> None:
    """Write what a column has to be, where it and all that it follows from is there."""
    own, column = rows.numbers(name), rows.columns[name]
    values = written(wanted if _is_time(column.type) else rounded(wanted, tolerance), column.type)
    rows.columns[name] = replaced(column, kernels.filled(own, wanted) & np.isfinite(wanted), values)


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _formula(step: Step, rows: Rows, seed: int) -> None:
    rule = step.rule
    target, *operands = rule.columns
    _computed(rows, target, formula(rule, [rows.numbers(name) for name in operands]), rule.parameters["tolerance"])


def _offset(step: Step, rows: Rows, seed: int) -> None:
    start, end = step.rule.columns
    given = step.rule.parameters
    _computed(rows, end, kernels.offset(rows.numbers(start), given["amount"], given["unit"]), 0.0)


def _copy(step: Step, rows: Rows, seed: int) -> None:
    (name,) = step.columns
    ((rule, theirs),) = step.from_parents()
    column, values = rows.columns[name], rows.given[given_name(rule, theirs)]
    rows.columns[name] = replaced(column, ~missing(column) & ~missing(values), values)
    if step.or_null:
        unset = np.logical_or.reduce([missing(rows.columns[one]) for one in rule.parameters["via"]])
        rows.columns[name] = replaced(rows.columns[name], ~unset & missing(values), pa.nulls(len(column), column.type))


def _one_hot(step: Step, rows: Rows, seed: int) -> None:
    """Rows without exactly one flag get one of those set, or of all where none is; each is as likely."""
    flags = np.array([rows.numbers(name) for name in step.columns])
    wrong = kernels.filled(*flags) & ((flags.sum(axis=0) != 1) | ~np.isin(flags, (0, 1)).all(axis=0))
    open_flags = np.where((flags == 1).any(axis=0), flags == 1, True)
    rank = np.floor(uniforms(_stream(step, seed), rows.index) * open_flags.sum(axis=0))
    chosen = (np.cumsum(open_flags, axis=0) == rank + 1) & open_flags
    for name, is_chosen in zip(step.columns, chosen, strict=True):
        column = rows.columns[name]
        rows.columns[name] = replaced(column, wrong, written(is_chosen.astype(np.float64), column.type))


def _check(step: Step, rows: Rows, seed: int) -> None:
    (name,) = step.columns
    rows.columns[name] = with_check(rows.columns[name], step.rule.parameters["scheme"])


def _on_grid(values: FloatArray, kind: pa.DataType, way: str) -> FloatArray:
    return numbers(pa.chunked_array([written(values, kind, way=way)]))


def _tightest(rows: Rows, bounds: tuple[Bound, ...], which: Callable[..., FloatArray]) -> FloatArray:
    found = np.full(rows.index.size, np.nan)
    for bound in bounds:
        values = rows.given[given_name(bound.rule, bound.column)] if bound.of_parent else rows.columns[bound.column]
        found = which(found, numbers(pa.chunked_array([values])))
    return found


def said_missing(step: Step, columns: Mapping[str, pa.Array]) -> tuple[BoolArray, BoolArray]:
    """Rows in which the columns of a step about missing values have to be missing, and in which they have to be filled.

    Of columns that are missing together the first says so.
    """
    rule = step.rule
    if rule.kind == "null_together":
        lost = missing(columns[rule.columns[0]])
        return lost, ~lost
    leader = columns[rule.parameters["column"]]
    named = is_one_of(pa.chunked_array([leader]), rule.parameters["values"])
    exact = rule.parameters.get("exact", True)
    return named, ~named & ~missing(leader) if exact else np.zeros(len(leader), dtype=bool)


def donor_rows(step: Step, columns: Mapping[str, pa.Array]) -> BoolArray:
    """Rows that can lend a value where one must not be missing: all columns of their rule are filled, rightly."""
    filled = ~np.logical_or.reduce([missing(columns[name]) for name in step.rule.columns])
    return np.asarray(said_missing(step, columns)[1] & filled)


def settle_nulls(step: Step, rows: Rows, donors: Donors, seed: int) -> None:
    """Set the columns to null where they have to be; where they must be filled, take the values of a donor's row."""
    empty, full = said_missing(step, rows.columns)
    for name in step.columns:
        column = replaced(rows.columns[name], empty, pa.nulls(empty.size, rows.columns[name].type))
        wanting = full & missing(column)
        lent = donors.get(name)
        if lent is not None and len(lent) and wanting.any():
            place = (uniforms(_stream(step, seed), rows.index) * len(lent)).astype(np.int64)
            column = replaced(column, wanting, lent.take(pa.array(np.minimum(place, len(lent) - 1))))
        rows.columns[name] = column


def _stream(step: Step, seed: int) -> int:
    return stream_key(seed, step.rule.table, "rule", step.rule.kind, *step.rule.columns)


SETTLERS: dict[str, Callable[[Step, Rows, int], None]] = {
    "formula": _formula,
    "offset": _offset,
    "copy": _copy,
    "one_hot": _one_hot,
    "check": _check,
    "bounds": _bounds,
}
