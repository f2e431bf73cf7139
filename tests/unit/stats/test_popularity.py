import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.errors import ModelError
from synthspark.stats.packing import pack, unpack
from synthspark.stats.popularity import MAXIMUM_KNOTS, Popularity, fit_popularity

GENERATOR = np.random.default_rng(0)
SKEWED = {
    "zipf": np.minimum(GENERATOR.zipf(1.8, 4_000) - 1, 2_000),
    "poisson": GENERATOR.poisson(3, 4_000),
    "mostly childless": np.where(GENERATOR.random(4_000) < 0.9, 0, GENERATOR.geometric(0.02, 4_000)),
    "very many counts": GENERATOR.integers(0, 50_000, 4_000),
}


def histogram(counts):
    return dict(zip(*(part.tolist() for part in np.unique(counts, return_counts=True)), strict=True))


def ks(first, second):
    both = np.concatenate([first, second])
    below = [np.searchsorted(np.sort(part), both, side="right") / part.size for part in (first, second)]
    return np.abs(below[0] - below[1]).max()


@given(counts=st.lists(st.integers(0, 30), min_size=1, max_size=80))
def test_at_the_sources_size_every_count_comes_back(counts):
    curve = fit_popularity(histogram(np.array(counts)), k=1)
    parents = curve.choose(3, np.arange(sum(counts)), max(sum(counts), 1), len(counts))
    drawn = np.bincount(parents, minlength=len(counts)) if sum(counts) else np.zeros(len(counts), dtype=int)
    assert sorted(drawn.tolist()) == sorted(counts)


@pytest.mark.parametrize("name", ["zipf", "poisson", "mostly childless"])
@pytest.mark.parametrize("scale", [0.1, 1, 10])
def test_children_of_a_parent_follow_the_source_at_any_scale(name, scale):
    counts = SKEWED[name]
    n_children, n_parents = round(counts.sum() * scale), round(counts.size * scale)
    parents = fit_popularity(histogram(counts)).choose(3, np.arange(n_children), n_children, n_parents)
    drawn = np.bincount(parents, minlength=n_parents)
    # Each group of parents with one count is cut to whole parents, and the five largest are levelled.
    groups = np.unique(counts).size if scale < 1 else 5
    assert ks(counts, drawn) <= 0.005 + min(groups, 20) / n_parents


def test_knots_are_bounded_and_the_curve_hardly_moves():
    counts = SKEWED["very many counts"]
    curve = fit_popularity(histogram(counts))
    assert curve.share.size <= MAXIMUM_KNOTS
    ordered = np.sort(counts)[::-1]
    exact = np.cumsum(ordered) / ordered.sum()
    np.testing.assert_allclose(curve.held_by(np.arange(1, counts.size + 1) / counts.size), exact, atol=2e-4)


@given(counts=st.lists(st.integers(0, 30), min_size=2, max_size=60), u=st.floats(0.001, 0.999))
def test_curve_and_its_inverse_agree(counts, u):
    curve = fit_popularity(histogram(np.array(counts)))
    if sum(counts):
        assert curve.held_by(curve.share_of(np.array([u])))[0] == pytest.approx(u, abs=1e-9)
        assert (np.diff(curve.share) > 0).all()


def test_choice_does_not_depend_on_the_batch():
    curve = fit_popularity(histogram(SKEWED["zipf"]))
    whole = curve.choose(3, np.arange(900), 900, 77)
    np.testing.assert_array_equal(curve.choose(3, np.array([5, 800]), 900, 77), whole[[5, 800]])


def test_without_children_or_parents_there_is_no_choice():
    for curve in (fit_popularity({}), fit_popularity({0: 10})):
        assert curve.choose(1, np.arange(4), 4, 10).tolist() == [-1] * 4
    assert fit_popularity({2: 5}).choose(1, np.arange(4), 4, 0).tolist() == [-1] * 4


def links(curve, sizes, n_parents, stream=9, *, indexed=True):
    owner = np.repeat(np.arange(sizes.size), sizes)
    position = np.arange(owner.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    index = {"child_index": np.arange(owner.size), "n_children": owner.size} if indexed else {}
    chosen = curve.choose_distinct(stream, owner, position, sizes[owner], n_parents, **index)
    return owner, chosen


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("name", SKEWED)
def test_linked_parents_of_one_owner_are_distinct(name, indexed):
    curve = fit_popularity(histogram(SKEWED[name][:300]))
    sizes = np.random.default_rng(0).integers(0, 40, 500)
    owner, chosen = links(curve, sizes, 300, indexed=indexed)
    assert np.unique(owner * 300 + chosen).size == owner.size
    assert chosen.min() >= 0
    assert chosen.max() < 300


@given(
    counts=st.lists(st.integers(0, 9), min_size=1, max_size=25),
    sizes=st.lists(st.integers(0, 25), min_size=1, max_size=10),
    stream=st.integers(0, 2**64 - 1),
    indexed=st.booleans(),
)
def test_links_are_distinct_whenever_there_are_parents_enough(counts, sizes, stream, indexed):
    curve = fit_popularity(histogram(np.array(counts)))
    if not sum(counts):
        return
    sizes = np.minimum(np.array(sizes), len(counts))
    owner, chosen = links(curve, sizes, len(counts), stream, indexed=indexed)
    assert np.unique(owner * len(counts) + chosen).size == owner.size


def test_links_keep_popularity():
    counts = SKEWED["poisson"]
    sizes = np.random.default_rng(0).integers(0, 5, 6_000)
    _, chosen = links(fit_popularity(histogram(counts)), sizes, counts.size)
    drawn = np.bincount(chosen, minlength=counts.size)
    # 12,000 links and 11,900 children in the source: no parent is more than one off.
    assert ks(counts, drawn) < 0.03
    assert drawn.max() <= counts.max() + 1


def test_curve_survives_storage():
    curve = fit_popularity({0: 4, 1: 3, 7: 9})
    again = Popularity.from_parts(*unpack(pack(*curve.to_parts())))
    np.testing.assert_array_equal(again.share, curve.share)


def test_negative_numbers_are_refused():
    with pytest.raises(ModelError, match="negative numbers in the histogram"):
        fit_popularity({-1: 3})
