"""Generating on Spark: the same rows by the driver and by the workers, whatever the blocks, partitions and joins."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.store import RunDirectory
from synthspark.config import FitSettings, GenerateSettings, Settings
from synthspark.fit.on_spark import fit_table
from synthspark.generate import agreeing, in_memory, on_spark, prepare
from synthspark.generate.large import on_spark as large_on_spark
from synthspark.spark_types import collect_arrow, logical_type
from synthspark.stats.matching import positions, row_codes

RNG = np.random.default_rng(3)


def approved(child, columns, parent, targets):
    return ForeignKey(child, tuple(columns.split()), parent, tuple(targets.split()), "approved")


@pytest.fixture(scope="module", autouse=True)
def uncompleted():
    """What is done only where all rows of a table are at hand, not by workers.

    Children that too few rows drew are made up for, and every parent gets the rows it was drawn with.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_memory, "complete", lambda counts, *_: counts)
        patch.setattr(agreeing, "spread_evenly", lambda groups, group, u: groups.at(group, u))
        yield


@pytest.fixture(scope="module")
def source(spark, tmp_path_factory):
    """A database with a cycle, an overlap, a link table, a self reference, odd names, and every plain type."""
    folder = tmp_path_factory.mktemp("source")
    n = 300
    lands = [f"L{i:03d}" for i in range(20)]
    town_land = RNG.choice(lands, n)
    towns = [f"Town {i}" for i in range(n)]
    first = {land: town for town, land in zip(reversed(towns), reversed(town_land.tolist()), strict=True)}
    tables = {
        "land": pa.table(
            {
                "code": lands,
                "capital": pa.array([first.get(land) for land in lands], pa.string()),
                "a.b `c`": RNG.random(20),
            }
        ),
        "town": pa.table(
            {
                "name": towns,
                "land": town_land,
                "since": pa.array(
                    [datetime.datetime(2299, 1, 1) + datetime.timedelta(days=int(d)) for d in RNG.integers(0, 999, n)],
                    pa.timestamp("us"),
                ),
                "seen": pa.array(
                    [datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=int(d)) for d in RNG.integers(0, 999, n)],
                    pa.timestamp("us", "UTC"),
                ),
                "size": pa.array(RNG.integers(1, 99, n), pa.int16()),
                "blob": pa.array([bytes(int(k)) for k in RNG.integers(0, 9, n)], pa.binary()),
                "list": pa.array([[1, 2]] * n, pa.list_(pa.int64())),
            }
        ),
        "visit": pa.table(
            {
                "id": np.arange(900),
                "land": RNG.choice(lands, 900),
                "day": pa.array(
                    [datetime.date(2021, 1, 1) + datetime.timedelta(days=int(d)) for d in RNG.integers(0, 99, 900)]
                ),
                "before": pa.array([None, *RNG.integers(0, np.arange(1, 900))], pa.int64()),
            }
        ),
        "empty": pa.table({"id": pa.array([], pa.int64()), "visit": pa.array([], pa.int64())}),
    }
    stay = RNG.integers(0, n, 500)
    tables["stay"] = pa.table(
        {
            "visit": np.arange(500),
            "land": pa.array(town_land[stay]),
            "town": pa.array(np.where(RNG.random(500) < 0.2, None, np.array(towns)[stay]), pa.string()),
        }
    )
    pairs = sorted(
        {
            (int(v), towns[int(t)], town_land[int(t)])
            for v, t in zip(RNG.integers(0, 900, 700), RNG.integers(0, n, 700), strict=True)
        }
    )
    tables["plan"] = pa.table(
        {"visit": [p[0] for p in pairs], "town": [p[1] for p in pairs], "land": [p[2] for p in pairs]}
    )
    import pyarrow.parquet as pq

    frames = {}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
        frames[name] = spark.read.parquet(str(folder / f"{name}.parquet"))
    keys = {
        "land": ["code"],
        "town": ["name", "land"],
        "visit": ["id"],
        "empty": ["id"],
        "stay": ["visit"],
        "plan": ["visit", "town", "land"],
    }
    described = {
        name: Table(
            name,
            {
                field.name: Column(
                    logical_type(field.dataType),
                    nullable=bool(tables[name].column(field.name).null_count) or not tables[name].num_rows,
                )
                for field in frames[name].schema.fields
            },
            primary_key=tuple(keys[name]),
            status="approved",
            rows=tables[name].num_rows,
        )
        for name in tables
    }
    schema = Schema(
        "travel",
        described,
        (
            approved("land", "capital code", "town", "name land"),
            approved("town", "land", "land", "code"),
            approved("visit", "land", "land", "code"),
            approved("visit", "before", "visit", "id"),
            approved("stay", "visit", "visit", "id"),
            approved("stay", "land", "land", "code"),
            approved("stay", "town land", "town", "name land"),
            approved("plan", "visit", "visit", "id"),
            approved("plan", "town land", "town", "name land"),
            approved("empty", "visit", "visit", "id"),
        ),
    )
    return frames, schema


