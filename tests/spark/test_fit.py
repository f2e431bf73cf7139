"""Fitting on Spark: large tables, dealt out to shards, are described as small ones are."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import FitSettings, Settings
from synthspark.fit.on_spark import fit_table

RNG = np.random.default_rng(5)
FORMS = {
    "owner": {"id": "long", "kind": "string", "x y": "double"},
    "thing": {"id": "long", "own`er": "long", "no": "integer", "note": "string", "v": "double", "flag": "boolean"},
}

SHARDED = FitSettings(driver_rows=0, shard_rows=200)


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
    return fit_table(frames, schema, plan_database(schema), "thing", Settings(fit=SHARDED))


def test_shards_give_the_same_model_however_the_rows_are_spread(source, fitted):
    frames, schema = source
    spread = {name: frame.repartition(3) for name, frame in frames.items()}
    other = fit_table(spread, schema, plan_database(schema), "thing", Settings(fit=SHARDED))
    assert len(fitted.shards) > 1 and sum(shard.rows for shard in fitted.shards) == fitted.rows
    assert fitted.to_bytes() == other.to_bytes()


def test_a_large_table_is_described_as_a_small_one(source, fitted):
    frames, schema = source
    small = fit_table(frames, schema, plan_database(schema), "thing", Settings(fit=FitSettings(relatives=False)))
    assert len(small.shards) == 1
    assert fitted.keys == small.keys and fitted.columns[1:] == small.columns[1:]
    assert fitted.context == small.context and fitted.features == small.features
    assert fitted.rootless_rows == small.rootless_rows == 20
    assert fitted.diagnostics["orphans"] == small.diagnostics["orphans"]
    assert sum(shard.rows for shard in fitted.counts) == 290
