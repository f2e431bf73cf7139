"""References to rows of the same group as others do so in the copy: households, districts, branches."""

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Schema
from tests.unit.generate.databases import check, described, reference


@pytest.fixture(scope="module")
def insurer():
    """People insured by a policy live in its holder's household."""
    rng = np.random.default_rng(3)
    n_homes, n_policies = 250, 700
    size = 1 + rng.integers(0, 4, n_homes)
    home = np.repeat(np.arange(n_homes), size)
    home_district = rng.integers(0, 8, n_homes)
    agent_district = np.arange(40) % 8
    holder = rng.integers(0, home.size, n_policies)
    own = rng.random(n_policies) < 0.9
    near = np.array([rng.choice(np.flatnonzero(agent_district == d)) for d in home_district[home[holder]]])
    pairs = [
        (policy, person)
        for policy, who in enumerate(holder)
        for person in np.flatnonzero(home == home[who])
        if person == who or rng.random() < 0.6
    ]
    tables = {
        "district": pa.table({"id": np.arange(8) + 100, "inhabitants": rng.integers(1_000, 90_000, 8)}),
        "agent": pa.table({"id": np.arange(40) + 500, "district": agent_district + 100}),
        "home": pa.table({"id": np.arange(n_homes) + 3_000, "district": home_district + 100}),
        "person": pa.table(
            {"id": np.arange(home.size) + 70_000, "home": home + 3_000, "age": rng.integers(1, 90, home.size)}
        ),
        "policy": pa.table(
            {
                "id": np.arange(n_policies) + 9_000,
                "holder": holder + 70_000,
                "agent": np.where(own, near, rng.integers(0, 40, n_policies)) + 500,
                "premium": rng.normal(300, 40, n_policies).round(2),
            }
        ),
        "insured": pa.table(
            {"policy": [p + 9_000 for p, _ in pairs], "person": [int(person) + 70_000 for _, person in pairs]}
        ),
    }
    keys = {name: ["id"] for name in tables} | {"insured": ["policy", "person"]}
    schema = Schema(
        "insurer",
        {name: described(name, table, keys[name]) for name, table in tables.items()},
        (
            reference("agent", "district", "district", "id"),
            reference("home", "district", "district", "id"),
            reference("person", "home", "home", "id"),
            reference("policy", "holder", "person", "id"),
            reference("policy", "agent", "agent", "id"),
            reference("insured", "policy", "policy", "id"),
            reference("insured", "person", "person", "id"),
        ),
    )
    return tables, schema


def kept(tables):
    """Shares of the insured beside the holder who live in the holder's home, and their number."""
    home = dict(zip(tables["person"]["id"].to_pylist(), tables["person"]["home"].to_pylist(), strict=True))
    holder = dict(zip(tables["policy"]["id"].to_pylist(), tables["policy"]["holder"].to_pylist(), strict=True))
    others = [r for r in tables["insured"].to_pylist() if r["person"] != holder[r["policy"]]]
    return np.mean([home[r["person"]] == home[holder[r["policy"]]] for r in others]), len(others)


def test_people_beside_the_holder_are_of_the_same_household(insurer, mirror):
    tables, schema = insurer
    done, facts = mirror(tables, schema)
    check(done, schema)
    (share, number), (made, made_number) = kept(tables), kept(done)
    assert share == 1.0
    assert made > 0.94  # strangers would be 1 in 250; where nobody is left in the household one is taken
    assert made_number == pytest.approx(number, rel=0.15)
    pairs = done["insured"].to_pylist()
    assert len({(row["policy"], row["person"]) for row in pairs}) == len(pairs)
    assert facts["insured"].rows == len(pairs)


def test_parents_too_many_to_be_looked_at_are_of_any_group(insurer, mirror, monkeypatch):
    monkeypatch.setattr("synthspark.generate.prepare.HELD_ROWS", 10)
    tables, schema = insurer
    done, _ = mirror(tables, schema)
    check(done, schema)
    assert kept(done)[0] < 0.2
