"""Control over what is generated: how many rows of which table, beside and below the rows that are there."""

import shutil

import pyarrow.dataset as ds
import pytest

import synthspark
from synthspark.appending import Batch
from synthspark.artifacts.store import RunDirectory
from synthspark.config import load_settings
from synthspark.errors import ConfigError
from synthspark.generate import on_spark
from tests.jobs.databases import shop, sorted_bytes, write_config, write_parts


def rows(folder):
    """Synthetic tables of a run."""
    tables = (folder / "tables").iterdir()
    return {t.name: ds.dataset(t, format="parquet", exclude_invalid_files=True).to_table() for t in tables}


@pytest.fixture(scope="module")
def place(spark, tmp_path_factory):
    """Folder of a source, with a run that has fitted it."""
    root = tmp_path_factory.mktemp("control")
    write_parts(shop(), root / "source", 1)
    mirror = synthspark.Mirror(
        spark, write_config(root / "run.yaml", root / "source", root / "out", "fit: {engine: copula}")
    )
    mirror.discover()
    mirror.approve(everything=True)
    mirror.fit()
    return root


def mirror_of(spark, place, *settings):
    return synthspark.Mirror(spark, load_settings(place / "run.yaml", settings))


def test_tables_get_exactly_the_rows_asked_for_and_a_root_its_own_scale(spark, place):
    scale, asked = {"customer": 2, "staff": 0.5}, "tables.order.rows=333"
    mirror_of(spark, place, asked).generate(scale=scale)
    made, before = rows(place / "out"), sorted_bytes(place / "out" / "tables")
    assert [made[table].num_rows for table in ("customer", "staff", "order")] == [120, 6, 333]
    again = mirror_of(spark, place, asked, "generate.partition_rows=50", "generate.batch_rows=64")
    for table in made:
        again.manifest.forget("write", table)
    again.generate(scale=scale)
    assert sorted_bytes(place / "out" / "tables") == before


def test_a_condition_is_met_to_the_row_by_driver_and_workers(spark, place, monkeypatch):
    asked = "tables.customer.condition={segment: {public: 0.5, trade: 0.25}}"
    mirror_of(spark, place, asked).generate()
    before = sorted_bytes(place / "out" / "tables")
    segments = rows(place / "out")["customer"].column("segment").to_pylist()
    assert [segments.count(value) for value in ("public", "trade")] == [30, 15]
    monkeypatch.setattr(on_spark, "DRIVER_ROWS", 0)
    again = mirror_of(spark, place, asked, "generate.batch_rows=16")
    for table in before:
        again.manifest.forget("write", table)
    again.generate()
    assert sorted_bytes(place / "out" / "tables") == before


def test_a_scale_of_no_table_is_refused_with_the_nearest_name(spark, place):
    with pytest.raises(ConfigError, match=r"scale\.costumer: there is no such table.*nearest name is customer"):
        mirror_of(spark, place).generate(scale={"costumer": 2})


def files(folder):
    """Bytes of every file of the synthetic tables."""
    return {path: path.read_bytes() for path in folder.glob("tables/*/*.parquet")}


def test_appended_rows_have_keys_of_their_own_and_leave_the_others_as_they_are(spark, place):
    mirror_of(spark, place).generate()
    first, sizes = files(place / "out"), {name: table.num_rows for name, table in rows(place / "out").items()}
    for turn in (1, 2):
        before = files(place / "out")
        mirror_of(spark, place, "output.mode=append").generate(scale=0.5)
        after = files(place / "out")
        assert all(after[path] == content for path, content in before.items())
        assert not (place / "out" / "appended" / f"{turn:03d}").exists()
    made = rows(place / "out")
    for table in ("customer", "order", "staff"):
        assert made[table].num_rows == pytest.approx(2 * sizes[table], rel=0.1)
        keys = made[table].column(f"{table}_id").to_pylist()
        assert len(set(keys)) == len(keys)
    assert made["product"].num_rows == sizes["product"]
    old = {name: set(table.column(0).to_pylist()) for name, table in tables_of(first).items()}
    added = [path for path in files(place / "out") if path not in first]
    new = tables_of(dict.fromkeys(added, b""))
    assert not set(new["order"].column("customer_id").to_pylist()) & old["customer"]
    assert mirror_of(spark, place, "output.mode=append").verify().passed


class Killed(Exception):
    """Stands for the end of the process."""


def killed(*_):
    raise Killed


def test_an_interrupted_append_ends_as_if_it_had_never_been(spark, place, tmp_path, monkeypatch):
    mirror_of(spark, place).generate()
    for name in ("whole", "broken"):
        shutil.copytree(place / "out", tmp_path / name)
    appending = ["output.mode=append", "scale=0.4"]
    mirror_of(spark, place, *appending, f"output.path={tmp_path / 'whole'}", "generate.partition_rows=50").generate()
    for step, name in ((Batch, "verify_whole"), (RunDirectory, "move")):
        broken = mirror_of(spark, place, *appending, f"output.path={tmp_path / 'broken'}")
        with monkeypatch.context() as patch:
            patch.setattr(step, name, killed)
            with pytest.raises(Killed):
                broken.generate()
    mirror_of(spark, place, *appending, f"output.path={tmp_path / 'broken'}").generate()
    assert sorted_bytes(tmp_path / "broken" / "tables") == sorted_bytes(tmp_path / "whole" / "tables")


def test_what_cannot_be_appended_to_is_refused(spark, place):
    mirror_of(spark, place).generate()
    with pytest.raises(ConfigError, match="seed 9: the rows that are there were made with seed 0"):
        mirror_of(spark, place, "output.mode=append", "seed=9").generate()


def tables_of(paths):
    """The tables in these files."""
    names = {path.parent.name for path in paths}
    return {name: ds.dataset([p for p in paths if p.parent.name == name]).to_table() for name in names}
