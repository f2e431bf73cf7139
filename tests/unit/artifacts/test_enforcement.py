"""Which column gives way to which rule, in what order, and which rules nothing can hold to."""

from __future__ import annotations

from dataclasses import replace

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table

UP = {"parent": "policy", "via": ["policy"], "parent_key": ["id"]}
DOWN = {"child": "claim", "via": ["policy"], "parent_key": ["id"], "function": "sum", "tolerance": 0.005}


def table(name: str, columns: dict[str, str], nullable: tuple[str, ...] = ()) -> Table:
    described = {column: Column(kind, nullable=column in nullable) for column, kind in columns.items()}
    return Table(name, described, primary_key=("id",), status="approved", rows=100)


def compiled(*rules: Rule, nullable: tuple[str, ...] = (), root: bool = False):
    """Steps of two tables; `root`: the parent is copied, so that it does not make the child's rows."""
    money, date = "decimal(10,2)", "date"
    policy = {"id": "long", "start": date, "end": date, "paid": money, "fee": money, "all": money, "kind": "string"}
    claim = {
        "id": "long",
        "policy": "long",
        "on": date,
        "told": date,
        "paid": money,
        "kind": "string",
        "group": "string",
    }
    key = ForeignKey("claim", ("policy",), "policy", ("id",), "approved")
    tables = {"policy": table("policy", policy, nullable), "claim": table("claim", claim, nullable)}
    if root:
        tables["policy"] = replace(tables["policy"], role="reference")
    approved = tuple(Rule(r.kind, r.table, r.columns, "approved", parameters=r.parameters) for r in rules)
    return plan_database(Schema("db", tables, (key,), approved)).rules


def test_bounds_of_a_column_are_one_step_and_those_above_leave_room():
    found = compiled(
        Rule("order", "claim", ("on", "told")),
        Rule("parent_order", "claim", ("on",), parameters={**UP, "at_least": "start"}),
        Rule("parent_order", "claim", ("told",), parameters={**UP, "at_most": "end"}),
        Rule("order", "policy", ("start", "end")),
    )
    assert not found.free
    assert [step.columns for step in found.now["policy"]] == [("end",)]
    on, told = found.now["claim"]
    assert (on.columns, told.columns) == (("on",), ("told",))
    assert [bound.column for bound in on.least] == ["start"]
    assert [bound.column for bound in on.most] == ["end"]  # else no date would be left for `told`
    assert [bound.column for bound in told.least] == ["on"]


def test_bounds_that_may_contradict_each_other_are_left_to_the_check_unless_null_solves_it():
    rules = (
        Rule("parent_order", "claim", ("on",), parameters={**UP, "at_least": "start"}),
        Rule("parent_order", "claim", ("on",), parameters={**UP, "at_most": "end"}),
    )
    (why,) = compiled(*rules).free.values()
    assert "may contradict each other" in why
    assert not compiled(*rules, nullable=("on",)).free


def test_what_follows_from_a_total_waits_until_the_children_are_made():
    found = compiled(
        Rule("formula", "policy", ("all", "paid", "fee"), parameters={"form": "sum", "tolerance": 0.005}),
        Rule("child_total", "policy", ("paid",), parameters={**DOWN, "child_column": "paid", "empty": "zero"}),
    )
    assert found.now["policy"] == ()
    assert [step.kind for step in found.late["policy"]] == ["child_total", "formula"]
    assert found.read_by("policy") == ("claim",)


def test_a_circle_is_broken_and_the_rule_that_closes_it_is_named():
    total = Rule("child_total", "policy", ("paid",), parameters={**DOWN, "child_column": "paid", "empty": "zero"})
    copy = Rule("copy", "claim", ("paid",), parameters={**UP, "parent_columns": ["paid"]})
    found = compiled(copy, total)
    assert [rule.kind for rule in found.free] == ["copy"]
    there_and_back = compiled(
        Rule("dependency", "claim", ("kind", "group"), parameters={"determinants": ["kind"]}),
        Rule("dependency", "claim", ("group", "kind"), parameters={"determinants": ["group"]}),
    )
    assert [rule.columns for rule in there_and_back.free] == [("group", "kind")]


