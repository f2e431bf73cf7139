"""Rows of one family that keep apart: one owner each account, no order twice, shares that add up to one."""

import numpy as np
import pyarrow as pa

from synthspark.artifacts.schema import Schema
from synthspark.stats.histories import family_order
from tests.unit.generate.databases import described, reference

DRAW = np.random.default_rng(4)


def test_each_account_has_one_owner_and_no_role_twice(mirror):
    n_accounts, sizes = 800, DRAW.choice([1, 2, 3], 800, p=[0.5, 0.3, 0.2])
    account = np.repeat(np.arange(n_accounts), sizes)
    roles = [
        role
        for size in sizes
        for role in DRAW.permutation(["owner", *DRAW.permutation(["partner", "proxy", "heir"])[: size - 1]])
    ]
    tables = {
        "account": pa.table({"id": np.arange(n_accounts), "size": DRAW.normal(size=n_accounts)}),
        "role": pa.table({"account": account, "role": roles}),
    }
    schema = schema_of(tables)
    made, _ = mirror(tables, schema)
    copy = made["role"].to_pandas()
    owners = (copy.role == "owner").groupby(copy.account).sum()
    assert (owners == 1).mean() > 0.97
    assert copy.duplicated().mean() < 0.02
    shares = copy.role.value_counts(normalize=True)
    assert abs(shares["owner"] - n_accounts / account.size) < 0.03 and abs(shares["heir"] - shares["proxy"]) < 0.04


def test_shares_of_one_whole_lean_away_from_each_other(mirror):
    n_countries = 600
    cut = np.sort(DRAW.random((n_countries, 2)), axis=1)
    percent = 100 * np.column_stack([cut[:, 0], cut[:, 1] - cut[:, 0], 1 - cut[:, 1]])
    percent = np.array([DRAW.permutation(row) for row in percent])
    tables = {
        "country": pa.table({"id": np.arange(n_countries), "size": DRAW.normal(size=n_countries)}),
        "faith": pa.table({"country": np.repeat(np.arange(n_countries), 3), "percent": percent.ravel().round(1)}),
    }
    made, _ = mirror(tables, schema_of(tables))
    copy = made["faith"].to_pandas().groupby("country").percent.sum()
    by_chance = percent.ravel().std() * np.sqrt(3)
    assert abs(copy.mean() - 100) < 6
    assert copy.std() < 0.6 * by_chance


def test_rows_that_are_alike_or_have_nothing_to_do_with_each_other_stay_in_no_order():
    owner = np.repeat(np.arange(500), 3)
    alike = DRAW.integers(0, 4, 500)[owner] + DRAW.integers(0, 2, 1_500)
    rows = np.array([alike, DRAW.integers(0, 4, 1_500), DRAW.normal(size=1_500)], dtype=float)
    assert family_order(owner, [], rows, [True, True, False]) is None


def schema_of(tables):
    parent, child = tables
    key = tables[child].column_names[0]
    described_tables = {
        parent: described(parent, tables[parent], ("id",)),
        child: described(child, tables[child], **{key: "key"}),
    }
    return Schema("families", described_tables, (reference(child, key, parent, "id"),))
