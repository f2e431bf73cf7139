"""References that repeat others do so in the copy, as often and in the same rows."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthspark.artifacts.schema import Schema
from tests.unit.generate.databases import check, described, reference

RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def insurer():
    """Policies whose payer is their holder, if private; receipts for the holder; people of a policy, one its holder."""
    n, m = 400, 1_500
    holder, private = RNG.integers(0, n, m), RNG.random(m) < 0.7
    payer = np.where(RNG.random(m) < np.where(private, 0.9, 0.1), holder, RNG.integers(0, n, m))
    of = RNG.integers(0, m, 2_500)
    people = np.concatenate([np.arange(m), RNG.integers(0, m, 1_000)])
    who = np.concatenate([holder, RNG.integers(0, n, 1_000)])
    pairs = np.unique(np.stack([people, who]), axis=1)
    tables = {
        "customer": pa.table({"id": [f"C{i:05d}" for i in range(n)], "age": RNG.integers(18, 90, n)}),
        "policy": pa.table(
            {
                "id": np.arange(m) + 7_000,
                "holder": [f"C{i:05d}" for i in holder],
                "payer": [f"C{i:05d}" for i in payer],
                "kind": np.where(private, "private", "firm"),
            }
        ),
        "receipt": pa.table(
            {
                "id": np.arange(2_500) + 90_000,
                "policy": of + 7_000,
                "customer": [f"C{i:05d}" for i in holder[of]],
                "amount": RNG.normal(50, 9, 2_500).round(2),
            }
        ),
        "person": pa.table({"policy": pairs[0] + 7_000, "customer": [f"C{i:05d}" for i in pairs[1]]}),
    }
    keys = {"customer": ["id"], "policy": ["id"], "receipt": ["id"], "person": ["policy", "customer"]}
    schema = Schema(
        "insurer",
        {name: described(name, table, keys[name]) for name, table in tables.items()},
        (
            reference("policy", "holder", "customer", "id"),
            reference("policy", "payer", "customer", "id"),
            reference("receipt", "policy", "policy", "id"),
            reference("receipt", "customer", "customer", "id"),
            reference("person", "policy", "policy", "id"),
            reference("person", "customer", "customer", "id"),
        ),
    )
    return tables, schema


def share(mask):
    return float(pc.mean(pc.cast(mask, pa.float64())).as_py())


def test_references_repeat_others_as_often_as_in_the_source(insurer, mirror):
    tables, schema = insurer
    done, _ = mirror(tables, schema)
    check(done, schema)
    for kind in ("private", "firm"):
        same = []
        for table in (tables["policy"], done["policy"]):
            rows = table.filter(pc.equal(table.column("kind"), kind))
            same.append(share(pc.equal(rows.column("holder"), rows.column("payer"))))
        assert abs(same[0] - same[1]) < 0.08, kind
    holders = dict(zip(done["policy"]["id"].to_pylist(), done["policy"]["holder"].to_pylist(), strict=True))
    receipts = done["receipt"].to_pylist()
    assert all(row["customer"] == holders[row["policy"]] for row in receipts)
    people = done["person"].to_pylist()
    found = [row["policy"] for row in people if row["customer"] == holders[row["policy"]]]
    assert len(set(found)) == len(found)
    assert len(found) > 0.95 * len({row["policy"] for row in people})


def test_a_row_points_back_to_one_of_its_own_family(mirror):
    """Calls of a customer follow up earlier calls of the same customer, mostly the last one."""
    n, m = 250, 2_000
    customer, moment = np.sort(RNG.integers(0, n, m)), RNG.integers(0, 10**9, m)
    order = np.lexsort((moment, customer))
    moment = moment[order]
    first = np.append(True, customer[1:] != customer[:-1])
    follows = ~first & (RNG.random(m) < 0.4)
    tables = {
        "customer": pa.table({"id": np.arange(n) + 500, "age": RNG.integers(18, 90, n)}),
        "call": pa.table(
            {
                "id": np.arange(m) + 10_000,
                "customer": customer + 500,
                "at": pa.array(moment * 10**6, pa.timestamp("us")),
                "earlier": pa.array(np.arange(m) - 1 + 10_000, mask=~follows),
            }
        ),
    }
    schema = Schema(
        "calls",
        {name: described(name, table, ["id"]) for name, table in tables.items()},
        (reference("call", "customer", "customer", "id"), reference("call", "earlier", "call", "id")),
    )
    done, _ = mirror(tables, schema)
    check(done, schema)
    calls = {row["id"]: row for row in done["call"].to_pylist()}
    pairs = [(row, calls[row["earlier"]]) for row in calls.values() if row["earlier"] is not None]
    assert abs(len(pairs) - follows.sum()) < 0.2 * follows.sum()
    same = [row["customer"] == earlier["customer"] for row, earlier in pairs]
    after = [row["at"] >= earlier["at"] for row, earlier in pairs]
    assert all(same)
    assert np.mean(after) > 0.95
    assert len({earlier["id"] for _, earlier in pairs}) == len(pairs)
