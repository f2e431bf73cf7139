"""Which sets of columns identify the rows of a table: single ones, and minimal composite ones by a pruned lattice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import prod

from synthspark.relate.facts import ColumnFacts, Facts, Place
from synthspark.relate.lattice import minimal_unique_sets
from synthspark.relate.names import says_key
from synthspark.seeds import WordArray

WIDEST = 14  # columns that enter the lattice: C(14, 4) = 1001 sets of four
LONGEST_PART = 60  # mean characters of a column in a composite key
ESTIMATE_SLACK = 2.0  # estimated distinct counts may be too low
MOST_COMPOSITES = 24  # composite keys of one table that go on to be scored


def single_keys(facts: Facts, table: str) -> list[Place]:
    """Columns that identify the rows alone."""
    return [column.place for column in facts.tables[table].values() if column.key_column]


def composite_keys(facts: Facts, table: str, maximum_columns: int, values: WordArray | None = None) -> list[Place]:
    """Minimal sets of two or more columns that identify the rows, in column order, smaller sets first.

    On tables whose rows are all kept the answer is exact; on others it holds for a sample, and its sets must be
    checked on all rows.

    Parameters
    ----------
    values : (n_columns, n_rows), optional
        Value hashes of the columns that `key_parts` names in some rows; by default in those that are kept.
    """
    rows = facts.rows[table]
    parts = key_parts(facts, table)
    if values is None and len(parts) > 1:
        kept = facts.sketches[table]
        values = kept.rows[[kept.place(column.name) for column in parts]] if kept.rows.size else None
    if rows < 2 or len(parts) < 2 or values is None or not values.size:
        return []

    def may_hold(group: tuple[int, ...]) -> bool:
        columns = [parts[place] for place in group]
        slack = 1.0 if all(column.sketch.exact for column in columns) else ESTIMATE_SLACK
        return slack * prod(column.distinct for column in columns) >= rows

    found = islice(minimal_unique_sets(values, maximum_columns, may_hold), MOST_COMPOSITES)
    return [Place(table, tuple(parts[place].name for place in group)) for group in found]


def key_parts(facts: Facts, table: str) -> list[ColumnFacts]:
    """Columns that may be part of a composite key; those with nulls, constants, fractions and long texts may not."""
    usable = [
        column
        for column in facts.tables[table].values()
        if column.comparable
        and column.profile.nulls == 0
        and not column.profile.unique
        and column.distinct > 1
        and (column.profile.mean_length or 0) <= LONGEST_PART
    ]
    usable.sort(key=lambda column: (not says_key(column.name), column.position))
    return sorted(usable[:WIDEST], key=lambda column: column.position)


def needs_check(facts: Facts, places: Sequence[Place]) -> list[Place]:
    """Those whose uniqueness rests on a sample."""
    return [
        place
        for place in places
        if (len(place.columns) > 1 and not facts.sketches[place.table].all_rows)
        or (len(place.columns) == 1 and not facts.of(place)[0].profile.distinct_exact)
    ]
