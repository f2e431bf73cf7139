"""How a model of trees is fitted: columns in order, one tree each, leaves filled with all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.errors import ModelError
from synthspark.stats.engine import EngineSettings
from synthspark.stats.features import BEFORE
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.marginals import fit_marginal
from synthspark.stats.trees import TreesModel
from synthspark.stats.trees_column import ColumnTree
from synthspark.stats.trees_drift import fit_drift
from synthspark.stats.trees_grow import GrowthBounds, Tree, grow_tree
from synthspark.stats.trees_index import Index, fit_index, normal_scores
from synthspark.stats.trees_order import (
    cells_of,
    dependence,
    draw_order,
)
from synthspark.stats.trees_parts import FEW_ROWS, LEAST_FORETOLD, Part, parts_of
from synthspark.stats.trees_pool import Columns
from synthspark.stats.trees_predictors import Predictor, category_predictors, plain_predictors
from synthspark.stats.trees_ratio import multiples_last
from synthspark.stats.trees_scores import fit_scores
from synthspark.stats.trees_targets import Target, make_target, rows_of_places

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LEAF_ROWS = 5  # of a leaf at least, when k asks for fewer
_KNOTS = 1_024  # of a number's own distribution, which a tree of many leaves can make use of
_HELD = 0.25  # share of the rows on which trees are pruned
_LEAST_EXPLAINED = 0.05  # share of a number's variance that many columns together must foretell, where rows are few
_LEAST_ROWS = 20  # of a tree; below, one leaf holds all rows
_SURE_ROWS = 40  # below, the few rows held out tell little, and a split must be far beyond the best of chance
_SURE_PENALTY = 5.0


def fit_trees(context: Frame, rows: Frame, settings: EngineSettings, generator: np.random.Generator) -> TreesModel:
    """Trees for `rows` given `context`; the same rows in the same order and generator state give the same model.

    Without rows the model draws nulls. A column whose tree fails is drawn from its marginal alone; the diagnostics
    keep the reason.

    Raises
    ------
    ModelError
        If context and rows differ in their number of rows.
    """
    if context.n_rows != rows.n_rows:
        raise ModelError(f"trees: {context.n_rows} context rows, {rows.n_rows} rows; expected as many of both")
    matrix = np.concatenate([context.matrix, rows.matrix])
    domains = (*context.domains, *rows.domains)
    held = generator.random(rows.n_rows) < _HELD
    settings = replace(settings, maximum_knots=max(settings.maximum_knots, _KNOTS))
    cells = cells_of(matrix, domains, rows.n_rows)
    found = dependence(cells)
    before = frozenset(at for at, name in enumerate(context.names) if name.startswith(BEFORE))
    scores = fit_scores(matrix, domains, settings.k)
    names = (*context.names, *rows.names)
    pool = Columns(names, matrix, domains, len(context.names), found, scores, settings, held, before, cells)
    of_rows = found[pool.n_context :, pool.n_context :]
    order = draw_order(rows.names, rows.domains, rows.matrix, of_rows, settings.limits)
    order = multiples_last(order, rows.names, rows.domains, rows.matrix)
    columns: list[ColumnTree] = []
    notes: dict[str, dict[str, Any]] = {}
    for step, column in enumerate(order):
        child = np.random.default_rng(generator.integers(0, 2**63, size=2))
        fitted, note = _fit_column(pool, column, order[:step], child)
        columns += fitted
        notes[rows.names[column]] = note
    diagnostics = {
        "engine": "trees",
        "asked": "trees",
        "rows": rows.n_rows,
        "order": [rows.names[column] for column in order],
        "columns": notes,
    }
    added = {source for column in columns for source in column.added_up}
    scores = pool.scores.only(added)
    return TreesModel(context.names, context.domains, rows.names, rows.domains, tuple(columns), scores, diagnostics)


def _fit_column(
    pool: Columns, column: int, drawn: list[int], generator: np.random.Generator
) -> tuple[list[ColumnTree], dict[str, Any]]:
    """The trees of one column, one a part, and notes on them."""
    place = pool.n_context + column
    values, domain = pool.matrix[place], pool.domains[place]
    note: dict[str, Any] = dict(fit_marginal(values, domain, pool.settings).notes)
    try:
        before = pool.before(column, drawn)
        fitted = []
        for part in parts_of(pool, place, before):
            # The time of day is drawn when the day is known, the day of the month when the month is.
            follows = part.kind in ("time", "monthday")
            known = pool.with_column(place, values - part.values) if follows else pool
            around = pool.around(part.values, part.domain, drawn) if part.difference and not follows else before
            sources = [*before, place] if follows else around
            further = [at for at in pool.able(drawn) if at not in pool.before_rows] + ([place] if follows else [])
            fitted.append(_fit_part(known, part, column, (sources, further), generator))
    except Exception as fault:  # recorded: one column must not cost the others their dependence
        plain = fit_marginal(values, domain, pool.settings)
        return [ColumnTree(column, plain)], note | {"fallback": f"{type(fault).__name__}: {fault}"[:300]}
    return fitted, note | {"parts": [_note(tree) for tree in fitted]}


def _note(column: ColumnTree) -> dict[str, Any]:
    size = {"leaves": 1, "depth": 0, "pieces": 0}
    if column.tree is not None and column.leaves is not None:
        size = {"leaves": column.tree.n_leaves, "depth": column.tree.depth, "pieces": int(column.leaves.low.size)}
    source = {} if column.difference is None else {"distance_from": column.difference.source}
    return {"kind": column.kind, **source, **size}


def _fit_part(
    pool: Columns, part: Part, column: int, known: tuple[list[int], list[int]], generator: np.random.Generator
) -> ColumnTree:
    """The tree of a part; `known` are the columns that it may look at, and those that may count beyond its leaves."""
    before, able = known
    marginal = fit_marginal(part.known, part.domain, pool.settings)
    target = make_target(marginal, part.values, part.domain, pool.settings.k, generator)
    plain = ColumnTree(
        column, marginal, part.difference, kind=part.kind, masked=part.masked, only=part.only, twin=part.twin
    )
    rows = target.rows
    if not target.outputs.shape[0] or rows.size < LEAST_FORETOLD:
        return plain
    held = pool.held[rows]
    predictors = _predictors(pool, before, target, rows)
    features = _features(pool, predictors, rows)
    scores = _scores(target) if rows.size < FEW_ROWS else None
    index = fit_index(pool.of(rows[~held]), before, scores[~held], _LEAST_EXPLAINED) if scores is not None else None
    if index is not None:
        features = np.concatenate([features, index.values(pool.of(rows))[None, :]])
    bounds = _growth(rows.size, pool.settings.k)
    orders = _orders(pool, predictors, rows, features[len(predictors) :])
    tree = grow_tree(features, target, bounds, held, orders)
    leaf = tree.leaves_of(features)
    known_rows = pool.settings.rows.get(pool.names[part.place]) if part.kind == "whole" else None
    leaves = target.leaves(leaf, tree.n_leaves, rows_of_places(target, marginal, known_rows))
    drift = fit_drift(pool.of(rows), able, target, leaf, leaves)
    predictors, index, tree = _used(predictors, index, tree)
    return replace(plain, predictors=predictors, index=index, tree=tree, leaves=leaves, drift=drift)


def _scores(target: Target) -> FloatArray | None:
    """What a weighted sum of columns is to foretell: the score of a number, or which of two categories it is."""
    if not target.is_category:
        return normal_scores(target.u)
    used = np.unique(target.place)
    return (target.place == used[0]).astype(np.float64) if used.size == 2 else None


def _growth(n_rows: int, k: int) -> GrowthBounds:
    if n_rows < _LEAST_ROWS:
        return GrowthBounds(n_rows)
    leaf_rows = max(k, LEAF_ROWS)
    return GrowthBounds(leaf_rows, penalty=_SURE_PENALTY) if n_rows < _SURE_ROWS else GrowthBounds(leaf_rows)


def _predictors(pool: Columns, before: list[int], target: Target, rows: IntArray) -> tuple[Predictor, ...]:
    found: list[Predictor] = []
    grown = ~pool.held[rows]
    modal = target.place[grown] if target.is_category else None
    outputs, level = target.outputs[:, grown], target.level if target.is_category else target.level[grown]
    for place in before:
        domain = pool.domains[place]
        found += plain_predictors(place, domain)
        if domain.kind == "category":
            codes = pool.matrix[place, rows][grown]
            found += category_predictors(place, codes, len(domain.categories), outputs, level, modal, pool.settings.k)
    return tuple(found)


def _features(pool: Columns, predictors: tuple[Predictor, ...], rows: IntArray) -> FloatArray:
    out = np.empty((len(predictors), rows.size))
    for row, predictor in zip(out, predictors, strict=True):
        row[:] = predictor.feature(pool.matrix[predictor.source, rows], pool.domains[predictor.source].type)
    return out


def _orders(
    pool: Columns, predictors: tuple[Predictor, ...], rows: IntArray, further: FloatArray
) -> npt.NDArray[np.int32]:
    """Places among `rows` of those that trees are grown on, by each feature, shape (n_features, n_grown)."""
    held = pool.held[rows]
    grown = np.flatnonzero(~held).astype(np.int32)
    out = np.empty((len(predictors) + len(further), grown.size), dtype=np.int32)
    place, wanted = np.zeros(pool.held.size, dtype=np.int32), np.zeros(pool.held.size, dtype=bool)
    place[rows[grown]], wanted[rows[grown]] = grown, True
    many = grown.size > pool.held.size // 8
    for row, predictor in zip(out, predictors, strict=False):
        if many and predictor.kind != "category":
            order = pool.order(predictor)
            row[:] = place[order[wanted[order]]]
        else:
            values = pool.matrix[predictor.source, rows[grown]]
            row[:] = grown[predictor.order(values, pool.domains[predictor.source].type)]
    for row, values in zip(out[len(predictors) :], further, strict=True):
        row[:] = grown[np.argsort(values[grown], kind="stable")]
    return out


def _used(
    predictors: tuple[Predictor, ...], index: Index | None, tree: Tree
) -> tuple[tuple[Predictor, ...], Index | None, Tree]:
    """Only the predictors that the tree looks at, and the index if it does."""
    inner = tree.leaf < 0
    used = np.unique(tree.feature[inner])
    number = np.zeros(len(predictors) + 1, dtype=np.int16)
    number[used] = np.arange(used.size)
    feature = np.where(inner, number[tree.feature], 0).astype(np.int16)
    kept = index if used.size and used[-1] == len(predictors) else None
    looked_at = tuple(predictors[place] for place in used if place < len(predictors))
    return looked_at, kept, Tree(feature, tree.threshold, tree.child, tree.leaf, tree.depth)
