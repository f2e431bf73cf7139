"""The whole road of a database whose users have no table of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from synthspark.artifacts.entities import PREFIX
from synthspark.config import parse_settings
from synthspark.mirror import Mirror

USERS, FILMS = 600, 50


def write_library(folder: Path) -> dict[str, pa.Table]:
    rng = np.random.default_rng(5)
    ids = np.sort(rng.choice(8_000_000, USERS, replace=False)) + 1_000_000
    rated = rng.choice(USERS * FILMS, 3_000, replace=False)
    tagged = rng.choice(200 * FILMS, 500, replace=False)
    tables = {
        "films": pa.table({"filmId": np.arange(FILMS) + 7, "length": rng.normal(100, 20, FILMS).round(1)}),
        "ratings": pa.table(
            {
                "userId": ids[rated // FILMS],
                "filmId": rated % FILMS + 7,
                "stars": np.clip((rated // FILMS) % 5 + rng.normal(0, 1, rated.size), 0, 5).round(1),
            }
        ),
        "tags": pa.table({"userId": ids[tagged // FILMS], "filmId": tagged % FILMS + 7, "score": rng.random(500)}),
    }
    for name, rows in tables.items():
        (folder / name).mkdir(parents=True)
        pq.write_table(rows, folder / name / "part-0.parquet")
    return tables


def mirror_of(spark: SparkSession, source: Path, output: Path) -> Mirror:
    text = f"name: library\nsource: {{path: {source}}}\noutput: {{path: {output}}}\ntracking: null\n"
    return Mirror(spark, parse_settings(text, "library"))


@pytest.fixture(scope="module")
def run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, pa.Table]]:
    folder = tmp_path_factory.mktemp("library")
    source = write_library(folder / "source")
    mirror_of(spark, folder / "source", folder / "out").run(approve_all=True)
    return folder, source


def test_users_are_made_anew_and_no_table_of_them_is_written(run: tuple[Path, dict[str, pa.Table]]) -> None:
    folder, source = run
    made = {name: pq.read_table(folder / "out" / "tables" / name) for name in source}
    assert sorted(path.name for path in (folder / "out" / "tables").iterdir()) == sorted(source)
    assert not (folder / "out" / "work").exists()
    schema = (folder / "out" / "schema.yaml").read_text()
    assert "kind: entity" in schema
    assert PREFIX not in schema
    assert PREFIX not in (folder / "out" / "report.json").read_text()
    privacy = json.loads((folder / "out" / "report.json").read_text())["facts"]["privacy"]
    assert privacy["subjects"] == ["userId of ratings, tags"]
    assert privacy["verdict"]["answer"] == "pass", privacy["verdict"]["reasons"]
    users = {name: set(made[name].column("userId").to_pylist()) for name in ("ratings", "tags")}
    real = {name: set(source[name].column("userId").to_pylist()) for name in ("ratings", "tags")}
    assert not (users["ratings"] | users["tags"]) & (real["ratings"] | real["tags"])
    for name in ("ratings", "tags"):
        pairs = list(zip(*(made[name].column(one).to_pylist() for one in ("userId", "filmId")), strict=True))
        assert len(set(pairs)) == len(pairs)
        assert len(users[name]) == pytest.approx(len(real[name]), rel=0.15)
    shares = [len(ids["ratings"] & ids["tags"]) / len(ids["tags"]) for ids in (users, real)]
    assert shares[0] == pytest.approx(shares[1], abs=0.1)


def test_a_second_run_has_nothing_left_to_do(spark: SparkSession, run: tuple[Path, dict[str, pa.Table]]) -> None:
    folder, _ = run
    before = (folder / "out" / "run.json").read_text()
    mirror = mirror_of(spark, folder / "source", folder / "out")
    mirror.run()
    assert [one.seconds for one in mirror.manifest.units()] == [
        one.seconds for one in type(mirror.manifest)(mirror.directory).units()
    ]
    assert (folder / "out" / "run.json").read_text() == before


def test_rejected_it_is_drawn_as_a_column(spark: SparkSession, run: tuple[Path, dict[str, pa.Table]]) -> None:
    folder, source = run
    mirror = mirror_of(spark, folder / "source", folder / "plain")
    mirror.discover()
    mirror.reject("*:entity")
    mirror.approve(everything=True)
    models = mirror.fit().models
    assert set(models) == set(source)
