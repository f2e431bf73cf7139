"""Meanings are told from values, and from names only where the values agree."""

from __future__ import annotations

import pytest

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
