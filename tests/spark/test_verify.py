"""The integrity gate on two tables of people and their orders, broken in one place at a time."""

import dataclasses
import datetime

import pytest

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.verification import Verification
from synthspark.config import DiscoverSettings, Settings
from synthspark.errors import GateFailed
from synthspark.progress import LoggedProgress
from synthspark.verify.on_spark import verify_database

PERSON_FORM = "`the id` long, code string, first string, Last string, `born.on` date, mail string"
ORDER_FORM = "id long, person int, `per``son code` string, price decimal(8,2)"
CODES = ["QX7-9KD2PW", "AM3-1ZR8TB", "ZC9-5FH4LN", "GT1-0VJ6SE"]
PEOPLE = [
    (n, CODES[n - 1], first, last, datetime.date(1970 + n, 1, 2), f"{first}.{last}@real.example".lower())
    for n, (first, last) in enumerate([("Ada", "Berg"), ("Bo", "Dahl"), ("Cy", "Ek"), ("Di", "Falk")], 1)
]
ORDERS = [(n, 1 + n % 4 if n % 5 else None, CODES[n % 4] if n % 3 else None, None) for n in range(1, 13)]
MADE_PEOPLE = [
    (n, f"C-{n + 500}QZ", first, last, datetime.date(1971 + n, 1, 2), f"{last}{n}@made.example")
    for n, (first, last) in enumerate([("Ada", "Berg"), ("Ada", "Dahl"), ("Bo", "Ek"), ("Di", "Ek")], 1)
]
MADE_ORDERS = [(n, 1 + n % 4 if n % 5 else None, f"C-{501 + n % 4}QZ" if n % 3 else None, None) for n in range(1, 13)]


def schema(**changes):
    person = Table(
        "person",
        {
            "the id": Column("long", "key", nullable=False),
            "code": Column("string", "key", nullable=False),
            "first": Column("string", "first_name"),
            "Last": Column("string", "last_name"),
            "born.on": Column("date", "date"),
            "mail": Column("string", "email"),
        },
        primary_key=("the id",),
        alternate_keys=(("code",),),
        status="approved",
        rows=4,
        **changes,
    )
    order = Table(
        "order",
        {
            "id": Column("long", "key", nullable=False),
            "person": Column("integer", "key"),
            "per`son code": Column("string", "key"),
            "price": Column("decimal(8,2)", "money"),
        },
        primary_key=("id",),
        status="approved",
        rows=12,
        **changes,
    )
    return Schema(
        "shop",
        {"person": person, "order": order},
        (
            ForeignKey("order", ("person",), "person", ("the id",), status="approved"),
            ForeignKey("order", ("per`son code",), "person", ("code",), status="approved"),
        ),
    )


@pytest.fixture(params=[0, 100_000], ids=["on Spark", "on the driver"])
def verify(spark, request):
    def run(people=MADE_PEOPLE, orders=MADE_ORDERS, *, wanted=None, recorded=None, forms=(PERSON_FORM, ORDER_FORM)):
        source = {
            "person": spark.createDataFrame(PEOPLE, PERSON_FORM),
            "order": spark.createDataFrame(ORDERS, ORDER_FORM),
        }
        made = {"person": spark.createDataFrame(people, forms[0]), "order": spark.createDataFrame(orders, forms[1])}
        counts = recorded or {"person": len(people), "order": len(orders)}
        settings = Settings(discover=DiscoverSettings(driver_rows=request.param))
        return verify_database(source, made, wanted or schema(), counts, settings, LoggedProgress())

    return run


def errors(verification):
    return [(finding.place, finding.message) for finding in verification.errors]


def test_sound_data_pass_and_every_check_has_a_score(verify):
    result = verify()
    assert result.passed
    assert not result.findings
    result.raise_if_failed()
    names = [score.name for score in result.scores]
    assert names.count("referential_integrity") == 2
    assert names.count("key_uniqueness") == 3  # two primary keys, one key that is pointed to
    assert names.count("source_values") == 3  # code, mail, the person as a whole
    assert all(score.goodness == 1.0 for score in result.scores)
    assert Verification.from_json(result.to_json()) == result


def test_orphans_repeated_keys_nulls_and_lost_rows_fail_the_gate(verify):
    people = [
        MADE_PEOPLE[0],
        MADE_PEOPLE[1],
        (1, *MADE_PEOPLE[2][1:]),
        (*MADE_PEOPLE[3][:1], None, *MADE_PEOPLE[3][2:]),
    ]
    result = verify(people, recorded={"person": 4, "order": 14})
    found = " / ".join(f"{place}: {message}" for place, message in errors(result))
    assert "table person: 1 values of the key the id occur more than once (1 rows too many)" in found
    assert "table person: nulls in code (1)" in found
    assert "foreign key order.person -> person.the id: 2 of 10 rows point to no row of person" in found
    assert "foreign key order.per`son code -> person.code: 2 of 8 rows" in found
    assert "table order: holds 12 rows; expected the 14" in found
    assert len(errors(result)) == 5
    with pytest.raises(GateFailed, match="point to no row of person"):
        result.raise_if_failed()


