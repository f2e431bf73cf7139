from dataclasses import replace

import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.errors import SchemaError


def table(name, key, *others, role="synthesize", rows=100, nullable=()):
    columns = {column: Column("long", nullable=column in nullable) for column in (*key, *others)}
    return Table(name, columns, role=role, primary_key=tuple(key), status="approved", rows=rows)


def key(child, columns, parent, targets):
    return ForeignKey(child, tuple(columns.split()), parent, tuple(targets.split()), status="approved")


def database(tables, keys):
    return Schema("test", {t.name: t for t in tables}, tuple(keys))


def test_parents_come_first_and_the_identifying_key_makes_the_rows():
    plan = plan_database(
        database(
            [
                table("line", ["order", "no"], "product"),
                table("order", ["id"], rows=50),
                table("product", ["id"], rows=900),
            ],
            [key("line", "order", "order", "id"), key("line", "product", "product", "id")],
        )
    )
    assert plan.order == ("order", "product", "line")
    line = plan.tables["line"]
    assert line.context is not None and line.context.parent == "order"
    assert [link.key.parent for link in line.links] == ["product"]
    assert line.key_columns == {"order", "product"}


def maker(tables, child, parents, *further):
    """The parent that makes the rows of a child with one key onto each of these parents."""
    keys = [*further, *(key(child, name, name, "id") for name in parents.split())]
    return plan_database(database(tables, keys)).tables[child].context.parent


def test_rows_are_made_by_the_parent_that_tells_the_others():
    tables = [
        table("patient", ["id"], rows=100),
        table("stay", ["id"], "patient", rows=130),
        table("item", ["id"], rows=12_000),
        table("event", ["id"], "item", "stay", "patient", rows=15_000),
    ]
    assert maker(tables, "event", "item stay patient", key("stay", "patient", "patient", "id")) == "stay"


def test_a_parent_that_may_point_to_another_one_does_not_tell_it():
    """The country of a member is not that in which the organisation has its seat, if it has one."""
    tables = [
        table("country", ["id"], rows=190),
        table("organisation", ["id"], "seat", nullable=["seat"], rows=110),
        table("member", ["country", "organisation"], rows=4_000),
    ]
    assert maker(tables, "member", "country organisation", key("organisation", "seat", "country", "id")) == "country"


def test_rows_are_made_by_the_parent_of_which_they_are_families():
    tables = [
        table("invoice", ["id"], rows=400),
        table("track", ["id"], rows=3_500),
        table("line", ["id"], "invoice", "track", rows=2_200),
    ]
    assert maker(tables, "line", "invoice track") == "invoice"


def test_a_handful_of_parents_makes_no_families():
    tables = [
        table("shop", ["id"], rows=2),
        table("address", ["id"], rows=600),
        table("guest", ["id"], "shop", "address", rows=600),
    ]
    assert maker(tables, "guest", "shop address") == "address"


def test_a_cycle_is_broken_at_the_nullable_key():
    plan = plan_database(
        database(
            [table("store", ["id"], "manager", nullable=["manager"]), table("staff", ["id"], "store")],
            [key("store", "manager", "staff", "id"), key("staff", "store", "store", "id")],
        )
    )
    assert plan.order == ("store", "staff")
    (link,) = plan.tables["store"].links
    assert link.deferred and link.key.parent == "staff"


def test_a_key_that_follows_from_a_longer_way_is_implied():
    plan = plan_database(
        database(
            [table("shop", ["id"]), table("week", ["shop", "day"]), table("sale", ["shop", "day", "dept"])],
            [
                key("week", "shop", "shop", "id"),
                key("sale", "shop", "shop", "id"),
                key("sale", "shop day", "week", "shop day"),
            ],
        )
    )
    sale = plan.tables["sale"]
    assert sale.context is not None and sale.context.parent == "week"
    assert [implied.parent for implied in sale.implied] == ["shop"] and not sale.links


@pytest.mark.parametrize(
    ("way", "shortcut", "follows"),
    [("number", "number", True), ("folded", "number", True), ("number", "exact", False), ("exact", "folded", True)],
)
def test_a_way_that_compares_more_coarsely_than_the_key_does_not_imply_it(way, shortcut, follows):
    keys = [
        replace(key("part", "code", "item", "code"), compare=(way,)),
        key("item", "code", "maker", "code"),
        replace(key("part", "code", "maker", "code"), compare=(shortcut,)),
    ]
    plan = plan_database(database([table("maker", ["code"]), table("item", ["code"]), table("part", ["code"])], keys))
    assert bool(plan.tables["part"].implied) is follows


def test_overlapping_keys_must_agree_on_what_is_fixed():
    plan = plan_database(
        database(
            [table("a", ["x", "y"]), table("b", ["x", "z"]), table("c", ["id"], "x", "y", "z")],
            [key("c", "x y", "a", "x y"), key("c", "x z", "b", "x z")],
        )
    )
    (link,) = plan.tables["c"].links
    assert link.fixed == ("x",) and len(link.free) == 1


def test_a_self_reference_is_a_link_and_no_cycle():
    plan = plan_database(
        database([table("staff", ["id"], "boss", nullable=["boss"])], [key("staff", "boss", "staff", "id")])
    )
    assert plan.tables["staff"].context is None
    assert plan.tables["staff"].links[0].key.self_reference


def test_a_copied_table_must_not_point_to_a_synthesized_one():
    tables = [table("city", ["id"], "country", role="reference"), table("country", ["id"])]
    with pytest.raises(SchemaError, match="set the role of country to reference"):
        plan_database(database(tables, [key("city", "country", "country", "id")]))


def test_a_person_chooses_the_context():
    schema = database(
        [table("link", ["a", "b"], rows=5000), table("a", ["id"], rows=1000), table("b", ["id"], rows=10)],
        [key("link", "a", "a", "id"), key("link", "b", "b", "id")],
    )
    by_default = plan_database(schema).tables["link"].context
    chosen = plan_database(schema, {"link": ("b",)}).tables["link"].context
    assert by_default is not None and by_default.parent == "a"
    assert chosen is not None and chosen.parent == "b"
    with pytest.raises(SchemaError, match="no approved foreign key has the child columns c"):
        plan_database(schema, {"link": ("c",)})


def test_a_cycle_is_broken_at_the_key_that_says_more_of_rows_that_exist_anyway():
    plan = plan_database(
        database(
            [table("policy", ["id"], "holder"), table("insured", ["policy", "person"])],
            [key("policy", "id holder", "insured", "policy person"), key("insured", "policy", "policy", "id")],
        )
    )
    assert plan.order == ("policy", "insured")
    (link,) = plan.tables["policy"].links
    assert (link.deferred, link.fixed, link.free) == (True, ("id",), ("holder",))
