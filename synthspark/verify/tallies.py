"""Counting equal values: how often each occurs in a table, and whether it occurs elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How often the values asked about occur in the table, and whether they occur elsewhere (source or parent)."""

    rows: int = 0  # with a value
    values: int = 0  # distinct
    repeated: int = 0  # values of more than one row
    excess: int = 0  # rows beyond the first of each value
    elsewhere: int = 0  # distinct values on the other side
    shared_values: int = 0  # distinct values on both sides
    shared_rows: int = 0  # rows whose value is on the other side


def tally(own: IntArray, other: IntArray) -> Tally:
    """Tally of values given as 64-bit hashes, shape (n,) and (m,), in any order; nulls left out before."""
    values, counts = np.unique(own, return_counts=True)
    elsewhere = np.unique(other)
    shared = np.isin(values, elsewhere, assume_unique=True)
    return Tally(
        rows=int(own.size),
        values=int(values.size),
        repeated=int((counts > 1).sum()),
        excess=int(own.size - values.size),
        elsewhere=int(elsewhere.size),
        shared_values=int(shared.sum()),
        shared_rows=int(counts[shared].sum()),
    )
