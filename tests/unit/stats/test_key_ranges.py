"""Keys of generations that are appended to each other."""

import random

import numpy as np
import pyarrow as pa
import pytest

from synthspark.errors import ModelError
from synthspark.stats.frame import arrow_type
from synthspark.stats.key_formats import issue
from synthspark.stats.key_hashes import value_hashes
from synthspark.stats.key_learning import learn_key_format
from synthspark.stats.key_ranges import issue_after

KEY = 0xA11
DRAW = random.Random(1)
SOURCES = {
    "sequence": ("long", list(range(1, 101))),
    "dense": ("integer", DRAW.sample(range(1_000, 1_150), 100)),
    "sparse": ("long", DRAW.sample(range(10**9), 100)),
    "decimal": ("decimal(20,0)", DRAW.sample(range(10**4), 100)),
    "code": ("string", [f"C-{i:05d}" for i in range(7, 107)]),
    "letters": ("string", [chr(65 + i // 10) + chr(65 + i % 10) for i in range(100)]),
}


def learned(name):
    logical, values = SOURCES[name]
    array = pa.array(values, pa.string()) if logical == "string" else pa.array(values).cast(arrow_type(logical))
    numbers = logical != "string"
    low, high = (min(values), max(values)) if numbers else (None, None)
    return learn_key_format(array, logical, len(values), low, high, avoid=value_hashes(array))


@pytest.mark.parametrize("name", SOURCES)
def test_no_generation_issues_a_key_of_another(name):
    form, sizes = learned(name), [100, 50, 700, 1, 200]
    parts = [issue_after(form, sizes[:turn], np.arange(n), n, KEY).to_pylist() for turn, n in enumerate(sizes)]
    assert len({key for part in parts for key in part}) == sum(sizes)
    assert parts[0] == issue(form, np.arange(100), 100, KEY).to_pylist()


def test_keys_of_a_generation_do_not_depend_on_the_batch():
    form = learned("dense")
    whole = issue_after(form, [100], np.arange(300), 300, KEY).to_pylist()
    parts = [issue_after(form, [100], part, 300, KEY).to_pylist() for part in np.array_split(np.arange(300), 7)]
    assert [key for part in parts for key in part] == whole


def test_a_type_without_further_numbers_says_so():
    form = learn_key_format(pa.array(range(1, 121), pa.int8()), "byte", 120, 1, 120)
    with pytest.raises(ModelError, match="keys of type byte"):
        issue_after(form, [120], np.arange(100), 100, KEY)
