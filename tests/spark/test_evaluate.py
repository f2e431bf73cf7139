"""Evaluation end to end: small databases with known faults, samples of larger ones, and the real berka."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from synthspark.artifacts.report import Report
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.on_spark import People, evaluate_database
from synthspark.evaluate.overlap.on_spark import compare_values
from synthspark.evaluate.page import report_page
from synthspark.progress import LoggedProgress
from synthspark.spark_types import logical_type

ODD = 'a "b".`c` <script>alert(1)</script> é'


def evaluate(real, synthetic, schema, seed=0, **settings):
    return evaluate_database(real, synthetic, schema, EvaluateSettings(**settings), seed, LoggedProgress())


def frames_of(spark, tables, n_partitions=1):
    return {name: spark.createDataFrame(rows.to_pandas()).repartition(n_partitions) for name, rows in tables.items()}


def shop(n_customers=120, seed=0):
    """Customers and orders: the amount follows the customer's age, the number of orders their tier."""
    draw = np.random.default_rng(seed)
    age, tier = draw.integers(18, 80, n_customers), draw.integers(0, 3, n_customers)
    owner = np.repeat(np.arange(n_customers), tier * 2)
    customers = pa.table(
        {
            "id": np.arange(n_customers) + 1,
            "age": age,
            ODD: np.array(["x", "y", "z"])[tier],
            "name": draw.bytes(n_customers).hex()[:0] or ["n"] * n_customers,
        }
    )
    orders = pa.table(
        {
            "order_id": np.arange(owner.size) + 1,
            "customer": owner + 1,
            "amount": age[owner] * 2.0 + draw.normal(size=owner.size),
        }
    )
    return {"customer": customers, "order": orders}


SHOP = Schema(
    "shop",
    {
        "customer": Table(
            "customer",
            {"id": Column("long"), "age": Column("long"), ODD: Column("string"), "name": Column("string", "full_name")},
            primary_key=("id",),
            status="approved",
        ),
        "order": Table(
            "order",
            {"order_id": Column("long"), "customer": Column("long"), "amount": Column("double")},
            primary_key=("order_id",),
            status="approved",
        ),
    },
    (ForeignKey("order", ("customer",), "customer", ("id",), status="approved"),),
)
LINK = "order.customer -> customer.id"


def without_time(report):
    text = report.to_json()
    return text


def test_database_against_itself_is_best_and_survives_json(spark):
    real = frames_of(spark, shop())
    report = evaluate(real, real, SHOP)
    assert report.value("quality") == pytest.approx(1.0)
    for name in ("detection_auc", "with_parent_auc", "with_children_auc"):
        assert report.value(name) == pytest.approx(0.5)
    assert report.value("ks_complement", "customer", "name") is None
    assert report.findings == ()
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
    page = report_page(report, SHOP)
    assert "<script>alert" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_result_is_blind_to_partitions_and_samples_keep_joins(spark):
    tables = shop(800)
    schema = SHOP
    one = evaluate(
        frames_of(spark, tables, 1), frames_of(spark, shop(800, 1), 1), schema, sample_rows=300, detection_rows=100
    )
    other = evaluate(
        frames_of(spark, tables, 5), frames_of(spark, shop(800, 1), 3), schema, sample_rows=300, detection_rows=100
    )
    assert without_time(one) == without_time(other)
    assert one.facts["rows"]["customer"] == [800, 800]
    assert one.facts["rows_used"]["customer"][0] < 450
    # No sampled child misses its parent, and every sampled parent has all of its children.
    orphans = next(score for score in one.scores if score.name == "orphan_similarity")
    assert orphans.breakdown == {"real": 0.0, "synthetic": 0.0}
    cardinality = next(score for score in one.scores if score.name == "cardinality_shape")
    counts = np.bincount(tables["order"].column("customer").to_numpy(), minlength=801)[1:]
    assert 50 < cardinality.rows_real < 300
    assert cardinality.breakdown["mean_real"] == pytest.approx(counts.mean(), abs=4 * counts.std() / 50**0.5)
    assert one.value("join_trends", LINK) > 0.8  # about a hundred rows of thirty families a side


def test_people_held_out_are_seen_as_the_others_are_where_tables_are_sampled(spark):
    """All of a person's rows on one side and a few of them on the other would tell who was fitted."""
    held = shop(400, 2)
    held["customer"] = held["customer"].set_column(0, "id", pc.add(held["customer"].column("id"), 10_000))
    for place, name in enumerate(("order_id", "customer")):
        held["order"] = held["order"].set_column(place, name, pc.add(held["order"].column(name), 10_000))
    people = People(PrivacySettings(), ("customer",), frames_of(spark, held))
    rows = {name: dataclasses.replace(table, rows=2_000) for name, table in SHOP.tables.items()}
    schema, settings = dataclasses.replace(SHOP, tables=rows), EvaluateSettings(sample_rows=1_000, automatic_tasks=0)
    sides = (frames_of(spark, shop(2_000)), frames_of(spark, shop(2_000, 1)))
    report = evaluate_database(*sides, schema, settings, 0, LoggedProgress(), people)
    assert report.facts["privacy"]["verdict"]["answer"] == "pass", report.findings
    areas = [item for item in report.scores if item.name.endswith("membership_auc") and item.value is not None]
    assert {item.name for item in areas} > {"joined_membership_auc", "subject_membership_auc"}
    assert all(item.value == pytest.approx(0.5, abs=4 * item.error) for item in areas)


