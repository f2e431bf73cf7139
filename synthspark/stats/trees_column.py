"""One column of the trees engine: its tree, its leaves, and the distance from another column by which it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.stats.engine import Arrays, IntArray
from synthspark.stats.frame import FloatArray
from synthspark.stats.marginals import CategoryMarginal, Marginal, NumberMarginal, marginal_from_parts
from synthspark.stats.packing import nested, under
from synthspark.stats.quantiles import Grid
from synthspark.stats.trees_drift import Drift
from synthspark.stats.trees_grow import Tree
from synthspark.stats.trees_index import Index
from synthspark.stats.trees_leaves import Leaves
from synthspark.stats.trees_months import first_days, months_of, within_month
from synthspark.stats.trees_predictors import DAY, Pool, Predictor, Together

_ABOVE = 1 - 2.0**-53
_LARGEST = 1e300
_FEW = 512  # rows up to which the features of a tree are worked out at once
LeafArray = npt.NDArray[np.int32]
Ends = tuple[FloatArray, FloatArray]  # what the numbers of rows must not fall below, or exceed; NaN for nothing


@dataclass(frozen=True)
class Difference:
    """A number drawn as its distance from another one, or as a multiple of it.

    Attributes
    ----------
    source : int
        Place of the other column among those of the context and those drawn.
    fill : float
        Stands for the other one where that is null.
    low, high : float
        Range of the sum, or of the product.
    bounds : pair of bool
        Whether many rows lie at an end of the range, so that sums beyond it lie there too. Sums beyond another end are
        drawn again from the distances that stay within.
    grid : Grid
        Of the sum.
    times : bool
        Whether what is drawn is a factor.
    """

    source: int
    fill: float
    low: float
    high: float
    bounds: tuple[bool, bool]
    grid: Grid
    times: bool = False

    def reference(self, other: FloatArray, kind: str) -> FloatArray:
        """The number that is taken off and added back, shape (n,): for a part of a moment that part of the other."""
        if kind == "day":
            other = np.floor(other / DAY)
        if kind == "month":
            other = months_of(other)
        return np.where(np.isfinite(other) & ~(self.times & (other == 0)), other, self.fill)

    def joined(self, start: FloatArray, drawn: FloatArray) -> FloatArray:
        """The number itself, from the other one and what was drawn."""
        return start * drawn if self.times else start + drawn

    def to_json(self) -> dict[str, Any]:
        ends = {"source": self.source, "fill": self.fill, "low": self.low, "high": self.high}
        return {**ends, "bounds": list(self.bounds), "grid": self.grid.to_json(), "times": self.times}

    def beyond(self, total: FloatArray) -> IntArray:
        """Places of the sums beyond an end that is no bound."""
        low, high = self.bounds
        return np.flatnonzero(((total < self.low) & (not low)) | ((total > self.high) & (not high)))

    def room(self, start: FloatArray, ends: Ends | None = None) -> Ends:
        """Distances from these numbers to the ends of the range, or factors; endless towards a bound.

        `ends`: of each row, where they are nearer.
        """
        low, high = (-_LARGEST if self.bounds[0] else self.low), (_LARGEST if self.bounds[1] else self.high)
        lows, highs = (low, high) if ends is None else (np.fmax(low, ends[0]), np.fmin(high, ends[1]))
        if self.times:
            return np.where(start > 0, lows, highs) / start, np.where(start > 0, highs, lows) / start
        return lows - start, highs - start

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Difference:
        ends = (float(data["fill"]), float(data["low"]), float(data["high"]))
        low, high = data["bounds"]
        return cls(int(data["source"]), *ends, (bool(low), bool(high)), Grid.from_json(data["grid"]), data["times"])


@dataclass(frozen=True, eq=False)
class ColumnTree:
    """How one column is drawn.

    Attributes
    ----------
    column : int
        Its place among the columns drawn.
    marginal : Marginal
        Of the column, or of its distance from another one.
    predictors : tuple of Predictor
        The features of the tree.
    index : Index or None
        A further feature of the tree, the last one.
    tree, leaves
        None where nothing but the marginal is known.
    kind : str
        ``presence`` (0 or null), ``whole``, or the part of a moment that is drawn: ``day``, or ``time`` when the day
        is there; of a date ``month``, or ``monthday`` when the month is there; ``same`` (0 or 1), whether the number
        is that of its twin.
    masked : bool
        The presence is drawn already, and the tree knows rows with a value only.
    only : pair of int and bool, or None
        Drawn for those rows alone in which the column at this place of the context and those drawn is null (True), or
        in which it is not (False).
    twin : int or None
        Place of the column whose number this one may be the same as.
    drift : Drift or None
        What columns say beyond the leaf.
    """

    column: int
    marginal: Marginal
    difference: Difference | None = None
    predictors: tuple[Predictor, ...] = ()
    index: Index | None = None
    tree: Tree | None = None
    leaves: Leaves | None = None
    kind: str = "whole"
    masked: bool = False
    only: tuple[int, bool] | None = None
    twin: int | None = None
    drift: Drift | None = None

    def values(
        self,
        pool: Pool,
        u: FloatArray,
        own: FloatArray,
        *,
        ending: bool = False,
        ends: Ends | None = None,
    ) -> FloatArray:
        """Values of shape (n,) for uniform numbers, given the columns in `pool`; `own` is what is there already.

        `ending`: sums above the range stay as they are instead of being drawn again. Numbers beyond their `ends` are
        drawn again from those of their leaf that are within, if there are any.
        """
        leaf = self._leaves_of(pool, u.size)
        u = u if self.drift is None else self.drift.moved(u, pool)
        values = self._drawn(leaf, u) if self.difference is None else self._sums(pool, leaf, u, ending=ending)
        if ends is not None and isinstance(self.marginal, NumberMarginal):
            values = self._within_ends(pool, leaf, u, values, self._of_part(ends, own))
        if self.kind == "day":
            values = values * DAY
        if self.kind == "month":
            values = first_days(values)
        if self.kind == "monthday":
            values = within_month(values, own)
        if self.kind == "time":
            values = values + own
        if self.twin is not None:
            values = np.where((values == 0) & np.isfinite(pool.columns[self.twin]), pool.columns[self.twin], own)
        values = np.where(np.isnan(own), np.nan, values) if self.masked else values
        if self.only is None:
            return values
        return np.where(np.isnan(pool.columns[self.only[0]]) == self.only[1], values, own)

    def span(self) -> tuple[float, float] | None:
        """Range of its numbers; None for categories and for what is no number by itself."""
        if self.kind not in ("whole", "day", "monthday") or not isinstance(self.marginal, NumberMarginal):
            return None
        ends = self.difference or self.marginal.ends
        if ends is None:
            return None
        low, high = (ends.low, ends.high) if isinstance(ends, Difference) else ends
        return (low * DAY, (high + 1) * DAY - 1) if self.kind == "day" else (low, high)

    @property
    def added_up(self) -> list[int]:
        """Places of the columns whose weighted sums count."""
        sums = [self.index, self.drift.index if self.drift else None]
        return [source for one in sums if one is not None for source in one.sources.tolist()]

    def _of_part(self, ends: Ends, own: FloatArray) -> Ends:
        """Ends of a column as those of the part of it that is drawn."""
        low, high = ends
        if self.kind == "day":
            return np.floor(low / DAY), np.floor(high / DAY)
        if self.kind == "month":
            return months_of(low), months_of(high)
        return (low - own, high - own) if self.kind == "time" else (low, high)

    def _within_ends(self, pool: Pool, leaf: LeafArray, u: FloatArray, values: FloatArray, ends: Ends) -> FloatArray:
        """The numbers that were drawn; those beyond their ends drawn again from what their leaf has within."""
        out = np.flatnonzero((values < ends[0]) | (values > ends[1]))
        if not out.size:
            return values
        low, high = ends[0][out], ends[1][out]
        found = self.difference
        if found is None:
            room = np.fmax(low, -_LARGEST), np.fmin(high, _LARGEST)
            again = self._drawn_within(leaf[out], u[out], room)
        else:
            start = found.reference(pool.columns[found.source][out], self.kind)
            total = found.joined(start, self._drawn_within(leaf[out], u[out], found.room(start, (low, high))))
            again = np.asarray(found.grid.nearest(np.clip(total, found.low, found.high)))
        values = values.copy()
        values[out] = np.where((again < low) | (again > high), values[out], again)
        return values

    def _sums(self, pool: Pool, leaf: LeafArray, u: FloatArray, *, ending: bool) -> FloatArray:
        """A distance and the number it is taken from, within the range of such sums."""
        assert self.difference is not None
        start = self.difference.reference(pool.columns[self.difference.source], self.kind)
        total = self.difference.joined(start, self._drawn(leaf, u))
        out = self.difference.beyond(total)
        over = ending & (total > self.difference.high) & np.isfinite(pool.columns[self.difference.source])
        beyond = total.copy()
        if out.size:
            drawn = self._drawn_within(leaf[out], u[out], self.difference.room(start[out]))
            total[out] = self.difference.joined(start[out], drawn)
        clipped = np.clip(total, self.difference.low, self.difference.high)
        return np.asarray(self.difference.grid.nearest(np.where(over, beyond, clipped)))

    def _drawn_within(self, leaf: LeafArray, u: FloatArray, room: Ends) -> FloatArray:
        """What uniform numbers draw from the share of each row's distribution that lies between two numbers."""
        assert isinstance(self.marginal, NumberMarginal)
        nulls = self.marginal.null_fraction
        ends = [self.marginal.intervals(end)[side] * (1 - nulls) + nulls for side, end in enumerate(room)]
        low, high = ends if self.leaves is None else [self.leaves.shares_below(leaf, end) for end in ends]
        return self._drawn(leaf, np.clip(low + u * np.maximum(high - low, 0.0), 0.0, _ABOVE))

    @cached_property
    def _looked_at(self) -> npt.NDArray[np.int64]:
        """Places of the features that the tree compares anywhere."""
        assert self.tree is not None
        inner = self.tree.child != np.arange(self.tree.child.size)
        return np.unique(self.tree.feature[inner]).astype(np.int64)

    def _leaves_of(self, pool: Pool, n_rows: int) -> LeafArray:
        """Number of each row's leaf."""
        if self.tree is None:
            return np.zeros(n_rows, dtype=np.int32)
        features = np.empty((len(self.predictors) + (self.index is not None), n_rows))
        places = self._looked_at
        if self.index is not None and places.size and places[-1] == len(self.predictors):
            features[-1] = self.index.values(pool)
        if n_rows <= _FEW and pool.matrix is not None:
            self._together.fill(features, pool)
            return self.tree.leaves_of(features)
        for place in places[places < len(self.predictors)].tolist():
            features[place] = pool.feature(self.predictors[place])
        return self.tree.leaves_of(features)

    @cached_property
    def _together(self) -> Together:
        places = self._looked_at.tolist()
        return Together.of([(place, self.predictors[place]) for place in places if place < len(self.predictors)])

    def _drawn(self, leaf: LeafArray, u: FloatArray) -> FloatArray:
        if self.leaves is None:
            return self.marginal.from_uniform(u)
        drawn = self.leaves.draw(leaf, u)
        if isinstance(self.marginal, CategoryMarginal):
            codes = np.append(self.marginal.order.astype(np.float64), np.nan)  # null is the place after the last
            return np.asarray(codes[drawn.astype(np.int64)])
        return self.marginal.from_uniform(np.minimum(np.maximum(drawn, 0.0), _ABOVE))

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        document, parts = self.marginal.to_parts()
        arrays = nested("marginal", parts)
        known = self.tree is not None and self.leaves is not None
        if self.tree is not None and self.leaves is not None:
            arrays |= nested("tree", self.tree.to_parts()) | nested("leaves", self.leaves.to_parts())
        if self.index is not None:
            arrays |= nested("index", self.index.to_parts())
        if self.drift is not None:
            arrays |= nested("drift", self.drift.index.to_parts())
        for place, predictor in enumerate(self.predictors):
            if predictor.table.size:
                arrays[f"predictor_{place}"] = predictor.table
        return {
            "column": self.column,
            "kind": self.kind,
            "masked": self.masked,
            "only": self.only,
            "twin": self.twin,
            "drift": self.drift.spread if self.drift else None,
            "marginal": document,
            "difference": self.difference.to_json() if self.difference else None,
            "predictors": [[predictor.source, predictor.kind] for predictor in self.predictors],
            "depth": self.tree.depth if self.tree is not None and known else None,
        }, arrays

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Arrays) -> ColumnTree:
        depth, difference = document["depth"], document["difference"]
        predictors = tuple(
            Predictor(int(source), kind, arrays.get(f"predictor_{place}", np.empty(0)))
            for place, (source, kind) in enumerate(document["predictors"])
        )
        return cls(
            column=int(document["column"]),
            kind=document["kind"],
            masked=document["masked"],
            only=(int(document["only"][0]), bool(document["only"][1])) if document["only"] else None,
            twin=document["twin"],
            drift=Drift.from_parts(under("drift", arrays), document["drift"]),
            marginal=marginal_from_parts(document["marginal"], under("marginal", arrays)),
            difference=None if difference is None else Difference.from_json(difference),
            predictors=predictors,
            index=Index.from_parts(found) if (found := under("index", arrays)) else None,
            tree=None if depth is None else Tree.from_parts(under("tree", arrays), int(depth)),
            leaves=None if depth is None else Leaves.from_parts(under("leaves", arrays)),
        )
