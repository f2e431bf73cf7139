"""Numbers given out once each are told from numbers that people merely have."""

import numpy as np
import pytest

from synthspark.stats.issued import is_issued_once

DRAW = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (DRAW.permutation(20_000)[:6_000], True),
        (np.append(DRAW.permutation(20_000)[:6_000], [5, 5]), True),  # a mistake or two in the source
        (np.append(np.arange(100.0), np.nan), True),
        (DRAW.integers(0, 20_000, 6_000), False),  # salaries
        (DRAW.integers(0, 10_000_000, 6_000), False),  # so wide that neither neighbours nor repeats occur
        (DRAW.lognormal(10, 1, 6_000), False),
        (np.round(DRAW.lognormal(10, 1, 6_000), 2), False),
        (np.arange(10.0), False),  # too few to tell
        (np.full(100, np.nan), False),
    ],
)
def test_numbers_that_no_two_rows_share_though_they_lie_densely_are_issued_once(values, expected):
    assert is_issued_once(np.asarray(values, dtype=np.float64)) is expected
