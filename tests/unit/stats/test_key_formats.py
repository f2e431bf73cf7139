import datetime
import json
import random
import uuid
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthspark.errors import ModelError
from synthspark.stats.comparison import normal_form
from synthspark.stats.frame import arrow_type
from synthspark.stats.key_formats import KeyFormat, bearers, issue
from synthspark.stats.key_growth import make_room
from synthspark.stats.key_hashes import pair_hashes, value_hashes
from synthspark.stats.key_learning import AVOID_LIMIT, learn_key_format
from synthspark.stats.key_templates import Segment, Template

KEY = 0x5EED


def learned(values, logical="string", n_distinct=None, *, avoiding=True, **options):
    array = pa.array(values, arrow_type(logical))
    numbers = logical not in ("string", "binary") and len(values) and isinstance(values[0], int)
    minimum, maximum = (min(values), max(values)) if numbers else (None, None)
    avoid = value_hashes(array) if avoiding else None
    return learn_key_format(array, logical, n_distinct or len(values), minimum, maximum, avoid=avoid, **options)


def issued(key_format, n_rows, index=None):
    return issue(key_format, np.arange(n_rows) if index is None else index, n_rows, KEY)


def luhn_valid(text):
    digits = [int(char) for char in text if char.isdigit()][::-1]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def cards(n, seed=0):
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        body = f"4{draw.randrange(10**14):014d}"
        found.append(next(body + str(digit) for digit in range(10) if luhn_valid(body + str(digit))))
    return found


RANDOM = random.Random(3)
SOURCES = {
    "running count": ("long", list(range(1, 400))),
    "count from below zero": ("integer", list(range(-50, 100))),
    "count in steps": ("long", list(range(1000, 9000, 10))),
    "sparse": ("long", RANDOM.sample(range(10**7, 10**8), 400)),
    "decimal": ("decimal(20,2)", [Decimal(n) / 4 for n in RANDOM.sample(range(10**6), 200)]),
    "huge decimal": ("decimal(38,0)", [Decimal(10**30 + n) for n in RANDOM.sample(range(10**9), 200)]),
    "double": ("double", [n / 10 for n in RANDOM.sample(range(10**6), 300)]),
    "days": ("date", [datetime.date(2010, 1, 1) + datetime.timedelta(days=7 * week) for week in range(100)]),
    "moments": (
        "timestamp",
        [datetime.datetime(2010, 1, 1, second=n % 60) + n * datetime.timedelta(hours=3) for n in range(99)],
    ),
    "padded": ("string", [f"C-{n:07d}" for n in range(1, 400)]),
    "with a year": ("string", [f"INV/{2019 + n % 5}/{n:05d}" for n in range(400)]),
    "plain numbers": ("string", [str(n) for n in range(1, 400)]),
    "two letters": ("string", ["AT", "DE", "IT", "US", "FR", "GB", "ES", "PT"]),
    "codes": ("string", ["".join(RANDOM.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6)) for _ in range(300)]),
    "uuid": ("string", [str(uuid.UUID(int=RANDOM.getrandbits(128), version=4)) for _ in range(300)]),
    "hash": ("string", [f"{RANDOM.getrandbits(160):040x}" for _ in range(200)]),
    "cards": ("string", cards(200)),
    "card numbers": ("long", [int(card) for card in cards(200)]),
    "names": ("string", ["Austria", "Germany", "Italy", "United States", "Fiji", "Österreich", "Côte d'Ivoire"]),
    "e-mails": ("string", [f"anna.rossi{n}@acme.it" for n in range(100)]),
    "bytes": ("binary", [RANDOM.randbytes(12) for _ in range(100)]),
    "one value": ("string", ["ABC-123"]),
    "blanks and marks": ("string", ["***", "--", " x "]),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("factor", [1, 7])
