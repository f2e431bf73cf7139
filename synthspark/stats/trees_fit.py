"""How a model of trees is fitted: columns in order, one tree each, leaves filled with all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.errors import ModelError
from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain, FloatArray, Frame
from synthspark.stats.marginals import Marginal, NumberMarginal, fit_marginal
from synthspark.stats.trees import ColumnTree, Difference, TreesModel
from synthspark.stats.trees_grow import GrowthBounds, Tree, grow_tree
from synthspark.stats.trees_order import closest, dependence, draw_order
from synthspark.stats.trees_predictors import Predictor, category_predictors, plain_predictors
from synthspark.stats.trees_targets import Target, make_target

IntArray = npt.NDArray[np.int64]

LEAF_ROWS = 10  # of a leaf at least, when k asks for fewer
MOST_PREDICTORS = 40  # columns that one tree may look at, the most dependent ones
_HELD = 0.25  # share of the rows on which trees are pruned
_HARD_SHARE = 0.01  # of the rows at one end of a number's range that make it a bound
_LARGEST = 1e300  # no bound
_LEAST_ROWS = 40  # below, a column is drawn from its marginal alone


@dataclass(frozen=True, eq=False)
class _Pool:
    """All columns, those of the context first."""

    matrix: FloatArray
    domains: tuple[Domain, ...]
    n_context: int
    dependence: FloatArray

    def before(self, column: int, drawn: list[int]) -> list[int]:
        """Places of the columns that the tree of `column` may look at."""
        able = [*range(self.n_context), *(self.n_context + place for place in drawn)]
        strength = self.dependence[self.n_context + column, able]
        chosen = np.argsort(-strength, kind="stable")[:MOST_PREDICTORS]
        return [able[place] for place in sorted(chosen)]


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
    pool = _Pool(matrix, domains, len(context.names), dependence(matrix, domains, rows.n_rows))
    held = generator.random(rows.n_rows) < _HELD
    order = draw_order(rows.names, rows.matrix)
    columns: list[ColumnTree] = []
    notes: dict[str, dict[str, Any]] = {}
    for step, column in enumerate(order):
        child = np.random.default_rng(generator.integers(0, 2**63, size=2))
        fitted, note = _fit_column(pool, column, order[:step], settings, held, child)
        columns.append(fitted)
        notes[rows.names[column]] = note
    diagnostics = {
        "engine": "trees",
        "asked": "trees",
        "rows": rows.n_rows,
        "order": [rows.names[column] for column in order],
        "columns": notes,
    }
    return TreesModel(context.names, context.domains, rows.names, rows.domains, tuple(columns), diagnostics)


def _fit_column(
    pool: _Pool,
    column: int,
    drawn: list[int],
    settings: EngineSettings,
    held: npt.NDArray[np.bool_],
    generator: np.random.Generator,
) -> tuple[ColumnTree, dict[str, Any]]:
    values, domain = pool.matrix[pool.n_context + column], pool.domains[pool.n_context + column]
    marginal = fit_marginal(values, domain, settings)
    note = dict(marginal.notes)
    try:
        before = pool.before(column, drawn)
        difference = _difference(pool, values, domain, marginal, before)
        if difference is not None:
            values = values - difference.reference(pool.matrix[difference.source])
            marginal = fit_marginal(values, domain, settings)
            note["distance_from"] = difference.source
        target = make_target(marginal, values, settings.k, generator)
        fitted = _fit_tree(pool, column, before, marginal, target, settings, held)
        if fitted is None:
            return ColumnTree(column, marginal, difference), note
        predictors, tree = fitted
        leaf = tree.leaves_of(_features(pool, predictors, target.rows))
        leaves = target.leaves(leaf, tree.n_leaves)
        predictors, tree = _used(predictors, tree)
    except Exception as fault:  # recorded: one column must not cost the others their dependence
        plain = fit_marginal(pool.matrix[pool.n_context + column], domain, settings)
        return ColumnTree(column, plain), note | {"fallback": f"{type(fault).__name__}: {fault}"[:300]}
    note |= {"leaves": tree.n_leaves, "depth": tree.depth, "pieces": int(leaves.low.size)}
    return ColumnTree(column, marginal, difference, predictors, tree, leaves), note


def _difference(
    pool: _Pool, values: FloatArray, domain: Domain, marginal: Marginal, before: list[int]
) -> Difference | None:
    if not isinstance(marginal, NumberMarginal) or marginal.is_constant:
        return None
    source = closest(values, domain, [(place, pool.matrix[place], pool.domains[place]) for place in before])
    if source is None:
        return None
    fill = float(np.median(values[np.isfinite(values)]))
    return Difference(source, float(marginal.grid.nearest(fill)), *_hard_ends(marginal), marginal.grid)


def _hard_ends(marginal: NumberMarginal) -> tuple[float, float]:
    """Ends of a number's range where many rows lie at them, such as zero; the largest numbers elsewhere."""
    ends = [-_LARGEST, _LARGEST]
    for side, end in enumerate((marginal.x[0], marginal.x[-1])):
        low, high = marginal.intervals(np.array([end]))
        if float(high[0] - low[0]) >= _HARD_SHARE:
            ends[side] = float(end)
    return ends[0], ends[1]


def _fit_tree(
    pool: _Pool,
    column: int,
    before: list[int],
    marginal: Marginal,
    target: Target,
    settings: EngineSettings,
    held: npt.NDArray[np.bool_],
) -> tuple[tuple[Predictor, ...], Tree] | None:
    rows = target.rows
    if not target.outputs.shape[0] or rows.size < _LEAST_ROWS:
        return None
    kept_out = held[rows]
    predictors = _predictors(pool, before, target, rows, kept_out, settings.k)
    features = _features(pool, predictors, rows)
    bounds = GrowthBounds(max(settings.k, LEAF_ROWS))
    return predictors, grow_tree(features, target, bounds, kept_out)


def _predictors(
    pool: _Pool, before: list[int], target: Target, rows: IntArray, held: npt.NDArray[np.bool_], k: int
) -> tuple[Predictor, ...]:
    found: list[Predictor] = []
    grown = ~held
    modal = target.place[grown] if target.is_category else None
    for place in before:
        domain = pool.domains[place]
        found += plain_predictors(place, domain)
        if domain.kind == "category":
            codes = pool.matrix[place, rows][grown]
            outputs, level = target.outputs[:, grown], target.level if target.is_category else target.level[grown]
            found += category_predictors(place, codes, len(domain.categories), outputs, level, modal, k)
    return tuple(found)


def _features(pool: _Pool, predictors: tuple[Predictor, ...], rows: IntArray) -> FloatArray:
    out = np.empty((len(predictors), rows.size))
    for row, predictor in zip(out, predictors, strict=True):
        row[:] = predictor.feature(pool.matrix[predictor.source, rows], pool.domains[predictor.source].type)
    return out


def _used(predictors: tuple[Predictor, ...], tree: Tree) -> tuple[tuple[Predictor, ...], Tree]:
    """Only the predictors that the tree looks at."""
    inner = tree.leaf < 0
    used = np.unique(tree.feature[inner])
    number = np.zeros(max(len(predictors), 1), dtype=np.int16)
    number[used] = np.arange(used.size)
    feature = np.where(inner, number[tree.feature], 0).astype(np.int16)
    return tuple(predictors[place] for place in used), Tree(feature, tree.threshold, tree.child, tree.leaf, tree.depth)
