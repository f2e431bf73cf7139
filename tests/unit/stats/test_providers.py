import json
import random
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from faker import Faker

from synthspark.artifacts.schema import PERSONAL_SEMANTICS
from synthspark.stats.key_hashes import pair_hashes, value_hashes
from synthspark.stats.providers import emit, learn_personal
from synthspark.stats.providers_format import PersonalFormat
from synthspark.stats.providers_pools import personal_pool

KEY, N = 77, 3000


def source(name):
    draw = random.Random(4)
    italian, american = Faker("it_IT"), Faker("en_US")
    italian.seed_instance(1)
    american.seed_instance(2)
    makers = {
        "first_name": ("it_IT", italian.first_name),
        "last_name": ("it_IT", italian.last_name),
        "full_name": ("it_IT", lambda: f"{italian.first_name()} {italian.last_name()}"),
        "email": ("it_IT", italian.email),
        "phone": ("it_IT", italian.phone_number),
        "street": ("it_IT", italian.street_address),
        "address": ("it_IT", lambda: italian.address().replace("\n", ", ")),
        "iban": ("it_IT", italian.iban),
        "card_number": ("en_US", american.credit_card_number),
        "national_id": ("it_IT", italian.ssn),
        "tax_id": ("it_IT", lambda: f"{draw.randrange(10**11):011d}"),
        "company_id": ("it_IT", lambda: f"RM-{draw.randrange(10**6):06d}"),
        "licence_plate": ("en_US", american.license_plate),
        "vehicle_id": ("en_US", american.vin),
        "ip_address": ("en_US", american.ipv4),
        "mac_address": ("en_US", american.mac_address),
        "username": ("en_US", american.user_name),
        "person_code": ("en_US", lambda: f"E{draw.randrange(10**5):05d}"),
        "city": ("it_IT", italian.city),
        "company": ("it_IT", italian.company),
        "postal_code": ("it_IT", italian.postcode),
    }
    locale, make = makers[name]
    return locale, [make() for _ in range(1000)]


EVERY = sorted(PERSONAL_SEMANTICS | {"city", "company", "postal_code"})


def learned(name, **options):
    locale, values = source(name)
    array = pa.array(values)
    return values, learn_personal(name, locale, array, value_hashes(array), **options)


@pytest.mark.parametrize("name", EVERY)
def test_values_are_invented_whatever_the_batch_and_after_json(name):
    values, personal = learned(name)
    invented = emit(personal, np.arange(N), N, KEY)
    assert invented.type == pa.string()
    assert invented.null_count == 0
    if name not in ("first_name", "last_name"):
        assert not set(invented.to_pylist()) & set(values)
    again = PersonalFormat.from_json(json.loads(json.dumps(personal.to_json())))
    picked = np.arange(N)[::-7]
    assert emit(again, picked, N, KEY).equals(invented.take(pa.array(picked)))


@pytest.mark.parametrize("name", ["first_name", "email", "card_number", "person_code"])
def test_formats_hold_no_value_of_the_source(name):
    values, personal = learned(name)
    if name != "first_name":
        assert not [value for value in values if value in json.dumps(personal.to_json())]


