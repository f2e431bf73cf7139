"""How a column is shown to the tree of another one: a number, the parts of a date, categories in a fitting order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.trees_scores import Scores

IntArray = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]

DAY = 86_400_000_000  # microseconds
_SHRINKAGE = 5.0  # rows by which a category's mean is drawn to that of all
_RADIX = 65_535  # categories whose ranks fit two bytes
_PARTS: Mapping[str, Sequence[str]] = {
    "date": ("weekday", "day", "month"),
    "timestamp": ("weekday", "day", "month", "time"),
    "timestamp_ntz": ("weekday", "day", "month", "time"),
}


@dataclass(frozen=True, eq=False)
class Predictor:
    """One feature of a tree.

    Attributes
    ----------
    source : int
        Place of the column among those of the context and those drawn.
    kind : str
        ``number``, ``category``, or the part of a date: ``weekday``, ``day``, ``month``, ``time``.
    table : ndarray of shape (n_categories + 1,)
        Of a category: the number that stands for each code; the last one for any other.
    """

    source: int
    kind: str
    table: FloatArray

    def feature(self, values: FloatArray, logical: str) -> FloatArray:
        """Numbers of shape (n,) that the tree compares; -inf where null."""
        missing = np.isnan(values)
        none_missing = not missing.any()
        if self.kind == "number":
            return values if none_missing else np.where(missing, -np.inf, values)
        filled = values if none_missing else np.where(missing, 0.0, values)
        if self.kind == "category":
            last = self.table.size - 1
            found = self.table[np.minimum(filled.astype(np.int64), last)]
        else:
            found = _part(filled, self.kind, days=logical == "date")
        return found if none_missing else np.where(missing, -np.inf, found)

    def order(self, values: FloatArray, logical: str) -> IntArray:
        """Places of the values by their feature, those alike in their own order."""
        if self.kind != "category" or self.table.size >= _RADIX:
            return np.argsort(self.feature(values, logical), kind="stable")
        _, rank = np.unique(self.table, return_inverse=True)
        missing = np.isnan(values)
        code = np.minimum(np.where(missing, 0.0, values).astype(np.int64), self.table.size - 1)
        # Small whole numbers are sorted in one pass.
        return np.argsort(np.where(missing, 0, 1 + rank[code]).astype(np.uint16), kind="stable")


@dataclass(frozen=True, eq=False)
class Pool:
    """The columns that trees look at, those of the context and those drawn, of some rows.

    What several trees compare, such as the month of a date, is worked out once. `matrix` holds the columns where they
    lie side by side.
    """

    columns: list[FloatArray]
    domains: tuple[Domain, ...]
    scores: Scores
    matrix: FloatArray | None = None
    _known: dict[tuple[int, str], FloatArray] = field(default_factory=dict)

    def feature(self, predictor: Predictor) -> FloatArray:
        """Numbers that a predictor gives the rows."""
        values, kind = self.columns[predictor.source], self.domains[predictor.source].type
        if predictor.kind == "category":  # its numbers depend on the tree
            return predictor.feature(values, kind)
        where = predictor.source, predictor.kind
        if where not in self._known:
            self._known[where] = predictor.feature(values, kind)
        return self._known[where]

    def know(self, wanted: Iterable[tuple[str, tuple[int, ...]]]) -> None:
        """Work out parts of dates, each of several columns, at once."""
        assert self.matrix is not None
        for kind, sources in wanted:
            for days in (False, True):
                new = [
                    source
                    for source in sources
                    if (source, kind) not in self._known and (self.domains[source].type == "date") == days
                ]
                if len(new) > 1:
                    found = _shown_part(self.matrix[new], kind, days=days)
                    self._known.update(((source, kind), row) for source, row in zip(new, found, strict=True))

    def score(self, place: int) -> FloatArray:
        """Normal scores of a number, 0 where null."""
        where = place, "score"
        if where not in self._known:
            self._known[where] = self.scores.of(place, self.columns[place])
        return self._known[where]

    def set(self, place: int, values: FloatArray) -> None:
        """Let a column hold these values from now on."""
        self.columns[place][:] = values
        for where in [where for where in self._known if where[0] == place]:
            del self._known[where]


@dataclass(frozen=True, eq=False)
class Together:
    """Features of one tree that are worked out for few rows at once: a call a feature would cost more than its rows.

    Attributes
    ----------
    numbers, categories : pair of ndarray of int64
        Places of the features, and of their columns.
    tables, last : ndarray
        Numbers that stand for the categories, of all features one after the other; by feature where the one of any
        other category stands, shape (n, 1).
    others : tuple of (int, Predictor)
        Features that are neither.
    """

    numbers: tuple[IntArray, IntArray]
    categories: tuple[IntArray, IntArray]
    tables: FloatArray
    start: IntArray
    last: IntArray
    others: tuple[tuple[int, Predictor], ...]

    @classmethod
    def of(cls, predictors: Sequence[tuple[int, Predictor]]) -> Together:
        """Predictors with the places of their features."""
        kinds = {kind: [item for item in predictors if item[1].kind == kind] for kind in ("number", "category")}
        numbers, categories = (_places(items) for items in kinds.values())
        sizes = np.array([item.table.size for _, item in kinds["category"]], dtype=np.int64)
        tables = [item.table for _, item in kinds["category"]]
        start = np.cumsum(sizes) - sizes
        others = tuple(item for item in predictors if item[1].kind not in kinds)
        whole = np.concatenate([*tables, np.empty(0)])
        return cls(numbers, categories, whole, start[:, None], start[:, None] + sizes[:, None] - 1, others)

    def fill(self, features: FloatArray, pool: Pool) -> None:
        """Set the features, shape (n_features, n), to the numbers that the predictors give the rows of the pool."""
        assert pool.matrix is not None
        if self.numbers[0].size:
            values = pool.matrix[self.numbers[1]]
            features[self.numbers[0]] = np.where(np.isnan(values), -np.inf, values)
        if self.categories[0].size:
            values = pool.matrix[self.categories[1]]
            missing = np.isnan(values)
            at = np.minimum(np.where(missing, 0.0, values).astype(np.int64) + self.start, self.last)
            features[self.categories[0]] = np.where(missing, -np.inf, self.tables.take(at))
        pool.know(self.parts)
        for place, predictor in self.others:
            features[place] = pool.feature(predictor)

    @cached_property
    def parts(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Parts of dates that are wanted, and of which columns."""
        kinds = dict.fromkeys(predictor.kind for _, predictor in self.others)
        return tuple((kind, tuple(item.source for _, item in self.others if item.kind == kind)) for kind in kinds)


