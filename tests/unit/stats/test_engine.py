import numpy as np
import pytest

from synthspark.errors import ModelError
from synthspark.seeds import uniforms
from synthspark.stats.engine import EngineSettings, engine, load_model, uniform_rows
from synthspark.stats.frame import Domain, Frame, empty_frame

NUMBER = Domain("number", "double")


def test_uniform_rows_are_the_draws_of_the_stream():
    index = np.array([0, 5, 2**40, 70_000])
    rows = uniform_rows(123, index, range(2, 5))
    for place, draw in enumerate(range(2, 5)):
        np.testing.assert_array_equal(rows[place], uniforms(123, index, draw=draw))


def test_unknown_engine_names_the_known_ones():
    with pytest.raises(ModelError, match="expected copula, trees, auto"):
        engine("oracle")


def test_automatic_choice_is_recorded_and_restored():
    rows = Frame(("a",), (NUMBER,), np.arange(50.0)[None, :])
    model = engine("auto").fit(empty_frame(50), rows, EngineSettings(), np.random.default_rng(0))
    assert model.diagnostics["asked"] == "auto"
    assert model.diagnostics["engine"] == "trees"
    again = load_model(*model.to_parts())
    index = np.arange(20)
    np.testing.assert_array_equal(
        model.sample(empty_frame(20), 9, index).matrix, again.sample(empty_frame(20), 9, index).matrix
    )


def test_settings_out_of_range_are_refused():
    with pytest.raises(ModelError, match="k: found 0"):
        EngineSettings(k=0)
