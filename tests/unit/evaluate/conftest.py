"""Samples built in memory, as the cluster would hand them over."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.evaluate.reading import CONTENT, IDENTITY, Collected, Counts, Layout, pair_samples
from synthspark.evaluate.selection import key_use, select_columns
from synthspark.seeds import mix

SCHEMA = Schema(
    "shop",
    {
        "customer": Table(
            "customer", {"id": Column("long"), "age": Column("long"), "tier": Column("string")}, primary_key=("id",)
        ),
        "order": Table(
            "order",
            {"order_id": Column("long"), "customer": Column("long"), "amount": Column("double")},
            primary_key=("order_id",),
        ),
    },
    (ForeignKey("order", ("customer",), "customer", ("id",), status="approved"),),
).decided("approved")


def hashed(values):
    return mix(np.asarray(values).astype(np.uint64)).view(np.int64)


def collected(layout, rows, key_columns):
    """What one side of a table looks like once collected; the first column is its primary key."""
    table = pa.table(rows)
    hashes = {
        layout.hash_name(place): hashed(table.column(key_columns[key])) for place, key in enumerate(layout.keys.others)
    }
    read = table.select([name for name in layout.selection.columns if name in table.column_names])
    for name, values in {IDENTITY: hashed(table.column(0)), CONTENT: hashed(table.column(0)), **hashes}.items():
        read = read.append_column(name, pa.array(values))
    counts = Counts(
        table.num_rows, {name: table.column(name).null_count for name in table.column_names}, (0,) * len(hashes)
    )
    return Collected(read, counts, (1.0,) * (1 + len(hashes)))


def pairs_of(real, synthetic, schema=SCHEMA, holdout=None):
    pairs = {}
    for name, table in schema.tables.items():
        keys = key_use(schema, name, table.columns)
        layout = Layout(name, tuple(table.columns), select_columns(table, schema.keys_in_force()), keys)
        key_columns = {key: key.columns[0] for key in keys.others}
        sides = [collected(layout, side[name], key_columns) for side in (real, synthetic)]
        held = collected(layout, holdout[name], key_columns) if holdout else None
        pairs[name] = pair_samples(layout, schema, *sides, held)
    return pairs


def draw_shop(n_customers=300, seed=0, linked=True):
    """Customers and their orders: the amount follows the age, the number of orders the tier."""
    draw = np.random.default_rng(seed)
    age, tier = draw.integers(18, 80, n_customers), draw.integers(0, 3, n_customers)
    owner = np.repeat(np.arange(n_customers), tier * 2)
    amount = age[owner] * 2.0 + draw.normal(size=owner.size)
    if not linked:
        draw.shuffle(owner)
    return {
        "customer": {"id": np.arange(n_customers), "age": age, "tier": np.array(["low", "mid", "top"])[tier]},
        "order": {"order_id": np.arange(owner.size), "customer": owner, "amount": amount},
    }


@pytest.fixture
def make_shop():
    return draw_shop


@pytest.fixture
def make_pairs():
    return pairs_of


@pytest.fixture
def schema():
    return SCHEMA
