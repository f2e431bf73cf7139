"""Steps of rules done to a large table: rows by themselves in the workers, rows together by joins and windows.

The results are those of `generate.rules.in_memory`, which does the same with arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from synthspark.artifacts.rule import Rule
from synthspark.artifacts.steps import Step
from synthspark.generate.recipe import INDEX, Recipe, work_name
from synthspark.generate.rules.in_memory import DONORS
from synthspark.generate.rules.spans import spans_of
from synthspark.rules.casting import unit_of
from synthspark.rules.groups import write_total
from synthspark.rules.kernels import RELATIVE
from synthspark.rules.on_spark import match_keys, number, total_of
from synthspark.rules.settling import (
    SETTLERS,
    Given,
    Rows,
    donor_rows,
    given_name,
    readable,
    settle,
    settle_nulls,
)
from synthspark.spark_types import collect_arrow
from synthspark.stats.frame import arrow_type

LookUp = Callable[[str], tuple[DataFrame, Mapping[str, str]]]  # rows of another table, and its columns there by name
Materialize = Callable[[DataFrame], DataFrame]
Alone = Callable[[Rows], None]

GIVEN, TOTAL = "_ss_given", "_ss_total"


def settle_large(
    recipe: Recipe, steps: Sequence[Step], rows: DataFrame, look_up: LookUp, materialize: Materialize
) -> DataFrame:
    """Rows of a work table with the steps done to all of them.

    Parameters
    ----------
    materialize
        Gives the rows back from a file, so that what is asked of them on the way does not make them again.
    """
    return _Settling(recipe, look_up, materialize).run(steps, rows)


class _Settling:
    def __init__(self, recipe: Recipe, look_up: LookUp, materialize: Materialize) -> None:
        self.recipe = recipe
        self.look_up = look_up
        self.materialize = materialize

    def run(self, steps: Sequence[Step], rows: DataFrame) -> DataFrame:
        there = {name for name, place in self.names.items() if place in rows.columns}
        wanted = [step for step in steps if readable(step, there)]
        for alone, group in itertools.groupby(wanted, lambda step: step.kind in SETTLERS):
            if alone:
                rows = self._alone(list(group), rows)
                continue
            for step in group:
                rows = self._together(step, rows)
        return rows

    @property
    def names(self) -> dict[str, str]:
        return {column.name: work_name(self.recipe.model, column.name) for column in self.recipe.model.columns}

    def _alone(self, steps: Sequence[Step], rows: DataFrame) -> DataFrame:
        """Steps that need each row alone, with what it takes from its parents, in one pass over the rows."""
        plain = rows.columns
        seed, spans = self.recipe.seed, spans_of(self.recipe.model, steps)
        given: dict[Given, str] = {}
        for _, pairs in itertools.groupby(_by_parent(steps), lambda pair: given_name(pair[0], "")):
            rows = self._with_parent(rows, list(pairs), given)

        def do(held: Rows) -> None:
            held.spans = spans
            for step in steps:
                settle(step, held, seed)

        return self._mapped(rows, plain, given, do)

    def _with_parent(self, rows: DataFrame, pairs: list[tuple[Rule, str]], given: dict[Given, str]) -> DataFrame:
        """Rows with the columns of one parent that rules read."""
        rule = pairs[0][0]
        parents, names = self.look_up(str(rule.parameters["parent"]))
        wanted = dict.fromkeys(name for _, name in pairs)
        lent = {name: self.recipe.lent_name(name) for name in wanted if name in self.recipe.lent}
        if is_by_context(self.recipe, rule) and set(wanted) <= set(lent) and set(lent.values()) <= set(rows.columns):
            given.update({given_name(rule, name): place for name, place in lent.items()})
            return rows
        key = [str(name) for name in rule.parameters["parent_key"]]
        if not all(names.get(name) in parents.columns for name in (*key, *wanted)):
            for name in wanted:
                given[given_name(rule, name)] = ""
            return rows
        ours, theirs = self._keys(rows, parents, names, rule)
        held = {name: f"{GIVEN}{len(given) + place}" for place, name in enumerate(wanted)}
        given.update({given_name(rule, name): place for name, place in held.items()})
        joined = [f"_ss_k{place}" for place in range(len(key))]
        other = parents.select(
            *(column.alias(name) for column, name in zip(theirs, joined, strict=True)),
            *(F.col(names[name]).alias(place) for name, place in held.items()),
        ).dropDuplicates(joined)
        keyed = rows.select("*", *(column.alias(f"{name}_own") for column, name in zip(ours, joined, strict=True)))
        same = reduce(Column.__and__, [F.col(f"{name}_own") == F.col(name) for name in joined])
        return keyed.join(other, same, "left").drop(*joined, *(f"{name}_own" for name in joined))

    def _keys(
        self, rows: DataFrame, parents: DataFrame, names: Mapping[str, str], rule: Rule, *, down: bool = False
    ) -> tuple[list[Column], list[Column]]:
        """Columns of the rows and of the others in a form that they share; `down`: the others are the children."""
        given = dict(rule.parameters)
        child, parent = (names, self.names) if down else (self.names, names)
        given["via"] = [child[str(name)] for name in given["via"]]
        given["parent_key"] = [parent[str(name)] for name in given["parent_key"]]
        if down:
            theirs, ours = match_keys(parents, rows, given)
            return ours, theirs
        return match_keys(rows, parents, given)

    def _mapped(self, rows: DataFrame, plain: Sequence[str], given: Mapping[Given, str], do: Alone) -> DataFrame:
        """Rows after `do`, which sees their columns by their own names, without those that were only given."""
        names = {name: place for name, place in self.names.items() if place in plain}
        form = T.StructType([field for field in rows.schema.fields if field.name in plain])

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                columns = {name: batch.column(place) for name, place in names.items()}
                nothing = pa.nulls(batch.num_rows)
                lent = {key: batch.column(place) if place else nothing for key, place in given.items()}
                held = Rows(columns, _whole(batch), lent)
                do(held)
                back = {place: held.columns[name] for name, place in names.items()}
                arrays = [back.get(name, batch.column(name)).cast(batch.schema.field(name).type) for name in plain]
                yield pa.RecordBatch.from_arrays(arrays, names=list(plain))

        return rows.mapInArrow(work, form)

    def _together(self, step: Step, rows: DataFrame) -> DataFrame:
        if step.kind == "dependency":
            return self._dependency(step, rows)
        if step.kind == "sequence":
            return self._sequence(step, rows)
        if step.kind == "share":
            return self._share(step, rows)
        if step.kind == "child_total":
            return self._total(step, rows)
        return self._nulls(step, rows)

    def _filled(self, rows: DataFrame, names: Sequence[str]) -> Column:
        return reduce(Column.__and__, [_there(rows, self.names[name]) for name in names])

    def _dependency(self, step: Step, rows: DataFrame) -> DataFrame:
        left, (right,) = [str(name) for name in step.rule.parameters["determinants"]], step.columns
        own = self.names[right]
        keys = [F.col(self.names[name]).alias(f"_ss_k{place}") for place, name in enumerate(left)]
        joined = [f"_ss_k{place}" for place in range(len(left))]
        held: dict[Given, str] = {}
        plain, pairs = rows.columns, list(step.from_parents())
        # Counted, then looked up in: without a file in between all rows would be made twice.
        rows = self.materialize(self._with_parent(rows, pairs, held) if pairs else rows)
        given = F.lit(False)
        for place in filter(None, held.values()):
            given = _there(rows, place)
        filled = rows.where(self._filled(rows, [*left, right]))
        counted = filled.groupBy(*keys, F.col(own).alias("_ss_d")).agg(
            F.sum(given.cast("long")).alias("_ss_given"),
            F.count(F.lit(1)).alias("_ss_n"),
            F.min(INDEX).alias("_ss_first"),
        )
        order = F.struct("_ss_given", "_ss_n", -F.col("_ss_first"), "_ss_d")
        best = counted.groupBy(*joined).agg(F.max(order).alias("_ss_best"))
        same = reduce(Column.__and__, [F.col(self.names[n]) == F.col(k) for n, k in zip(left, joined, strict=True)])
        both = rows.join(best, same, "left")
        open_rows = _there(rows, own) & F.col("_ss_best").isNotNull() & ~given
        value = F.when(open_rows, F.col("_ss_best._ss_d")).otherwise(F.col(own))
        return both.select(*(value.alias(name) if name == own else F.col(name) for name in plain))

    def _sequence(self, step: Step, rows: DataFrame) -> DataFrame:
        own, within = self.names[step.columns[0]], [str(name) for name in step.rule.parameters["within"]]
        along = [F.col(self.names[name]).asc_nulls_last() for name in filter(None, [step.rule.parameters.get("along")])]
        groups = Window.partitionBy(*(self.names[name] for name in within))
        order = groups.orderBy(*along, F.col(own).asc_nulls_last(), INDEX)
        rank = F.row_number().over(order) - 1 + F.lit(step.rule.parameters["start"])
        value = F.when(self._filled(rows, within), rank.cast(rows.schema[own].dataType)).otherwise(F.col(own))
        return rows.select(*(value.alias(name) if name == own else F.col(name) for name in rows.columns))

    def _share(self, step: Step, rows: DataFrame) -> DataFrame:
        """As `groups.settle_share` does, by windows over the rows of each parent."""
        own, plain = self.names[step.columns[0]], rows.columns
        ((rule, name),) = step.from_parents()
        held: dict[Given, str] = {}
        rows = self._with_parent(rows, [(rule, name)], held)
        given = held[given_name(rule, name)]
        if not given:
            return rows
        via = [F.col(self.names[str(one)]) for one in rule.parameters["via"]]
        value, total = (number(F.col(place), rows.schema[place].dataType) for place in (own, given))
        used = (value >= 0) & (total > 0)
        kind = rows.schema[own].dataType
        unit = unit_of(arrow_type(self.recipe.model.column(step.columns[0]).type), step.unit)
        family = Window.partitionBy(used, *via)
        everyone = family.orderBy(INDEX).rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
        whole, size = F.sum(value).over(everyone), F.count(F.lit(1)).over(everyone)
        rows = rows.withColumn("_ss_w", F.when(whole > 0, value / whole * total).otherwise(total / size))
        shared = F.col("_ss_w")
        if unit:
            rows = rows.withColumn("_ss_u", F.floor(F.col("_ss_w") / unit + RELATIVE))
            left = F.rint(total / unit) - F.sum("_ss_u").over(everyone)
            rank = F.row_number().over(family.orderBy(F.col("_ss_u") - F.col("_ss_w") / unit, INDEX)) - 1
            shared = (F.col("_ss_u") + F.when(rank < left, 1).otherwise(0)) * unit
        changed = F.when(used, shared.cast(kind)).otherwise(F.col(own))
        return rows.select(*(changed.alias(name) if name == own else F.col(name) for name in plain))

    def _nulls(self, step: Step, rows: DataFrame) -> DataFrame:
        rows = self.materialize(rows)
        places = {name: self.names[name] for name in step.rule.places()[step.rule.table]}
        needed = rows.select(INDEX, *places.values())

        def able(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                columns = {name: batch.column(place) for name, place in places.items()}
                yield batch.filter(pa.array(donor_rows(step, columns)))

        lenders = needed.mapInArrow(able, needed.schema).orderBy(INDEX).limit(DONORS)
        found = collect_arrow(lenders).sort_by(INDEX)
        lent = {name: found.column(places[name]).combine_chunks() for name in step.columns}
        seed = self.recipe.seed
        return self._mapped(rows, rows.columns, {}, lambda held: settle_nulls(step, held, lent, seed))

    def _total(self, step: Step, rows: DataFrame) -> DataFrame:
        rule, own = step.rule, step.columns[0]
        child, names = self.look_up(str(rule.parameters["child"]))
        of_child = str(rule.parameters.get("child_column") or "")
        if not all(
            names.get(str(name)) in child.columns for name in (*rule.parameters["via"], *filter(None, [of_child]))
        ):
            return rows
        ours, theirs = self._keys(rows, child, names, rule, down=True)
        joined = [f"_ss_k{place}" for place in range(len(ours))]
        value = number(F.col(names[of_child]), child.schema[names[of_child]].dataType) if of_child else F.lit(1.0)
        lines = child.select(*(key.alias(name) for key, name in zip(theirs, joined, strict=True)), value.alias("_ss_v"))
        made = lines.groupBy(*joined).agg(total_of(rule, "_ss_v").alias(TOTAL), F.lit(True).alias("_ss_some"))
        keyed = rows.select("*", *(column.alias(f"{name}_own") for column, name in zip(ours, joined, strict=True)))
        same = reduce(Column.__and__, [F.col(f"{name}_own") == F.col(name) for name in joined])
        both = keyed.join(made, same, "left").drop(*joined, *(f"{name}_own" for name in joined))
        some = F.when(F.col("_ss_some"), F.lit(1.0)).alias("_ss_some")
        given: dict[Given, str] = {("", (), TOTAL): TOTAL, ("", (), "_ss_some"): "_ss_some"}

        def do(held: Rows) -> None:
            total, known = (_floats(held.given["", (), name]) for name in (TOTAL, "_ss_some"))
            write_total(rule, held, own, total, ~np.isnan(known))

        return self._mapped(both.select(*rows.columns, TOTAL, some), rows.columns, given, do)


def is_by_context(recipe: Recipe, rule: Rule) -> bool:
    """Whether a rule speaks of the row that makes the rows, found by equal keys."""
    key = recipe.plan.context
    if key is None or str(rule.parameters["parent"]) != key.parent or set(key.comparisons) != {"exact"}:
        return False
    pairs = zip(rule.parameters["via"], rule.parameters["parent_key"], strict=True)
    return set(pairs) == set(zip(key.child_columns, key.parent_columns, strict=True))


def _by_parent(steps: Sequence[Step]) -> list[tuple[Rule, str]]:
    """Columns of parents that steps read, those of one parent together."""
    pairs = [pair for step in steps for pair in step.from_parents()]
    return sorted(pairs, key=lambda pair: (str(given_name(pair[0], "")), pair[1]))


def _there(rows: DataFrame, place: str) -> Column:
    value = F.col(place)
    floating = isinstance(rows.schema[place].dataType, T.FloatType | T.DoubleType)
    return value.isNotNull() & ~F.isnan(value) if floating else value.isNotNull()


def _whole(batch: pa.RecordBatch) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(batch.column(INDEX).to_numpy(zero_copy_only=False), dtype=np.int64)


def _floats(values: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
