"""Every type of column on the road from source to copy, fitted by the driver and by the workers."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import synthspark
from synthspark.config import DiscoverSettings, FitSettings, OutputSettings, Settings, SourceSettings

N = 400
START = datetime.datetime(2021, 3, 1, 8)
PLACE = pa.struct([("city", pa.string()), ("at", pa.struct([("x", pa.float64())]))])
ARRAYS = ("tags", "facts")


def decimals(whole, scale, kind):
    return pa.array([decimal.Decimal(int(value)).scaleb(-scale) for value in whole], kind)


def times(draw, most, unit, kind):
    return pa.array([START + datetime.timedelta(**{unit: int(value)}) for value in draw.integers(0, most, N)], kind)


def holed(values, draw):
    """The values, a tenth of them null."""
    return pc.if_else(pa.array(draw.random(len(values)) < 0.1), pa.scalar(None, values.type), values)


def source(folder):
    """One table with a column of each type, and one that refers to it by a decimal."""
    draw = np.random.default_rng(7)
    cities = [
        {"city": str(city), "at": {"x": float(x)}}
        for city, x in zip(draw.choice(["Rome", "Oslo"], N), draw.normal(0, 1, N), strict=True)
    ]
    asset = pa.table(
        {
            "asset_id": decimals(range(1, N + 1), 0, pa.decimal128(10, 0)),
            "tiny": pa.array(draw.integers(-128, 128, N), pa.int8()),
            "small": pa.array(draw.integers(-30_000, 30_001, N), pa.int16()),
            "middle": holed(pa.array(draw.integers(-(2**31), 2**31, N), pa.int32()), draw),
            "big": pa.array(draw.integers(-(2**62), 2**62, N), pa.int64()),
            "price": holed(decimals(draw.integers(0, 10**6, N), 2, pa.decimal128(12, 2)), draw),
            "rate": decimals(draw.integers(-(10**9), 10**9, N), 9, pa.decimal128(30, 9)),
            "single": pa.array(draw.normal(0, 1, N), pa.float32()),
            "real": holed(pa.array(draw.lognormal(0, 2, N)), draw),
            "flag": holed(pa.array(draw.random(N) < 0.3), draw),
            "kind": pa.array(draw.choice(["alpha", "beta", "gamma"], N)),
            "day": holed(times(draw, 900, "days", pa.timestamp("us")).cast(pa.date32(), safe=False), draw),
            "zoned": times(draw, 9 * 10**7, "seconds", pa.timestamp("us", "UTC")),
            "local": times(draw, 9 * 10**13, "microseconds", pa.timestamp("us")),
            "raw": holed(pa.array([draw.bytes(int(size)) for size in draw.integers(4, 9, N)]), draw),
            "place": pa.array([None if i % 10 == 0 else city for i, city in enumerate(cities)], PLACE),
            "tags": pa.array([[1, 2], []] * (N // 2), pa.list_(pa.int32())),
            "facts": pa.array([[("a", 1)]] * N, pa.map_(pa.string(), pa.int64())),
        }
    )
    reading = pa.table(
        {
            "reading_id": np.arange(1_000, 1_000 + 3 * N),
            "asset_id": decimals(draw.integers(1, N + 1, 3 * N), 0, pa.decimal128(10, 0)),
            "pair": pa.array([{"a": int(value)} for value in draw.integers(0, 9, 3 * N)]),
        }
    )
    folder.mkdir()
    for name, table in {"asset": asset, "reading": reading}.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return asset


@pytest.fixture(scope="module", params=[100_000, 0], ids=["driver", "workers"])
def copied(request, spark, tmp_path_factory):
    """The source's table, its copy, and the mirror that made it, which has verified what it wrote."""
    root = tmp_path_factory.mktemp("types")
    real = source(root / "source")
    settings = Settings(
        source=SourceSettings(path=str(root / "source")),
        output=OutputSettings(path=str(root / "out")),
        discover=DiscoverSettings(driver_rows=request.param, rules=False),
        fit=FitSettings(engine="copula", driver_rows=request.param),
        tracking=None,
    )
    mirror = synthspark.Mirror(spark, settings)
    mirror.discover()
    mirror.approve(everything=True)
    mirror.fit()
    mirror.generate()
    return real, pq.read_table(root / "out" / "tables" / "asset", coerce_int96_timestamp_unit="us"), mirror


def test_every_column_keeps_its_type_and_its_share_of_nulls(copied):
    real, copy, _ = copied
    assert copy.schema.names == real.schema.names
    for field in real.schema:
        held = copy.column(field.name)
        wanted = pa.timestamp("us") if field.name == "zoned" else field.type  # Spark's Parquet has no zone to keep
        assert held.type == wanted or pa.types.is_nested(wanted), field.name
        if field.name not in ARRAYS:
            shares = [table.column(field.name).null_count / N for table in (real, copy)]
            # Two shares of a tenth in 400 rows differ by 0.021 (one standard deviation).
            assert abs(shares[0] - shares[1]) < 5 * 0.021, field.name


def test_numbers_and_times_stay_where_the_source_has_them(copied):
    real, copy, _ = copied
    for name in ("tiny", "small", "middle", "big", "price", "rate", "single", "real", "day", "zoned", "local"):
        whole = [
            np.sort([_number(v) for v in table.column(name).to_pylist() if v is not None]) for table in (real, copy)
        ]
        spare = 0.05 * (whole[0][-1] - whole[0][0])  # keys may pass the extremes of the source a little
        assert whole[0][0] - spare <= whole[1][0] and whole[1][-1] <= whole[0][-1] + spare, name
        quartiles = [np.searchsorted(whole[0], np.quantile(whole[1], share)) / len(whole[0]) for share in (0.25, 0.75)]
        # A quartile of 400 rows against one of 400: a standard deviation of 0.031.
        assert np.allclose(quartiles, [0.25, 0.75], atol=5 * 0.031), name


def _number(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.UTC).timestamp()
    return float(value.toordinal()) if isinstance(value, datetime.date) else float(value)


def test_bytes_keep_their_lengths_and_not_their_content(copied):
    real, copy, _ = copied
    mine, theirs = ({v for v in table.column("raw").to_pylist() if v} for table in (copy, real))
    assert not mine & theirs
    assert {len(value) for value in mine} == {len(value) for value in theirs}


def test_structs_are_modelled_by_field_and_put_together_again(copied):
    _, copy, mirror = copied
    assert {"place.city", "place.at.x"} <= set(mirror.schema.tables["asset"].columns)
    places = [value for value in copy.column("place").to_pylist() if value is not None]
    assert {place["city"] for place in places} == {"Rome", "Oslo"}
    assert len({place["at"]["x"] for place in places}) > len(places) / 2
    assert mirror.synthetic["asset"].columns == list(mirror.schema.tables["asset"].columns)


def test_arrays_and_maps_are_null_and_named(copied):
    _, copy, mirror = copied
    assert all(copy.column(name).null_count == N for name in ARRAYS)
    assert set(mirror.manifest.find("fit", "asset").notes["unsupported"]) == set(ARRAYS)
