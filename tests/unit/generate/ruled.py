"""A bank whose tables obey rules of all kinds, all approved; and how to count the rows that break them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.rules.counting import count
from tests.unit.relate.rules.databases import ORDER_KEYS, ORDER_REFERENCES, logical, rules_of

Tables = dict[str, pa.Table]


def schema_of(
    tables: Tables,
    keys: Mapping[str, Sequence[str]],
    references: Sequence[ForeignKey],
    rules: Sequence[Rule],
    copied: Sequence[str] = (),
) -> Schema:
    """The tables described, everything approved."""
    described = {
        name: Table(
            name,
            {
                field.name: Column(logical(field.type), nullable=bool(table.column(field.name).null_count))
                for field in table.schema
            },
            "reference" if name in copied else "synthesize",
            tuple(keys.get(name, ())),
            status="approved",
            rows=table.num_rows,
        )
        for name, table in tables.items()
    }
    keys_in_force = tuple(dataclasses.replace(key, status="approved") for key in references)
    return Schema("db", described, keys_in_force, tuple(dataclasses.replace(r, status="approved") for r in rules))


def broken(done: Tables, schema: Schema) -> dict[str, int]:
    """Rows that break each rule in force, of those that are broken."""
    counted = {rule: count(rule, done) for rule in schema.rules_in_force()}
    assert all(found.support for found in counted.values())
    return {rule.label: found.violations for rule, found in counted.items() if found.violations}


def bank(n: int = 240, seed: int = 7) -> Tables:
    """Branches, their accounts, the entries and labels of these."""
    draw = np.random.default_rng(seed)
    lands = np.array(["north", "south", "south", "east", "west", "west"])
    branch = draw.integers(0, lands.size, n)
    opened = draw.integers(0, 900, n)
    status = draw.choice(["open", "closed", "frozen"], n, p=[0.6, 0.3, 0.1])
    closed = np.where(status == "closed", opened + draw.integers(100, 400, n), -1)
    town = draw.integers(0, 12, n)
    segment = draw.integers(0, 3, n)
    reachable = draw.random(n) < 0.7
    lines = draw.integers(0, 7, n)
    account = np.repeat(np.arange(n), lines)
    zips, cities = (np.array([form(int(i)) for i in town]) for form in (_zip, _city))
    size = account.size
    last = np.where(closed[account] < 0, opened[account] + 500, closed[account])
    booked = opened[account] + (draw.random(size) * (last - opened[account])).astype(int)
    booked = booked[np.lexsort((booked, account))]
    net, tax = draw.integers(100, 90_000, size), draw.integers(0, 900, size)
    turnover = np.bincount(account, weights=net + tax, minlength=n)
    charge = draw.integers(0, 500, n)
    kind = draw.choice(["fee", "transfer", "cash"], size)
    labels = sorted(
        {(int(a), str(x)) for a, x in zip(draw.integers(0, n, 500), draw.choice([*"abcdef"], 500), strict=True)}
    )
    return {
        "branch": pa.table({"branch_id": np.arange(lands.size) + 1, "land": lands}),
        "account": pa.table(
            {
                "account_id": np.arange(n) + 1_001,
                "branch_id": branch + 1,
                "land": lands[branch],
                "number": [_luhn(value) for value in draw.permutation(900_000)[:n] + 100_000],
                "zip": zips,
                "city": cities,
                "is retail": segment == 0,
                "is_firm": segment == 1,
                "is_state": segment == 2,
                "status": status,
                "opened": _days(opened),
                "closed": _days(closed),
                "phone": pa.array(np.where(reachable, draw.integers(1, 50, n), 0), mask=~reachable),
                "mails": pa.array(draw.integers(0, 9, n), mask=~reachable),
                "entries": lines,
                "turnover": _money(turnover),
                "charge": _money(charge),
                "balance": _money(turnover - charge),
            }
        ),
        "entry": pa.table(
            {
                "account_id": account + 1_001,
                "line": np.concatenate([np.arange(k) + 1 for k in lines]),
                "booked": _days(booked),
                "valued": _days(booked + draw.integers(0, 5, size)),
                "due": _days(booked + 14),
                "from_zip": zips[account],
                "from_city": cities[account],
                "kind": kind,
                "net": _money(net),
                "tax": _money(tax),
                "gross": _money(net + tax),
                "share": np.round(net / 100 * 0.07, 2),
                "memo": pa.array(draw.integers(0, 5, size), mask=(kind == "fee") | (draw.random(size) < 0.2)),
            }
        ),
        "label": pa.table({"account_id": [a + 1_001 for a, _ in labels], "label": [x for _, x in labels]}),
    }


BANK_KEYS = {"branch": ["branch_id"], "account": ["account_id"], "entry": ["account_id", "line"]}
BANK_REFERENCES = (
    ForeignKey("account", ("branch_id",), "branch", ("branch_id",)),
    ForeignKey("entry", ("account_id",), "account", ("account_id",)),
    ForeignKey("label", ("account_id",), "account", ("account_id",)),
)
UP = {"parent": "account", "via": ["account_id"], "parent_key": ["account_id"]}
DOWN = {"child": "entry", "via": ["account_id"], "parent_key": ["account_id"], "empty": "zero", "tolerance": 0.005}


def _rule(table: str, kind: str, columns: str, **parameters: Any) -> Rule:
    return Rule(kind, table, tuple(columns.split(", ")), parameters=parameters)


BANK_RULES = (
    _rule(
        "account", "copy", "land", parent="branch", via=["branch_id"], parent_key=["branch_id"], parent_columns=["land"]
    ),
    _rule("account", "check", "number", scheme="luhn"),
    _rule("account", "dependency", "zip, city", determinants=["zip"]),
    _rule("account", "one_hot", "is retail, is_firm, is_state"),
    _rule("account", "order", "opened, closed"),
    _rule("account", "null_when", "closed", column="status", values=["open", "frozen"], exact=True),
    _rule("account", "null_together", "phone, mails"),
    _rule("account", "child_total", "entries", function="count", **DOWN),
    _rule("account", "child_total", "turnover", function="sum", child_column="gross", **DOWN),
    _rule("account", "formula", "balance, turnover, charge", form="sum", signs=[1, -1], tolerance=0.005),
    _rule("entry", "copy", "from_zip, from_city", **UP, parent_columns=["zip", "city"]),
    _rule("entry", "dependency", "from_zip, from_city", determinants=["from_zip"]),
    _rule("entry", "sequence", "line", within=["account_id"], start=1, along="booked"),
    _rule("entry", "parent_order", "booked", at_least="opened", **UP),
    _rule("entry", "parent_order", "booked", at_most="closed", **UP),
    _rule("entry", "order", "booked, valued"),
    _rule("entry", "offset", "booked, due", amount=14, unit="day"),
    _rule("entry", "formula", "gross, net, tax", form="sum", tolerance=0.005),
    _rule("entry", "formula", "share, net", form="product", factor=0.07, tolerance=0.005),
    _rule("entry", "null_when", "memo", column="kind", values=["fee"], exact=False),
    _rule("label", "unique", "account_id, label"),
)


def bank_schema(tables: Tables) -> Schema:
    return schema_of(tables, BANK_KEYS, BANK_REFERENCES, BANK_RULES, ["branch"])


def shop_schema(tables: Tables) -> Schema:
    """The order database with the rules that are found in it."""
    return schema_of(tables, ORDER_KEYS, ORDER_REFERENCES, rules_of(tables, ORDER_KEYS, ORDER_REFERENCES))


def _zip(town: int) -> str:
    return f"{10_000 + 7 * town}"


def _city(town: int) -> str:
    return f"Town {town // 2}"


def _days(numbers: Sequence[int]) -> pa.Array:
    start = dt.date(2020, 1, 1)
    return pa.array([None if day < 0 else start + dt.timedelta(days=int(day)) for day in numbers], pa.date32())


def _money(cents: Sequence[float]) -> pa.Array:
    return pa.array([Decimal(int(value)) / 100 for value in cents], pa.decimal128(12, 2))


def _luhn(number: int) -> str:
    digits = [int(char) for char in f"{number}0"]
    doubled = [d * 2 - 9 * (d * 2 > 9) if place % 2 else d for place, d in enumerate(reversed(digits))]
    return f"AC-{number}-{-sum(doubled) % 10}"
