"""Which features of its surroundings a table's rows depend on, measured column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import ndtri

from synthspark.stats.frame import Domain, FloatArray, Frame
from synthspark.stats.trees_order import closest
from synthspark.stats.trees_ratio import is_proportional

IntArray = npt.NDArray[np.int64]

_BINS = 10
_LEVELS = 4  # categories of a column whose shares are looked at
_ROWS = 20_000  # looked at
_ROWS_COMPARED = 8_000  # the same where features are compared with each other
_LOOKED_AT = 4_000  # in search of numbers close to each other
_STEP = 6  # features chosen at once
_PARTS = 64.0  # parts of a standard deviation in which targets are added up
_LEAST_Z = 4.0  # standard errors by which a feature's share of the variance exceeds that of chance


def relevance(surroundings: Frame, rows: Frame) -> FloatArray:
    """Largest share of the variance of any column of `rows` that each feature explains, shape (n_features,)."""
    return np.asarray(explained(surroundings, rows).max(axis=1, initial=0.0))


def explained(surroundings: Frame, rows: Frame) -> FloatArray:
    """Share of the variance of each target that each feature explains, shape (n_features, n_targets).

    Targets are what the columns of `rows` consist of: numbers as normal scores, frequent categories and nulls as
    indicators. The share is the correlation ratio over ten classes of the feature, nulls being one, what chance would
    explain taken off; 0 where the rest is within four standard errors of nothing.
    """
    surroundings, rows = _at_most(_ROWS, surroundings, rows)
    targets = _targets(rows) if rows.n_rows and rows.names else np.zeros((0, rows.n_rows))
    found = np.zeros((len(surroundings.names), len(targets)))
    for row, domain, values in zip(found, surroundings.domains, surroundings.matrix, strict=True):
        row[:] = _explained(_classes(values, domain), targets)
    return found


def most_telling(surroundings: Frame, rows: Frame, most: int) -> IntArray:
    """Places of at most so many features that together tell most of the rows, rising.

    The first half are those that explain most of each target by themselves; the others are chosen step by step, those
    that explain most of what is left open of each target, for many features say the same. To the targets of `explained`
    come the distances of numbers from others close to them, which may follow from what the numbers hardly show.

    References
    ----------
    Tropp and Gilbert (2007), "Signal recovery from random measurements via orthogonal matching pursuit"; here with
    classes in place of lines, and a step of several features.
    """
    surroundings, rows = _at_most(_ROWS_COMPARED, surroundings, rows)
    if not rows.n_rows or not rows.names or not surroundings.names:
        return np.empty(0, dtype=np.int64)
    left = _targets(_with_distances(surroundings, rows))
    classes = _Classes.of_frame(surroundings)
    alone = classes.shares(left)
    chosen = _in_turn(alone)[: most // 2].tolist()
    for place in chosen:
        _take_told(left, classes.of[place], alone[place])
    while len(chosen) < most:
        shares = classes.shares(left)
        shares[chosen] = 0.0
        leading = np.unique(shares.argmax(axis=0)[shares.max(axis=0, initial=0.0) > 0])
        step = leading[np.argsort(-shares[leading].max(axis=1, initial=0.0), kind="stable")]
        step = step[: min(_STEP, most - len(chosen))]
        if not step.size:
            break
        for place in step.tolist():
            _take_told(left, classes.of[place], shares[place])
        chosen += step.tolist()
    alone[chosen] = 0.0
    chosen += _in_turn(alone)[: most - len(chosen)].tolist()
    return np.sort(np.array(chosen, dtype=np.int64))


def _at_most(number: int, surroundings: Frame, rows: Frame) -> tuple[Frame, Frame]:
    """So many of the rows at most, evenly apart."""
    if rows.n_rows <= number:
        return surroundings, rows
    every = np.linspace(0, rows.n_rows - 1, number).astype(np.int64)
    return surroundings.take(every), rows.take(every)


def _in_turn(shares: FloatArray) -> IntArray:
    """Places of the features that explain something: of every target the best, then the second best, ...

    A target that any feature tells, such as a null where there is no parent, has no more say than any other.
    """
    place = np.argsort(np.argsort(-shares, axis=0, kind="stable"), axis=0, kind="stable")
    turn = np.where(shares > 0, place, shares.shape[0]).min(axis=1, initial=shares.shape[0])
    order = np.lexsort((-shares.max(axis=1, initial=0.0), turn))
    return np.asarray(order[turn[order] < shares.shape[0]], dtype=np.int64)


def _with_distances(surroundings: Frame, rows: Frame) -> Frame:
    """The rows with the distance of each number from the column, of theirs or around them, that it is closest to."""
    every = np.linspace(0, rows.n_rows - 1, min(rows.n_rows, _LOOKED_AT)).astype(np.int64)
    matrix = np.concatenate([rows.matrix, surroundings.matrix])
    domains = (*rows.domains, *surroundings.domains)
    looked = matrix[:, every]
    found = []
    for place, domain in enumerate(rows.domains):
        others = [(other, looked[other], kind) for other, kind in enumerate(domains) if other != place]
        source = closest(looked[place], domain, others)
        if source is not None and (source, place) not in found:
            found.append((place, source))
    names = tuple(f"{rows.names[place]} from {source}" for place, source in found)
    distances = np.array([_distance(matrix[place], matrix[source]) for place, source in found])
    distances = distances.reshape(len(found), rows.n_rows)
    kinds = tuple(Domain("number", "double") for _ in found)
    return Frame((*rows.names, *names), (*rows.domains, *kinds), np.concatenate([rows.matrix, distances]))


def _distance(values: FloatArray, other: FloatArray) -> FloatArray:
    """What trees draw for a number close to another one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return values / other if is_proportional(values, other) else values - other


