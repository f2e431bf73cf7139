"""Logical column types and Spark types, column references, and the way of Arrow tables to the driver."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.comparison import AFFIXED, BLANKS, DOTTED_I, FINAL_SIGMA, GROUP, SIGMA, SIGNED, WIDEST_INT
from synthspark.artifacts.identity import NULL_WORDS
from synthspark.errors import DataError

_SIMPLE: dict[str, T.DataType] = {
    "byte": T.ByteType(),
    "short": T.ShortType(),
    "integer": T.IntegerType(),
    "long": T.LongType(),
    "float": T.FloatType(),
    "double": T.DoubleType(),
    "boolean": T.BooleanType(),
    "string": T.StringType(),
    "binary": T.BinaryType(),
    "date": T.DateType(),
    "timestamp": T.TimestampType(),
    "timestamp_ntz": T.TimestampNTZType(),
    "void": T.NullType(),
}
_NAMES = {type(kind): name for name, kind in _SIMPLE.items()}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(-?\d+)\)")
_TEXTS = (T.StringType, T.CharType, T.VarcharType)
_WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)
_TIMES = (T.DateType, T.TimestampType, T.TimestampNTZType)
_DAY = 86_400_000_000  # microseconds
_PLAIN_NAME = re.compile(r"\w+")


def column(name: str) -> Column:
    """Reference to the column of exactly this name, whatever characters it holds."""
    return F.col(quoted(name))


def quoted(name: str) -> str:
    """The name as an SQL identifier of one part."""
    return "`" + name.replace("`", "``") + "`"


def logical_type(kind: T.DataType) -> str:
    """Name of a Spark type as artifacts hold it: ``long``, ``decimal(10,2)``, ``array<struct<a:long>>``.

    Texts of bounded length (char, varchar) are ``string``. Types without a name here keep Spark's own.
    """
    if isinstance(kind, T.DecimalType):
        return f"decimal({kind.precision},{kind.scale})"
    if isinstance(kind, T.ArrayType):
        return f"array<{logical_type(kind.elementType)}>"
    if isinstance(kind, T.MapType):
        return f"map<{logical_type(kind.keyType)},{logical_type(kind.valueType)}>"
    if isinstance(kind, T.StructType):
        fields = ",".join(f"{_field_name(field.name)}:{logical_type(field.dataType)}" for field in kind.fields)
        return f"struct<{fields}>"
    if isinstance(kind, T.StringType | T.CharType | T.VarcharType):
        return "string"
    return _NAMES.get(type(kind)) or kind.simpleString()


def spark_type(logical: str) -> T.DataType:
    """Spark type of a logical one; the inverse of `logical_type`.

    Raises
    ------
    DataError
        For a name that stands for no type.
    """
    kind, rest = _parse(logical)
    if rest:
        raise _unknown(logical)
    return kind


def is_supported(kind: T.DataType) -> bool:
    """Whether values of the type can be profiled and modelled: everything but nested and exotic types."""
    return isinstance(kind, T.DecimalType | T.CharType | T.VarcharType) or type(kind) in _NAMES


def normal_form(value: Column, kind: T.DataType, comparison: str) -> Column:
    """A column's values as a comparison sees them: `stats.comparison.normal_form`, on Spark."""
    is_text = isinstance(kind, T.StringType | T.CharType | T.VarcharType)
    if comparison == "number":
        if is_text:
            found = [F.regexp_extract(value, pattern.replace(GROUP, "("), 1) for pattern in (SIGNED, AFFIXED)]
            return F.coalesce(*(F.when(text != "", text) for text in found)).cast("long")
        if isinstance(kind, T.NumericType):
            whole = (value == F.floor(value)) & (F.abs(value) < F.lit(WIDEST_INT))
            return F.when(whole, value).cast("long")
        return F.lit(None).cast("long")
    if comparison == "folded" and is_text:
        plain = F.regexp_replace(F.btrim(value, F.lit(BLANKS)), DOTTED_I, "i")
        return F.regexp_replace(F.lower(plain), FINAL_SIGMA, SIGMA)
    return value


def telling_text(value: Column, *, cased: bool) -> Column:
    """A value as text, without case unless `cased`; null where it says nothing of anybody: blank, a letter, "n/a"."""
    trimmed = F.trim(value.cast("string"))
    text = trimmed if cased else F.lower(trimmed)
    return F.when((F.length(text) > 1) & text.rlike(r"[\p{L}\p{N}]") & ~F.lower(text).isin(*NULL_WORDS), text)


def normal_type(kind: T.DataType, comparison: str) -> T.DataType:
    """Type of the normal form of a column of this type."""
    if comparison == "number":
        return T.LongType()
    return T.StringType() if comparison == "folded" and isinstance(kind, _TEXTS) else kind


def comparable(values: Column, kind: T.DataType, other: T.DataType, comparison: str) -> Column:
    """One side of a key in a form in which it equals the other, of the type `other`; as `stats.matching.alike`."""
    form, own = normal_form(values, kind, comparison), normal_type(kind, comparison)
    theirs = normal_type(other, comparison)
    if own.simpleString() == theirs.simpleString():
        return form
    if isinstance(own, _WHOLE) and isinstance(theirs, _WHOLE):
        return form.cast("long")
    if isinstance(own, _TIMES) and isinstance(theirs, _TIMES):
        return _micros(form, own)
    return key_text(form, own)


def key_text(values: Column, kind: T.DataType) -> Column:
    """Values as texts, the same for a whole number of any type, as `stats.matching.key_texts`."""
    text = values.cast("string")
    if isinstance(kind, T.DecimalType):
        return F.regexp_replace(text, r"\.?0+$", "") if kind.scale > 0 else text
    if isinstance(kind, T.FloatType | T.DoubleType):
        whole = (F.floor(values) == values) & (F.abs(values) < F.lit(2.0**53))
        return F.when(whole, values.cast("long").cast("string")).otherwise(text)
    return text


