"""Rows of catalogs become facts in the source's own names, whatever database they come from."""

from __future__ import annotations

import re

import pytest

from synthspark.artifacts.catalog import CatalogFacts, DeclaredKey, DeclaredReference
from synthspark.read.catalog.dialects import (
    MYSQL,
    ORACLE,
    POSTGRES,
    SQL_SERVER,
    dialect_of,
    standard_comments,
    standard_constraints,
    unity_tags,
)
from synthspark.read.catalog.properties import property_rows
from synthspark.read.catalog.rows import ConstraintRow, Known, RemarkRow, gather
from synthspark.read.identifiers import parts_of

TABLES = {
    "region": Known("geo", "REGION", ("country", "name")),
    "city": Known("geo", "CITY", ("id", "country", "region")),
}
CITY_OF_REGION = [  # in no order, as databases give them
    ("FOREIGN KEY", "geo", "CITY", "fk", "REGION", 2, "geo", "REGION", "NAME", "NO"),
    ("FOREIGN KEY", "geo", "CITY", "fk", "COUNTRY", 1, "geo", "REGION", "COUNTRY", "NO"),
    ("PRIMARY KEY", "geo", "REGION", "pk", "NAME", 2, None, None, None, "YES"),
    ("PRIMARY KEY", "geo", "REGION", "pk", "COUNTRY", 1, None, None, None, "YES"),
    ("UNIQUE", "geo", "CITY", "u", "ID", 1, None, None, None, None),
    ("PRIMARY KEY", "other", "CITY", "pk", "ID", 1, None, None, None, "YES"),  # of a table that is not read
]


def test_constraints_take_the_names_and_the_order_of_the_source():
    facts = gather(TABLES, CITY_OF_REGION, [])
    assert set(facts.keys) == {
        DeclaredKey("region", ("country", "name")),
        DeclaredKey("city", ("id",), primary=False),
    }
    reference = DeclaredReference("city", ("country", "region"), "region", ("country", "name"), enforced=False)
    assert facts.references == (reference,)
    assert not facts.notes


def test_constraints_that_leave_the_source_are_told():
    rows = [
        ("FOREIGN KEY", "geo", "CITY", "far", "country", 1, "hr", "people", "id", "YES"),
        ("UNIQUE", "geo", "CITY", "gone", "dropped", 1, None, None, None, "YES"),
    ]
    facts = gather(TABLES, rows, [])
    assert not facts.keys and not facts.references
    assert facts.notes == (
        "table city: constraint far refers to hr.people, which is not in the source",
        "table city: constraint gone names a column that was not read",
    )


def test_names_that_differ_by_case_only_are_not_mixed_up():
    tables = {"a": Known("s", "t", ("x", "X")), "b": Known("s", "T", ("x",))}
    rows = [
        ConstraintRow("UNIQUE", "s", "t", "u", "X", 1),
        ConstraintRow("UNIQUE", "s", "T", "u", "x", 1),
        ConstraintRow("UNIQUE", "S", "t", "u", "x", 1),  # either of them, so neither
    ]
    keys = [(key.table, key.columns) for key in gather(tables, rows, []).keys]
    assert sorted(keys) == [("a", ("X",)), ("b", ("x",))]


def test_a_table_without_schema_is_found_where_its_name_is_its_own():
    facts = gather({"city": Known("", "city", ("id",))}, [("PRIMARY KEY", "geo", "city", "pk", "id", 1)], [])
    assert facts.keys == (DeclaredKey("city", ("id",)),)


def test_comments_and_tags():
    rows = [
        RemarkRow("comment", "geo", "CITY", None, None, "Places\n  of people"),
        RemarkRow("comment", "geo", "CITY", "id", None, ""),
        RemarkRow("tag", "geo", "CITY", "ID", "pii", "email"),
        RemarkRow("tag", "geo", "CITY", "ID", "gold", None),
        RemarkRow("tag", "geo", "NOWHERE", "ID", "gold", None),
    ]
    facts = gather(TABLES, [], rows)
    assert facts.comments == {("city", ""): "Places of people"}
    assert facts.tags == {("city", "id"): ("gold", "pii=email")}


def test_facts_are_the_same_after_writing_and_reading():
    facts = gather(TABLES, CITY_OF_REGION, [("tag", "geo", "CITY", "id", "pii", None)])
    assert CatalogFacts.from_json(facts.to_json()) == facts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("main.geo.city", ("main", "geo", "city")),
        ('"my ""s"".x".city', ('my "s".x', "city")),
        ("`a.b`.`c``d`", ("a.b", "c`d")),
        ("[dbo].[my table]", ("dbo", "my table")),
        ("città", ("città",)),
        ("(select 1) x", ()),
        ("a..b", ()),
    ],
)
def test_names_are_taken_apart(name, parts):
    assert parts_of(name) == parts


@pytest.mark.parametrize(
    ("properties", "columns"),
    [
        ({"primaryKey": "id, day"}, ["id", "day"]),
        ({"identifier-fields": "[id]"}, ["id"]),
        ({"primary-key": ""}, []),
        ({"delta.minReaderVersion": "1"}, []),
    ],
)
def test_keys_among_the_properties_of_lake_tables(properties, columns):
    rows = property_rows(TABLES["city"], properties)
    assert [(row[4], row[5]) for row in rows] == [(name, place) for place, name in enumerate(columns, 1)]


@pytest.mark.parametrize(
    ("address", "dialect"),
    [
        ("jdbc:postgresql://h/d", POSTGRES),
        ("JDBC:MariaDB://h/d", MYSQL),
        ("jdbc:sqlserver://h;databaseName=d", SQL_SERVER),
        ("jdbc:oracle:thin:@h:1521/d", ORACLE),
        ("jdbc:derby:memory:d", None),
    ],
)
def test_the_address_tells_the_dialect(address, dialect):
    assert dialect_of(address) is dialect


ALL_QUERIES = {
    **{
        f"{dialect.name} {what}": (getattr(dialect, what), columns)
        for dialect in (POSTGRES, MYSQL, SQL_SERVER, ORACLE, dialect_of("jdbc:snowflake:x"), dialect_of("jdbc:h2:x"))
        for what, columns in (
            ("tables", ("table_schema", "table_name")),
            ("constraints", ConstraintRow._fields),
            ("comments", RemarkRow._fields),
        )
    },
    "standard constraints": (standard_constraints("`c`.information_schema", ["a'b"]), ConstraintRow._fields),
    "standard comments": (standard_comments("`c`.information_schema", ["a'b"]), RemarkRow._fields),
    "unity tags": (unity_tags("`c`.information_schema", ["a'b"]), RemarkRow._fields),
}
SAME = {
    "table_schema": "schema",
    "table_name": "table",
    "constraint_name": "name",
    "column_name": "column",
}


@pytest.mark.parametrize("name", ALL_QUERIES)
def test_every_query_gives_the_columns_in_order_and_can_be_a_subquery(name):
    query, columns = ALL_QUERIES[name]
    head = re.split(r"\n\s*from |\sfrom ", query, maxsplit=1)[0]
    named = re.findall(r"\bas (\w+)(?:,|\s*$|\n)", head)
    wanted = (
        list(columns) if "tables" in name else [next((a for a, b in SAME.items() if b == one), one) for one in columns]
    )
    if "comments" in name or "tags" in name:
        wanted = ["kind", "table_schema", "table_name", "column_name", "name", "value"]
    assert named == wanted
    assert ";" not in query and "order by" not in query and not query.strip().lower().startswith("with")
    assert query.count("(") == query.count(")") and query.count("'") % 2 == 0
