import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.seeds import permuted, permuted_within, random_words, stream_key, uniforms, unpermuted


def test_a_stream_belongs_to_its_owner_and_seed():
    keys = {stream_key(seed, *owner) for seed in (0, 1) for owner in (("a", "bc"), ("ab", "c"), ("a", "b", "c"))}
    assert len(keys) == 6


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=50), st.randoms())
def test_a_number_depends_only_on_stream_and_index(index, shuffler):
    together = dict(zip(index, uniforms(7, index), strict=True))
    shuffled = list(index)
    shuffler.shuffle(shuffled)
    assert [together[i] for i in shuffled] == list(uniforms(7, shuffled))


def test_uniforms_are_uniform_and_independent_between_draws():
    n = 200_000
    first, second = uniforms(3, np.arange(n)), uniforms(3, np.arange(n), draw=1)
    # The mean of n uniforms has standard deviation 1 / sqrt(12 n), a correlation 1 / sqrt(n): 5 of them allowed.
    assert abs(first.mean() - 0.5) < 5 / np.sqrt(12 * n)
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 5 / np.sqrt(n)
    assert first.min() > 0 and first.max() < 1


@pytest.mark.parametrize("size", [1, 2, 3, 10, 255, 256, 257, 10_000])
def test_permutation_hits_every_value_once_and_is_undone(size):
    index = np.arange(size)
    shuffled = permuted(11, index, size)
    assert np.array_equal(np.sort(shuffled), index)
    assert np.array_equal(unpermuted(11, shuffled, size), index)


def test_permutation_of_part_agrees_with_permutation_of_all():
    assert np.array_equal(permuted(5, np.array([90, 3]), 100), permuted(5, np.arange(100), 100)[[90, 3]])


def test_each_group_is_permuted_for_itself_and_part_of_it_as_all_of_it():
    sizes = np.array([1, 2, 3, 4, 5, 7, 16, 17, 300] * 400)
    group = np.repeat(np.arange(sizes.size), sizes)
    index = np.concatenate([np.arange(size) for size in sizes])
    found = permuted_within(9, group, index, sizes[group])
    assert np.array_equal(np.lexsort((found, group)), np.argsort(group * 1_000 + found))
    assert all(np.array_equal(np.sort(found[group == one]), np.arange(sizes[one])) for one in range(18))
    some = np.array([5, 100, 101])
    assert np.array_equal(permuted_within(9, group[some], index[some], sizes[group[some]]), found[some])
    sevens = found[sizes[group] == 7].reshape(-1, 7)
    assert np.abs(sevens.mean(axis=0) - 3).max() < 0.5
    steps = (np.diff(sevens, axis=1) > 0).mean()
    assert abs(steps - 0.5) < 0.06


def test_words_are_the_same_over_chunk_borders():
    index = np.arange(65_530, 65_545)
    assert np.array_equal(random_words(1, np.arange(70_000))[index], random_words(1, index))
