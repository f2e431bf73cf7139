"""Rules counted by native aggregates: one job for the rules of a table, one for those across a relationship."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.rule import Rule
from synthspark.rules.checks import check_count
from synthspark.rules.counting import Count, plain_value
from synthspark.rules.kernels import RELATIVE, UNITS
from synthspark.rules.values import DAY
from synthspark.spark_types import collect_arrow, column, normal_form

EPOCH = "1970-01-01"
COUNTED = ("place", "support", "violations")


def count_rules(frames: Mapping[str, DataFrame], rules: Sequence[Rule], *, concurrency: int = 1) -> list[Count]:
    """Counts of all rules on all rows, in their order; as many jobs as there are tables and relationships in them."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, rule in enumerate(rules):
        given = rule.parameters
        across = (given.get("child", rule.table), given.get("parent", rule.table), *given.get("via", ()))
        groups.setdefault(across if "via" in given else (rule.table,), []).append(place)

    def count(places: list[int]) -> list[tuple[int, Count]]:
        parts = list(_counted(frames, {place: rules[place] for place in places}))
        lines = collect_arrow(reduce(DataFrame.unionByName, parts)).to_pylist()
        return [(line["place"], Count(line["support"] or 0, line["violations"] or 0)) for line in lines]

    with ThreadPoolExecutor(concurrency, thread_name_prefix="synthspark-rules") as pool:
        found = dict(pair for part in pool.map(count, groups.values()) for pair in part)
    return [found[place] for place in range(len(rules))]


def _counted(frames: Mapping[str, DataFrame], rules: Mapping[int, Rule]) -> Iterator[DataFrame]:
    """One line a rule: its place in the list, support, violations."""
    rowwise = {place: rule for place, rule in rules.items() if rule.kind in ROW_KINDS}
    if rowwise:
        frame = frames[next(iter(rowwise.values())).table]
        yield _lines(frame, [(place, [ROW_KINDS[rule.kind](rule, frame)]) for place, rule in rowwise.items()])
    joined = {place: rule for place, rule in rules.items() if rule.kind in JOINED_KINDS}
    if joined:
        yield _across(frames, joined)
    for place, rule in rules.items():
        if rule.kind in TABLE_KINDS:
            for support, violations in TABLE_KINDS[rule.kind](rule, frames):
                total = support.select(F.lit(place).alias("place"), *violations)
                yield total.select("place", F.col("support").cast("long"), F.col("violations").cast("long"))


Counted = tuple[Column, Column]  # where a rule speaks of a row, where a row breaks it


def _kind(frame: DataFrame, name: str) -> T.DataType:
    return next(field.dataType for field in frame.schema.fields if field.name == name)


def number(value: Column, kind: T.DataType) -> Column:
    """`values.numbers` on Spark: a double, null for missing."""
    if isinstance(kind, T.DateType):
        return F.datediff(value, F.lit(EPOCH).cast("date")).cast("double") * DAY
    if isinstance(kind, T.TimestampType):
        return F.unix_micros(value).cast("double")
    if isinstance(kind, T.TimestampNTZType):
        days = F.datediff(value.cast("date"), F.lit(EPOCH).cast("date")).cast("long")
        seconds = (days * 24 + F.hour(value)) * 60 + F.minute(value)
        fraction = F.extract(F.lit("SECOND"), value) * 1_000_000  # with its six decimals
        return (seconds * 60_000_000 + fraction.cast("long")).cast("double")
    if isinstance(kind, T.BooleanType):
        return value.cast("int").cast("double")
    return F.when(~F.isnan(value.cast("double")), value.cast("double"))


def _number(frame: DataFrame, name: str) -> Column:
    return number(column(name), _kind(frame, name))


def _missing(frame: DataFrame, name: str) -> Column:
    value = column(name)
    floating = isinstance(_kind(frame, name), T.FloatType | T.DoubleType)
    return value.isNull() | F.isnan(value) if floating else value.isNull()


def differs(found: Column, wanted: Column, tolerance: float = 0.0) -> Column:
    """`kernels.differs` on Spark."""
    slack = F.greatest(F.lit(tolerance * (1 + 1e-6)), RELATIVE * F.greatest(F.abs(found), F.abs(wanted)))
    return F.abs(found - wanted) > slack


def descends(lower: Column, upper: Column) -> Column:
    """`kernels.descends` on Spark."""
    return (lower > upper) & differs(lower, upper)


def _all_filled(*values: Column) -> Column:
    return reduce(Column.__and__, [value.isNotNull() for value in values])


