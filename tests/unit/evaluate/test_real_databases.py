"""Copies of real databases that are wrong in known ways, judged without Spark: each must be told for what it is."""

import dataclasses
import importlib.util
import sys
from pathlib import Path

import pytest

from synthspark.config import EvaluateSettings

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "evaluation"
CHEAP = EvaluateSettings(
    detection_rows=1_000,
    folds=2,
    privacy_rows=400,
    maximum_views=2,
    maximum_pairs=40,
    maximum_joins=0,
    automatic_tasks=2,
)
THOROUGH = dataclasses.replace(CHEAP, detection_rows=50, privacy_rows=2_000, maximum_views=6, automatic_tasks=0)


@pytest.fixture(scope="module")
def benchmark_run():
    if not BENCHMARK.is_dir():
        pytest.skip("benchmarks/evaluation is not beside the tests")
    sys.path.insert(0, str(BENCHMARK))
    try:
        spec = importlib.util.spec_from_file_location("evaluation_run", BENCHMARK / "run.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARK))
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", ["berka", "movielens_small", "sakila", "telco_churn"])
def test_every_copy_is_told_for_what_it_is(name, shared_data, benchmark_run):
    folder = shared_data / name
    if not folder.is_dir():
        pytest.skip(f"no {name} in {shared_data}")
    copies = [copy for copy in benchmark_run.COPIES if copy != "planted"]
    found = benchmark_run.measure(folder, folder / "schema.yaml", copies, CHEAP)
    half, n_people = found["half"], found["copied"]["people_copied"]
    assert half["detection_accuracy"] == pytest.approx(0.5, abs=0.03)
    assert half["quality"] >= 0.97
    assert half["verdict"] == "pass", half["reason"]
    shuffled, unlinked, copied = found["shuffled"], found["unlinked"], found["copied"]
    assert shuffled["column_shapes"] == pytest.approx(1.0)
    assert max(shuffled["pairs_kept"], shuffled["joins_kept"]) < 0.05
    assert unlinked["pair_trends"] == pytest.approx(1.0)
    assert unlinked["joins_kept"] < 0.05
    assert copied["verdict"] == "fail"
    assert "rows of the source are repeated" in copied["reason"]
    leaked = found["leaky"]["people_copied"] - half["people_copied"]
    assert found["leaky"]["verdict"] == "fail"
    assert leaked == pytest.approx(benchmark_run.LEAKED * n_people, rel=0.15)
    planted = benchmark_run.measure(folder, folder / "schema.yaml", ["planted"], THOROUGH)["planted"]
    assert planted["verdict"] in ("look", "fail")
    noise = found["noise"]
    assert noise["detection_accuracy"] > 0.65
    assert noise["utility"] < 0.5
    assert noise["verdict"] == "pass", noise["reason"]
