"""What the children of one parent have in common: shrunken means and spreads that differ between parents beyond chance.

A trait is a number that every child has: the normal score of a number, whether it has a certain category, whether it
is null. One-way analysis of variance over the parents tells traits that siblings share from those they do not; the
shared ones become factors, numbers of the parent from which its children can be drawn alike.

Sums are kept in whole numbers, so that they do not depend on the order or the partitions of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from synthspark.stats.frame import FloatArray, Frame

IntArray = npt.NDArray[np.int64]

UNIT = 1024.0  # a trait is counted in steps of 1/1024
_KNOTS = 129
_FURTHEST = 3.5  # normal scores beyond are cut
_MOST_LEVELS = 6  # categories of one column that become traits, the most frequent first
_LEAST_SHARE = 0.01  # of a category, and of nulls, that becomes a trait
_LEAST_ICC = 0.02  # share of the variance that lies between parents
_LEAST_Z = 4.0  # standard errors by which the mean squares between parents exceed those within
_ALIKE = 0.97  # correlation of two factors of which one is dropped
MOST_FACTORS = 10


@dataclass(frozen=True, eq=False)
class Trait:
    """A number of every child row.

    Attributes
    ----------
    column : str
    kind : str
        ``level``: the normal score of a number. ``share``: 1 for the category with code `code`. ``null``: 1 for null.
    x, z : ndarray of shape (n_knots,)
        Of a ``level``: values and their normal scores, both rising.
    """

    column: str
    kind: str
    code: int = 0
    x: FloatArray = None  # type: ignore[assignment]
    z: FloatArray = None  # type: ignore[assignment]

    def of(self, values: FloatArray) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """The trait in steps of 1 / UNIT, shape (n,), and where it is known."""
        missing = np.isnan(values)
        if self.kind == "null":
            return np.where(missing, int(UNIT), 0).astype(np.int64), np.ones(values.shape, dtype=bool)
        if self.kind == "share":
            return np.where(values == self.code, int(UNIT), 0).astype(np.int64), ~missing
        scores = np.interp(np.where(missing, self.x[0], values), self.x, self.z)
        return np.rint(scores * UNIT).astype(np.int64), ~missing


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of traits over the children of each parent; all arrays of shape (n_traits, n_parents)."""

    count: IntArray
    total: IntArray
    squares: IntArray


@dataclass(frozen=True, eq=False)
class Factor:
    """A trait that siblings share.

    Attributes
    ----------
    spread : bool
        The factor is the spread of the trait within a parent, not its mean.
    mean, within, between : float
        Of the trait: grand mean, variance within parents, variance of the parents' own means. Of a spread: mean and
        prior weight (in degrees of freedom) of the variance within parents, and 0.
    """

    trait: Trait
    spread: bool
    mean: float
    within: float
    between: float

    @property
    def same(self) -> bool:
        """Whether the children of one parent all have the same number, as far as scores tell numbers apart."""
        return self.numeric and self.within == 0

    @property
    def numeric(self) -> bool:
        """Whether the factor is a value of the child's column, in its own units."""
        return self.trait.kind == "level" and not self.spread

    def of(self, count: IntArray, total: IntArray, squares: IntArray) -> FloatArray:
        """The factor of each parent from its sums, shape (n_parents,); NaN without children.

        References
        ----------
        Robinson (1991), "That BLUP is a good thing: the estimation of random effects".
        """
        n = count.astype(np.float64)
        some = np.maximum(n, 1.0)
        mean = total / UNIT / some
        if self.spread:
            inside = np.maximum(squares / UNIT**2 - some * mean**2, 0.0)
            variance = (inside + self.within * self.mean) / (np.maximum(n - 1, 0.0) + self.within)
            value = 0.5 * np.log(np.maximum(variance, 1e-6))
        else:
            weight = n * self.between / (n * self.between + self.within) if self.within > 0 else np.ones_like(n)
            value = self.mean + weight * (mean - self.mean)
            if self.numeric:
                value = np.interp(value, self.trait.z, self.trait.x)
        return np.where(count > 0, value, np.nan)


def find_traits(rows: Frame) -> list[Trait]:
    """Traits of the columns of a child table, from all of its rows or a sample of them."""
    found: list[Trait] = []
    for name, domain, values in zip(rows.names, rows.domains, rows.matrix, strict=True):
        missing = np.isnan(values)
        share = float(missing.mean()) if values.size else 0.0
        if _LEAST_SHARE <= share <= 1 - _LEAST_SHARE:
            found.append(Trait(name, "null"))
        present = values[~missing]
        if not present.size:
            continue
        if domain.kind == "number":
            trait = _level(name, present)
            found += [trait] if trait is not None else []
            continue
        codes, counts = np.unique(present, return_counts=True)
        shares = counts / present.size
        order = np.lexsort((codes, -counts))
        order = order[(shares[order] >= _LEAST_SHARE) & (shares[order] <= 1 - _LEAST_SHARE)][:_MOST_LEVELS]
        order = order[:1] if codes.size == 2 else order  # the other one says the same
        found += [Trait(name, "share", int(codes[place])) for place in order]
    return found


