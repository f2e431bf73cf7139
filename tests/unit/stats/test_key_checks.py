"""Keys issued with check characters: all valid, all distinct, none of the source's, however many are asked for."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthspark.errors import ModelError
from synthspark.rules.checks import check_count, with_check
from synthspark.stats.checksums import SCHEMES
from synthspark.stats.comparison import normal_form
from synthspark.stats.key_formats import KeyFormat, issue
from synthspark.stats.key_hashes import value_hashes
from synthspark.stats.key_learning import learn_key_format
from synthspark.stats.key_ranges import issue_after

KEY = 0x5EED
# What identifiers of each scheme may look like; 9 stands for digits that vary.
FORMS = {
    "iban": "GB00WEST99999999999999",
    "vin": "WVWZZZ1J0XW999999",
    "italian": "RSSMRA99T99A999X",
    "dni": "99999999T",
    "mod97_10": "5493001KJT9999999900",
    "luhn": "P-99999999-0",
    "gs1": "400-99999-9999-0",
    "isbn10": "9999999990",
    "mod11_10": "99 999 999 990",
    "mod11": "NHS 999 999 9990",
    "elfproef": "999999990",
    "mod97": "9999999900",
}
SHORT = {"luhn": "P-0099-9", "gs1": "400-1999-0", "isbn10": "1111111990", "iban": "NO00123499999"}


def numbers(form, n, scheme, seed=0):
    """Valid identifiers of a form; of schemes that leave numbers out, fewer."""
    random = np.random.default_rng(seed)
    texts = ["".join(str(random.integers(10)) if char == "9" else char for char in form) for _ in range(n)]
    found = list(dict.fromkeys(with_check(pa.array(texts), scheme).to_pylist()))
    return [text for text in found if not check_count(pa.array([text]), scheme)[1]]


def learned(values, scheme="", **options):
    array = pa.array(values, pa.string())
    return learn_key_format(array, "string", len(values), avoid=value_hashes(array), scheme=scheme, **options)


def assert_good(keys, scheme, source):
    assert check_count(keys, scheme) == (len(keys), 0)
    assert len(set(keys.to_pylist())) == len(keys)
    assert not set(keys.to_pylist()) & set(source)


@pytest.mark.parametrize("scheme", FORMS)
def test_keys_of_every_scheme_are_valid_distinct_and_new(scheme):
    source = numbers(FORMS[scheme], 300, scheme)
    keys = issue(learned(source, scheme), np.arange(2000), 2000, KEY)
    assert_good(keys, scheme, source)


def test_every_scheme_is_tried():
    assert set(FORMS) == set(SCHEMES)


@pytest.mark.parametrize("scheme", FORMS)
def test_check_characters_are_kept_without_a_rule(scheme):
    source = numbers(FORMS[scheme], 300, scheme)
    assert_good(issue(learned(source), np.arange(500), 500, KEY), scheme, source)


@settings(max_examples=40, deadline=None)
@given(
    scheme=st.sampled_from(sorted(SCHEMES)),
    n_source=st.integers(0, 60),
    n_rows=st.integers(1, 400),
    seed=st.integers(0, 2**32),
    wrong=st.booleans(),
)
def test_a_rule_is_kept_whatever_the_source_looks_like(scheme, n_source, n_rows, seed, wrong):
    source = numbers(FORMS[scheme], n_source, scheme, seed)
    if wrong:
        source = [text[::-1] for text in source]
    keys = issue(learned(source, scheme), np.arange(n_rows), n_rows, seed)
    assert_good(keys, scheme, source)


@pytest.mark.parametrize(("scheme", "form"), SHORT.items())
def test_more_keys_than_the_format_holds_stay_valid(scheme, form):
    source = numbers(form, 40, scheme)
    assert_good(issue(learned(source, scheme), np.arange(30_000), 30_000, KEY), scheme, source)


@pytest.mark.parametrize("scheme", ["luhn", "vin"])
def test_appended_keys_differ_from_those_before(scheme):
    form = {"luhn": "P-0099-9", "vin": "WVWZZZ1J0XW000099"}[scheme]
    source = numbers(form, 60, scheme)
    key_format = learned(source, scheme)
    before = [300, 50_000]
    runs = [issue_after(key_format, before[:place], np.arange(rows), rows, KEY) for place, rows in enumerate(before)]
    runs.append(issue_after(key_format, before, np.arange(200_000), 200_000, KEY))
    assert_good(pa.concat_arrays(runs), scheme, source)


def test_keys_of_a_scheme_without_room_are_refused():
    source = numbers("00000099T", 60, "dni")
    with pytest.raises(ModelError, match="reject the rule"):
        issue(learned(source, "dni"), np.arange(1), 2 * 10**8, KEY)


def test_letters_in_both_cases_stay_apart_from_the_check():
    source = numbers("aB-99-Cd-9990", 50, "luhn") + numbers("Ab-99-cD-9990", 50, "luhn", seed=1)
    keys = issue(learned(source, "luhn", compared="folded"), np.arange(400), 400, KEY)
    assert_good(keys, "luhn", source)
    assert len(set(normal_form(keys, "folded").to_pylist())) == 400


def test_the_form_of_the_source_is_kept():
    source = numbers("P-00009999-0", 200, "luhn")
    keys = issue(learned(source, "luhn"), np.arange(100), 100, KEY).to_pylist()
    assert all(len(key) == 12 and key.startswith("P-0000") and key[10] == "-" for key in keys)


def test_a_format_with_a_scheme_survives_its_file():
    source = numbers(FORMS["vin"], 100, "vin")
    key_format = learned(source, "vin")
    assert KeyFormat.from_json(key_format.to_json()) == key_format
