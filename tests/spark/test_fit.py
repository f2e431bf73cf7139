"""Fitting on Spark: large tables, dealt out to shards, are described as small ones are."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import FitSettings, Settings
from synthspark.errors import ModelError
from synthspark.fit import families
from synthspark.fit.kernel import ShardFit
from synthspark.fit.kernels import on_spark as kernels
from synthspark.fit.on_spark import DatabaseFit, fit_table
from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain, Frame, empty_frame

RNG = np.random.default_rng(5)
FORMS = {
    "owner": {"id": "long", "kind": "string", "x y": "double"},
    "thing": {"id": "long", "own`er": "long", "no": "integer", "note": "string", "v": "double", "flag": "boolean"},
}

IN_PART = FitSettings(driver_rows=0, sample_rows=400)


@pytest.fixture(scope="module")
def source(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    counts = RNG.integers(0, 6, 300)
    owner = np.repeat(np.arange(300), counts)
    numbers = np.concatenate([np.arange(1, c + 1) for c in counts])
    n = owner.size
    tables = {
        "owner": pa.table(
            {
                "id": np.arange(290),
                "kind": RNG.choice(["a", "b", "rare"], 290, p=[0.5, 0.495, 0.005]),
                "x y": RNG.random(290),
            }
        ),
        "thing": pa.table(
            {
                "id": np.arange(n) * 7,
                "own`er": pa.array(np.where(np.arange(n) < 20, None, owner), pa.int64()),
                "no": pa.array(numbers, pa.int32()),
                "note": pa.array([f"n{i}" if i % 3 else None for i in range(n)], pa.string()),
                "v": np.where(np.arange(n) % 10 == 0, np.nan, RNG.random(n)),
                "flag": RNG.random(n) < 0.2,
            }
        ),
    }
    frames, described = {}, {}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
        frames[name] = spark.read.parquet(str(folder / f"{name}.parquet"))
        columns = {c: Column(kind, nullable=bool(table.column(c).null_count)) for c, kind in FORMS[name].items()}
        described[name] = Table(name, columns, primary_key=("id",), status="approved", rows=table.num_rows)
    key = ForeignKey("thing", ("own`er",), "owner", ("id",), "approved")
    return frames, Schema("large", described, (key,))


@pytest.fixture(scope="module")
def fitted(source):
    frames, schema = source
    return fit_table(frames, schema, plan_database(schema), "thing", Settings(fit=IN_PART))


def test_the_same_rows_are_fitted_however_they_are_spread(source, fitted):
    frames, schema = source
    spread = {name: frame.repartition(3) for name, frame in frames.items()}
    other = fit_table(spread, schema, plan_database(schema), "thing", Settings(fit=IN_PART))
    assert 0 < sum(shard.rows for shard in fitted.shards) < fitted.rows
    assert fitted.to_bytes() == other.to_bytes()


def test_of_large_tables_whole_families_are_fitted_and_all_rows_counted(source, monkeypatch):
    monkeypatch.setattr(families, "ENOUGH_FAMILIES", 50)
    frames, schema = source
    (key,) = schema.foreign_keys
    every = frames["thing"].toPandas()["own`er"].value_counts()
    for enough_owners, left_out in ((50, True), (1_000, False)):
        monkeypatch.setattr(families, "ENOUGH_ROWS", enough_owners)
        fit = DatabaseFit(frames, schema, plan_database(schema), Settings(fit=IN_PART))
        owners = fit.fitted("owner").data["id"].to_pylist()
        things = [owner for owner in fit.fitted("thing").data["own`er"].to_pylist() if owner is not None]
        assert (len(owners) < 290) == left_out and 0 < len(things) < every.sum()
        assert {owner for owner in things if owner < 290} <= set(owners)
        assert all(things.count(owner) == every[owner] for owner in set(things))
        assert fit.counted(key).tolist() == [every.get(owner, 0) for owner in owners]


def test_rows_without_a_parent_are_fitted_too(source):
    frames, schema = source
    rows = DatabaseFit(frames, schema, plan_database(schema), Settings(fit=IN_PART)).fitted("thing")
    assert 0 < rows.data["own`er"].null_count < 20


def test_a_large_table_that_there_is_room_for_is_fitted_as_a_small_one(source):
    frames, schema = source
    plan, everything = plan_database(schema), Settings(fit=FitSettings(driver_rows=0, sample_rows=5_000))
    for table in frames:
        large = fit_table(frames, schema, plan, table, everything)
        small = fit_table(frames, schema, plan, table, Settings())
        assert replace(large, columns=small.columns).to_bytes() == small.to_bytes(), table


def test_a_large_table_is_described_as_a_small_one(source, fitted):
    frames, schema = source
    small = fit_table(frames, schema, plan_database(schema), "thing", Settings())
    assert fitted.keys == small.keys and fitted.columns[1:] == small.columns[1:]
    assert [f.name for f in fitted.features] == [f.name for f in small.features]
    assert fitted.rootless_rows == small.rootless_rows == 20
    assert fitted.diagnostics["orphans"] == small.diagnostics["orphans"]


def test_workers_fit_what_the_driver_fits(source, monkeypatch):
    frames, schema = source
    plan = plan_database(schema)
    several = Settings(fit=FitSettings(shard_rows=200))
    written = []
    for fewest in (0, 10**9):
        monkeypatch.setattr(kernels, "FEWEST_CELLS", fewest)
        model = fit_table(frames, schema, plan, "thing", several)
        assert len(model.shards) > 1 and not model.diagnostics.get("fallbacks")
        written.append(model.to_bytes())
    assert written[0] == written[1]


def test_what_a_worker_cannot_fit_is_told_without_its_traceback(spark, monkeypatch):
    monkeypatch.setattr(kernels, "FEWEST_CELLS", 0)
    no_category = Frame(("v",), (Domain("category", "string", ("a",)),), np.full((1, 40), -7.0))
    fit = ShardFit(("thing", "rows", "0"), empty_frame(40), no_category, "copula", EngineSettings(), seed=0)
    with pytest.raises(ModelError, match=r"^table thing, rows/0: neither .* set the table's role to skip"):
        kernels.fit_in_workers(spark, [fit])
