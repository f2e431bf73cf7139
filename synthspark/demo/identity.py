"""Numbers that name a person or an account: national ids and IBANs with valid check characters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from synthspark.demo.checksums import (
    bsn_check,
    dni_letter,
    italian_check,
    nir_key,
    pesel_check,
    rib_key,
    spanish_account_check,
    steuer_id_check,
    with_iban_check,
    without_homonyms,
)
from synthspark.demo.columns import Chars, beside, char_rows, digits, fixed, letters, literal
from synthspark.demo.draws import pick, stream, unlike_codes, zipf
from synthspark.demo.names import FEMALE, Pools, plain_letters
from synthspark.demo.places import Places
from synthspark.seeds import IntArray, permuted, stream_key

_MONTH_LETTERS = np.frombuffer(b"ABCDEHLMPRST", dtype=np.uint8)  # codice fiscale's months
_N_BANKS = 18
_SSN_AREAS, _SSN_GROUPS, _SSN_SERIALS = 898, 99, 9_999  # 001-899 without 666; 01-99; 0001-9999


def draw_national_ids(
    seed: int,
    locale: str,
    places: Places,
    pools: Pools,
    *,
    first: IntArray,
    last: IntArray,
    gender: IntArray,
    born: IntArray,
) -> pa.Array:
    """National ids, no two alike: social security number, codice fiscale, Steuer-ID, NIR, DNI, BSN or PESEL.

    Parameters
    ----------
    first, last : ndarray of shape (n,)
        Positions in the pools of names (female first names before male ones).
    born : ndarray of shape (n,)
        Days since 1970-01-01.
    """
    if locale == "it_IT":
        return fixed(_codici_fiscali(seed, places, pools, first=first, last=last, gender=gender, born=born))
    if locale == "de_DE":
        return fixed(_steuer_ids(seed, len(first)))
    if locale in _ABROAD:
        return fixed(_ABROAD[locale](seed, gender, born))
    return fixed(_social_security_numbers(seed, len(first)))


def draw_ibans(seed: int, locale: str, n: int) -> pa.Array:
    """IBANs of some banks, a few of which hold most accounts; accounts are British for the English locale."""
    generator = stream(seed, "customer", "iban")
    bank = pick(generator, zipf(_N_BANKS, 1.0), n)
    if locale == "it_IT":
        codes = np.unique(stream(seed, "banks").integers(1_005, 9_999, 4 * _N_BANKS))
        branch = generator.integers(1_000, 1_040, n) * 100 + bank
        account = beside(digits(codes[bank], 5), digits(branch, 5), unlike_codes(seed, "iban", "############", n))
        return fixed(with_iban_check("IT", beside(italian_check(account), account)))
    if locale == "de_DE":
        codes = np.unique(stream(seed, "banks").integers(10_010_010, 87_999_999, 4 * _N_BANKS))
        account = beside(digits(codes[bank], 8), unlike_codes(seed, "iban", "##########", n))
        return fixed(with_iban_check("DE", account))
    if locale == "fr_FR":
        codes = np.unique(stream(seed, "banks").integers(10_001, 45_999, 4 * _N_BANKS))
        branch, account = generator.integers(100, 140, n), unlike_codes(seed, "iban", "%##########", n)
        key = rib_key(codes[bank], branch, (account - ord("0")).astype(np.int64) @ 10 ** np.arange(10, -1, -1))
        return fixed(with_iban_check("FR", beside(digits(codes[bank], 5), digits(branch, 5), account, key)))
    if locale == "es_ES":
        codes = np.unique(stream(seed, "banks").integers(1_001, 2_999, 4 * _N_BANKS))
        office = beside(digits(codes[bank], 4), digits(generator.integers(1, 400, n), 4))
        account = unlike_codes(seed, "iban", "##########", n)
        check = beside(spanish_account_check(beside(literal("00", n), office)), spanish_account_check(account))
        return fixed(with_iban_check("ES", beside(office, check, account)))
    if locale == "pl_PL":
        codes = np.unique(stream(seed, "banks").integers(10_100_010, 29_999_999, 4 * _N_BANKS))
        account = beside(digits(codes[bank], 8), unlike_codes(seed, "iban", "################", n))
        return fixed(with_iban_check("PL", account))
    codes = stream(seed, "banks").integers(0, 26, (4, _N_BANKS))
    if locale == "nl_NL":
        account = beside(*(letters(row[bank]) for row in codes), unlike_codes(seed, "iban", "0#########", n))
        return fixed(with_iban_check("NL", account))
    sort = digits(generator.integers(200_000, 200_400, n) + 1_000 * bank, 6)
    account = beside(*(letters(row[bank]) for row in codes), sort, unlike_codes(seed, "iban", "########", n))
    return fixed(with_iban_check("GB", account))


def _social_security_numbers(seed: int, n: int) -> Chars:
    key = stream_key(seed, "demo insurance", "social security")
    left = permuted(key, np.arange(n), _SSN_AREAS * _SSN_GROUPS * _SSN_SERIALS)
    area = left // (_SSN_GROUPS * _SSN_SERIALS) + 1
    group, serial = left // _SSN_SERIALS % _SSN_GROUPS + 1, left % _SSN_SERIALS + 1
    dash = literal("-", n)
    return beside(digits(area + (area >= 666), 3), dash, digits(group, 2), dash, digits(serial, 4))


def _nirs(seed: int, gender: IntArray, born: IntArray) -> Chars:
    """Fifteen digits: sex, year, month, department, commune and number, key."""
    n = len(born)
    months = born.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    department = stream(seed, "customer", "nir").integers(1, 96, n)
    department = np.where(department == 20, 75, department)  # Corsica's have a letter
    sex = digits(np.where(gender == FEMALE, 2, 1), 1)
    place = beside(digits(department, 2), unlike_codes(seed, "nir", "%##%##", n))
    number = beside(sex, digits((1970 + months // 12) % 100, 2), digits(months % 12 + 1, 2), place)
    return beside(number, nir_key(number))


def _dnis(seed: int, gender: IntArray, born: IntArray) -> Chars:
    number = unlike_codes(seed, "dni", "%#######", len(born))
    return beside(number, dni_letter(number))


def _bsns(seed: int, gender: IntArray, born: IntArray) -> Chars:
    """Nine digits; one in eleven numbers has no check digit and is passed over."""
    n = len(born)
    number = unlike_codes(seed, "bsn", "%#######", n + n // 5 + 50)
    check = bsn_check(number)
    return beside(number, digits(np.minimum(check, 9), 1))[check < 10][:n]


def _pesels(seed: int, gender: IntArray, born: IntArray) -> Chars:
    """Eleven digits: birth date (months + 20 from 2000), serial number that is even for women, check digit."""
    days = born.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    year, month = 1970 + months.astype(np.int64) // 12, months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    order = np.lexsort((gender, born))
    new = np.append(True, (born[order][1:] != born[order][:-1]) | (gender[order][1:] != gender[order][:-1]))
    turn = np.empty(len(born), dtype=np.int64)
    turn[order] = np.arange(len(born)) - np.maximum.accumulate(np.where(new, np.arange(len(born)), 0))
    serial = 2 * (turn * 37 + stream(seed, "pesel").integers(0, 5_000)) % 10_000 + (gender != FEMALE)
    date = beside(digits(year % 100, 2), digits(month + 20 * (year >= 2000), 2), digits(day, 2))
    number = beside(date, digits(serial, 4))
    return beside(number, pesel_check(number))


_ABROAD: dict[str, Callable[[int, IntArray, IntArray], Chars]] = {
    "fr_FR": _nirs,
    "es_ES": _dnis,
    "nl_NL": _bsns,
    "pl_PL": _pesels,
}


def _steuer_ids(seed: int, n: int) -> Chars:
    """Eleven digits: among the first ten one occurs twice and one is missing, and the first is not 0."""
    number = np.zeros((n, 10), dtype=np.int64)
    open_rows = np.arange(n)
    generator = stream(seed, "customer", "steuer id")
    while len(open_rows):  # drawn again where it starts with 0 or was given before
        order = np.argsort(generator.random((len(open_rows), 10)), axis=1)
        twice = generator.integers(1, 10, len(open_rows))
        order[np.arange(len(open_rows)), twice] = order[:, 0]
        number[open_rows] = order
        value = number @ 10 ** np.arange(9, -1, -1)
        given = np.zeros(n, dtype=np.bool_)
        given[np.unique(value, return_index=True)[1]] = True
        open_rows = np.flatnonzero(~given | (number[:, 0] == 0))
    chars = (number + ord("0")).astype(np.uint8)
    return beside(chars, steuer_id_check(chars))


def _codici_fiscali(
    seed: int, places: Places, pools: Pools, *, first: IntArray, last: IntArray, gender: IntArray, born: IntArray
) -> Chars:
    """Sixteen characters: surname, name, year, month, day (women + 40), place of birth, check letter."""
    dates = born.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1 + 40 * (gender == FEMALE)
    month = _MONTH_LETTERS[months.astype(np.int64) % 12][:, None]
    year = digits((1970 + months.astype(np.int64) // 12) % 100, 2)
    place = pick(stream(seed, "customer", "birth place"), places.city_weight, len(first))
    codes = beside(
        char_rows([_surname_letters(name) for name in pools.last])[last],
        char_rows([_first_name_letters(name) for names in pools.first for name in names])[first],
        year,
        month,
        digits(day, 2),
        char_rows(places.tax_codes)[place],
    )
    unlike = without_homonyms(codes)
    return beside(unlike, italian_check(unlike))


def _surname_letters(name: str) -> str:
    vowels, consonants = _sorted_letters(name)
    return (consonants + vowels + "XXX")[:3]


def _first_name_letters(name: str) -> str:
    vowels, consonants = _sorted_letters(name)
    if len(consonants) >= 4:  # then the second consonant is skipped
        return consonants[0] + consonants[2:4]
    return (consonants + vowels + "XXX")[:3]


def _sorted_letters(name: str) -> tuple[str, str]:
    letters_only = plain_letters(name).upper()
    return (
        "".join(letter for letter in letters_only if letter in "AEIOU"),
        "".join(letter for letter in letters_only if letter not in "AEIOU"),
    )