def test_accounts_are_unique_and_follow_the_name():
    _, personal = learned("email")
    first, last = pa.array(["Élise", "Bo"] * (N // 2)), pa.array(["D'Angelo", "Wu"] * (N // 2))
    mails = emit(personal, np.arange(N), N, KEY, {"first_name": first, "last_name": last})
    assert len(mails.unique()) == N
    assert re.fullmatch(r"elise[._-]?dangelo\d+@example\.(com|net|org)", mails[0].as_py())
    by_full_name = emit(personal, np.arange(2), N, KEY, {"full_name": pa.array(["Wu, Bo", "Ada"])})
    assert by_full_name[0].as_py().startswith("wu")


def test_missing_names_are_drawn():
    _, personal = learned("email")
    mails = emit(personal, np.arange(3), N, KEY, {"first_name": pa.array(["Bo", None, None], pa.string())})
    assert mails.null_count == 0


def test_pairs_of_names_of_the_source_are_not_repeated():
    _, names = learned("last_name")
    first = pa.array(["Anna"] * N)
    drawn = emit(names, np.arange(N), N, KEY)
    pairs = pair_hashes(first[:100], drawn[:100])
    locale, values = source("last_name")
    guarded = learn_personal("last_name", locale, pa.array(values), avoid_pairs=pairs)
    again = emit(guarded, np.arange(N), N, KEY, {"first_name": first})
    assert not np.isin(pair_hashes(first, again), pairs).any()


def test_numbers_carry_valid_check_digits():
    _, personal = learned("iban")
    for iban in emit(personal, np.arange(300), N, KEY).to_pylist():
        moved = iban[4:] + iban[:4]
        assert int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
        assert iban.startswith("IT")


@pytest.mark.parametrize("n_values", [3, 1000])
def test_cards_pass_luhn_even_from_a_small_sample(n_values):
    _, values = source("card_number")
    personal = learn_personal("card_number", "en_US", pa.array(values[:n_values]))
    for card in emit(personal, np.arange(300), N, KEY).to_pylist():
        digits = [int(char) for char in card][::-1]
        assert sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def test_american_numbers_come_from_ranges_that_belong_to_nobody():
    phones = pa.array([f"({200 + n % 700}) 234-{n:04d}" for n in range(500)])
    invented = emit(learn_personal("phone", "en_US", phones, value_hashes(phones)), np.arange(N), N, KEY)
    assert all(pc.match_substring_regex(invented, r"^\([2-9][0-8]\d\) 555-01\d\d$").to_pylist())
    numbers = pa.array([f"{n:03d}-{1 + n % 90:02d}-{n * 7 % 9999:04d}" for n in range(100, 600)])
    invented = emit(learn_personal("national_id", "en_US", numbers), np.arange(N), N, KEY)
    assert all(pc.match_substring_regex(invented, r"^9\d\d-[0-4]\d-\d{4}$").to_pylist())


def test_network_addresses_belong_to_nobody():
    addresses = emit(learned("ip_address")[1], np.arange(N), N, KEY).to_pylist()
    parts = [[int(part) for part in address.split(".")] for address in addresses]
    assert all(240 <= part[0] <= 254 and max(part) <= 255 for part in parts)
    hardware = emit(learned("mac_address")[1], np.arange(N), N, KEY).to_pylist()
    assert all(int(mac[:2], 16) & 3 == 2 for mac in hardware)


def test_repeated_values_keep_their_share():
    values = pa.array([f"+39 06 {n % 300:07d}" for n in range(1000)])
    personal = learn_personal("phone", "it_IT", values, value_hashes(values))
    assert len(emit(personal, np.arange(10_000), 10_000, KEY).unique()) == 3000


def test_letter_case_and_order_are_kept():
    names = pa.array(["ROSSI, ANNA", "WU, BO", "DIAZ, EVA"])
    invented = emit(learn_personal("full_name", "es_ES", names, value_hashes(names)), np.arange(50), 50, KEY)
    assert all(text == text.upper() and ", " in text for text in invented.to_pylist())


def test_numbers_stored_as_numbers_stay_numbers():
    values = pa.array([3_330_000_000 + 7 * n * n for n in range(900)])
    personal = learn_personal("phone", "it_IT", values, value_hashes(values), logical_type="long")
    assert emit(personal, np.arange(N), N, KEY).type == pa.int64()


def test_a_column_without_values_still_gets_some():
    for name in EVERY:
        personal = learn_personal(name, "", pa.array([], pa.string()))
        assert len(emit(personal, np.arange(10), 10, KEY)) == 10


def test_lists_are_distinct_seeded_and_fall_back_on_the_language():
    assert personal_pool("last_name", "it_IT", 50, 3) == personal_pool("last_name", "it_IT", 50, 3)
    assert len(set(personal_pool("city", "de", 100, 1))) == 100
    assert personal_pool("first_name", "xx_YY", 5, 1)
