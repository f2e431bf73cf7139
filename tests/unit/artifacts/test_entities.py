"""Virtual parents: which tables and references stand for things that have no table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthspark.artifacts.comments import Comments
from synthspark.artifacts.entities import PREFIX, Naming, entities_of, sources_of, with_entities
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.schema_file import parse_schema, schema_text
from synthspark.errors import SchemaError

USER = PREFIX + "user"


def table(name, columns, key=(), **kinds):
    held = {column: Column(kinds.get(column, "integer"), nullable=False) for column in columns.split()}
    return Table(name, held, primary_key=tuple(key), status="approved", rows=1_000)


def database(*rules, keys=()):
    tables = [
        table("film", "id", ["id"]),
        table("rating", "user film", ["user", "film"]),
        table("tag", "who film tag", ["who", "film", "tag"], who="long"),
    ]
    films = tuple(ForeignKey(name, ("film",), "film", ("id",), "approved") for name in ("rating", "tag"))
    return Schema("library", {one.name: one for one in tables}, (*films, *keys), rules)


def entity(table, *columns, status="approved", **parameters):
    return Rule("entity", table, columns, status, parameters=parameters)


SHARED = entity("rating", "user", others=[["tag", "who"]], distinct=50)


def test_columns_refer_to_a_table_of_their_identifier():
    whole = with_entities(database(SHARED))
    user = whole.tables[USER]
    assert (user.primary_key, user.rows, user.virtual) == (("user",), 50, True)
    assert user.columns["user"].type == "long"  # the wider of the two
    assert sources_of(USER, whole) == (Naming("rating", ("user",)), Naming("tag", ("who",)))
    plan = plan_database(whole)
    assert plan.written == ("film", "rating", "tag")
    assert {plan.tables[name].context.parent for name in ("rating", "tag")} == {USER}


def test_what_several_columns_name_refers_to_what_they_refer_to():
    whole = with_entities(database(entity("tag", "who", "film"), SHARED))
    both = PREFIX + "who_film"
    assert {key.label for key in whole.foreign_keys if both in (key.child, key.parent)} == {
        f"tag.who, film -> {both}.who, film",
        f"{both}.who -> {USER}.user",
        f"{both}.film -> film.id",
    }
    assert plan_database(whole).tables["tag"].context.parent == both


def test_rows_that_it_does_not_identify_come_from_the_parent_of_which_more_is_known():
    schema = database(SHARED)
    loose = replace(schema.tables["rating"], primary_key=())
    plan = plan_database(with_entities(replace(schema, tables={**schema.tables, "rating": loose})))
    assert plan.tables["rating"].context.parent == "film"
    assert [link.key.parent for link in plan.tables["rating"].links] == [USER]


@pytest.mark.parametrize("status", ["proposed", "rejected"])
def test_only_rules_in_force_make_entities(status):
    schema = database(replace(SHARED, status=status))
    assert with_entities(schema) is schema


def test_columns_that_have_a_table_after_all_name_nothing():
    key = ForeignKey("rating", ("user",), "film", ("id",), "approved")
    (found,) = entities_of(database(SHARED, keys=(key,)))
    assert found.namings == (Naming("tag", ("who",)),)
    assert found.rows is None  # the count was of both


def test_rules_that_share_a_column_speak_of_the_same_things():
    (found,) = entities_of(database(SHARED, entity("tag", "who")))
    assert len(found.namings) == 2


def test_nothing_of_a_skipped_table_is_named():
    schema = database(SHARED)
    skipped = replace(schema.tables["tag"], role="skip")
    left = replace(schema, tables={**schema.tables, "tag": skipped})
    assert [one.namings for one in entities_of(left)] == [(Naming("rating", ("user",)),)]


def test_a_rule_survives_its_written_form():
    schema = database(SHARED)
    again = parse_schema(schema_text(schema, Comments()))
    assert with_entities(again).tables[USER] == with_entities(schema).tables[USER]
    assert not any(name.startswith(PREFIX) for name in again.tables)


def test_a_rule_on_a_column_that_is_not_there_is_refused():
    with pytest.raises(SchemaError, match="no column 'whom'"):
        database(entity("rating", "user", others=[["tag", "whom"]]))
