"""Every rule that was planted is found, and hardly any other."""

from __future__ import annotations

import itertools

import pyarrow.compute as pc
import pytest

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey
from synthspark.demo.insurance import simulate_insurance
from synthspark.demo.insurance_truth import insurance_truth
from tests.unit.relate.rules.databases import ORDER_KEYS, ORDER_REFERENCES, ORDER_RULES, orders, rules_of, said


def test_all_rules_of_an_order_database_are_found():
    found = said(rules_of(orders(), ORDER_KEYS, ORDER_REFERENCES))
    assert found >= ORDER_RULES
    assert not found - ORDER_RULES


TRUTH = insurance_truth()
# What so few rows cannot show: ten products (chance e^-4 for a tax rate by line), twelve branches in twelve cities, and
# eight managers, whose age in service chance alone would contradict twice.
NOT_IN_THE_DATA = {
    ("lookup", "product", "tax_basis_points"),
    ("lookup", "branch", "region_id"),
    ("parent_order", "agent", "hired_on", "at_least hired_on"),
}
# True of every simulated insurer, though the list of truths does not name them.
ALSO_TRUE = {
    ("order", "customer", "birth_date", "customer_since"),
    ("null_when", "policy", "previous_premium", "column line"),
    ("unique", "coverage", "policy_id", "coverage_code"),
    ("unique", "invoice", "policy_id", "due_date"),
    ("copy", "contact", "customer_id", "customer_id"),
    ("null_when", "contact", "agent_id", "column channel"),
    ("null_when", "contact", "sentiment", "column direction"),
    ("parent_order", "contact", "contacted_at", "at_least customer_since"),
    ("parent_order", "complaint", "resolved_on", "at_least contacted_at"),
    ("null_when", "churn", "reason", "column churned"),
}


@pytest.fixture(scope="module")
def insurance() -> tuple[Rule, ...]:
    keys = [
        ForeignKey(key["child"], tuple(key["child_columns"]), key["parent"], tuple(key["parent_columns"]))
        for key in TRUTH["foreign_keys"]
    ]
    primary = {name: table["primary_key"] for name, table in TRUTH["tables"].items()}
    return rules_of(simulate_insurance(2000), primary, keys)


def planted(rule):
    """A truth as the short forms of the proposals that say it."""
    kind, table, columns, given = rule["kind"], rule["table"], rule["columns"], rule["parameters"]
    if kind == "order":
        return {("order", table, *pair) for pair in itertools.pairwise(columns)}
    if kind == "lookup":
        return {("lookup", table, *columns)}
    if kind == "parent_order":
        side = "at_least" if "at_least" in given else "at_most"
        return {(kind, table, *columns, f"{side} {given[side]}")}
    if kind == "child_sum":
        return {("child_total", table, *columns, f"child_column {given['child_column']}")}
    if kind == "null_when":
        return {(kind, table, *columns, f"column {given['column']}")}
    if kind == "copy":
        return {(kind, table, a, b) for a, b in zip(columns, given["parent_columns"], strict=True)}
    if kind == "formula":
        return {(kind, table, *columns, *given["expression"].split(" + "))}
    return {(kind, table, *columns)}


def told(rule):
    """A proposal as short forms, one for each column that it settles."""
    if rule.kind == "dependency":
        left = rule.parameters["determinants"]
        return {("lookup", rule.table, name) for name in rule.columns if name not in left}
    if rule.kind == "copy":
        return {
            ("copy", rule.table, *pair) for pair in zip(rule.columns, rule.parameters["parent_columns"], strict=True)
        }
    return said([rule])


WANTED = set().union(*(planted(rule) for rule in TRUTH["rules"]))
# The line of a policy is a copy of its product's: said once.
WANTED.discard(("lookup", "policy", "line"))


def test_all_planted_rules_of_the_insurer_are_found(insurance):
    found = set().union(*(told(rule) for rule in insurance))
    assert found >= WANTED - NOT_IN_THE_DATA


def test_at_most_one_in_ten_rules_of_the_insurer_is_false(insurance):
    false = [rule.label for rule in insurance if not told(rule) & (WANTED | ALSO_TRUE)]
    assert len(false) <= 0.1 * len(insurance), false


def test_rules_speak_of_rows_and_never_quote_a_value(insurance):
    tables = simulate_insurance(2000)
    for rule in insurance:
        assert rule.support > 0
        assert f"{rule.support:,}" in rule.why
        for value in rule.parameters.get("values", ()):
            assert len(tables[rule.table].filter(pc.field(rule.parameters["column"]) == value)) >= 5
            assert not isinstance(value, str) or value not in rule.why.split()
