"""Families drawn in turn: they begin when their parent allows and end where the source ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.facts import TableFacts
from synthspark.artifacts.model import Feature
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.config import Settings
from synthspark.generate.expand import is_replaceable
from synthspark.generate.histories import Again, draw_families
from synthspark.generate.links import Linking
from synthspark.stats.features import BEFORE, ENDS, LEAST, frame_of
from tests.unit.generate.conftest import fit_all
from tests.unit.generate.databases import described, reference
from tests.unit.generate.ruled import broken, schema_of

DATE = {"kind": "number", "type": "date", "categories": []}
FEATURES = (
    Feature("due", "due", {**DATE, ENDS: True, LEAST: ["^start"]}),
    Feature("paid", "paid", DATE),
)
CONTEXT = (Feature("^start", "start", DATE), Feature(BEFORE + "due", "", DATE))
SPANS = {"due": (0.0, 365.0)}
NEVER = Again("", np.empty(0))


def families(sizes, starts, *, first=0, spans=SPANS):
    """Due days of families that would begin on day 100 and go on every 30 days, and which rows are ended."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    position = np.concatenate([np.arange(size) for size in sizes])
    rows = Linking(np.arange(owner.size), owner.size, owner, position, np.repeat(sizes, sizes), len(sizes))
    known = {"^start": np.array(starts, dtype=float)[owner], BEFORE + "due": np.full(owner.size, np.nan)}

    def draw(part, given):
        before = given.column(BEFORE + "due")
        due = np.where(np.isnan(before), 100.0, before + 30)
        return np.array([due, due + 3])

    out, ended = draw_families(FEATURES, rows, frame_of(CONTEXT, known, owner.size), draw, spans, first, NEVER)
    assert (out[1] - out[0] == 3).all()  # what is drawn with the date goes along with it
    return [part.tolist() for part in np.split(out[0], np.cumsum(sizes)[:-1])], ended


def test_times_beyond_the_range_fall_within_it_and_do_not_crowd_at_its_end():
    features = tuple(Feature(f.name, f.column, DATE) for f in FEATURES)
    owner, position = np.zeros(400, dtype=np.int64), np.arange(400)
    rows = Linking(np.arange(400), 400, owner, position, np.full(400, 400), 1)
    known = {"^start": np.zeros(400), BEFORE + "due": np.full(400, np.nan)}

    def draw(part, given):
        before = given.column(BEFORE + "due")
        due = np.where(np.isnan(before), 100.0, before + 30)
        return np.array([due, due + 3])

    again = Again("due", np.random.default_rng(1).random(400))
    (due, paid), ended = draw_families(features, rows, frame_of(CONTEXT, known, 400), draw, SPANS, 0, again)
    assert due.min() == 100 and due.max() <= 365
    assert np.unique(due, return_counts=True)[1].max() < 12
    assert (paid - due == 3).all()
    assert not ended.any()


def test_a_family_begins_no_earlier_than_its_parent_and_keeps_its_steps():
    (early, late), ended = families([3, 3], [20, 200])
    assert early == [100, 130, 160]
    assert late == [200, 230, 260]
    assert not ended.any()


def test_a_family_that_would_end_too_late_begins_earlier():
    (times,), ended = families([12], [5])
    assert times == [10 + 30 * step for step in range(12)]
    assert not ended.any()


def test_rows_that_have_no_room_even_so_are_ended():
    (times,), ended = families([12], [60])
    assert times[0] == 60
    assert ended.tolist() == [0.0] * 11 + [1.0]


def test_families_that_another_block_makes_in_part_stay_where_they_are():
    (first, second), ended = families([12, 12], [5, 5], first=1)
    assert first[0] == 100
    assert second[0] == 10
    assert ended.sum() == 3


def test_dates_that_may_repeat_end_no_family():
    (times,), ended = families([12], [60], spans={})
    assert times[0] == 100
    assert not ended.any()


