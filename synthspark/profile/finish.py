"""From a summary of all rows to what is known of each column, and to the sketches that relate columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.profile import ColumnProfile, TableProfile
from synthspark.artifacts.schema import PERSONAL_SEMANTICS
from synthspark.artifacts.sketches import ColumnSketch, TableSketch
from synthspark.config import DiscoverSettings
from synthspark.profile.entities import chosen_recogniser
from synthspark.profile.patterns import common_patterns
from synthspark.profile.semantics import Evidence, semantic_types
from synthspark.profile.sentinels import find_sentinels
from synthspark.profile.summary import LONGEST_TEXT, ColumnSummary, Smallest, TableSummary
from synthspark.seeds import IntArray
from synthspark.stats.comparison import form_hashes, normal_form
from synthspark.stats.frame import FloatArray, numbers, texts
from synthspark.stats.hashing import BINARY, TEXT, family, hash_values

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
LEAST_ROWS = 5  # of a value that is named in the profile: the same as the default k of privacy
MOST_VALUES = 100
WORDS = 2.0**64


def finish(
    name: str, summary: TableSummary, types: Mapping[str, str], settings: DiscoverSettings
) -> tuple[TableProfile, TableSketch]:
    """Profile and sketches of a table from the summary of all its rows.

    Parameters
    ----------
    types : mapping
        Logical type of each column.
    """
    columns, sketches, unsupported = {}, {}, {}
    evidences: dict[str, Evidence] = {}
    for column, found in summary.columns.items():
        if found.values is None:
            unsupported[column] = f"values of type {types[column]} are not compared"
            columns[column] = ColumnProfile(types[column], found.rows, found.nulls, 0, False, semantic="nested")
            continue
        columns[column] = _finish_column(column, types[column], summary, found, found.values)
        evidences[column] = _evidence(name, column, columns[column], found, found.values, settings)
        kind = family(found.values.items.type) if types[column] != "binary" else BINARY
        values = found.values
        forms = form_hashes(values.items) if kind == TEXT else {}
        held = _number_quantiles(values) if "number" in forms else ()
        sketches[column] = ColumnSketch(kind or TEXT, values.hashes, values.counts, values.complete, forms, held)
    told = semantic_types(list(evidences.values()), chosen_recogniser(settings.recogniser))
    for column, (semantic, confidence) in zip(evidences, told, strict=True):
        columns[column] = _with_meaning(columns[column], semantic, confidence)
    return TableProfile(name, summary.rows, columns, unsupported), TableSketch(sketches)


def _with_meaning(profile: ColumnProfile, semantic: str, confidence: float) -> ColumnProfile:
    """The profile with its meaning; values of persons are not named."""
    top = {} if semantic in PERSONAL_SEMANTICS else profile.top_values
    return replace(profile, semantic=semantic, semantic_confidence=confidence, top_values=top)


def _evidence(
    table: str, name: str, profile: ColumnProfile, found: ColumnSummary, values: Smallest, settings: DiscoverSettings
) -> Evidence:
    sampled = values.items.slice(0, settings.sample_rows)
    return Evidence(
        name=name,
        type=profile.type,
        rows=found.rows,
        filled=profile.filled,
        distinct=profile.distinct,
        minimum=found.minimum,
        maximum=found.maximum,
        values=tuple(texts(sampled).drop_null().to_pylist()) if profile.type != "binary" else (),
        weights=tuple(int(count) for count in values.counts[: len(sampled)]),
        patterns=profile.patterns,
        table=table,
    )


def _finish_column(
    name: str,
    kind: str,
    summary: TableSummary,
    found: ColumnSummary,
    values: Smallest,
) -> ColumnProfile:
    filled = found.rows - found.nulls
    proven = _ascends_without_repetition(found)
    distinct = filled if proven else count_distinct(values, filled)
    items, weights = _representative(name, summary, values)
    top = _top_values(items, weights, filled, values) if kind != "binary" else {}
    texted = texts(items) if kind == "string" else None
    patterns = common_patterns(texted, weights) if texted is not None else {}
    has_length = found.maximum_length >= 0
    profile = ColumnProfile(
        type=kind,
        rows=found.rows,
        nulls=found.nulls,
        distinct=distinct,
        distinct_exact=values.complete or proven,
        minimum=found.minimum if np.isfinite(found.minimum) else None,
        maximum=found.maximum if np.isfinite(found.maximum) else None,
        quantiles=_quantiles(items, weights, found),
        mean_length=found.total_length / filled if has_length else None,
        minimum_length=found.minimum_length if has_length else None,
        maximum_length=found.maximum_length if has_length else None,
        patterns=patterns,
        top_values=top,
        monotonic=_monotonic(found, distinct),
    )
    return replace(profile, sentinels=find_sentinels(profile))


def count_distinct(values: Smallest, filled: int) -> int:
    """Number of distinct values: exact when all are kept, else from how densely the smallest hashes lie.

    Where every kept value has one row the column counts as unique; where one has more it never does.

    References
    ----------
    Beyer et al. (2007), "On synopses for distinct-value estimation under multiset operations": (k - 1) / u_k.
    """
    if values.complete:
        return int(values.hashes.size)
    if (values.counts == 1).all():
        return filled
    estimate = (values.hashes.size - 1) / (float(values.limit) / WORDS)
    return int(min(round(estimate), filled - 1))


def _representative(name: str, summary: TableSummary, values: Smallest) -> tuple[pa.Array, IntArray]:
    """Values with weights that stand for all rows: all values when they are known, else those of the kept rows."""
    sample = summary.sample
    if values.complete or name not in sample.items.column_names:
        return values.items, values.counts
    column = sample.items.column(name).combine_chunks()
    present = pc.is_valid(column)
    weights = sample.counts[present.to_numpy(zero_copy_only=False)]
    return column.filter(present), weights


def _top_values(items: pa.Array, weights: IntArray, filled: int, values: Smallest) -> dict[str, int]:
    if not len(items):
        return {}
    names = texts(items)
    encoded = names.dictionary_encode()
    counts = np.bincount(encoded.indices.to_numpy(), weights=weights, minlength=len(encoded.dictionary))
    often = np.flatnonzero(counts >= LEAST_ROWS)
    named = zip(encoded.dictionary.take(pa.array(often)).to_pylist(), counts[often].astype(int).tolist(), strict=True)
    frequent = [(count, text) for text, count in named if len(text) < LONGEST_TEXT]
    frequent = sorted(frequent, key=lambda pair: (-pair[0], pair[1]))[:MOST_VALUES]
    if values.complete:
        return {text: count for count, text in frequent}
    exact = _kept_counts(items, names, [text for _, text in frequent], values)
    total = float(weights.sum())
    return {text: exact.get(text, round(count / total * filled)) for count, text in frequent}


def _kept_counts(items: pa.Array, names: pa.Array, wanted: list[str], values: Smallest) -> dict[str, int]:
    """Exact counts of those wanted values that are among the kept ones."""
    place = pc.index_in(pa.array(wanted, pa.string()), value_set=names)
    hashes = hash_values(items.take(place))
    at = np.minimum(np.searchsorted(values.hashes, hashes), values.hashes.size - 1)
    hit = values.hashes[at] == hashes
    return {text: int(values.counts[at[i]]) for i, text in enumerate(wanted) if hit[i]}


def _quantiles(items: pa.Array, weights: IntArray, found: ColumnSummary) -> tuple[float, ...]:
    if not len(items) or not np.isfinite(found.minimum):
        return ()
    points = numbers(items)
    usable = np.isfinite(points)
    found_quantiles = weighted_quantiles(points[usable], weights[usable], QUANTILES)
    return (found.minimum, *found_quantiles[1:-1], found.maximum)


def _number_quantiles(values: Smallest) -> tuple[float, ...]:
    """Quantiles of the numbers that the kept texts hold."""
    forms = normal_form(values.items, "number")
    there = pc.is_valid(forms).to_numpy(zero_copy_only=False)
    return weighted_quantiles(numbers(forms.drop_null()), values.counts[there], QUANTILES)


def weighted_quantiles(points: FloatArray, weights: IntArray, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Smallest points that at least these shares of the weight do not exceed."""
    order = np.argsort(points, kind="stable")
    reached = np.cumsum(weights[order])
    place = np.searchsorted(reached, np.asarray(shares) * reached[-1], side="left")
    return tuple(float(point) for point in points[order][np.minimum(place, points.size - 1)])


def _ascends_without_repetition(found: ColumnSummary) -> bool:
    """Whether each part of the rows ascends strictly in a range of its own, which no value can then share."""
    if not found.strictly or not len(found.spans):
        return False
    spans = found.spans[np.argsort(found.spans[:, 1], kind="stable")]
    return bool((spans[1:, 1] > spans[:-1, 2]).all())


def _monotonic(found: ColumnSummary, distinct: int) -> bool:
    if not found.ascending or distinct < 2 or not len(found.spans):
        return False
    spans = found.spans[np.argsort(found.spans[:, 0], kind="stable")]
    return bool((spans[1:, 1] >= spans[:-1, 2]).all())
