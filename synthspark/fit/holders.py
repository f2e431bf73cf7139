"""How many people hold each value: one that fewer than k of them have is left out, however many rows they have.

References
----------
Hundepool et al. (2012), "Statistical disclosure control", chapter 4: the minimum frequency rule, on respondents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from synthspark.artifacts.model import Feature
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.subjects import ways_down
from synthspark.fit.rows import ArrowTable
from synthspark.fit.summaries import ColumnSummary
from synthspark.stats.features import encode_feature
from synthspark.stats.matching import IntArray, positions, row_codes

_NOT_FITTED = 1 << 40  # from here on people are told by a reference to a row that is not fitted


def people_of(
    schema: Schema, subject: str, table: str, fitted: Callable[[str], ArrowTable], above: Callable[[str], IntArray]
) -> IntArray:
    """Number of the person that each row belongs to, negative and its own where it belongs to none.

    Parameters
    ----------
    fitted
        Rows of a table.
    above
        The same numbers, of a parent's rows.
    """
    rows = fitted(table)
    if table == subject:
        return np.arange(rows.rows)
    people = -1 - np.arange(rows.rows)
    for place, key in enumerate(key for key in ways_down(schema, subject) if key.child == table):
        parent = fitted(key.parent)
        if not (rows.data.keys() >= set(key.child_columns) and parent.data.keys() >= set(key.parent_columns)):
            continue
        references = rows.arrays(key.child_columns)
        at = positions(references, parent.arrays(key.parent_columns), key.comparisons)
        (unknown,) = row_codes(references)
        found = np.where(at == -1, (place + 1) * _NOT_FITTED + unknown, -1)
        if parent.rows:
            found = np.where(at >= 0, above(key.parent)[np.maximum(at, 0)], found)
        people = np.where((people < 0) & (found >= 0), found, people)
    return people


def held_by_enough(
    summaries: Mapping[str, ColumnSummary], rows: ArrowTable, people: IntArray, k: int
) -> dict[str, ColumnSummary]:
    """Summaries whose frequent values are those that at least k people have; what a person approved stays whole."""
    numbers = np.unique(people, return_inverse=True)[1].reshape(-1)
    return {name: _held(summary, rows, numbers, k) for name, summary in summaries.items()}


def _held(summary: ColumnSummary, rows: ArrowTable, numbers: IntArray, k: int) -> ColumnSummary:
    name, top = summary.name, summary.top
    if not top or name not in rows.data or rows.columns[name].generate == "verbatim":
        return summary
    named = list(top)
    codes = encode_feature(
        rows.data[name], Feature(name, name, {"kind": "category", "type": summary.type, "categories": named})
    )
    known = codes < len(named)  # neither missing nor another value
    n_people = int(numbers.max(initial=0)) + 1
    pairs = np.unique(codes[known].astype(np.int64) * n_people + numbers[known])
    holders = np.bincount(pairs // n_people, minlength=len(named))
    return replace(summary, top={text: top[text] for text, held in zip(named, holders, strict=True) if held >= k})
