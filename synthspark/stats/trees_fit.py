"""How a model of trees is fitted: columns in order, one tree each, leaves filled with all rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.errors import ModelError
from synthspark.stats.engine import EngineSettings
from synthspark.stats.features import BEFORE, PRESENT
from synthspark.stats.frame import Domain, FloatArray, Frame
from synthspark.stats.marginals import NumberMarginal, fit_marginal
from synthspark.stats.trees import TreesModel
from synthspark.stats.trees_column import ColumnTree, Difference
from synthspark.stats.trees_drift import fit_drift
from synthspark.stats.trees_grow import GrowthBounds, Tree, grow_tree
from synthspark.stats.trees_index import Index, fit_index, normal_scores
from synthspark.stats.trees_months import falls_on_days, first_days, months_of, same_day
from synthspark.stats.trees_order import (
    TIMESTAMPS,
    cells_of,
    closest,
    dependence,
    dependence_on,
    draw_order,
    is_amount,
    is_short,
    same_time,
)
from synthspark.stats.trees_predictors import DAY, Pool, Predictor, category_predictors, plain_predictors
from synthspark.stats.trees_ratio import find_ratio, multiples_last, ratios, step_of
from synthspark.stats.trees_scores import Scores, fit_scores
from synthspark.stats.trees_targets import Target, make_target
from synthspark.stats.trees_twins import SAME, find_twin

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LEAF_ROWS = 5  # of a leaf at least, when k asks for fewer
MOST_PREDICTORS = 40  # columns that one tree may look at, the most dependent ones
MOST_MOMENTS = 4  # looked at for one with which a moment shares its time of day
_KNOTS = 1_024  # of a number's own distribution, which a tree of many leaves can make use of
_HELD = 0.25  # share of the rows on which trees are pruned
FEW_ROWS = 500  # below, no single column may tell leaves apart though many together do
_SOME_NULL = 0.02  # share of null rows, and of the others, from which both are drawn one after the other
_KNOWN_THERE = 0.5  # share of rows that open families, of which a column must be known that these rows go by
_HARD_SHARE = 0.01  # of the rows at one end of a number's range that make it a bound
_LEAST_EXPLAINED = 0.05  # share of a number's variance that many columns together must foretell, where rows are few
_LEAST_ROWS = 40  # of a tree; below, one leaf holds all rows
_LEAST_FORETOLD = 12  # rows below which a column is drawn from its marginal alone


@dataclass(frozen=True, eq=False)
class _Pool:
    """All columns, those of the context first."""

    matrix: FloatArray
    domains: tuple[Domain, ...]
    n_context: int
    dependence: FloatArray
    scores: Scores
    settings: EngineSettings
    held: Mask
    before_rows: frozenset[int]  # columns of the context that are those of the row before
    cells: npt.NDArray[np.float32]  # of all columns, in which dependence is measured
    orders: dict[tuple[int, str], IntArray] = field(default_factory=dict)  # of all rows, by features that many share

    def able(self, drawn: list[int]) -> list[int]:
        """Places of the columns that are known once some are drawn."""
        return [*range(self.n_context), *(self.n_context + place for place in drawn)]

    def before(self, column: int, drawn: list[int]) -> list[int]:
        """Places of the columns that the tree of `column` may look at."""
        able = self.able(drawn)
        strength = self.dependence[self.n_context + column, able]
        chosen = np.argsort(-strength, kind="stable")[:MOST_PREDICTORS]
        return [able[place] for place in sorted(chosen)]

    def around(self, values: FloatArray, domain: Domain, drawn: list[int]) -> list[int]:
        """The same for the tree of a distance, which may follow from other columns than the number itself does."""
        able = self.able(drawn)
        if len(able) <= MOST_PREDICTORS:
            return able
        found = dependence_on(self.cells, values, domain)[able]
        chosen = np.argsort(-found, kind="stable")[:MOST_PREDICTORS]
        return [able[place] for place in sorted(chosen)]

    def of(self, rows: IntArray) -> Pool:
        """Some of the rows."""
        return Pool(list(self.matrix[:, rows]), self.domains, self.scores)

    def with_column(self, place: int, values: FloatArray) -> _Pool:
        """The same with other values in one column."""
        matrix = self.matrix.copy()
        matrix[place] = values
        orders = {where: order for where, order in self.orders.items() if where[0] != place}
        return replace(self, matrix=matrix, orders=orders)

    def order(self, predictor: Predictor) -> IntArray:
        """All rows by a feature that does not depend on the target."""
        where = predictor.source, predictor.kind
        if where not in self.orders:
            found = predictor.order(self.matrix[predictor.source], self.domains[predictor.source].type)
            self.orders[where] = found.astype(np.int32)
        return self.orders[where]


@dataclass(frozen=True, eq=False)
class _Part:
    """Numbers to be drawn for a column: its values, their distance from another column, the day, the time of day."""

    place: int
    kind: str
    values: FloatArray
    domain: Domain
    difference: Difference | None = None
    masked: bool = False
    only: tuple[int, bool] | None = None
    twin: int | None = None

    @property
    def known(self) -> FloatArray:
        """The values whose distribution the part is drawn from."""
        return self.values[~np.isnan(self.values)] if self.masked or self.only else self.values


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
    pool = _Pool(matrix, domains, len(context.names), found, scores, settings, held, before, cells)
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
    pool: _Pool, column: int, drawn: list[int], generator: np.random.Generator
) -> tuple[list[ColumnTree], dict[str, Any]]:
    """The trees of one column, one a part, and notes on them."""
    place = pool.n_context + column
    values, domain = pool.matrix[place], pool.domains[place]
    note: dict[str, Any] = dict(fit_marginal(values, domain, pool.settings).notes)
    try:
        before = pool.before(column, drawn)
        fitted = []
        for part in _parts(pool, place, before):
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


def _parts(pool: _Pool, place: int, before: list[int]) -> list[_Part]:
    """The parts that a column is drawn in, one after the other.

    Where many rows are null, whether there is a value comes first: a tree for both at once would look at little but
    that, and lose what the values depend on.
    """
    values = pool.matrix[place]
    parts = _value_parts(pool, place, before)
    several = _openings(pool, parts, before) or _with_twin(pool, parts, before)
    parts = several or parts
    missing = np.isnan(values)
    known = values[~missing]
    constant = known.size < _LEAST_FORETOLD or known.min() == known.max()
    apart = bool(several and missing.any()) or _SOME_NULL <= missing.mean() <= 1 - _SOME_NULL
    if constant or not apart:
        return parts
    presence = _Part(place, "presence", np.where(missing, np.nan, 0.0), Domain("category", "string", (PRESENT,)))
    return [presence, *(replace(part, masked=True) for part in parts)]


def _openings(pool: _Pool, parts: list[_Part], before: list[int]) -> list[_Part]:
    """Parts for rows in which the column that this one goes by is null, such as the first of a family, and for others.

    Empty where there are few of either, or where the number goes by no other or is drawn in several parts.
    """
    found, place = parts[0].difference, parts[0].place
    if len(parts) > 1 or found is None:
        return []
    values, opens = pool.matrix[place], ~np.isfinite(pool.matrix[found.source])
    here = opens & np.isfinite(values)
    if here.sum() < FEW_ROWS or not _SOME_NULL <= here.sum() / np.isfinite(values).sum() <= 1 - _SOME_NULL:
        return []
    others = [other for other in before if np.isfinite(pool.matrix[other][here]).mean() > _KNOWN_THERE]
    first = _value_parts(pool.with_column(place, np.where(opens, values, np.nan)), place, others)
    rest = replace(parts[0], values=np.where(opens, np.nan, parts[0].values), only=(found.source, False))
    return [*(replace(part, only=(found.source, True)) for part in first), rest]


def _with_twin(pool: _Pool, parts: list[_Part], before: list[int]) -> list[_Part]:
    """Parts for the rows in which the number is not the same as another one, and whether it is the same.

    Empty where it is hardly ever, or where it is drawn as its distance from another one, which keeps equal numbers.
    """
    if len(parts) == 1 and parts[0].difference is not None:
        return []
    place = parts[0].place
    values, domain = pool.matrix[place], pool.domains[place]
    twin = find_twin(values, domain, [(other, pool.matrix[other], pool.domains[other]) for other in before])
    if twin is None:
        return []
    equal = values == pool.matrix[twin]
    found = _value_parts(pool.with_column(place, np.where(equal, np.nan, values)), place, before)
    either = np.where(np.isnan(values), np.nan, np.where(equal, 0.0, 1.0))
    return [*(replace(part, masked=True) for part in found), _Part(place, "same", either, SAME, masked=True, twin=twin)]


def _value_parts(pool: _Pool, place: int, before: list[int]) -> list[_Part]:
    values, domain = pool.matrix[place], pool.domains[place]
    if domain.kind != "number" or domain.type == "boolean":
        return [_Part(place, "whole", values, domain)]
    candidates = [(other, pool.matrix[other], pool.domains[other]) for other in before]
    multiple = _multiple(pool, _Part(place, "whole", values, domain), candidates)
    if multiple is not None:
        return [multiple]
    source = closest(values, domain, candidates)
    if (
        domain.type == "date"
        and falls_on_days(values)
        and not (source is not None and same_day(values, pool.matrix[source]))
    ):
        return _month_and_day(pool, place, source)
    if domain.type not in TIMESTAMPS:
        return [_distance(pool, _Part(place, "whole", values, domain), source)]
    for other in [source] if source is not None else _moments(pool, place, before):
        distances = values - pool.matrix[other]
        if same_time(values, distances) or (source is not None and is_short(distances)):
            return [_distance(pool, _Part(place, "whole", values, domain), other)]
    days = np.floor(values / DAY)
    times = values - days * DAY
    if not (np.isfinite(times) & (times > 0)).any():
        return [_distance(pool, _Part(place, "day", days, Domain("number", "date")), source)]
    day = _distance(pool, _Part(place, "day", days, Domain("number", "date")), source)
    return [day, _Part(place, "time", times, Domain("number", "time"))]


def _month_and_day(pool: _Pool, place: int, source: int | None) -> list[_Part]:
    """The month, by the months from another date where that is close, and the day in it."""
    values = pool.matrix[place]
    marginal = fit_marginal(values, pool.domains[place], pool.settings)
    if not isinstance(marginal, NumberMarginal) or marginal.is_constant:
        return [_Part(place, "whole", values, pool.domains[place])]
    months = months_of(values)
    day = Difference(place, 0.0, float(marginal.x[0]), float(marginal.x[-1]), (True, True), marginal.grid)
    number = Domain("number", "long")
    return [
        _distance(pool, _Part(place, "month", months, number), source),
        _Part(place, "monthday", values - first_days(months), number, difference=day),
    ]


def _moments(pool: _Pool, place: int, before: list[int]) -> list[int]:
    """The moments of which one may be at the same time of day as the column."""
    alike = [other for other in before if pool.domains[other].type in TIMESTAMPS]
    return sorted(alike, key=lambda other: -pool.dependence[place, other])[:MOST_MOMENTS]


def _distance(pool: _Pool, part: _Part, source: int | None) -> _Part:
    """The same part as a distance from the column `source`."""
    if source is None:
        return part
    finite = part.values[np.isfinite(part.values)]
    marginal = fit_marginal(part.values, part.domain, pool.settings)
    if not isinstance(marginal, NumberMarginal) or marginal.is_constant:
        return part
    fill = float(marginal.grid.nearest(np.median(finite)))
    difference = Difference(source, fill, float(marginal.x[0]), float(marginal.x[-1]), _bounds(marginal), marginal.grid)
    reference = difference.reference(pool.matrix[source], part.kind)
    return replace(part, values=part.values - reference, difference=difference)


def _multiple(pool: _Pool, part: _Part, candidates: list[tuple[int, FloatArray, Domain]]) -> _Part | None:
    """The same part as a multiple of another column, where few factors make up most rows."""
    numbers = [(at, other) for at, other, domain in candidates if is_amount(domain)]
    source = find_ratio(part.values, step_of(part.values, part.domain), numbers) if is_amount(part.domain) else None
    if source is None:
        return None
    marginal = fit_marginal(part.values, part.domain, pool.settings)
    if not isinstance(marginal, NumberMarginal) or marginal.is_constant:
        return None
    other = pool.matrix[source]
    fill = float(np.median(other[np.isfinite(other) & (other != 0)]))
    ends = float(marginal.x[0]), float(marginal.x[-1])
    difference = Difference(source, fill, *ends, _bounds(marginal), marginal.grid, times=True)
    reference = difference.reference(other, part.kind)
    shared = ratios(part.values, reference, marginal.grid.step)
    return replace(part, values=shared, domain=Domain("number", "double"), difference=difference)


def _bounds(marginal: NumberMarginal) -> tuple[bool, bool]:
    """Whether many rows lie at the ends of a number's range, such as zero."""
    low, high = marginal.intervals(marginal.x[[0, -1]])
    first, last = (high - low >= _HARD_SHARE).tolist()
    return first, last


