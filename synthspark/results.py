"""What fitting and generating return to a notebook: mappings that show themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthspark.artifacts.html import html_table
from synthspark.artifacts.model import TableModel

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class FittedDatabase(Mapping[str, TableModel]):
    """The models of all tables, by table name."""

    models: Mapping[str, TableModel]

    def __getitem__(self, table: str) -> TableModel:
        return self.models[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

    def _repr_html_(self) -> str:
        rows = [(name, model.rows, len(model.columns), len(model.shards)) for name, model in self.models.items()]
        return html_table(f"{len(self)} fitted tables", ("table", "rows", "columns", "shards"), rows)


@dataclass(frozen=True)
class SyntheticDatabase(Mapping[str, "DataFrame"]):
    """The synthetic tables, by name, with their row counts."""

    frames: Mapping[str, DataFrame]
    rows: Mapping[str, int]

    def __getitem__(self, table: str) -> DataFrame:
        return self.frames[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    def _repr_html_(self) -> str:
        rows = [(name, self.rows.get(name), len(frame.columns)) for name, frame in self.frames.items()]
        return html_table(f"{len(self)} synthetic tables", ("table", "rows", "columns"), rows)
