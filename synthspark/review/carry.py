"""A second discovery: earlier decisions are kept, and where new data contradict them is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from synthspark.artifacts.profile import ColumnProfile, DatabaseProfile
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import DECIDED, IN_FORCE, Column, ForeignKey, Schema, Table
from synthspark.review.page_facts import percent

LEAST_FALL = 0.0005
"""Fall of a foreign key's coverage that is told: smaller ones are the rounding of a sample."""


def carry_decisions(
    before: Schema, proposed: Schema, profile: DatabaseProfile | None = None, counted: Sequence[Rule] = ()
) -> tuple[Schema, tuple[str, ...]]:
    """What a new discovery proposes, with every earlier decision kept, and where the new data contradict them.

    A decided entry stays as it was when it was decided, with its evidence of then. A table with a column that nobody
    has seen awaits a decision again. Where foreign key columns have an approved parent, another parent that new data
    suggest is told and listed as a candidate.

    Parameters
    ----------
    profile
        Of the new data: tells a primary key that is no longer unique from one that is no longer the first choice.
    counted
        Rules in force with their evidence on the new data, whether these suggest them or not.

    Returns
    -------
    schema, drift
        `drift` has one sentence for each change that a person should know of.
    """
    drift = [*_changed_tables(before, proposed)]
    tables = {}
    for name, table in proposed.tables.items():
        earlier = before.tables.get(name)
        tables[name] = _carried_table(earlier, table, profile, drift) if earlier else table
    merged = replace(proposed, tables=tables)
    merged = _with_keys(before, merged, drift)
    return replace(merged, rules=_carried_rules(before, merged, counted, drift)), tuple(drift)


def _changed_tables(before: Schema, proposed: Schema) -> Iterator[str]:
    for name in before.tables:
        if name not in proposed.tables:
            yield f"table {name}: was in the schema, is no longer in the source; all that refers to it goes with it"
    for name in proposed.tables:
        if name not in before.tables:
            yield f"table {name}: is new in the source; it awaits a decision"


def _carried_table(earlier: Table, table: Table, profile: DatabaseProfile | None, drift: list[str]) -> Table:
    drift += _changed_columns(earlier, table)
    decided = earlier.status in DECIDED
    columns = {
        name: _carried_column(earlier.columns.get(name), column, decided=decided)
        for name, column in table.columns.items()
    }
    comment, tags = table.comment or earlier.comment, table.tags or earlier.tags
    carried = replace(table, columns=columns, comment=comment, tags=tags)
    if not decided:
        return carried
    lost = [column for column in earlier.primary_key if column not in columns]
    if lost:
        drift.append(f"table {table.name}: its decided primary key lost the column {', '.join(lost)}; decide again")
        return replace(carried, role=earlier.role)
    if earlier.status in IN_FORCE:
        drift += _changed_key(earlier, table, profile)
    unseen = earlier.status == "approved" and set(columns) - set(earlier.columns)
    return replace(
        carried,
        role=earlier.role,
        primary_key=earlier.primary_key,
        alternate_keys=tuple(key for key in table.alternate_keys if key != earlier.primary_key),
        status="proposed" if unseen else earlier.status,
        confidence=earlier.confidence,
        why=earlier.why,
    )


def _changed_columns(earlier: Table, table: Table) -> Iterator[str]:
    decided = earlier.status in DECIDED
    for name, column in earlier.columns.items():
        place = f"column {table.name}.{name}"
        now = table.columns.get(name)
        if now is None:
            yield f"{place}: was in the schema, is no longer in the source"
        elif column.type != now.type:
            yield f"{place}: its type was {column.type}, is now {now.type}; look at its keys and its meaning"
        elif decided and now.personal and now.semantic != column.semantic:
            yield (
                f"{place}: decided as {column.semantic}, but its values now look like {now.semantic}, "
                "which is personal; correct its meaning if they are"
            )
    again = "; its table awaits a decision again" if earlier.status == "approved" else ""
    for name, column in table.columns.items():
        if name not in earlier.columns:
            yield f"column {table.name}.{name}: is new, taken for {column.semantic}{again}"


def _changed_key(earlier: Table, table: Table, profile: DatabaseProfile | None) -> Iterator[str]:
    key = earlier.primary_key
    if set(key) == set(table.primary_key):
        return
    place = f"table {table.name}: the approved primary key ({', '.join(key)})"
    suggested = f"({', '.join(table.primary_key)})" if table.primary_key else "none"
    if not key:
        yield f"table {table.name}: approved without a primary key; new data suggest {suggested}"
        return
    known = profile.tables.get(table.name) if profile and len(key) == 1 else None
    column = known.columns.get(key[0]) if known else None
    repeated = _repeated(column) if column else ""
    if repeated:
        remedy = f"mend the source, or decide on another key; new data suggest {suggested}"
        yield f"{place} is no longer unique: {repeated}; {remedy}"
    elif set(key) in [set(other) for other in table.alternate_keys]:
        yield f"{place} still holds, but new data suggest {suggested} first"
    else:
        yield f"{place} is not borne out by new data, which suggest {suggested}; look at both"


