"""The whole road on a small database: what it leaves, and that the same seed gives the same bytes."""

import json
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from synthspark.cli.main import main
from tests.jobs.databases import shop, sorted_bytes, write_config, write_parts


@pytest.fixture(scope="module")
def finished(spark, tmp_path_factory) -> Path:
    """A run directory after all stages."""
    root = tmp_path_factory.mktemp("road")
    source = write_parts(shop(), root / "source", 1)
    config = write_config(root / "run.yaml", source, root / "out")
    assert main(["run", str(config), "--approve-all", "--quiet"]) == 0
    return root


def rows(folder: Path) -> ds.Dataset:
    return ds.dataset(folder, format="parquet", exclude_invalid_files=True).to_table()


def test_every_artifact_is_there(finished):
    there = {path.name for path in (finished / "out").iterdir()}
    wanted = {
        "profile.json",
        "schema.yaml",
        "review.html",
        "models",
        "tables",
        "report.json",
        "report.html",
        "run.json",
    }
    assert wanted <= there
    assert "work" not in there


def test_tables_have_the_columns_and_types_of_the_source(finished):
    for table in (finished / "source").iterdir():
        real, synthetic = rows(table), rows(finished / "out" / "tables" / table.name)
        assert synthetic.schema.names == real.schema.names
        assert synthetic.schema.types == real.schema.types
        assert abs(synthetic.num_rows - real.num_rows) <= 0.1 * real.num_rows


def test_no_key_and_no_e_mail_of_the_source_comes_back(finished):
    real = rows(finished / "source" / "customer").to_pydict()
    synthetic = rows(finished / "out" / "tables" / "customer").to_pydict()
    assert not set(real["email"]) & set(synthetic["email"])
    assert len(set(synthetic["customer_id"])) == len(synthetic["customer_id"])
    assert all(key.startswith("C-") for key in synthetic["customer_id"])


def test_the_report_sets_each_score_beside_real_against_real(finished):
    report = json.loads((finished / "out" / "report.json").read_text())
    compared = [score for score in report["scores"] if score["name"] in ("ks_complement", "tv_complement")]
    shapes = [score for score in compared if score["value"] is not None and score["rows_real"] >= 50]
    assert shapes
    assert all(score["ceiling"] is not None for score in shapes)


def test_a_second_run_does_nothing_again(finished, caplog):
    before = (finished / "out" / "run.json").read_text()
    assert main(["run", str(finished / "run.yaml"), "--approve-all", "--quiet"]) == 0
    assert json.loads((finished / "out" / "run.json").read_text())["units"] == json.loads(before)["units"]


@pytest.mark.slow
@pytest.mark.parametrize("parts", [2, 7])
def test_the_same_seed_gives_the_same_bytes_for_any_partitioning(spark, finished, tmp_path, parts):
    source = write_parts(shop(), tmp_path / "source", parts)
    config = write_config(tmp_path / "run.yaml", source, tmp_path / "out")
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", str(parts))
    try:
        flags = ["--approve-all", "--quiet", "--set", "discover.driver_rows=0", "--set", "generate.partition_rows=37"]
        for command in ("discover", "fit", "generate"):
            assert main([command, str(config), *(flags if command != "discover" else flags[1:])]) == 0
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)
    assert sorted_bytes(tmp_path / "out" / "tables") == sorted_bytes(finished / "out" / "tables")


@pytest.mark.slow
def test_another_seed_gives_other_rows_and_a_scale_other_sizes(finished, tmp_path):
    config = write_config(tmp_path / "run.yaml", finished / "source", tmp_path / "out", "seed: 8", "scale: 2")
    for command in ("discover", "fit", "generate"):
        assert main([command, str(config), "--quiet", *([] if command == "discover" else ["--approve-all"])]) == 0
    one, other = sorted_bytes(finished / "out" / "tables"), sorted_bytes(tmp_path / "out" / "tables")
    assert all(one[table] != other[table] for table in ("customer", "order", "order_line"))
    for table, n_rows in {"customer": 120, "order": 480}.items():
        assert abs(rows(tmp_path / "out" / "tables" / table).num_rows - n_rows) <= 0.1 * n_rows
