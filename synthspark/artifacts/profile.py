"""What is known of the columns of the source, without its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synthspark.artifacts.html import html_table
from synthspark.artifacts.versions import check_version

FORMAT_VERSION = 1
FILE = "profile.json"


@dataclass(frozen=True)
class ColumnProfile:
    """Aggregates of one column; `top_values` can carry values of the source, and only frequent ones.

    `minimum`, `maximum` and `quantiles` (0, .01, .05, .25, .5, .75, .95, .99, 1 of the non-null values) are
    numbers: days since 1970 for dates, microseconds for timestamps; None for other types.
    """

    type: str
    rows: int
    nulls: int
    distinct: int
    distinct_exact: bool
    minimum: float | None = None
    maximum: float | None = None
    quantiles: tuple[float, ...] = ()
    mean_length: float | None = None
    minimum_length: int | None = None
    maximum_length: int | None = None
    patterns: Mapping[str, float] = field(default_factory=dict)  # "A9-9999": share of the non-null values
    top_values: Mapping[str, int] = field(default_factory=dict)
    sentinels: tuple[str, ...] = ()
    monotonic: bool = False
    semantic: str = "unknown"
    semantic_confidence: float = 0.0

    @property
    def filled(self) -> int:
        return self.rows - self.nulls

    @property
    def unique(self) -> bool:
        """Whether every non-null value occurs once."""
        return self.filled > 0 and self.distinct == self.filled


@dataclass(frozen=True)
class TableProfile:
    """Profiles of the columns of one table, in source order."""

    name: str
    rows: int
    columns: Mapping[str, ColumnProfile]
    unsupported: Mapping[str, str] = field(default_factory=dict)  # column -> why nothing is said about it


@dataclass(frozen=True)
class DatabaseProfile:
    """Profiles of all tables; what profile.json holds."""

    tables: Mapping[str, TableProfile]
    format_version: int = FORMAT_VERSION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DatabaseProfile:
        check_version(FILE, data.get("format_version"), FORMAT_VERSION, "run discover again")
        return cls({name: _table(table) for name, table in data["tables"].items()})

    def _repr_html_(self) -> str:
        rows = [
            (table.name, name, column.type, column.semantic, column.rows, column.nulls, column.distinct)
            for table in self.tables.values()
            for name, column in table.columns.items()
        ]
        heads = ("table", "column", "type", "meaning", "rows", "nulls", "distinct")
        return html_table(f"{len(self.tables)} tables, {len(rows)} columns", heads, rows)


def _table(data: Mapping[str, Any]) -> TableProfile:
    columns = {
        name: ColumnProfile(
            **{**column, "quantiles": tuple(column["quantiles"]), "sentinels": tuple(column["sentinels"])}
        )
        for name, column in data["columns"].items()
    }
    return TableProfile(data["name"], data["rows"], columns, data["unsupported"])
