"""Exact copies of rows, of rows joined with their parents and of whole people, counted on all rows by their hashes."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.entities import shown_name
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.subjects import belongings, ways_down
from synthspark.evaluate.privacy.copies import (
    Copies,
    Repeats,
    count_people,
    fewest_people,
    person_keys,
)
from synthspark.evaluate.privacy.views import SIDES, View, parents_of
from synthspark.evaluate.sample import Sample, TablePair
from synthspark.evaluate.selection import KeySide
from synthspark.evaluate.side.on_spark import Side
from synthspark.spark_types import hashable_key, spark_type

_FRACTIONS = ("float", "double", "decimal")


@dataclass(frozen=True)
class WholeTables:
    """All rows of both databases and of the people held out, by side and table, with what is known of their samples."""

    sides: Mapping[str, Mapping[str, Side]]
    schema: Schema
    pairs: Mapping[str, TablePair]
    subjects: Sequence[str]
    k: int

    def count(self, view: View) -> Copies | None:
        """Copies among all rows of a view, in one query; None where its samples are all rows."""
        subject = {shown_name(self.schema, name): name for name in self.subjects}.get(view.table, view.table)
        tables = self._tables(view.kind, subject)
        if all(sample.whole for name in tables for sample in self._samples(name)):
            return None
        rows = [self._rows(view.kind, subject, side) for side in SIDES if subject in self._known(side)]
        repeats = _count(functools.reduce(DataFrame.unionByName, rows), fewest_people(self.k))
        return repeats.copies({side: self._n_people(subject, side) for side in SIDES})

    def _tables(self, kind: str, table: str) -> list[str]:
        if kind == "subject":
            return [name for name in (table, *belongings(self.schema, table)) if name in self.pairs]
        return [table, *(key.parent for key in self._parents(table) if kind == "joined")]

    def _samples(self, table: str) -> list[Sample]:
        return [found for side in SIDES if (found := getattr(self.pairs[table], side)) is not None]

    def _parents(self, table: str) -> list[ForeignKey]:
        return parents_of(self.schema, table, self.pairs)

    def _known(self, side: str) -> dict[str, Sample]:
        return {name: found for name, pair in self.pairs.items() if (found := getattr(pair, side)) is not None}

    def _n_people(self, table: str, side: str) -> int:
        samples = self._known(side)
        keys = person_keys(self.schema, samples, self.subjects)
        return count_people(table, samples, keys) if table in samples else 0

    def _rows(self, kind: str, table: str, side: str) -> DataFrame:
        """The person and the content of each row."""
        found = {"table": self._own, "joined": self._joined, "subject": self._families}[kind](table, side)
        return found.select(F.lit(SIDES.index(side)).alias("side"), "person", "content")

    def _own(self, table: str, side: str, *columns: Column) -> DataFrame:
        own = self.sides[side][table]
        key = person_keys(self.schema, self._known(side), self.subjects).get(table)
        row = own.identity(self._own_key(table))
        person = row if key is None else F.coalesce(own.key_hash(KeySide.child(key)), row)
        return own.frame.select(person.alias("person"), self._content(table, own).alias("content"), *columns)

    def _own_key(self, table: str) -> tuple[str, ...]:
        own = self.schema.tables[table].primary_key
        return own if all(set(own) <= set(self.sides[side][table].names) for side in SIDES[:2]) else ()

    def _content(self, table: str, side: Side) -> Column:
        """Hash of what is compared of a row; of values whose types differ between the sides, as texts."""
        real, made = (self.sides[place][table] for place in SIDES[:2])
        parts = []
        for name in self.pairs[table].telling:
            kind = side.type_of(name)
            value = side.column(name)
            if real.type_of(name) != made.type_of(name):
                value = hashable_key(value, spark_type(kind), "exact")
            elif kind.startswith(_FRACTIONS):
                value = value.cast("double") + F.lit(0.0)  # no negative zero
                value = F.when(~F.isnan(value), value)
            parts.append(value)
        return _hash(parts)

    def _joined(self, table: str, side: str) -> DataFrame:
        keys = self._parents(table)
        children = [self.sides[side][table].key_hash(KeySide.child(key)).alias(f"key{n}") for n, key in enumerate(keys)]
        rows = self._own(table, side, *children)
        for place, key in enumerate(keys):
            # People held out may share a parent with those who were fitted.
            among = [
                one for one in (("real", side) if side == "holdout" else (side,)) if key.parent in self._known(one)
            ]
            parents = functools.reduce(DataFrame.unionByName, [self._as_parents(key, one, place) for one in among])
            rows = rows.join(
                parents.groupBy(f"key{place}").agg(F.min("above").alias(f"above{place}")), f"key{place}", "left"
            )
        return rows.withColumn("content", _hash([F.col("content"), *(F.col(f"above{n}") for n in range(len(keys)))]))

    def _as_parents(self, key: ForeignKey, side: str, place: int) -> DataFrame:
        above = self.sides[side][key.parent]
        hashed = above.key_hash(KeySide.parent(key)).alias(f"key{place}")
        content = self._content(key.parent, above).alias("above")
        return above.frame.select(hashed, content).where(F.col(f"key{place}").isNotNull())

    def _families(self, subject: str, side: str) -> DataFrame:
        """Each person with all rows below, level by level from the lowest; rows of one level stand in no order."""
        known = self._known(side)
        down = [key for key in ways_down(self.schema, subject) if {key.child, key.parent} <= set(known)]
        frames: dict[str, DataFrame] = {}
        for table in reversed([name for name in self._tables("subject", subject) if name in known]):
            ends = _ends(down, table, self.sides[side][table])
            rows = self._own(table, side, *ends)
            for place, key in enumerate(down):
                if key.parent == table:
                    rows = rows.join(_sums(frames[key.child], place), f"key{place}", "left")
                    parts = ["content", *_names(place)]
                    rows = rows.withColumn("content", F.xxhash64(*(F.coalesce(name, F.lit(0)) for name in parts)))
                    rows = rows.drop(*_names(place))
            frames[table] = rows
        return frames[subject]


def _ends(keys: Sequence[ForeignKey], table: str, side: Side) -> list[Column]:
    """The ends of foreign keys at a table: `up` of its own, `key` of those that refer to it, by place."""
    own = [side.key_hash(KeySide.child(key)).alias(f"up{n}") for n, key in enumerate(keys) if key.child == table]
    below = [side.key_hash(KeySide.parent(key)).alias(f"key{n}") for n, key in enumerate(keys) if key.parent == table]
    return own + below


def _names(place: int) -> list[str]:
    return [f"rows{place}", f"low{place}", f"high{place}"]


def _sums(children: DataFrame, place: int) -> DataFrame:
    """What the children of each parent have in all, whatever their order: their number, and sums of their hashes.

    Halves of the hashes are summed, for sums of them whole exceed a long.
    """
    n_rows, low, high = _names(place)
    keyed = children.where(F.col(f"up{place}").isNotNull()).groupBy(F.col(f"up{place}").alias(f"key{place}"))
    halves = F.col("content").bitwiseAND(F.lit(0xFFFFFFFF)), F.shiftrightunsigned("content", 32)
    return keyed.agg(F.count(F.lit(1)).alias(n_rows), F.sum(halves[0]).alias(low), F.sum(halves[1]).alias(high))


def _hash(parts: Iterable[Column]) -> Column:
    """Hash of values in their order; which of them are missing counts, as `xxhash64` alone would not tell."""
    marked = [column for part in parts for column in (part, part.isNull())]
    return F.xxhash64(*marked) if marked else F.lit(0).cast("long")


def _count(rows: DataFrame, fewest: int) -> Repeats:
    """How many rows repeat one that somebody, or fewer than so many people, have; people who share one by its rows."""
    person = F.when(F.col("side") == SIDES.index("real"), F.col("person"))
    sizes = [F.sum((F.col("side") == place).cast("long")).alias(name) for place, name in enumerate(SIDES)]
    contents = rows.groupBy("content").agg(*sizes, (F.min(person) == F.max(person)).alias("alone"))
    of_one, fitted, n_fitted = F.coalesce("alone", F.expr("false")), F.col("real") > 0, F.col("real")
    shared = fitted & ~of_one
    rare = {name: fitted & (of_one | (n_fitted < fewest)) for name in SIDES} | {"real": shared & (n_fitted <= fewest)}
    repeated = {name: fitted for name in SIDES} | {"real": shared}
    whole = dict.fromkeys(SIDES, F.expr("true"))
    kinds = (whole, rare, repeated)
    sums = [F.sum(F.when(kind[name], F.col(name))) for kind in kinds for name in SIDES]
    numbers = [int(value or 0) for value in contents.agg(*sums).collect()[0]]
    size = len(SIDES)
    return Repeats(*(dict(zip(SIDES, numbers[at * size :][:size], strict=True)) for at in range(len(kinds))))