def _order(rule: Rule, frame: DataFrame) -> Counted:
    lower, upper = (_number(frame, name) for name in rule.columns)
    return _all_filled(lower, upper), descends(lower, upper)


def _offset(rule: Rule, frame: DataFrame) -> Counted:
    start, end = (_number(frame, name) for name in rule.columns)
    amount, unit = rule.parameters["amount"], rule.parameters["unit"]
    if unit == "month":
        date = column(rule.columns[0]).cast("date")
        clock = start - number(date, T.DateType())
        wanted = number(F.add_months(date, int(amount)), T.DateType()) + clock
    else:
        wanted = start + float(amount) * UNITS[unit]
    return _all_filled(start, end), differs(end, wanted)


def _formula(rule: Rule, frame: DataFrame) -> Counted:
    target, *operands = (_number(frame, name) for name in rule.columns)
    given = rule.parameters
    if given["form"] == "sum":
        signs = given.get("signs") or [1] * len(operands)
        wanted = reduce(Column.__add__, [value * float(sign) for value, sign in zip(operands, signs, strict=True)])
    else:
        terms = given.get("terms") or ["x"] * len(operands)
        factors = [_term(value, form) for value, form in zip(operands, terms, strict=True)]
        wanted = reduce(Column.__mul__, factors) * float(given.get("factor", 1.0))
    return _all_filled(target, wanted), differs(target, wanted, given["tolerance"])


def _term(value: Column, form: str) -> Column:
    if form == "1/x":
        return F.when(value != 0, 1.0 / F.when(value != 0, value))
    scaled = value / 100.0 if form.endswith("/100") else value
    return scaled if form == "x" else 1.0 - scaled if form.startswith("1-") else 1.0 + scaled


def _one_hot(rule: Rule, frame: DataFrame) -> Counted:
    values = [_number(frame, name) for name in rule.columns]
    odd = reduce(Column.__or__, [~value.isin(0.0, 1.0) for value in values])
    return _all_filled(*values), odd | (reduce(Column.__add__, values) != 1.0)


def _null_together(rule: Rule, frame: DataFrame) -> Counted:
    lost = [_missing(frame, name) for name in rule.columns]
    return F.lit(True), reduce(Column.__or__, lost) & ~reduce(Column.__and__, lost)


def _null_when(rule: Rule, frame: DataFrame) -> Counted:
    name, kind = rule.parameters["column"], _kind(frame, rule.parameters["column"])
    wanted = [plain_value(value) for value in rule.parameters["values"]]
    value = column(name)
    if isinstance(kind, T.BooleanType):
        named = value.cast("string").isin(wanted)
    elif isinstance(kind, T.NumericType):
        named = value.cast("double").isin([float(text) for text in wanted])
    else:
        named = value.isin(wanted)
    empty = _missing(frame, rule.columns[0])
    wrong = (named != empty) if rule.parameters.get("exact", True) else named & ~empty
    return ~_missing(frame, name), wrong


ROW_KINDS: dict[str, Callable[[Rule, DataFrame], Counted]] = {
    "order": _order,
    "offset": _offset,
    "formula": _formula,
    "one_hot": _one_hot,
    "null_together": _null_together,
    "null_when": _null_when,
}

Totalled = Iterator[tuple[DataFrame, tuple[Column, Column]]]


def _totals(frame: DataFrame, support: Column, violations: Column) -> tuple[DataFrame, tuple[Column, Column]]:
    one = frame.agg(support.alias("support"), violations.alias("violations"))
    return one, (
        F.coalesce("support", F.lit(0)).alias("support"),
        F.coalesce("violations", F.lit(0)).alias("violations"),
    )


def _dependency(rule: Rule, frames: Mapping[str, DataFrame]) -> Totalled:
    frame, left = frames[rule.table], rule.parameters["determinants"]
    right = [name for name in rule.columns if name not in left]
    parts = []
    for name in right:
        filled = ~reduce(Column.__or__, [_missing(frame, one) for one in (*left, name)])
        keys = [column(one).alias(f"k{i}") for i, one in enumerate(left)]
        pairs = frame.where(filled).groupBy(*keys, column(name).alias("d")).agg(F.count(F.lit(1)).alias("n"))
        groups = pairs.groupBy(*(f"k{i}" for i in range(len(left)))).agg(
            F.sum("n").alias("all"), F.max("n").alias("most")
        )
        parts.append(groups.agg(F.sum("all").alias("s"), F.sum(F.col("all") - F.col("most")).alias("v")))
    yield _totals(reduce(DataFrame.unionByName, parts), F.max("s"), F.sum("v"))


