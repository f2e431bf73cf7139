"""Categories that the rows of a parent have once each: unlike within the parent, and like all else of the row."""

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import KeyModel
from synthspark.artifacts.schema import Schema
from synthspark.generate.links import Linking
from synthspark.generate.spread import replace_repeated
from tests.unit.generate.databases import check, described, reference

RNG = np.random.default_rng(2)
KEY = KeyModel(
    ("policy", "code"), "spread", (), {"column": "code", "values": ["a", "b", "c", "d"], "rows": [40, 30, 20, 10]}
)


def settled(policy, code, order=None):
    order = np.arange(len(policy)) if order is None else order
    columns = {"policy": pa.array(policy).take(order), "code": pa.array(code, pa.string()).take(order)}
    owner = np.array(policy)[order]
    rows = Linking(np.arange(len(policy))[order], len(policy), owner, owner * 0, owner * 0, 10)
    replace_repeated(KEY, rows, columns, 7)
    return np.array(columns["code"].to_pylist(), dtype=object)


def test_only_what_repeats_gives_way_whatever_the_order_of_the_rows():
    policy, code = [1, 1, 1, 2, 2, 3, 3], ["a", "a", "b", "c", "d", "b", "b"]
    found = settled(policy, code)
    assert found[[0, 3, 4, 5]].tolist() == ["a", "c", "d", "b"]
    assert found[6] in "acd"
    assert len(set(found[:3])) == 3
    order = RNG.permutation(7)
    assert (settled(policy, code, order) == found[order]).all()


def test_a_family_that_has_all_categories_keeps_what_is_left_over():
    found = settled([5] * 5, ["a"] * 5)
    assert sorted(found[:4]) == ["a", "b", "c", "d"]


def test_codes_follow_the_parent_and_are_unlike_within_it(mirror):
    n = 600
    kind = RNG.integers(0, 2, n)
    codes = np.array([["fire", "water", "storm", "glass"], ["theft", "tyres", "legal", "glass"]])
    number = RNG.integers(1, 4, n)
    policy = np.repeat(np.arange(n), number)
    line = np.arange(policy.size) - np.repeat(np.cumsum(number) - number, number)
    shuffled = RNG.permuted(np.tile(np.arange(4), (n, 1)), axis=1)
    tables = {
        "policy": pa.table({"id": np.arange(n) + 100, "kind": np.where(kind == 0, "home", "car")}),
        "cover": pa.table({"policy": policy + 100, "code": codes[kind[policy], shuffled[policy, line]]}),
    }
    schema = Schema(
        "covers",
        {
            "policy": described("policy", tables["policy"], ["id"]),
            "cover": described("cover", tables["cover"], ["policy", "code"]),
        },
        (reference("cover", "policy", "policy", "id"),),
    )
    done, _ = mirror(tables, schema)
    check(done, schema)
    kinds = dict(zip(done["policy"]["id"].to_pylist(), done["policy"]["kind"].to_pylist(), strict=True))
    known = {"home": codes[0].tolist(), "car": codes[1].tolist()}
    wrong = [row for row in done["cover"].to_pylist() if row["code"] not in known[kinds[row["policy"]]]]
    assert len(wrong) < 0.15 * done["cover"].num_rows
    assert done["cover"].num_rows > 0.93 * tables["cover"].num_rows
