import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthspark.errors import ModelError
from synthspark.stats.cardinality import Cardinality, fit_cardinality
from synthspark.stats.engine import EngineSettings
from synthspark.stats.frame import Domain, Frame, empty_frame
from synthspark.stats.packing import pack, unpack

SETTINGS = EngineSettings()


def fitted(counts, context=None):
    counts = np.asarray(counts)
    context = empty_frame(counts.size) if context is None else context
    return fit_cardinality(context, counts, SETTINGS, np.random.default_rng(0))


@given(counts=st.lists(st.integers(0, 40), max_size=150), scale=st.sampled_from([1, 3]))
def test_total_and_shares_of_counts_are_kept(counts, scale):
    model = fitted(counts)
    n_parents = scale * len(counts)
    drawn = model.sample(empty_frame(n_parents), 5, np.arange(n_parents), n_parents=n_parents)
    assert drawn.sum() == scale * sum(counts)
    assert drawn.min(initial=0) >= 0


def test_extreme_parent_is_levelled_with_its_neighbours():
    counts = np.append(np.random.default_rng(0).poisson(2, 500), [1_000])
    model = fitted(counts)
    assert model.maximum <= np.sort(counts)[-5:].mean() + 1


def test_counts_follow_the_parents_features():
    generator = np.random.default_rng(0)
    feature = generator.normal(size=5_000)
    counts = generator.poisson(np.exp(0.7 * feature))
    context = Frame(("x",), (Domain("number", "double"),), feature[None, :])
    model = fitted(counts, context)
    drawn = model.sample(context, 5, np.arange(5_000), n_parents=5_000)
    high, low = feature > 1, feature < -1
    # Means of about 800 parents each with deviations of 1.9 and 0.6: standard errors 0.07 and 0.02, four of each.
    assert drawn[high].mean() == pytest.approx(counts[high].mean(), abs=0.3)
    # An ordered probit has one spread for all parents, a Poisson count has not: its means of small counts are low.
    assert drawn[low].mean() == pytest.approx(counts[low].mean(), abs=0.2)
    assert drawn.sum() == pytest.approx(counts.sum(), rel=0.02)


def test_a_parents_number_does_not_depend_on_its_batch():
    counts = np.random.default_rng(1).poisson(3, 400)
    model = fitted(counts)
    whole = model.sample(empty_frame(400), 5, np.arange(400), n_parents=400)
    part = np.array([7, 399, 0])
    np.testing.assert_array_equal(model.sample(empty_frame(3), 5, part, n_parents=400), whole[part])


def test_one_to_one_is_recognised():
    model = fitted([0, 1, 1, 0, 1] * 4)
    assert model.at_most_one
    assert model.maximum == 1
    assert not fitted([0, 2, 1]).at_most_one


def test_no_parents_and_no_children_draw_nothing():
    for counts in ([], [0] * 30):
        assert fitted(counts).sample(empty_frame(9), 1, np.arange(9), n_parents=9).sum() == 0


def test_model_survives_storage():
    model = fitted([0, 3, 1, 2] * 20)
    again = Cardinality.from_parts(*unpack(pack(*model.to_parts())))
    index = np.arange(50)
    np.testing.assert_array_equal(again.sample(empty_frame(50), 2, index), model.sample(empty_frame(50), 2, index))


def test_negative_counts_are_refused():
    with pytest.raises(ModelError, match="1 of them negative"):
        fitted([1, -1])
