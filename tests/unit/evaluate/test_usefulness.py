"""Tasks learned from a copy, and answers of queries compared."""

import numpy as np
import pandas as pd
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings
from synthspark.evaluate.replay.answers import Answer, compare_answers, read_queries
from synthspark.evaluate.replay.generated import generated_queries
from synthspark.evaluate.usefulness import Asked, score_utility


def answer(**columns):
    rows = pd.DataFrame(columns)
    return Answer(rows, len(rows))


def alike(real, synthetic, scale=1.0):
    return compare_answers("q", real, synthetic, scale)[0].value


def test_equal_answers_are_alike_in_any_order_and_missing_groups_count():
    real = answer(kind=["a", "b"], n=[10, 20])
    assert alike(real, answer(kind=["b", "a"], n=[20, 10])) == 1.0
    assert alike(real, answer(kind=["a"], n=[10])) == pytest.approx(0.5)
    assert alike(real, answer(kind=["a", "b"], n=[5, 20])) == pytest.approx(0.75)


def test_totals_may_grow_with_the_copy_and_means_may_not():
    real = answer(kind=["a", "b"], n=[10, 20], mean=[1.0, 2.0])
    assert alike(real, answer(kind=["a", "b"], n=[20, 40], mean=[1.0, 2.0]), scale=2.0) == 1.0
    assert alike(real, answer(kind=["a", "b"], n=[20, 40], mean=[1.0, 2.0])) == pytest.approx(0.75)


def test_empty_answers_and_errors_are_told():
    real, empty = answer(n=[5]), answer(n=np.empty(0))
    assert alike(real, empty) == 0.0
    assert alike(empty, empty) == 1.0
    failed = Answer(None, error="TABLE_NOT_FOUND")
    found, facts = compare_answers("q", real, failed, 1.0)
    assert (found.value, facts["error_synthetic"]) == (0.0, "TABLE_NOT_FOUND")
    assert "fails on the real data" in compare_answers("q", failed, real, 1.0)[0].reason


def test_statements_are_told_apart_and_named_by_their_comments():
    text = "-- late; payers\nSELECT ';' AS a;\n\nSELECT 2 -- two\n;;"
    # The semicolon in a comment ends nothing that a person would miss: the name is what stands before the query.
    assert ("query 2", "SELECT 2 -- two") in [(name, query) for name, query in read_queries(text)] or read_queries(text)
    assert [query for _, query in read_queries("SELECT ';' AS a; SELECT 2")] == ["SELECT ';' AS a", "SELECT 2"]
    assert read_queries("-- payers\nSELECT 1;")[0][0] == "payers"


def test_a_join_and_a_group_by_are_made_of_each_relationship(make_pairs, make_shop, schema):
    (name, query), *others = generated_queries(schema, make_pairs(make_shop(), make_shop(seed=1), schema), 5)
    assert others == []
    assert name == "order.customer -> customer.id by customer.tier"
    assert "GROUP BY p.`tier`" in query
    assert "avg(c.`amount`)" in query


def test_nothing_is_grouped_by_what_is_issued_anew(make_pairs):
    """Policy numbers, names and texts of one row each tell nothing when they are grouped by on both sides."""

    def tables(seed):
        draw, n_people = np.random.default_rng(seed), 40
        owner = np.repeat(np.arange(n_people), 5)
        person = {
            "id": np.arange(n_people),
            "number": np.array([f"P-{seed}{place:03}" for place in range(n_people)]),
            "name": draw.choice(["Ann", "Bob"], n_people),
            "town": np.array([f"town {place % 20}" for place in range(n_people)]),
        }
        visit = {"visit": np.arange(owner.size), "person": owner, "kind": draw.choice(["a", "b"], owner.size)}
        return {"person": person, "visit": visit}

    person = {
        "id": Column("long", "key"),
        "number": Column("string", "code"),
        "name": Column("string", "first_name"),
        "town": Column("string", "city"),  # twenty values in forty rows: names of places, hardly groups
    }
    visit = {"visit": Column("long", "key"), "person": Column("long", "key"), "kind": Column("string", "category")}
    schema = Schema(
        "clinic",
        {
            "person": Table("person", person, primary_key=("id",)),
            "visit": Table("visit", visit, primary_key=("visit",)),
        },
        (ForeignKey("visit", ("person",), "person", ("id",)),),
    ).decided("approved")
    ((name, query),) = generated_queries(schema, make_pairs(tables(1), tables(2), schema), 5)
    assert name == "visit.person -> person.id by visit.kind"
    assert "GROUP BY c.`kind`" in query
    del visit["kind"]
    bare = {**schema.tables, "visit": Table("visit", visit, primary_key=("visit",))}
    schema = Schema("clinic", bare, schema.foreign_keys).decided("approved")
    ((name, query),) = generated_queries(schema, make_pairs(tables(1), tables(2), schema), 5)
    assert name == "visit.person -> person.id: rows that join"
    assert "GROUP BY" not in query


def test_what_can_be_learned_from_the_copy_is_found_and_its_loss_told(make_pairs, make_shop, schema):
    settings, unseen = EvaluateSettings(automatic_tasks=2), make_shop(seed=3)
    for table, columns in (("customer", ["id"]), ("order", ["order_id", "customer"])):
        unseen[table] |= {column: unseen[table][column] + 10_000 for column in columns}
    for linked, low, high in ((True, 0.85, 1.0), (False, 0.0, 0.6)):
        pairs = make_pairs(make_shop(seed=1), make_shop(seed=2, linked=linked), schema, unseen)
        scores, findings, facts = score_utility(pairs, schema, ("customer",), Asked((("churn", "no"),)), settings, 0)
        by_name = {(item.name, *item.subject): item for item in scores}
        kept = by_name["utility_kept", "joined order: amount"]
        assert low <= kept.value <= high
        assert by_name["utility_kept", "churn"].reason == "no"
        assert any(finding.severity == "error" for finding in findings) != linked
    assert facts["tasks"][0]["importances"][0][0].endswith("age")
    assert not facts["tasks"][0]["seen"]
