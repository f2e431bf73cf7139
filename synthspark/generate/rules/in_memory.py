"""Steps of rules done to a small table as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence

import numpy as np
import pyarrow as pa

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.steps import Step
from synthspark.rules.groups import settle_dependency, settle_sequence, settle_share, settle_total
from synthspark.rules.settling import SETTLERS, Rows, donor_rows, given_name, readable, settle, settle_nulls
from synthspark.rules.values import match
from synthspark.seeds import IntArray

DONORS = 1_000  # earliest rows that lend their values to others

Columns = MutableMapping[str, pa.Array]
Spans = Mapping[str, tuple[float, float]]
LookUp = Callable[[str, Sequence[str]], Mapping[str, pa.Array]]  # columns of another table, those that are there


def settle_all(
    steps: Iterable[Step], columns: Columns, index: IntArray, look_up: LookUp, seed: int, spans: Spans | None = None
) -> None:
    """Do the steps to all rows of a table, whose columns they change in place.

    A step whose columns are not there does nothing: without values it has nothing to say.
    """
    rows = Rows(columns, index, spans=spans or {})
    for step in steps:
        if readable(step, columns):
            _settle(step, rows, look_up, seed)


def _settle(step: Step, rows: Rows, look_up: LookUp, seed: int) -> None:
    rows.given = {given_name(rule, name): _given(rule, name, rows, look_up) for rule, name in step.from_parents()}
    if step.kind in SETTLERS:
        settle(step, rows, seed)
        return
    rows.moved.clear()  # as in the workers, where rows that are looked at together are another pass
    if step.kind == "dependency":
        settle_dependency(step, rows)
    elif step.kind == "sequence":
        settle_sequence(step, rows)
    elif step.kind == "share":
        settle_share(step, rows)
    elif step.kind == "child_total":
        _total(step.rule, step, rows, look_up)
    else:
        settle_nulls(step, rows, donors_of(step, rows), seed)


def donors_of(step: Step, rows: Rows) -> dict[str, pa.Array]:
    """Values of the earliest rows that can lend theirs."""
    able = np.flatnonzero(donor_rows(step, rows.columns))
    earliest = pa.array(able[np.argsort(rows.index[able], kind="stable")][:DONORS])
    return {name: rows.columns[name].take(earliest) for name in step.columns}


def _given(rule: Rule, name: str, rows: Rows, look_up: LookUp) -> pa.Array:
    """The parent's column for each row."""
    parameters = rule.parameters
    key = [str(column) for column in parameters["parent_key"]]
    parent = look_up(str(parameters["parent"]), [*key, name])
    if not {*key, name} <= set(parent):
        return pa.nulls(rows.index.size)
    ours = [pa.chunked_array([rows.columns[one]]) for one in parameters["via"]]
    theirs = [pa.chunked_array([parent[one]]) for one in key]
    place = match(ours, theirs, parameters.get("compare") or ())
    return parent[name].take(pa.array(np.maximum(place, 0), mask=place < 0))


def _total(rule: Rule, step: Step, rows: Rows, look_up: LookUp) -> None:
    given = rule.parameters
    names = [str(name) for name in (*given["via"], *([given["child_column"]] if given.get("child_column") else ()))]
    child = look_up(str(given["child"]), names)
    if set(names) <= set(child):
        settle_total(step, rows, [rows.columns[one] for one in given["parent_key"]], child)
