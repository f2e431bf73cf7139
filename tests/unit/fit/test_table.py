"""What is decided about columns and keys, on tables in memory."""

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import Settings
from synthspark.fit.in_memory import InMemory
from synthspark.fit.rows import ArrowTable
from synthspark.fit.table import design_table

RNG = np.random.default_rng(1)


def design(columns, data, key=(), *, keys=(), others=None):
    tables = {"t": Table("t", columns, primary_key=tuple(key), status="approved", rows=len(next(iter(data.values()))))}
    arrays = {"t": data}
    for name, (table, values) in (others or {}).items():
        tables[name], arrays[name] = table, values
    schema = Schema("d", tables, tuple(keys))

    def load(name):
        held = {c: pa.array(v) if not isinstance(v, pa.Array) else v for c, v in arrays[name].items()}
        return ArrowTable(tables[name].columns, held, len(next(iter(held.values()))))

    return design_table(schema, plan_database(schema), "t", InMemory(load("t"), load), Settings())


@pytest.mark.parametrize(
    ("column", "values", "way"),
    [
        (Column("long"), np.arange(100) % 7, "number"),
        (Column("long", "category"), np.arange(100) % 7, "category"),
        (Column("string"), ["a", "b"] * 50, "category"),
        (Column("string"), [f"x{i}" for i in range(100)], "text"),
        (Column("string", "email"), [f"a{i}@b.example" for i in range(100)], "personal"),
        (Column("string", "full_name"), ["Ann Lee", "Bo Ek"] * 50, "personal"),
        (Column("string"), ["same"] * 100, "constant"),
        (Column("string"), pa.nulls(100, pa.string()), "null"),
        (Column("array<long>"), pa.nulls(100, pa.string()), "null"),
        (Column("string", generate="drop"), ["a", "b"] * 50, "null"),
        (Column("string", generate="verbatim"), [f"x{i}" for i in range(100)], "copy"),
        (Column("binary"), [b"a", b"bc"] * 50, "text"),
        (Column("boolean"), [True, False] * 50, "category"),
    ],
)
def test_way_of_a_column(column, values, way):
    (model,) = design({"c": column}, {"c": values}).columns
    assert model.way == way


def test_values_of_few_rows_are_not_in_the_model():
    values = ["often"] * 80 + ["seldom"] * 4 + [f"{chr(97 + i)}once" for i in range(16)]
    (model,) = design({"c": Column("string")}, {"c": values}).columns
    assert model.way == "category"
    assert not any(value in str(model.parameters) for value in values[80:])
    assert model.parameters["categories"] == ["often"]


def test_a_single_person_is_no_constant():
    (model,) = design({"c": Column("string")}, {"c": ["the only one"]}).columns
    assert model.way == "text" and "only" not in str(model.parameters["format"].get("vocabulary"))


def parent(name="p", rows=50):
    return {
        name: (
            Table(name, {"id": Column("long", nullable=False)}, primary_key=("id",), rows=rows),
            {"id": np.arange(rows)},
        )
    }


@pytest.mark.parametrize(
    ("own", "kind"),
    [
        (np.tile(np.arange(1, 5), 50), "line"),
        (np.concatenate([RNG.choice(30, 4, replace=False) for _ in range(50)]), "cells"),
        ([f"name {i}" for i in range(200)], "issued"),
    ],
)
def test_kind_of_a_key_below_a_parent(own, kind):
    logical = "string" if isinstance(own, list) else "long"
    found = design(
        {"p": Column("long", nullable=False), "own": Column(logical, nullable=False)},
        {"p": np.repeat(np.arange(50), 4), "own": own},
        ["p", "own"],
        keys=[ForeignKey("t", ("p",), "p", ("id",), "approved")],
        others=parent(),
    )
    assert [key.kind for key in found.keys] == [kind]


def test_link_tables_one_to_one_tables_and_grids():
    link = design(
        {"p": Column("long", nullable=False), "q": Column("long", nullable=False)},
        {"p": np.repeat(np.arange(50), 2), "q": np.tile(np.arange(20), 5)},
        ["p", "q"],
        keys=[ForeignKey("t", ("p",), "p", ("id",), "approved"), ForeignKey("t", ("q",), "q", ("id",), "approved")],
        others=parent() | parent("q", 20),
    )
    assert [key.kind for key in link.keys] == ["linked"]
    single = design(
        {"p": Column("long", nullable=False)},
        {"p": np.arange(30)},
        ["p"],
        keys=[ForeignKey("t", ("p",), "p", ("id",), "approved")],
        others=parent(),
    )
    assert [key.kind for key in single.keys] == ["inherited"]
    grid = design(
        {"a": Column("long", nullable=False), "b": Column("long", nullable=False)},
        {"a": np.repeat(np.arange(10), 10), "b": np.tile(np.arange(10), 10)},
        ["a", "b"],
    )
    assert [key.kind for key in grid.keys] == ["grid"]


def test_references_count_nulls_orphans_and_children():
    found = design(
        {"id": Column("long", nullable=False), "p": Column("long")},
        {"id": np.arange(100), "p": pa.array([None] * 10 + [99] * 5 + list(range(40)) + [0] * 45, pa.int64())},
        ["id"],
        keys=[ForeignKey("t", ("p",), "p", ("id",), "approved")],
        others=parent(),
    )
    assert found.rootless_rows == 10
    assert found.notes["orphans"] == {"t.p -> p.id": 5}