def test_values_of_the_source_are_found_whatever_their_case(verify):
    people = [
        (1, CODES[1], "Ada", "Berg", datetime.date(1971, 1, 2), "BO.DAHL@real.example "),
        *MADE_PEOPLE[1:],
    ]
    result = verify(people, [])
    assert {place for place, _ in errors(result)} == {
        "table person, column code",
        "table person, column mail",
        "table person",  # Ada Berg with her birthday
    }
    assert "Dahl" not in str(result.findings)


def test_verbatim_columns_and_reference_tables_are_free_to_repeat(verify):
    wanted = schema()
    person = wanted.tables["person"]
    free = {name: dataclasses.replace(column, generate="verbatim") for name, column in person.columns.items()}
    tables = {**wanted.tables, "person": dataclasses.replace(person, columns=free)}
    assert verify(PEOPLE, ORDERS, wanted=dataclasses.replace(wanted, tables=tables)).passed
    assert verify(PEOPLE, ORDERS, wanted=schema(role="reference")).passed


def test_other_columns_and_types_are_named(verify):
    people = [row[:5] for row in MADE_PEOPLE]
    result = verify(
        people, forms=(PERSON_FORM.removesuffix(", mail string"), ORDER_FORM.replace("person int", "person long"))
    )
    found = dict(errors(result))
    assert "lacks mail" in found["table person"]
    assert "person (bigint for int)" in found["table order"]
    assert len(found) == 2


def test_missing_table_is_an_error_and_its_rules_are_told(spark):
    wanted = dataclasses.replace(schema(), rules=(Rule("order", "order", ("id", "person"), status="approved"),))
    people = spark.createDataFrame(PEOPLE, PERSON_FORM)
    source = {"person": people, "order": spark.createDataFrame(ORDERS, ORDER_FORM)}
    made = {"person": spark.createDataFrame(MADE_PEOPLE, PERSON_FORM)}
    result = verify_database(source, made, wanted, {"person": 4}, Settings(), LoggedProgress())
    assert [finding.severity for finding in result.findings] == ["error", "note"]
    assert result.findings[0].place == "table order"
    assert "table order was not written" in result.findings[1].message


def test_rows_that_break_a_rule_fail_the_gate_unless_nothing_can_hold_to_it(verify):
    born = Rule("null_together", "person", ("born.on", "mail"), status="approved")
    keys = Rule("order", "order", ("person", "id"), status="approved")  # neither column may give way
    wanted = dataclasses.replace(schema(), rules=(born, keys))
    assert verify(wanted=wanted).passed
    people = [*MADE_PEOPLE[:3], (*MADE_PEOPLE[3][:5], None)]
    result = verify(people, wanted=wanted)
    assert errors(result) == [
        ("rule person null together: born.on, mail", "1 of 4 rows break it; expected none"),
    ]
    (warning,) = [finding for finding in result.findings if finding.severity == "warning"]
    assert warning.place == "rule order order: person, id"
    assert "keys or other rules set its columns" in warning.message


def test_row_counts_far_from_the_scale_are_only_a_warning(verify):
    result = verify(orders=[])
    assert result.passed
    assert [finding.severity for finding in result.findings] == ["warning"]
    assert "expected 12" in result.findings[0].message


def test_columns_that_differ_by_case_alone_and_keys_of_other_types(spark):
    form = "Id long, id string, c map<string,int>"
    parent = spark.createDataFrame([(1, "001", None), (2, "002", None)], form)
    child = spark.createDataFrame([("1",), ("02",), (None,)], "ref string")
    tables = {
        "parent": Table(
            "parent",
            {"Id": Column("long", "key", nullable=False), "id": Column("string"), "c": Column("map<string,integer>")},
            primary_key=("Id",),
            rows=2,
        ),
        "child": Table("child", {"ref": Column("string", "key")}, rows=3),
    }
    key = ForeignKey("child", ("ref",), "parent", ("Id",), status="locked", compare=("number",))
    frames = {"parent": parent, "child": child}
    wanted = Schema("d", tables, (key,))
    result = verify_database(frames, frames, wanted, {"parent": 2, "child": 3}, Settings(), LoggedProgress())
    assert result.passed, result.findings
