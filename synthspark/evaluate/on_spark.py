"""Evaluation on Spark: counts on all rows and bounded samples chosen by hash; the scores are made on the driver."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from synthspark.artifacts.entities import without_entities
from synthspark.artifacts.report import Report
from synthspark.artifacts.schema import Schema
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.copies.on_spark import WholeTables
from synthspark.evaluate.database import STAGE, Task, run_tasks, score_database
from synthspark.evaluate.overlap.on_spark import compare_values
from synthspark.evaluate.privacy.database import PrivacyContext
from synthspark.evaluate.privacy.views import SIDES
from synthspark.evaluate.reading import (
    CONTENT,
    IDENTITY,
    Collected,
    Counts,
    Layout,
    Thinning,
    pair_samples,
    thin_tables,
)
from synthspark.evaluate.remedies import ELSEWHERE, Making
from synthspark.evaluate.replay.on_spark import declared_tasks, replay_queries
from synthspark.evaluate.sample import TablePair
from synthspark.evaluate.selection import key_use, select_columns
from synthspark.evaluate.side.on_spark import Side
from synthspark.evaluate.usefulness import NOTHING_ASKED, Asked
from synthspark.progress import Progress
from synthspark.spark_types import collect_arrow

_SKEW_ROOM = 1.25  # rows taken above the expected number of a sample, before those that came by their keys are cut
_GROUPS_KEPT = 4  # children of a small parent are counted for this many times sample_rows keys: room for orphans


def evaluate_database(
    real: Mapping[str, DataFrame],
    synthetic: Mapping[str, DataFrame],
    schema: Schema,
    settings: EvaluateSettings,
    seed: int,
    progress: Progress,
    people: People | None = None,
    making: Making = ELSEWHERE,
) -> Report:
    """Every score of a synthetic database against the real one, with its privacy where `people` are told.

    Tables up to `settings.sample_rows` are taken whole; of larger ones a sample chosen by the hash of their keys,
    so that children come with their parents. The result does not depend on how the frames are partitioned.
    Virtual tables (`artifacts.entities`) tell who the people are; they are not scored themselves.
    """
    written = without_entities(schema)
    names = [name for name, table in schema.tables.items() if table.role != "skip"]
    progress.begin(STAGE, {name: table.rows for name, table in written.tables.items() if table.role != "skip"})
    both = [name for name in names if name in real and name in synthetic]
    sides = {name: (Side.of(real[name]), Side.of(synthetic[name])) for name in both}
    layouts = {name: _layout(schema, name, *sides[name]) for name in both}
    held = {name: Side.of(frame) for name, frame in (people.held if people else {}).items() if name in both}
    pairs, problems = _read_all(sides, held, layouts, schema, settings)
    problems |= {
        name: f"there is no {'synthetic' if name in real else 'real'} table" for name in names if name not in both
    }
    privacy, asked = None, NOTHING_ASKED
    if people is not None:
        tables = {name: (real[name], synthetic[name]) for name in both if name in written.tables}
        overlaps = compare_values(tables, written, settings, people.subjects, people.settings)
        known = {side: {name: pair[place] for name, pair in sides.items()} for place, side in enumerate(SIDES[:2])}
        whole = WholeTables({**known, SIDES[2]: held}, schema, pairs, people.subjects, people.settings.k)
        smooth = making.smooth(names)
        privacy = PrivacyContext(people.settings, people.subjects, overlaps, people.facts, smooth, whole.count)
        seen, made, held_out = (_only(frames, written) for frames in (real, synthetic, people.held))
        asked = _ask(seen, made, held_out, written, settings, pairs)
    report = score_database(pairs, problems, schema, settings, seed, progress, privacy, asked, making)
    progress.end(STAGE)
    return report


def _only(frames: Mapping[str, DataFrame], schema: Schema) -> dict[str, DataFrame]:
    return {name: frame for name, frame in frames.items() if name in schema.tables}


def _ask(
    real: Mapping[str, DataFrame],
    synthetic: Mapping[str, DataFrame],
    held: Mapping[str, DataFrame],
    schema: Schema,
    settings: EvaluateSettings,
    pairs: Mapping[str, TablePair],
) -> Asked:
    """Declared tasks with their rows, and every query's answers compared."""
    tasks = declared_tasks(real, synthetic, held, settings)
    return Asked(tuple(tasks), tuple(replay_queries(real, synthetic, schema, settings, pairs)))


