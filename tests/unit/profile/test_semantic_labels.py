"""Meanings agree with the labels given by hand, with the columns' names and without."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.semantics import battery
from benchmarks.semantics.labels import LABELS
from benchmarks.semantics.run import outcomes_of, profiled
from benchmarks.semantics.scoring import Outcome, Scores, score
from synthspark.demo import simulate_insurance
from synthspark.demo.places import LOCALES

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
DATABASES = sorted(file.stem for file in LABELS.glob("*.txt") if file.stem not in ("demo", "flights"))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_personal_column_of_the_demo_is_found(locale: str) -> None:
    scores = score(outcomes_of("demo", simulate_insurance(n_customers=400, locale=locale), named=True))
    assert (scores.personal_missed, scores.personal_false) == ([], [])
    assert set(scores.confusions) <= {("company", "category")}  # three partners, in some locales without a legal form


@pytest.mark.parametrize("database", DATABASES)
def test_meanings_in_real_databases(database: str) -> None:
    folder = DATA / database
    if not folder.is_dir():
        pytest.skip("the real databases are not beside the checkout")
    tables = {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
    named = score(outcomes_of(database, tables, named=True))
    assert named.personal_missed == []
    assert len(named.personal_false) <= 1
    wrong = sum(named.confusions.values())
    assert wrong <= 0.06 * len(named.outcomes)


def scores_of(part: str, naming: str) -> Scores:
    found = []
    for name, columns in battery.tables_of(part):
        if name.startswith(f"{naming}_plain"):
            profiles = profiled(name, battery.arrow_table(columns)).values()
            found += [
                Outcome(f"{column.name} [{column.origin}]", column.label, told.semantic, told.semantic_confidence)
                for column, told in zip(columns, profiles, strict=True)
            ]
    return score(found)


@pytest.mark.parametrize(("part", "precision", "recall"), [("held out", 0.95, 0.95), ("independent", 0.95, 0.95)])
def test_meanings_are_told_in_locales_that_nothing_was_tuned_on(part: str, precision: float, recall: float) -> None:
    scores = scores_of(part, "telling")
    assert scores.macro_precision >= precision
    assert scores.macro_recall >= recall


@pytest.mark.parametrize(("part", "precision", "recall"), [("held out", 0.85, 0.85), ("independent", 0.8, 0.8)])
def test_most_meanings_are_told_from_values_alone(part: str, precision: float, recall: float) -> None:
    scores = scores_of(part, "meaningless")
    assert scores.macro_precision >= precision
    assert scores.macro_recall >= recall
    assert len(scores.personal_false) <= 0.03 * len(scores.outcomes)
