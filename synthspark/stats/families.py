"""What happens inside the families of one relationship: likeness of siblings, and their order in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.stats.dependence import correlation

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_PAIRS = 20  # of siblings; fewer say nothing of their likeness


@dataclass(frozen=True)
class Families:
    """Rows sorted by family and, within one, by time.

    `rows` are places in the child's sample, `family` the number of each one's family, ascending; `follows` marks the
    rows whose predecessor is a sibling. `time` is NaN where unknown (such rows stand last), empty without a time.
    """

    rows: IntArray
    family: IntArray
    time: FloatArray

    @classmethod
    def of(cls, rows: IntArray, family: IntArray, time: FloatArray | None) -> Families:
        """Families of these rows, in the order of `time` where there is one."""
        # NaN sorts last.
        order = np.lexsort((np.zeros(rows.size) if time is None else time, family))
        return cls(rows[order], family[order], np.empty(0) if time is None else time[order])

    @property
    def follows(self) -> BoolArray:
        same = np.zeros(self.rows.size, dtype=np.bool_)
        same[1:] = self.family[1:] == self.family[:-1]
        return same

    @property
    def first(self) -> IntArray:
        """Where each family starts."""
        return np.flatnonzero(~self.follows)

    def steps(self, values: FloatArray) -> FloatArray:
        """Change from each sibling to the next one; `values` in the order of `rows`, NaN where one is missing."""
        changed: FloatArray = np.diff(values)[self.follows[1:]]
        return changed

    def spans(self) -> FloatArray:
        """Time between the first and the last sibling of each family with two or more."""
        known = ~np.isnan(self.time)
        starts, ends = np.full(self.first.size, np.inf), np.full(self.first.size, -np.inf)
        number = np.cumsum(~self.follows) - 1
        np.minimum.at(starts, number[known], self.time[known])
        np.maximum.at(ends, number[known], self.time[known])
        several = np.bincount(number[known], minlength=self.first.size) > 1
        lengths: FloatArray = ends[several] - starts[several]
        return lengths

    def take(self, chosen: BoolArray) -> Families:
        """The rows for which `chosen` holds; whole families, or their order changes."""
        return Families(self.rows[chosen], self.family[chosen], self.time[chosen] if self.time.size else self.time)


def likeness_of_numbers(values: FloatArray, family: IntArray) -> float | None:
    """Intra-class correlation: the share of the variance that lies between families; None in too few siblings.

    ``1 - within / total`` with the mean squared deviation from the family's mean over ``n - n_families`` degrees of
    freedom; negative where siblings differ more than strangers, at least -1.

    References
    ----------
    Shrout & Fleiss (1979), "Intraclass correlations: uses in assessing rater reliability", case 1.
    """
    present = ~np.isnan(values)
    values, group = values[present], np.unique(family[present], return_inverse=True)[1]
    if not values.size:
        return None
    several = np.bincount(group)[group] > 1
    if several.sum() < FEWEST_PAIRS:
        return None
    values, group = values[several], np.unique(group[several], return_inverse=True)[1]
    values = values - values.mean()
    sizes = np.bincount(group)
    means = np.bincount(group, weights=values) / sizes
    total = float((values * values).mean())
    if total <= 0.0:
        return None
    within = float(((values - means[group]) ** 2).sum()) / max(1, values.size - sizes.size)
    return float(np.clip(1.0 - within / total, -1.0, 1.0))


def likeness_of_categories(codes: FloatArray, family: IntArray) -> float | None:
    """Chance that two siblings share a category, beyond that of two strangers: Cohen's kappa; None in too few pairs."""
    present = ~np.isnan(codes)
    code, group = codes[present].astype(np.int64), np.unique(family[present], return_inverse=True)[1]
    if not code.size:
        return None
    sizes = np.bincount(group)
    pairs = float((sizes * (sizes - 1.0)).sum())
    if pairs / 2 < FEWEST_PAIRS:
        return None
    cells = np.unique(group * (code.max() + 1) + code, return_counts=True)[1]
    shared = float((cells * (cells - 1.0)).sum()) / pairs
    weight = np.bincount(code, weights=sizes[group] - 1.0) / pairs  # how often each category stands in a pair
    chance = float((weight**2).sum())
    return float(np.clip((shared - chance) / (1.0 - chance), -1.0, 1.0)) if chance < 1.0 else None


def transition_counts(codes: IntArray, size: int, families: Families) -> IntArray:
    """How often each category follows another among siblings, shape (size, size); negative codes are left out."""
    follows = families.follows[1:]
    before, after = codes[:-1][follows], codes[1:][follows]
    known = (before >= 0) & (after >= 0)
    counted = np.bincount(before[known] * size + after[known], minlength=size * size)
    return counted.reshape(size, size)


def autocorrelation(values: FloatArray, families: Families) -> float | None:
    """Correlation of each sibling with the next one in time; None in too few pairs or without variation."""
    follows = families.follows[1:]
    before, after = values[:-1][follows], values[1:][follows]
    if (~(np.isnan(before) | np.isnan(after))).sum() < FEWEST_PAIRS:
        return None
    return correlation(before, after)