@dataclass(frozen=True)
class People:
    """Who is to be protected: their tables, their rows that no model has seen, and what is known of that split."""

    settings: PrivacySettings
    subjects: tuple[str, ...]
    held: Mapping[str, DataFrame] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def _layout(schema: Schema, name: str, real: Side, synthetic: Side) -> Layout:
    selection = select_columns(schema.tables[name], schema.keys_in_force())
    keys = key_use(schema, name, set(real.names) & set(synthetic.names))
    return Layout(name, tuple(schema.tables[name].columns), selection, keys)


def _read_all(
    sides: Mapping[str, tuple[Side, Side]],
    held: Mapping[str, Side],
    layouts: Mapping[str, Layout],
    schema: Schema,
    settings: EvaluateSettings,
) -> tuple[dict[str, TablePair], dict[str, str]]:
    """Both sides of every table, or what hindered reading it: the small ones first, then samples of the others."""
    limit = settings.sample_rows

    def take_whole(name: str) -> tuple[Collected, Collected] | None:
        if (schema.tables[name].rows or 0) > limit:
            return None
        real = _collect_whole(sides[name][0], layouts[name], limit)
        synthetic = _collect_whole(sides[name][1], layouts[name], limit) if real else None
        return (real, synthetic) if real and synthetic else None

    whole, problems = run_tasks([Task(name, functools.partial(take_whole, name)) for name in layouts], settings)
    collected = {name: found for name, found in whole.items() if found is not None}
    large = [name for name, found in whole.items() if found is None]

    def count(name: str) -> tuple[Counts, Counts]:
        return _count(sides[name][0], layouts[name]), _count(sides[name][1], layouts[name])

    counts, failed = run_tasks([Task(name, functools.partial(count, name)) for name in large], settings)
    thinning = thin_tables(schema, layouts, counts, limit)

    def sample(name: str) -> tuple[Collected, Collected]:
        real, synthetic = (
            _collect_sample(side, layouts[name], thinning[name], counted, limit)
            for side, counted in zip(sides[name], counts[name], strict=True)
        )
        return real, synthetic

    sampled, failed_too = run_tasks([Task(name, functools.partial(sample, name)) for name in counts], settings)
    collected |= sampled

    def take_held(name: str) -> Collected:
        whole = None if name in thinning else _collect_whole(held[name], layouts[name], limit)
        if whole is not None:
            return whole
        counted = _count(held[name], layouts[name])
        drawn = Thinning((min(1.0, limit / counted.n_rows), *(0.0 for _ in layouts[name].keys.others)))
        # Thinned as the fitted rows are: what of a person's rows and parents is seen must not tell who was fitted.
        return _collect_sample(held[name], layouts[name], thinning.get(name, drawn), counted, limit)

    aside, failed_aside = run_tasks([Task(name, functools.partial(take_held, name)) for name in held], settings)
    pairs = {
        name: pair_samples(layouts[name], schema, *collected[name], aside.get(name))
        for name in layouts
        if name in collected
    }
    return pairs, {**problems, **failed, **failed_too, **failed_aside}


def _selected(side: Side, layout: Layout) -> list[Column]:
    """Compared columns under their place in the layout, and the hashes."""
    columns = [
        side.value(name).alias(f"v{place}") for place, name in enumerate(layout.selection.columns) if name in side.names
    ]
    columns += [side.identity(layout.keys.own).alias(IDENTITY), side.content_hash().alias(CONTENT)]
    return columns + [side.key_hash(key).alias(layout.hash_name(place)) for place, key in enumerate(layout.keys.others)]


def _named(rows: pa.Table, side: Side, layout: Layout) -> pa.Table:
    """The collected columns by their own names, without those that only served the counting."""
    present = [(place, name) for place, name in enumerate(layout.selection.columns) if name in side.names]
    kept = [f"v{place}" for place, _ in present]
    hashes = [IDENTITY, CONTENT, *(layout.hash_name(place) for place in range(len(layout.keys.others)))]
    return rows.select([*kept, *hashes]).rename_columns([*(name for _, name in present), *hashes])


