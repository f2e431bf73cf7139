"""Families in time, and pairs that meet through two joins."""

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings
from synthspark.evaluate.database import score_database
from synthspark.evaluate.hops import choose_paths, find_paths
from synthspark.progress import LoggedProgress

SCHEMA = Schema(
    "bank",
    {
        "branch": Table(
            "branch", {"branch_id": Column("long"), "region": Column("string")}, primary_key=("branch_id",)
        ),
        "product": Table(
            "product", {"product_id": Column("long"), "line": Column("string")}, primary_key=("product_id",)
        ),
        "account": Table(
            "account",
            {
                "account_id": Column("long"),
                "branch_id": Column("long"),
                "opened": Column("date"),
                "tier": Column("string"),
            },
            primary_key=("account_id",),
        ),
        "payment": Table(
            "payment",
            {
                "payment_id": Column("long"),
                "account_id": Column("long"),
                "product_id": Column("long"),
                "paid": Column("date"),
                "amount": Column("double"),
                "kind": Column("string"),
            },
            primary_key=("payment_id",),
        ),
    },
    (
        ForeignKey("account", ("branch_id",), "branch", ("branch_id",)),
        ForeignKey("payment", ("account_id",), "account", ("account_id",)),
        ForeignKey("payment", ("product_id",), "product", ("product_id",)),
    ),
).decided("approved")
PAYMENTS = "payment.account_id -> account.account_id"


def draw_bank(seed=0, n_accounts=400, ordered=True):
    """Payments a month apart whose amounts follow the branch's region, whose product follows the account's tier."""
    draw = np.random.default_rng(seed)
    region = np.repeat(["north", "south"], 30)
    branch = draw.integers(0, 60, n_accounts)
    opened = draw.integers(8000, 9000, n_accounts)
    owner = np.repeat(np.arange(n_accounts), 5)
    paid = opened[owner] + 10 + np.tile(np.arange(5), n_accounts) * 30
    south, gold = branch[owner] >= 30, draw.random(n_accounts) < 0.5
    level = np.repeat(draw.normal(size=n_accounts), 5)
    kind = np.where(np.tile(np.arange(5) % 2 == 0, n_accounts), "in", "out")
    if not ordered:
        paid, kind = paid[0] + draw.integers(0, 150, owner.size), draw.permutation(kind)
        level = draw.normal(size=owner.size)
    return {
        "branch": {"branch_id": np.arange(60), "region": region},
        "product": {"product_id": np.arange(40), "line": np.repeat(["a", "b"], 20)},
        "account": {
            "account_id": np.arange(n_accounts),
            "branch_id": branch,
            "tier": np.where(gold, "gold", "plain"),
            "opened": pa.array(opened.astype(np.int32), pa.int32()).cast(pa.date32()),
        },
        "payment": {
            "payment_id": np.arange(owner.size),
            "account_id": owner,
            "product_id": draw.integers(0, 20, owner.size) + 20 * gold[owner],
            "paid": pa.array(paid.astype(np.int32), pa.int32()).cast(pa.date32()),
            "amount": 5.0 * south + level + 0.3 * draw.normal(size=owner.size),
            "kind": kind,
        },
    }


@pytest.fixture
def report_of(make_pairs):
    def evaluate(real, synthetic, **settings):
        pairs = make_pairs(real, synthetic, SCHEMA)
        wanted = EvaluateSettings(detection_rows=50, folds=2, **settings)
        return score_database(pairs, {}, SCHEMA, wanted, 0, LoggedProgress())

    return evaluate


def kept(report, kind, *columns):
    """Share of the dependence of two columns that a path keeps."""
    found = next(s for s in report.scores if s.level == "joined" and s.subject[1:] == columns and kind in s.name)
    return found.breakdown["kept"]


def test_another_draw_keeps_histories_and_joins(report_of):
    report = report_of(draw_bank(1), draw_bank(2))
    for name in ("siblings", "time", "hop2_trends", "cross_parent_trends"):
        assert report.value(name) > 0.85, name
    assert kept(report, "similarity", "amount", "region") > 0.8
    assert kept(report, "similarity", "tier", "line") > 0.8
    assert report.plots["histories"][PAYMENTS]


def test_siblings_in_another_order_show_in_histories_alone(report_of):
    report = report_of(draw_bank(1), draw_bank(2, ordered=False))
    assert report.value("gap_shape", PAYMENTS, "paid") < 0.5
    assert report.value("span_shape", PAYMENTS, "paid") < 0.3
    assert report.value("first_event_shape", PAYMENTS, "opened") < 0.6
    assert report.value("transition_similarity", PAYMENTS, "kind") < 0.7
    assert report.value("sibling_similarity", PAYMENTS, "amount") < 0.9
    assert report.value("autocorrelation_similarity", PAYMENTS, "kind") is None
    assert report.value("tv_complement", "payment", "kind") > 0.95
    likeness = next(
        item for item in report.scores if item.name == "sibling_similarity" and item.subject[-1] == "amount"
    )
    assert likeness.value == pytest.approx(
        1 - abs(likeness.breakdown["real"] - likeness.breakdown["synthetic"]), abs=1e-3
    )
    assert any(PAYMENTS in finding.place for finding in report.findings)


def test_products_given_at_random_show_between_the_two_parents(report_of):
    synthetic = draw_bank(2)
    synthetic["payment"]["product_id"] = np.random.default_rng(3).integers(0, 40, 2000)
    report = report_of(draw_bank(1), synthetic)
    assert kept(report, "similarity", "amount", "region") > 0.8
    assert kept(report, "similarity", "tier", "line") < 0.2
    lost = [finding for finding in report.findings if "product" in finding.place]
    assert lost


def test_paths_beyond_the_bound_are_listed(report_of, make_pairs):
    keys = SCHEMA.keys_in_force()
    assert {path.label for path in find_paths(keys)} == {
        "payment.account_id -> account.account_id -> branch_id -> branch.branch_id",
        "payment: account_id -> account and product_id -> product",
    }
    pairs = make_pairs(draw_bank(1), draw_bank(2), SCHEMA)
    chosen, left_out = choose_paths(keys, pairs, 1)
    assert [path.kind for path in chosen] == ["cross_parent"]
    assert report_of(draw_bank(1), draw_bank(2), maximum_joins=1).facts["joins_not_computed"] == left_out


def test_a_column_that_hardly_varies_says_nothing_of_siblings(report_of):
    real, other = draw_bank(1), draw_bank(2)
    for side, n_odd in ((real, 10), (other, 0)):
        side["payment"]["amount"] = np.where(np.arange(side["payment"]["amount"].size) < n_odd, 9.0, 1.0)
    report = report_of(real, other)
    assert not [item for item in report.scores if item.name == "sibling_similarity" and "amount" in item.subject]
    assert report.value("siblings", PAYMENTS) > 0.9
