"""From rows of any catalog's own tables to declared keys, references, comments and tags of the source's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from synthspark.artifacts.catalog import WHOLE_TABLE, CatalogFacts, DeclaredKey, DeclaredReference

PRIMARY, UNIQUE, FOREIGN = "PRIMARY KEY", "UNIQUE", "FOREIGN KEY"
COMMENT, TAG = "comment", "tag"


class ConstraintRow(NamedTuple):
    """One column of one constraint; the parent's half is filled for foreign keys only."""

    kind: str
    schema: str
    table: str
    name: str
    column: str
    position: int
    parent_schema: str | None = None
    parent_table: str | None = None
    parent_column: str | None = None
    enforced: str | None = "YES"


class RemarkRow(NamedTuple):
    """A comment or a tag (`name`, with or without a value) of a table, or of a column of it."""

    kind: str
    schema: str
    table: str
    column: str | None
    name: str | None
    value: str | None


@dataclass(frozen=True)
class Known:
    """The source's tables as the catalog names them: schema (empty: any), table, and the columns that were read."""

    schema: str
    table: str
    columns: tuple[str, ...]


class Names:
    """The source's name of what the catalog names; exactly, or but for case, where only one fits."""

    def __init__(self, tables: Mapping[str, Known]) -> None:
        self._columns = {name: {column: column for column in known.columns} for name, known in tables.items()}
        self._exact: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._folded: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, known in tables.items():
            self._exact[known.schema, known.table].add(name)
            self._folded[known.schema.casefold(), known.table.casefold()].add(name)
        for columns in self._columns.values():
            folded = [column.casefold() for column in columns]
            columns.update(
                {low: column for column, low in zip(list(columns), folded, strict=True) if folded.count(low) == 1}
            )

    def table(self, schema: str | None, table: str | None) -> str | None:
        """The source's table, None where it has none or where several fit."""
        schema, table = schema or "", table or ""
        folded = schema.casefold(), table.casefold()
        for known, (place, name) in ((self._exact, (schema, table)), (self._folded, folded)):
            found = known.get((place, name)) or known.get(("", name))
            if found:
                return next(iter(found)) if len(found) == 1 else None
        return None

    def column(self, table: str, column: str | None) -> str | None:
        known = self._columns[table]
        return known.get(column or "") or known.get((column or "").casefold())


def gather(
    tables: Mapping[str, Known], constraints: Iterable[Sequence[Any]], remarks: Iterable[Sequence[Any]]
) -> CatalogFacts:
    """What the rows say of the source's tables; constraints of other tables are passed over, references onto them told.

    Parameters
    ----------
    constraints, remarks
        In the columns of `ConstraintRow` and `RemarkRow`, in any order.
    """
    names = Names(tables)
    grouped: dict[tuple[str, str, str], list[ConstraintRow]] = defaultdict(list)
    for row in (ConstraintRow(*values) for values in constraints):
        grouped[row.schema, row.table, row.name].append(row)
    facts = CatalogFacts()
    for _, rows in sorted(grouped.items()):
        facts = facts.joined(_constraint(names, sorted(rows, key=lambda row: int(row.position))))
    return facts.joined(_remarks(names, (RemarkRow(*values) for values in remarks)))


def _constraint(names: Names, rows: Sequence[ConstraintRow]) -> CatalogFacts:
    first = rows[0]
    table = names.table(first.schema, first.table)
    if table is None:
        return CatalogFacts()
    columns = [names.column(table, row.column) for row in rows]
    held = tuple(column for column in columns if column is not None)
    enforced = str(first.enforced or "YES").upper() != "NO"
    if len(held) < len(rows):
        return CatalogFacts(notes=(f"table {table}: constraint {first.name} names a column that was not read",))
    if first.kind != FOREIGN:
        return CatalogFacts((DeclaredKey(table, held, first.kind == PRIMARY, enforced),))
    parent = names.table(first.parent_schema, first.parent_table)
    if parent is None:
        away = ".".join(part for part in (first.parent_schema, first.parent_table) if part) or "a table unknown here"
        return CatalogFacts(
            notes=(f"table {table}: constraint {first.name} refers to {away}, which is not in the source",)
        )
    targets = tuple(column for row in rows if (column := names.column(parent, row.parent_column)) is not None)
    if len(targets) < len(held):
        return CatalogFacts(notes=(f"table {table}: constraint {first.name} refers to a column that was not read",))
    return CatalogFacts(references=(DeclaredReference(table, held, parent, targets, enforced),))


def _remarks(names: Names, rows: Iterable[RemarkRow]) -> CatalogFacts:
    comments: dict[tuple[str, str], str] = {}
    tags: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        table = names.table(row.schema, row.table)
        column = names.column(table, row.column) if table and row.column else WHOLE_TABLE
        if table is None or column is None:
            continue
        if row.kind == TAG:
            tags[table, column].append("=".join(part for part in (row.name, row.value) if part))
        elif (row.value or "").strip():
            comments[table, column] = " ".join(str(row.value).split())
    return CatalogFacts(comments=comments, tags={place: tuple(sorted(found)) for place, found in tags.items()})
