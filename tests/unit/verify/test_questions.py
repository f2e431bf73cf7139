import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import Settings, TableSettings
from synthspark.verify.questions import Overlap, Unique, expected_scale, questions_of

PERSON = Table(
    "person",
    {
        "id": Column("long", "key", nullable=False),
        "card": Column("string", "key"),
        "first": Column("string", "first_name"),
        "last": Column("string", "last_name"),
        "date_of_birth": Column("date", "date"),
        "joined": Column("date", "date"),
        "mail": Column("string", "email", generate="verbatim"),
        "note": Column("string", "phone", nullable=False, generate="drop"),
        "photo": Column("binary", "username"),
    },
    primary_key=("id",),
    alternate_keys=(("card",), ("mail",)),
    rows=100,
)
VISIT = Table(
    "visit",
    {"n": Column("long"), "card": Column("string", "key"), "phone": Column("string", "phone")},
    primary_key=("card", "n"),
    rows=900,
)
STATUSES = {"approved": True, "locked": True, "proposed": False, "rejected": False}


def database(status="approved"):
    key = ForeignKey("visit", ("card",), "person", ("card",), status=status)
    return Schema("d", {"person": PERSON, "visit": VISIT}, (key,))


def asked(schema, name, **present):
    columns = {table: tuple(item.columns) for table, item in schema.tables.items()}
    return questions_of(schema, schema.tables[name], {**columns, **present})


def test_keys_columns_and_persons_are_asked_about():
    questions = asked(database(), "person")
    assert questions.not_null == ("id",)
    assert questions.unique == (Unique(("id",)), Unique(("card",)))
    assert questions.overlaps == (Overlap(("card",), "key"), Overlap(("first", "last", "date_of_birth"), "identity"))


@pytest.mark.parametrize("status", STATUSES)
def test_only_foreign_keys_in_force_are_asked_about(status):
    schema = database(status)
    assert bool(asked(schema, "visit").foreign) == STATUSES[status]
    assert (Unique(("card",)) in asked(schema, "person").unique) == STATUSES[status]


def test_values_inherited_through_a_foreign_key_are_asked_about_at_the_parent():
    assert asked(database(), "visit").overlaps == (Overlap(("phone",), "personal"),)
    free = asked(database("rejected"), "visit").overlaps
    assert Overlap(("card",), "key") in free


def test_primary_key_columns_must_be_filled_even_when_called_nullable():
    assert asked(database(), "visit").not_null == ("n", "card")


def test_columns_that_were_not_written_are_left_to_the_check_of_columns():
    questions = asked(database(), "visit", visit=("n", "phone"))
    assert questions.foreign == ()
    assert questions.unique == ()
    assert asked(database(), "visit", person=("id",)).foreign == ()


def test_key_onto_columns_that_are_no_declared_key_is_told_apart():
    key = ForeignKey("visit", ("phone",), "person", ("first",), status="approved")
    schema = Schema("d", {"person": PERSON, "visit": VISIT}, (key,))
    assert Unique(("first",), declared=False) in asked(schema, "person").unique


def test_scale_follows_the_context_parent_up_to_its_root():
    schema = database()
    plan = plan_database(schema)

    def scale(table, **settings):
        return expected_scale(Settings(**settings), schema, plan, table)

    assert scale("visit", scale=2.0) == 2.0
    assert scale("visit", scale={"person": 3.0}) == 3.0
    assert scale("visit", tables={"person": TableSettings(rows=50)}) == 0.5
