"""Every key, relationship and rule that the truth states holds in the simulated database, without exception."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from synthspark.demo import simulate_insurance
from synthspark.demo.insurance_truth import insurance_truth

from .conftest import as_frames

TRUTH = insurance_truth()
FOREIGN_KEYS = [*TRUTH["foreign_keys"], *TRUTH["implied_foreign_keys"]]
Frames = dict[str, pd.DataFrame]


def label(item: dict[str, Any]) -> str:
    if "child" in item:
        return f"{item['child']}.{'+'.join(item['child_columns'])}"
    return f"{item['kind']}-{item['table']}.{'+'.join(item['columns'])}"


def check_keys(frames: Frames) -> None:
    assert set(frames) == set(TRUTH["tables"])
    for name, table in TRUTH["tables"].items():
        assert frames[name][table["primary_key"]].notna().all(axis=None), name
        for key in [table["primary_key"], *table["alternate_keys"]]:
            assert not frames[name].dropna(subset=key).duplicated(key).any(), (name, key)


def check_foreign_key(frames: Frames, key: dict[str, Any]) -> None:
    child = frames[key["child"]][key["child_columns"]]
    parent = pd.MultiIndex.from_frame(frames[key["parent"]][key["parent_columns"]])
    missing = child.isna().any(axis=1)
    assert key["nullable"] or not missing.any()
    assert pd.MultiIndex.from_frame(child[~missing]).isin(parent).all()


def parent_values(frames: Frames, table: pd.DataFrame, rule: dict[str, Any], columns: list[str]) -> pd.DataFrame:
    """Columns of the parent of each row, aligned with `table`; `via` holds the parent's primary key."""
    parent = rule["parameters"]["parent"]
    (key,) = TRUTH["tables"][parent]["primary_key"]
    return frames[parent].set_index(key)[columns].reindex(table[rule["parameters"]["via"][0]]).set_axis(table.index)


def check_rule(frames: Frames, rule: dict[str, Any]) -> None:
    table, columns, parameters = frames[rule["table"]], rule["columns"], rule["parameters"]
    match rule["kind"]:
        case "formula":
            assert (table[columns[0]] == table.eval(parameters["expression"], engine="python")).all()
        case "order":
            for left, right in pairwise(columns):
                both = table.dropna(subset=[left, right])
                assert len(both)
                assert (both[left] <= both[right]).all()
        case "lookup":
            assert (table.dropna(subset=columns).groupby(parameters["determinants"])[columns[0]].nunique() == 1).all()
        case "copy":
            linked = table.dropna(subset=parameters["via"])
            assert len(linked)
            found = parent_values(frames, linked, rule, parameters["parent_columns"])
            assert (found.to_numpy() == linked[columns].to_numpy()).all()
        case "parent_order":
            bound = parameters.get("at_least") or parameters["at_most"]
            difference = (table[columns[0]] - parent_values(frames, table, rule, [bound])[bound]).dropna()
            zero = pd.Timedelta(0)
            assert len(difference)
            assert (difference >= zero).all() if "at_least" in parameters else (difference <= zero).all()
        case "child_sum":
            for column, values in parameters["where"].items():
                table = table[table[column].isin(values)]
            sums = frames[parameters["child"]].groupby(parameters["on"][0])[parameters["child_column"]].sum()
            assert len(table)
            assert (sums.loc[table[parameters["on"][0]]].to_numpy() == table[columns[0]].to_numpy()).all()
        case "sequence":
            groups = table.groupby(parameters["within"])[columns[0]]
            assert (groups.min() == 1).all()
            assert (groups.max() == groups.size()).all()
            assert (groups.nunique() == groups.size()).all()
        case "null_when":
            expected = table[parameters["column"]].isin(parameters["values"])
            assert expected.any()
            assert (table[columns[0]].isna() == expected).all()
        case "check":
            assert parameters["check"] in ("iban", "luhn", "vin")  # test_checksums covers the arithmetic
        case other:
            pytest.fail(f"no check for a rule of kind {other}")


def test_primary_and_alternate_keys_are_unique(frames: Frames) -> None:
    check_keys(frames)


@pytest.mark.parametrize("key", FOREIGN_KEYS, ids=label)
def test_foreign_key_holds(frames: Frames, key: dict[str, Any]) -> None:
    check_foreign_key(frames, key)


@pytest.mark.parametrize("key", [key for key in FOREIGN_KEYS if key["nullable"]], ids=label)
def test_nullable_foreign_key_has_nulls_and_values(frames: Frames, key: dict[str, Any]) -> None:
    missing = frames[key["child"]][key["child_columns"][0]].isna()
    assert missing.any()
    assert not missing.all()


@pytest.mark.parametrize("rule", TRUTH["rules"], ids=label)
def test_rule_holds_exactly(frames: Frames, rule: dict[str, Any]) -> None:
    check_rule(frames, rule)


def test_truth_holds_in_other_countries_and_for_other_seeds(abroad: tuple[str, Frames]) -> None:
    _, frames = abroad
    check_keys(frames)
    for key in FOREIGN_KEYS:
        check_foreign_key(frames, key)
    for rule in TRUTH["rules"]:
        check_rule(frames, rule)


@pytest.mark.parametrize("n_customers", [1, 2, 7])
def test_keys_hold_in_the_smallest_databases(n_customers: int) -> None:
    frames = as_frames(simulate_insurance(n_customers, seed=1))
    check_keys(frames)
    for key in FOREIGN_KEYS:
        check_foreign_key(frames, key)


def test_managers_form_a_forest(frames: Frames) -> None:
    manager = dict(zip(frames["agent"]["agent_id"], frames["agent"]["manager_id"], strict=True))
    depths = []
    for agent in manager:
        seen = [agent]
        while not pd.isna(manager[seen[-1]]):
            seen.append(manager[seen[-1]])
            assert len(seen) <= len(manager), f"loop above {agent}"
        depths.append(len(seen))
    assert max(depths) >= 3


def test_previous_contact_is_of_the_same_customer(frames: Frames) -> None:
    customer = frames["contact"].set_index("contact_id")["customer_id"]
    linked = frames["contact"].dropna(subset="previous_contact_id")
    assert (customer.loc[linked["previous_contact_id"]].to_numpy() == linked["customer_id"].to_numpy()).all()


def test_payer_lives_with_the_holder(frames: Frames) -> None:
    household = frames["customer"].set_index("customer_id")["household_id"]
    other = frames["policy"][frames["policy"]["payer_id"] != frames["policy"]["holder_id"]]
    assert len(other) > 100
    assert (household.loc[other["payer_id"]].to_numpy() == household.loc[other["holder_id"]].to_numpy()).all()
