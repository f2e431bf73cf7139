import re

from hypothesis import given
from hypothesis import strategies as st

from synthspark.artifacts.manifest import Unit
from synthspark.artifacts.report import Score
from synthspark.config import OutputSettings, Settings, SourceSettings, TableSettings
from synthspark.masking import MASK, masked
from synthspark.track.names import (
    LONGEST_NAME,
    LONGEST_VALUE,
    batches,
    clean,
    parameters,
    score_metrics,
    shortened,
    unique_names,
    unit_metrics,
    unit_parameters,
)


def score(name, subject, value, family="quality"):
    return Score(name, "column", subject, value, family)


def test_scores_get_stable_names_by_table_and_column():
    found = score_metrics(
        [score("column_shape", ("loan", "amount"), 0.9), score("column_shape", ("loan", "date"), 0.7)], 9
    )
    assert found["quality/column_shape/loan/amount"] == 0.9
    assert found["overall/quality/column_shape"] == 0.8


def test_scores_without_a_finite_value_are_left_out():
    assert score_metrics([score("a", (), None), score("a", (), float("nan")), score("a", (), float("inf"))], 9) == {}


def test_of_too_many_scores_those_of_whole_tables_are_kept():
    found = score_metrics([score("p", ("t", "a", "b"), 0.1), score("s", ("t",), 0.2), score("c", ("t", "a"), 0.3)], 2)
    assert {"quality/s/t": 0.2, "quality/c/t/a": 0.3}.items() <= found.items()
    assert "quality/p/t/a/b" not in found
    assert found["overall/quality/p"] == 0.1


def test_names_that_clean_to_the_same_stay_apart():
    found = score_metrics([score("s", ("t", "a$"), 0.1), score("s", ("t", "a#"), 0.2)], 9)
    assert {found["quality/s/t/a_"], found["quality/s/t/a_.2"]} == {0.1, 0.2}


def test_relationships_read_well():
    assert clean("loan.account_id -> account.id") == "loan.account_id to account.id"


@given(st.text())
def test_every_part_is_a_name_that_any_store_takes(text):
    part = clean(text)
    assert re.fullmatch(r"[A-Za-z0-9_.\- ]+", part)
    assert part.strip(".")


@given(st.lists(st.text("ab", min_size=240, max_size=300)))
def test_unique_names_lose_nothing_and_keep_within_bounds(names):
    found = unique_names((name, number) for number, name in enumerate(names))
    assert sorted(found.values()) == list(range(len(names)))
    assert all(len(name) <= LONGEST_NAME for name in found)


def test_settings_are_flat_and_without_secrets():
    settings = Settings(
        source=SourceSettings(
            format="jdbc",
            options={"password": "pw", "url": "jdbc:postgresql://me:pw@host/db?user=me&password=pw&ssl=on"},
        ),
        output=OutputSettings(path="x" * 10_000),
        tables={"order line": TableSettings(primary_key=("a", "b"))},
    )
    found = parameters(settings)
    assert found["source.options.password"] == MASK
    assert "pw" not in found["source.options.url"]
    assert "ssl=on" in found["source.options.url"]
    assert len(found["output.path"]) == LONGEST_VALUE
    assert found["tables.order line.primary_key"] == "a, b"
    assert found["fit.engine"] == "auto"
    assert found["seed"] == "0"


def test_masking_hides_values_not_sections():
    assert masked({"token": {"path": "p"}, "api_key": "x", "password": ""}) == {
        "token": {"path": "p"},
        "api_key": MASK,
        "password": "",
    }


def test_units_give_seconds_rows_and_counted_notes():
    units = [Unit("fit", "a", "f", 10, 1.5, {"fallbacks": 2, "engine": "copula"}), Unit("fit", "b", "f", 5, 0.5)]
    found = unit_metrics(units)
    assert (found["seconds"], found["rows"], found["rows_of/a"], found["fallbacks/a"]) == (2.0, 15.0, 10.0, 2.0)
    assert unit_parameters(units) == {"engine.a": "copula"}


def test_long_texts_stay_apart_when_cut():
    assert shortened("x" * 99 + "a", 50) != shortened("x" * 99 + "b", 50)


def test_batches_keep_order_and_bound():
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