def renumbered(tables, shift):
    """The same people and orders under other keys."""
    customers, orders = tables["customer"], tables["order"]
    moved = {name: pc.add(orders.column(name), shift) for name in ("order_id", "customer")}
    for place, (name, values) in enumerate(moved.items()):
        orders = orders.set_column(place, name, values)
    return {"customer": customers.set_column(0, "id", pc.add(customers.column("id"), shift)), "order": orders}


def of_people(tables, chosen):
    """Some customers, by their id, and their orders in another order."""
    ids = pa.array(chosen, pa.int64())
    customers, orders = tables["customer"], tables["order"]
    orders = orders.filter(pc.is_in(orders.column("customer"), ids))
    return {"customer": customers.filter(pc.is_in(customers.column("id"), ids)), "order": orders[::-1]}


def together(one, other):
    return {name: pa.concat_tables([one[name], other[name]]) for name in one}


def test_whole_people_who_are_copied_under_new_keys_are_found_among_all_rows(spark):
    """A sample by keys would hold a person on one side and the copy on the other; all are compared by their content."""
    real, held = shop(2_000), renumbered(shop(150, 2), 20_000)
    people = People(PrivacySettings(), ("customer",), frames_of(spark, held))
    rows = {name: dataclasses.replace(table, rows=2_000) for name, table in SHOP.tables.items()}

    def judge(made, limit):
        settings = EvaluateSettings(sample_rows=limit, privacy_rows=100, detection_rows=50, folds=2)
        sides, schema = (frames_of(spark, real), frames_of(spark, made, 3)), dataclasses.replace(SHOP, tables=rows)
        report = evaluate_database(*sides, schema, settings, 0, LoggedProgress(), people)
        place = "customer with all that belongs to it"
        findings = [f.severity for f in report.findings if f.place == place and "exact copies" in f.message]
        return {item.name: item for item in report.scores if item.name.endswith("exact_copies")}, findings

    clean = shop(2_000, 1)
    copied = of_people(real, pc.unique(real["order"].column("customer")).to_pylist()[::30])
    leaky = together(clean, renumbered(copied, 50_000))
    (natural, nothing), (found, proven), (whole, _) = judge(clean, 300), judge(leaky, 300), judge(leaky, 20_000)
    n_found = {name: item.breakdown["found"] for name, item in found.items()}
    assert n_found["joined_exact_copies"] == copied["order"].num_rows
    assert n_found["subject_exact_copies"] - natural["subject_exact_copies"].breakdown["found"] == 44
    assert (nothing, proven) == ([], ["error"])
    # The same as from samples that are the whole tables: numbers, shares and what repeats by nature.
    assert {name: item.breakdown for name, item in found.items()} == {
        name: {**item.breakdown, "lower_bound": found[name].breakdown["lower_bound"]} for name, item in whole.items()
    }
    assert found["subject_exact_copies"].rows_synthetic == 2_044


def test_children_of_a_small_parent_are_counted_on_all_rows(spark):
    tables = shop(200)
    report = evaluate(frames_of(spark, tables), frames_of(spark, tables), SHOP, sample_rows=250)
    cardinality = next(score for score in report.scores if score.name == "cardinality_shape")
    assert cardinality.rows_real == 200
    assert cardinality.breakdown["mean_real"] == pytest.approx(tables["order"].num_rows / 200, abs=1e-4)
    assert report.facts["rows_used"]["order"][0] < tables["order"].num_rows


def test_broken_synthetic_tables_give_reasons_not_failures(spark):
    real = shop()
    broken = {
        "customer": pa.table({"id": real["customer"].column("id"), "age": pa.array(["old"] * 120)}),
        "order": real["order"].slice(0, 1),
    }
    report = evaluate(frames_of(spark, real), frames_of(spark, broken), SHOP)
    missing = next(
        score for score in report.scores if score.name == "tv_complement" and score.subject == ("customer", ODD)
    )
    assert missing.value is None
    assert "no such column" in missing.reason
    assert any("type" in score.reason for score in report.scores if score.subject == ("customer", "age"))
    only = evaluate(frames_of(spark, real), {"order": frames_of(spark, real)["order"].limit(0)}, SHOP)
    assert any(finding.place == "customer" and "no synthetic table" in finding.message for finding in only.findings)
    assert report_page(only, SHOP)


