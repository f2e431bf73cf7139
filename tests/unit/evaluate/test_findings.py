"""Findings that do not flood, and remedies that are not so already."""

import dataclasses

import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import FitSettings, Settings, TableSettings
from synthspark.evaluate.definitions import score
from synthspark.evaluate.findings import MOST_OF_ONE_TABLE, find
from synthspark.evaluate.remedies import Making, remedy

ORDER, KIND = "order.customer -> customer.id", "order.kind -> kind.code"
SELLER, BACK = "order.seller -> customer.id", "order.previous -> order.id"
PATH = "item.order -> order.id -> kind -> kind.code"


def schema(**roles):
    def table(title, rows, key, **columns):
        found = {key: Column("long", "key", nullable=False)}
        found |= {column: Column(*kind, nullable=False) for column, kind in columns.items()}
        return Table(title, found, roles.get(title, "synthesize"), (key,), rows=rows)

    key = ("long", "key")
    tables = {
        "customer": table("customer", 900, "id", age=("long", "number"), name=("string", "full_name")),
        "kind": table("kind", 5, "code", label=("string", "category")),
        "order": table("order", 3_000, "id", customer=key, seller=key, kind=key, previous=key, sum=("double", "money")),
        "item": table("item", 9_000, "no", order=key, price=("double", "money"), sold=("date", "date")),
    }
    tables["order"].columns["previous"] = dataclasses.replace(tables["order"].columns["previous"], nullable=True)
    keys = (
        ForeignKey("order", ("customer",), "customer", ("id",)),
        ForeignKey("order", ("seller",), "customer", ("id",)),
        ForeignKey("order", ("kind",), "kind", ("code",)),
        ForeignKey("order", ("previous",), "order", ("id",)),
        ForeignKey("item", ("order",), "order", ("id",)),
    )
    return Schema("shop", tables, keys).decided("approved")


def making(of, **settings):
    wanted = Settings(tables={"order": TableSettings(context=("customer",))}, **settings)
    contexts = {name: tuple(table.context) for name, table in wanted.tables.items()}
    return Making.of(plan_database(of, contexts), wanted)


def advice(name, level, *subject, of=None, **settings):
    found = of or schema()
    return remedy(score(name, level, subject, 0.1), found, making(found, **settings))


def test_no_parent_is_proposed_that_makes_the_rows_already():
    assert "context" not in advice("joins_kept", "relationship", ORDER)
    assert "tables.order.context: [seller] in place of [customer]" in advice("joins_kept", "relationship", SELLER)
    assert "context" not in advice("sibling_similarity", "history", ORDER, "sum")


def test_a_parent_that_rows_may_lack_or_that_is_the_table_itself_cannot_make_them():
    assert "context" not in advice("joins_kept", "relationship", BACK)


def test_only_small_lists_without_people_are_proposed_for_copying():
    assert "role of kind to reference" in advice("joins_kept", "relationship", KIND)
    assert "reference" not in advice("joins_kept", "relationship", ORDER)
    assert "reference" not in advice("joins_kept", "relationship", KIND, of=schema(kind="reference"))
    assert "role of kind to reference" in advice("hop2_kept", "joined", PATH)


@pytest.mark.parametrize(
    ("fit", "said", "silent"),
    [
        (FitSettings(), (), ("engine", "shard_rows", "relatives")),
        (FitSettings(engine="copula"), ("tables.order.engine: trees",), ("shard_rows",)),
        (FitSettings(engine="trees", shard_rows=1_000), ("fit.shard_rows (now 1,000)",), ("engine",)),
        (FitSettings(relatives=False), ("fit.relatives to true",), ()),
    ],
)
def test_settings_are_proposed_only_where_they_would_change_something(fit, said, silent):
    found = advice("detection_auc", "table", "order", fit=fit)
    assert all(part in found for part in said)
    assert not any(part in found for part in silent)


def test_it_is_said_when_no_setting_is_left():
    assert "no setting is left" in advice("sibling_similarity", "history", "item.order -> order.id", "price")


def test_of_a_copy_made_elsewhere_no_setting_is_named():
    (found,) = find([score("detection_auc", "table", ("order",), 0.9)], schema())
    assert "made elsewhere" in found.remedy


def test_one_table_with_its_joins_takes_few_lines_and_counts_the_others():
    scores = [
        score("pairs_kept", "table", ("order",), 0.3),
        score("detection_auc", "table", ("order",), 0.8),
        *(score("ks_complement", "column", ("order", name), 0.2) for name in ("sum", "kind", "seller")),
        *(score("correlation_similarity", "relationship", (ORDER, "sum", name), 0.1) for name in ("age", "id")),
        score("cardinality_shape", "relationship", ("item.order -> order.id",), 0.8),
    ]
    found = find(scores, schema())
    of_order = [finding for finding in found if finding.place.startswith("order")]
    assert len(of_order) == MOST_OF_ONE_TABLE
    assert [finding.place for finding in of_order] == [f"{ORDER}, sum with age", "order.kind", "order"]
    assert of_order[-1].message.endswith("(4 more of order and its joins)")
    assert [finding.place for finding in found][-1] == "item.order -> order.id"


def test_what_a_table_or_column_alone_shows_is_not_told_once_more_for_its_joins():
    alone = score("detection_auc", "table", ("order",), 0.9)
    joined = score("with_parent_auc", "relationship", (ORDER,), 0.92)
    assert [finding.place for finding in find([alone, joined], schema())] == ["order"]
    worse = dataclasses.replace(joined, value=0.99)
    assert {finding.place for finding in find([alone, worse], schema())} == {"order", ORDER}
    shape = score("tv_complement", "column", ("customer", "age"), 0.4)
    pair = score("contingency_similarity", "relationship", (ORDER, "sum", "age"), 0.38)
    assert [finding.place for finding in find([shape, pair], schema())] == ["customer.age"]
    lost = dataclasses.replace(pair, value=0.1)
    assert len(find([shape, lost], schema())) == 2


def test_a_finding_of_a_classifier_says_what_it_goes_by():
    by = {"told by order.sum": 0.3, "told by customer.age": 0.05}
    (found,) = find([score("with_parent_auc", "joined", (ORDER,), 0.9, breakdown=by)], schema())
    assert found.message.endswith("told most by order.sum, customer.age")