def _sequence(rule: Rule, frames: Mapping[str, DataFrame]) -> Totalled:
    frame, within = frames[rule.table], rule.parameters["within"]
    value, start = _number(frame, rule.columns[0]), float(rule.parameters["start"])
    filled = ~reduce(Column.__or__, [_missing(frame, one) for one in within])
    keys = [column(one).alias(f"k{i}") for i, one in enumerate(within)]
    names = [f"k{i}" for i in range(len(within))]
    along = _number(frame, rule.parameters["along"]) if rule.parameters.get("along") else F.lit(None).cast("double")
    numbers = frame.where(filled).select(*keys, value.alias("d"), along.alias("a"))
    if rule.parameters.get("along"):
        earlier = Window.partitionBy(*names).orderBy("d").rowsBetween(Window.unboundedPreceding, -1)
        numbers = numbers.withColumn("a", F.last("a", ignorenulls=True).over(earlier) - F.col("a"))
    pairs = numbers.groupBy(*names, "d").agg(F.count(F.lit(1)).alias("n"), F.max("a").alias("a"))
    groups = pairs.groupBy(*names).agg(
        F.sum("n").alias("n"),
        F.count(F.lit(1)).alias("different"),
        F.min("d").alias("low"),
        F.max("d").alias("high"),
        F.coalesce(F.max("a"), F.lit(0.0)).alias("back"),
    )
    sound = (F.col("low") == start) & (F.col("high") == start + F.col("n") - 1) & (F.col("different") == F.col("n"))
    sound &= F.col("back") <= 0
    yield _totals(groups, F.count(F.lit(1)), F.count(F.when(~F.coalesce(sound, F.lit(False)), 1)))


def _unique(rule: Rule, frames: Mapping[str, DataFrame]) -> Totalled:
    frame = frames[rule.table]
    filled = ~reduce(Column.__or__, [_missing(frame, one) for one in rule.columns])
    keys = [column(one).alias(f"k{i}") for i, one in enumerate(rule.columns)]
    groups = frame.where(filled).groupBy(*keys).agg(F.count(F.lit(1)).alias("n"))
    yield _totals(groups, F.sum("n"), F.sum(F.col("n") - 1))


