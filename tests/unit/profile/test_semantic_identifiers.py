"""Published identifiers are told by their check characters, without a telling name."""

from __future__ import annotations

import random

import pytest
from faker import Faker

from synthspark.profile.semantic_identifiers import identifier_of


def made(locale: str, provider: str, n: int = 40) -> list[str]:
    fake = Faker(locale)
    fake.seed_instance(7)
    return [getattr(fake, provider)() for _ in range(n)]


@pytest.mark.parametrize(
    ("locale", "provider", "meaning"),
    [
        ("it_IT", "ssn", "national_id"),
        ("fr_FR", "ssn", "national_id"),
        ("nl_NL", "ssn", "national_id"),
        ("pl_PL", "pesel", "national_id"),
        ("ro_RO", "ssn", "national_id"),
        ("pt_BR", "cpf", "national_id"),
        ("en_US", "ssn", "national_id"),
        ("it_IT", "vat_id", "tax_id"),
        ("pt_BR", "cnpj", "company_id"),
        ("fr_FR", "siret", "company_id"),
    ],
)
def test_schemes_of_several_countries(locale: str, provider: str, meaning: str) -> None:
    values = made(locale, provider)
    assert identifier_of(values)[0] == meaning
    marks = ["unknown", "see file"]
    assert identifier_of(values[:20] + marks) == (meaning, pytest.approx(identifier_of(values)[1] * 20 / 22))


@pytest.mark.parametrize("length", range(7, 20))
def test_numbers_at_random_are_none(length: int) -> None:
    source = random.Random(length)
    values = ["".join(source.choices("0123456789", k=length)) for _ in range(300)]
    assert identifier_of(values) == ("", 0.0)


def test_few_values_tell_nothing() -> None:
    assert identifier_of(made("it_IT", "ssn", 5)) == ("", 0.0)
    assert identifier_of([]) == ("", 0.0)