def fitted(source, settings):
    frames, schema = source
    plan = plan_database(schema)
    return {
        name: TableModel.from_bytes(fit_table(frames, schema, plan, name, settings).to_bytes()) for name in plan.order
    }


@pytest.fixture(scope="module")
def models(source):
    return fitted(source, Settings())


IN_PIECES = Settings(generate=GenerateSettings(batch_rows=170, partition_rows=500))


def generated(spark, source, models, path, *, settings=None):
    settings = settings or Settings()
    frames, schema = source
    plan, facts = plan_database(schema), {}
    directory = RunDirectory(str(path))
    for name in plan.order:
        facts[name] = on_spark.generate_table(spark, plan, schema, models, name, facts, settings, directory)
    done = {}
    for name in plan.order:
        rows = on_spark.finish_table(spark, plan, schema, models, name, facts, settings, directory)
        assert [(f.name, f.dataType) for f in rows.schema.fields] == [
            (f.name, f.dataType) for f in frames[name].schema.fields
        ]
        done[name] = collect_arrow(rows)
    return done, facts


def whole(done, schema):
    def arrays(table, columns):
        return [table.column(column).combine_chunks() for column in columns]

    for table in schema.tables.values():
        if done[table.name].num_rows:
            (codes,) = row_codes(arrays(done[table.name], table.primary_key))
            assert codes.min() >= 0 and np.unique(codes).size == codes.size, table.name
    for key in schema.keys_in_force():
        if done[key.child].num_rows:
            place = positions(arrays(done[key.child], key.child_columns), arrays(done[key.parent], key.parent_columns))
            assert not (place == -1).any(), key.label


def ordered(table):
    plain = table.select([i for i, f in enumerate(table.schema) if not pa.types.is_nested(f.type)])
    plain = plain.rename_columns([f"c{i}" for i in range(plain.num_columns)])
    return plain.sort_by([(name, "ascending") for name in plain.column_names]).combine_chunks()


@pytest.fixture(scope="module")
def by_driver(spark, source, models, tmp_path_factory):
    return generated(spark, source, models, tmp_path_factory.mktemp("driver"))


def test_what_the_driver_makes_is_whole(source, by_driver):
    done, facts = by_driver
    whole(done, source[1])
    assert all(fact.dropped_rows <= 0.05 * fact.slots for fact in facts.values())
    assert done["town"].column("list").null_count == done["town"].num_rows
    assert max(value.year for value in done["town"].column("since").to_pylist()) > 2262


def test_workers_make_the_rows_that_the_driver_makes(spark, source, models, by_driver, tmp_path, monkeypatch):
    monkeypatch.setattr(on_spark, "DRIVER_ROWS", 0)
    same(generated(spark, source, models, tmp_path, settings=IN_PIECES), by_driver)


def test_sparks_own_writer_makes_the_same_rows(spark, source, models, by_driver, tmp_path, monkeypatch):
    monkeypatch.setattr(on_spark, "DRIVER_ROWS", 0)
    monkeypatch.setattr(large_on_spark, "_workers_can_write", lambda *_: False)
    same(generated(spark, source, models, tmp_path, settings=IN_PIECES), by_driver)


def test_joins_find_the_parents_that_arrays_find(spark, source, tmp_path, monkeypatch):
    """Parents too large to be held give their keys alone, so no row depends on more of them here."""
    models = fitted(source, Settings(fit=FitSettings(relatives=False)))
    wanted = generated(spark, source, models, tmp_path / "arrays")
    monkeypatch.setattr(on_spark, "DRIVER_ROWS", 0)
    monkeypatch.setattr(prepare, "HELD_ROWS", 0)
    same(generated(spark, source, models, tmp_path / "joins", settings=IN_PIECES), wanted)


def same(made, wanted):
    for name, table in wanted[0].items():
        assert ordered(made[0][name]).equals(ordered(table)), name
        assert made[1][name].nulled_links == wanted[1][name].nulled_links
