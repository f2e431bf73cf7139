"""What the catalog of a database says of its tables: declared keys and references, comments, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synthspark.artifacts.versions import check_version

FORMAT_VERSION = 1
FILE = "catalog.json"
WHOLE_TABLE = ""  # stands for the column where a comment or tag is the table's own


@dataclass(frozen=True)
class DeclaredKey:
    """Columns that a constraint declares to identify the rows; `enforced` where the database itself holds it."""

    table: str
    columns: tuple[str, ...]
    primary: bool = True
    enforced: bool = True


@dataclass(frozen=True)
class DeclaredReference:
    """A foreign key that a constraint declares, column by column."""

    child: str
    child_columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    enforced: bool = True


@dataclass(frozen=True)
class CatalogFacts:
    """All that a catalog says, in the names of the source's tables and columns; it holds no values of the source.

    Attributes
    ----------
    comments, tags : mapping
        (table, column), or (table, `WHOLE_TABLE`), to the comment, and to tags such as ``pii`` or ``pii=email``.
    notes : tuple of str
        What could not be read, and why; what was left out.
    """

    keys: tuple[DeclaredKey, ...] = ()
    references: tuple[DeclaredReference, ...] = ()
    comments: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tags: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    format_version: int = FORMAT_VERSION

    def joined(self, other: CatalogFacts) -> CatalogFacts:
        """What both say; where both have a comment, the other's."""
        return CatalogFacts(
            (*self.keys, *other.keys),
            (*self.references, *other.references),
            {**self.comments, **other.comments},
            {**self.tags, **other.tags},
            (*self.notes, *other.notes),
        )

    def primary_keys(self) -> dict[str, DeclaredKey]:
        """The declared primary key of each table that has one."""
        return {key.table: key for key in self.keys if key.primary}

    def to_json(self) -> dict[str, Any]:
        remarks = [
            {"table": table, "column": column, "comment": self.comments.get((table, column), ""), "tags": list(tags)}
            for table, column in sorted({*self.comments, *self.tags})
            for tags in [self.tags.get((table, column), ())]
        ]
        return {
            "format_version": self.format_version,
            "keys": [asdict(key) for key in self.keys],
            "references": [asdict(reference) for reference in self.references],
            "remarks": remarks,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CatalogFacts:
        check_version(FILE, data.get("format_version"), FORMAT_VERSION, "run discover again")
        remarks = {(remark["table"], remark["column"]): remark for remark in data["remarks"]}
        return cls(
            tuple(DeclaredKey(**{**key, "columns": tuple(key["columns"])}) for key in data["keys"]),
            tuple(_reference(reference) for reference in data["references"]),
            {place: remark["comment"] for place, remark in remarks.items() if remark["comment"]},
            {place: tuple(remark["tags"]) for place, remark in remarks.items() if remark["tags"]},
            tuple(data["notes"]),
        )


def _reference(data: Mapping[str, Any]) -> DeclaredReference:
    columns = {name: tuple(data[name]) for name in ("child_columns", "parent_columns")}
    return DeclaredReference(**{**data, **columns})
