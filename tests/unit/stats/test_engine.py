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


@pytest.mark.parametrize("n_rows", [1, 7, 300])
def test_numbers_that_are_spread_fill_every_part_once_whatever_the_batch(n_rows):
    index = np.arange(n_rows)
    spread = uniform_rows(123, index, range(2, 5), n_rows)
    assert (np.sort((spread * n_rows).astype(int), axis=1) == index).all()
    np.testing.assert_array_equal(spread[:, ::2], uniform_rows(123, index[::2], range(2, 5), n_rows))
    if n_rows == 300:  # and each draw for itself
        assert np.abs(np.corrcoef(spread) - np.eye(3)).max() < 0.2


@pytest.mark.parametrize(("name", "left"), [("copula", 0.8), ("trees", 0.2)])  # a copula mixes the numbers it draws
def test_few_rows_have_the_shares_and_quantiles_of_the_model_and_not_those_of_chance(name, left):
    draw = np.random.default_rng(1)
    frame = Frame(
        ("kind", "size"),
        (Domain("category", "string", ("a", "b", "c")), NUMBER),
        np.array([draw.choice(3, 3_000, p=[0.6, 0.3, 0.1]), draw.normal(size=3_000)]),
    )
    model = engine(name).fit(empty_frame(3_000), frame, EngineSettings(), np.random.default_rng(0))
    shares, ranked = np.bincount(frame.matrix[0].astype(int)) / 3_000, np.sort(frame.matrix[1])

    def errors(n_rows):
        off = []
        for stream in range(20):
            made = model.sample(empty_frame(100), stream, np.arange(100), n_rows=n_rows).matrix
            ranks = np.searchsorted(ranked, np.sort(made[1])) / 3_000
            counts = np.bincount(made[0].astype(int), minlength=3) / 100
            off.append([np.abs(counts - shares).max(), np.abs(ranks - (np.arange(100) + 0.5) / 100).max()])
        return np.mean(off, axis=0)

    assert (errors(100) < left * errors(None)).all()


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
