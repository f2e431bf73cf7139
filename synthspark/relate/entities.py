"""Things that columns name but that have no table: users of ratings and of tags where there is no table of users.

Told from the profiles and sketches that are there already; nothing is counted for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from synthspark.artifacts.rule import ENTITY, Rule
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.relate.facts import ColumnFacts, Facts, Place
from synthspark.relate.inclusion import row_hashes, unary_inclusions
from synthspark.relate.names import IDENTIFYING, is_opaque, subject_words, words_of
from synthspark.stats.hashing import NUMBER, TEXT

LEAST_DISTINCT = 50  # fewer are a category
LEAST_REPEATS = 1.5  # rows of a thing on average, in the table that names it most often
MOST_MISSING = 0.1  # of the rows may name nothing; what most rows lack says more of the row than of a thing
LEAST_SHARED = 0.9  # of the values of one column that the other one has too
LEAST_PAIRS = 1.05  # times the values of each column: fewer pairs are those of one column, which fixes the others
NUMBERING = frozenset({"code", "no", "nr", "number", "nummer"})  # said of lines, areas, accounts in a plan as well
IDENTIFIERS = frozenset({"uuid", "hash", "username", "person_code", "national_id", "email"})
SURE_SHARED, SURE_IN_KEY, SURE_TOGETHER, SURE_OF_EVENTS = 0.9, 0.75, 0.7, 0.6  # judged by hand


def propose_entities(facts: Facts, schema: Schema, numbered: Sequence[Rule] = ()) -> list[Rule]:
    """Rules of the kind ``entity``: columns that several tables share, one of a key or of events, several of a key.

    Parameters
    ----------
    numbered
        Other proposed rules; a column that counts within others is a line number and names nothing.
    """
    counted = {Place(rule.table, rule.columns) for rule in numbered if rule.kind == "sequence"}
    referring = {
        (key.child, name) for key in schema.foreign_keys if key.status != "rejected" for name in key.child_columns
    }
    columns = [
        column
        for column in facts.columns()
        if (column.table, column.name) not in referring and column.place not in counted and names_things(column, schema)
    ]
    groups = [_with_carried(facts, schema, group) for group in _groups(columns)]
    single = [rule for group in groups if len(group) > 1 and (rule := _shared(group)) is not None]
    alone = [group[0] for group in groups if len(group) == 1 and _is_several(group[0])]
    single += [_part_of_key(column) for column in alone if _in_key(column, schema)]
    single += [_of_events(column) for column in alone if not _in_key(column, schema) and _holds_events(column, schema)]
    return [*single, *_together(facts, schema, single)]


def names_things(column: ColumnFacts, schema: Schema) -> bool:
    """Whether a column holds identifiers, by its values and its name, and is no key of its own table."""
    table = schema.tables[column.table]
    keys = (table.primary_key, *table.alternate_keys)
    if not column.comparable or column.sketch.family not in (NUMBER, TEXT) or column.profile.unique:
        return False
    if (column.name,) in keys or column.profile.nulls > MOST_MISSING * column.profile.rows:
        return False
    return table.columns[column.name].semantic in IDENTIFIERS or _claims_identity(column.name)


def _claims_identity(name: str) -> bool:
    """Whether a name says that it identifies something, and what."""
    words = words_of(name)
    ends = {words[0], words[-1]} if words else set()
    claims = ends & (IDENTIFYING - NUMBERING) or name.endswith(("Id", "ID", "id"))
    return bool(claims) and bool(subject_words(name)) and not is_opaque(name)


def _groups(columns: Sequence[ColumnFacts]) -> list[list[ColumnFacts]]:
    """Columns of different tables that name the same things, together; the one of most values first."""
    group = {column.place: {column.place} for column in columns}
    for one in unary_inclusions(columns, columns, LEAST_SHARED) if columns else ():
        plain = one.child.table != one.parent.table and not one.compare and one.value_coverage >= LEAST_SHARED
        if plain and _same_subject(one.child.columns[0], one.parent.columns[0]):
            joined = group[one.child] | group[one.parent]
            group.update(dict.fromkeys(joined, joined))
    by_place = {column.place: column for column in columns}
    found = {id(places): places for places in group.values()}
    return [
        sorted((by_place[place] for place in places), key=lambda column: (-column.distinct, column.place))
        for places in found.values()
    ]


def _with_carried(facts: Facts, schema: Schema, group: list[ColumnFacts]) -> list[ColumnFacts]:
    """The columns, and those of other tables that hold their values as part of a reference of several columns."""
    known = {column.place: column for column in group}
    for key in schema.foreign_keys:
        pairs = zip(key.child_columns, key.parent_columns, strict=True)
        carried = {Place(key.child, (child,)) for child, parent in pairs if Place(key.parent, (parent,)) in known}
        if len(key.child_columns) > 1 and key.status != "rejected" and not key.self_reference:
            known |= {place: facts.of(place)[0] for place in carried if place.table in facts.tables}
    return list(known.values())


def _same_subject(one: str, other: str) -> bool:
    ours, theirs = set(subject_words(one)), set(subject_words(other))
    return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


def _repeats(column: ColumnFacts) -> float:
    return column.profile.filled / max(column.distinct, 1)


def _is_several(column: ColumnFacts) -> bool:
    """Whether a column names many things, each in several rows."""
    return column.distinct >= LEAST_DISTINCT and _repeats(column) >= LEAST_REPEATS


def _in_key(column: ColumnFacts, schema: Schema) -> bool:
    key = schema.tables[column.table].primary_key
    return len(key) > 1 and column.name in key


def _holds_events(column: ColumnFacts, schema: Schema) -> bool:
    """Whether rows have a time, nothing refers to them, and they belong to no row of another table.

    Then only the column puts them together.
    """
    keys = [key for key in schema.foreign_keys if key.status != "rejected"]
    owners = [key.parent for key in keys if key.child == column.table]
    timed = any(one.type.startswith(("date", "timestamp")) for one in schema.tables[column.table].columns.values())
    things = any(key.parent == column.table for key in keys)
    return timed and not things and all(schema.tables[name].role == "reference" for name in owners)


def _shared(group: Sequence[ColumnFacts]) -> Rule | None:
    first, *others = group
    if max(map(_repeats, group)) < LEAST_REPEATS or first.distinct < LEAST_DISTINCT:
        return None
    named = " and of ".join(column.table for column in group)
    hashes = [column.sketch.hashes for column in group]
    known = {"distinct": int(np.unique(np.concatenate(hashes)).size)} if all(c.sketch.exact for c in group) else {}
    said = (
        f"{first.name} of {named} name the same things, which have no table of their own: "
        f"{first.distinct:,} identifiers in {first.profile.filled:,} rows of {first.table}; all rows of one thing are "
        "made together, under a new identifier"
    )
    listed = [[column.table, column.name] for column in others]
    return _rule(first, said, SURE_SHARED, {"others": listed, **known})


def _part_of_key(column: ColumnFacts) -> Rule:
    return _alone(column, f"{column.name} is part of what identifies the rows of {column.table} and", SURE_IN_KEY)


def _of_events(column: ColumnFacts) -> Rule:
    said = f"the rows of {column.table} belong to no other table, and {column.name}"
    return _alone(column, said, SURE_OF_EVENTS)


def _alone(column: ColumnFacts, reason: str, sure: float) -> Rule:
    said = (
        f"{reason} names things that have no table of their own: {column.distinct:,} identifiers in "
        f"{column.profile.filled:,} rows; all rows of one thing are made together, under a new identifier"
    )
    known = {"distinct": column.distinct} if column.profile.distinct_exact else {}
    return _rule(column, said, sure, known)


def _rule(column: ColumnFacts, said: str, sure: float, parameters: Mapping[str, object]) -> Rule:
    evidence = {"support": float(column.profile.filled), "violations": 0.0}
    return Rule(ENTITY, column.table, (column.name,), "proposed", sure, parameters, evidence, said)


def _together(facts: Facts, schema: Schema, single: Sequence[Rule]) -> Iterator[Rule]:
    """Columns of a key that each refer to something, where the rows of the table are several for each pair of them."""
    named = {Place(rule.table, rule.columns) for rule in single}
    named |= {Place(table, tuple(columns)) for rule in single for table, *columns in rule.parameters.get("others", ())}
    for table, described in schema.tables.items():
        own = [key for key in schema.foreign_keys if key.child == table and key.status != "rejected"]
        inside = set(described.primary_key)
        parts = [Place(table, key.child_columns) for key in own if set(key.child_columns) <= inside]
        whole = any(len(key.child_columns) > 1 and set(key.child_columns) <= inside and _is_whole(key) for key in own)
        if len(inside) < 3 or whole or table not in facts.sketches:
            continue
        parts += [place for place in sorted(named) if place.table == table and set(place.columns) <= inside]
        columns = tuple(name for name in described.primary_key if Place(table, (name,)) in parts)
        rule = _several(facts, Place(table, columns)) if 1 < len(columns) < len(inside) else None
        if rule is not None:
            yield rule


def _is_whole(key: ForeignKey) -> bool:
    """Whether every row finds what the key refers to; if not, there are more things than the parent has rows."""
    return key.evidence.get("coverage", 1.0) >= 1.0


def _several(facts: Facts, place: Place) -> Rule | None:
    if not facts.sketches[place.table].all_rows:
        return None
    pairs = row_hashes(facts, place)
    distinct = int(np.unique(pairs).size)
    widest = max(column.distinct for column in facts.of(place))
    if distinct < max(LEAST_DISTINCT, LEAST_PAIRS * widest) or pairs.size < LEAST_REPEATS * distinct:
        return None
    said = (
        f"{' and '.join(place.columns)} of {place.table} together name things that have no table of their own: "
        f"{distinct:,} of them in {pairs.size:,} rows; the rows of each are made together"
    )
    evidence = {"support": float(pairs.size), "violations": 0.0}
    return Rule(ENTITY, place.table, place.columns, "proposed", SURE_TOGETHER, {"distinct": distinct}, evidence, said)
