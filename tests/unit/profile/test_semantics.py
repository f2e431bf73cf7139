"""Meanings are told from values, and from names only where the values agree."""

from __future__ import annotations

import random
import time

import pytest
from faker import Faker

from synthspark.artifacts.schema import PERSONAL_SEMANTICS
from synthspark.profile.semantics import Evidence, semantic_type


def evidence(name: str, values: list[str], *, kind: str = "string", repeats: int = 1) -> Evidence:
    numbers = [float(value) for value in values] if kind != "string" else [float("inf"), float("-inf")]
    return Evidence(
        name,
        kind,
        rows=len(values) * repeats,
        filled=len(values) * repeats,
        distinct=len(set(values)),
        minimum=min(numbers),
        maximum=max(numbers),
        values=tuple(values),
        weights=(repeats,) * len(values),
    )


# Examples from the standards and from public documentation; none belongs to a person.
FORMS = {
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"],
    "card_number": ["4111111111111111", "5500 0000 0000 0004", "340000000000009"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "00112233-4455-6677-8899-aabbccddeeff"] * 2,
    "email": ["a@example.org", "b.c@example.com", "d@example.net"],
    "ip_address": ["192.0.2.1", "198.51.100.7", "2001:db8::1"],
    "mac_address": ["00:00:5E:00:53:01", "00-00-5E-00-53-02", "00:00:5e:00:53:af"],
    "url": ["https://example.org/a", "http://example.com", "www.example.net/x"],
    "vehicle_id": ["1M8GDM9AXKP042788", "1HGCM82633A004352", "5GZCZ43D13S812715"],
    "hash": [
        "d41d8cd98f00b204e9800998ecf8427e",
        "900150983cd24fb0d6963f7d28e17f72",
        "f96b697d7cb7938d525a2f31aaf161d0",
    ],
    "date_string": ["2020-01-31", "31.12.1999", "12/31/2001"],
    "json": ['{"a": 1}', "[1, 2]", "{}"],
}


@pytest.mark.parametrize("semantic", FORMS)
def test_form_and_name_tell(semantic: str) -> None:
    assert semantic_type(evidence(semantic, FORMS[semantic] * 4))[0] == semantic


@pytest.mark.parametrize(
    ("name", "values", "semantic"),
    [
        ("FirstName", ["Anna", "Peter", "Zzyx"], "first_name"),
        ("nachname", ["Huber", "Gruber", "Maier"], "last_name"),
        ("shipping_city", ["Ulm", "Graz", "Bern"], "city"),
        ("customer_phone", ["0664 1234567", "0699 7654321", "01 5550100"], "phone"),
        ("zip", ["1010", "8020", "6020"], "postal_code"),
        ("customer_name", ["Anna Huber", "Peter Maier", "Maria Gruber", "John Smith", "Paul Weber"] * 4, "full_name"),
    ],
)
def test_names_help(name: str, values: list[str], semantic: str) -> None:
    assert semantic_type(evidence(name, values))[0] == semantic


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("phone", ["yes", "no", "maybe"]),
        ("email", ["monthly", "weekly", "never"]),
        ("product_name", ["Chai", "Tofu", "Ikura of the north", "Steel rod 5"]),
    ],
)
def test_a_name_alone_makes_nothing_personal(name: str, values: list[str]) -> None:
    assert semantic_type(evidence(name, values))[0] not in PERSONAL_SEMANTICS


@pytest.mark.parametrize(
    ("made", "semantic"),
    [
        (evidence("c", ["red", "blue", "green"], repeats=50), "category"),
        (evidence("c", ["AB-12", "AB-77", "AX-31", "QZ-90"]), "code"),
        (
            evidence("c", ["the quick brown fox jumps", "over the lazy dog today", "and then it sleeps well"]),
            "free_text",
        ),
        (evidence("amount", ["1.5", "2.25", "7"], kind="double"), "money"),
        (evidence("latitude", ["47.1", "48.25", "-3.5"], kind="double"), "coordinate"),
        (evidence("n", ["1", "2", "3"], kind="long"), "number"),
    ],
)
def test_general_meanings(made: Evidence, semantic: str) -> None:
    assert semantic_type(made)[0] == semantic


PEOPLE = [
    "Anna",
    "Peter",
    "Maria",
    "John",
    "Paul",
    "Laura",
    "James",
    "Emma",
    "Lucas",
    "Sofia",
    "Marco",
    "Julia",
    "Luca",
]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
COLOURS = ["Rose", "Violet", "Scarlett", "Amber", "Ruby", "Jade", "Olive", "Hazel", "Ivory", "Coral"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("status", ["open", "closed", "pending"]),
        ("segment", ["mass", "affluent", "premium", "young"]),
        ("month", MONTHS),
        ("colour", COLOURS),
        ("account_type", ["checking", "savings", "joint"]),
        ("phone_type", ["home", "mobile", "work"]),
        ("phone_service", ["Yes", "No"]),
        ("email_consent", ["granted", "refused"]),
        ("address_category", ["residential", "business"]),
        ("name_status", ["Anna", "Peter", "Maria"]),
        ("version", ["1.2.3.4", "1.2.3.5", "2.0.0.1"]),
        ("genre", ["Rock", "Jazz", "Metal", "Latin", "Blues"]),
        ("sku", [f"AB-{number:05d}" for number in range(500)]),
        ("serial", [f"{number:016d}" for number in range(4_000_000_000_000_000, 4_000_000_000_000_200)]),
    ],
)
def test_categories_and_codes_are_not_personal(name: str, values: list[str]) -> None:
    assert semantic_type(evidence(name, values, repeats=20))[0] not in PERSONAL_SEMANTICS


