"""Databases built by conventions of their own: random keys, line numbers, roles, prefixes."""

from __future__ import annotations

import uuid

import numpy as np

from synthspark.relate import chance
from synthspark.relate.facts import shared_prefix
from tests.unit.relate.test_search import facts_of, labels, schema_of

GENERATOR = np.random.default_rng(7)


def uuids(n: int) -> list[str]:
    return [str(uuid.UUID(bytes=GENERATOR.bytes(16), version=4)) for _ in range(n)]


def test_values_that_chance_never_repeats_refer_whatever_their_columns_are_called() -> None:
    persons, wares = uuids(200), uuids(90)
    tables = {
        "people": {"id": persons, "name": [f"n{i % 150}" for i in range(200)]},
        "wares": {"id": wares, "price": GENERATOR.normal(9, 2, 90), "checked": [persons[i % 7] for i in range(90)]},
        "sales": {"token": uuids(500), "what": [wares[i % 90] for i in range(500)], "whose": persons[:100] * 5},
    }
    assert labels(schema_of(tables)) == {
        "wares.checked -> people.id",
        "sales.what -> wares.id",
        "sales.whose -> people.id",
    }


def test_line_numbers_refer_to_no_small_table() -> None:
    sizes = GENERATOR.integers(1, 6, 400)
    order = np.repeat(np.arange(1, 401), sizes)
    line = np.concatenate([np.arange(1, size + 1) for size in sizes])
    tables = {
        "department": {"dept_no": np.arange(1, 6), "title": [f"title {i}" for i in "abcde"]},
        "orders": {"order_no": np.arange(1, 401), "total": GENERATOR.normal(90, 20, 400)},
        "lines": {"order_no": order, "pos_no": line, "amount": GENERATOR.normal(9, 2, len(order))},
    }
    assert labels(schema_of(tables)) == {"lines.order_no -> orders.order_no"}


def test_a_month_that_every_group_has_may_refer() -> None:
    facts = facts_of({"t": {"store": np.repeat(np.arange(1, 41), 12), "month": np.tile(np.arange(1, 13), 40)}})
    assert not chance.numbers_rows(facts, facts.tables["t"]["month"], ("store", "month"))


def test_a_column_of_numbers_refers_to_the_key_and_not_to_names_that_hold_numbers() -> None:
    city, postal = np.arange(1, 31), [str(one) for one in GENERATOR.integers(10_000, 95_999, 30)]
    tables = {
        "villes": {"identifiant": city, "nom": [f"Ville {i}" for i in city], "code_postal": postal},
        "clients": {"identifiant": np.arange(1, 251), "ville_id": GENERATOR.choice(city, 250)},
        "commandes": {"identifiant": np.arange(1, 901), "ville_livraison_id": GENERATOR.choice(city, 900)},
    }
    found = labels(schema_of(tables))
    assert {"clients.ville_id -> villes.identifiant", "commandes.ville_livraison_id -> villes.identifiant"} <= found
    assert not any("nom" in one for one in found)


def test_a_column_with_its_type_beside_it_refers_to_no_single_table() -> None:
    tables = {
        "posts": {"post_id": np.arange(1, 901), "title": [f"post {i}x" for i in range(900)]},
        "notes": {
            "note_id": np.arange(5001, 5801),
            "subject_type": [("posts", "users")[i % 2] for i in range(800)],
            "subject_id": GENERATOR.integers(1, 901, 800),
        },
    }
    assert labels(schema_of(tables)) == set()


def test_letters_that_stand_for_the_table_before_each_column_are_no_part_of_the_names() -> None:
    assert shared_prefix(["o_orderkey", "o_custkey"]) == "o_"
    assert shared_prefix(["id_order", "id_customer"]) == shared_prefix(["o_orderkey", "total"]) == ""
    tables = {
        "region": {"r_regionkey": np.arange(5), "r_name": ["A", "B", "C", "D", "E"]},
        "nation": {"n_nationkey": np.arange(25), "n_name": [f"{c}x" for c in "ABCDEFGHIJKLMNOPQRSTUVWXY"]},
    }
    tables["nation"]["n_regionkey"] = np.tile(np.arange(5), 5)
    assert labels(schema_of(tables)) == {"nation.n_regionkey -> region.r_regionkey"}
