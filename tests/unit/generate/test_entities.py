"""Things without a table of their own: users of ratings and of tags, where there is no table of users."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.entities import PREFIX, with_entities
from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.rule import Rule
from synthspark.artifacts.schema import Schema
from synthspark.config import Settings
from synthspark.errors import ModelError
from synthspark.sampling import DatabaseSampler
from tests.unit.generate.conftest import fit_all, generate_all
from tests.unit.generate.databases import check, described, near, reference

USERS, FILMS = 150, 120


def library(seed=0):
    """Ratings and tags of users that have no table; some users do both, and each has a taste of its own."""
    rng = np.random.default_rng(seed)
    ids = np.sort(rng.choice(9_000_000, USERS, replace=False)) + 1_000_000
    taste = rng.normal(3, 1, USERS)
    rated = [(user, film) for user in range(USERS) for film in rng.choice(FILMS, rng.integers(3, 20), replace=False)]
    tagged = [
        (user, film, tag)
        for user in range(60)
        for film in rng.choice(FILMS, rng.integers(1, 5), replace=False)
        for tag in rng.choice(list("abcdef"), rng.integers(1, 5), replace=False)
    ]
    films = pa.table({"film": np.arange(FILMS) + 1, "length": rng.normal(100, 20, FILMS).round(1)})
    ratings = pa.table(
        {
            "user_id": ids[[user for user, _ in rated]],
            "film": np.array([film for _, film in rated]) + 1,
            "stars": np.array([taste[user] for user, _ in rated]) + rng.normal(0, 0.3, len(rated)),
        }
    )
    tags = pa.table(
        {
            "user_id": ids[[user for user, _, _ in tagged]],
            "film": np.array([film for _, film, _ in tagged]) + 1,
            "tag": [str(tag) for _, _, tag in tagged],
        }
    )
    tables = {"films": films, "ratings": ratings, "tags": tags}
    schema = Schema(
        "library",
        {
            "films": described("films", films, ["film"]),
            "ratings": described("ratings", ratings, ["user_id", "film"], user_id="key"),
            "tags": described("tags", tags, ["user_id", "film", "tag"], user_id="key"),
        },
        (reference("ratings", "film", "films", "film"), reference("tags", "film", "films", "film")),
        (
            Rule("entity", "ratings", ("user_id",), "approved", parameters={"others": [["tags", "user_id"]]}),
            Rule("entity", "tags", ("user_id", "film"), "approved"),
        ),
    )
    return tables, schema


def values(table, *columns):
    return list(zip(*(table.column(name).to_pylist() for name in columns), strict=True))


def likeness(table):
    """Share of the variance of the stars that lies between users."""
    rows = table.to_pandas()
    within = rows.stars - rows.groupby("user_id").stars.transform("mean")
    return 1 - within.var() / rows.stars.var()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Source, schema, models and copy."""
    tables, schema = library()
    models = fit_all(tables, schema, Settings())
    done, _ = generate_all(tables, schema, models, Settings(), tmp_path_factory.mktemp("library"))
    return tables, schema, models, done


def test_users_without_a_table_are_made_anew_and_never_written(made):
    tables, schema, _, done = made
    assert set(done) == set(tables)
    check(done, schema)
    near(done, tables, tolerance=0.2)
    users = {name: {user for (user,) in values(done[name], "user_id")} for name in ("ratings", "tags")}
    source = {user for name in ("ratings", "tags") for (user,) in values(tables[name], "user_id")}
    assert users["ratings"].isdisjoint(source)
    assert len(users["ratings"]) == pytest.approx(USERS, rel=0.1)
    # 60 of 150 users tag, all of them rate as well: by chance 40 % of two sets of these sizes would meet.
    assert len(users["tags"] & users["ratings"]) == len(users["tags"])
    assert len(users["tags"]) == pytest.approx(60, abs=20)  # three deviations of a binomial share


def test_rows_of_one_user_are_alike_and_as_many_as_in_the_source(made):
    tables, _, _, done = made
    ours, real = (np.array(list(Counter(values(one["ratings"], "user_id")).values())) for one in (done, tables))
    assert ours.mean() == pytest.approx(real.mean(), rel=0.15)
    assert ours.std() == pytest.approx(real.std(), rel=0.3)
    assert likeness(tables["ratings"]) > 0.8
    assert likeness(done["ratings"]) > 0.5


def test_rows_that_several_columns_name_together_stay_together(made):
    tables, _, _, done = made
    per_pair = [len(rows["tags"]) / len(set(values(rows["tags"], "user_id", "film"))) for rows in (tables, done)]
    assert per_pair[0] > 2
    assert per_pair[1] == pytest.approx(per_pair[0], rel=0.25)


def test_a_sampler_makes_the_things_that_rows_need_but_hands_none_of_them_out(made):
    _, schema, models, _ = made
    sampler = DatabaseSampler(models, plan_database(with_entities(schema)))
    rows = sampler.sample("ratings", 40)
    assert rows.num_rows == 40
    assert rows.column_names == ["user_id", "film", "stars"]
    virtual = next(name for name in models if name.startswith(PREFIX))
    with pytest.raises(ModelError, match="no such table; expected one of films, ratings, tags"):
        sampler.sample(virtual, 1)


def test_a_rejected_entity_changes_nothing(mirror):
    tables, schema = library()
    rejected = replace(schema, rules=tuple(replace(rule, status="rejected") for rule in schema.rules))
    without, _ = mirror(tables, replace(schema, rules=()))
    done, facts = mirror(tables, rejected)
    assert set(facts) == set(tables)
    assert all(done[name].equals(without[name]) for name in tables)


@pytest.mark.parametrize("scale", [0.5, {"ratings": 0.5}])
def test_a_scale_of_the_naming_table_is_that_of_its_things(mirror, scale):
    tables, schema = library()
    done, _ = mirror(tables, schema, scale=scale)
    assert len(set(values(done["ratings"], "user_id"))) == pytest.approx(USERS / 2, rel=0.1)
    near(done, {"ratings": tables["ratings"]}, 0.5, tolerance=0.2)
