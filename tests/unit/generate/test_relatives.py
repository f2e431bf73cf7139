"""Rows follow their relatives: siblings, only children, grandparents, the rows that they point to, their own keys."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Schema
from synthspark.config import FitSettings, TableSettings
from tests.unit.generate.databases import check, described, reference


def test_siblings_are_alike_and_grandchildren_follow_their_grandparent(mirror):
    rng = np.random.default_rng(5)
    wealth = rng.normal(size=400)
    owner = np.repeat(np.arange(400), 1 + rng.integers(0, 6, 400))
    taste = rng.normal(size=400)[owner]
    visit = np.repeat(np.arange(owner.size), 1 + rng.integers(0, 3, owner.size))
    people = pa.table({"id": pa.array(range(400)), "wealth": pa.array(wealth)})
    shops = pa.table(
        {
            "id": pa.array(range(owner.size)),
            "owner": pa.array(owner),
            "size": pa.array(taste + 0.3 * rng.normal(size=owner.size)),
        }
    )
    visits = pa.table(
        {
            "id": pa.array(range(visit.size)),
            "shop": pa.array(visit),
            "spent": pa.array(wealth[owner][visit] + 0.5 * rng.normal(size=visit.size)),
        }
    )
    source = {"people": people, "shops": shops, "visits": visits}
    keys = (reference("shops", "owner", "people", "id"), reference("visits", "shop", "shops", "id"))
    schema = Schema("s", {name: described(name, table, ["id"]) for name, table in source.items()}, keys)
    done, _ = mirror(source, schema)
    check(done, schema)

    def between(tables):
        """Share of the variance of sizes that lies between owners, and correlation of spending with wealth."""
        place, size = tables["shops"].column("owner").to_numpy(), tables["shops"].column("size").to_numpy()
        _, code = np.unique(place, return_inverse=True)
        mean = np.bincount(code, weights=size) / np.bincount(code)
        at = {key: i for i, key in enumerate(tables["shops"].column("id").to_pylist())}
        person = {key: i for i, key in enumerate(tables["people"].column("id").to_pylist())}
        shop = np.array([at[key] for key in tables["visits"].column("shop").to_pylist()])
        owned = np.array([person[key] for key in place.tolist()])
        rich = tables["people"].column("wealth").to_numpy()[owned[shop]]
        return (
            np.var(mean[code]) / np.var(size),
            np.corrcoef(rich, tables["visits"].column("spent").to_numpy())[0, 1],
        )

    real, made = between(source), between(done)
    assert made[0] == pytest.approx(real[0], abs=0.2)  # .93 in the source; .3 for children drawn independently
    assert made[1] == pytest.approx(real[1], abs=0.25)  # .89 in the source; 0 without the grandparent


def test_only_children_of_one_parent_agree_with_each_other(mirror):
    rng = np.random.default_rng(8)
    n = 600
    level = rng.normal(size=n)
    source = {
        "person": pa.table({"id": pa.array(range(n))}),
        "contract": pa.table({"id": pa.array(range(n)), "fee": pa.array(level)}),
        "churn": pa.table({"id": pa.array(range(n)), "left": pa.array(np.where(level > 0.5, "yes", "no"))}),
    }
    keys = (reference("contract", "id", "person", "id"), reference("churn", "id", "person", "id"))
    schema = Schema("s", {name: described(name, table, ["id"]) for name, table in source.items()}, keys)
    done, _ = mirror(source, schema, fit=FitSettings(engine="trees"))
    check(done, schema)
    fee = dict(zip(done["contract"].column("id").to_pylist(), done["contract"].column("fee").to_pylist(), strict=True))
    left = zip(done["churn"].column("id").to_pylist(), done["churn"].column("left").to_pylist(), strict=True)
    right = [(fee[key] > 0.5) == (value == "yes") for key, value in left]
    assert np.mean(right) > 0.9  # 1 in the source; .57 if the tables were drawn apart


def test_rows_follow_the_columns_of_their_own_key(mirror):
    rng = np.random.default_rng(9)
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=7 * i) for i in range(52)]
    shops = pa.table({"id": pa.array(range(30))})
    weeks = pa.table(
        {
            "shop": pa.array(np.repeat(np.arange(30), 52)),
            "day": pa.array(days * 30),
            "heat": pa.array(np.tile(np.sin(np.arange(52) / 52 * 6.28), 30) + 0.1 * rng.normal(size=30 * 52)),
        }
    )
    source = {"shops": shops, "weeks": weeks}
    tables = {"shops": described("shops", shops, ["id"]), "weeks": described("weeks", weeks, ["shop", "day"])}
    schema = Schema("s", tables, (reference("weeks", "shop", "shops", "id"),))
    done, _ = mirror(source, schema, fit=FitSettings(engine="trees"))
    check(done, schema)
    at = np.array([(day - days[0]).days for day in done["weeks"].column("day").to_pylist()]) / 7
    heat = done["weeks"].column("heat").to_numpy()
    assert np.corrcoef(np.sin(at / 52 * 6.28), heat)[0, 1] > 0.9  # .99 in the source; 0 without the day


def test_rows_follow_the_rows_that_they_point_to(mirror):
    rng = np.random.default_rng(10)
    price = rng.lognormal(size=200)
    product = rng.integers(0, 200, 3000)
    source = {
        "product": pa.table({"id": pa.array(range(200)), "price": pa.array(price)}),
        "customer": pa.table({"id": pa.array(range(500))}),
        "sale": pa.table(
            {
                "id": pa.array(range(3000)),
                "customer": pa.array(rng.integers(0, 500, 3000)),
                "product": pa.array(product),
                "paid": pa.array(price[product] * np.exp(0.1 * rng.normal(size=3000))),
            }
        ),
    }
    keys = (reference("sale", "customer", "customer", "id"), reference("sale", "product", "product", "id"))
    schema = Schema("s", {name: described(name, table, ["id"]) for name, table in source.items()}, keys)
    done, _ = mirror(
        source, schema, fit=FitSettings(engine="trees"), tables={"sale": TableSettings(context=("customer",))}
    )
    check(done, schema)
    asked = dict(
        zip(done["product"].column("id").to_pylist(), done["product"].column("price").to_pylist(), strict=True)
    )
    paid = done["sale"].column("paid").to_numpy()
    asked_of = np.array([asked[key] for key in done["sale"].column("product").to_pylist()])
    assert np.corrcoef(np.log(asked_of), np.log(paid))[0, 1] > 0.9  # .995 in the source; 0 for independent rows


def test_rows_follow_the_parents_of_the_rows_that_they_point_to(mirror):
    rng = np.random.default_rng(9)
    price, part = rng.normal(size=120), np.repeat(np.arange(120), 20)
    order = np.repeat(np.arange(2_500), rng.integers(0, 3, 2_500))
    offer = rng.integers(0, part.size, order.size)
    lines = {
        "id": pa.array(range(order.size)),
        "order": pa.array(order),
        "offer": pa.array(offer),
        "paid": pa.array(price[part[offer]] + 0.2 * rng.normal(size=order.size)),
    }
    source = {
        "part": pa.table({"id": pa.array(range(120)), "price": pa.array(price)}),
        "offer": pa.table(
            {"id": pa.array(range(part.size)), "part": pa.array(part), "stock": pa.array(rng.normal(size=part.size))}
        ),
        "order": pa.table({"id": pa.array(range(2_500)), "year": pa.array(rng.integers(0, 5, 2_500))}),
        "line": pa.table(lines),
    }
    keys = (
        reference("offer", "part", "part", "id"),
        reference("line", "order", "order", "id"),
        reference("line", "offer", "offer", "id"),
    )
    schema = Schema("s", {name: described(name, table, ["id"]) for name, table in source.items()}, keys)
    done, _ = mirror(source, schema)
    check(done, schema)
    frames = {name: table.to_pandas().set_index("id") for name, table in done.items()}
    bought = frames["line"].join(frames["offer"], on="offer").join(frames["part"], on="part")
    assert bought.paid.corr(bought.price) > 0.75  # .98 in the source; 0 without the parts


def test_only_those_few_whose_work_it_is_are_pointed_to(mirror):
    """Nine adjusters among fifty agents settle all claims, and no adjuster sells a policy."""
    draw = np.random.default_rng(6)
    role = np.array(["adjuster"] * 9 + ["agent"] * 41)
    tables = {
        "agent": pa.table({"id": np.arange(50), "role": role, "rate": draw.normal(9, 2, 50)}),
        "policy": pa.table(
            {"id": np.arange(900), "agent": draw.integers(9, 50, 900), "premium": draw.gamma(2, 90, 900)}
        ),
    }
    insured = np.repeat(np.arange(900), draw.integers(0, 3, 900))
    tables["claim"] = pa.table(
        {
            "id": np.arange(insured.size),
            "policy": insured,
            "adjuster": draw.integers(0, 9, insured.size),
            "amount": draw.gamma(2, 50, insured.size),
        }
    )
    schema = Schema(
        "insurer",
        {name: described(name, table, ("id",)) for name, table in tables.items()},
        (
            reference("policy", "agent", "agent", "id"),
            reference("claim", "policy", "policy", "id"),
            reference("claim", "adjuster", "agent", "id"),
        ),
    )
    made, _ = mirror(tables, schema)
    check(made, schema)
    roles = dict(zip(made["agent"]["id"].to_pylist(), made["agent"]["role"].to_pylist(), strict=True))
    settled = [roles[agent] for agent in made["claim"]["adjuster"].to_pylist()]
    sold = [roles[agent] for agent in made["policy"]["agent"].to_pylist()]
    assert np.mean(np.array(settled) == "adjuster") > 0.95
    assert np.mean(np.array(sold) == "agent") > 0.95


def test_customers_whose_prices_rose_leave(mirror):
    """A rise lies between two columns of a contract, and leaving in another table: only the customer ties them."""
    draw = np.random.default_rng(12)
    n_contracts = draw.integers(1, 4, 1_500)
    owner = np.repeat(np.arange(1_500), n_contracts)
    left = draw.random(1_500) < 0.3
    old = draw.lognormal(5, 0.8, owner.size)
    new = old * np.exp(draw.normal(0.05 + 0.1 * left[owner], 0.1))
    tables = {
        "customer": pa.table({"id": np.arange(1_500), "age": draw.normal(50, 9, 1_500)}),
        "leaving": pa.table({"customer": np.arange(1_500), "left": left}),
        "contract": pa.table({"id": np.arange(owner.size), "customer": owner, "old": old, "new": new}),
    }
    keys = {"customer": ("id",), "leaving": ("customer",), "contract": ("id",)}
    schema = Schema(
        "club",
        {name: described(name, table, keys[name]) for name, table in tables.items()},
        (reference("leaving", "customer", "customer", "id"), reference("contract", "customer", "customer", "id")),
    )
    made, _ = mirror(tables, schema)
    check(made, schema)

    def tie(database):
        gone = dict(
            zip(database["leaving"]["customer"].to_pylist(), database["leaving"]["left"].to_pylist(), strict=True)
        )
        leaves = [gone[customer] for customer in database["contract"]["customer"].to_pylist()]
        rise = np.log(database["contract"]["new"].to_numpy() / database["contract"]["old"].to_numpy())
        return np.corrcoef(leaves, rise)[0, 1]

    assert tie(made) > 0.5 * tie(tables)


@pytest.mark.parametrize("seed", range(3))
def test_a_handful_of_rows_is_neither_lost_nor_multiplied(mirror, seed):
    draw = np.random.default_rng(1)
    tables = {
        "claim": pa.table({"id": np.arange(24), "amount": draw.gamma(2, 50, 24)}),
        "remainder": pa.table({"claim": draw.permutation(24)[:6], "left": draw.gamma(2, 9, 6)}),
    }
    keys = {"claim": ("id",), "remainder": ("claim",)}
    schema = Schema(
        "claims",
        {name: described(name, table, keys[name]) for name, table in tables.items()},
        (reference("remainder", "claim", "claim", "id"),),
    )
    made, _ = mirror(tables, schema, seed=seed)
    check(made, schema)
    assert 4 <= made["remainder"].num_rows <= 8
