"""Keys and relationships of small databases, from summaries alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.schema import Column, Schema
from synthspark.artifacts.sketches import DatabaseSketches, TableSketch
from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, summarise
from synthspark.relate import chance
from synthspark.relate.counting import Counts
from synthspark.relate.facts import Facts, Inclusion, Place, gather_facts
from synthspark.relate.inclusion import MOST_PARENTS, unary_inclusions
from synthspark.relate.search import build_schema, search
from synthspark.stats.hashing import hash_values
from tests.unit.relate.rules.databases import logical

SETTINGS = DiscoverSettings()


def facts_of(tables: dict[str, dict[str, Any]], *, kept: int | None = None) -> Facts:
    """Facts as the profile makes them; with `kept` values a column and no rows, as of large tables."""
    profiles, sketches = {}, {}
    for name, columns in tables.items():
        table = pa.table(columns)
        types = {field.name: logical(field.type) for field in table.schema}
        size = kept or max(1, table.num_rows)
        profiles[name], sketch = finish(name, summarise(table, Bounds(size, size)), types, SETTINGS)
        arrays = [column.combine_chunks() for column in table.columns]
        hashes = np.array([hash_values(array) for array in arrays], dtype=np.uint64).reshape(len(arrays), -1)
        nulls = [pc.is_null(array).to_numpy(zero_copy_only=False) for array in arrays]
        rows = np.array(nulls, dtype=bool).reshape(len(arrays), -1)
        sketches[name] = TableSketch(sketch.columns, hashes, rows, all_rows=kept is None)
    return gather_facts(DatabaseProfile(profiles), DatabaseSketches(sketches))


def no_count(places: Sequence[Place], pairs: Sequence[tuple[Place, Place]]) -> Counts:
    raise AssertionError(f"small tables need no counting, but {places} and {pairs} were asked for")


def schema_of(tables: dict[str, dict[str, Any]]) -> Schema:
    facts = facts_of(tables)
    columns = {
        table: {name: Column(fact.profile.type, fact.profile.semantic) for name, fact in known.items()}
        for table, known in facts.tables.items()
    }
    return build_schema("db", facts, columns, search(facts, no_count, SETTINGS), SETTINGS)


def labels(schema: Schema) -> set[str]:
    return {key.label for key in schema.foreign_keys}


GENERATOR = np.random.default_rng(7)
CUSTOMERS = {"customer_id": np.arange(100, 300), "age": GENERATOR.integers(18, 90, 200)}
ORDERS = {
    "order_id": np.arange(1, 1001),
    "customer_id": GENERATOR.integers(100, 300, 1000),
    "quantity": GENERATOR.integers(1, 6, 1000),
}
LINES = {
    "order_id": np.repeat(np.arange(1, 1001), 3),
    "line": np.tile([1, 2, 3], 1000),
    "amount": GENERATOR.normal(size=3000),
}
SHOP = {"customers": CUSTOMERS, "orders": ORDERS, "lines": LINES}


def test_keys_of_a_shop() -> None:
    schema = schema_of(SHOP)
    assert {name: table.primary_key for name, table in schema.tables.items()} == {
        "customers": ("customer_id",),
        "orders": ("order_id",),
        "lines": ("order_id", "line"),
    }
    assert labels(schema) == {
        "orders.customer_id -> customers.customer_id",
        "lines.order_id -> orders.order_id",
    }
    assert all(key.why and key.evidence["coverage"] == 1.0 for key in schema.foreign_keys)
    assert schema.tables["orders"].rows == 1000


def test_the_order_of_tables_changes_nothing() -> None:
    assert labels(schema_of(dict(reversed(SHOP.items())))) == labels(schema_of(SHOP))


def test_composite_foreign_key_beats_its_parts() -> None:
    stock = {"store": np.repeat(np.arange(1, 21), 30), "day": np.tile(np.arange(1, 31), 20)}
    places = GENERATOR.permutation(600)[:500]
    sales = {
        "sale_id": np.arange(5000, 5500),
        "store": stock["store"][places],
        "day": stock["day"][places],
        "value": GENERATOR.normal(size=500),
    }
    schema = schema_of({"stock": stock, "sales": sales})
    assert schema.tables["stock"].primary_key == ("store", "day")
    assert labels(schema) == {"sales.store, day -> stock.store, day"}


def test_link_table_keeps_all_its_references_in_its_key() -> None:
    # Each film is in one category here, so film_id alone is unique; the table is meant to link.
    films = {"film_id": np.arange(1, 401), "length": GENERATOR.integers(50, 180, 400)}
    kinds = {"category_id": np.arange(1, 17), "name": [f"kind {place}" for place in range(16)]}
    link = {"film_id": np.arange(1, 401), "category_id": GENERATOR.integers(1, 17, 400)}
    schema = schema_of({"film": films, "category": kinds, "film_category": link})
    assert schema.tables["film_category"].primary_key == ("film_id", "category_id")


def test_one_to_one_tables_refer_to_one_hub() -> None:
    codes = [f"K-{place:05d}" for place in range(0, 900, 3)]
    tables = {
        name: {"client_code": codes, "x": GENERATOR.normal(size=300)} for name in ("client", "client_details", "status")
    }
    assert labels(schema_of(tables)) == {
        "client_details.client_code -> client.client_code",
        "status.client_code -> client.client_code",
    }


def test_equal_tables_are_put_as_a_question() -> None:
    codes = [f"K-{place:05d}" for place in range(0, 900, 3)]
    names = ("client", "details", "status")
    schema = schema_of({name: {"case_code": codes, "x": GENERATOR.normal(size=300)} for name in names})
    (question,) = schema.questions
    assert question.text == (
        "The tables client, details and status share one key. Which one is the main table, which the others refer to?"
    )
    assert {reading.text for reading in question.readings} == {f"{name} is the main table" for name in names}
    known = {key.label for key in (*schema.foreign_keys, *schema.candidates)}
    assert set(question.readings[0].labels) == labels(schema) and set(question.labels) <= known
    assert all(key.confidence < 0.6 for key in schema.foreign_keys)


def test_a_self_reference_without_loops_is_found_and_one_with_loops_is_not() -> None:
    managers = pa.array([None, *(place // 3 + 500 for place in range(299))], pa.int64())
    staff = {"employee_id": np.arange(500, 800), "manager_employee_id": managers, "age": np.arange(300) % 40 + 20}
    assert labels(schema_of({"employee": staff})) == {"employee.manager_employee_id -> employee.employee_id"}
    looped = {**staff, "manager_employee_id": np.roll(np.arange(500, 800), 7)}
    assert not schema_of({"employee": looped}).foreign_keys


def test_dirty_values_are_measured_not_fatal() -> None:
    dirty = ORDERS["customer_id"].copy()
    dirty[:10] = 9_000_000 + np.arange(10)
    schema = schema_of({**SHOP, "orders": {**ORDERS, "customer_id": dirty}})
    key = next(key for key in schema.foreign_keys if key.child == "orders")
    assert key.parent == "customers"
    assert key.evidence["coverage"] == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("written", "how"),
    [
        (lambda number: f"{number:08d}", "number"),
        (lambda number: f"C-{number:05d}", "number"),
        (lambda number: f" {number} ", "number"),
    ],
)
def test_numbers_written_as_texts_still_refer(written: Callable[[int], str], how: str) -> None:
    schema = schema_of({**SHOP, "orders": {**ORDERS, "customer_id": [written(n) for n in ORDERS["customer_id"]]}})
    key = next(key for key in schema.foreign_keys if key.child == "orders")
    assert (key.label, key.compare) == ("orders.customer_id -> customers.customer_id", (how,))
    assert key.evidence["coverage"] == 1.0


def test_texts_in_another_case_still_refer_and_plain_ones_are_compared_as_they_are() -> None:
    codes = [f"kx{place * 7919 % 10_000:04d}z" for place in range(300)]
    client = {"client_code": codes, "x": GENERATOR.normal(size=300)}
    picked = [codes[place] for place in GENERATOR.integers(0, 300, 900)]
    visit = {"visit_id": np.arange(5000, 5900), "client_code": [code.upper() + "  " for code in picked]}
    keys = schema_of({"client": client, "visit": visit, "call": {**visit, "client_code": picked}}).foreign_keys
    assert {key.child: key.compare for key in keys if key.parent == "client"} == {"visit": ("folded",), "call": ()}


def test_another_spelling_of_a_tables_own_key_refers_to_nothing() -> None:
    numbers = {"customer_number": [f"C-{number:07d}" for number in CUSTOMERS["customer_id"]]}
    churn = {"customer_id": CUSTOMERS["customer_id"], "left": GENERATOR.random(200) < 0.3}
    found = labels(schema_of({"customer": {**CUSTOMERS, **numbers}, "churn": churn, "orders": ORDERS}))
    assert found == {f"{child}.customer_id -> customer.customer_id" for child in ("churn", "orders")}


def test_composite_key_may_cross_formats_in_one_part() -> None:
    stock = {"store": np.repeat(np.arange(1, 21), 30), "day": np.tile(np.arange(1, 31), 20)}
    places = GENERATOR.permutation(600)[:500]
    sales = {
        "sale_id": np.arange(5000, 5500),
        "store": [f"S{number:04d}" for number in stock["store"][places]],
        "day": stock["day"][places],
    }
    key = schema_of({"stock": stock, "sales": sales}).foreign_keys[0]
    assert (key.label, key.compare) == ("sales.store, day -> stock.store, day", ("number", "exact"))


def test_small_lookup_tables_may_be_reference_and_their_parents_too() -> None:
    region = {"region_id": np.arange(1, 5), "name": list("abcd")}
    branch = {"branch_id": np.arange(1, 41), "region_id": np.arange(40) % 4 + 1}
    orders = {**ORDERS, "branch_id": GENERATOR.integers(1, 41, 1000)}
    schema = schema_of({"region": region, "branch": branch, "orders": orders})
    assert {name: table.role for name, table in schema.tables.items()} == {
        "region": "reference",
        "branch": "reference",
        "orders": "synthesize",
    }


def test_a_table_whose_children_are_known_only_within_it_is_no_lookup() -> None:
    shops, weeks = np.arange(501, 541), np.arange(19_000, 19_700, 7)
    week = {
        "shop_id": np.repeat(shops, weeks.size),
        "day": np.tile(weeks, shops.size),
        "temperature": GENERATOR.normal(15, 8, shops.size * weeks.size),
    }
    schema = schema_of({"shop": {"shop_id": shops, "size": GENERATOR.integers(1000, 9000, 40)}, "week": week})
    assert schema.tables["week"].primary_key == ("shop_id", "day")
    assert schema.tables["shop"].role == "synthesize"


def test_a_table_of_people_with_dates_of_their_own_is_no_lookup() -> None:
    days = pa.array(GENERATOR.integers(0, 20_000, 100).astype(np.int32), pa.int32()).cast(pa.date32())
    ends = pa.array(GENERATOR.integers(20_000, 30_000, 100).astype(np.int32), pa.int32()).cast(pa.date32())
    patient = {"patient_id": np.arange(10_000, 10_100), "born": days, "died": ends}
    stay = {"stay_id": np.arange(1, 1001), "patient_id": GENERATOR.integers(10_000, 10_100, 1000)}
    schema = schema_of({"patient": patient, "stay": stay})
    assert "stay.patient_id -> patient.patient_id" in labels(schema)
    assert schema.tables["patient"].role == "synthesize"


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_hardly_any_rows(rows: int) -> None:
    tables = {"a": {"id": pa.array(range(rows), pa.int64()), "t": pa.array(["x"] * rows, pa.string())}, **SHOP}
    schema = schema_of(tables)
    assert schema.tables["a"].rows == rows
    assert "orders.customer_id -> customers.customer_id" in labels(schema)


def test_columns_that_are_empty_or_oddly_named() -> None:
    odd = {'a "b".`c`': pa.nulls(5, pa.string()), "Größe (m²)": [1.5] * 5, "select": list("vwxyz")}
    schema = schema_of({"odd table.x": odd})
    assert list(schema.tables["odd table.x"].columns) == list(odd)
    assert not schema.foreign_keys


@settings(max_examples=40, deadline=None)
@given(
    child=st.lists(st.integers(0, 30) | st.none(), min_size=1, max_size=60),
    parent=st.lists(st.integers(0, 30), min_size=1, max_size=40),
)
def test_inclusion_agrees_with_sets(child: list[int | None], parent: list[int]) -> None:
    facts = facts_of({"c": {"x": pa.array(child, pa.int64())}, "p": {"y": pa.array(parent, pa.int64())}})
    found = unary_inclusions([facts.tables["c"]["x"]], [facts.tables["p"]["y"]], 0.0)
    rows = [value for value in child if value is not None]
    if not rows:
        return
    assert found[0].exact
    assert found[0].coverage == pytest.approx(sum(value in set(parent) for value in rows) / len(rows))
    assert found[0].value_coverage == pytest.approx(len(set(rows) & set(parent)) / len(set(rows)))


def test_samples_of_large_columns_refute_and_estimate() -> None:
    everyone, some = np.arange(40_000), np.arange(0, 40_000, 4)
    facts = facts_of(
        {"p": {"id": everyone}, "good": {"r": np.repeat(some, 2)}, "bad": {"r": everyone + 39_000}}, kept=512
    )
    parent = facts.tables["p"]["id"]
    found = unary_inclusions([facts.tables[name]["r"] for name in ("good", "bad")], [parent], 0.8)
    assert [(one.child.table, one.coverage, one.exact) for one in found] == [("good", 1.0, False)]


SELF = Inclusion(Place("t", ("up",)), Place("t", ("id",)), 1.0, 1.0)


def test_references_spread_over_the_keys_and_small_numbers_stay_at_their_end() -> None:
    tables = {
        "p": {"id": np.arange(1, 1001)},
        "c": {"reference": GENERATOR.integers(1, 1001, 500), "units": GENERATOR.integers(1, 11, 500)},
    }
    facts = facts_of(tables)
    parent, child = facts.tables["p"]["id"], facts.tables["c"]
    assert chance.spread(child["reference"], parent) > 0.95 > 0.1 > chance.spread(child["units"], parent)
    assert chance.slant(child["reference"], parent) < 0.1 < 0.9 < chance.slant(child["units"], parent)
    assert chance.top_gap(child["reference"], parent) < 0.01 < 0.85 < chance.top_gap(child["units"], parent)
    # 500 draws from 1000 keys hit 1000 (1 - exp(-1/2)) = 393 of them; ten is far too few
    assert chance.fullness(child["reference"], parent) > 0.9 > 0.1 > chance.fullness(child["units"], parent)


def test_dense_numbers_surprise_nobody_and_codes_do() -> None:
    codes = [f"{place * 7919 % 100_003:06d}x" for place in range(400)]
    facts = facts_of({"p": {"id": np.arange(400), "code": codes}, "c": {"id": np.arange(300), "code": codes[:300]}})
    for name, expected in (("id", 0.0), ("code", 1.0)):
        assert chance.surprise(facts.tables["c"][name], facts.tables["p"][name]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("up", "share"),
    [
        ([None, 1, 1, 2, 2, 3], 0.0),
        ([2, 3, 1, 1, 5, 5], 4 / 6),  # 1 -> 2 -> 3 -> 1 and 4 below it; 5 refers to itself, a root
        ([None, 3, 2, 1, 1, 1], 0.4),
    ],
)
def test_rows_below_a_loop_are_counted(up: list[int | None], share: float) -> None:
    facts = facts_of({"t": {"id": np.arange(1, 7), "up": pa.array(up, pa.int64())}})
    assert chance.loop_share(facts, SELF) == pytest.approx(share)


def test_among_very_many_parents_a_column_keeps_those_of_its_name_and_the_tightest() -> None:
    tables = {f"thing{i}": {f"thing{i}_id": np.arange(1, 40 + i)} for i in range(60)}
    facts = facts_of({**tables, "c": {"thing59_ref": GENERATOR.integers(1, 40, 200)}})
    parents = [facts.tables[name][f"{name}_id"] for name in tables]
    found = unary_inclusions([facts.tables["c"]["thing59_ref"]], parents, 0.8)
    kept = {one.parent.table for one in found}
    assert {"thing0", "thing59"} <= kept
    assert len(kept) <= 2 * MOST_PARENTS


def test_few_values_refute_an_inclusion_in_a_large_column_where_its_sample_must_hold_them() -> None:
    parent = {"p": {"id": np.arange(0, 80_000, 2)}}
    limit = facts_of(parent, kept=512).tables["p"]["id"].sketch.limit
    odd = np.arange(1, 80_000, 2)
    inside = odd[hash_values(pa.array(odd)) <= limit][:5]
    facts = facts_of({**parent, "some": {"r": np.repeat(inside, 9)}}, kept=512)
    assert not unary_inclusions([facts.tables["some"]["r"]], [facts.tables["p"]["id"]], 0.8)
    likely = facts_of({**parent, "some": {"r": np.append(inside[:1], np.repeat(odd[:8], 9) - 1)}}, kept=512)
    assert unary_inclusions([likely.tables["some"]["r"]], [likely.tables["p"]["id"]], 0.8)
