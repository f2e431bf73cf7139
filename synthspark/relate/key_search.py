"""Which columns and sets of columns of each table are keys: by what is in memory, and as few counts as decide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthspark.relate.counting import Counter, Part
from synthspark.relate.facts import Facts, Place
from synthspark.relate.keys import RankedKey
from synthspark.relate.uniqueness import composite_keys, key_parts, needs_check, single_keys
from synthspark.seeds import WordArray

COMPOSITE_TARGETS = 3  # composite keys of a table that others may refer to, and that are counted
PART_ROWS = 262_144  # rows of a large table that composite keys must hold in: all of some values of one column
WORDY = "free_text"


def candidate_keys(facts: Facts, count: Counter, maximum_columns: int) -> dict[str, list[Place]]:
    """Single columns that are keys for sure, and sets of columns that no row at hand refutes."""
    single = {table: single_keys(facts, table) for table in facts.tables}
    false = repeated(needs_check(facts, [place for places in single.values() for place in places]), count)
    single = {table: [place for place in places if place not in false] for table, places in single.items()}
    parts = _parts([table for table in facts.tables if not single[table]], facts, count)
    return {
        table: [*places, *composite_keys(facts, table, maximum_columns, parts.get(table))]
        for table, places in single.items()
    }


def _parts(tables: Sequence[str], facts: Facts, count: Counter) -> Mapping[str, WordArray]:
    """Rows of the large ones of these tables, in which a set of columns repeats itself if it does so anywhere."""
    wanted = {}
    for table in tables:
        columns = key_parts(facts, table)
        if len(columns) > 1 and not facts.sketches[table].all_rows:
            anchor = max(columns, key=lambda one: (one.profile.semantic != WORDY, one.distinct, -one.position))
            one_in = 1 << max(0, int(facts.rows[table] / PART_ROWS).bit_length())
            wanted[table] = Part(anchor.place, tuple(column.name for column in columns), one_in, 2 * PART_ROWS)
    return dict(zip(wanted, count.parts(list(wanted.values())), strict=True)) if wanted else {}


def settle_composites(
    facts: Facts, ranked: Mapping[str, Sequence[RankedKey]], count: Counter
) -> tuple[list[Place], set[Place]]:
    """Composite keys that others may refer to, and those that hold for a sample only or are not worth a count.

    Of a large table they are counted on all rows, best first, until one holds; those that are less likely than a key
    already known are not.
    """
    targets, false, still_open = [], set[Place](), dict[str, list[Place]]()
    for table, keys in ranked.items():
        composite = [key.place for key in keys if len(key.place.columns) > 1]
        if facts.sketches[table].all_rows:
            targets += composite[:COMPOSITE_TARGETS]
            continue
        ahead = _ahead(keys)
        still_open[table] = ahead[:COMPOSITE_TARGETS]
        false |= {place for place in composite if place not in ahead[:COMPOSITE_TARGETS] and not _follows(place, keys)}
    while any(still_open.values()):
        first = [places[0] for places in still_open.values() if places]
        wrong = repeated(first, count)
        targets += [place for place in first if place not in wrong]
        false |= wrong
        for place in first:
            rest = still_open[place.table][1:]
            still_open[place.table] = rest if place in wrong else []
            false |= set() if place in wrong else set(rest)
    return targets, false


def _ahead(keys: Sequence[RankedKey]) -> list[Place]:
    """Composite keys that are likelier than any single column which is one for sure, without those that follow."""
    found = []
    for key in keys:
        if len(key.place.columns) == 1:
            break
        if not _follows(key.place, keys):
            found.append(key.place)
    return found


def _follows(place: Place, keys: Sequence[RankedKey]) -> bool:
    """Whether a single column of the set is a key already."""
    return any(len(key.place.columns) == 1 and key.place.columns[0] in place.columns for key in keys)


def repeated(doubtful: Sequence[Place], count: Counter) -> set[Place]:
    """Places that hold some value in more than one row."""
    if not doubtful:
        return set()
    counts = count(doubtful, [])
    return {place for place in doubtful if counts.distinct[place] < counts.rows[place]}
