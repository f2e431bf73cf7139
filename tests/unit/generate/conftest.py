"""A whole small database fitted and generated without Spark."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from synthspark.artifacts.entities import sources_of, with_entities, with_their_scales
from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Schema
from synthspark.artifacts.store import RunDirectory
from synthspark.config import Settings
from synthspark.fit.family import Family
from synthspark.fit.in_memory import InMemory
from synthspark.fit.rows import AllRows, ArrowTable
from synthspark.fit.small import fit_small, table_model
from synthspark.fit.table import design_table
from synthspark.generate.prepare import Database, recipe_of, table_totals
from synthspark.generate.recipe import work_name
from synthspark.generate.small import keep_copy, make_small, second_pass, stored
from synthspark.generate.wishes import check_wishes, exact_rows
from synthspark.generate.work import read_work

Tables = Mapping[str, pa.Table]


def named_things(tables: Tables, schema: Schema) -> dict[str, pa.Table]:
    """Rows of the virtual tables."""
    whole = with_entities(schema)
    found = {}
    for name in (name for name, table in whole.tables.items() if table.virtual):
        key = list(whole.tables[name].columns)
        parts = [tables[one.table].select(one.columns).rename_columns(key) for one in sources_of(name, whole)]
        distinct = pa.concat_tables(parts).drop_null().group_by(key).aggregate([]).combine_chunks()
        found[name] = distinct.sort_by([(column, "ascending") for column in key])
    return found


def fit_all(tables: Tables, schema: Schema, settings: Settings) -> dict[str, TableModel]:
    """Models of all tables, virtual ones too, each through its written form."""
    tables, schema = {**tables, **named_things(tables, schema)}, with_entities(schema)
    plan = plan_database(schema)

    def load(name: str) -> ArrowTable:
        data = {c: tables[name].column(c).combine_chunks() for c in tables[name].column_names}
        return ArrowTable(schema.tables[name].columns, data, tables[name].num_rows)

    models = {}
    relatives = Family(schema, plan, settings, AllRows(load))
    for name in plan.order:
        source = InMemory(load(name), load, name, relatives, relatives.common)
        if plan.tables[name].role == "reference":
            models[name] = TableModel(name, "reference", source.rows)
            continue
        design = design_table(schema, plan, name, source, settings, relatives)
        model = table_model(name, source.rows, design, fit_small(name, source, design, settings))
        models[name] = TableModel.from_bytes(model.to_bytes())
    return models


def generate_all(
    tables: Tables, schema: Schema, models: Mapping[str, TableModel], settings: Settings, path: Path
) -> tuple[dict[str, pa.Table], dict[str, TableFacts]]:
    """Synthetic tables with the source's column names, and their facts."""
    schema = with_entities(schema)
    check_wishes(settings, schema, plan_database(schema))
    settings = dataclasses.replace(settings, scale=with_their_scales(settings.scale, schema))
    plan, facts = plan_database(schema), {}
    database = Database(plan, models, facts, settings, RunDirectory(str(path)), exact=exact_rows(settings))
    for name in plan.order:
        if plan.tables[name].role == "reference":
            facts[name] = TableFacts(models[name].rows, models[name].rows)
            keep_copy(database, name, tables[name])
            continue
        totals = table_totals(database, name)
        made = make_small(database, recipe_of(database, name, totals), totals)
        facts[name] = TableFacts.from_json(made.to_json())
    done = {}
    for name in plan.written:
        model = models[name]
        if plan.tables[name].role == "reference":
            done[name] = tables[name]
            continue
        folder = second_pass(database, name)
        there = {c.name: work_name(model, c.name) for c in model.columns if stored(model, c.name)}
        rows = read_work(database.directory, folder, list(there.values()))
        done[name] = pa.table({c: rows.column(place) for c, place in there.items()})
    return done, facts


@pytest.fixture
def mirror(tmp_path: Path) -> Callable[..., Any]:
    """Fit and generate a database; keyword arguments are settings."""

    def run(source: Tables, schema: Schema, **settings: Any) -> tuple[dict[str, pa.Table], dict[str, TableFacts]]:
        chosen = Settings(**settings)
        return generate_all(source, schema, fit_all(source, schema, chosen), chosen, tmp_path)

    return run
