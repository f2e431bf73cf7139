"""Shares of rows counted by person, since the rows of one person are no independent tries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Rate(NamedTuple):
    """Share of the tries that are right, and the number of independent ones."""

    share: float
    n_tries: int

    @classmethod
    def by_person(cls, right: npt.NDArray[np.bool_], people: npt.NDArray[np.uint64]) -> Rate:
        """Each person counts once, as the share of the rows that is told rightly; all open without rows."""
        if not people.size:
            return cls(0.0, 0)
        person = np.unique(people, return_inverse=True)[1]
        shares = np.bincount(person, weights=right) / np.bincount(person)
        return cls(float(shares.mean()), shares.size)

    @property
    def found(self) -> float:
        return self.share * self.n_tries


def count_people(people: npt.NDArray[np.uint64]) -> int:
    """How many people the rows belong to."""
    return np.unique(people).size