def _collect_whole(side: Side, layout: Layout, limit: int) -> Collected | None:
    """All rows of a table, or None if there are more than `limit`; one job."""
    others = [
        (place, name)
        for place, name in enumerate(layout.columns)
        if name in side.names and name not in layout.selection.columns
    ]
    flags = [side.missing(name, layout).alias(f"n{place}") for place, name in others]
    # Any limit + 1 rows tell that a table is large; they are used only if they are all there are.
    rows = collect_arrow(side.frame.select(*_selected(side, layout), *flags).limit(limit + 1))
    if rows.num_rows > limit:
        return None
    named = _named(rows, side, layout)
    nulls = {name: named.column(name).null_count for name in layout.selection.columns if name in side.names}
    nulls |= {name: int(np.count_nonzero(rows.column(f"n{place}").to_numpy())) for place, name in others}
    hashes = [layout.hash_name(place) for place in range(len(layout.keys.others))]
    counts = Counts(rows.num_rows, nulls, tuple(named.column(name).null_count for name in hashes))
    return Collected(named, counts, (1.0,) * (1 + len(hashes)))


def _count(side: Side, layout: Layout) -> Counts:
    """Rows and missing values of a whole table; one pass."""
    present = [name for name in layout.columns if name in side.names]
    missing = [side.missing(name, layout) for name in present]
    missing += [side.key_hash(key).isNull() for key in layout.keys.others]
    row = side.frame.agg(F.count(F.lit(1)), *(F.sum(flag.cast("long")) for flag in missing)).collect()[0]
    numbers = [int(value or 0) for value in row]
    nulls = dict(zip(present, numbers[1:], strict=False))
    return Counts(numbers[0], nulls, tuple(numbers[1 + len(present) :]))


def _collect_sample(side: Side, layout: Layout, thinning: Thinning, counts: Counts, limit: int) -> Collected:
    """Rows below the thresholds of their identity or of a key; the same rows however the table is partitioned."""
    hashes = [IDENTITY, *(layout.hash_name(place) for place in range(len(layout.keys.others)))]
    ranks = [
        F.when(_unit(F.col(name)) < share, _unit(F.col(name)) / share - (1.0 if name == IDENTITY else 0.0))
        for name, share in zip(hashes, thinning.shares, strict=True)
        if share > 0.0
    ]
    # Rows chosen by their own identity rank below 0 and come first; the others are cut if a key is skewed.
    rank = F.least(*ranks) if len(ranks) > 1 else ranks[0]
    room = int(_SKEW_ROOM * limit * len(ranks))
    chosen = side.frame.select(*_selected(side, layout)).withColumn("rank", rank).where("rank is not null")
    rows = collect_arrow(chosen.orderBy("rank", CONTENT).limit(room))
    last = float(np.max(rows.column("rank").to_numpy())) if rows.num_rows == room else 1.0
    grouped = {place: _count_children(side, layout, place, limit) for place in thinning.counted}
    return Collected(_named(rows, side, layout), counts, thinning.shares, max(0.0, min(1.0, last)), grouped)


def _unit(hashes: Column) -> Column:
    """A hash as a number in [0, 1); `sample.unit` is the same formula."""
    return F.shiftrightunsigned(hashes, 11).cast("double") * F.lit(2.0**-53)


def _count_children(
    side: Side, layout: Layout, place: int, limit: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Hashes of a foreign key, ascending, and the number of rows of each; for parents taken whole."""
    keyed = side.frame.select(side.key_hash(layout.keys.others[place]).alias("hash")).where("hash is not null")
    grouped = keyed.groupBy("hash").agg(F.count(F.lit(1)).alias("n_children"))
    rows = collect_arrow(grouped.orderBy("hash").limit(_GROUPS_KEPT * limit))
    hashes = rows.column("hash").to_numpy().view(np.uint64)
    order = np.argsort(hashes, kind="stable")
    return hashes[order], rows.column("n_children").to_numpy()[order]
