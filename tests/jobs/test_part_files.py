"""Tables that nothing else looks at are written by the workers as they are handed out, and moved into their place."""

import pytest

import synthspark
from synthspark.config import load_settings
from synthspark.generate import on_spark
from synthspark.generate.large import on_spark as large
from tests.jobs.databases import shop, sorted_bytes, write_config, write_parts

IN_PIECES = ("generate.batch_rows=64", "generate.partition_rows=200")


@pytest.fixture(scope="module")
def place(spark, tmp_path_factory):
    """Folder of a source, with a run that has fitted it and made its tables on the driver."""
    root = tmp_path_factory.mktemp("files")
    write_parts(shop(), root / "source", 1)
    mirror = synthspark.Mirror(spark, write_config(root / "run.yaml", root / "source", root / "out"))
    mirror.discover()
    mirror.approve(everything=True)
    mirror.fit()
    mirror.generate()
    return root


def again(spark, place, *settings, forget=()):
    mirror = synthspark.Mirror(spark, load_settings(place / "run.yaml", [*IN_PIECES, *settings]))
    for unit in forget:
        mirror.manifest.forget("write", unit)
    return mirror


@pytest.fixture
def by_workers(monkeypatch):
    monkeypatch.setattr(on_spark, "DRIVER_ROWS", 0)


@pytest.mark.usefixtures("by_workers")
def test_workers_write_what_spark_writes(spark, place, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(large, "_workers_can_write", lambda *_: False)
        mirror = again(spark, place, forget=shop())
        mirror.generate()
    assert not mirror.manifest.find("generate", "order_line").notes["final"]
    before = sorted_bytes(place / "out" / "tables")
    mirror = again(spark, place, forget=shop())
    mirror.generate()
    assert mirror.manifest.find("generate", "order_line").notes["final"]
    assert not mirror.manifest.find("generate", "customer").notes["final"]
    assert sorted_bytes(place / "out" / "tables") == before
    names = sorted(path.name for path in (place / "out" / "tables" / "order_line").iterdir())
    assert names[:2] == ["_SUCCESS", "part-00000.parquet"]


@pytest.mark.usefixtures("by_workers")
def test_a_table_in_its_place_is_not_made_again_when_another_is_missing(spark, place):
    again(spark, place, forget=shop()).generate()
    table, mirror = place / "out" / "tables" / "order_line", again(spark, place, forget=["customer"])
    made, written = mirror.manifest.find("generate", "order_line"), (table / "part-00000.parquet").stat().st_mtime_ns
    mirror.generate()
    assert mirror.manifest.find("generate", "order_line") == made
    assert (table / "part-00000.parquet").stat().st_mtime_ns == written


@pytest.mark.usefixtures("by_workers")
def test_other_formats_are_written_by_spark(spark, place):
    mirror = again(spark, place, "output.format=csv", f"output.path={place / 'csv'}")
    mirror.discover()
    mirror.approve(everything=True)
    mirror.fit()
    mirror.generate()
    assert mirror.manifest.find("generate", "order_line").notes["final"]
    rows = mirror.manifest.find("generate", "order_line").rows
    assert mirror.synthetic["order_line"].count() == rows
    assert list((place / "csv" / "tables" / "order_line").glob("*.csv"))
