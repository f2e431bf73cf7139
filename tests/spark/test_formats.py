"""References across formats on Spark: driver and workers find the same parents and write the same keys."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.artifacts.model import TableModel
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.store import RunDirectory
from synthspark.config import EvaluateSettings, FitSettings, GenerateSettings, Settings
from synthspark.evaluate.on_spark import evaluate_database
from synthspark.fit.on_spark import fit_table
from synthspark.generate import on_spark, prepare
from synthspark.progress import LoggedProgress
from synthspark.spark_types import logical_type
from synthspark.verify.on_spark import verify_database

RNG = np.random.default_rng(17)


@pytest.fixture(scope="module")
def source(spark, tmp_path_factory):
    """Persons; towns under mixed case; letters to both: numbers padded, prefixed, towns in capitals with blanks."""
    folder = tmp_path_factory.mktemp("formats")
    people = RNG.integers(1, 401, 900)
    sounds = ["ba", "ko", "ri", "du", "mel", "tan", "os", "fi"]
    names = sorted({"".join(RNG.choice(sounds, 4)).capitalize() for _ in range(200)})
    lands = RNG.choice(["no", "se"], len(names))
    at = RNG.integers(0, len(names), 900)
    tables = {
        "person": pa.table({"id": np.arange(1, 401), "age": RNG.integers(18, 90, 400)}),
        "town": pa.table({"name": names, "land": lands, "size": RNG.random(len(names))}),
        "letter": pa.table(
            {
                "code": [f"L-{i:05d}" for i in range(900)],
                "to": [f"{i:06d}" if place % 5 else f"P{i}" for place, i in enumerate(people)],
                "town": [f"{names[i].upper()}  " for i in at],
                "land": pa.array(np.where(RNG.random(900) < 0.1, None, lands[at]), pa.string()),
                "reply": pa.array([None, *(int(i) for i in RNG.integers(0, np.arange(1, 900)))], pa.int32()),
                "grade": RNG.choice(["a", "b"], 900),
            }
        ),
    }
    frames, described = {}, {}
    for name, key in (("person", "id"), ("town", "name land"), ("letter", "code")):
        pq.write_table(tables[name], folder / f"{name}.parquet")
        frames[name] = spark.read.parquet(str(folder / f"{name}.parquet"))
        columns = {
            field.name: Column(logical_type(field.dataType), nullable=bool(tables[name].column(field.name).null_count))
            for field in frames[name].schema.fields
        }
        primary = tuple(key.split())
        described[name] = Table(name, columns, primary_key=primary, status="approved", rows=tables[name].num_rows)
    keys = (
        ForeignKey("letter", ("to",), "person", ("id",), "approved", compare=("number",)),
        ForeignKey("letter", ("town", "land"), "town", ("name", "land"), "approved", compare=("folded", "exact")),
        ForeignKey("letter", ("reply",), "letter", ("code",), "approved", compare=("number",)),
    )
    return frames, Schema("formats", described, keys)


def fitted(source, settings):
    frames, schema = source
    plan = plan_database(schema)
    return {
        name: TableModel.from_bytes(fit_table(frames, schema, plan, name, settings).to_bytes()) for name in plan.order
    }


def generated(spark, source, models, path, settings):
    schema, plan, facts = source[1], plan_database(source[1]), {}
    directory = RunDirectory(str(path))
    for name in plan.order:
        facts[name] = on_spark.generate_table(spark, plan, schema, models, name, facts, settings, directory)
    done = {
        name: on_spark.finish_table(spark, plan, schema, models, name, facts, settings, directory)
        for name in plan.order
    }
    return done, facts


def test_driver_and_workers_find_and_write_the_same_keys(spark, source, tmp_path, monkeypatch):
    # Parents too large to be held give their keys alone, so no row depends on more of them here.
    models = fitted(source, Settings(fit=FitSettings(relatives=False)))
    whole, facts = generated(spark, source, models, tmp_path / "driver", Settings())
    expected = {name: fact.rows for name, fact in facts.items()}
    found = verify_database(source[0], whole, source[1], expected, Settings(), LoggedProgress())
    assert not [one for one in found.findings if one.severity != "note"]
    report = evaluate_database(source[0], whole, source[1], EvaluateSettings(), 0, LoggedProgress())
    linked = [one for one in report.scores if one.name in ("cardinality_shape", "orphan_similarity")]
    told = {(one.name, one.subject[0].split(" ")[0]): round(one.value, 3) for one in linked}
    assert len(told) == 6 and min(told.values()) > 0.7, told

    monkeypatch.setattr(on_spark, "DRIVER_ROWS", 0)
    monkeypatch.setattr(prepare, "HELD_ROWS", 0)
    settings = Settings(generate=GenerateSettings(batch_rows=170, partition_rows=500))
    spread, _ = generated(spark, source, models, tmp_path / "workers", settings)
    for name, frame in whole.items():
        assert sorted(map(repr, frame.collect())) == sorted(map(repr, spread[name].collect())), name


def test_a_large_table_counts_and_spells_as_a_small_one(source):
    small = fitted(source, Settings())["letter"]
    large = fitted(source, Settings(fit=FitSettings(driver_rows=0, sample_rows=200)))["letter"]
    assert sum(shard.rows for shard in large.shards) < large.rows
    assert large.columns[1:] == small.columns[1:] and large.keys == small.keys
    for one, other in zip(large.links, small.links, strict=True):
        assert one.compare == other.compare and one.null_share == other.null_share
        assert np.array_equal(one.popularity.arrays["share"], other.popularity.arrays["share"])
    assert large.diagnostics.get("orphans") == small.diagnostics.get("orphans")
