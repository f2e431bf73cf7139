"""Control over what is generated: how many rows of which table, beside and below the rows that are there."""

import pyarrow.dataset as ds
import pytest

import synthspark
from synthspark.config import load_settings
from synthspark.errors import ConfigError
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


def test_a_scale_of_no_table_is_refused_with_the_nearest_name(spark, place):
    with pytest.raises(ConfigError, match=r"scale\.costumer: there is no such table.*nearest name is customer"):
        mirror_of(spark, place).generate(scale={"costumer": 2})
