"""Rules counted by Spark agree with the arrays, kind by kind."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.rule import ENTITY, RULE_KINDS, Rule
from synthspark.artifacts.schema import Column, Schema, Table
from synthspark.artifacts.store import RunDirectory
from synthspark.config import DiscoverSettings, GenerateSettings, Settings
from synthspark.generate import on_spark as generation
from synthspark.profile.on_spark import profile_database
from synthspark.progress import LoggedProgress
from synthspark.relate.rules.on_spark import propose_rules
from synthspark.rules.counting import Count, count
from synthspark.rules.on_spark import count_rules
from synthspark.spark_types import collect_arrow, logical_type
from tests.unit.generate.conftest import fit_all, generate_all
from tests.unit.generate.databases import described, reference
from tests.unit.generate.ruled import bank, bank_schema, broken, shop_schema
from tests.unit.relate.rules.databases import ORDER_KEYS, ORDER_REFERENCES, ORDER_RULES, orders, said

DAY = dt.date(2024, 1, 31)


def _days(*numbers: int | None) -> list[dt.date | None]:
    return [None if number is None else DAY + dt.timedelta(days=number) for number in numbers]


PARENT = pa.table(
    {
        "order id": pa.array([1, 2, 3, 4, 5], pa.int64()),
        "made.on": pa.array(_days(0, 1, 2, None, 4)),
        "total": pa.array(
            [Decimal("7.50"), Decimal("2.00"), None, Decimal("0.00"), Decimal("9.99")], pa.decimal128(10, 2)
        ),
        "lines": pa.array([2, 1, 2, 0, 1], pa.int64()),
        "status": ["open", "open", "paid", "paid", None],
        "city": ["Rome", "Rome", "Milan", "Bari", None],
    }
)
CHILD = pa.table(
    {
        "order id": pa.array([1.0, 1.0, 2.0, 3.0, 3.0, 9.0, None], pa.float64()),
        "line": pa.array([1, 2, 1, 1, 3, 1, 1], pa.int64()),
        "quantity": pa.array([1, 2, 1, 3, None, 5, 2], pa.int64()),
        "price": pa.array([2.5, 2.5, 2.0, float("nan"), 1.0, 4.0, 0.1], pa.float64()),
        "amount": pa.array([2.5, 5.0, 2.0, 9.0, 1.0, 20.01, 0.2], pa.float64()),
        "sent": pa.array(_days(0, 3, 0, 9, None, 1, 2)),
        "due": pa.array(_days(29, 32, 30, 38, 9, 30, 31)),
        "at": pa.array(
            [dt.datetime(2024, 1, 31, 12), *[dt.datetime(2024, 2, 1, 8, 0, 0, 500)] * 6], pa.timestamp("us")
        ),
        "a": pa.array([True, False, False, True, True, None, False]),
        "b": pa.array([0, 1, 0, 0, 1, 0, 0], pa.int64()),
        "c": pa.array([0, 0, 1, 0, 0, 1, 1], pa.int64()),
        "status": ["open", "paid", "open", "paid", None, "open", "x"],
        "city": ["Rome", "Rome", "Bari", "Milan", "Rome", "Rome", "Rome"],
        "code": ["A-18", "A-26", "B-34", "79927398713", None, "A-19", "59"],
    }
)
ACROSS = {"via": ["order id"], "parent_key": ["order id"]}
UP = {"parent": "orders", **ACROSS}
DOWN = {"child": "lines", **ACROSS, "tolerance": 0.005}


def _rule(kind: str, *columns: str, table: str = "lines", **parameters: object) -> Rule:
    return Rule(kind, table, columns, parameters=parameters)


# What each rule speaks of and what breaks it, counted by hand.
EXPECTED = [
    (_rule("order", "sent", "due"), Count(6, 0)),
    (_rule("order", "quantity", "line"), Count(6, 3)),
    (_rule("order", "at", "due"), Count(7, 0)),
    (_rule("offset", "sent", "due", amount=29, unit="day"), Count(6, 1)),
    (_rule("offset", "sent", "due", amount=1, unit="month"), Count(6, 1)),
    (_rule("formula", "amount", "quantity", "price", form="product", tolerance=0.005), Count(5, 1)),
    (_rule("formula", "amount", "price", form="product", factor=2, terms=["1+x"], tolerance=0), Count(6, 6)),
    (_rule("formula", "line", "amount", "price", form="sum", signs=[1, -1], tolerance=0.5), Count(6, 5)),
    (_rule("dependency", "city", "status", "line", determinants=["city"]), Count(7, 4)),
    (_rule("one_hot", "a", "b", "c"), Count(6, 1)),
    (_rule("sequence", "line", within=["order id"], start=1), Count(4, 1)),
    (_rule("sequence", "line", within=["order id"], start=1, along="amount"), Count(4, 1)),
    (_rule("sequence", "line", within=["order id"], start=1, along="a"), Count(4, 2)),
    (_rule("unique", "order id", "city"), Count(6, 1)),
    (_rule("null_together", "quantity", "sent"), Count(7, 0)),
    (_rule("null_together", "quantity", "price"), Count(7, 2)),
    (_rule("null_when", "sent", column="status", values=["paid"]), Count(6, 2)),
    (_rule("null_when", "price", column="b", values=[1], exact=False), Count(7, 2)),
    (_rule("null_when", "quantity", column="a", values=[True]), Count(6, 2)),
    (_rule("check", "code", scheme="luhn"), Count(6, 5)),
    (_rule("copy", "city", "status", parent_columns=["city", "status"], **UP), Count(5, 3)),
    (_rule("parent_order", "sent", at_least="made.on", **UP), Count(4, 1)),
    (_rule("parent_order", "at", at_most="made.on", **UP), Count(5, 3)),
    (
        _rule("child_total", "total", table="orders", child_column="amount", function="sum", empty="zero", **DOWN),
        Count(4, 1),
    ),
    (_rule("child_total", "lines", table="orders", function="count", empty="zero", **DOWN), Count(5, 1)),
    (
        _rule("child_total", "made.on", table="orders", child_column="sent", function="min", empty="other", **DOWN),
        Count(3, 2),
    ),
]


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return [rule for rule, _ in EXPECTED]


def test_arrays_count_what_a_person_counts(rules: list[Rule]) -> None:
    found = {rule: count(rule, {"orders": PARENT, "lines": CHILD}) for rule in rules}
    assert found == dict(EXPECTED)
    assert {rule.kind for rule in rules} == set(RULE_KINDS) - {ENTITY}  # a thing is no rule of rows


def test_spark_counts_what_the_arrays_count(spark: SparkSession, rules: list[Rule]) -> None:
    frames = {name: spark.createDataFrame(table.to_pandas()) for name, table in (("orders", PARENT), ("lines", CHILD))}
    found = dict(zip(rules, count_rules(frames, rules, concurrency=2), strict=True))
    assert found == {rule: count(rule, {"orders": PARENT, "lines": CHILD}) for rule in rules}


SETTINGS = DiscoverSettings()
LARGE = dataclasses.replace(SETTINGS, driver_rows=0, rule_sample_rows=1_000)


@pytest.mark.parametrize("settings", [SETTINGS, LARGE], ids=["driver", "workers"])
def test_rules_of_large_tables_are_those_of_small_ones(spark: SparkSession, settings: DiscoverSettings) -> None:
    frames = {name: spark.createDataFrame(table.to_pandas()) for name, table in orders().items()}
    schema = Schema(
        "shop",
        {
            name: Table(
                name,
                {field.name: Column(logical_type(field.dataType)) for field in frame.schema.fields},
                primary_key=tuple(ORDER_KEYS[name]),
            )
            for name, frame in frames.items()
        },
        ORDER_REFERENCES,
    )
    profile, sketches = profile_database(frames, settings, LoggedProgress())
    broken = Rule("order", "orders", ("ship_date", "order_date"), status="approved")
    found = propose_rules(frames, schema, profile, sketches, settings, [broken])
    assert said(found.rules) == ORDER_RULES
    assert all(rule.violations == 0 for rule in found.rules)
    (again,) = found.decided
    assert 400 < again.violations < again.support < 600
    assert next(rule for rule in found.rules if rule.kind == "formula").support == orders()["order_item"].num_rows


@pytest.mark.parametrize("case", ["bank", "shop"])
def test_rules_hold_in_what_the_workers_make(
    spark: SparkSession, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = bank(120) if case == "bank" else orders(150)
    schema = bank_schema(tables) if case == "bank" else shop_schema(tables)
    settings = Settings(generate=GenerateSettings(batch_rows=90, partition_rows=200))
    models = fit_all(tables, schema, settings)
    copies = {name: spark.createDataFrame(table.to_pandas()) for name, table in tables.items()}
    directory, plan, facts = RunDirectory(str(tmp_path / "workers")), plan_database(schema), {}
    monkeypatch.setattr(generation, "DRIVER_ROWS", 0)
    for name in plan.order:
        facts[name] = generation.generate_table(spark, plan, schema, models, name, facts, settings, directory, copies)
    made = {
        name: tables[name]
        if plan.tables[name].role == "reference"
        else collect_arrow(generation.finish_table(spark, plan, schema, models, name, facts, settings, directory))
        for name in plan.order
    }
    assert broken(made, schema) == {}
    if case == "bank":  # cells of linked parents are shared out block by block, so the shop's orders differ
        wanted, _ = generate_all(tables, schema, models, settings, tmp_path / "driver")
        for name, table in wanted.items():
            order = [(column, "ascending") for column in table.column_names]
            assert made[name].select(table.column_names).sort_by(order).equals(table.sort_by(order)), name


def test_workers_write_dates_that_rules_read_of_the_parent(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line is shipped after its order, whose day is lent to the workers, and its status follows from its own day."""
    draw = np.random.default_rng(5)
    placed = draw.integers(18_000, 18_400, 200)
    owner = np.repeat(np.arange(200), draw.integers(1, 5, 200))
    shipped = placed[owner] + draw.integers(0, 30, owner.size)
    tables = {
        "order": pa.table({"id": np.arange(200), "placed": pa.array(placed, pa.int32()).cast(pa.date32())}),
        "line": pa.table(
            {
                "id": np.arange(owner.size),
                "order": owner,
                "shipped": pa.array(shipped, pa.int32()).cast(pa.date32()),
                "status": np.where(shipped < 18_200, "F", "O"),
            }
        ),
    }
    parents = {"parent": "order", "via": ["order"], "parent_key": ["id"], "at_least": "placed"}
    schema = Schema(
        "shop",
        {name: described(name, table, ("id",)) for name, table in tables.items()},
        (reference("line", "order", "order", "id"),),
        (
            Rule("parent_order", "line", ("shipped",), "approved", parameters=parents),
            Rule("dependency", "line", ("shipped", "status"), "approved", parameters={"determinants": ["shipped"]}),
        ),
    )
    settings = Settings(generate=GenerateSettings(batch_rows=90, partition_rows=200))
    models, directory, plan, facts = (
        fit_all(tables, schema, settings),
        RunDirectory(str(tmp_path)),
        plan_database(schema),
        {},
    )
    monkeypatch.setattr(generation, "DRIVER_ROWS", 0)
    for name in plan.order:
        facts[name] = generation.generate_table(spark, plan, schema, models, name, facts, settings, directory, {})
    made = {
        name: collect_arrow(generation.finish_table(spark, plan, schema, models, name, facts, settings, directory))
        for name in plan.order
    }
    assert broken(made, schema) == {}
