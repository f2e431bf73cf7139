"""What values alone say of keys and references, and a whole database of orders found with names and without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthspark.relate import chance
from tests.unit.relate.rules.databases import orders
from tests.unit.relate.test_search import facts_of, schema_of

CODES = [f"K-{place:05d}" for place in range(0, 900, 3)]
TRUE_KEYS = {
    "customer": ("customer_id",),
    "employee": ("employee_id",),
    "product": ("product_id",),
    "orders": ("order_id",),
    "order_item": ("order_id", "line_no"),
}
TRUE_REFERENCES = {
    "employee.manager_id -> employee.employee_id",
    "orders.customer_id -> customer.customer_id",
    "orders.employee_id -> employee.employee_id",
    "order_item.order_id -> orders.order_id",
    "order_item.product_id -> product.product_id",
}


def words(count: int, seed: int = 3) -> list[str]:
    """Texts of letters only, each of its own."""
    letters = np.random.default_rng(seed).integers(97, 123, (count, 12))
    return ["".join(map(chr, row)) for row in letters]


def labels(tables: dict[str, dict[str, Any]]) -> set[str]:
    return {key.label for key in schema_of(tables).foreign_keys}


def numbered(tables: dict[str, dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The tables under names that say nothing, and what each table and column was called."""
    found: dict[str, dict[str, Any]] = {}
    called: dict[str, str] = {}
    for i, (table, columns) in enumerate(tables.items(), 1):
        found[f"t{i}"] = {f"c{10 * i + j}": values for j, values in enumerate(columns.values())}
        called |= {f"t{i}": table} | {f"t{i}.c{10 * i + j}": f"{table}.{name}" for j, name in enumerate(columns)}
    return found, called


def test_an_order_database_is_found_with_all_its_keys_and_its_self_reference() -> None:
    schema = schema_of(
        {name: dict(zip(table.column_names, table.columns, strict=True)) for name, table in orders().items()}
    )
    assert {key.label for key in schema.foreign_keys} == TRUE_REFERENCES
    assert {name: table.primary_key for name, table in schema.tables.items()} == TRUE_KEYS


def test_an_order_database_is_found_without_names() -> None:
    plain = {name: dict(zip(table.column_names, table.columns, strict=True)) for name, table in orders().items()}
    tables, called = numbered(plain)
    found = {" -> ".join(called[end] for end in label.split(" -> ")) for label in labels(tables)}
    assert found == TRUE_REFERENCES


def test_of_two_dense_keys_that_hold_all_values_the_tighter_one_is_meant() -> None:
    draw = np.random.default_rng(5)
    tables = {
        "t1": {"c1": np.arange(1, 121), "c2": words(120)},
        "t2": {"c3": np.arange(1, 151), "c4": words(150, seed=4)},
        "t3": {"c5": np.arange(1, 2001), "c6": draw.integers(1, 121, 2000), "c7": draw.normal(size=2000)},
    }
    assert labels(tables) == {"t3.c6 -> t1.c1"}


def test_digits_that_tell_which_keys_are_used_are_those_of_the_number_of_subsets() -> None:
    facts = facts_of(
        {"child": {"a": [1, 2, 3, 3]}, "parent": {"id": np.arange(1, 6)}, "wide": {"id": np.arange(1, 11)}}
    )
    child, parent, wide = (facts.tables[t][c] for t, c in (("child", "a"), ("parent", "id"), ("wide", "id")))
    assert chance.choice_digits(child, parent, 1.0) == pytest.approx(np.log10(10.0))  # 5 over 3
    assert chance.choice_digits(child, wide, 1.0) == pytest.approx(np.log10(120.0))  # 10 over 3
    assert chance.choice_digits(child, parent, 2 / 3) > chance.choice_digits(child, wide, 1.0)


def test_a_child_that_ends_where_a_long_key_ends_is_no_accident() -> None:
    facts = facts_of({"a": {"x": np.arange(1, 1001)}, "b": {"id": np.arange(1, 1001)}, "c": {"id": np.arange(1, 5001)}})
    child, same, longer = facts.tables["a"]["x"], facts.tables["b"]["id"], facts.tables["c"]["id"]
    assert chance.edge(child, same) == pytest.approx(1.0)
    assert chance.edge(child, longer) < 0.05


def test_the_table_that_names_its_rows_is_the_hub_of_those_that_share_its_key() -> None:
    draw = np.random.default_rng(5)
    tables = {
        "t1": {"c1": CODES, "c2": draw.normal(size=300), "c3": draw.normal(size=300)},
        "t2": {"c4": CODES, "c5": words(300), "c6": draw.normal(size=300)},
        "t3": {"c7": CODES, "c8": draw.normal(size=300)},
    }
    assert labels(tables) == {"t1.c1 -> t2.c4", "t3.c7 -> t2.c4"}


def test_the_key_of_a_link_table_holds_both_references_though_one_is_unique() -> None:
    draw = np.random.default_rng(5)
    kinds = [f"Q{place:04d}" for place in range(40)]
    tables = {
        "t1": {"c1": CODES, "c2": words(300)},
        "t2": {"c3": kinds, "c4": words(40, seed=4)},
        "t3": {"c5": [*CODES[7:], *CODES[:7]], "c6": [kinds[i] for i in draw.integers(0, 40, 300)]},
    }
    schema = schema_of(tables)
    assert {key.label for key in schema.foreign_keys} == {"t3.c5 -> t1.c1", "t3.c6 -> t2.c3"}
    assert schema.tables["t3"].primary_key == ("c5", "c6")
