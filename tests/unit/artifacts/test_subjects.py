import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.subjects import belongings, find_subjects, ways_back, ways_down
from synthspark.errors import ConfigError


def table(name, rows, **semantics):
    columns = {"id": Column("long", "key"), "parent": Column("long"), "other": Column("long")}
    columns |= {column: Column("string", semantic) for column, semantic in semantics.items()}
    return Table(name, columns, primary_key=("id",), rows=rows)


def key(child, parent, column="parent"):
    return ForeignKey(child, (column,), parent, ("id",))


SCHEMA = Schema(
    "insurer",
    {
        item.name: item
        for item in (
            table("region", 20),
            table("agent", 40, person="full_name"),
            table("customer", 900, person="full_name"),
            table("policy", 1500),
            table("claim", 400),
            table("payment", 700),
        )
    },
    (
        key("customer", "region"),
        key("policy", "customer"),
        key("policy", "agent", "other"),
        key("claim", "policy"),
        key("payment", "claim"),
        key("payment", "policy", "other"),
        key("claim", "claim", "other"),
    ),
).decided("approved")


def test_the_people_are_those_with_names_to_whom_most_rows_belong():
    assert find_subjects(SCHEMA) == ("customer",)
    assert find_subjects(SCHEMA, ["agent"]) == ("agent",)
    with pytest.raises(ConfigError, match=r"privacy.subjects: clients is no synthesized table"):
        find_subjects(SCHEMA, ["clients"])


def test_what_belongs_to_a_person_is_followed_parents_first():
    assert belongings(SCHEMA, "customer") == ("policy", "claim", "payment")
    ways = [(way.child, way.parent) for way in ways_down(SCHEMA, "customer")]
    assert ways == [("policy", "customer"), ("claim", "policy"), ("payment", "policy"), ("payment", "claim")]
    assert [way.label for way in ways_back(SCHEMA, "customer")] == ["claim.other -> claim.id"]


def test_a_database_without_people_proposes_its_centre():
    plain = Schema("s", {"a": table("a", 50), "b": table("b", 90)}, (key("b", "a"),)).decided("approved")
    assert find_subjects(plain) == ("a",)
    assert find_subjects(Schema("s", {"a": table("a", 3)})) == ()


def test_things_without_a_table_are_people_before_things_with_one():
    films = Table("film", {"id": Column("long", "key")}, primary_key=("id",), rows=5_000)
    user = Table("user", {"id": Column("long", "key")}, primary_key=("id",), rows=400, virtual=True)
    rating = Table("rating", {"user": Column("long"), "film": Column("long")}, rows=9_000)
    keys = (
        ForeignKey("rating", ("film",), "film", ("id",), "approved"),
        ForeignKey("rating", ("user",), "user", ("id",), "approved"),
    )
    schema = Schema("library", {one.name: one for one in (films, user, rating)}, keys)
    assert find_subjects(schema) == ("user",)


def test_people_are_described_by_more_than_one_name():
    tables = (
        table("customer", 60, first="first_name", last="last_name", mail="email"),
        table("track", 3_000, composer="full_name"),
        table("sale", 2_000),
        table("play", 9_000),
    )
    keys = (key("sale", "customer"), key("play", "track"))
    schema = Schema("shop", {one.name: one for one in tables}, keys).decided("approved")
    assert find_subjects(schema) == ("customer",)


def test_people_without_names_are_those_with_dates_not_the_codes_that_rows_refer_to():
    born = Table("patient", {"id": Column("long", "key"), "born": Column("date")}, primary_key=("id",), rows=100)
    stays = Table(
        "stay",
        {"id": Column("long", "key"), "patient": Column("long"), "code": Column("long"), "came": Column("timestamp")},
        primary_key=("id",),
        rows=130,
    )
    keys = (
        ForeignKey("stay", ("patient",), "patient", ("id",), "approved"),
        ForeignKey("stay", ("code",), "code", ("id",), "approved"),
        key("text", "code"),
    )
    tables = {one.name: one for one in (born, stays, table("code", 14_000), table("text", 9_000))}
    assert find_subjects(Schema("ward", tables, keys).decided("approved")) == ("patient",)
