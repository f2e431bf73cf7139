"""Keys and references that the source's catalog declares: laid over what was found, each held against the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import exp, log

from synthspark.artifacts.catalog import WHOLE_TABLE, CatalogFacts, DeclaredKey, DeclaredReference
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.relate.counting import Counter
from synthspark.relate.declared_counts import KeyCheck, ReferenceCheck, check_declared
from synthspark.relate.facts import Facts
from synthspark.relate.keys import RankedKey
from synthspark.relate.roles import reference_tables
from synthspark.relate.search import Found

DECLARED_CONFIDENCE = 0.99  # of a declaration that the data bear out; one that they do not, by its share of good rows
UNSEEN_CONFIDENCE = 0.97  # of one that no row speaks for or against
DECLARED_LOG_ODDS = 4.0  # what a declaration adds where it is one more piece of evidence: 55 to 1
SURE = 0.999  # confidence is kept below, so that its odds are finite
KEPT_MEANINGS = ("date", "timestamp", "uuid")  # columns of keys that keep their meaning


def weigh_declared(found: Found, catalog: CatalogFacts, level: str) -> Found:
    """What was found, with declarations as one more piece of evidence; unchanged on another level than "evidence"."""
    if level != "evidence":
        return found
    declared = {_identity(reference) for reference in catalog.references}
    primary = {(key.table, frozenset(key.columns)) for key in catalog.keys if key.primary}
    references = [
        replace(
            one,
            confidence=_raised(one.confidence),
            certainty=_raised(max(one.certainty, one.confidence)),
            evidence={**one.evidence, "declared": 1.0},
        )
        if (one.child.table, one.parent.table, _pairs(one.child.columns, one.parent.columns)) in declared
        else one
        for one in found.references
    ]
    keys = {
        table: sorted((_weighed(key, primary) for key in ranked), key=lambda key: -key.score)
        for table, ranked in found.keys.items()
    }
    references.sort(key=lambda one: (-one.confidence, one.child, one.parent))
    return replace(found, keys=keys, references=references)


def _weighed(key: RankedKey, primary: set[tuple[str, frozenset[str]]]) -> RankedKey:
    declared = (key.place.table, frozenset(key.place.columns)) in primary
    return replace(key, score=_raised(key.score), evidence={**key.evidence, "declared": 1.0}) if declared else key


def _raised(probability: float) -> float:
    held = min(max(probability, 1 - SURE), SURE)
    return 1.0 / (1.0 + exp(-log(held / (1.0 - held)) - DECLARED_LOG_ODDS))


def with_declared(schema: Schema, facts: Facts, catalog: CatalogFacts, count: Counter, level: str) -> Schema:
    """The proposal with the catalog's comments and tags, and with what it declares.

    On the level "trust" every declared key and reference is proposed, also one that rows break: their number is told
    in its reason. What was found beside them stays, unless it contradicts one of them: then it is a candidate. On the
    level "evidence" the reasons say what is declared too. Counts on Spark once, where sketches do not hold all rows.
    """
    schema = with_remarks(schema, catalog)
    if level == "evidence":
        return _told(schema, catalog)
    if level != "trust" or not (catalog.keys or catalog.references):
        return schema
    keys, references = check_declared(facts, catalog, count)
    tables = {
        name: _with_keys(table, [check for check in keys if check.key.table == name])
        for name, table in schema.tables.items()
    }
    return _with_roles(_with_references(replace(schema, tables=tables), references), facts)


def with_remarks(schema: Schema, catalog: CatalogFacts) -> Schema:
    """The schema with the comments and tags of its tables and columns."""

    def column(table: str, name: str, known: Column) -> Column:
        place = (table, name)
        return replace(known, comment=catalog.comments.get(place, ""), tags=catalog.tags.get(place, ()))

    tables = {
        name: replace(
            table,
            columns={one: column(name, one, known) for one, known in table.columns.items()},
            comment=catalog.comments.get((name, WHOLE_TABLE), ""),
            tags=catalog.tags.get((name, WHOLE_TABLE), ()),
        )
        for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables)


def _told(schema: Schema, catalog: CatalogFacts) -> Schema:
    """The same proposals, their reasons naming what is declared."""
    primary = catalog.primary_keys()
    tables = {
        name: replace(table, why=f"{table.why}; declared in the catalog")
        if name in primary and set(primary[name].columns) == set(table.primary_key)
        else table
        for name, table in schema.tables.items()
    }
    declared = {_identity(reference) for reference in catalog.references}
    keys = (
        replace(key, why=f"{key.why}; declared in the catalog") if key.identity in declared else key
        for key in schema.foreign_keys
    )
    return replace(schema, tables=tables, foreign_keys=tuple(keys))


def _with_keys(table: Table, checks: Iterable[KeyCheck]) -> Table:
    for check in sorted(checks, key=lambda check: not check.key.primary):
        columns = check.key.columns
        others = tuple(key for key in (table.primary_key, *table.alternate_keys) if key and set(key) != set(columns))
        if check.key.primary:
            table = replace(
                table,
                primary_key=columns,
                alternate_keys=others,
                confidence=_confidence(check.share),
                why=f"{_declared(check.key)} as its primary key; {check.said()}",
            )
        elif set(columns) != set(table.primary_key) and not check.broken:
            alternates = tuple(key for key in table.alternate_keys if set(key) != set(columns))
            table = replace(table, alternate_keys=(*alternates, columns))
    return table


def _with_references(schema: Schema, checks: Iterable[ReferenceCheck]) -> Schema:
    known = {key.identity: key for key in (*schema.candidates, *schema.foreign_keys)}
    stated = {key.identity: key for key in (_stated(check, known) for check in checks)}
    found = [key for key in schema.foreign_keys if key.identity not in stated]
    demoted = [key for key in found if any(_contradicts(key, other) for other in stated.values())]
    candidates = [key for key in (*demoted, *schema.candidates) if key.identity not in stated]
    settled = {key.label for key in (*stated.values(), *demoted)}
    return replace(
        schema,
        foreign_keys=(*stated.values(), *(key for key in found if key not in demoted)),
        candidates=tuple(candidates),
        questions=tuple(question for question in schema.questions if not settled & set(question.labels)),
    )


def _stated(
    check: ReferenceCheck, known: Mapping[tuple[str, str, frozenset[tuple[str, str]]], ForeignKey]
) -> ForeignKey:
    reference = check.reference
    found = known.get(_identity(reference))
    stated = found or ForeignKey(reference.child, reference.child_columns, reference.parent, reference.parent_columns)
    coverage = {} if check.share is None else {"coverage": check.share}
    evidence = {**coverage, **stated.evidence, **coverage, "declared": 1.0}  # coverage first, as elsewhere
    return replace(
        stated,
        confidence=_confidence(check.share),
        evidence=evidence,
        why=f"{_declared(reference)}; {check.said()}",
    )


def _contradicts(key: ForeignKey, declared: ForeignKey) -> bool:
    """Whether both cannot be meant: one child, the same way back, or one a part of the other."""
    own, other = set(key.child_columns), set(declared.child_columns)
    if key.child == declared.child and own == other:
        return True
    back = key.child == declared.parent and key.parent == declared.child
    if back and own == set(declared.parent_columns) and set(key.parent_columns) == other:
        return True
    part = own < other or own > other
    return part and (key.child, key.parent) == (declared.child, declared.parent)


def _with_roles(schema: Schema, facts: Facts) -> Schema:
    """The schema with the meaning "key" and the roles that follow from its keys and references."""
    columns = {name: _keyed(table, schema.foreign_keys) for name, table in schema.tables.items()}
    primary = {name: table.primary_key for name, table in schema.tables.items()}
    lookups = reference_tables(facts, columns, primary, schema.foreign_keys)
    tables = {
        name: replace(table, columns=columns[name], role="reference" if name in lookups else "synthesize")
        for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables)


def _keyed(table: Table, foreign_keys: Iterable[ForeignKey]) -> dict[str, Column]:
    single = table.primary_key if len(table.primary_key) == 1 else ()
    keyed = {*single, *(name for key in foreign_keys if key.child == table.name for name in key.child_columns)}
    return {
        name: replace(column, semantic="key") if name in keyed and column.semantic not in KEPT_MEANINGS else column
        for name, column in table.columns.items()
    }


def _declared(one: DeclaredKey | DeclaredReference) -> str:
    return "declared in the catalog" + ("" if one.enforced else " (not enforced there)")


def _confidence(share: float | None) -> float:
    return UNSEEN_CONFIDENCE if share is None else DECLARED_CONFIDENCE * share


def _identity(reference: DeclaredReference) -> tuple[str, str, frozenset[tuple[str, str]]]:
    return reference.child, reference.parent, _pairs(reference.child_columns, reference.parent_columns)


def _pairs(child: tuple[str, ...], parent: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(zip(child, parent, strict=True))
