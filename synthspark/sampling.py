"""Rows of one table of a fitted database, made in memory: no Spark, no source, no run directory."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import DatabasePlan, plan_database
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.schema_file import parse_schema
from synthspark.errors import ModelError
from synthspark.generate.expand import expand, free_rows, joined, plan_totals, rootless_rows
from synthspark.generate.in_memory import WholeTable, fill_later, make_table
from synthspark.generate.links import Linking
from synthspark.generate.parents import IssuedColumn, ParentKeys, cast_key
from synthspark.generate.random import column_stream
from synthspark.generate.recipe import INDEX, Recipe, children_of, count_name, work_name
from synthspark.generate.rows import Block, open_name
from synthspark.seeds import IntArray
from synthspark.stats.features import encode_feature, frame_of
from synthspark.stats.frame import arrow_type
from synthspark.stats.key_formats import KeyFormat

SPARE = 1.25  # database made for a request: so many times the rows that the source's proportions ask for
ATTEMPTS = 8  # each with a database twice as large, for tables whose parents have few children


@dataclass(frozen=True)
class DatabaseSampler:
    """The models of all tables, and how they follow from each other."""

    models: Mapping[str, TableModel]
    schema: Schema
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
        model = self._model(table)
        size = scale if scale > 0 else SPARE * max(n_rows, 1) / model.rows
        for _ in range(1 if scale > 0 else ATTEMPTS):
            found = _Database(self, seed, size, scale if scale > 0 else max(size, 1.0)).columns(table)
            if found.num_rows >= n_rows:
                break
            size *= 2
        return found.slice(0, n_rows)

    def _model(self, table: str) -> TableModel:
        model = self.models.get(table)
        sampled = [name for name, item in self.models.items() if item.role != "reference" and item.rows]
        if model is None or model.role == "reference" or not model.rows:
            why = (
                "no such table" if model is None else "a verbatim copy" if model.role == "reference" else "without rows"
            )
            raise ModelError(f"table {table!r}: {why}; expected one of {', '.join(sampled)}; ask for one of these")
        return model


@dataclass
class _Database:
    """The tables that one request needs, each made once.

    `scale` is theirs; `breadth` is that of parents that need not be made because their keys are a closed form: so
    that few rows do not all point to the same parent.
    """

    sampler: DatabaseSampler
    seed: int
    scale: float
    breadth: float
    made: dict[str, tuple[Recipe, WholeTable]] = field(default_factory=dict)

    def columns(self, table: str) -> pa.Table:
        """All rows of a table, references of the second pass filled."""
        recipe, whole = self._whole(table)
        columns = _by_name(recipe.model, whole.rows)
        later = recipe.links(deferred=True, own=False)
        if later:
            parents = {link.key: self._parent_keys(key) for link, key in later}
            late = Recipe(recipe.plan, recipe.model, recipe.seed, recipe.slots, recipe.owners, parents)
            wanted = {link.key: whole.rows[open_name(link.key)].combine_chunks() for link, _ in later}
            fill_later(late, _index(whole), columns, wanted)
        rows = whole.rows.num_rows
        return pa.table(
            {column.name: columns.get(column.name, pa.nulls(rows)) for column in recipe.model.columns},
        )

    def _whole(self, table: str) -> tuple[Recipe, WholeTable]:
        if table not in self.made:
            self.made[table] = self._make(table)
        return self.made[table]

    def _make(self, table: str) -> tuple[Recipe, WholeTable]:
        model, plan = self.sampler.models[table], self.sampler.plan.tables[table]
        context = plan.context
        linking, block = self._root(model) if context is None else self._children(model, context)
        now = [link.key for link in plan.links if not link.deferred and not link.key.self_reference]
        drawn = {link.key for link in model.links if link.reference}  # onto copied tables: the engine draws the row
        recipe = Recipe(
            plan,
            model,
            self.seed,
            linking.slots,
            linking.owners,
            {key.label: self._parent_keys(key) for key in now if key.label not in drawn},
            children_of(self.sampler.plan, self.sampler.models, table),
        )
        return recipe, make_table(recipe, block)

    def _root(self, model: TableModel) -> tuple[Linking, Block]:
        slots = max(1, round(self.scale * model.rows))
        rows = free_rows(np.arange(slots), slots, slots, 0)
        unknown = {feature.name: np.full(slots, np.nan) for feature in model.context}
        return rows, Block(rows, frame_of(model.context, unknown, slots), {})

    def _children(self, model: TableModel, key: ForeignKey) -> tuple[Linking, Block]:
        recipe, whole = self._whole(key.parent)
        place = [child.label for child, _ in recipe.children].index(key.label)
        drawn = whole.rows[count_name(place)].to_numpy()
        rows, parents = self._expanded(model, whole, recipe, drawn)
        columns = _by_name(recipe.model, whole.rows)
        at = pa.array(np.maximum(parents, 0), mask=parents < 0)
        taken = {name: values.take(at) for name, values in columns.items()}
        encoded = {
            feature.name: np.where(parents < 0, np.nan, encode_feature(taken[feature.column], feature))
            for feature in model.context
        }
        types = {column.name: arrow_type(column.type) for column in model.columns if column.name in key.child_columns}
        inherited = {
            name: cast_key(taken[other], types[name])
            for name, other in zip(key.child_columns, key.parent_columns, strict=True)
        }
        return rows, Block(rows, frame_of(model.context, encoded, parents.size), inherited)

    def _expanded(
        self, model: TableModel, whole: WholeTable, recipe: Recipe, drawn: IntArray
    ) -> tuple[Linking, IntArray]:
        """The rows of a child table and the places of their context parents, -1 for those without one."""
        alone = any(item.kind == "inherited" for item in model.keys)
        ratio = whole.facts.rows / recipe.model.rows if recipe.model.rows else 1.0
        children = model.rows - model.rootless_rows
        totals = plan_totals(int(drawn.sum()), children, model.rootless_rows, ratio, rows=None, at_most_one=alone)
        before = np.cumsum(drawn) - drawn
        rows, parents = expand(totals, _index(whole), drawn, before, recipe.slots)
        if totals.rootless:
            rows = joined(rows, rootless_rows(totals, recipe.slots))
            parents = np.concatenate([parents, np.full(totals.rootless, -1)])
        return rows, parents

    def _parent_keys(self, key: ForeignKey) -> ParentKeys:
        """Key values of a linked parent: by their formats where these suffice, else of its rows, which are made."""
        model = self.sampler.models[key.parent]
        columns = {name: model.column(name) for name in key.parent_columns}
        nullable = {feature.column for feature in model.features}
        issued = all(
            column.way == "key" and "format" in column.parameters and column.name not in nullable
            for column in columns.values()
        )
        if not issued or key.parent in self.made:
            recipe, whole = self._whole(key.parent)
            held = _by_name(recipe.model, whole.rows)
            return ParentKeys(whole.rows.num_rows, held={name: held[name] for name in key.parent_columns})
        slots = max(1, math.ceil(self.breadth * model.rows))
        formats = {name: KeyFormat.from_json(column.parameters["format"]) for name, column in columns.items()}
        return ParentKeys(
            slots,
            {
                name: IssuedColumn(item, slots, column_stream(self.seed, key.parent, name))
                for name, item in formats.items()
            },
        )


def _index(whole: WholeTable) -> IntArray:
    index: IntArray = whole.rows[INDEX].to_numpy()
    return index


def _by_name(model: TableModel, rows: pa.Table) -> dict[str, pa.Array]:
    """Columns of a work table by the names of the source."""
    names = {column.name: work_name(model, column.name) for column in model.columns}
    return {name: rows[place].combine_chunks() for name, place in names.items() if place in rows.column_names}


def open_sampler(models: str, schema: str, config: str) -> DatabaseSampler:
    """The sampler of models stored in a folder, of their schema.yaml, and of the settings as JSON."""
    found = [TableModel.from_bytes(path.read_bytes()) for path in sorted(Path(models).iterdir())]
    settings = json.loads(Path(config).read_text(encoding="utf-8"))
    tables = settings.get("tables", {})
    contexts = {name: tuple(table["context"]) for name, table in tables.items() if table.get("context")}
    parsed = parse_schema(Path(schema).read_text(encoding="utf-8"))
    return DatabaseSampler({model.table: model for model in found}, parsed, plan_database(parsed, contexts))
