"""Rows of one table of a fitted database, made on this machine: no Spark, no source, no run directory."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from synthspark.artifacts.entities import with_entities
from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan, plan_database
from synthspark.artifacts.schema import ForeignKey
from synthspark.artifacts.schema_file import parse_schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings
from synthspark.errors import ModelError
from synthspark.generate.prepare import Database, recipe_of, table_totals
from synthspark.generate.recipe import counted_by, work_name
from synthspark.generate.small import make_small, second_pass, stored
from synthspark.generate.work import read_work
from synthspark.stats.features import link_place

SPARE = 1.25  # database made for a request: so many times the rows that the source's proportions ask for
ATTEMPTS = 8  # each with a database twice as large, for tables whose parents have few children
SCALES = (0.001, 1_000.0)  # what settings allow


@dataclass(frozen=True)
class DatabaseSampler:
    """The models of all tables, and how they follow from each other."""

    models: Mapping[str, TableModel]
    plan: DatabasePlan

    def sample_request(self, request: pd.DataFrame, *, seed: int = 0, scale: float = 0.0) -> pd.DataFrame:
        """Rows for a request with the columns ``table`` (the same in all its rows) and ``rows``.

        Raises
        ------
        ModelError
            If the request is of another form, or the table cannot be sampled.
        """
        if not {"table", "rows"} <= set(request.columns) or request["table"].nunique() != 1:
            raise ModelError(
                f"request: found columns {', '.join(map(str, request.columns))} with {len(request)} rows; expected the "
                "columns table and rows, one table a request"
            )
        rows = self.sample(str(request["table"].iloc[0]), int(request["rows"].sum()), seed=seed, scale=scale)
        found: pd.DataFrame = rows.to_pandas(integer_object_nulls=True)
        return found

    def sample(self, table: str, n_rows: int, *, seed: int = 0, scale: float = 0.0) -> pa.Table:
        """The first `n_rows` rows of a table, with the columns of the source in their order.

        A table with parents is made with them, so that its rows follow theirs; the same request gives the same rows.

        Parameters
        ----------
        scale : float
            Rows out per row in of the database that the rows are drawn from; there may be fewer rows than asked for
            then. 0: just as large as the rows need.

        Raises
        ------
        ModelError
            If there is no such table, it is a verbatim copy, or it has no rows to learn from.
        """
        size = scale if scale > 0 else SPARE * max(n_rows, 1) / self._model(table).rows
        for _ in range(1 if scale > 0 else ATTEMPTS):
            bounded = min(max(size, SCALES[0]), SCALES[1])
            found = self._make(table, Settings(seed=seed, scale=bounded), bounded if scale > 0 else max(bounded, 1.0))
            if found.num_rows >= n_rows or bounded < size:
                break
            size *= 2
        return found.slice(0, n_rows)

    def _model(self, table: str) -> TableModel:
        model = self.models.get(table) if table in self.plan.written else None
        if model is not None and model.role != "reference" and model.rows:
            return model
        written = {name: self.models[name] for name in self.plan.written if name in self.models}
        sampled = [name for name, item in written.items() if item.role != "reference" and item.rows]
        why = "no such table" if model is None else "a verbatim copy" if model.role == "reference" else "without rows"
        raise ModelError(f"table {table!r}: {why}; expected one of {', '.join(sampled)}; ask for one of these")

    def _make(self, table: str, settings: Settings, breadth: float) -> pa.Table:
        """All rows of a table of the database that `settings` describe, made with the tables that it needs.

        `breadth` is the scale of linked parents that need not be made because their keys are a closed form: so that
        few rows do not all point to the same parent.
        """
        needed = self._needed(table)
        facts = {
            name: _facts_of(math.ceil(breadth * model.rows))
            for name, model in self.models.items()
            if name not in needed
        }
        with tempfile.TemporaryDirectory(prefix="synthspark-") as folder:
            database = Database(self.plan, self.models, facts, settings, RunDirectory(folder))
            for name in (name for name in self.plan.order if name in needed):
                totals = table_totals(database, name)
                facts[name] = make_small(database, recipe_of(database, name, totals), totals)
            return self._finished(database, table)

    def _finished(self, database: Database, table: str) -> pa.Table:
        """The rows of a table, references of the second pass filled, with the names of the source."""
        model, place = self.models[table], second_pass(database, table)
        names = [column.name for column in model.columns]
        held = {name: work_name(model, name) for name in names if stored(model, name)}
        rows = read_work(database.directory, place, list(held.values()))
        return pa.table(
            [rows.column(held[name]) if name in held else pa.nulls(rows.num_rows) for name in names], names=names
        )

    def _needed(self, table: str) -> set[str]:
        """Tables that have to be made: this one, and above it those whose rows, not only their keys, are asked for."""
        later = [link.key.parent for link in self.plan.tables[table].links if link.deferred and self._held(link.key)]
        needed, todo = set(), [table, *later]
        while todo:
            name = todo.pop()
            if name not in needed:
                needed.add(name)
                todo += [*self._parents(name), *self.plan.rules.read_by(name)]
        return needed

    def _parents(self, table: str) -> Iterator[str]:
        plan = self.plan.tables[table]
        if plan.context is not None:
            yield plan.context.parent
        for link in plan.links:
            if link.deferred or link.key.self_reference:
                continue
            if self._held(link.key) or self._looked_at(table, link.key):
                yield link.key.parent

    def _looked_at(self, table: str, key: ForeignKey) -> bool:
        """Whether rows depend on the columns of a linked parent."""
        model = self.models[table]
        link = model.link(key.label)
        place = model.links.index(link)
        if link.reference:
            return False
        counted = counted_by(self.plan, self.models, key)
        return bool(counted) or any(link_place(feature) == place for feature in model.surroundings)

    def _held(self, key: ForeignKey) -> bool:
        """Whether the rows of a linked parent must exist: its keys are no closed form of the row's index."""
        if self.models[key.child].link(key.label).reference:
            return False  # the child's model carries the keys of a copied table
        parent = self.models[key.parent]
        nullable = {feature.column for feature in parent.features}
        columns = [parent.column(name) for name in key.parent_columns]
        return not all(
            column.way == "key" and "format" in column.parameters and column.name not in nullable for column in columns
        )


def _facts_of(rows: int) -> TableFacts:
    """Facts of a table that is not made: as many rows as there would be, none of them left out."""
    return TableFacts(max(rows, 1), max(rows, 1))


def open_sampler(models: str, schema: str, config: str) -> DatabaseSampler:
    """The sampler of models stored in a folder, of their schema.yaml, and of the settings as JSON."""
    found = [TableModel.from_bytes(path.read_bytes()) for path in sorted(Path(models).iterdir())]
    tables = json.loads(Path(config).read_text(encoding="utf-8")).get("tables", {})
    contexts = {name: tuple(table["context"]) for name, table in tables.items() if table.get("context")}
    plan = plan_database(with_entities(parse_schema(Path(schema).read_text(encoding="utf-8"))), contexts)
    return DatabaseSampler({model.table: model for model in found}, plan)
