"""The source split into what is fitted and what is kept aside: whole subjects, with all rows that belong to them."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.plan import DatabasePlan
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.subjects import belongings, find_subjects, ways_back, ways_down
from synthspark.config import PrivacySettings, Settings, TableSettings
from synthspark.seeds import stream_key
from synthspark.spark_types import hashable_key, logical_type, spark_type

logger = logging.getLogger(__name__)

FEWEST_HELD = 50  # people held out: with fewer, nothing can be said
MOST_HELD = 0.1  # share of the people that may be held out to have enough of them; else none are
_SPREAD = 3.0  # standard deviations of the number held out, above the fewest that are aimed at
_FOLLOWED = 2  # rows in a chain from person to person that are held out together
_OWN_THINGS = 1.5  # rows a parent has through a key, at most, where it counts as a thing of the person, as an account


@dataclass(frozen=True)
class Holdout:
    """Both parts of the source. `held` has the tables of which rows were kept aside; `reason` says why none were."""

    fitted: Mapping[str, DataFrame]
    held: Mapping[str, DataFrame] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    share: float = 0.0
    reason: str = ""

    def only(self, tables: Mapping[str, Any]) -> Holdout:
        """What it says of these tables."""
        return replace(
            self,
            fitted={name: frame for name, frame in self.fitted.items() if name in tables},
            held={name: frame for name, frame in self.held.items() if name in tables},
            subjects=tuple(name for name in self.subjects if name in tables),
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What a report says of the split."""
        said = {"share": round(self.share, 4), "tables": list(self.held)}
        return {**said, "reason": self.reason} if self.reason else said


def hold_out(frames: Mapping[str, DataFrame], schema: Schema, privacy: PrivacySettings, seed: int) -> Holdout:
    """The source without, and only with, a small share of the subjects, chosen by the hash of their keys.

    What belongs to a subject goes with it: rows that refer to it, directly or not, and rows that only its own rows
    refer to, such as the account of its holder. The same seed holds out the same people however rows are stored.
    """
    subjects = find_subjects(schema, privacy.subjects)
    if not privacy.holdout:
        return Holdout(frames, subjects=subjects, reason="privacy.holdout is 0")
    if len(subjects) != 1:
        which = "there is no table of people" if not subjects else "several tables of people share their rows"
        return Holdout(frames, subjects=subjects, reason=f"{which}: name one in privacy.subjects to hold people out")
    subject = subjects[0]
    share, reason = _share(schema, subject, frames, privacy.holdout)
    if reason:
        return Holdout(frames, subjects=subjects, reason=reason)
    _plan_plainly(frames[subject])
    marked = _mark(frames, schema, subject, share, seed)
    fitted = {name: marked[name].part(held=False) if name in marked else frame for name, frame in frames.items()}
    held = {name: table.part(held=True) for name, table in marked.items()}
    return Holdout(fitted, held, subjects, share)


def _plan_plainly(frame: DataFrame) -> None:
    """Keep Spark from deriving conditions from the flags, keys and hashes of the two parts.

    Spark combines everything that it knows of columns that are computed from each other; with a dozen of them the
    planning of one query takes minutes and gigabytes, and no condition it finds saves reading a row.
    """
    frame.sparkSession.conf.set("spark.sql.constraintPropagation.enabled", "false")


def _share(schema: Schema, subject: str, frames: Mapping[str, DataFrame], wanted: float) -> tuple[float, str]:
    """Share of the subjects to hold out, or why none can be."""
    table = schema.tables[subject]
    if not table.primary_key:
        return 0.0, f"table {subject} has no primary key to hold people out by"
    circles = [way for way in ways_back(schema, subject) if not _follows_up(way, subject)]
    if circles:
        return 0.0, f"rows of {subject} refer to each other in a circle ({circles[0].label})"
    rows = table.rows if table.rows is not None else frames[subject].count()
    most = max(MOST_HELD, wanted)
    if FEWEST_HELD / max(1, rows) > most:
        return 0.0, f"{rows} rows of {subject} are too few: {FEWEST_HELD} would be more than {MOST_HELD:.0%} of them"
    # Who is held out is drawn, so that a few more are aimed at than are needed.
    return min(most, max(wanted, (FEWEST_HELD + _SPREAD * FEWEST_HELD**0.5) / rows)), ""


def _follows_up(way: ForeignKey, subject: str) -> bool:
    """Whether a key lets rows that belong to people refer to each other, mostly to those of the same person."""
    return way.self_reference and way.child != subject


