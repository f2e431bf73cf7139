"""Which parent a linked child points to: a learned Lorenz curve of children per parent, without a join."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthspark.errors import ModelError
from synthspark.seeds import mix, permuted, uniforms
from synthspark.stats.frame import FloatArray
from synthspark.stats.quantiles import level_extremes

IntArray = npt.NDArray[np.int64]

MAXIMUM_KNOTS = 1_024  # counts beyond this many distinct ones are joined with their neighbours
_GOLDEN_SECTION = 0.6180339887498949  # whose multiples keep furthest apart from each other
_MAXIMUM_WALK = 2**31  # above, a product of index and stride leaves 63 bits
_K = 5  # the privacy default: parents with most children enter with their mean


@dataclass(frozen=True, eq=False)
class Popularity:
    """Lorenz curve of children per parent, the most popular parents first.

    The share `share` of all children belongs to the share `parents` of all parents, linear between the knots: within
    a knot interval every parent has as many children. Childless parents lie beyond the last knot of share 1.

    References
    ----------
    Lorenz (1905), "Methods of measuring the concentration of wealth".
    """

    share: FloatArray
    parents: FloatArray

    def share_of(self, u: FloatArray) -> FloatArray:
        """Share q of parents, most popular first, that holds the share u of the children, shape (n,), in [0, 1]."""
        out: FloatArray = np.interp(u, self.share, self.parents)
        return out

    def held_by(self, q: FloatArray) -> FloatArray:
        """Share of the children that belongs to the most popular share q of parents; the inverse of `share_of`."""
        out: FloatArray = np.interp(q, self.parents, self.share)
        return out

    def choose(
        self, stream: int, child_index: IntArray, n_children: int, n_parents: int, *, ranked: IntArray | None = None
    ) -> IntArray:
        """Parent index of each child, shape (n,); -1 when there is no parent or none that has children.

        Children are spread evenly over the curve, hence each parent gets the number of children that its place on
        the curve asks for, rounded, and childless parents stay childless. Costs nothing per parent. `ranked` has the
        parents in the order of their popularity; without it, which ones are popular is left to chance.
        """
        child_index = np.asarray(child_index, dtype=np.int64)
        if n_parents < 1 or self.parents[-1] <= 0 or not child_index.size:
            return np.full(child_index.shape, -1)
        u = (permuted(_derived(stream, 1), child_index, n_children) + 0.5) / n_children
        return self._parent_at(stream, self._rank(u, n_parents), n_parents, ranked)

    def choose_distinct(
        self,
        stream: int,
        owner: IntArray,
        position: IntArray,
        count: IntArray,
        n_parents: int,
        *,
        child_index: IntArray | None = None,
        n_children: int = 0,
        ranked: IntArray | None = None,
    ) -> IntArray:
        """Parent index of each row of a link table, shape (n,), distinct for the rows of one owner where possible.

        Row i is the `position[i]`-th (from 0) of the `count[i]` rows of `owner[i]`. With the row's own index among
        all `n_children` rows of the table, which must be consecutive within an owner, rows walk over the evenly
        spread children in golden steps, so that every parent gets its number of children as in `choose`. Where
        these steps are too small for an owner's number of rows, and without indices: systematic sampling, in equal
        steps from a random start, parents wider than a step taken once each, which keeps popularity on average.
        An owner with more rows than there are parents with children takes childless ones too; beyond `n_parents`
        rows, -1.

        Parameters
        ----------
        stream : int
        owner, position, count : ndarray of int64, shape (n,)
        n_parents : int
        child_index : ndarray of int64, shape (n,), optional
        n_children : int, optional

        References
        ----------
        Madow (1949), "On the theory of systematic sampling, II"; Sós (1958), the three-gap theorem, for the steps.
        """
        owner, position, count = (np.asarray(part, dtype=np.int64) for part in (owner, position, count))
        if n_parents < 1 or self.parents[-1] <= 0:
            return np.full(owner.shape, -1)
        sizes, place = np.unique(count, return_inverse=True)
        rank = self._systematic(stream, owner, position, count, n_parents)
        if child_index is not None and 0 < n_children < _MAXIMUM_WALK:
            walks = np.array([self._steps_are_wide(int(size), n_children, n_parents) for size in sizes], dtype=bool)
            walked = (np.asarray(child_index, dtype=np.int64) * golden_stride(n_children)) % n_children
            rank = np.where(walks[place], self._rank((walked + 0.5) / n_children, n_parents), rank)
        rank = np.where(count >= max(round(self.parents[-1] * n_parents), 1), position, rank)
        chosen = self._parent_at(stream, np.minimum(rank, n_parents - 1), n_parents, ranked)
        return np.where(position < n_parents, chosen, -1)

    def _systematic(
        self, stream: int, owner: IntArray, position: IntArray, count: IntArray, n_parents: int
    ) -> IntArray:
        """Rank of the parent of each link: the sure ones first, the others in equal steps over what is left."""
        sizes, place = np.unique(count, return_inverse=True)
        sure = np.array([self._sure(int(size), n_parents) for size in sizes], dtype=np.int64)[place]
        mass = self.held_by(sure / n_parents)
        start = uniforms(_derived(stream, 2), owner)
        along = np.clip((position - sure + start) / np.maximum(count - sure, 1), 0.0, 1.0 - 1e-12)
        rank = np.maximum(self._rank(mass + (1 - mass) * along, n_parents), sure)
        return np.where(position < sure, position, rank)

    def _steps_are_wide(self, size: int, n_children: int, n_parents: int) -> bool:
        """Whether any two of `size` consecutive golden steps lie further apart than the widest parent."""
        step = (np.arange(1, size) * golden_stride(n_children)) % n_children
        nearest = np.minimum(step, n_children - step).min(initial=n_children) / n_children
        widest = self.share[1] / max(self.parents[1] * n_parents, 1.0)
        return bool(nearest > widest * (1 + 1e-9))

    def _rank(self, u: FloatArray, n_parents: int) -> IntArray:
        rank = np.floor(self.share_of(u) * n_parents * (1 + 1e-12)).astype(np.int64)
        return np.minimum(rank, n_parents - 1)

    def _parent_at(self, stream: int, rank: IntArray, n_parents: int, ranked: IntArray | None) -> IntArray:
        return permuted(_derived(stream, 3), rank, n_parents) if ranked is None else ranked[rank]

    def _sure(self, size: int, n_parents: int) -> int:
        """How many of the most popular parents every owner with `size` rows links to.

        A parent is sure while its share of the children left reaches one step of the links left.
        """
        first = np.ceil(self.parents[:-1] * n_parents - 1e-9)
        width = np.diff(self.share) / np.maximum(np.diff(self.parents) * n_parents, 1e-300)
        left = 1 - self.share[:-1]
        sure = (width > 0) & ((size - first) * width >= left * (1 + 1e-9)) & (first < size)
        n_sure = int(np.argmin(np.append(sure, False)))
        return int(min(np.floor(self.parents[n_sure] * n_parents + 1e-9), size))

    def to_parts(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
        return {"kind": "popularity"}, {"share": self.share, "parents": self.parents}

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Popularity:
        """The curve that `to_parts` described."""
        if document.get("kind") != "popularity":
            raise ModelError(f"model part of kind {document.get('kind')!r}; expected popularity; run fit again")
        return cls(arrays["share"], arrays["parents"])


def fit_popularity(histogram: Mapping[int, int], *, k: int = _K) -> Popularity:
    """Lorenz curve of a histogram {number of children: number of parents}, zero included.

    The k parents with most children enter with their mean. Without children every parent is childless.

    Raises
    ------
    ModelError
        If a number of children or of parents is negative.
    """
    items = sorted((int(count), int(number)) for count, number in histogram.items() if number)
    if any(count < 0 or number < 0 for count, number in items):
        raise ModelError("popularity: negative numbers in the histogram; expected {children: parents}, both at least 0")
    items = _level(items, k)
    counts = np.array([count for count, _ in reversed(items)], dtype=np.float64)
    numbers = np.array([number for _, number in reversed(items)], dtype=np.float64)
    children = np.cumsum(counts * numbers)
    if counts.size == 0 or children[-1] == 0:
        return Popularity(np.zeros(1), np.zeros(1))
    filled = counts > 0
    share = np.concatenate([[0.0], (children / children[-1])[filled]])
    parents = np.concatenate([[0.0], (np.cumsum(numbers) / numbers.sum())[filled]])
    share[-1] = 1.0
    kept = _bounded(share, parents)
    return Popularity(share[kept], parents[kept])


def _level(items: list[tuple[int, int]], k: int) -> list[tuple[int, int]]:
    """The histogram with the k largest counts replaced by their mean, rounded so that the total stays."""
    top: list[int] = []
    rest = list(items)
    while rest and len(top) < k:
        count, number = rest.pop()
        taken = min(number, k - len(top))
        top += [count] * taken
        if number > taken:
            rest.append((count, number - taken))
    merged: dict[int, int] = dict(rest)
    for count in level_extremes(np.array(top), k).astype(np.int64).tolist():
        merged[count] = merged.get(count, 0) + 1
    return sorted(merged.items())


def _bounded(share: FloatArray, parents: FloatArray) -> npt.NDArray[np.intp]:
    """Knots kept: all when they are few, else those of the commonest counts and evenly many along both axes."""
    if share.size <= MAXIMUM_KNOTS:
        return np.arange(share.size)
    part = MAXIMUM_KNOTS // 4
    even = np.linspace(0.0, 1.0, part)
    common = np.argsort(-np.diff(parents), kind="stable")[:part]
    places = [np.searchsorted(share, even), np.searchsorted(parents, even * parents[-1]), common, common + 1]
    return np.unique(np.clip(np.concatenate(places), 0, share.size - 1))


def golden_stride(size: int) -> int:
    """The whole number nearest to the golden section of `size` from above that shares no factor with it."""
    stride = max(round(size * _GOLDEN_SECTION), 1)
    while math.gcd(stride, size) > 1:
        stride += 1
    return stride


def _derived(stream: int, purpose: int) -> int:
    """A further key of the same owner."""
    return int(mix(np.array([stream], dtype=np.uint64) ^ mix(np.array([purpose], dtype=np.uint64)))[0])