def test_tables_do_not_wait_for_each_other_to_be_finished():
    first = {**DOWN, "function": "minimum", "empty": "keep", "tolerance": 0.0}
    found = compiled(
        Rule("child_total", "policy", ("start",), parameters={**first, "child_column": "on"}),
        Rule("child_total", "policy", ("end",), parameters={**first, "child_column": "told"}),
        Rule("parent_order", "claim", ("told",), parameters={**UP, "at_least": "start"}),
    )
    assert [(rule.kind, rule.columns) for rule in found.free] == [("parent_order", ("told",))]
    assert not found.late["claim"]
    assert [step.columns for step in found.late["policy"]] == [("start",), ("end",)]


def test_keys_are_set_by_no_rule():
    found = compiled(
        Rule("order", "claim", ("policy", "id")),
        Rule("formula", "claim", ("id", "paid"), parameters={"form": "sum", "tolerance": 0}),
    )
    assert len(found.free) == 2
    assert found.now["claim"] == ()


def test_a_dependency_among_copied_columns_holds_in_the_parent():
    found = compiled(
        Rule("copy", "claim", ("kind", "on"), parameters={**UP, "parent_columns": ["kind", "start"]}),
        Rule("dependency", "claim", ("kind", "on"), parameters={"determinants": ["kind"]}),
    )
    assert not found.free
    assert [(step.kind, step.columns) for step in found.now["policy"]] == [("dependency", ("start",))]


def test_a_dependency_that_holds_for_copied_columns_already_is_no_other_rule():
    found = compiled(
        Rule("copy", "claim", ("kind", "on"), parameters={**UP, "parent_columns": ["kind", "start"]}),
        Rule("dependency", "claim", ("kind", "on"), parameters={"determinants": ["kind"]}),
        Rule("dependency", "policy", ("kind", "start"), parameters={"determinants": ["kind"]}),
    )
    assert not found.free
    assert [(step.kind, step.columns) for step in found.now["policy"]] == [("dependency", ("start",))]


def test_rows_that_bound_rows_of_their_own_table_are_left_to_the_check():
    itself = {"parent": "claim", "via": ["policy"], "parent_key": ["id"], "at_least": "on"}
    (why,) = compiled(Rule("parent_order", "claim", ("on",), parameters=itself)).free.values()
    assert why == "rows of one table bound each other"


def test_what_a_reference_leads_to_is_read_when_the_reference_is_settled():
    found = compiled(
        Rule("copy", "claim", ("kind",), parameters={**UP, "parent_columns": ["kind"]}),
        Rule("parent_order", "claim", ("on",), parameters={**UP, "at_least": "start"}),
        Rule("dependency", "claim", ("group", "policy"), parameters={"determinants": ["group"]}),
        root=True,
    )
    assert not found.free
    assert found.now["claim"][0].columns == ("policy",)


def checks_on_numbers(comparison: str = "exact", scheme: str = "luhn", parent: str = "luhn"):
    policy = Table("policy", {"number": Column("string"), "id": Column("long")}, primary_key=("id",), status="approved")
    claim = Table("claim", {"id": Column("long"), "number": Column("string")}, primary_key=("id",), status="approved")
    key = ForeignKey("claim", ("number",), "policy", ("number",), "approved", compare=(comparison,))
    rules = [
        Rule("check", "policy", ("number",), "approved", parameters={"scheme": parent}),
        Rule("check", "claim", ("number",), "approved", parameters={"scheme": scheme}),
    ]
    return plan_database(Schema("db", {"policy": policy, "claim": claim}, (key,), tuple(rules))).rules


def test_keys_are_issued_with_their_check_digit_and_references_repeat_it():
    assert not checks_on_numbers().free


def test_a_reference_written_in_another_way_need_not_have_the_check_digit_of_its_key():
    free = checks_on_numbers(comparison="number").free
    assert {rule.table for rule in free} == {"policy", "claim"}


def test_a_reference_has_no_other_check_digit_than_its_key():
    (rule,) = checks_on_numbers(scheme="gs1").free
    assert rule.table == "claim"
