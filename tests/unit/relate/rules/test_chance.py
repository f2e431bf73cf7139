"""What holds by accident, trivially or because of something else is not proposed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from synthspark.artifacts.schema import ForeignKey
from tests.unit.relate.rules.databases import rules_of, said

DRAW = np.random.default_rng(11)
N = 800


def kinds(table: pa.Table, key: str = "id") -> set[tuple[str, ...]]:
    return said(rules_of({"t": table}, {"t": [key]}))


def days(numbers) -> pa.Array:
    return pa.array([dt.date(2020, 1, 1) + dt.timedelta(days=int(number)) for number in numbers])


def ids(n: int = N) -> pa.Array:
    return pa.array(np.arange(n) + 5_001)


def test_independent_columns_have_no_rules():
    table = pa.table(
        {
            "id": ids(),
            "made": days(DRAW.integers(0, 900, N)),
            "sent": days(DRAW.integers(0, 900, N)),
            "price": DRAW.normal(100, 20, N).round(2),
            "cost": DRAW.normal(100, 20, N).round(2),
            "kind": [("a", "b", "c")[i] for i in DRAW.integers(0, 3, N)],
            "place": [("x", "y")[i] for i in DRAW.integers(0, 2, N)],
            "flag": DRAW.random(N) < 0.3,
            "note": [None if i < 0.4 else f"text {i:.3f}" for i in DRAW.random(N)],
        }
    )
    assert kinds(table) == set()


def test_dates_of_different_years_are_not_an_order():
    table = pa.table({"id": ids(), "born": days(DRAW.integers(-9000, 0, N)), "paid": days(DRAW.integers(30, 900, N))})
    assert kinds(table) == set()


def test_an_order_is_said_once_for_neighbours():
    first = DRAW.integers(0, 900, N)
    second = first + DRAW.integers(0, 40, N)
    third = second + DRAW.integers(0, 40, N)
    table = pa.table({"id": ids(), "made": days(first), "sent": days(second), "paid": days(third)})
    assert kinds(table) == {("order", "t", "made", "sent"), ("order", "t", "sent", "paid")}


def test_an_order_that_new_rows_break_too_often_is_none():
    first = DRAW.integers(0, 900, N)
    second = first + DRAW.integers(0, 40, N)
    second[:8] = first[:8] - 5
    assert kinds(pa.table({"id": ids(), "made": days(first), "sent": days(second)})) == set()


def test_a_constant_distance_is_an_offset_and_no_order():
    start = DRAW.integers(0, 900, N)
    table = pa.table({"id": ids(), "start": days(start), "end": days(start + 365)})
    (rule,) = rules_of({"t": table}, {"t": ["id"]})
    assert (rule.kind, dict(rule.parameters)) == ("offset", {"amount": 365, "unit": "day"})


def test_the_same_day_of_another_month_is_an_offset_of_months():
    months = np.array([f"{2015 + i // 12}-{i % 12 + 1:02d}" for i in range(60)], dtype="datetime64[M]")
    start = DRAW.choice(months, N).astype("datetime64[D]") + DRAW.integers(0, 31, N)
    start = np.minimum(start, (start.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1)
    length = start.astype("datetime64[M]") + 6
    day = np.minimum(
        (start - start.astype("datetime64[M]").astype("datetime64[D]")).astype(int),
        ((length + 1).astype("datetime64[D]") - length.astype("datetime64[D]")).astype(int) - 1,
    )
    table = pa.table({"id": ids(), "start": pa.array(start), "end": pa.array(length.astype("datetime64[D]") + day)})
    (rule,) = rules_of({"t": table}, {"t": ["id"]})
    assert (rule.kind, dict(rule.parameters)) == ("offset", {"amount": 6, "unit": "month"})


def test_sums_products_and_discounts_are_formulas():
    net, tax, fee = DRAW.integers(100, 90_000, (3, N))
    quantity, price = DRAW.integers(1, 30, N), DRAW.integers(100, 9_000, N) / 100
    discount = DRAW.choice([0.0, 0.05, 0.1, 0.25], N)
    gross = net + tax - fee
    table = pa.table(
        {
            "id": ids(),
            "net": net / 100,
            "tax": tax / 100,
            "fee": fee / 100,
            "gross": gross / 100,
            "quantity": quantity,
            "price": price,
            "discount": discount,
            "amount": (quantity * price * (1 - discount)).round(2),
        }
    )
    found = rules_of({"t": table}, {"t": ["id"]})
    formulas = {rule.why.split(":")[0] for rule in found if rule.kind == "formula"}
    assert formulas == {"gross = net + tax - fee", "amount = quantity * price * (1-discount), rounded"}


def test_a_chain_of_dependencies_is_said_link_by_link():
    model = DRAW.integers(0, 60, N)
    table = pa.table(
        {
            "id": ids(),
            "model": [f"model {i}" for i in model],
            "make": [f"make {i % 12}" for i in model],
            "country": [("F", "I", "D")[i % 12 % 3] for i in model],
        }
    )
    assert kinds(table) == {("dependency", "t", "model", "make"), ("dependency", "t", "make", "country")}


def test_missing_values_follow_a_category_exactly_or_together():
    status = DRAW.choice(["open", "closed", "void"], N)
    value = DRAW.normal(50, 9, N).round(3)
    shared = DRAW.random(N) < 0.4
    table = pa.table(
        {
            "id": ids(),
            "status": status.tolist(),
            "result": [None if s != "closed" else v for s, v in zip(status, value, strict=True)],
            "lat": [None if gone else v * 0.37 for gone, v in zip(shared, value, strict=True)],
            "lon": [None if gone else v * v for gone, v in zip(shared, value, strict=True)],
        }
    )
    found = {rule.kind: rule for rule in rules_of({"t": table}, {"t": ["id"]})}
    assert found.keys() == {"null_when", "null_together"}
    assert found["null_when"].parameters == {"column": "status", "values": ["open", "void"], "exact": True}
    assert found["null_together"].columns == ("lat", "lon")


def test_numbers_within_a_group_may_follow_a_time():
    group, line = np.repeat(np.arange(N // 4), 4), np.tile(np.arange(4) + 1, N // 4)
    day = np.cumsum(DRAW.integers(0, 9, N))
    table = pa.table({"g": group, "line": line, "on": days(day), "noted": days(DRAW.permutation(day))})
    (rule,) = (rule for rule in rules_of({"t": table}, {"t": ["g", "line"]}) if rule.kind == "sequence")
    assert rule.parameters == {"within": ["g"], "start": 1, "along": "on"}
    assert "in the order of on" in rule.why


def test_flags_of_which_one_is_set_are_one_hot():
    chosen = DRAW.integers(0, 4, N)
    table = pa.table({"id": ids(), **{f"is_{name}": (chosen == i) for i, name in enumerate("abcd")}})
    assert ("one_hot", "t", "is_a", "is_b", "is_c", "is_d") in kinds(table)


def test_the_number_of_children_is_a_total_and_their_common_value_a_copy():
    counts = DRAW.integers(0, 7, 300)
    owner = np.repeat(np.arange(300), counts)
    rate = DRAW.integers(100, 999, 300)
    tables = {
        "account": pa.table({"id": ids(300), "cards": counts, "rate": rate}),
        "card": pa.table({"number": ids(len(owner)), "account": owner + 5_001, "rate": rate[owner]}),
    }
    key = ForeignKey("card", ("account",), "account", ("id",))
    found = rules_of(tables, {"account": ["id"], "card": ["number"]}, [key])
    assert said(found) == {("child_total", "account", "cards"), ("copy", "card", "rate", "rate")}
    total = next(rule for rule in found if rule.kind == "child_total")
    assert (total.parameters["function"], total.parameters["empty"]) == ("count", "zero")


def test_tables_without_rows_or_with_one_have_no_rules():
    for n in (0, 1):
        table = pa.table({"id": ids(n), "a": pa.array([1.5] * n, pa.float64()), "b": pa.array(["x"] * n, pa.string())})
        assert kinds(table) == set()


def test_dates_across_a_relationship_bear_the_broken_rows_that_are_tolerated():
    key = ForeignKey("line", ("sale_id",), "sale", ("id",))
    sold, parent = DRAW.integers(0, 900, N), np.repeat(np.arange(N), 3)
    lines: dict[str, object] = {"sale_id": ids().take(pa.array(parent))}
    for step in range(40):
        late = DRAW.permutation(3 * N) < 0.016 * 3 * N
        lines[f"step_{step}"] = days(sold[parent] + np.where(late, -5, DRAW.integers(0, 90, 3 * N)))
    tables = {"sale": pa.table({"id": ids(), "sold": days(sold)}), "line": pa.table(lines)}
    found = rules_of(tables, {"sale": ["id"]}, [key], tolerated=0.05)
    assert sorted(rule.columns[0] for rule in found) == sorted(name for name in lines if name != "sale_id")
    assert {rule.kind for rule in found} == {"parent_order"}
    assert not rules_of(tables, {"sale": ["id"]}, [key])
