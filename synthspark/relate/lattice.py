"""Minimal sets of columns without a repeated tuple: pairs of rows that agree rule out most sets at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from synthspark.seeds import IntArray, WordArray

NEIGHBOURS = 4  # rows compared with each row in the order of each column
LARGEST_CODE = 2**62

BoolArray = npt.NDArray[np.bool_]


class Agreements:
    """Which sets of columns some pair of rows agrees on, as far as it was looked at.

    A set is a number: bit i stands for column i. A pair of rows that agrees on a set agrees on all its subsets, and
    none of them identifies the rows.

    References
    ----------
    Papenbrock and Naumann (2017), "A hybrid approach for efficient unique column combination discovery".
    """

    def __init__(self, codes: IntArray) -> None:
        self.codes = codes
        self.n_columns = codes.shape[0]
        self.refuted = np.zeros(1 << self.n_columns, bool)
        for column in codes:
            order = np.argsort(column, kind="stable")
            for step in range(1, min(NEIGHBOURS, column.size - 1) + 1):
                self._see(order[step:], order[:-step])
        self._close()

    def unique(self, columns: tuple[int, ...]) -> bool:
        """Whether no two rows agree on the columns; what pairs of rows show that they do is kept for later sets."""
        if self.refuted[sum(1 << place for place in columns)]:
            return False
        codes = tuple_codes(self.codes[list(columns)])
        order = np.argsort(codes, kind="stable")
        same = np.flatnonzero(codes[order[1:]] == codes[order[:-1]])
        if same.size:
            self._see(order[same], order[same + 1])
            self._close()
        return not same.size

    def _see(self, rows: IntArray, others: IntArray) -> None:
        sets = np.zeros(rows.size, np.int64)
        for place, column in enumerate(self.codes):
            sets |= (column[rows] == column[others]).astype(np.int64) << place
        self.refuted[sets] = True

    def _close(self) -> None:
        """All subsets of what is refuted are refuted."""
        for place in range(self.n_columns):
            halves = self.refuted.reshape(-1, 2, 1 << place)
            halves[:, 0] |= halves[:, 1]


def value_codes(values: WordArray) -> IntArray:
    """The values of each column as numbers from 0; shape (n_columns, n_rows)."""
    return np.stack([np.unique(column, return_inverse=True)[1].ravel() for column in values]).astype(np.int64)


def tuple_codes(codes: IntArray) -> IntArray:
    """One number for each row, the same for the same tuples."""
    found: IntArray = codes[0]
    for column in codes[1:]:
        size = int(column.max(initial=0)) + 1
        if (int(found.max(initial=0)) + 1) * size > LARGEST_CODE:
            found = np.unique(found, return_inverse=True)[1].ravel().astype(np.int64)
        found = found * size + column
    return found


def minimal_unique_sets(
    values: WordArray, most_columns: int, may_hold: Callable[[tuple[int, ...]], bool]
) -> Iterator[tuple[int, ...]]:
    """Sets of two or more columns on which no two rows agree and none of whose subsets is such a set, small ones first.

    Parameters
    ----------
    values : (n_columns, n_rows) of value hashes, at least one row
    may_hold : callable
        Whether a set can identify the rows at all; others are left out.
    """
    agreements = Agreements(value_codes(values))
    sets = np.arange(agreements.refuted.size)
    holding = np.zeros(sets.size, bool)
    for size in range(2, min(most_columns, values.shape[0]) + 1):
        for columns in combinations(range(values.shape[0]), size):
            number = sum(1 << place for place in columns)
            if holding[number] or agreements.refuted[number] or not may_hold(columns):
                continue
            if agreements.unique(columns):
                holding |= (sets & number) == number
                yield columns
