"""Shapes of databases, each fitted and generated as a whole: keys unique, references whole, numbers of rows kept."""

from __future__ import annotations

import datetime
import decimal
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.config import TableSettings
from synthspark.errors import ConfigError
from synthspark.generate.in_memory import drop_surplus
from synthspark.generate.rows import Made
from tests.unit.generate.databases import check, described, near, reference

RNG = np.random.default_rng(0)


def shop():
    """Root, child, nullable key, two keys to one parent, lookup table, line numbers, link table, self reference."""
    n, m = 200, 900
    customer = pa.table(
        {
            "id": [f"C-{i:05d}" for i in range(n)],
            "region": RNG.choice(["north", "south", "west"], n),
            "income": RNG.lognormal(8, 1, n).round(2),
        }
    )
    place = pa.table({"code": ["A", "B", "C", "D"], "name": ["Aix", "Bari", "Como", "Dole"]})
    owner = RNG.integers(0, n, m)
    order = pa.table(
        {
            "id": np.arange(1, m + 1),
            "customer": [f"C-{i:05d}" for i in owner],
            "sent from": RNG.choice(["A", "A", "A", "B", "C"], m),
            "sent.to": pa.array(np.where(RNG.random(m) < 0.3, None, RNG.choice(["A", "B"], m)), pa.string()),
            "amount": pa.array(
                [decimal.Decimal(int(v)) / 100 for v in RNG.integers(1, 10**6, m)], pa.decimal128(10, 2)
            ),
            "when": pa.array(
                [datetime.datetime(2300, 1, 1) + datetime.timedelta(days=int(d)) for d in RNG.integers(0, 900, m)],
                pa.timestamp("us"),
            ),
        }
    )
    lines = [(o + 1, no + 1) for o in range(m) for no in range(int(RNG.integers(0, 4)))]
    line = pa.table({"order": [a for a, _ in lines], "no": [b for _, b in lines], "paid": RNG.random(len(lines)) < 0.5})
    tag = pa.table({"tag": np.arange(30), "above": pa.array([None, *RNG.integers(0, np.arange(1, 30))], pa.int64())})
    pairs = sorted(
        {(int(o), int(t)) for o, t in zip(RNG.integers(1, m + 1, 700), RNG.integers(0, 30, 700), strict=True)}
    )
    tagged = pa.table({"order": [a for a, _ in pairs], "tag": [b for _, b in pairs]})
    tables = {"customer": customer, "place": place, "order": order, "line": line, "tag": tag, "tagged": tagged}
    schema = Schema(
        "shop",
        {
            "customer": described("customer", customer, ["id"], id="key"),
            "place": described("place", place, ["code"], role="reference"),
            "order": described("order", order, ["id"]),
            "line": described("line", line, ["order", "no"]),
            "tag": described("tag", tag, ["tag"]),
            "tagged": described("tagged", tagged, ["order", "tag"]),
        },
        (
            reference("order", "customer", "customer", "id"),
            ForeignKey("order", ("sent from",), "place", ("code",), "approved"),
            ForeignKey("order", ("sent.to",), "place", ("code",), "approved"),
            reference("line", "order", "order", "id"),
            reference("tag", "above", "tag", "tag"),
            reference("tagged", "order", "order", "id"),
            reference("tagged", "tag", "tag", "tag"),
        ),
    )
    return tables, schema


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_a_shop_is_whole_at_every_scale(mirror, scale):
    tables, schema = shop()
    done, _ = mirror(tables, schema, scale=scale)
    check(done, schema)
    near(done, {name: table for name, table in tables.items() if name != "place"}, scale)


def test_traits_of_the_source_are_kept(mirror):
    tables, schema = shop()
    done, facts = mirror(tables, schema)
    order, source = done["order"], tables["order"]
    assert [str(field.type) for field in order.schema] == [str(field.type) for field in source.schema]
    assert abs(order.column("sent.to").null_count / order.num_rows - 0.3) < 0.08  # 3 deviations of 900 rows: 0.05
    share = np.mean(np.array(order.column("sent from").to_pylist()) == "A")
    assert abs(share - np.mean(np.array(source.column("sent from").to_pylist()) == "A")) < 0.08
    assert set(done["customer"].column("id").to_pylist()).isdisjoint(tables["customer"].column("id").to_pylist())
    years = {value.year for value in order.column("when").to_pylist()}
    assert years <= set(range(2299, 2304))
    assert not facts["tagged"].dropped_rows
    numbers = {}
    for owner, number in zip(*(done["line"].column(c).to_pylist() for c in ("order", "no")), strict=True):
        numbers.setdefault(owner, []).append(number)
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())
    assert all(
        above is None or above != tag
        for tag, above in zip(*(done["tag"].column(c).to_pylist() for c in ("tag", "above")), strict=True)
    )