def _level(name: str, present: FloatArray) -> Trait | None:
    values, counts = np.unique(present, return_counts=True)
    if values.size < 2:
        return None
    middle = (np.cumsum(counts) - counts / 2) / present.size
    if values.size > _KNOTS:
        place = np.unique(np.searchsorted(middle, np.linspace(middle[0], middle[-1], _KNOTS)))
        values, middle = values[place], middle[place]
    return Trait(name, "level", 0, values, np.clip(ndtri(middle), -_FURTHEST, _FURTHEST))


def sum_traits(traits: Sequence[Trait], rows: Frame, owner: IntArray, n_parents: int) -> Sums:
    """Sums over the rows of each parent; rows with a negative owner count nowhere."""
    shape = (len(traits), n_parents)
    sums = Sums(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64))
    for place, trait in enumerate(traits):
        values, known = trait.of(rows.column(trait.column))
        used = known & (owner >= 0)
        at, part = owner[used], values[used]
        np.add.at(sums.count[place], at, 1)
        np.add.at(sums.total[place], at, part)
        np.add.at(sums.squares[place], at, part * part)
    return sums


def shared_factors(traits: Sequence[Trait], sums: Sums) -> list[Factor]:
    """Factors that siblings share, the most telling first, at most `MOST_FACTORS`.

    A parent's only child tells nothing of siblings: traits of children that all have no siblings give no factor.
    """
    found: list[tuple[float, Factor]] = []
    for place, trait in enumerate(traits):
        one = sums.count[place], sums.total[place], sums.squares[place]
        found += _location(trait, *one)
        if trait.kind == "level":
            found += _spread(trait, *one)
    ordered = [factor for _, factor in sorted(found, key=lambda item: -item[0])]
    place_of = {id(trait): place for place, trait in enumerate(traits)}
    kept: list[Factor] = []
    values: list[FloatArray] = []
    for factor in ordered:
        place = place_of[id(factor.trait)]
        own = factor.of(sums.count[place], sums.total[place], sums.squares[place])
        if len(kept) < MOST_FACTORS and not any(_alike(own, other) for other in values):
            kept.append(factor)
            values.append(own)
    return kept


def one_of_each(values: FloatArray, owner: IntArray, n_parents: int) -> FloatArray:
    """The largest value of the children of each parent, shape (n_parents,); NaN where there is none."""
    found = np.full(n_parents, -np.inf)
    used = (owner >= 0) & ~np.isnan(values)
    np.maximum.at(found, owner[used], values[used])
    return np.where(np.isneginf(found), np.nan, found)


def factor_values(factors: Sequence[Factor], traits: Sequence[Trait], sums: Sums) -> FloatArray:
    """Factors of every parent, shape (n_factors, n_parents)."""
    place_of = {id(trait): place for place, trait in enumerate(traits)}
    rows = [
        factor.of(sums.count[place], sums.total[place], sums.squares[place])
        for factor in factors
        for place in [place_of[id(factor.trait)]]
    ]
    return np.array(rows).reshape(len(factors), sums.count.shape[1] if sums.count.ndim == 2 else 0)


def _alike(a: FloatArray, b: FloatArray) -> bool:
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < 3 or a[both].std() == 0 or b[both].std() == 0:
        return True
    return bool(abs(np.corrcoef(a[both], b[both])[0, 1]) > _ALIKE)


def _location(trait: Trait, count: IntArray, total: IntArray, squares: IntArray) -> list[tuple[float, Factor]]:
    """The trait's mean as a factor, if the parents differ in it, with how telling it is."""
    used = count > 0
    n, s, q = count[used].astype(np.float64), total[used] / UNIT, squares[used] / UNIT**2
    groups, rows = n.size, n.sum()
    if groups < 3 or rows - groups < 3:
        return []
    between_squares = float((s**2 / n).sum() - s.sum() ** 2 / rows)
    within = float(q.sum() - (s**2 / n).sum()) / (rows - groups)
    typical = (rows - (n**2).sum() / rows) / (groups - 1)
    between = (between_squares / (groups - 1) - within) / typical
    if between <= 0:
        return []
    icc = between / (between + within)
    error = np.sqrt(2.0 / (groups - 1) + 2.0 / (rows - groups))
    ratio = between_squares / (groups - 1) / max(within, 1e-12)
    if icc < _LEAST_ICC or ratio < 1 + _LEAST_Z * error:
        return []
    return [(icc, Factor(trait, False, float(s.sum() / rows), max(within, 0.0), float(between)))]


def _spread(trait: Trait, count: IntArray, total: IntArray, squares: IntArray) -> list[tuple[float, Factor]]:
    """The trait's spread within parents as a factor, if parents differ in it far beyond what normal children would."""
    used = count > 1
    n, s, q = count[used].astype(np.float64), total[used] / UNIT, squares[used] / UNIT**2
    if n.size < 20:
        return []
    inside = np.maximum(q - s**2 / n, 0.0)
    pooled = float(inside.sum() / (n - 1).sum())
    if pooled <= 0:
        return []
    relative = inside / (n - 1) / pooled
    excess = float(((n - 1) * (relative - 1) ** 2).sum() / (n - 1).sum() - 2.0 * n.size / (n - 1).sum())
    if excess < 2.0 * n.size / (n - 1).sum() or excess < 0.1:
        return []
    return [(min(excess, 1.0) / 2, Factor(trait, True, pooled, max(2.0 / excess, 0.5), 0.0))]
