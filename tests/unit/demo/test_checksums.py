"""Check digits held against arithmetic written a second time, digit by digit, and against published examples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.nl import bsn
from stdnum.pl import pesel

from synthspark.demo import simulate_insurance
from synthspark.demo.checksums import italian_check, luhn_digit, steuer_id_check, with_iban_check, with_vin_check
from synthspark.demo.columns import char_rows

from .conftest import as_frames

Frames = dict[str, pd.DataFrame]


def texts(chars: np.ndarray) -> list[str]:
    return ["".join(map(chr, row)) for row in chars]


def iban_is_valid(iban: str) -> bool:
    return int("".join(str(int(mark, 36)) for mark in iban[4:] + iban[:4])) % 97 == 1


def luhn_is_valid(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def vin_is_valid(vin: str) -> bool:
    values = {
        letter: value
        for value, letters in enumerate(["", "AJ", "BKS", "CLT", "DMU", "ENV", "FW", "GPX", "HY", "RZ"])
        for letter in letters
    }
    total = sum(
        weight * (int(mark) if mark.isdigit() else values[mark])
        for mark, weight in zip(vin, [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], strict=True)
    )
    return vin[8] == "0123456789X"[total % 11]


def codice_fiscale_is_valid(code: str) -> bool:
    odd = "BAKPLCQDREVOSFTGUHMINJWZYX"  # the letter at place v stands where an odd character is worth v
    total = 0
    for place, mark in enumerate(code[:15]):
        letter = "ABCDEFGHIJ"[int(mark)] if mark.isdigit() else mark
        total += ord(letter) - ord("A") if place % 2 else odd.index(letter)
    return code[15] == chr(ord("A") + total % 26)


def steuer_id_is_valid(number: str) -> bool:
    product = 10
    for digit in number[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    repeated = sorted(number[:10].count(digit) for digit in set(number[:10]))
    return number[0] != "0" and (11 - product) % 10 == int(number[10]) and repeated == [1] * 8 + [2]


@pytest.mark.parametrize(
    ("country", "account", "iban"),
    [
        ("GB", "WEST12345698765432", "GB82WEST12345698765432"),
        ("DE", "370400440532013000", "DE89370400440532013000"),
        ("IT", "X0542811101000000123456", "IT60X0542811101000000123456"),
    ],
)
def test_iban_of_published_example(country: str, account: str, iban: str) -> None:
    assert texts(with_iban_check(country, char_rows([account]))) == [iban]


def test_check_letters_of_published_examples() -> None:
    assert texts(italian_check(char_rows(["RSSMRA85T10A562"]))) == ["S"]
    assert texts(italian_check(char_rows(["0542811101000000123456"]))) == ["X"]


def test_check_digits_of_published_examples() -> None:
    assert texts(luhn_digit(char_rows(["7992739871"]))) == ["3"]
    assert texts(steuer_id_check(char_rows(["8609574271"]))) == ["9"]
    assert texts(with_vin_check(char_rows(["1M8GDM9A0KP042788"]))) == ["1M8GDM9AXKP042788"]


def test_identifiers_of_the_database_are_valid(frames: Frames) -> None:
    assert frames["customer"]["iban"].dropna().map(iban_is_valid).all()
    assert frames["policy"]["policy_number"].str.replace(r"\D", "", regex=True).map(luhn_is_valid).all()
    assert frames["vehicle"]["vin"].map(vin_is_valid).all()
    parts = (
        frames["customer"]["national_id"]
        .str.extract(r"^(?P<area>\d{3})-(?P<group>\d{2})-(?P<serial>\d{4})$")
        .astype(int)
    )
    assert (parts["area"].between(1, 899) & (parts["area"] != 666) & (parts["group"] > 0) & (parts["serial"] > 0)).all()


def test_identifiers_abroad_are_valid(abroad: tuple[str, Frames]) -> None:
    locale, frames = abroad
    customer = frames["customer"]
    assert customer["iban"].dropna().map(iban_is_valid).all()
    assert (customer["iban"].dropna().str[:2] == locale[-2:]).all()
    abroad = {"fr_FR": nir.is_valid, "es_ES": dni.is_valid, "nl_NL": bsn.is_valid, "pl_PL": pesel.is_valid}
    is_valid = ({"it_IT": codice_fiscale_is_valid, "de_DE": steuer_id_is_valid} | abroad)[locale]
    assert customer["national_id"].map(is_valid).all()
    assert customer["national_id"].is_unique


def test_codice_fiscale_tells_sex_and_birth_year() -> None:
    customer = as_frames(simulate_insurance(300, locale="it_IT"))["customer"]
    known = customer[pd.to_datetime(customer["birth_date"]).dt.year > 1900]
    assert ((known["national_id"].str[9:11].astype(int) > 40) == (known["gender"] == "F")).all()
    assert (known["national_id"].str[6:8].astype(int) == pd.to_datetime(known["birth_date"]).dt.year % 100).all()
