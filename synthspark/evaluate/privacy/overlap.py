"""Which real names, addresses, keys and texts turn up in the copy; counted by hashes, no value leaves the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from synthspark.artifacts.schema import Schema, Table

_TEXTS = frozenset({"free_text", "json", "url", "company"})
_IDENTIFIERS = frozenset({"key", "uuid", "hash"})


@dataclass(frozen=True)
class Overlap:
    """Distinct values of one column: of the copy, of the source, and in both.

    `kind` is "personal", "text" or "key"; a whole number or date as a key repeats by nature, for keys are issued anew
    from one on, so nothing is `expected` of it.
    """

    table: str
    column: str
    kind: str
    semantic: str
    n_synthetic: int
    n_real: int
    n_shared: int
    expected_none: bool = True

    @property
    def share(self) -> float:
        """Share of the copy's distinct values that are real ones."""
        return self.n_shared / max(1, self.n_synthetic)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "share": round(self.share, 6)}


def columns_to_compare(schema: Schema) -> list[tuple[str, str, str]]:
    """Table, column and kind of everything whose real values must not turn up; approved copies are left out."""
    found = []
    for table in schema.tables.values():
        if table.role != "synthesize" or table.left_out:
            continue
        foreign = {name for key in schema.keys_in_force() if key.child == table.name for name in key.child_columns}
        for name, column in table.columns.items():
            kind = _kind(table, name) if name not in foreign and column.generate == "auto" else ""
            if kind:
                found.append((table.name, name, kind))
    return found


def _kind(table: Table, name: str) -> str:
    column = table.columns[name]
    if column.personal:
        return "personal"
    if column.semantic in _TEXTS and column.type == "string":
        return "text"
    if column.semantic in _IDENTIFIERS and table.primary_key in ((name,), ()):
        return "key"
    return ""


def expects_none(schema: Schema, table: str, column: str) -> bool:
    """Whether no real value may turn up: of all texts; of numbers only if they are personal."""
    found = schema.tables[table].columns[column]
    return found.type == "string" or found.personal


def leaked(overlaps: Sequence[Overlap]) -> list[Overlap]:
    """Columns where real values turned up against what is expected, the largest share first."""
    found = [overlap for overlap in overlaps if overlap.expected_none and overlap.n_shared]
    return sorted(found, key=lambda overlap: (-overlap.share, overlap.table, overlap.column))