def test_same_seed_same_rows_and_another_seed_others(mirror):
    tables, schema = shop()
    one, _ = mirror(tables, schema)
    again, _ = mirror(tables, schema)
    other, _ = mirror(tables, schema, seed=1)
    assert all(one[name].equals(again[name]) for name in tables)
    assert not one["order"].equals(other["order"])


def test_a_forest_has_no_loops(mirror):
    tables, schema = shop()
    done, _ = mirror(tables, schema)
    above = dict(zip(*(done["tag"].column(c).to_pylist() for c in ("tag", "above")), strict=True))
    for start in above:
        seen, at = set(), start
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = above[at]


def geography():
    """Cycle, composite natural keys, overlapping references, nullable context, one-to-one."""
    countries = [f"K{i}" for i in range(40)]
    province = [(f"Prov {i}", countries[i % 40]) for i in range(160)]
    city = [(f"Town {i}", *province[int(RNG.integers(0, 160))]) for i in range(600)]
    first = {}
    for name, prov, land in city:
        first.setdefault(land, (name, prov))
    country = pa.table(
        {
            "code": countries,
            "capital": pa.array([first.get(land, (None, None))[0] for land in countries], pa.string()),
            "province": pa.array([first.get(land, (None, None))[1] for land in countries], pa.string()),
            "area": RNG.lognormal(10, 1, 40),
        }
    )
    provinces = pa.table({"name": [p for p, _ in province], "country": [c for _, c in province]})
    cities = pa.table(
        {
            "name": [c[0] for c in city],
            "province": [c[1] for c in city],
            "country": [c[2] for c in city],
            "people": RNG.integers(100, 10**6, 600),
        }
    )
    port = [
        city[int(i)] if RNG.random() < 0.8 else (None, None, countries[int(i) % 40]) for i in RNG.integers(0, 600, 300)
    ]
    ports = pa.table(
        {
            "id": np.arange(300),
            "city": pa.array([p[0] for p in port], pa.string()),
            "province": pa.array([p[1] for p in port], pa.string()),
            "country": [p[2] for p in port],
        }
    )
    economy = pa.table({"country": countries[:35], "gdp": RNG.random(35)})
    years = sorted(
        {
            (*city[int(i)], 1990 + 10 * int(y))
            for i, y in zip(RNG.integers(0, 600, 900), RNG.integers(0, 4, 900), strict=True)
        }
    )
    count = pa.table(
        {
            "city": [y[0] for y in years],
            "province": [y[1] for y in years],
            "country": [y[2] for y in years],
            "year": [y[3] for y in years],
        }
    )
    tables = {
        "country": country,
        "province": provinces,
        "city": cities,
        "port": ports,
        "economy": economy,
        "count": count,
    }
    schema = Schema(
        "geography",
        {
            "country": described("country", country, ["code"]),
            "province": described("province", provinces, ["name", "country"]),
            "city": described("city", cities, ["name", "province", "country"]),
            "port": described("port", ports, ["id"]),
            "economy": described("economy", economy, ["country"]),
            "count": described("count", count, ["city", "province", "country", "year"]),
        },
        (
            reference("country", "capital province code", "city", "name province country"),
            reference("province", "country", "country", "code"),
            reference("city", "province country", "province", "name country"),
            reference("city", "country", "country", "code"),
            reference("port", "city province country", "city", "name province country"),
            reference("port", "country", "country", "code"),
            reference("economy", "country", "country", "code"),
            reference("count", "city province country", "city", "name province country"),
        ),
    )
    return tables, schema


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_composite_keys_cycles_and_overlaps_are_whole(mirror, scale):
    tables, schema = geography()
    done, facts = mirror(tables, schema, scale=scale)
    check(done, schema)
    near(done, tables, scale, 0.12)
    capitals = done["country"].column("capital")
    assert capitals.null_count < 0.4 * len(capitals)
    assert all(fact.dropped_rows <= 0.02 * fact.slots + 1 for fact in facts.values())


def test_rows_without_a_context_parent_stay_as_many(mirror):
    parent = pa.table({"id": np.arange(100), "x": RNG.random(100)})
    child = pa.table(
        {
            "id": np.arange(400),
            "parent": pa.array(np.where(RNG.random(400) < 0.4, None, RNG.integers(0, 100, 400)), pa.int64()),
            "y": RNG.random(400),
        }
    )
    schema = Schema(
        "nullable",
        {"parent": described("parent", parent, ["id"]), "child": described("child", child, ["id"])},
        (reference("child", "parent", "parent", "id"),),
    )
    done, _ = mirror({"parent": parent, "child": child}, schema)
    check(done, schema)
    assert done["child"].column("parent").null_count == child.column("parent").null_count


