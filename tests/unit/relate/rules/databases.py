"""Databases with planted rules, as tables; and what the search for rules makes of them, without Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from synthspark.artifacts.profile import TableProfile
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, summarise
from synthspark.relate.rules.across import Joined
from synthspark.relate.rules.rows import TableRows
from synthspark.relate.rules.search import all_candidates, relationships, settled

SETTINGS = DiscoverSettings()
LOGICAL = {
    pa.int64(): "long",
    pa.string(): "string",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.bool_(): "boolean",
}


def logical(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return "timestamp_ntz" if pa.types.is_timestamp(kind) else LOGICAL.get(kind, "long")


def rules_of(
    tables: Mapping[str, pa.Table],
    keys: Mapping[str, Sequence[str]] | None = None,
    foreign_keys: Sequence[ForeignKey] = (),
    tolerated: float = SETTINGS.rule_violations,
) -> tuple[Rule, ...]:
    """What is proposed for these tables, given their keys."""
    profiles: dict[str, TableProfile] = {}
    for name, table in tables.items():
        size, types = max(1, table.num_rows), {field.name: logical(field.type) for field in table.schema}
        profiles[name], _ = finish(name, summarise(table, Bounds(size, size)), types, SETTINGS)
    schema = Schema(
        "db",
        {
            name: Table(
                name,
                {column: Column(known.type, known.semantic) for column, known in profile.columns.items()},
                primary_key=tuple((keys or {}).get(name, ())),
            )
            for name, profile in profiles.items()
        },
        tuple(foreign_keys),
    )
    rows = {name: TableRows(table, profiles[name], schema, complete=True) for name, table in tables.items()}
    joined = [Joined(key, rows[key.child], rows[key.parent]) for key in relationships(schema)]
    return settled(all_candidates(rows.values(), joined, tolerated), rows, SETTINGS.minimum_rule_confidence)


def said(rules: Sequence[Rule]) -> set[tuple[Any, ...]]:
    """Each rule in short: kind, table, columns, and the columns at the other end of a relationship."""
    return {(rule.kind, rule.table, *rule.columns, *_other_end(rule)) for rule in rules}


def _other_end(rule: Rule) -> tuple[str, ...]:
    given = rule.parameters
    for name in ("at_least", "at_most", "child_column", "column"):
        if name in given:
            return (f"{name} {given[name]}",)
    return tuple(given.get("parent_columns", ()))


def orders(n_orders: int = 600, seed: int = 3) -> dict[str, pa.Table]:
    """A shop: customer, employee with manager, product, orders, order_item."""
    draw = np.random.default_rng(seed)
    n_customers, n_employees, n_products = n_orders // 4, 40, 60
    start = dt.date(2021, 1, 4)
    cents = draw.integers(199, 9999, n_products)
    ordered = np.sort(draw.integers(30, 900, n_orders))
    shipped = ordered + draw.integers(0, 12, n_orders)
    lines = draw.integers(1, 6, n_orders)
    order = np.repeat(np.arange(n_orders), lines)
    product = draw.integers(0, n_products, len(order))
    quantity = draw.integers(1, 9, len(order))
    amount = quantity * cents[product]
    boss = [None if i < 3 else int(draw.integers(0, min(i, 12))) + 501 for i in range(n_employees)]
    towns = [f"town {i}" for i in range(25)]
    return {
        "customer": pa.table(
            {
                "customer_id": pa.array(np.arange(n_customers) + 10_001),
                "name": [f"Customer {draw.integers(0, 10**9):09d} Ltd" for _ in range(n_customers)],
                "town": [towns[i] for i in draw.integers(0, 25, n_customers)],
                "since": _dates(start, draw.integers(-900, 30, n_customers)),
            }
        ),
        "employee": pa.table(
            {
                "employee_id": pa.array(np.arange(n_employees) + 501),
                "manager_id": pa.array(boss, pa.int64()),
                "first_name": [("Ann", "Bob", "Cleo", "Dan", "Eve")[i % 5] for i in draw.integers(0, 50, n_employees)],
                "hired": _dates(start, draw.integers(-2500, 0, n_employees)),
            }
        ),
        "product": pa.table(
            {
                "product_id": pa.array(np.arange(n_products) + 70_001),
                "title": [f"Item {draw.integers(0, 10**9):09d}" for _ in range(n_products)],
                "price": pa.array([_money(value) for value in cents], pa.decimal128(10, 2)),
            }
        ),
        "orders": pa.table(
            {
                "order_id": pa.array(np.arange(n_orders) + 300_001),
                "customer_id": pa.array(draw.integers(0, n_customers, n_orders) + 10_001),
                "employee_id": pa.array(draw.integers(0, n_employees, n_orders) + 501),
                "order_date": _dates(start, ordered),
                "ship_date": _dates(start, np.where(draw.random(n_orders) < 0.1, -10_000, shipped)),
                "total": pa.array([_money(v) for v in np.bincount(order, weights=amount)], pa.decimal128(12, 2)),
            }
        ),
        "order_item": pa.table(
            {
                "order_id": pa.array(order + 300_001),
                "line_no": pa.array(np.concatenate([np.arange(n) + 1 for n in lines])),
                "product_id": pa.array(product + 70_001),
                "qty": pa.array(quantity),
                "unit_price": pa.array([_money(value) for value in cents[product]], pa.decimal128(10, 2)),
                "amount": pa.array([_money(value) for value in amount], pa.decimal128(12, 2)),
            }
        ),
    }


ORDER_KEYS = {
    "customer": ["customer_id"],
    "employee": ["employee_id"],
    "product": ["product_id"],
    "orders": ["order_id"],
    "order_item": ["order_id", "line_no"],
}
ORDER_REFERENCES = (
    ForeignKey("employee", ("manager_id",), "employee", ("employee_id",)),
    ForeignKey("orders", ("customer_id",), "customer", ("customer_id",)),
    ForeignKey("orders", ("employee_id",), "employee", ("employee_id",)),
    ForeignKey("order_item", ("order_id",), "orders", ("order_id",)),
    ForeignKey("order_item", ("product_id",), "product", ("product_id",)),
)
ORDER_RULES = {
    ("order", "orders", "order_date", "ship_date"),
    ("child_total", "orders", "total", "child_column amount"),
    ("formula", "order_item", "amount", "qty", "unit_price"),
    ("sequence", "order_item", "line_no"),
    ("copy", "order_item", "unit_price", "price"),
}


def _dates(start: dt.date, days: Sequence[int]) -> pa.Array:
    return pa.array([None if day == -10_000 else start + dt.timedelta(days=int(day)) for day in days], pa.date32())


def _money(cents: float) -> Any:
    from decimal import Decimal

    return Decimal(int(cents)) / 100
