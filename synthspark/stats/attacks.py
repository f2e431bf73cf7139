"""Three ways in which a copy may give people away, as guesses and the share of them that are right.

References
----------
Giomi, Boenisch, Wehmeyer & Tasnádi (2022), "A unified framework for quantifying privacy risk in synthetic data":
singling out (section 4.1), linkability (4.2), attribute inference (4.3); the three risks that the Article 29 Working
Party names for anonymisation (opinion 05/2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.stats.nearest import Points, Space, nearest

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

TOLERANCE = 0.05  # a guessed number within this share of the true one is right (Giomi et al.)


@dataclass(frozen=True)
class Guess:
    """A statement that is to hold of exactly one person: each column's value, or the side of it where she stands."""

    columns: tuple[int, ...]
    values: tuple[float, ...]
    relations: tuple[str, ...]  # "=", "<=", ">=", "missing"

    def holds(self, rows: FloatArray) -> BoolArray:
        """Of which rows it holds; `rows` of shape (n_columns, n_rows)."""
        found = np.ones(rows.shape[1], dtype=np.bool_)
        for column, value, relation in zip(self.columns, self.values, self.relations, strict=True):
            seen = rows[column]
            with np.errstate(invalid="ignore"):
                found &= (
                    np.isnan(seen)
                    if relation == "missing"
                    else seen == value
                    if relation == "="
                    else seen <= value
                    if relation == "<="
                    else seen >= value
                )
        return found


def single_guesses(synthetic: FloatArray, categorical: BoolArray) -> list[Guess]:
    """Statements of one column that hold of exactly one synthetic row: values seen once, beyond the extremes."""
    guesses = []
    for place, column in enumerate(synthetic):
        present = column[~np.isnan(column)]
        if column.size - present.size == 1:
            guesses.append(Guess((place,), (0.0,), ("missing",)))
        if not present.size:
            continue
        values, counts = np.unique(present, return_counts=True)
        if not categorical[place]:
            guesses += [
                Guess((place,), (float(values[-1]),), (">=",)),
                Guess((place,), (float(values[0]),), ("<=",)),
            ]
        guesses += [Guess((place,), (float(value),), ("=",)) for value in values[counts == 1]]
    return guesses


def joint_guesses(
    synthetic: FloatArray, categorical: BoolArray, n_columns: int, n_guesses: int, draw: np.random.Generator
) -> list[Guess]:
    """Statements of several columns of a synthetic row that hold of no other synthetic row.

    Numbers by the side of the median on which the row stands, categories by their value. At most ten times as many
    are tried as are wanted.
    """
    size = min(n_columns, synthetic.shape[0])
    with np.errstate(invalid="ignore"):
        medians = np.array(
            [np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0 for column in synthetic]
        )
    found: list[Guess] = []
    seen = set[Guess]()
    for _ in range(10 * n_guesses):
        if len(found) >= n_guesses:
            break
        row, columns = int(draw.integers(synthetic.shape[1])), np.sort(draw.permutation(synthetic.shape[0])[:size])
        guess = _guess_of(synthetic[:, row], columns, categorical, medians)
        if guess not in seen and guess.holds(synthetic).sum() == 1:
            found.append(guess)
        seen.add(guess)
    return found


def _guess_of(row: FloatArray, columns: IntArray, categorical: BoolArray, medians: FloatArray) -> Guess:
    relations = [
        "missing" if np.isnan(row[c]) else "=" if categorical[c] else ">=" if row[c] > medians[c] else "<="
        for c in columns
    ]
    values = [0.0 if np.isnan(row[c]) else float(row[c]) for c in columns]
    return Guess(tuple(int(c) for c in columns), tuple(values), tuple(relations))


def singled_out(guesses: list[Guess], rows: FloatArray, people: npt.NDArray[np.uint64] | None = None) -> int:
    """How many of the guesses hold of exactly one row, or of the rows of exactly one person."""
    if people is None:
        return sum(int(guess.holds(rows).sum()) == 1 for guess in guesses)
    return sum(np.unique(people[guess.holds(rows)]).size == 1 for guess in guesses)


def linked(targets: Points, synthetic: Points, parts: tuple[BoolArray, BoolArray], n_nearest: int) -> BoolArray:
    """Of which targets both parts of their columns lead to a common synthetic row.

    Parameters
    ----------
    parts : (ndarray, ndarray)
        Columns that either of two holders of data knows; numbers first, then categories.
    n_nearest : int
        Synthetic rows looked at by either.
    """
    first, second = (nearest(_columns(targets, part), _columns(synthetic, part), n_nearest)[1] for part in parts)
    found: BoolArray = (first[:, :, None] == second[:, None, :]).any(axis=(1, 2))
    return found


def _columns(points: Points, part: BoolArray) -> Points:
    n_numbers = points.numbers.shape[1]
    return Points(points.numbers[:, part[:n_numbers]], points.codes[:, part[n_numbers:]])


def inferred(
    targets: FloatArray, synthetic: FloatArray, categorical: BoolArray, secret: int
) -> tuple[BoolArray, FloatArray]:
    """Whether the nearest synthetic row's value of the secret column is the target's, and the values guessed.

    Nearest by all other columns, ranked among the synthetic rows. A number is right within `TOLERANCE`.
    """
    others = np.arange(synthetic.shape[0]) != secret
    space = Space.of(synthetic[others], categorical[others])
    place = nearest(space.place(targets[others]), space.place(synthetic[others]), 1)[1][:, 0]
    guesses = synthetic[secret][place]
    return right(guesses, targets[secret], categorical=bool(categorical[secret])), guesses


def right(guesses: FloatArray, truth: FloatArray, *, categorical: bool) -> BoolArray:
    """Which guesses are right; a missing value is right for a missing one."""
    missing = np.isnan(guesses) & np.isnan(truth)
    with np.errstate(invalid="ignore"):
        same = guesses == truth if categorical else np.abs(guesses - truth) <= TOLERANCE * np.abs(truth)
    return same | missing
