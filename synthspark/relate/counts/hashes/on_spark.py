"""The hashes of `stats.hashing`, from Spark's own functions."""

from __future__ import annotations

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.spark_types import column, normal_form
from synthspark.stats.hashing import BINARY, BOOLEAN, NUMBER, SALTS, TEXT, TIME

LONG_DIGITS = 18  # of a decimal, that always fit a long
LARGEST_INT = 2.0**63
LARGEST_LONG = 2**63 - 1
DAY = 86_400_000_000  # microseconds


def value_hash(name: str, kind: T.DataType, comparison: str = "exact") -> SparkColumn:
    """Hash of each value of a column, as `stats.hashing.hash_values` gives it; null for null and NaN.

    A comparison across formats looks at the normal form, and at the value itself where it has none.
    """
    value = column(name)
    if comparison != "exact" and isinstance(kind, T.StringType | T.CharType | T.VarcharType):
        form = normal_form(value, kind, comparison)
        return F.coalesce(_salted(form, NUMBER if comparison == "number" else TEXT), _salted(value, TEXT))
    if isinstance(kind, T.DateType):
        return _salted(F.datediff(value, F.lit("1970-01-01").cast("date")).cast("long") * DAY, TIME)
    if isinstance(kind, T.TimestampType):
        return _salted(F.unix_micros(value), TIME)
    if isinstance(kind, T.TimestampNTZType):
        return _salted(_local_micros(value), TIME)
    if isinstance(kind, T.FloatType | T.DoubleType):
        return _hash_double(value)
    if isinstance(kind, T.DecimalType):
        return _hash_decimal(value, kind)
    if isinstance(kind, T.BooleanType):
        return _salted(value.cast("long"), BOOLEAN)
    if isinstance(kind, T.BinaryType):
        return _salted(value, BINARY)
    return _salted(value.cast("long"), NUMBER) if isinstance(kind, T.IntegralType) else _salted(value, TEXT)


def _salted(form: SparkColumn, family: str) -> SparkColumn:
    salt = int(SALTS[family].astype("int64"))
    return F.when(form.isNotNull(), F.xxhash64(form).bitwiseXOR(F.lit(salt)))


def _hash_double(value: SparkColumn) -> SparkColumn:
    number = value.cast("double")
    near = F.when(F.abs(number) < F.lit(LARGEST_INT), number)  # beyond, Spark can neither round nor cast
    whole = F.coalesce(near == F.floor(near), F.lit(False))
    as_long = F.when(whole, near).cast("long")
    return F.when(F.isnan(number), None).when(whole, _salted(as_long, NUMBER)).otherwise(_salted(number, NUMBER))


def _hash_decimal(value: SparkColumn, kind: T.DecimalType) -> SparkColumn:
    if kind.precision - kind.scale <= LONG_DIGITS:
        as_long = value.cast("long")
        if kind.scale == 0:
            return _salted(as_long, NUMBER)
        whole = as_long.cast(kind) == value
        return F.when(whole, _salted(as_long, NUMBER)).otherwise(_salted(value.cast("double"), NUMBER))
    rounded = value.cast(T.DecimalType(38, 0))
    narrow = F.abs(rounded) <= F.lit(LARGEST_LONG).cast(T.DecimalType(38, 0))
    as_long = F.when(narrow, rounded).cast("long")
    exact = F.coalesce(_salted(as_long, NUMBER), _salted(rounded.cast("string"), NUMBER))
    if kind.scale == 0:
        return exact
    return F.when(rounded == value, exact).otherwise(_salted(value.cast("double"), NUMBER))


def _local_micros(value: SparkColumn) -> SparkColumn:
    """Microseconds since 1970 of a timestamp without zone, whatever the session's zone."""
    days = F.datediff(value.cast("date"), F.lit("1970-01-01").cast("date")).cast("long")
    seconds = (days * 24 + F.hour(value)) * 60 + F.minute(value)
    fraction = F.extract(F.lit("SECOND"), value) * 1_000_000  # with its six decimals
    return seconds * 60_000_000 + fraction.cast("long")
