"""People without a table of their own: they are whom privacy is judged for, and no score speaks of their table."""

import json

import numpy as np
import pytest

from synthspark.artifacts.entities import PREFIX, with_entities
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.artifacts.subjects import find_subjects
from synthspark.config import EvaluateSettings, PrivacySettings
from synthspark.evaluate.database import score_database
from synthspark.evaluate.privacy.closeness import count_near, place
from synthspark.evaluate.privacy.database import PrivacyContext
from synthspark.evaluate.privacy.views import find_views
from synthspark.progress import LoggedProgress

FILMS = 400
FILM = Table("film", {"id": Column("long"), "length": Column("double")}, primary_key=("id",), rows=FILMS)
RATING_COLUMNS = {"id": "long", "user": "long", "film": "long", "stars": "double", "day": "double"}
RATING = Table("rating", {n: Column(kind) for n, kind in RATING_COLUMNS.items()}, primary_key=("id",), rows=9_000)
SCHEMA = with_entities(
    Schema(
        "films",
        {"film": FILM, "rating": RATING},
        (ForeignKey("rating", ("film",), "film", ("id",)),),
        rules=(Rule("entity", "rating", ("user",), parameters={"distinct": 300}),),
    ).decided("approved")
)
USERS = next(name for name in SCHEMA.tables if name.startswith(PREFIX))


def world(seed, n_users=300, n_rows=30):
    """Users who rate within days of each other, on another level each."""
    draw = np.random.default_rng(seed)
    user = np.repeat(np.arange(n_users), n_rows) + 10_000 * seed
    level, start = draw.normal(size=n_users).repeat(n_rows), draw.uniform(0, 9_000, n_users).repeat(n_rows)
    return {
        "film": {"id": np.arange(FILMS), "length": np.random.default_rng(0).normal(100, 20, FILMS)},
        "rating": {
            "id": np.arange(user.size) + 1_000_000 * seed,
            "user": user,
            "film": draw.integers(0, FILMS, user.size),
            "stars": np.round(level + draw.normal(size=user.size), 1),
            "day": start + draw.exponential(3.0, user.size),
        },
        USERS: {"user": np.unique(user)},
    }


@pytest.fixture(scope="module")
def worlds():
    return world(1), world(2), world(3, 60)


@pytest.fixture
def judge(make_pairs):
    def report(real, synthetic, holdout):
        pairs = make_pairs(real, synthetic, SCHEMA, holdout)
        settings = EvaluateSettings(detection_rows=50, folds=2, automatic_tasks=0, privacy_rows=1_000)
        context = PrivacyContext(PrivacySettings(), find_subjects(SCHEMA))
        return score_database(pairs, {}, SCHEMA, settings, 0, LoggedProgress(), context)

    return report


def test_users_without_a_table_are_the_people_and_another_draw_gives_none_of_them_away(judge, worlds):
    report = judge(*worlds)
    assert report.facts["privacy"]["subjects"] == ["user of rating"]
    assert report.facts["privacy"]["verdict"]["answer"] == "pass", report.facts["privacy"]["verdict"]["reasons"]
    members = [item.breakdown for item in report.scores if item.name == "membership_auc" and item.value is not None]
    assert members
    assert all(found["members"] < 60 for found in members), "ratings are told by user, not by film or row"
    whole = {item.name for item in report.scores if item.subject == ("user of rating",)}
    assert {"subject_exact_copies", "subject_near_copies", "subject_dcr_share"} <= whole
    assert PREFIX not in json.dumps(report.to_json())


def test_a_user_whose_ratings_are_copied_is_found_although_there_is_no_table(judge, worlds):
    real, synthetic, holdout = worlds
    rows = {
        name: np.concatenate([real["rating"][name][:600], values[600:]]) for name, values in synthetic["rating"].items()
    }
    rows["id"] = synthetic["rating"]["id"]
    report = judge(real, {**synthetic, "rating": rows, USERS: {"user": np.unique(rows["user"])}}, holdout)
    found = next(item for item in report.scores if item.name == "subject_exact_copies")
    assert found.breakdown["found"] == 20.0
    assert report.facts["privacy"]["verdict"]["answer"] == "fail"


def test_rows_of_one_person_near_to_those_of_another_are_one_case_and_no_proof(make_pairs):
    for seed in range(4, 9):
        pairs = make_pairs(world(1, 40, 50), world(seed, 40, 50), SCHEMA, world(3, 40, 50))
        views = {view.kind: view for view in find_views(SCHEMA, pairs, (USERS,)) if view.table == "rating"}
        assert count_near(place(views["table"], 2_000)).unexplained <= 0.0
