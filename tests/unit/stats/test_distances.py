import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from synthspark.stats.distances import counts_similarity, ks_complement, share_similarity, tv_complement

samples = hn.arrays(np.float64, st.integers(1, 40), elements=st.integers(-5, 5).map(float))


@given(real=samples, synthetic=samples)
def test_ks_complement_agrees_with_the_definition(real, synthetic):
    distance = max(abs((real <= step).mean() - (synthetic <= step).mean()) for step in [*real, *synthetic])
    assert ks_complement(real, synthetic) == pytest.approx(1 - distance, abs=1e-12)


@given(sample=samples)
def test_a_sample_is_like_itself_in_any_order_and_whatever_is_missing(sample):
    other = np.concatenate([sample[::-1], [np.nan, np.nan]])
    assert ks_complement(sample, other) == 1.0
    assert tv_complement(np.abs(sample), np.abs(other)) == pytest.approx(1.0)


def test_disjoint_samples_are_not_alike():
    low, high = np.zeros(5), np.ones(3)
    assert ks_complement(low, high) == 0.0
    assert tv_complement(low, high) == 0.0


def test_tv_complement_of_known_shares():
    real, synthetic = np.array([0, 0, 0, 1.0]), np.array([0, 1, 1, 2.0])
    # Shares .75, .25, 0 against .25, .5, .25: half the sum of differences is .5.
    assert tv_complement(real, synthetic) == pytest.approx(0.5)


def test_nothing_to_compare_has_no_value():
    empty = np.full(3, np.nan)
    assert ks_complement(empty, np.ones(2)) is None
    assert tv_complement(np.ones(2), empty) is None
    assert counts_similarity(np.zeros(2, dtype=int), np.ones(2, dtype=int)) is None


def test_share_similarity_is_one_minus_the_difference():
    assert share_similarity(0.25, 0.75) == 0.5