def _check(rule: Rule, frames: Mapping[str, DataFrame]) -> Totalled:
    scheme = rule.parameters["scheme"]

    def check(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            support, wrong = check_count(batch.column(0), scheme)
            yield pa.RecordBatch.from_arrays([pa.array([support]), pa.array([wrong])], ["s", "v"])

    texts = frames[rule.table].select(column(rule.columns[0]).cast("string").alias("text"))
    yield _totals(texts.mapInArrow(check, "s long, v long"), F.sum("s"), F.sum("v"))


EXACT = "decimal(38,9)"  # sums of it do not depend on the order of the rows, as sums of floats do


def total_of(rule: Rule, name: str) -> Column:
    """What the rule asks of the children's values: an aggregate that is the same in whatever order they come."""
    function, value = rule.parameters["function"], F.col(name)
    if function == "count":
        return F.count(value).cast("double")
    if function in ("min", "max"):
        return (F.min if function == "min" else F.max)(value).cast("double")
    total = F.sum(value.cast(EXACT)).cast("double")
    return total / F.count(value) if function == "mean" else total


def _child_total(rule: Rule, frames: Mapping[str, DataFrame]) -> Totalled:
    given = rule.parameters
    child, parent = frames[given["child"]], frames[rule.table]
    ours, theirs = match_keys(child, parent, given)
    names = [f"k{i}" for i in range(len(ours))]
    value = _number(child, given["child_column"]) if given.get("child_column") else F.lit(1.0)
    lines = child.select(*(key.alias(name) for key, name in zip(ours, names, strict=True)), value.alias("value"))
    made = lines.groupBy(*names).agg(total_of(rule, "value").alias("made"))
    rows = parent.select(
        *(key.alias(name) for key, name in zip(theirs, names, strict=True)),
        _number(parent, rule.columns[0]).alias("own"),
    )
    both = rows.join(made.withColumn("some", F.lit(True)), names, "left")
    own, total, some = F.col("own"), F.col("made"), F.coalesce("some", F.lit(False))
    speaks, breaks = some & own.isNotNull() & total.isNotNull(), differs(own, total, given["tolerance"])
    childless = {"zero": own.isNull() | (own != 0), "null": own.isNotNull()}.get(given["empty"])
    support, violations = speaks, speaks & breaks
    if childless is not None:
        support, violations = support | ~some, violations | (~some & childless)
    yield _totals(both, F.count(F.when(support, 1)), F.count(F.when(violations, 1)))


TABLE_KINDS: dict[str, Callable[[Rule, Mapping[str, DataFrame]], Totalled]] = {
    "dependency": _dependency,
    "sequence": _sequence,
    "unique": _unique,
    "check": _check,
    "child_total": _child_total,
}


def match_keys(child: DataFrame, parent: DataFrame, given: Mapping[str, object]) -> tuple[list[Column], list[Column]]:
    """Key columns of both sides in a form that they share."""
    via, parent_key = list(given["via"]), list(given["parent_key"])  # type: ignore[call-overload]
    compare = list(given.get("compare") or ["exact"] * len(via))  # type: ignore[call-overload]
    ours, theirs = [], []
    for own, other, way in zip(via, parent_key, compare, strict=True):
        kinds = _kind(child, own), _kind(parent, other)
        left, right = normal_form(column(own), kinds[0], way), normal_form(column(other), kinds[1], way)
        if way == "exact" and kinds[0] != kinds[1] and all(isinstance(kind, T.NumericType) for kind in kinds):
            left, right = left.cast("double"), right.cast("double")
        ours.append(left)
        theirs.append(right)
    return ours, theirs


def _across(frames: Mapping[str, DataFrame], rules: Mapping[int, Rule]) -> DataFrame:
    """Copies and bounds across one relationship, in one join."""
    first = next(iter(rules.values()))
    child, parent = frames[first.table], frames[first.parameters["parent"]]
    own_names = list(dict.fromkeys(name for rule in rules.values() for name in rule.columns))
    other_names = list(dict.fromkeys(name for rule in rules.values() for name in _parents_columns(rule)))
    ours, theirs = match_keys(child, parent, first.parameters)
    names = [f"k{i}" for i in range(len(ours))]
    left = child.select(
        *(key.alias(name) for key, name in zip(ours, names, strict=True)),
        *(column(name).alias(f"c{i}") for i, name in enumerate(own_names)),
    )
    right = parent.select(
        *(key.alias(name) for key, name in zip(theirs, names, strict=True)),
        *(column(name).alias(f"p{i}") for i, name in enumerate(other_names)),
    ).dropDuplicates(names)
    both = left.join(right, names, "inner")

    def of_child(name: str) -> Column:
        return F.col(f"c{own_names.index(name)}")

    def of_parent(name: str) -> Column:
        return F.col(f"p{other_names.index(name)}")

    counted = {}
    lines = []
    for place, rule in rules.items():
        if rule.kind == "copy":
            pairs = list(zip(rule.columns, rule.parameters["parent_columns"], strict=True))
            sums = [_equal(of_child(a), _kind(child, a), of_parent(b), _kind(parent, b)) for a, b in pairs]
            lines.append((place, sums))
        else:
            least = "at_least" in rule.parameters
            name, other = rule.columns[0], rule.parameters["at_least" if least else "at_most"]
            own, bound = number(of_child(name), _kind(child, name)), number(of_parent(other), _kind(parent, other))
            counted[place] = (_all_filled(own, bound), descends(bound, own) if least else descends(own, bound))
    return _lines(both, [*((place, [pair]) for place, pair in counted.items()), *lines])


def _lines(frame: DataFrame, counted: Sequence[tuple[int, list[Counted]]]) -> DataFrame:
    sums = []
    for place, pairs in counted:
        support = F.greatest(F.lit(0), *(F.count(F.when(speaks, 1)) for speaks, _ in pairs))
        violations = reduce(Column.__add__, [F.count(F.when(speaks & breaks, 1)) for speaks, breaks in pairs])
        line = F.struct(F.lit(place).alias("place"), support.alias("support"), violations.alias("violations"))
        sums.append(line)
    lines = frame.agg(F.array(*sums).alias("lines")).select(F.explode("lines").alias("line"))
    return lines.select("line.place", "line.support", "line.violations")


def _equal(own: Column, own_kind: T.DataType, other: Column, other_kind: T.DataType) -> Counted:
    plain = isinstance(own_kind, T.NumericType | T.DateType | T.TimestampType | T.TimestampNTZType)
    if own_kind != other_kind and plain:
        own, other = number(own, own_kind), number(other, other_kind)
    if isinstance(own_kind, T.FloatType | T.DoubleType) and own_kind == other_kind:
        own, other = number(own, own_kind), number(other, other_kind)
    return _all_filled(own, other), own != other


def _parents_columns(rule: Rule) -> list[str]:
    given = rule.parameters
    if rule.kind == "copy":
        return list(given["parent_columns"])
    return [given["at_least"] if "at_least" in given else given["at_most"]]


JOINED_KINDS = ("copy", "parent_order")
