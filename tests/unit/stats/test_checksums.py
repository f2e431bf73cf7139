import numpy as np
import pytest

from synthspark.stats.checksums import SCHEMES, check_places, find_scheme, set_check

# Published examples: ISO 13616, 49 CFR 565, ISO 17442, the NHS and BSN test numbers, GS1, ISBN, BZSt.
PUBLISHED = {
    "iban": "GB82WEST12345698765432",
    "vin": "1M8GDM9AXKP042788",
    "italian": "RSSMRA85T10A562S",
    "dni": "12345678Z",
    "mod97_10": "5493001KJTIIGC8Y1R12",
    "luhn": "4111111111111111",
    "gs1": "4006381333931",
    "isbn10": "080442957X",
    "mod11_10": "86095742719",
    "mod11": "9434765919",
    "elfproef": "111222333",
    "mod97": "0776091951",
}


def rows(texts):
    return np.array([list(text.encode()) for text in texts], dtype=np.uint8)


def text_of(chars):
    return [row.tobytes().decode() for row in chars]


@pytest.mark.parametrize(("scheme", "number"), PUBLISHED.items())
def test_published_numbers_keep_their_check_characters(scheme, number):
    assert text_of(set_check(scheme, rows([number]))) == [number]


@pytest.mark.parametrize(("scheme", "number"), PUBLISHED.items())
def test_wrong_check_characters_are_mended(scheme, number):
    broken = rows([number])
    for place in check_places(scheme, broken[0]):
        broken[0, place] = ord("7") if broken[0, place] != ord("7") else ord("8")
    assert text_of(set_check(scheme, broken)) == [number]


def test_every_scheme_has_a_published_example():
    assert set(PUBLISHED) == set(SCHEMES)


@pytest.mark.parametrize("scheme", ["luhn", "gs1", "mod11_10", "mod97_10", "iban", "vin"])
def test_a_scheme_is_found_in_numbers_that_obey_it(scheme):
    random = np.random.default_rng(1)
    varied = np.repeat(rows([PUBLISHED[scheme]]), 50, axis=0)
    digits = np.flatnonzero((varied[0] >= ord("0")) & (varied[0] <= ord("9")))
    varied[:, digits] = random.integers(ord("0"), ord("9") + 1, size=(50, digits.size))
    assert find_scheme(set_check(scheme, varied)) == scheme


def test_numbers_without_check_digits_show_no_scheme():
    random = np.random.default_rng(2)
    assert find_scheme(random.integers(ord("0"), ord("9") + 1, size=(200, 10)).astype(np.uint8)) == ""


def test_few_numbers_show_no_scheme():
    assert find_scheme(rows([PUBLISHED["luhn"]] * 5)) == ""


def test_separators_are_passed_over():
    assert text_of(set_check("luhn", rows(["4111-1111-1111-1110"]))) == ["4111-1111-1111-1111"]