@dataclass(frozen=True)
class _Marked:
    """A table whose columns are named by position, with a flag for the rows that are held out."""

    frame: DataFrame
    names: tuple[str, ...]
    flag: str = "_ss_held"

    @classmethod
    def of(cls, frame: DataFrame) -> _Marked:
        renamed = frame.toDF(*(f"c{place}" for place in range(len(frame.columns))))
        return cls(renamed.withColumn("_ss_held", F.lit(False)), tuple(frame.columns))

    def part(self, *, held: bool) -> DataFrame:
        rows = self.frame.where(F.col(self.flag) if held else ~F.col(self.flag))
        return rows.select(*(f"c{place}" for place in range(len(self.names)))).toDF(*self.names)

    def hash_of(self, columns: Sequence[str], comparisons: Sequence[str]) -> Column:
        """Hash of a key, null where a part of it is null."""
        fields = {field.name: field.dataType for field in self.frame.schema.fields}
        places = [f"c{self.names.index(column)}" for column in columns]
        parts = [
            hashable_key(F.col(place), spark_type(logical_type(fields[place])), comparison)
            for place, comparison in zip(places, comparisons, strict=True)
        ]
        present = functools.reduce(Column.__and__, [F.col(place).isNotNull() for place in places])
        return F.when(present, F.xxhash64(*parts))

    def also(self, condition: Column) -> _Marked:
        return _Marked(
            self.frame.withColumn(self.flag, F.col(self.flag) | F.coalesce(condition, F.lit(False))), self.names
        )

    def where_found(self, key: Column, hashes: DataFrame) -> _Marked:
        """Rows whose key is among the hashes, a column `_ss_key` of distinct values, flagged too."""
        known = hashes.withColumn("_ss_found", F.lit(True))
        joined = self.frame.withColumn("_ss_key", key).join(known, on="_ss_key", how="left")
        flagged = joined.withColumn(self.flag, F.col(self.flag) | F.coalesce(F.col("_ss_found"), F.lit(False)))
        return _Marked(flagged.drop("_ss_key", "_ss_found"), self.names)


def _mark(frames: Mapping[str, DataFrame], schema: Schema, subject: str, share: float, seed: int) -> dict[str, _Marked]:
    """Every table of which rows are held out, with its flags."""
    own = schema.tables[subject].primary_key
    marked = {subject: _Marked.of(frames[subject])}
    by_hash = _is_held(marked[subject].hash_of(own, ("exact",) * len(own)), share, seed)
    marked[subject] = marked[subject].also(by_hash)
    down, back = ways_down(schema, subject), ways_back(schema, subject)
    for name in belongings(schema, subject):
        _follow(marked, frames, [way for way in down if way.child == name])
        # Rows of others that follow up a row held out go with it, so that few references lose their row.
        _follow(marked, frames, [way for way in back if way.child == name] * _FOLLOWED)
    for key in _things_of(schema, subject):
        marked[key.parent] = _mark_thing(marked, frames, key)
        later = [
            way for way in ways_down(schema, key.parent) if way.child not in (subject, *belongings(schema, subject))
        ]
        _follow(marked, frames, later)
    return marked


def _is_held(key: Column, share: float, seed: int) -> Column:
    salted = F.xxhash64(F.lit(stream_key(seed, "privacy", "holdout") % 2**63), key)
    return F.shiftrightunsigned(salted, 11).cast("double") * F.lit(2.0**-53) < F.lit(share)


def _follow(marked: dict[str, _Marked], frames: Mapping[str, DataFrame], ways: Sequence[ForeignKey]) -> None:
    """Flag the rows that refer to flagged rows, key by key."""
    for key in ways:
        if key.child not in frames or key.parent not in marked:
            continue
        parent = marked[key.parent]
        keys = parent.frame.where(parent.flag).select(
            parent.hash_of(key.parent_columns, key.comparisons).alias("_ss_key")
        )
        child = marked.get(key.child) or _Marked.of(frames[key.child])
        found = child.where_found(child.hash_of(key.child_columns, key.comparisons), keys.dropna().distinct())
        marked[key.child] = found


def _things_of(schema: Schema, subject: str) -> list[ForeignKey]:
    """Keys onto tables that do not belong to the subject but of which each row is mostly one person's."""
    inside = (subject, *belongings(schema, subject))
    rows = {name: table.rows or 0 for name, table in schema.tables.items()}
    return [
        key
        for key in schema.keys_in_force()
        if key.child in inside
        and key.parent not in inside
        and schema.tables[key.parent].role == "synthesize"
        and rows[key.child] <= _OWN_THINGS * rows[key.parent]
    ]


def _mark_thing(marked: Mapping[str, _Marked], frames: Mapping[str, DataFrame], key: ForeignKey) -> _Marked:
    """The parent's rows all of whose rows through the key are held out."""
    child = marked[key.child]
    keyed = child.frame.select(
        child.hash_of(key.child_columns, key.comparisons).alias("_ss_key"), F.col(child.flag).alias("_ss_held")
    )
    lost = keyed.dropna().groupBy("_ss_key").agg(F.min("_ss_held").alias("all")).where("all").select("_ss_key")
    parent = marked.get(key.parent) or _Marked.of(frames[key.parent])
    return parent.where_found(parent.hash_of(key.parent_columns, key.comparisons), lost)


def as_fitted(schema: Schema, aside: Holdout) -> Schema:
    """The schema with the numbers of rows that are fitted."""
    counts = {name: aside.fitted[name].count() for name in aside.held}
    tables = {
        name: replace(table, rows=counts[name]) if name in counts else table for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables)


def as_the_source(settings: Settings, schema: Schema, plan: DatabasePlan, aside: Holdout) -> Settings:
    """Settings by which the copy gets as many rows as the whole source has, though fewer were fitted.

    Rows below a parent that was held out in part follow from its own number; of the others the number is set.
    """
    tables = dict(settings.tables)
    for name in aside.held:
        context, rows = plan.tables[name].context, schema.tables[name].rows
        wanted = tables.get(name, TableSettings())
        follows = context is not None and (context.parent in aside.held or isinstance(settings.scale, Mapping))
        if rows is not None and wanted.rows is None and not follows:
            tables[name] = replace(wanted, rows=round(rows * settings.scale_of(name)))
    return replace(settings, tables=tables)