@dataclass(frozen=True, eq=False)
class _Classes:
    """Classes of every feature, those of one after those of the other.

    Attributes
    ----------
    of : ndarray of int64, shape (n_features, n_rows)
        Class of each row, from 0.
    first, sizes : ndarray of int64
        Place of the first class of each feature, and rows of each class.
    members : sparse array of shape (n_classes, n_rows)
        1 for each row of a class.
    """

    of: IntArray
    first: IntArray
    sizes: IntArray
    members: csr_array

    @classmethod
    def of_frame(cls, features: Frame) -> _Classes:
        pairs = zip(features.matrix, features.domains, strict=True)
        of = np.array([np.unique(_classes(v, domain), return_inverse=True)[1] for v, domain in pairs], dtype=np.int64)
        n_features, n_rows = of.shape
        numbers = of.max(axis=1) + 1
        first = np.cumsum(numbers) - numbers
        rows = np.tile(np.arange(n_rows), n_features)
        places = (of + first[:, None]).ravel()
        members = csr_array((np.ones(places.size), (places, rows)), shape=(int(numbers.sum()), n_rows))
        return cls(of, first, np.bincount(places), members)

    def shares(self, targets: FloatArray) -> FloatArray:
        """As `explained`, of the variance that the targets had at first."""
        n_rows, groups = targets.shape[1], np.diff(np.append(self.first, self.sizes.size))[:, None]
        whole = np.rint(targets * _PARTS)  # sums of whole numbers are exact, in whatever order
        left = np.maximum((targets**2).mean(axis=1), 1e-12)
        sums = np.asarray(self.members @ np.ascontiguousarray(whole.T)) / _PARTS
        share = np.add.reduceat(sums**2 / self.sizes[:, None], self.first, axis=0) / n_rows / left
        chance, error = (groups - 1) / max(n_rows - 1, 1), np.sqrt(2.0 * (groups - 1)) / n_rows
        tells = (groups > 1) & (n_rows > groups + 2) & (share > chance + _LEAST_Z * error)
        return np.asarray(np.where(tells, (share - chance) * left, 0.0))


def _take_told(left: FloatArray, classes: IntArray, shares: FloatArray) -> None:
    """Take off the targets of which a feature explains something the mean that they have in each of its classes."""
    sizes = np.bincount(classes)
    for place in np.flatnonzero(shares > 0).tolist():
        left[place] -= (np.bincount(classes, weights=left[place]) / sizes)[classes]


def _targets(rows: Frame) -> FloatArray:
    """Standardised numbers of every row, shape (n_targets, n_rows)."""
    found: list[FloatArray] = []
    for domain, values in zip(rows.domains, rows.matrix, strict=True):
        missing = np.isnan(values)
        found.append(missing.astype(np.float64))
        if domain.kind == "number":
            found.append(_scores(values, missing))
        else:
            codes, counts = np.unique(values[~missing], return_counts=True)
            leading = codes[np.lexsort((codes, -counts))][:_LEVELS]
            found += [(values == code).astype(np.float64) for code in leading]
    stacked = np.array(found).reshape(len(found), rows.n_rows)
    spread = stacked.std(axis=1) if rows.n_rows else np.zeros(len(found))
    kept = spread > 1e-9
    return np.asarray((stacked[kept] - stacked[kept].mean(axis=1, keepdims=True)) / spread[kept, None])


def _scores(values: FloatArray, missing: npt.NDArray[np.bool_]) -> FloatArray:
    scores = np.zeros(values.shape)
    known, place, counts = np.unique(values[~missing], return_inverse=True, return_counts=True)
    if known.size:
        scores[~missing] = ndtri((np.cumsum(counts) - counts / 2) / counts.sum())[place]
    return scores


def _classes(values: FloatArray, domain: Domain) -> IntArray:
    missing = np.isnan(values)
    classes = np.zeros(values.size, dtype=np.int64)
    if domain.kind == "number":
        present = values[~missing]
        if present.size:
            edges = np.unique(np.quantile(present, np.linspace(0, 1, _BINS + 1)[1:-1]))
            classes[~missing] = 1 + np.searchsorted(edges, present, side="left")
    else:
        codes, counts = np.unique(values[~missing], return_counts=True)
        leading = np.sort(codes[np.lexsort((codes, -counts))][: 2 * _BINS])
        if leading.size:
            place = np.minimum(np.searchsorted(leading, values[~missing]), leading.size - 1)
            hit = leading[place] == values[~missing]
            classes[~missing] = np.where(hit, 1 + place, leading.size + 1)
    return classes


def _explained(classes: IntArray, targets: FloatArray) -> FloatArray:
    """Share of each target, shape (n_targets,)."""
    _, classes = np.unique(classes, return_inverse=True)
    sizes = np.bincount(classes)
    n, groups = classes.size, sizes.size
    found = np.zeros(len(targets))
    if groups < 2 or n <= groups + 2:
        return found
    chance = (groups - 1) / (n - 1)
    error = np.sqrt(2.0 * (groups - 1)) / n
    for place, row in enumerate(targets):
        sums = np.bincount(classes, weights=row, minlength=groups)
        share = float((sums**2 / sizes).sum()) / n
        if share > chance + _LEAST_Z * error:
            found[place] = share - chance
    return found
