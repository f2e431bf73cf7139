"""A row's further parent belongs to its own family: the address of an order is one of its customer's."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Schema
from tests.unit.generate.databases import check, described, near, reference


def shop(nullable):
    draw = np.random.default_rng(8)
    n_customers = 300
    n_addresses, n_orders = draw.integers(1, 4, n_customers), draw.integers(1, 9, n_customers)
    owner, buyer = np.repeat(np.arange(n_customers), n_addresses), np.repeat(np.arange(n_customers), n_orders)
    first = np.cumsum(n_addresses) - n_addresses
    at = first[buyer] + (draw.random(buyer.size) * n_addresses[buyer]).astype(int)
    collected = draw.random(buyer.size) < 0.2
    tables = {
        "customer": pa.table({"id": np.arange(n_customers), "age": draw.normal(50, 9, n_customers)}),
        "address": pa.table(
            {"id": np.arange(owner.size), "customer": owner, "far": draw.gamma(2, 5, n_customers)[owner]}
        ),
        "order": pa.table(
            {
                "id": np.arange(buyer.size),
                "customer": buyer,
                "address": pa.array(at, mask=collected if nullable else None),
                "total": draw.gamma(2, 20, buyer.size),
            }
        ),
    }
    schema = Schema(
        "shop",
        {name: described(name, table, ("id",)) for name, table in tables.items()},
        (
            reference("address", "customer", "customer", "id"),
            reference("order", "customer", "customer", "id"),
            reference("order", "address", "address", "id"),
        ),
        (
            Rule(
                "copy",
                "order",
                ("customer",),
                "approved",
                parameters={
                    "parent": "address",
                    "via": ["address"],
                    "parent_key": ["id"],
                    "parent_columns": ["customer"],
                },
            ),
        ),
    )
    return tables, schema


@pytest.mark.parametrize("nullable", [False, True])
def test_an_order_goes_to_an_address_of_its_customer(mirror, nullable):
    tables, schema = shop(nullable)
    done, _ = mirror(tables, schema)
    check(done, schema)
    near(done, tables)
    orders, addresses = done["order"].to_pandas(), done["address"].to_pandas()
    assert orders.address.isna().mean() == pytest.approx(0.2 if nullable else 0.0, abs=0.05)
    sent = orders.dropna(subset=["address"]).merge(addresses, left_on="address", right_on="id", suffixes=("", "_to"))
    assert (sent.customer == sent.customer_to).all()
    assert sent.address.nunique() > 0.6 * len(addresses)


def test_a_parent_that_may_lack_the_column_is_not_asked_to_agree(mirror):
    tables, schema = shop(nullable=False)
    address = tables["address"]
    owner = pa.array(address.column("customer").to_numpy(), mask=np.arange(address.num_rows) % 10 > 0)
    tables["address"] = address.set_column(1, "customer", owner)  # nine of ten are nobody's
    whole = {**schema.tables, "address": described("address", tables["address"], ("id",))}
    done, _ = mirror(tables, replace(schema, tables=whole))
    near(done, tables)
