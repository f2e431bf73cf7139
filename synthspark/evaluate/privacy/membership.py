"""How well somebody who holds a person's record and the copy can tell that the person was in the source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from synthspark.evaluate.privacy.closeness import Placed
from synthspark.evaluate.privacy.views import FEWEST_ROWS
from synthspark.seeds import generator_for
from synthspark.stats.detection import area_under_curve, fit_classifier
from synthspark.stats.intervals import PROOF, area_error, excess_bound
from synthspark.stats.nearest import Points, nearest

FloatArray = npt.NDArray[np.float64]

_FLOOR = 0.01  # of the usual distance, added to all, so that rows that repeat by nature do not divide by nothing
_FEWEST_PEOPLE = 30  # on either side
FALSE_ALARMS = 0.01  # rate at which a careful attacker accuses people who were not there (Carlini et al. 2022)


@dataclass(frozen=True)
class Membership:
    """How well members are told from others; the area is one half for a copy that tells nothing."""

    area: float
    error: float
    caught: float  # share of members told at `FALSE_ALARMS` false accusations
    caught_low: float  # proven lower bound of the share beyond the false accusations
    n_members: int
    n_others: int


def by_distance(placed: Placed) -> Membership | str:
    """Attack that takes those for members who stand nearest to a synthetic row, for how near other people stand.

    The distance to the nearest synthetic row is divided by that to the nearest other person who was fitted: in dense
    regions everybody is near.

    References
    ----------
    Hilprecht, Härterich & Bernau (2019), "Monte Carlo and reconstruction membership inference attacks against
    generative models"; van Breugel et al. (2023), "Membership inference attacks against synthetic data through
    overfitting detection", for the calibration by density.
    """
    if placed.holdout is None or placed.holdout.n_rows < FEWEST_ROWS:
        return "no hold-out, or too small a one"
    if _few(placed):
        return _few(placed)
    people = np.unique(np.concatenate([placed.people, placed.held]), return_inverse=True)[1].astype(np.int64)
    members, others = people[: placed.people.size], people[placed.people.size :]
    sides = [(placed.real, members), (placed.holdout, others)]
    near = [nearest(rows, placed.synthetic, 1)[0][:, 0] for rows, _ in sides]
    usual = [nearest(rows, placed.real, 1, (group, members))[0][:, 0] for rows, group in sides]
    together = np.concatenate(usual)
    floor = (
        max(1e-9, _FLOOR * float(np.median(together[np.isfinite(together)]))) if np.isfinite(together).any() else 1.0
    )
    # Where a person has no other to compare with, only the distance to the copy speaks.
    inside, outside = (
        (n + floor) / (np.where(np.isfinite(u), u, 1.0) + floor) for n, u in zip(near, usual, strict=True)
    )
    return _judged(-inside, -outside, placed)


def by_model(placed: Placed, categorical: npt.NDArray[np.bool_], seed: int, label: str) -> Membership | str:
    """Attack by a classifier that has learned synthetic rows from those of half the people held out.

    Members that a generator has learned by heart look more synthetic than people it has never seen. Each half of the
    hold-out is judged by the classifier that has not seen it, and so is each half of the members: a mean of both
    classifiers would be distributed otherwise than one of them, even where the copy tells nothing.

    References
    ----------
    van Breugel et al. (2023), "Membership inference attacks against synthetic data through overfitting detection":
    the density ratio of the copy and the population, here by a classifier.
    """
    if placed.holdout is None or placed.holdout.n_rows < 2 * FEWEST_ROWS:
        return f"fewer than {2 * FEWEST_ROWS} rows held out"
    if _few(placed):
        return _few(placed)
    generator = generator_for(seed, label, "membership")
    half, first = _halved(placed.held, generator), _halved(placed.people, generator)
    if min(half.sum(), (~half).sum()) < FEWEST_ROWS // 2:
        return "too few people held out"
    n_numbers = placed.real.numbers.shape[1]
    flags = np.arange(n_numbers + placed.real.codes.shape[1]) >= n_numbers
    inside, outside = np.zeros(placed.real.n_rows), np.zeros(placed.holdout.n_rows)
    for part, members in ((half, first), (~half, ~first)):
        known = placed.holdout.take(np.flatnonzero(part))
        drawn = placed.synthetic.take(generator.permutation(placed.synthetic.n_rows)[: 4 * known.n_rows])
        judge = fit_classifier(_matrix(known), _matrix(drawn), flags, seed)
        inside[~members] = judge(_matrix(placed.real.take(np.flatnonzero(~members))))
        outside[~part] = judge(_matrix(placed.holdout.take(np.flatnonzero(~part))))
    return _judged(inside, outside, placed)


def _halved(people: npt.NDArray[np.uint64], generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which rows belong to one half of the people."""
    person = np.unique(people, return_inverse=True)[1]
    first: npt.NDArray[np.bool_] = generator.permutation(int(person.max()) + 1)[person] % 2 == 0
    return first


def _few(placed: Placed) -> str:
    fewest = min(np.unique(placed.people).size, np.unique(placed.held).size)
    return f"{fewest} people; at least {_FEWEST_PEOPLE} on each side are needed" if fewest < _FEWEST_PEOPLE else ""


def _matrix(points: Points) -> FloatArray:
    return np.concatenate([points.numbers, np.maximum(points.codes, 0.0)], axis=1)


def _judged(inside: FloatArray, outside: FloatArray, placed: Placed) -> Membership:
    """Members told from others, a person by the mean rank of its rows: the rows of one are no independent tries."""
    ranks = rankdata(np.concatenate([outside, inside]))
    others, members = _by_person(ranks[: outside.size], placed.held), _by_person(ranks[outside.size :], placed.people)
    n_members, n_others = members.size, others.size
    area = area_under_curve(np.concatenate([others, members]), np.repeat([0, 1], [n_others, n_members]))
    bar = np.quantile(others, 1.0 - FALSE_ALARMS, method="higher")
    caught, false = float((members > bar).mean()), float((others > bar).mean())
    low = excess_bound(caught * n_members, n_members, max(false, FALSE_ALARMS) * n_others, n_others, PROOF)
    return Membership(area, area_error(area, n_members, n_others), caught, low, n_members, n_others)


def _by_person(values: FloatArray, people: npt.NDArray[np.uint64]) -> FloatArray:
    person = np.unique(people, return_inverse=True)[1]
    means: FloatArray = np.bincount(person, weights=values) / np.bincount(person)
    return means