@pytest.fixture(scope="module")
def bills():
    """Monthly bills of contracts, of which half begin within the two years that there are bills of."""
    draw = np.random.default_rng(3)
    first_day, n = dt.date(2022, 1, 1), 240
    start = np.where(draw.random(n) < 0.5, draw.integers(-2000, 0, n), draw.integers(0, 700, n))
    starts = [first_day + dt.timedelta(days=int(day)) for day in start]
    rows = []
    for contract, begun in enumerate(starts):
        months = [(2022 + month // 12, month % 12 + 1) for month in range(24)]
        due = [dt.date(year, month, min(begun.day, 28)) for year, month in months]
        rows += [(contract, day) for day in due if day >= begun]
    return {
        "contract": pa.table({"id": np.arange(n), "start": pa.array(starts), "rate": draw.integers(1, 9, n)}),
        "bill": pa.table(
            {
                "contract": [contract for contract, _ in rows],
                "due": pa.array([day for _, day in rows]),
                "amount": draw.integers(100, 999, len(rows)),
            }
        ),
    }


def test_dates_of_a_family_stay_apart_without_losing_their_rhythm(mirror, bills):
    up = {"parent": "contract", "via": ["contract"], "parent_key": ["id"]}
    rules = [
        Rule("unique", "bill", ("contract", "due")),
        Rule("parent_order", "bill", ("due",), parameters={**up, "at_least": "start"}),
    ]
    schema = schema_of(bills, {"contract": ["id"]}, [ForeignKey("bill", ("contract",), "contract", ("id",))], rules)
    done, facts = mirror(bills, schema)
    assert broken(done, schema) == {}
    made = done["bill"].to_pandas().sort_values(["contract", "due"])
    gaps = pd_days(made.groupby("contract").due.apply(lambda due: due.diff().dropna()))
    assert ((gaps >= 25) & (gaps <= 35)).mean() > 0.99
    assert facts["bill"].dropped_rows < 0.15 * facts["bill"].slots
    assert sum(facts["bill"].lost.values()) == facts["bill"].dropped_rows


def test_families_that_end_with_the_source_are_not_filled_up(bills):
    schema = schema_of(
        bills,
        {"contract": ["id"]},
        [ForeignKey("bill", ("contract",), "contract", ("id",))],
        [Rule("unique", "bill", ("contract", "due"))],
    )
    model = fit_all(bills, schema, Settings())["bill"]
    assert not is_replaceable(model, exact=False)
    assert is_replaceable(model, exact=True)
    free = fit_all(bills, replace(schema, rules=()), Settings())["bill"]
    assert is_replaceable(free, exact=False)


def test_lost_rows_are_told_with_the_reason():
    assert TableFacts(900, 1000, 100, lost={"no room": 90, "a key": 10}).loss == (
        "100 of 1,000 rows left out: no room (90); a key (10)"
    )


def pd_days(steps):
    return np.array([step.days for step in steps])


def test_a_few_long_histories_begin_with_their_parent_and_stay_near_it(mirror):
    draw = np.random.default_rng(6)
    n_stays, day = 60, 86_400_000_000
    begin = draw.integers(0, 40 * 365, n_stays) * day + draw.integers(0, day, n_stays)
    sizes = draw.integers(20, 80, n_stays)
    stay = np.repeat(np.arange(n_stays), sizes)
    wait = draw.exponential(0.4 * 3600, n_stays) * 1e6
    steps = [np.cumsum(draw.exponential(2 * 3600, size) * 1e6) for size in sizes]
    at = begin[stay] + wait[stay] + np.concatenate(steps)
    tables = {
        "stay": pa.table({"id": np.arange(n_stays), "begin": pa.array(begin, pa.timestamp("us"))}),
        "event": pa.table(
            {"stay": stay, "at": pa.array(at.astype(np.int64), pa.timestamp("us")), "dose": draw.gamma(2, 3, at.size)}
        ),
    }
    described_tables = {
        "stay": described("stay", tables["stay"], ("id",)),
        "event": described("event", tables["event"], stay="key"),
    }
    schema = Schema("hospital", described_tables, (reference("event", "stay", "stay", "id"),))
    done, _ = mirror(tables, schema)
    events = done["event"].to_pandas().merge(done["stay"].to_pandas(), left_on="stay", right_on="id")
    days = (events["at"] - events["begin"]).dt.total_seconds() / 86_400
    assert days.groupby(events["stay"]).min().median() < 0.5
    assert ((days >= 0) & (days < 12)).mean() > 0.98
    assert events["begin"].dt.year.nunique() > 20


def test_lines_are_numbered_in_the_order_of_time_only_where_the_source_does_so(mirror):
    draw = np.random.default_rng(8)
    n_orders = 500
    sizes = draw.integers(2, 8, n_orders)
    order = np.repeat(np.arange(n_orders), sizes)
    line = np.concatenate([np.arange(1, size + 1) for size in sizes])
    ordered = draw.integers(8_000, 10_000, n_orders)
    entered = np.sort(order * 100_000 + ordered[order] + draw.integers(1, 120, order.size)) - order * 100_000
    dates = {"shipped": ordered[order] + draw.integers(1, 120, order.size), "entered": entered}
    rising = {}
    for name, days in dates.items():
        tables = {
            "order": pa.table({"id": np.arange(n_orders), "day": pa.array(ordered.astype(np.int32), pa.date32())}),
            "line": pa.table({"order": order, "line": line, name: pa.array(days.astype(np.int32), pa.date32())}),
        }
        described_tables = {
            "order": described("order", tables["order"], ("id",)),
            "line": described("line", tables["line"], ("order", "line"), order="key"),
        }
        done, _ = mirror(tables, Schema("shop", described_tables, (reference("line", "order", "order", "id"),)))
        copy = done["line"].to_pandas()
        numbers = copy.groupby("order")["line"]
        assert (numbers.min() == 1).all() and (numbers.max() == numbers.size()).all()
        copy = copy.sort_values(["order", name], kind="stable")
        later = copy["order"].eq(copy["order"].shift()) & copy[name].ne(copy[name].shift())
        rising[name] = float((copy["line"].diff()[later] > 0).mean())
    assert abs(rising["shipped"] - 0.5) < 0.1
    assert rising["entered"] > 0.95
