import datetime

import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.evaluate.reading import Counts, Layout, thin_tables
from synthspark.evaluate.selection import KeySide, KeyUse, Selection, domain_of, encode_columns, select_columns


def test_keys_personal_and_free_text_columns_are_left_out_with_a_reason():
    columns = {
        "id": Column("long"),
        "owner": Column("long"),
        "mail": Column("string", "email"),
        "note": Column("string", "free_text"),
        "shape": Column("struct<a:long>"),
        "amount": Column("decimal(10,2)"),
        "day": Column("date"),
    }
    table = Table("t", columns, primary_key=("id",))
    found = select_columns(table, [ForeignKey("t", ("owner",), "p", ("id",))])
    assert found.columns == ("amount", "day")
    assert set(found.reasons) == {"id", "owner", "mail", "note", "shape"}


def test_own_part_of_a_composite_key_is_compared():
    table = Table("t", {"owner": Column("long"), "line": Column("long")}, primary_key=("owner", "line"))
    assert select_columns(table, [ForeignKey("t", ("owner",), "p", ("id",))]).columns == ("line",)


@pytest.mark.parametrize(
    ("values", "column", "kind"),
    [
        ([1, 2, None], Column("long"), "number"),
        ([1, 1, 2], Column("long", "category"), "category"),
        (["a", "a", "b", None], Column("string"), "category"),
        ([True, False], Column("boolean"), "category"),
        ([datetime.date(2020, 1, 1)], Column("date"), "number"),
        ([datetime.datetime(2500, 1, 1)], Column("timestamp_ntz"), "number"),
    ],
)
def test_kind_follows_type_and_meaning(values, column, kind):
    assert domain_of(pa.chunked_array([pa.array(values)]), column).kind == kind


def test_texts_that_hardly_repeat_and_empty_columns_have_a_reason():
    assert "own text" in domain_of(pa.chunked_array([[str(n) for n in range(50)]]), Column("string"))
    assert domain_of(pa.chunked_array([pa.array([None, None], pa.string())]), Column("string")) == "no real value"
    assert domain_of(pa.chunked_array([pa.nulls(2)]), Column("long")) == "no real value"


def test_categories_come_by_falling_frequency():
    assert domain_of(pa.chunked_array([["b", "a", "b", "a", "a", "b", "b"]]), Column("string")).categories == ("b", "a")


def test_unreadable_synthetic_column_is_a_reason():
    domain = domain_of(pa.chunked_array([[1, 2, 3]]), Column("long"))
    frame, reasons = encode_columns(pa.table({"a": ["x"]}), {"a": domain, "b": domain})
    assert frame.names == ()
    assert "type" in reasons["a"]
    assert "no such column" in reasons["b"]


def test_large_child_and_parent_share_a_threshold_and_small_parents_are_counted():
    columns = {name: Column("long") for name in ("id", "big", "small")}
    keys = (
        ForeignKey("child", ("big",), "large", ("id",), status="approved"),
        ForeignKey("child", ("small",), "tiny", ("id",), status="approved"),
    )
    schema = Schema("s", {name: Table(name, columns) for name in ("child", "large", "tiny")}, keys)
    uses = {"child": (("big",), ("small",)), "large": (("id",),), "tiny": (("id",),)}
    layouts = {
        name: Layout(
            name,
            tuple(columns),
            Selection((), {}),
            KeyUse(("id",), tuple(KeySide(columns, ("exact",)) for columns in use)),
        )
        for name, use in uses.items()
    }
    counts = {
        "child": (Counts(4000, {}, ()), Counts(2000, {}, ())),
        "large": (Counts(2000, {}, ()), Counts(1000, {}, ())),
    }
    thinning = thin_tables(schema, layouts, counts, 1000)
    assert thinning["child"].shares == (0.25, 0.25, 0.0)
    assert thinning["child"].counted == (1,)
    assert thinning["large"].shares == (0.5, 0.25)