@pytest.mark.parametrize(
    ("name", "values", "semantic"),
    [
        ("vorname", PEOPLE, "first_name"),
        ("prenom", PEOPLE, "first_name"),
        ("OtherNames", PEOPLE, "first_name"),
        ("telefoonnummer", ["020 5550100", "010 5550111", "070 5550122"], "phone"),
        ("rua", ["Rua das Flores 10", "Avenida Central 7", "Travessa do Sol 3"], "street"),
        ("cognome", ["Rossi", "Bianchi", "Verdi"], "last_name"),
        ("Geburtsort", ["Ulm", "Graz", "Bern"], "city"),
        ("citta_residenza", ["Roma", "Torino", "Bari"], "city"),
        ("nationality", ["ITA", "DEU", "FRA"], "country"),
    ],
)
def test_few_repeated_values_keep_the_meaning_their_name_gives(name: str, values: list[str], semantic: str) -> None:
    assert semantic_type(evidence(name, values, repeats=30))[0] == semantic


def test_first_names_are_found_without_a_telling_name() -> None:
    faker = Faker("it_IT")
    faker.seed_instance(3)
    names = sorted({faker.first_name() for _ in range(200)})
    assert semantic_type(evidence("c7", names, repeats=3))[0] == "first_name"


@pytest.mark.parametrize(
    ("name", "first", "step", "semantic"),
    [
        ("mobile_phone", 393_331_234_567, 977, "phone"),
        ("ssn", 123_456_789, 1_013, "national_id"),
        ("konto_nr", 40_012_345, 7, "person_code"),
        ("n_customers", 40_012_345, 7, "number"),
        ("inhabitants", 393_331_234_567, 977, "number"),
        ("customer_id", 10_001, 1, "code"),
    ],
)
def test_numbers_are_personal_only_by_a_clear_name(name: str, first: int, step: int, semantic: str) -> None:
    values = [str(first + step * place) for place in range(300)]
    assert semantic_type(evidence(name, values, kind="long"))[0] == semantic


def test_national_ids_held_as_numbers_are_told_by_their_check_digits() -> None:
    faker = Faker("pl_PL")
    faker.seed_instance(4)
    numbers = [str(int(faker.pesel())) for _ in range(60)]  # some lose a leading zero
    assert semantic_type(evidence("c3", numbers, kind="long"))[0] == "national_id"
    others = [str(int(number) + 1) for number in numbers]
    assert semantic_type(evidence("c3", others, kind="long"))[0] == "number"


@pytest.mark.parametrize("name", ["2024", "", " ", "€", "名前", "a.b c"])
def test_odd_names_of_columns_say_nothing(name: str) -> None:
    numbers = [str(number) for number in range(10_000_000, 10_000_300)]
    assert semantic_type(evidence(name, numbers, kind="long"))[0] == "number"
    assert semantic_type(evidence(name, PEOPLE * 3))[0] == "first_name"


def test_a_contract_number_that_repeats_is_personal_and_one_that_never_does_is_a_code() -> None:
    numbers = [f"P-{number:07d}" for number in range(400)]
    # Values with k rows may be kept as categories; a person's number must not be one of them.
    assert semantic_type(evidence("policy_number", numbers, repeats=8))[0] == "person_code"
    assert semantic_type(evidence("policy_number", numbers))[0] == "code"


def test_check_characters_tell_national_ids_without_a_telling_name() -> None:
    right, wrong = "RSSMRA85T10A562S", "RSSMRA85T10A562A"  # the usual example of an Italian fiscal code
    assert semantic_type(evidence("c1", [right]))[0] == "national_id"
    assert semantic_type(evidence("c1", [wrong]))[0] not in PERSONAL_SEMANTICS


def test_marks_for_missing_values_say_nothing() -> None:
    assert semantic_type(evidence("email", ["", "n/a", "a@example.org", "b@example.org"]))[0] == "email"
    assert semantic_type(evidence("first_name", [""], repeats=9)) == ("constant", 1.0)


def test_a_thousand_values_take_milliseconds() -> None:
    random_source = random.Random(5)
    texts = [" ".join(random_source.choices(PEOPLE + MONTHS + COLOURS, k=4)) + f" {number}" for number in range(1000)]
    columns = [evidence("c", texts), evidence("claim_number", [f"CL-2019-{number:07d}" for number in range(1000)])]
    columns.append(evidence("c", ["- " * 128 + str(number) for number in range(1000)]))
    for column in columns:
        semantic_type(column)  # lists are read once
        started = time.process_time()
        semantic_type(column)
        assert time.process_time() - started < 0.1  # takes about 2 ms; 5 are asked for; idle machines are rare
