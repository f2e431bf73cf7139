"""Virtual parents: things that several rows name but that have no table of their own, such as the users of ratings.

An approved rule of the kind ``entity`` says so. Later stages see such a thing as a table of its identifier alone, to
which the columns that name it refer; its rows are the distinct values of these columns. It is fitted and generated as
any other table, so that all rows of one thing are made together and its identifiers anew, but never written out.

Several columns name a thing together: the times that a user tagged a film, in a table of one row a tag. Such a thing
refers to whatever its columns refer to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from synthspark.artifacts.rule import ENTITY, Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table

PREFIX = "_ss_entity_"
NUMBERS = ("byte", "short", "integer", "long")  # narrow before wide


@dataclass(frozen=True, order=True)
class Naming:
    """Columns of a table that name a thing."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """A thing without a table: the name and the identifier of its table, and who names it.

    `rows` is None where it is not known how many there are.
    """

    name: str
    columns: Mapping[str, Column]
    namings: tuple[Naming, ...]
    rows: int | None = None

    def table(self) -> Table:
        """The table that stands for it."""
        key = tuple(self.columns)
        return Table(self.name, self.columns, primary_key=key, status="approved", rows=self.rows, virtual=True)

    def references(self) -> Iterator[ForeignKey]:
        """Foreign keys of all that name it."""
        for naming in self.namings:
            yield _reference(naming.table, naming.columns, self.name, tuple(self.columns))


def with_entities(schema: Schema) -> Schema:
    """The schema with a table for each thing that has none, and the references to it; itself where there are none."""
    for entity in entities_of(schema):
        above = _above(schema, entity)
        schema = replace(
            schema,
            tables={**schema.tables, entity.name: entity.table()},
            foreign_keys=(*schema.foreign_keys, *entity.references(), *above),
        )
    return schema


def without_entities(schema: Schema) -> Schema:
    """The schema without the tables that stand for things without a table, and the references to and from them."""
    virtual = {name for name, table in schema.tables.items() if table.virtual}
    if not virtual:
        return schema
    tables = {name: table for name, table in schema.tables.items() if name not in virtual}
    keys = tuple(key for key in schema.foreign_keys if not virtual & {key.child, key.parent})
    return replace(schema, tables=tables, foreign_keys=keys)


def shown_name(schema: Schema, name: str) -> str:
    """How a table is spoken of: a virtual one by the columns that name its things."""
    sources = sources_of(name, schema)
    if not sources:
        return name
    return f"{' + '.join(sources[0].columns)} of {', '.join(source.table for source in sources)}"


def entities_of(schema: Schema) -> list[Entity]:
    """Entities in force, those of fewer columns first.

    Columns that refer to a table after all, those that are a key, and those of tables that are not made name nothing.
    Rules that share a naming speak of the same things.
    """
    names, found = set(schema.tables), []
    taken = {(key.child, frozenset(key.child_columns)) for key in schema.keys_in_force()}
    for name, table in schema.tables.items():
        taken |= {(name, frozenset(key)) for key in (table.primary_key, *table.alternate_keys)}
    for rules in _joined([rule for rule in schema.rules_in_force() if rule.kind == ENTITY]):
        namings = tuple(dict.fromkeys(naming for rule in rules for naming in namings_of(rule)))
        free = [one for one in namings if (one.table, frozenset(one.columns)) not in taken]
        used = tuple(one for one in free if schema.tables[one.table].role == "synthesize")
        if used:
            known = rules[0].parameters.get("distinct") if len(rules) == 1 and used == namings else None
            name = _unused(PREFIX + re.sub(r"\W+", "_", "_".join(used[0].columns)), names)
            names.add(name)
            found.append(Entity(name, _columns(schema, used), used, known))
    return sorted(found, key=lambda entity: len(entity.columns))


def namings_of(rule: Rule) -> tuple[Naming, ...]:
    """The columns that name the thing, the rule's own first."""
    others = [Naming(table, tuple(columns)) for table, *columns in rule.parameters.get("others") or ()]
    return (Naming(rule.table, rule.columns), *others)


def sources_of(name: str, schema: Schema) -> tuple[Naming, ...]:
    """The columns whose values are the rows of a virtual table; none for any other table."""
    if name not in schema.tables or not schema.tables[name].virtual:
        return ()
    keys = [key for key in schema.keys_in_force() if key.parent == name]
    return tuple(Naming(key.child, key.child_columns) for key in keys if not schema.tables[key.child].virtual)


def with_their_scales(scale: float | Mapping[str, float], schema: Schema) -> float | Mapping[str, float]:
    """Rows out per row in of each table, virtual ones as the first table that names their things."""
    if not isinstance(scale, Mapping):
        return scale
    first = {name: sources_of(name, schema)[0].table for name, table in schema.tables.items() if table.virtual}
    return {**scale, **{name: scale.get(table, 1.0) for name, table in first.items()}}


def _joined(rules: Iterable[Rule]) -> list[list[Rule]]:
    """Rules that share a naming, together."""
    groups: list[list[Rule]] = []
    for rule in rules:
        own = set(namings_of(rule))
        same = [group for group in groups if any(own & set(namings_of(one)) for one in group)]
        groups = [group for group in groups if group not in same]
        groups.append([*(one for group in same for one in group), rule])
    return groups


def _columns(schema: Schema, namings: Sequence[Naming]) -> dict[str, Column]:
    """The identifier: each column of the widest type, never missing."""
    held = [[schema.tables[one.table].columns[name] for name in one.columns] for one in namings]
    return {
        name: replace(max(columns, key=_width), nullable=False, semantic="key", generate="auto", comment="", tags=())
        for name, columns in zip(namings[0].columns, zip(*held, strict=True), strict=True)
    }


def _width(column: Column) -> int:
    return NUMBERS.index(column.type) if column.type in NUMBERS else -1


def _above(schema: Schema, entity: Entity) -> list[ForeignKey]:
    """References of the entity itself: those that each of its namings has within its columns."""
    found: dict[ForeignKey, int] = {}
    for naming in entity.namings:
        ours = dict(zip(naming.columns, entity.columns, strict=True))
        for key in schema.keys_in_force():
            if key.child == naming.table and set(key.child_columns) < set(ours):
                columns = tuple(ours[name] for name in key.child_columns)
                one = _reference(entity.name, columns, key.parent, key.parent_columns, key.compare)
                found[one] = found.get(one, 0) + 1
    return [key for key, times in found.items() if times == len(entity.namings)]


def _reference(
    child: str, columns: tuple[str, ...], parent: str, parent_columns: tuple[str, ...], compare: tuple[str, ...] = ()
) -> ForeignKey:
    return ForeignKey(child, columns, parent, parent_columns, status="approved", compare=compare)


def _unused(name: str, taken: Iterable[str]) -> str:
    known = {one.lower() for one in taken}
    found, number = name, 1
    while found.lower() in known:
        number += 1
        found = f"{name}_{number}"
    return found