def _fit_part(
    pool: _Pool, part: _Part, column: int, known: tuple[list[int], list[int]], generator: np.random.Generator
) -> ColumnTree:
    """The tree of a part; `known` are the columns that it may look at, and those that may count beyond its leaves."""
    before, able = known
    marginal = fit_marginal(part.known, part.domain, pool.settings)
    target = make_target(marginal, part.values, part.domain, pool.settings.k, generator)
    plain = ColumnTree(
        column, marginal, part.difference, kind=part.kind, masked=part.masked, only=part.only, twin=part.twin
    )
    rows = target.rows
    if not target.outputs.shape[0] or rows.size < _LEAST_FORETOLD:
        return plain
    held = pool.held[rows]
    predictors = _predictors(pool, before, target, rows)
    features = _features(pool, predictors, rows)
    index = None
    if not target.is_category and rows.size < FEW_ROWS:
        index = fit_index(pool.of(rows[~held]), before, normal_scores(target.u[~held]), _LEAST_EXPLAINED)
    if index is not None:
        features = np.concatenate([features, index.values(pool.of(rows))[None, :]])
    smallest = max(pool.settings.k, LEAF_ROWS) if rows.size >= _LEAST_ROWS else rows.size
    orders = _orders(pool, predictors, rows, features[len(predictors) :])
    tree = grow_tree(features, target, GrowthBounds(smallest), held, orders)
    leaf = tree.leaves_of(features)
    leaves = target.leaves(leaf, tree.n_leaves)
    drift = fit_drift(pool.of(rows), able, target, leaf, leaves)
    predictors, index, tree = _used(predictors, index, tree)
    return replace(plain, predictors=predictors, index=index, tree=tree, leaves=leaves, drift=drift)


def _predictors(pool: _Pool, before: list[int], target: Target, rows: IntArray) -> tuple[Predictor, ...]:
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


def _features(pool: _Pool, predictors: tuple[Predictor, ...], rows: IntArray) -> FloatArray:
    out = np.empty((len(predictors), rows.size))
    for row, predictor in zip(out, predictors, strict=True):
        row[:] = predictor.feature(pool.matrix[predictor.source, rows], pool.domains[predictor.source].type)
    return out


def _orders(
    pool: _Pool, predictors: tuple[Predictor, ...], rows: IntArray, further: FloatArray
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