def _places(items: Sequence[tuple[int, Predictor]]) -> tuple[IntArray, IntArray]:
    features, sources = [place for place, _ in items], [predictor.source for _, predictor in items]
    return np.array(features, dtype=np.int64), np.array(sources, dtype=np.int64)


def _shown_part(values: FloatArray, kind: str, *, days: bool) -> FloatArray:
    missing = np.isnan(values)
    return np.where(missing, -np.inf, _part(np.where(missing, 0.0, values), kind, days=days))


def _part(values: FloatArray, part: str, *, days: bool) -> FloatArray:
    """Part of days since 1970, or of microseconds."""
    whole = np.minimum(np.maximum(values, -9e18), 9e18).astype(np.int64)
    day = whole if days else whole // DAY
    if part == "weekday":
        return np.asarray((day + 3) % 7, dtype=np.float64)
    if part == "time":
        return (whole - day * DAY).astype(np.float64)
    dates = np.minimum(np.maximum(day, -700_000), 2_900_000).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    if part == "month":
        return (months.astype(np.int64) % 12).astype(np.float64)
    return np.asarray((dates - months).astype(np.int64), dtype=np.float64)


def plain_predictors(source: int, domain: Domain) -> list[Predictor]:
    """Features of a column that do not depend on the target; those of a category do."""
    if domain.kind == "category":
        return []
    none = np.empty(0)
    return [Predictor(source, kind, none) for kind in ("number", *_PARTS.get(domain.type, ()))]


