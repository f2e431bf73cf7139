from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthspark.verify.tallies import Tally, tally

values = st.lists(st.integers(-3, 6))


@given(own=values, other=values)
def test_tally_equals_counting_one_by_one(own, other):
    counts = Counter(own)
    expected = Tally(
        rows=len(own),
        values=len(counts),
        repeated=sum(count > 1 for count in counts.values()),
        excess=sum(count - 1 for count in counts.values()),
        elsewhere=len(set(other)),
        shared_values=len(set(own) & set(other)),
        shared_rows=sum(value in other for value in own),
    )
    assert tally(np.array(own, dtype=np.int64), np.array(other, dtype=np.int64)) == expected