def hashable_key(values: Column, kind: T.DataType, comparison: str) -> Column:
    """Values as texts that are equal for equal keys whatever their types, times as microseconds."""
    form, own = normal_form(values, kind, comparison), normal_type(kind, comparison)
    return _micros(form, own).cast("string") if isinstance(own, _TIMES) else key_text(form, own)


def as_type(values: Column, kind: T.DataType, wanted: T.DataType) -> Column:
    """Key values in another type; whole numbers as such, times as in UTC."""
    if kind.simpleString() == wanted.simpleString():
        return values
    if isinstance(wanted, _TEXTS):
        return key_text(values, kind)
    if isinstance(kind, _TIMES) and isinstance(wanted, _TIMES):
        micros = _micros(values, kind)
        if isinstance(wanted, T.DateType):
            return F.date_from_unix_date(F.floor(micros / F.lit(_DAY)).cast("int"))
        instant = F.timestamp_micros(micros)
        return instant if isinstance(wanted, T.TimestampType) else _local(instant).cast(wanted)
    return values.cast(wanted)


def _micros(values: Column, kind: T.DataType) -> Column:
    """Microseconds since 1970 of a date, of a timestamp, or of a local time taken as UTC."""
    if isinstance(kind, T.DateType):
        return F.unix_date(values).cast("long") * F.lit(_DAY)
    if isinstance(kind, T.TimestampNTZType):
        values = F.convert_timezone(F.lit("UTC"), F.current_timezone(), values).cast("timestamp")
    return F.unix_micros(values)


def _local(instant: Column) -> Column:
    return F.convert_timezone(F.current_timezone(), F.lit("UTC"), instant.cast("timestamp_ntz"))


def collect_arrow(frame: DataFrame) -> pa.Table:
    """All rows on the driver, for aggregates and bounded samples only.

    Timestamps with zone come as microseconds in UTC, whatever the session's time zone.
    """
    table = frame.toArrow() if hasattr(frame, "toArrow") else _collect_by_batches(frame)
    fields = [
        pa.field(field.name, pa.timestamp("us", "UTC"))
        if pa.types.is_timestamp(field.type) and field.type.tz is not None
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _collect_by_batches(frame: DataFrame) -> pa.Table:
    """What `toArrow` does, before Spark 4: each batch travels as the bytes of an Arrow stream."""

    def pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as writer:
                writer.write_batch(batch)
            yield pa.RecordBatch.from_arrays([pa.array([sink.getvalue().to_pybytes()], pa.binary())], ["batch"])

    # Before Spark 4 mapInArrow looks columns up by their plain names, so one with a dot is not found.
    positional = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
    packed = [bytes(row[0]) for row in positional.mapInArrow(pack, "batch binary").collect()]
    if packed:
        table = pa.concat_tables([pa.ipc.open_stream(part).read_all() for part in packed])
        return table.rename_columns(frame.columns)
    return pa.table({field.name: pa.array([], _arrow_type(field.dataType)) for field in frame.schema.fields})


def _arrow_type(kind: T.DataType) -> pa.DataType:
    from pyspark.sql.pandas.types import to_arrow_type  # imports pandas: only before Spark 4

    return to_arrow_type(kind)


def _field_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else quoted(name)


def _unknown(text: str) -> DataError:
    return DataError(
        f"column type {text!r}: unknown; expected one of {', '.join(_SIMPLE)}, decimal(p,s), array<...>, map<...>, "
        f"struct<...>"
    )


def _parse(text: str) -> tuple[T.DataType, str]:
    """The type that `text` starts with, and what follows it."""
    decimal = _DECIMAL.match(text)
    if decimal:
        return T.DecimalType(int(decimal[1]), int(decimal[2])), text[decimal.end() :]
    if text.startswith("array<"):
        element, rest = _parse(text.removeprefix("array<"))
        return T.ArrayType(element), _after(text, rest, ">")
    if text.startswith("map<"):
        key, rest = _parse(text.removeprefix("map<"))
        value, rest = _parse(_after(text, rest, ","))
        return T.MapType(key, value), _after(text, rest, ">")
    if text.startswith("struct<"):
        return _parse_struct(text)
    name = re.match(r"[^<>,]*", text)
    found = name[0] if name else ""
    return _SIMPLE.get(found) or _exotic(found), text[len(found) :]


def _parse_struct(text: str) -> tuple[T.DataType, str]:
    rest, fields = text.removeprefix("struct<"), []
    while not rest.startswith(">"):
        name = re.match(r"`((?:[^`]|``)*)`:|(\w+):", rest)
        if name is None:
            raise _unknown(text)
        kind, rest = _parse(rest[name.end() :])
        fields.append(T.StructField(name[2] or name[1].replace("``", "`"), kind))
        rest = rest.removeprefix(",")
    return T.StructType(fields), rest[1:]


def _after(text: str, rest: str, mark: str) -> str:
    if not rest.startswith(mark):
        raise _unknown(text)
    return rest[1:]


def _exotic(name: str) -> T.DataType:
    """Types that only some Spark versions have; needed to write nulls of them."""
    for known in ("DayTimeIntervalType", "YearMonthIntervalType", "CalendarIntervalType", "VariantType", "TimeType"):
        kind = getattr(T, known, None)
        if kind is not None and kind().simpleString() == name:
            return kind()  # type: ignore[no-any-return]
    raise _unknown(name)
