"""What a catalog declares is proposed and held against the data; what was found beside it stays."""

from __future__ import annotations

import numpy as np
import pytest

from synthspark.artifacts.catalog import CatalogFacts, DeclaredKey, DeclaredReference
from synthspark.artifacts.schema import Schema
from synthspark.relate.counting import Counts
from synthspark.relate.declared import weigh_declared, with_declared
from synthspark.relate.evidence import RankedReference
from synthspark.relate.facts import Inclusion, Place
from synthspark.relate.keys import RankedKey
from synthspark.relate.search import Found
from tests.unit.relate.test_search import facts_of, no_count, schema_of

TABLES = {
    "customer": {"customer_id": np.arange(100, 150), "badge": np.arange(900, 950)},
    "purchase": {
        "pid": np.arange(1, 201),
        "customer_id": np.tile(np.arange(100, 150), 4),
        "odd": np.arange(200) % 7,
    },
}
PURCHASE = DeclaredReference("purchase", ("customer_id",), "customer", ("customer_id",))


def proposal(catalog: CatalogFacts, level: str = "trust") -> Schema:
    return with_declared(schema_of(TABLES), facts_of(TABLES), catalog, no_count, level)


def test_a_declared_reference_is_proposed_with_what_the_data_say():
    catalog = CatalogFacts(references=(PURCHASE,))
    (key,) = [key for key in proposal(catalog).foreign_keys if key.evidence.get("declared")]
    assert key.label == "purchase.customer_id -> customer.customer_id"
    assert key.confidence == 0.99 and key.status == "proposed"
    assert key.why == "declared in the catalog; all 200 rows with a value have their parent"
    assert proposal(catalog).tables["purchase"].columns["customer_id"].semantic == "key"


def test_rows_that_break_a_reference_are_counted_and_it_is_proposed_all_the_same():
    catalog = CatalogFacts(
        references=(DeclaredReference("purchase", ("pid",), "customer", ("customer_id",), enforced=False),)
    )
    (key,) = [key for key in proposal(catalog).foreign_keys if key.child_columns == ("pid",)]
    assert key.why == (
        "declared in the catalog (not enforced there); but 150 of 200 rows with a value (75.0%) have no parent"
    )
    assert key.confidence == pytest.approx(0.99 * 0.25)


def test_what_contradicts_a_declaration_becomes_a_candidate():
    found = proposal(CatalogFacts()).foreign_keys
    assert [key.label for key in found] == ["purchase.customer_id -> customer.customer_id"]
    other = DeclaredReference("purchase", ("customer_id",), "customer", ("badge",))
    schema = proposal(CatalogFacts(references=(other,)))
    assert [key.label for key in schema.foreign_keys] == ["purchase.customer_id -> customer.badge"]
    assert "purchase.customer_id -> customer.customer_id" in [key.label for key in schema.candidates]


def test_the_declared_primary_key_replaces_the_one_that_was_found():
    keys = (DeclaredKey("customer", ("badge",)), DeclaredKey("purchase", ("odd",), enforced=False))
    tables = proposal(CatalogFacts(keys)).tables
    assert tables["customer"].primary_key == ("badge",)
    assert ("customer_id",) in tables["customer"].alternate_keys
    assert tables["customer"].why.startswith("declared in the catalog as its primary key; every value occurs once")
    assert tables["purchase"].primary_key == ("odd",)
    assert "(not enforced there) as its primary key; but 193 of 200 rows break it" in tables["purchase"].why


def test_a_declared_unique_set_becomes_an_alternate_key_unless_the_data_break_it():
    keys = (
        DeclaredKey("purchase", ("customer_id", "odd"), primary=False),
        DeclaredKey("purchase", ("odd",), primary=False),
    )
    assert proposal(CatalogFacts(keys)).tables["purchase"].alternate_keys == (("customer_id", "odd"),)


def test_tables_without_rows_speak_for_nothing():
    tables = {"a": {"x": np.arange(0)}, "b": {"y": np.arange(0)}}
    catalog = CatalogFacts((DeclaredKey("a", ("x",)),), (DeclaredReference("b", ("y",), "a", ("x",)),))
    schema = with_declared(schema_of(tables), facts_of(tables), catalog, no_count, "trust")
    assert schema.tables["a"].primary_key == ("x",) and "the table is empty" in schema.tables["a"].why
    assert schema.foreign_keys[0].why == "declared in the catalog; no row has a value in it"


def test_large_tables_are_counted_all_at_once():
    asked = []

    def count(places, pairs):
        asked.append((places, pairs))
        places = [*places, *(place for pair in pairs for place in pair)]
        return Counts(dict.fromkeys(places, 200), dict.fromkeys(places, 190), dict.fromkeys(pairs, 150), {})

    facts = facts_of(TABLES, kept=16)
    both = CatalogFacts((DeclaredKey("purchase", ("customer_id", "odd")),), (PURCHASE,))
    schema = with_declared(schema_of(TABLES), facts, both, count, "trust")
    assert asked == [
        (
            [Place("purchase", ("customer_id", "odd"))],
            [(Place("purchase", ("customer_id",)), Place("customer", ("customer_id",)))],
        )
    ]
    assert "10 of 200 rows break it" in schema.tables["purchase"].why
    assert "50 of 200 rows with a value (25.0%) have no parent" in schema.foreign_keys[0].why


def test_as_evidence_a_declaration_weighs_in_and_is_told_but_does_not_decide():
    child, parent = Place("purchase", ("customer_id",)), Place("customer", ("customer_id",))
    other = Place("customer", ("badge",))
    found = Found(
        {"customer": [RankedKey(parent, 0.6, {}), RankedKey(other, 0.5, {})]},
        [RankedReference(Inclusion(child, parent, 1.0, 1.0), 0.4, {"name": 0.0})],
    )
    catalog = CatalogFacts((DeclaredKey("customer", ("badge",)),), (PURCHASE,))
    weighed = weigh_declared(found, catalog, "evidence")
    assert weighed.references[0].confidence == pytest.approx(0.973, abs=0.001)
    assert weighed.references[0].evidence["declared"] == 1.0
    assert weighed.primary_keys()["customer"] == ("badge",)
    assert weigh_declared(found, catalog, "trust") is found
    schema = proposal(CatalogFacts(references=(PURCHASE,)), "evidence")
    assert schema.foreign_keys[0].why.endswith("; declared in the catalog")


def test_comments_and_tags_come_with_their_columns_on_every_level():
    catalog = CatalogFacts(
        references=(PURCHASE,),
        comments={("customer", ""): "Who buys.", ("customer", "customer_id"): "Number of the customer."},
        tags={("customer", "badge"): ("pii",)},
    )
    for level in ("trust", "evidence", "ignore"):
        customer = proposal(catalog, level).tables["customer"]
        assert customer.comment == "Who buys."
        assert customer.columns["customer_id"].comment == "Number of the customer."
        assert customer.columns["badge"].tags == ("pii",)
    assert "declared" not in proposal(catalog, "ignore").foreign_keys[0].evidence
