"""The demo from end to end: it keeps what it promises of integrity and gives nobody away."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import yaml

from synthspark.cli.main import main

PERSONAL = {
    "customer": ["email", "phone", "iban", "national_id", "customer_number"],
    "policy": ["policy_number"],
    "claim": ["claim_number"],
    "vehicle": ["licence_plate", "vin"],
    "agent": ["email"],
}


@pytest.fixture(scope="module")
def toured(spark, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("demo")
    assert main(["demo", "--customers", "300", "--output", str(root), "--quiet"]) == 0
    return root


def rows(folder: Path) -> pa.Table:
    return ds.dataset(folder, format="parquet", exclude_invalid_files=True).to_table()


def both(root: Path, table: str) -> tuple[pa.Table, pa.Table]:
    return rows(root / "source" / "insurance" / f"{table}.parquet"), rows(root / "insurance" / "tables" / table)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), [(table, name) for table, names in PERSONAL.items() for name in names])
def test_no_identifier_of_a_real_person_appears(toured, table, column):
    real, synthetic = both(toured, table)
    known = set(real.column(column).drop_null().to_pylist())
    made = set(synthetic.column(column).drop_null().to_pylist())
    assert known
    assert made
    assert not known & made


@pytest.mark.slow
def test_no_real_name_with_its_birth_date_appears(toured):
    real, synthetic = both(toured, "customer")
    names = ["first_name", "last_name", "birth_date"]
    people = [set(zip(*(table.column(name).to_pylist() for name in names), strict=True)) for table in (real, synthetic)]
    assert not people[0] & people[1]


@pytest.mark.slow
def test_the_declared_keys_of_the_insurer_hold_in_the_copy(toured):
    from synthspark.demo.insurance_truth import insurance_truth

    truth = insurance_truth()
    for key in truth["foreign_keys"]:
        child = rows(toured / "insurance" / "tables" / key["child"]).select(key["child_columns"])
        parent = rows(toured / "insurance" / "tables" / key["parent"]).select(key["parent_columns"])
        there = set(zip(*(column.to_pylist() for column in parent.columns), strict=True))
        asked = {row for row in zip(*(column.to_pylist() for column in child.columns), strict=True) if None not in row}
        found = yaml.safe_load((toured / "insurance" / "schema.yaml").read_text())["foreign_keys"]
        discovered = any(
            (other["child"], other["child_columns"], other["parent"])
            == (key["child"], key["child_columns"], key["parent"])
            for other in found
        )
        assert not discovered or asked <= there, key


@pytest.mark.slow
def test_most_relationships_of_the_insurer_are_found(toured):
    from synthspark.demo.insurance_truth import insurance_truth

    found = yaml.safe_load((toured / "insurance" / "schema.yaml").read_text())["foreign_keys"]
    labels = {(key["child"], tuple(key["child_columns"]), key["parent"]) for key in found}
    truth = {(key["child"], tuple(key["child_columns"]), key["parent"]) for key in insurance_truth()["foreign_keys"]}
    assert len(labels & truth) >= 0.8 * len(truth)


@pytest.mark.slow
def test_the_report_says_how_well_churn_is_learned_from_the_copy(toured):
    report = json.loads((toured / "insurance" / "report.json").read_text())
    [churn] = [score for score in report["scores"] if score["name"] == "utility_kept" and score["subject"] == ["churn"]]
    assert churn["value"] is not None


@pytest.mark.slow
def test_check_digits_and_line_numbers_of_the_insurer_hold_in_the_copy(toured):
    verification = json.loads((toured / "insurance" / "verification.json").read_text())
    kept = {score["subject"][0]: score["value"] for score in verification["scores"] if score["name"] == "rule_kept"}
    asked = ("policy check: policy_number", "vehicle check: vin", "claim_payment sequence: line_no")
    assert [kept[rule] for rule in asked] == [1.0] * len(asked)