def test_orphans_of_the_source_have_no_heirs(mirror):
    parent = pa.table({"id": np.arange(50)})
    child = pa.table({"id": np.arange(300), "parent": RNG.integers(0, 60, 300)})
    schema = Schema(
        "orphans",
        {"parent": described("parent", parent, ["id"]), "child": described("child", child, ["id"])},
        (reference("child", "parent", "parent", "id"),),
    )
    done, _ = mirror({"parent": parent, "child": child}, schema)
    check(done, schema)
    near(done, {"child": child})


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_tables_of_hardly_any_rows_work(mirror, rows):
    few = pa.table(
        {
            "id": pa.array(np.arange(rows), pa.int64()),
            "text": pa.array(["some words here"] * rows, pa.string()),
            "blob": pa.array([b"abc"] * rows, pa.binary()),
            "empty": pa.nulls(rows, pa.float64()),
            "day": pa.array([datetime.date(2020, 1, 1)] * rows, pa.date32()),
        }
    )
    below = pa.table(
        {"id": pa.array(np.arange(2 * rows), pa.int64()), "few": pa.array(np.arange(2 * rows) // 2, pa.int64())}
    )
    schema = Schema(
        "few",
        {"few": described("few", few, ["id"]), "below": described("below", below, ["id"])},
        (reference("below", "few", "few", "id"),),
    )
    done, _ = mirror({"few": few, "below": below}, schema)
    check(done, schema)
    assert done["few"].num_rows == rows and done["below"].num_rows == 2 * rows


def test_a_table_of_keys_alone_and_a_grid_of_own_values(mirror):
    grid = pa.table(
        {"store": np.repeat(np.arange(1, 21), 30), "week": np.tile(np.arange(30), 20), "sales": RNG.random(600)}
    )
    sold = pa.table({"store": np.repeat(np.arange(1, 21), 30)[::2], "week": np.tile(np.arange(30), 20)[::2]})
    schema = Schema(
        "grid",
        {"grid": described("grid", grid, ["store", "week"]), "sold": described("sold", sold, ["store", "week"])},
        (reference("sold", "store week", "grid", "store week"),),
    )
    for scale in (0.5, 1.0, 3.0):
        done, _ = mirror({"grid": grid, "sold": sold}, schema, scale=scale)
        check(done, schema)
        near(done, {"grid": grid, "sold": sold}, scale)


def test_a_person_sets_the_number_of_rows(mirror):
    tables, schema = shop()
    done, _ = mirror(tables, schema, tables={"order": TableSettings(rows=500), "customer": TableSettings(rows=100)})
    check(done, schema)
    assert done["order"].num_rows == 500 and done["customer"].num_rows == 100


def test_rows_beyond_those_asked_for_are_dropped_wherever_they_are():
    index = np.arange(100, 200)
    made = Made({}, np.arange(100) % 10 > 0)
    drop_surplus(SimpleNamespace(seed=1, table="order", at_most=30), index, made)
    assert made.keep.sum() == 30 and not made.keep[::10].any()
    assert made.keep[:50].any() and made.keep[50:].any()


def test_the_scale_of_a_root_holds_for_all_below_it_and_for_nothing_else(mirror):
    tables, schema = shop()
    done, _ = mirror(tables, schema, scale={"customer": 3.0})
    check(done, schema)
    near(done, {name: tables[name] for name in ("customer", "order")}, 3.0)
    near(done, {"tag": tables["tag"]})


def test_scales_and_rows_without_effect_are_refused_all_at_once(mirror):
    tables, schema = shop()
    wrong = {"custmer": 2.0, "order": 2.0, "place": 3.0}
    with pytest.raises(ConfigError) as fault:
        mirror(tables, schema, scale=wrong, tables={"place": TableSettings(rows=3)})
    text = str(fault.value)
    assert "scale.custmer: there is no such table" in text and "the nearest name is customer" in text
    assert "scale.order: its rows are made below those of customer" in text
    assert "scale.place: the table is copied as it is" in text and "tables.place.rows" in text


def test_one_to_one_stays_one_to_one(mirror):
    tables, schema = geography()
    done, _ = mirror(tables, schema, scale=2.0)
    economy = done["economy"].column("country").to_pylist()
    assert len(set(economy)) == len(economy) and abs(len(economy) - 70) <= 4


def test_a_link_table_without_rows_stays_empty(mirror):
    left = pa.table({"id": pa.array(range(30))})
    right = pa.table({"id": pa.array(range(20))})
    none = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.int64()), "tag": pa.array([], pa.string())})
    keys = (reference("none", "a", "left", "id"), reference("none", "b", "right", "id"))
    tables = {
        "left": described("left", left, ["id"]),
        "right": described("right", right, ["id"]),
        "none": described("none", none, ["a", "tag"]),
    }
    source = {"left": left, "right": right, "none": none}
    for chosen in (keys, ()):
        schema = Schema("s", tables, chosen)
        done, facts = mirror(source, schema)
        assert facts["none"].rows == 0
        assert facts["left"].rows == 30
        check(done, schema)
