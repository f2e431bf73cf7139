"""Numbers that are issued once each, as identifiers and the days of a calendar are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_TIMES_RARER = 10  # two rows with one number against two rows with one number and the next
_FEWEST = 20  # rows with a next number: by then the above is no chance


def is_issued_once(values: FloatArray) -> bool:
    """Whether rows avoid each other's numbers though they take the next ones.

    Of numbers drawn freely, another row has the same about as often as the next one. Where only the next ones occur, no
    number is given out twice. Then no two people share one, and a number drawn among them at random is somebody's as
    often as they lie densely. Missing values are passed over.
    """
    present = values[np.isfinite(values)]
    distinct, n_rows = np.unique(present, return_counts=True)
    repeated = int(n_rows[n_rows > 1].sum())
    followed = int(n_rows[np.isin(distinct + 1.0, distinct, assume_unique=True)].sum())
    return followed >= _FEWEST and repeated * _TIMES_RARER < followed
