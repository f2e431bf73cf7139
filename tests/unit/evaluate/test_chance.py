"""Quality is set against what chance leaves: another draw of the same world has all of it, however few its rows."""

import numpy as np
import pytest

from synthspark.artifacts.report import Score
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import EvaluateSettings
from synthspark.evaluate.chance import beyond_chance, chance_of, shrink
from synthspark.evaluate.database import score_database
from synthspark.progress import LoggedProgress

SCHEMA = Schema(
    "shop",
    {
        "customer": Table(
            "customer", {"id": Column("long"), "age": Column("long"), "town": Column("string")}, primary_key=("id",)
        ),
        "order": Table(
            "order",
            {
                "order_id": Column("long"),
                "customer": Column("long"),
                "amount": Column("double"),
                "kind": Column("string"),
            },
            primary_key=("order_id",),
        ),
    },
    (ForeignKey("order", ("customer",), "customer", ("id",), status="approved"),),
).decided("approved")


def world(seed, n_customers=250, shift=0.0):
    """Few people, many towns, and orders that follow their customer: chance makes a great difference."""
    draw = np.random.default_rng(seed)
    age, town = draw.integers(18, 80, n_customers), draw.zipf(1.5, n_customers) % 90
    owner = np.repeat(np.arange(n_customers), draw.integers(0, 8, n_customers))
    return {
        "customer": {"id": np.arange(n_customers), "age": age, "town": np.char.add("t", town.astype(str))},
        "order": {
            "order_id": np.arange(owner.size),
            "customer": owner,
            "amount": age[owner] * 2.0 + draw.normal(size=owner.size) + shift,
            "kind": np.char.add("k", ((town[owner] + draw.integers(0, 2, owner.size)) % 20).astype(str)),
        },
    }


@pytest.fixture
def quality(make_pairs):
    def score(synthetic):
        settings = EvaluateSettings(detection_rows=50, folds=2)
        report = score_database(make_pairs(world(1), synthetic, SCHEMA), {}, SCHEMA, settings, 0, LoggedProgress())
        return next(item for item in report.scores if item.name == "quality" and not item.subject)

    return score


def test_another_draw_of_few_rows_has_full_quality_and_says_what_was_measured(quality):
    found = [quality(world(seed)) for seed in range(2, 7)]
    assert np.mean([item.value for item in found]) > 0.97
    assert all(item.breakdown["uncorrected"] < 0.93 for item in found), "without the correction it would not be told"
    assert found[0].ceiling == 1.0
    assert found[0].breakdown["uncorrected_ceiling"] < found[0].breakdown["uncorrected"]


def test_what_chance_does_not_explain_is_still_lost(quality):
    shifted, good = quality(world(2, shift=30.0)), quality(world(2))
    lost = good.breakdown["uncorrected"] - shifted.breakdown["uncorrected"]
    assert good.value - shifted.value > 0.8 * lost > 0.03
    shuffled = world(2)
    np.random.default_rng(0).shuffle(shuffled["order"]["amount"])
    assert quality(shuffled).value < good.value - 0.02


def test_a_copy_cannot_be_better_than_the_source(quality):
    assert quality(world(1)).value == pytest.approx(1.0)


def item(value, ceiling, rows, **breakdown):
    return Score(
        "ks_complement", "column", ("t", "c"), value, "quality", ceiling, None, 1.0, 0.0, *rows, "", "", breakdown
    )


def test_chance_falls_with_the_square_root_of_the_rows_and_less_where_every_row_is_its_own_cell():
    halves = item(0.9, 0.8, (1_000, 1_000))
    assert chance_of(halves) == pytest.approx(0.2 * 0.5**0.5)
    assert chance_of(item(0.9, 0.8, (1_000, 10**9))) == pytest.approx(0.1)
    assert chance_of(item(0.9, 0.8, (1_000, 1_000), **shrink(0.8, 0.8))) == pytest.approx(0.2)
    assert beyond_chance(halves) == pytest.approx(1.0)
    assert beyond_chance(item(0.5, 1.0, (1_000, 1_000))) == 0.5


def test_without_a_ceiling_the_usual_distance_of_so_few_rows_counts_up_to_one_half():
    assert chance_of(item(0.9, None, (50, 50))) == pytest.approx(0.87 * 0.2)
    assert chance_of(item(0.9, None, (2, 2))) == 0.5