@pytest.mark.parametrize("limit", [100, 20_000], ids=["sampled", "whole"])
def test_common_names_are_counted_and_name_nobody(spark, limit):
    columns = {
        "id": Column("long", "key"),
        "first": Column("string", "first_name"),
        "last": Column("string", "last_name"),
        "phone": Column("string", "phone"),
    }
    people = Table("people", columns, primary_key=("id",), rows=100, status="approved")
    first = ["Linda"] * 50 + [f"Common{n % 5}" for n in range(40)] + [f"Rare{n}" for n in range(10)]
    real = {"first": first, "last": [f"L{n}" for n in range(100)], "phone": [f"06 {n:04}" for n in range(100)]}
    copy = {
        "first": [name.upper() for name in first],  # case names nobody else
        "last": ["L0", *(f"M{n}" for n in range(99))],
        "phone": [" 06 0001", *(f"07 {n:04}" for n in range(99))],
    }
    frames = [spark.createDataFrame(pd.DataFrame({"id": range(100), **side})) for side in (real, copy)]
    schema, settings = Schema("s", {"people": people}), EvaluateSettings(sample_rows=limit)
    found = {o.column: o for o in compare_values({"people": tuple(frames)}, schema, settings, ("people",))}
    assert (found["first"].n_shared, found["first"].telling) == (16, 10)
    assert (found["last"].telling, found["first + last"].telling, found["phone"].telling) == (1, 1, 1)
    assert not found["id"].expected_none


@pytest.fixture(scope="module")
def berka(shared_data):
    folder = shared_data / "berka"
    truth = yaml.safe_load((folder / "schema.yaml").read_text())
    return folder, truth


def berka_schema(frames, truth):
    tables = {
        name: Table(
            name,
            {field.name: Column(logical_type(field.dataType)) for field in frames[name].schema.fields},
            primary_key=tuple(details["primary_key"]),
            status="approved",
        )
        for name, details in truth["tables"].items()
    }
    keys = (
        ForeignKey(k["child"], tuple(k["child_columns"]), k["parent"], tuple(k["parent_columns"]), status="approved")
        for k in truth["foreign_keys"]
    )
    return Schema("berka", tables, tuple(keys))


def shuffled(folder, truth, target, chosen):
    """Copy of the tables with the columns that `chosen` names permuted on their own."""
    draw = np.random.default_rng(0)
    for name in truth["tables"]:
        rows = pq.read_table(folder / f"{name}.parquet")
        columns = [
            rows.column(c).take(pa.array(draw.permutation(rows.num_rows))) if chosen(name, c) else rows.column(c)
            for c in rows.column_names
        ]
        pq.write_table(pa.table(columns, names=rows.column_names), target / f"{name}.parquet")
    return target


@pytest.mark.slow
def test_faults_put_into_berka_are_told_apart(spark, berka, tmp_path):
    folder, truth = berka

    def read(place):
        return {name: spark.read.parquet(str(place / f"{name}.parquet")) for name in truth["tables"]}

    real = read(folder)
    schema = berka_schema(real, truth)
    primary = {(name, c) for name, details in truth["tables"].items() for c in details["primary_key"]}
    foreign = {(key["child"], c) for key in truth["foreign_keys"] for c in key["child_columns"]}
    small = {"sample_rows": 3000, "detection_rows": 1500}
    same = evaluate(real, real, schema, **small)
    assert same.value("quality") >= 0.97
    assert same.value("detection_auc") == pytest.approx(0.5, abs=0.03)
    for folder_name in ("columns", "keys"):
        (tmp_path / folder_name).mkdir()
    columns = shuffled(folder, truth, tmp_path / "columns", lambda t, c: (t, c) not in primary | foreign)
    mixed = evaluate(real, read(columns), schema, **small)
    assert mixed.value("column_shapes") > 0.97
    assert mixed.value("pairs_kept") < 0.2 < same.value("pairs_kept")
    assert mixed.value("detection_auc", "loan") > 0.8
    keys = shuffled(folder, truth, tmp_path / "keys", lambda t, c: (t, c) in foreign)
    unlinked = evaluate(real, read(keys), schema, **small)
    assert unlinked.value("pair_trends") == pytest.approx(same.value("pair_trends"), abs=0.01)
    assert unlinked.value("joins_kept") < 0.3
    assert unlinked.value("with_parent_auc", "loan.account_id -> account.account_id") > 0.7


@pytest.mark.parametrize("sample_rows", [100, 1_000])
def test_blank_telephones_that_the_copy_fills_in_are_missing_values(spark, sample_rows):
    columns = {"id": Column("long"), "phone": Column("string", "phone"), "level": Column("string", "category")}
    schema = Schema("s", {"person": Table("person", columns, primary_key=("id",), rows=200)}).decided("approved")
    numbers = [f"+39 055 {place:06}" for place in range(200)]
    blank = ["" if place % 10 < 6 else " " if place % 10 < 9 else None for place in range(200)]
    level = ["" if place % 2 else "high" for place in range(200)]
    real, synthetic = (
        spark.createDataFrame(pd.DataFrame({"id": range(200), "phone": phone, "level": level}))
        for phone in (blank, numbers)
    )
    report = evaluate({"person": real}, {"person": synthetic}, schema, sample_rows=sample_rows)
    assert report.value("null_similarity", "person", "phone") == 0.0
    assert report.value("null_similarity", "person", "level") == 1.0
    assert any(finding.place == "person.phone" and finding.severity == "error" for finding in report.findings)