def _repeated(column: ColumnProfile) -> str:
    """What is wrong with a column as a key; empty when nothing is."""
    if column.nulls:
        return f"{column.nulls:,} of {column.rows:,} rows lack a value"
    if column.distinct_exact and column.distinct < column.rows:
        return f"{column.distinct:,} distinct values in {column.rows:,} rows"
    return ""


def _carried_column(earlier: Column | None, column: Column, *, decided: bool) -> Column:
    if earlier is None:
        return column
    semantic = earlier.semantic if decided else column.semantic
    return replace(
        column,
        semantic=semantic,
        generate=earlier.generate,
        comment=column.comment or earlier.comment,
        tags=column.tags or earlier.tags,
    )


def _with_keys(before: Schema, proposed: Schema, drift: list[str]) -> Schema:
    decided = [key for key in before.foreign_keys if key.status in DECIDED]
    kept = [key for key in decided if _present(key, proposed.tables)]
    drift += [
        f"foreign key {key.label}: was {key.status}, a column of it is no longer in the source"
        for key in decided
        if key not in kept
    ]
    found = {key.identity: key for key in (*proposed.candidates, *proposed.foreign_keys)}
    for key in kept:
        if key.status in IN_FORCE:
            drift += _changed_reference(key, found.get(key.identity))
    known = {key.identity for key in kept}
    settled = {_child(key): key for key in kept if key.status in IN_FORCE}
    fresh = [key for key in proposed.foreign_keys if key.identity not in known]
    rivals = [key for key in fresh if _child(key) in settled]
    drift += [_rival(settled[_child(key)], key) for key in rivals]
    others = [key for key in proposed.candidates if key.identity not in known]
    return replace(
        proposed,
        foreign_keys=(*kept, *(key for key in fresh if key not in rivals)),
        candidates=tuple(sorted([*rivals, *others], key=lambda key: -key.confidence)),
    )


def _present(key: ForeignKey, tables: Mapping[str, Table]) -> bool:
    sides = ((key.child, key.child_columns), (key.parent, key.parent_columns))
    return all(table in tables and set(columns) <= set(tables[table].columns) for table, columns in sides)


def _child(key: ForeignKey) -> tuple[str, frozenset[str]]:
    return key.child, frozenset(key.child_columns)


def _changed_reference(key: ForeignKey, now: ForeignKey | None) -> Iterator[str]:
    place = f"foreign key {key.label}: {key.status}"
    if now is None:
        if key.evidence:  # what a person added was never borne out by a discovery
            yield f"{place}, but new data no longer suggest it; look at its values, or reject it"
        return
    then, coverage = key.evidence.get("coverage"), now.evidence.get("coverage")
    if then is not None and coverage is not None and coverage < then - LEAST_FALL:
        yield (
            f"{place} when {percent(then, 1.0)} of its values were in {key.parent}, now {percent(coverage, 1.0)} are; "
            "the others have no parent row: mend the source, or reject it"
        )


def _rival(key: ForeignKey, rival: ForeignKey) -> str:
    return (
        f"foreign key {key.label}: {key.status} with {key.confidence:.2f}, but new data suggest "
        f"{rival.parent}.{', '.join(rival.parent_columns)} ({rival.confidence:.2f}) for these columns; it is listed "
        "among the alternatives"
    )


def _carried_rules(before: Schema, proposed: Schema, counted: Sequence[Rule], drift: list[str]) -> tuple[Rule, ...]:
    decided = [rule for rule in before.rules if rule.status in DECIDED]
    kept = [rule for rule in decided if not _lost_columns(rule, before.tables, proposed.tables)]
    drift += [
        f"rule {rule.label}: was {rule.status}, a column of it is no longer in the source"
        for rule in decided
        if rule not in kept
    ]
    found = {rule.identity: rule for rule in (*proposed.rules, *counted)}
    for rule in kept:
        if rule.status in IN_FORCE and rule.evidence:  # what a person added was never borne out by a discovery
            drift += _changed_rule(rule, found.get(rule.identity))
    known = {rule.identity for rule in kept}
    return (*kept, *(rule for rule in proposed.rules if rule.identity not in known))


def _changed_rule(rule: Rule, now: Rule | None) -> Iterator[str]:
    if now is None:
        yield f"rule {rule.label}: {rule.status}, but new data no longer bear it out; look at it, or reject it"
    elif now.violations > rule.violations:
        yield (
            f"rule {rule.label}: {rule.status} when {rule.violations:,} rows broke it, now {now.violations:,} of "
            f"{now.support:,} do; mend the source, or reject it"
        )


def _lost_columns(rule: Rule, before: Mapping[str, Table], now: Mapping[str, Table]) -> bool:
    def lost(table: str) -> set[str]:
        return set(before[table].columns) - set(now[table].columns) if table in before else set()

    return any(table not in now or set(columns) & lost(table) for table, columns in rule.places().items())
