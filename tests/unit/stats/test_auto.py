import numpy as np

from synthspark.stats import auto
from synthspark.stats.auto import detection
from synthspark.stats.engine import EngineSettings, engine, load_model
from synthspark.stats.frame import Domain, Frame, empty_frame

NUMBER = Domain("number", "double")
SETTINGS = EngineSettings()


def fit(rows, context=None):
    return engine("auto").fit(context or empty_frame(rows.n_rows), rows, SETTINGS, np.random.default_rng(0))


def two(first, second):
    return Frame(("a", "b"), (NUMBER, NUMBER), np.array([first, second]))


def ring(n_rows):
    """No correlation, but a dependence that every tree sees."""
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, n_rows)
    return two(np.cos(angle), np.sin(angle))


def test_rows_of_one_distribution_are_told_apart_by_chance_only():
    generator = np.random.default_rng(2)
    sides = [two(*generator.normal(size=(2, 1_500))) for _ in range(2)]
    # Standard error of a share of 3,000: .009.
    assert abs(detection(empty_frame(1_500), *sides, 5) - 0.5) < 0.03


def test_a_shift_is_detected():
    generator = np.random.default_rng(3)
    real, made = two(*generator.normal(size=(2, 1_500))), two(*(generator.normal(size=(2, 1_500)) + 1))
    assert detection(empty_frame(1_500), real, made, 5) > 0.65


def test_rows_that_ignore_their_context_are_detected():
    generator = np.random.default_rng(4)
    level = generator.normal(size=1_500)
    context = Frame(("level",), (NUMBER,), level[None, :])
    real, made = two(level, level), two(*generator.normal(size=(2, 1_500)))
    assert detection(context, real, made, 5) > 0.8


def test_choice_and_both_scores_are_recorded_and_kept():
    model = fit(ring(2_000))
    assert model.diagnostics["engine"] == "trees"
    assert model.diagnostics["asked"] == "auto"
    assert model.diagnostics["detection"]["copula"] > model.diagnostics["detection"]["trees"] + 0.05
    assert dict(load_model(*model.to_parts()).diagnostics) == dict(model.diagnostics)


def test_copula_is_taken_where_its_rows_are_clearly_harder_to_tell(monkeypatch):
    scores = iter([0.7, 0.6, 0.7, 0.6])
    monkeypatch.setattr(auto, "detection", lambda *_: next(scores))
    assert fit(ring(600)).diagnostics["engine"] == "copula"
    assert fit(ring(250)).diagnostics["engine"] == "trees"  # on 75 rows such a difference is chance


def test_few_rows_take_the_usual_engine_and_say_so():
    model = fit(ring(50))
    assert model.diagnostics["engine"] == auto.USUAL
    assert "50 rows" in model.diagnostics["why"]


def test_an_engine_that_fails_leaves_the_other_and_its_reason(monkeypatch):
    def fail(*_):
        raise ValueError("no")

    monkeypatch.setattr("synthspark.stats.copula_fit.fit_copula", fail)
    model = fit(ring(300))
    assert model.diagnostics["engine"] == "trees"
    assert model.diagnostics["faults"] == {"copula": "ValueError: no"}


def test_thirty_rows_of_two_kinds_keep_what_tells_these_apart():
    generator = np.random.default_rng(7)
    large = np.arange(31) < 20
    size = np.where(large, generator.normal(200, 4, 31), generator.normal(40, 2, 31))
    sold = np.where(large, generator.normal(11, 2, 31), generator.normal(3, 1, 31))
    rows = two(size, sold)
    made = fit(rows).sample(empty_frame(2_000), 5, np.arange(2_000)).matrix
    assert np.corrcoef(*made)[0, 1] > 0.9 * np.corrcoef(size, sold)[0, 1]
    assert 0.55 < (made[0] > 120).mean() < 0.75
