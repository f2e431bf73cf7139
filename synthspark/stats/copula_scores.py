"""Normal scores: the order of categories, and what a context row looks like to a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.engine import Arrays, EngineSettings
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.marginals import CategoryMarginal, Marginal, marginal_from_parts
from synthspark.stats.packing import nested, under

IntArray = npt.NDArray[np.int64]

_EDGE = 2.0**-53
_ROUNDS = 8  # the leading component settles in a few rounds; the order of categories sooner
_LEVELS = 12  # categories of one context column that get an indicator of their own
_LEVEL_ROWS = 20  # rows such a category needs
_MOST_POINTS = 16_384  # different values of a column whose scores are looked up
_MOST_RUNS = 0.7  # of the rows; beyond, telling runs apart saves nothing
MAXIMUM_FEATURES = 240  # of the context; scores come first, indicators as long as there is room


def mid_scores(low: FloatArray, high: FloatArray) -> FloatArray:
    """Mean normal score of values whose quantiles lie between low and high, elementwise.

    ``(phi(a) - phi(b)) / (high - low)`` with a, b the normal quantiles of low and high: the mean of a truncated
    standard normal (Johnson, Kotz & Balakrishnan 1994, section 10.1); the normal quantile itself where low = high.
    """
    width = high - low
    a = ndtri(np.clip(low, _EDGE, 1 - _EDGE))
    narrow = width < 1e-9
    if narrow.all():
        return np.asarray(a)
    b = ndtri(np.clip(high, _EDGE, 1 - _EDGE))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (np.exp(-0.5 * a * a) - np.exp(-0.5 * b * b)) / (np.sqrt(2 * np.pi) * width)
    return np.where(narrow, a, mean)


def category_scores(frames: Sequence[Frame]) -> list[dict[str, FloatArray]]:
    """Score of every category of every category column of frames with the same rows, by the leading component.

    Alternates between the leading component of all columns and the mean of that component in each category, so
    that categories which go with similar values elsewhere get similar scores. Recodings of a column get equal
    scores. Columns that go with nothing keep the order of their frequencies.

    References
    ----------
    Gifi (1990), "Nonlinear Multivariate Analysis", chapter 3: homogeneity analysis by alternating averages.
    """
    columns = [(place, name) for place, frame in enumerate(frames) for name in frame.names]
    n_rows = frames[0].n_rows if frames else 0
    out: list[dict[str, FloatArray]] = [{} for _ in frames]
    if n_rows == 0 or not columns:
        return out
    codes: dict[int, npt.NDArray[np.int64]] = {}
    scores = np.zeros((len(columns), n_rows))
    for row, (place, name) in enumerate(columns):
        values = frames[place].column(name)
        domain = frames[place].domains[frames[place].names.index(name)]
        if domain.kind == "category":
            codes[row] = np.where(np.isnan(values), len(domain.categories), values).astype(np.int64)
            counts = np.bincount(codes[row], minlength=len(domain.categories) + 1).astype(np.float64)
            scores[row] = _standardised(-counts[codes[row]])
        else:
            scores[row] = _standardised(_rank_scores(values))
    for _ in range(_ROUNDS if codes else 0):
        loading = _leading(scores)
        leading = loading @ scores
        for row, levels in codes.items():
            others = leading - loading[row] * scores[row]
            target = _standardised(_means(others, levels)[levels])
            scores[row] = target if target.any() else scores[row]
    for row, levels in codes.items():
        place, name = columns[row]
        n_codes = len(frames[place].domains[frames[place].names.index(name)].categories)
        out[place][name] = np.append(_means(scores[row], levels), np.zeros(n_codes + 1))[: n_codes + 1][:n_codes]
    return out


def _rank_scores(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    distinct, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    if distinct.size == 0:
        return np.zeros(values.shape)
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    out = np.zeros(values.shape)
    out[known] = ndtri(middle)[place]
    return out


def _standardised(values: FloatArray) -> FloatArray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 1e-12 else np.zeros(values.shape)


def _leading(scores: FloatArray) -> FloatArray:
    """Loadings of the leading component, shape (n_columns,); the largest is positive."""
    _, vectors = np.linalg.eigh(scores @ scores.T / scores.shape[1])
    loading = vectors[:, -1]
    out: FloatArray = loading * np.sign(loading[np.abs(loading).argmax()])
    return out


def _means(values: FloatArray, levels: npt.NDArray[np.int64]) -> FloatArray:
    counts = np.bincount(levels)
    return np.bincount(levels, weights=values) / np.maximum(counts, 1)


@dataclass(frozen=True, eq=False)
class ContextEncoder:
    """Turns context rows into standardised features: scores, indicators of nulls and of frequent categories.

    `levels` holds for each column the places (in its marginal's order) of categories with an indicator.
    """

    names: tuple[str, ...]
    marginals: tuple[Marginal, ...]
    levels: tuple[npt.NDArray[np.int64], ...]
    nulls: tuple[bool, ...]
    mean: FloatArray
    scale: FloatArray

    @property
    def n_features(self) -> int:
        return int(self.mean.size)

    @cached_property
    def _scorers(self) -> tuple[_Scorer, ...]:
        return tuple(map(_Scorer, self.marginals))

    def features(self, context: Frame) -> FloatArray:
        """Features of shape (n_features, n_rows)."""
        features, place = self.features_of_runs(context)
        return features[:, place]

    def features_of_runs(self, context: Frame) -> tuple[FloatArray, IntArray]:
        """Features of shape (n_features, n_runs), and the place of each row's among them.

        Rows of one parent come together and are often alike: where runs are long, their features are made once.
        """
        matrix = context.select(self.names).matrix if self.names else np.empty((0, context.n_rows))
        every = np.arange(context.n_rows)
        if self.n_features == 0 or context.n_rows == 0:
            return np.zeros((self.n_features, context.n_rows)), every
        fresh = np.ones(context.n_rows, dtype=bool)
        fresh[1:] = (matrix[:, 1:] != matrix[:, :-1]).any(axis=0)
        if fresh.mean() > _MOST_RUNS:
            return self._encode(matrix), every
        return self._encode(matrix[:, fresh]), np.cumsum(fresh) - 1

    def _encode(self, matrix: FloatArray) -> FloatArray:
        raw = _raw_features(matrix, self._scorers, self.levels, self.nulls)
        raw -= self.mean[:, None]
        raw *= self.scale[:, None]
        return raw

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        arrays: Arrays = {"mean": self.mean, "scale": self.scale}
        columns = []
        for place, (marginal, levels) in enumerate(zip(self.marginals, self.levels, strict=True)):
            document, parts = marginal.to_parts()
            columns.append(document)
            arrays |= nested(f"column_{place}", parts) | {f"levels_{place}": levels}
        return {"names": list(self.names), "columns": columns, "nulls": list(self.nulls)}, arrays

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Arrays) -> ContextEncoder:
        columns = document["columns"]
        marginals = (marginal_from_parts(part, under(f"column_{i}", arrays)) for i, part in enumerate(columns))
        levels = tuple(arrays[f"levels_{place}"] for place in range(len(columns)))
        nulls = tuple(bool(flag) for flag in document["nulls"])
        return cls(tuple(document["names"]), tuple(marginals), levels, nulls, arrays["mean"], arrays["scale"])


def fit_context(context: Frame, marginals: Sequence[Marginal], settings: EngineSettings) -> ContextEncoder:
    """Encoder of context rows whose columns have these marginals; constant columns are left out."""
    used = [place for place in range(len(context.names)) if _informative(marginals[place], context.matrix[place])]
    used = used[:MAXIMUM_FEATURES]
    room = MAXIMUM_FEATURES - len(used)
    nulls, levels = [], []
    for place in used:
        marginal = marginals[place]
        nulls.append(0.0 < marginal.null_fraction < 1.0 and room > 0)
        room -= nulls[-1]
        levels.append(_frequent_levels(marginal, context.matrix[place], settings, room))
        room -= levels[-1].size
    kept = tuple(marginals[place] for place in used)
    raw = _raw_features(context.matrix[used], tuple(map(_Scorer, kept)), levels, nulls)
    spread = raw.std(axis=1) if context.n_rows else np.ones(raw.shape[0])
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-9)
    mean = raw.mean(axis=1) if context.n_rows else np.zeros(raw.shape[0])
    names = tuple(context.names[place] for place in used)
    return ContextEncoder(names, kept, tuple(levels), tuple(nulls), mean, scale)


def _informative(marginal: Marginal, values: FloatArray) -> bool:
    return not marginal.is_constant or 0.0 < marginal.null_fraction < 1.0


def _frequent_levels(
    marginal: Marginal, values: FloatArray, settings: EngineSettings, room: int
) -> npt.NDArray[np.int64]:
    """Places of the categories with an indicator; two categories need none beside their score."""
    if not isinstance(marginal, CategoryMarginal) or marginal.order.size < 3:
        return np.empty(0, dtype=np.int64)
    places = marginal.places(values)
    counts = np.bincount(places[places >= 0], minlength=marginal.order.size)
    largest = np.argsort(-counts, kind="stable")[: max(min(_LEVELS, room), 0)]
    return np.sort(largest[counts[largest] >= max(_LEVEL_ROWS, settings.k)])


@dataclass(frozen=True, eq=False)
class _Scorer:
    """Mean normal scores of values; looked up where a column has few different values, since each costs two quantiles.

    The last of the `scores` is that of nulls.
    """

    marginal: Marginal

    @cached_property
    def _scores(self) -> FloatArray | None:
        points = self.marginal.points(_MOST_POINTS)
        return None if points is None else mid_scores(*self.marginal.intervals(np.append(points, np.nan)))

    def of(self, values: FloatArray) -> FloatArray:
        if self._scores is None:
            return mid_scores(*self.marginal.intervals(values))
        return self._scores[self.marginal.nearest_point(values, self._scores.size - 1)]


def _raw_features(
    matrix: FloatArray,
    scorers: Sequence[_Scorer],
    levels: Sequence[npt.NDArray[np.int64]],
    nulls: Sequence[bool],
) -> FloatArray:
    rows = []
    for values, scorer, places, has_nulls in zip(matrix, scorers, levels, nulls, strict=True):
        marginal = scorer.marginal
        rows.append(scorer.of(values))
        if has_nulls:
            rows.append(np.isnan(values).astype(np.float64))
        if places.size and isinstance(marginal, CategoryMarginal):
            found = marginal.places(values)
            rows += [(found == place).astype(np.float64) for place in places]
    return np.array(rows) if rows else np.empty((0, matrix.shape[1]))
