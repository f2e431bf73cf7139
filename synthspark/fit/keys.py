"""How the unique keys of a table are made again: issued, numbered within the parent, drawn without replacement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import ColumnModel, KeyModel
from synthspark.artifacts.schema import Table, is_measured
from synthspark.fit.columns import ColumnSettings, unlisted
from synthspark.fit.ownership import Ownership
from synthspark.fit.source import TableSource
from synthspark.fit.summaries import ColumnSummary, is_number
from synthspark.stats.frame import supported, texts
from synthspark.stats.key_learning import learn_key_format
from synthspark.stats.popularity import fit_popularity

MOST_CELLS = 10_000  # distinct value tuples of own key columns that a model may carry
NEARLY_UNIQUE = 0.5  # share of distinct texts in the rows from which each row simply gets its own
MOST_SPREAD = 1_000  # categories that a parent's rows may have once each
LINE_SHARE = 0.95  # share of parents whose rows must be numbered without gap
GRID_VALUES = 1_000  # distinct values of a column of a grid beyond which its values are issued, not listed


@dataclass
class KeyPlanner:
    """Builds the key models of one table, one after the other, keeping account of who sets which column."""

    table: Table
    ownership: Ownership
    source: TableSource
    summaries: Mapping[str, ColumnSummary]
    settings: ColumnSettings
    compared: Mapping[str, str] = field(default_factory=dict)  # columns that others refer to across formats
    checks: Mapping[str, str] = field(default_factory=dict)  # schemes of the columns that carry check characters
    columns: dict[str, ColumnModel] = field(default_factory=dict)
    keys: list[KeyModel] = field(default_factory=list)
    issued: set[str] = field(default_factory=set)

    def plan(self) -> None:
        """Fill `columns` (those that keys set) and `keys`."""
        for unique in self.ownership.unique:
            if all(supported(self.table.columns[name].type) for name in unique):
                self.keys.append(self._key(unique))

    def _key(self, unique: tuple[str, ...]) -> KeyModel:
        own = tuple(name for name in unique if name not in self.ownership.linked)
        if self.issued.intersection(own):
            return KeyModel(unique, "issued")
        if not own:
            return self._inherited(unique)
        measured = unique in self.ownership.ruled and any(is_number(self.table.columns[name].type) for name in own)
        if measured or any(name in self.columns for name in own):
            return KeyModel(unique, "checked")  # numbers and dates say more as they are drawn than by being unlike
        if unique in self.table.alternate_keys and all(is_measured(self.table.columns[n].type) for n in own):
            return KeyModel(unique, "checked")
        if len(unique) == 1:
            return self._issue(unique, own[0])
        unlike = [name for name in own if self._nearly_unique(name)]
        if unlike:
            return self._issue(unique, unlike[0])
        if set(self.ownership.context) & set(unique):
            return self._spread(unique, own) or self._within_parent(unique, own)
        if len(own) == len(unique):
            return self._grid(unique, own)
        return KeyModel(unique, "checked")

    def _inherited(self, unique: tuple[str, ...]) -> KeyModel:
        context = set(self.ownership.context)
        if set(unique) <= context:
            return KeyModel(unique, "inherited")
        links = [link for link in self.ownership.links if set(link.free) & set(unique)]
        if len(links) == 1 and set(unique) <= set(links[0].free):
            return KeyModel(unique, "single", (), {"link": links[0].link.key.label})
        usable = sorted(
            (link for link in links if not link.link.deferred and link.free), key=lambda link: bool(link.fixed)
        )
        if context & set(unique) and usable:
            return KeyModel(unique, "linked", (), {"link": usable[0].link.key.label})
        return KeyModel(unique, "checked")

    def _nearly_unique(self, name: str) -> bool:
        summary = self.summaries[name]
        return summary.type == "string" and summary.distinct >= NEARLY_UNIQUE * max(summary.filled, 1)

    def _issue(self, unique: tuple[str, ...], name: str) -> KeyModel:
        self.columns[name] = ColumnModel(name, self.table.columns[name].type, "key", {"format": self._format(name)})
        self.issued.add(name)
        return KeyModel(unique, "issued", (name,))

    def _format(self, name: str) -> dict[str, Any]:
        summary = self.summaries[name]
        sample = summary.sample if summary.sample is not None else pa.array([], pa.string())
        learned = learn_key_format(
            sample,
            self.table.columns[name].type,
            unlisted(summary),
            summary.minimum,
            summary.maximum,
            avoid=summary.hashes,
            maximum_length=summary.maximum_length,
            k=self.settings.k,
            compared=self.compared.get(name, "exact"),
            scheme=self.checks.get(name, ""),
        )
        return learned.to_json()

    def _spread(self, unique: tuple[str, ...], own: tuple[str, ...]) -> KeyModel | None:
        """A category that the rows of a parent have once each: drawn with the row, and drawn again where it repeats."""
        top = self.summaries[own[0]].top or {}
        text = len(own) == 1 and self.table.columns[own[0]].type == "string"
        if not text or not top or len(top) < self.summaries[own[0]].distinct or len(top) > MOST_SPREAD:
            return None
        return KeyModel(unique, "spread", (), {"column": own[0], "values": list(top), "rows": list(top.values())})

    def _within_parent(self, unique: tuple[str, ...], own: tuple[str, ...]) -> KeyModel:
        kinds = [self.table.columns[name].type for name in own]
        if len(own) == 1 and is_number(kinds[0]) and kinds[0] not in ("date", "timestamp", "timestamp_ntz"):
            start = self.source.line_start([name for name in unique if name not in own], own[0])
            if start is not None:
                return self._set_by_key(KeyModel(unique, "line", own, {"start": start}))
        cells = self.source.distinct_tuples(own, MOST_CELLS)
        if cells is not None and cells[1]:
            return self._set_by_key(KeyModel(unique, "cells", own, self._cells(own, *cells)))
        leading = max(own, key=lambda name: self.summaries[name].distinct)
        if self.table.columns[leading].type == "string" or self.table.columns[leading].semantic == "key":
            return self._set_by_key(KeyModel(unique, "cells", (leading,), self._drawn_values(leading)))
        return KeyModel(unique, "checked")

    def _cells(self, own: Sequence[str], values: list[pa.Array], rows: list[int]) -> dict[str, Any]:
        """Value tuples with their rows; texts of fewer than k rows give way to invented ones."""
        parameters: dict[str, Any] = {}
        keep = [True] * len(rows)
        for name, column in zip(own, values, strict=True):
            if self.table.columns[name].type == "string" and self.table.columns[name].generate != "verbatim":
                top = self.summaries[name].top or {}
                keep = [kept and text in top for kept, text in zip(keep, column.to_pylist(), strict=True)]
                invents = name
                if not all(keep):
                    parameters["invents"] = invents
        mask = pa.array(keep)
        kept_rows = [number for number, kept in zip(rows, keep, strict=True) if kept]
        if "invents" in parameters:
            parameters["format"] = self._format(parameters["invents"])
            parameters["invented"] = len(rows) - len(kept_rows)
            parameters["invented_rows"] = sum(rows) - sum(kept_rows)
        parameters["values"] = [texts(column.filter(mask)).to_pylist() for column in values]
        parameters["rows"] = kept_rows
        return parameters

    def _drawn_values(self, name: str) -> dict[str, Any]:
        """Too many values to list: issued ones, as popular as the source's, e.g. users whose own table is missing."""
        curve = fit_popularity(self.source.value_histogram(name), k=self.settings.k)
        return {
            "format": self._format(name),
            "distinct": self.summaries[name].distinct,
            "share": curve.share.tolist(),
            "parents": curve.parents.tolist(),
        }

    def _grid(self, unique: tuple[str, ...], own: tuple[str, ...]) -> KeyModel:
        """Distinct values of each column; the column with most is issued, so that it can grow with the rows."""
        growing = max(own, key=lambda name: self.summaries[name].distinct)
        listed: dict[str, list[str]] = {}
        for name in own:
            summary = self.summaries[name]
            rare = summary.type == "string" and len(summary.top or {}) < summary.distinct
            if name == growing or rare or summary.distinct > GRID_VALUES or summary.sample is None:
                continue
            listed[name] = texts(_sorted(summary.sample)).to_pylist()
        formats = {name: self._format(name) for name in own if name not in listed}
        distinct = {name: self.summaries[name].distinct for name in own}
        parameters = {"growing": growing, "listed": listed, "formats": formats, "distinct": distinct}
        return self._set_by_key(KeyModel(unique, "grid", own, parameters))

    def _set_by_key(self, key: KeyModel) -> KeyModel:
        for name in key.own:
            self.columns[name] = ColumnModel(name, self.table.columns[name].type, "key", {})
        return key


def _sorted(values: pa.Array) -> pa.Array:
    return values.take(pc.sort_indices(values))


@dataclass(frozen=True)
class LineCounts:
    """What is known of a number within its groups.

    Attributes
    ----------
    lowest_start, highest_start : float
        Of the smallest numbers of the groups.
    groups, gapless, several : int
        Groups, those whose numbers follow each other without gap, and those of more than one row.
    """

    lowest_start: float
    highest_start: float
    groups: int
    gapless: int
    several: int


def line_start(counts: LineCounts) -> int | None:
    """First number when rows are numbered within their groups; None when they are not."""
    numbered = counts.several > 0 and counts.gapless >= LINE_SHARE * counts.groups
    same = counts.lowest_start == counts.highest_start and float(counts.lowest_start).is_integer()
    return int(counts.lowest_start) if numbered and same else None