def category_predictors(
    source: int,
    codes: FloatArray,
    n_codes: int,
    targets: npt.NDArray[np.float32],
    level: FloatArray,
    modal: IntArray | None,
    k: int,
) -> list[Predictor]:
    """Orders of the categories of one column in which those alike for the target are neighbours.

    Two orders for more than three categories. Where the target is a number: by its mean quantile, and along the
    direction in which its distributions differ most beside. Where it is a category: along the main direction, and
    by the target's category that goes with most of the rows, so that a category that follows from another is cut out
    exactly. Categories of fewer than k rows stand for any other.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        NaN where null.
    targets : ndarray of shape (n_targets, n)
    level : ndarray of shape (n,)
        Quantiles, where the target is a number.
    modal : ndarray of int64, shape (n,), or None
        Category of the target of each row, where it is one.

    References
    ----------
    Fisher (1958), "On grouping for maximum homogeneity": for one target the best split is one of its means' order.
    """
    known = ~np.isnan(codes)
    code = np.minimum(codes[known].astype(np.int64), n_codes)
    counts = np.bincount(code, minlength=n_codes + 1)
    sums = np.array([np.bincount(code, weights=row[known], minlength=n_codes + 1) for row in targets])
    overall = sums.sum(axis=1) / max(int(counts.sum()), 1)
    means = (sums + _SHRINKAGE * overall[:, None]) / (counts + _SHRINKAGE)
    kept = counts >= k
    kept[n_codes] = False
    deviations = np.where(kept, means - overall[:, None], 0.0)
    n_orders = 1 if kept.sum() <= 3 else 2
    orders = list(_directions(deviations, counts, n_orders))
    if modal is None:
        total = np.bincount(code, weights=level[known], minlength=n_codes + 1)
        mean = (total + _SHRINKAGE * 0.5) / (counts + _SHRINKAGE)
        orders[0] = np.where(kept, mean, 0.5)
    if modal is not None and n_orders > 1:
        orders[1] = _modal_order(code, modal[known], counts, n_codes)
        orders[1][~kept] = -1.0
    return [Predictor(source, "category", order) for order in orders]


def _directions(deviations: FloatArray, counts: IntArray, n_orders: int) -> FloatArray:
    """Scores of shape (n_orders, n_categories) along the main directions; sums are made in one order on any machine."""
    weighted = deviations * counts
    spread = np.array([[float((row * other).sum()) for other in deviations] for row in weighted])
    _, vectors = np.linalg.eigh((spread + spread.T) / 2)
    chosen = vectors[:, ::-1][:, :n_orders]
    out = np.zeros((n_orders, deviations.shape[1]))
    for place in range(min(n_orders, chosen.shape[1])):
        for weight, row in zip(chosen[:, place], deviations, strict=True):
            out[place] += weight * row
    return np.round(out, 9)


def _modal_order(code: IntArray, modal: IntArray, counts: IntArray, n_codes: int) -> FloatArray:
    """Of each category: the target's category that most of its rows hold, then how many of them do."""
    n_modal = int(modal.max()) + 1 if modal.size else 1
    cells, rows = np.unique(code * n_modal + modal, return_counts=True)
    order = np.lexsort((cells, -rows, cells // n_modal))
    owner = cells[order] // n_modal
    first = order[np.concatenate([[True], owner[1:] != owner[:-1]])] if order.size else order
    out = np.full(n_codes + 1, -1.0)
    who = cells[first] // n_modal
    out[who] = cells[first] % n_modal + 0.5 * (1 - rows[first] / counts[who])
    return out
