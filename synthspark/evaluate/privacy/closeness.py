"""How much nearer synthetic rows are to fitted rows than to those of other people, and slightly changed copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.evaluate.privacy.copies import Copies, copies_of
from synthspark.evaluate.privacy.views import FEWEST_ROWS, View
from synthspark.seeds import generator_for
from synthspark.stats.close_copies import CloseCopies, close_ratios, count_close, is_rounded
from synthspark.stats.nearest import Points, Space, nearer_share, nearest, nearest_ties

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
WordArray = npt.NDArray[np.uint64]

_MOST_DRAWS = 5  # samples of the fitted rows that are as large as the hold-out
NEAR = 0.2  # a row is a near copy if its nearest real row is this many times nearer than the second nearest


@dataclass(frozen=True)
class Placed:
    """The rows of a view as points, at most a set number of each side, and the people they belong to."""

    real: Points
    synthetic: Points
    holdout: Points | None
    people: WordArray  # of the real rows
    held: WordArray  # of the rows held out
    made: WordArray  # of the synthetic rows


def place(view: View, n_rows: int) -> Placed:
    """Points of the first `n_rows` rows of each side: they stand in hash order."""
    real, synthetic = view.real.matrix[:, :n_rows], view.synthetic.matrix[:, :n_rows]
    space = Space.of(real, view.categorical)
    holdout = None if view.holdout is None else space.place(view.holdout.matrix[:, :n_rows])
    held = np.empty(0, dtype=np.uint64) if view.holdout is None else view.holdout.people[:n_rows]
    people = view.real.people[:n_rows], held, view.synthetic.people[:n_rows]
    return Placed(space.place(real), space.place(synthetic), holdout, *people)


@dataclass(frozen=True)
class Closeness:
    """Distances to the closest record against a hold-out; one half means that fitting brought nothing nearer."""

    share: float  # of synthetic rows that are nearer to the fitted rows than to as many rows held out
    error: float
    lost: float  # share of the held-out rows' own neighbours that fitted rows took away; 1 for a full copy
    lost_error: float
    ratio: float  # median of nearest over second nearest distance, synthetic to fitted
    ratio_holdout: float  # the same of held-out rows
    n_rows: int


def measure_closeness(placed: Placed, seed: int, label: str) -> Closeness | str:
    """Share of synthetic rows nearer to fitted rows, or the reason why there is none.

    References
    ----------
    Platzer & Reutterer (2021), "Holdout-based empirical assessment of mixed-type synthetic data".
    """
    if placed.holdout is None:
        return "no hold-out: set privacy.holdout, or name one with --holdout"
    n_held = min(placed.holdout.n_rows, placed.real.n_rows)
    if n_held < FEWEST_ROWS:
        return f"{n_held} rows held out; at least {FEWEST_ROWS} are needed"
    held = placed.holdout.take(np.arange(n_held))
    to_held = nearest(placed.synthetic, held, 1)[0][:, 0]
    order = generator_for(seed, label, "closeness").permutation(placed.real.n_rows)
    n_draws = int(np.clip(placed.real.n_rows // n_held, 1, _MOST_DRAWS))
    shares = []
    for draw in range(n_draws):
        chosen = placed.real.take(order[draw * n_held : (draw + 1) * n_held])
        shares.append(nearer_share(nearest(placed.synthetic, chosen, 1)[0][:, 0], to_held))
    # Which rows happen to be held out moves the share as much as which fitted rows are drawn.
    people = max(2, np.unique(placed.held).size)
    spread = float(np.std(shares, ddof=1)) if n_draws > 2 else 0.0
    error = float(np.sqrt(spread**2 * (1.0 + 1.0 / n_draws) + 0.25 / people + 0.25 / placed.synthetic.n_rows))
    ratios = [close_ratios(side, placed.real) for side in (placed.synthetic, placed.holdout)]
    lost, lost_error = _lost(placed)
    return Closeness(float(np.mean(shares)), error, lost, lost_error, _median(ratios[0]), _median(ratios[1]), n_held)


def _lost(placed: Placed) -> tuple[float, float]:
    """By how much synthetic rows fall short of the number that should be nearest to a held-out row, with its error.

    Were fitted and held-out rows alike to the copy, each row of both would be the nearest one of equally many. The
    error is that of drawing the people held out from all of them, whole: rows of one person lie close together, and so
    may those that were made like her.

    References
    ----------
    Cochran (1977), "Sampling techniques", section 2.5, for the variance of a sum drawn without replacement.
    """
    if placed.holdout is None:
        return 0.0, 1.0
    fitted, n_fitted, near_fitted = nearest_ties(placed.synthetic, placed.real)
    held, n_held, near_held = nearest_ties(placed.synthetic, placed.holdout)
    # Of rows at one distance, as values on a grid give many, each is as likely to be the nearest.
    hits = (held < fitted) + (held == fitted) * n_held / (n_held + n_fitted)
    n_rows = placed.holdout.n_rows + placed.real.n_rows
    expected = placed.synthetic.n_rows * placed.holdout.n_rows / n_rows
    sides = ((placed.people, near_fitted, 1.0 - hits), (placed.held, near_held, hits))
    surplus = [_surplus(people, places, found, placed.synthetic.n_rows / n_rows) for people, places, found in sides]
    people = np.concatenate(surplus)
    variance = surplus[1].size * (1.0 - surplus[1].size / people.size) * float(np.var(people, ddof=1))
    return 1.0 - float(hits.sum()) / expected, float(np.sqrt(variance)) / expected


def _surplus(
    people: npt.NDArray[np.uint64], places: npt.NDArray[np.int64], hits: FloatArray, per_row: float
) -> FloatArray:
    """Of each person, the synthetic rows nearest to hers beyond those due to as many rows."""
    person, n_rows = np.unique(people, return_inverse=True, return_counts=True)[1:]
    found: FloatArray = np.bincount(person[places], weights=hits, minlength=n_rows.size) - per_row * n_rows
    return found


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else 1.0


def count_near(placed: Placed) -> Copies:
    """Rows much nearer to one fitted row than to any other, beside real rows that are so to another person's."""
    person = _numbers(placed.people)
    found = close_ratios(placed.synthetic, placed.real) < NEAR
    own = close_ratios(placed.real, placed.real, (person, person)) < NEAR
    return copies_of(found, placed.made, own, placed.people)


def count_close_people(view: View, n_rows: int) -> CloseCopies | str:
    """People of the copy who stand at one fitted person, in a view of one row a person.

    The first `n_rows` of each side are looked at, but among all fitted people: the one who was copied must be there.
    """
    space = Space.of(view.real.matrix, view.categorical)
    fitted, person = space.place(view.real.matrix), _numbers(view.real.people)
    own = np.arange(min(n_rows, fitted.n_rows))
    natural = close_ratios(fitted.take(own), fitted, (person[own], person))
    if view.holdout is not None:
        natural = np.append(natural, close_ratios(space.place(view.holdout.matrix[:, :n_rows]), fitted))
    made = close_ratios(space.place(view.synthetic.matrix[:, :n_rows]), fitted)
    return count_close(made, natural, rounded=is_rounded(fitted))


def _numbers(people: WordArray) -> IntArray:
    return np.unique(people, return_inverse=True)[1].astype(np.int64)