def test_keys_differ_and_keep_their_type(name, factor):
    logical, values = SOURCES[name]
    keys = issued(learned(values, logical), factor * len(values))
    assert keys.type == arrow_type(logical)
    assert keys.null_count == 0
    assert len(keys.unique()) == factor * len(values)


@pytest.mark.parametrize("name", [name for name, (logical, _) in SOURCES.items() if logical in ("string", "binary")])
@pytest.mark.parametrize("factor", [1, 7])
def test_no_text_of_the_source_is_issued(name, factor):
    logical, values = SOURCES[name]
    assert not set(issued(learned(values, logical), factor * len(values)).to_pylist()) & set(values)


@pytest.mark.parametrize("name", SOURCES)
def test_keys_do_not_depend_on_the_batch(name):
    logical, values = SOURCES[name]
    key_format = learned(values, logical)
    n_rows = 3 * len(values)
    picked = np.random.default_rng(0).permutation(n_rows)[: max(1, n_rows // 3)]
    assert issued(key_format, n_rows, picked).equals(issued(key_format, n_rows).take(pa.array(picked)))


@pytest.mark.parametrize("name", SOURCES)
def test_a_format_survives_json(name):
    logical, values = SOURCES[name]
    key_format = learned(values, logical)
    again = KeyFormat.from_json(json.loads(json.dumps(key_format.to_json())))
    assert again == key_format
    np.testing.assert_array_equal(again.avoid, key_format.avoid)
    assert issued(again, 2 * len(values)).equals(issued(key_format, 2 * len(values)))


@pytest.mark.parametrize("name", ["padded", "codes", "cards", "e-mails", "one value", "names", "sparse"])
def test_a_format_holds_no_value_of_the_source(name):
    logical, values = SOURCES[name]
    written = json.dumps(learned(values, logical, avoiding=False).to_json())
    assert not [value for value in values if str(value) in written]


@given(
    alphabets=st.lists(st.sampled_from(["01", "abc", "0123456789", "ABCDEFGHIJ"]), min_size=1, max_size=5),
    known_share=st.floats(0, 1),
    n_rows=st.integers(1, 3000),
    seed=st.integers(0, 2**63),
)
@settings(max_examples=60, deadline=None)
def test_issue_is_one_to_one_and_avoids_whatever_is_known(alphabets, known_share, n_rows, seed):
    template = Template((Segment("text", text="K"), Segment("chars", options=tuple(alphabets))))
    key_format = KeyFormat("string", "template", templates=(template,))
    every = issue(key_format, np.arange(min(template.size, 2000)), min(template.size, 2000), 1)
    known = every[: int(known_share * len(every))]
    guarded = KeyFormat("string", "template", templates=(template,), avoid=np.sort(value_hashes(known)))
    keys = issue(guarded, np.arange(n_rows), n_rows, seed)
    assert len(keys.unique()) == n_rows
    assert not set(keys.to_pylist()) & set(known.to_pylist())


@given(
    n_rows=st.integers(1, 5000),
    low=st.integers(-(10**12), 10**12),
    gap=st.integers(3, 10**6),
    seed=st.integers(0, 2**63),
)
@settings(max_examples=60, deadline=None)
def test_sparse_numbers_are_one_to_one_at_any_size(n_rows, low, gap, seed):
    values = [low + n * gap + n * n % gap for n in range(40)]
    keys = issue(learned(values, "long"), np.arange(n_rows), n_rows, seed)
    assert len(keys.unique()) == n_rows


@given(
    values=st.lists(st.text("09AZazÖéß *#?-@./\ue000\n", min_size=1, max_size=7), min_size=1, max_size=60, unique=True),
    n_rows=st.integers(1, 2000),
)
@settings(max_examples=150, deadline=None)
def test_any_texts_at_all_give_keys_that_differ_and_are_new(values, n_rows):
    keys = issue(learned(values), np.arange(n_rows), n_rows, KEY)
    assert len(keys.unique()) == n_rows
    assert not set(keys.to_pylist()) & set(values)


def test_a_running_count_keeps_start_and_step():
    assert issued(learned(list(range(100, 900, 5)), "long"), 5).to_pylist() == [100, 105, 110, 115, 120]


def test_weekly_dates_stay_weekly():
    logical, values = SOURCES["days"]
    assert issued(learned(values, logical), 150).to_pylist()[:100] == values


def test_sparse_numbers_keep_their_digits_and_leave_the_source_alone():
    logical, values = SOURCES["sparse"]
    keys = issued(learned(values, logical), 4000).to_pylist()
    assert {len(str(key)) for key in keys} == {8}
    assert not set(keys) & set(values)


@pytest.mark.parametrize("logical", ["long", "decimal(20,0)"])
def test_numbers_over_the_whole_range_stay_spread_over_it(logical):
    draw = random.Random(4)
    low, high = -(2**62), 2**62
    values = [draw.randrange(low, high) for _ in range(400)]
    issued = issue(learned(values, logical), np.arange(4_000), 4_000, KEY).to_pylist()
    assert len(set(issued)) == 4_000
    # Each quarter holds 1000 of uniform keys, with a standard deviation of 27.
    quarters = np.histogram([float(key) for key in issued], bins=4, range=(min(values), max(values)))[0]
    assert quarters.min() > 1_000 - 5 * 27


def test_fixed_parts_and_widths_are_kept():
    keys = issued(learned(SOURCES["padded"][1]), 1000)
    assert all(pa.compute.match_substring_regex(keys, r"^C-00\d{5}$").to_pylist())
    keys = issued(learned(SOURCES["with a year"][1]), 1000)
    assert all(pa.compute.match_substring_regex(keys, r"^INV/20(19|20|21|22|23)/\d{5}$").to_pylist())


def test_uuids_keep_their_version():
    assert {uuid.UUID(key).version for key in issued(learned(SOURCES["uuid"][1]), 500).to_pylist()} == {4}


@pytest.mark.parametrize("logical", ["string", "long"])
def test_check_digits_are_valid(logical):
    values = [int(card) for card in cards(200)] if logical == "long" else cards(200)
    assert all(luhn_valid(str(key)) for key in issued(learned(values, logical), 2000).to_pylist())


def test_numbers_without_a_check_digit_for_some_are_turned_until_they_have_one():
    def valid(text):
        return sum(int(char) * weight for char, weight in zip(text, [*range(10, 1, -1), 1], strict=True)) % 11 == 0

    draw = random.Random(5)
    numbers = [text for text in (f"{draw.randrange(10**10):010d}" for _ in range(4000)) if valid(text)]
    key_format = learned(numbers)
    assert key_format.templates[0].scheme in ("mod11", "isbn10")
    keys = issued(key_format, 5000).to_pylist()
    assert len(set(keys)) == 5000
    assert all(valid(key) for key in keys if key[-1] != "X")


def test_exhausted_texts_grow_by_a_digit():
    keys = issued(learned([f"{n:02d}" for n in range(100)]), 100).to_pylist()
    assert {len(key) for key in keys} == {3}


def test_names_become_names_of_the_same_lengths():
    keys = issued(learned(SOURCES["names"][1]), 200).to_pylist()
    assert {len(key) for key in keys} <= {len(name) for name in SOURCES["names"][1]}
    assert all(key[0].isupper() for key in keys)


def test_more_values_than_hashes_can_name_give_longer_texts():
    key_format = learned(SOURCES["codes"][1], n_distinct=AVOID_LIMIT + 1, avoiding=False, maximum_length=7)
    keys = issued(key_format, 1000).to_pylist()
    assert len(set(keys)) == 1000
    assert min(map(len, keys)) > 7


@pytest.mark.parametrize(
    ("logical", "values", "n_rows"),
    [("byte", [1, 2, 3], 200), ("short", [1, 5], 40_000), ("boolean", [True, False], 3)],
)
def test_a_type_without_room_is_refused(logical, values, n_rows):
    with pytest.raises(ModelError, match="lower scale"):
        issued(learned(values, logical), n_rows)


def test_indices_outside_are_refused():
    with pytest.raises(ModelError, match="outside"):
        issue(learned([1, 2, 3], "long"), [5], 5, KEY)


@pytest.mark.parametrize(
    "logical", ["string", "long", "double", "decimal(10,2)", "date", "timestamp", "timestamp_ntz", "binary", "short"]
)
def test_a_column_without_values_still_gets_keys(logical):
    keys = issued(learned([], logical), 100)
    assert keys.type == arrow_type(logical)
    assert len(keys.unique()) == 100


def test_a_billion_rows_need_no_table():
    key_format = learned(SOURCES["padded"][1])
    ends = np.array([0, 1, 999_999_998, 999_999_999])
    assert len(issue(key_format, ends, 10**9, KEY).unique()) == 4


def test_shapes_share_the_keys_by_their_weights():
    shapes = [Template((Segment("number", width=6, low=0, high=999_999),), weight) for weight in (3, 1)]
    _, sizes = make_room(shapes, 1000)
    assert sizes[0] == pytest.approx(3 * sizes[1], rel=1e-6)
    small = Template((Segment("number", width=1, low=0, high=9),), 1)
    _, sizes = make_room([shapes[0], small], 1000)
    assert sizes[1] == 10
    assert sum(sizes) >= 1000


def test_hashes_know_values_in_either_width_and_place():
    texts = pa.array(["abc", None, "abcdefgh", "abcdefghi", "", "é" * 40, "abc"])
    hashes = value_hashes(texts)
    assert hashes[1] == 0
    assert hashes[0] == hashes[6]
    assert len(set(hashes.tolist())) == 6
    np.testing.assert_array_equal(value_hashes(texts.cast(pa.large_string())), hashes)
    np.testing.assert_array_equal(value_hashes(texts.slice(2)), hashes[2:])
    np.testing.assert_array_equal(value_hashes(pa.array([1, -2], pa.int8())), value_hashes(pa.array([1, -2])))


def test_pairs_of_names_have_their_own_hashes():
    first, last = pa.array(["Anna", "Rossi", None]), pa.array(["Rossi", "Anna", "Rossi"])
    hashes = pair_hashes(first, last)
    assert hashes[0] != hashes[1]
    assert hashes[2] == 0


def test_repeated_values_keep_their_number_of_bearers():
    entities, total = bearers(0.3, np.arange(10_000), 10_000, KEY)
    assert total == 3000
    assert np.unique(entities).size == 3000


@pytest.mark.parametrize("n_rows", [50, 3_000])
def test_keys_that_are_referred_to_by_number_differ_as_numbers(n_rows):
    source = pa.array([f"A-{i:04d}" for i in range(1, 400)] + [f"{i}" for i in range(400, 600)])
    learned = learn_key_format(source, "string", 599, avoid=value_hashes(source), compared="number")
    made = issue(KeyFormat.from_json(learned.to_json()), np.arange(n_rows), n_rows, 7)
    numbers = normal_form(made, "number")
    assert numbers.null_count == 0 and len(numbers.unique()) == n_rows
    prefixed = sum(text.startswith("A-") for text in made.to_pylist()) / n_rows
    assert abs(prefixed - 399 / 599) < 3 * (0.25 / n_rows) ** 0.5


def test_keys_that_are_referred_to_without_case_differ_so():
    source = pa.array([f"{'Ab' if i % 2 else 'aB'}{i:03d}" for i in range(500)])
    learned = learn_key_format(source, "string", 500, avoid=value_hashes(source), compared="folded")
    made = issue(learned, np.arange(4_000), 4_000, 7)
    assert len(normal_form(made, "folded").unique()) == 4_000
