"""Dates that rules bound are drawn within their bounds, so that what follows from them agrees with them."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp

from synthspark.artifacts.model import Feature
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey
from synthspark.fit.limits import with_limits
from synthspark.stats.features import LEAST
from tests.unit.generate.ruled import broken, schema_of

FIRST_DAY = dt.date(2000, 1, 1)
DATE = {"kind": "number", "type": "date", "categories": []}


def dates(days):
    return pa.array([FIRST_DAY + dt.timedelta(days=int(day)) for day in days])


@pytest.fixture(scope="module")
def contracts():
    """Customers, and contracts of theirs that start when they come, or later, mostly on the first of a month."""
    draw, n = np.random.default_rng(5), 500
    since = draw.integers(0, 6_000, n)
    holder = np.repeat(np.arange(n), draw.integers(0, 5, n))
    start = since[holder] + np.where(draw.random(holder.size) < 0.25, 0, draw.random(holder.size) * 1_500)
    days = [FIRST_DAY + dt.timedelta(days=int(day)) for day in start]
    moved = [
        day if day.day < 15 or draw.random() < 0.5 else (day + dt.timedelta(days=20)).replace(day=1) for day in days
    ]
    return {
        "customer": pa.table({"id": np.arange(n), "since": dates(since), "kind": draw.integers(0, 4, n)}),
        "contract": pa.table(
            {
                "id": np.arange(holder.size),
                "holder": holder,
                "start": pa.array(moved),
                "rate": draw.integers(1, 90, holder.size),
            }
        ),
    }


def gaps(database):
    joined = database["contract"].to_pandas().merge(database["customer"].to_pandas(), left_on="holder", right_on="id")
    return np.array([(start - since).days for start, since in zip(joined.start, joined.since, strict=True)])


def test_the_time_from_a_parents_date_keeps_its_distribution_within_the_range_of_the_source(mirror, contracts):
    up = {"parent": "customer", "via": ["holder"], "parent_key": ["id"], "at_least": "since"}
    schema = schema_of(
        contracts,
        {"customer": ["id"], "contract": ["id"]},
        [ForeignKey("contract", ("holder",), "customer", ("id",))],
        [Rule("parent_order", "contract", ("start",), parameters=up)],
    )
    done, _ = mirror(contracts, schema)
    assert broken(done, schema) == {}
    assert max(done["contract"]["start"].to_pylist()) <= max(contracts["contract"]["start"].to_pylist())
    made, real = gaps(done), gaps(contracts)
    assert (made == 0).mean() == pytest.approx((real == 0).mean(), abs=0.06)
    assert ks_2samp(made, real).statistic < 0.1


def test_a_rule_names_the_feature_of_a_parent_however_far_above():
    policies = pa.table({"id": [1, 2], "start": dates([0, 1]), "made": pa.array([0, 1], pa.timestamp("us"))})
    covers = pa.table({"policy": [1, 2], "no": [1, 1]})
    claims = pa.table({"id": [1, 2], "policy": [1, 2], "no": [1, 1], "day": dates([5, 6]), "amount": [1, 2]})
    references = [
        ForeignKey("cover", ("policy",), "policy", ("id",)),
        ForeignKey("claim", ("policy", "no"), "cover", ("policy", "no")),
    ]
    up = {"parent": "policy", "via": ["policy"], "parent_key": ["id"]}
    rules = [Rule("parent_order", "claim", ("day",), parameters={**up, "at_least": name}) for name in ("start", "made")]
    keys = {"policy": ["id"], "cover": ["policy", "no"], "claim": ["id"]}
    schema = schema_of({"policy": policies, "cover": covers, "claim": claims}, keys, references, rules)
    day, amount = with_limits(
        [Feature("day", "day", DATE), Feature("amount", "amount", {**DATE, "type": "long"})],
        schema,
        plan_database(schema),
        "claim",
    )
    assert day.domain[LEAST] == ["^^start", "^^made"]
    assert LEAST not in amount.domain
