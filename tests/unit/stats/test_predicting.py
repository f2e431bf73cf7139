import numpy as np
import pytest

from synthspark.stats.predicting import Examples, Skill, measure_skill

NUMBERS = np.zeros(3, dtype=bool)


def rows(seed, n_rows=400, told=True):
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(n_rows, 3))
    target = features[:, 0] * (2.0 if told else 0.0) + 0.3 * draw.normal(size=n_rows)
    return Examples(features, target)


def test_numbers_that_are_told_have_skill_and_their_feature_is_named():
    found = measure_skill(rows(0), rows(1), NUMBERS, 0, classes=False)
    assert found.value > 0.85
    assert found.importances.argmax() == 0
    assert measure_skill(rows(0, told=False), rows(1), NUMBERS, 0, classes=False).value < 0.1


def test_classes_are_judged_by_the_area_of_each_against_the_rest():
    train, test = (Examples(side.features, np.digitize(side.target, [-1.0, 1.0]) * 1.0) for side in (rows(0), rows(1)))
    found = measure_skill(train, test, NUMBERS, 0, classes=True)
    assert found.value > 0.85
    assert isinstance(found, Skill)
    reversed_target = Examples(train.features, 2.0 - train.target)
    assert measure_skill(reversed_target, test, NUMBERS, 0, classes=True).value < -0.1


def test_a_class_that_was_never_learned_is_told_by_chance():
    train = Examples(rows(0).features, np.digitize(rows(0).target, [0.0]) * 1.0)
    test = Examples(rows(1).features, np.full(400, 7.0))
    test.target[:200] = 0.0
    assert measure_skill(train, test, NUMBERS, 0, classes=True).value < 0.6


@pytest.mark.parametrize(
    ("train", "reason"), [(rows(0, 20), "20 rows"), (Examples(rows(0).features, np.ones(400)), "constant")]
)
def test_what_cannot_be_learned_says_why(train, reason):
    assert reason in measure_skill(train, rows(1), NUMBERS, 0, classes=False)
