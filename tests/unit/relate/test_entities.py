"""Which columns are proposed as names of things that have no table."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa

from synthspark.relate.entities import propose_entities
from tests.unit.relate.test_search import facts_of, schema_of

RNG = np.random.default_rng(3)


def found(tables):
    rules = propose_entities(facts_of(tables), schema_of(tables))
    return {(rule.table, rule.columns): rule for rule in rules}


def pairs(rows, users, films, seed):
    rng = np.random.default_rng(seed)
    cells = rng.choice(users * films, rows, replace=False)
    return cells // films, cells % films


def library():
    user, film = pairs(900, 100, 60, 0)
    tagger, tagged = pairs(150, 40, 60, 1)
    who, what = np.repeat(tagger, 3), np.repeat(tagged, 3)
    ids = np.sort(RNG.choice(90_000, 100, replace=False)) + 10_000
    return {
        "films": {"filmId": np.arange(60) + 500, "title": [f"The film {i}" for i in range(60)]},
        "ratings": {"userId": ids[user], "filmId": film + 500, "stars": RNG.normal(3, 1, 900)},
        "tags": {
            "userId": ids[who],
            "filmId": what + 500,
            "tag": np.array(["good", "bad", "long", "sad", "mad"])[(np.arange(450) * 2) % 5],
        },
    }


def test_an_identifier_that_two_tables_share_is_a_thing():
    rules = found(library())
    shared = rules["ratings", ("userId",)]
    assert shared.parameters == {"others": [["tags", "userId"]], "distinct": 100}
    assert shared.status == "proposed"
    assert "userId of ratings and of tags name the same things" in shared.why


def test_rows_of_a_key_that_two_references_repeat_are_of_one_thing():
    assert ("tags", ("userId", "filmId")) in found(library())


def test_columns_that_a_longer_reference_carries_name_the_same_things():
    tables = library()
    ratings = tables["ratings"]
    rated = np.repeat(RNG.choice(900, 150, replace=False), 3)
    tables["tags"] |= {"userId": ratings["userId"][rated], "filmId": ratings["filmId"][rated]}
    assert "tags.userId, filmId -> ratings.userId, filmId" in {key.label for key in schema_of(tables).foreign_keys}
    rules = found(tables)
    assert rules["ratings", ("userId",)].parameters["others"] == [["tags", "userId"]]
    assert ("tags", ("userId", "filmId")) not in rules


def test_a_table_of_users_leaves_nothing_to_name():
    tables = library()
    users = np.unique(tables["ratings"]["userId"])
    tables["users"] = {"userId": users, "born": RNG.integers(1940, 2005, users.size)}
    assert ("ratings", ("userId",)) not in found(tables)


def test_part_of_a_key_that_claims_to_identify_is_a_thing():
    device, slot = pairs(2_000, 120, 300, 2)
    start = datetime.date(2024, 1, 1)
    when = pa.array([start + datetime.timedelta(days=int(day)) for day in slot], pa.date32())
    log = {"device_id": device * 37 + 1_001, "day": when, "load": RNG.normal(0, 1, 2_000)}
    assert list(found({"log": log})) == [("log", ("device_id",))]


def test_events_that_belong_to_nobody_are_put_together_by_the_one_they_name():
    person = RNG.integers(0, 90, 1_500) * 41 + 100_003
    start = datetime.date(2024, 1, 1)
    when = pa.array([start + datetime.timedelta(days=int(day)) for day in RNG.integers(0, 300, 1_500)], pa.date32())
    log = {"event": np.arange(1_500) + 7, "person_id": person, "day": when, "amount": RNG.normal(0, 1, 1_500)}
    assert list(found({"log": log})) == [("log", ("person_id",))]
    undated = {name: column for name, column in log.items() if name != "day"}
    assert found({"log": undated}) == {}
    notes = {"event": np.arange(7, 1_507, 2), "note": [f"note {i}" for i in range(750)]}
    assert found({"log": log, "notes": notes}) == {}  # things that others refer to are no mere events


def test_what_most_rows_lack_names_no_thing():
    tables = library()
    missing = {"mask": np.arange(900) % 3 > 0}
    tables["ratings"]["userId"] = pa.array(tables["ratings"]["userId"], **missing)
    assert ("ratings", ("userId",)) not in found(tables)


def test_numbers_dates_and_categories_are_no_things():
    store, week = pairs(3_000, 80, 120, 4)
    start = datetime.date(2024, 1, 1)
    when = pa.array([start + datetime.timedelta(days=7 * int(day)) for day in week], pa.date32())
    kind = RNG.integers(1, 30, 3_000)
    tables = {
        "sales": {"dept": store, "week": when, "year": RNG.integers(1990, 2020, 3_000), "kind_id": kind},
        "plans": {"dept": store[:500], "week": when.slice(0, 500), "kind_id": kind[:500]},
    }
    assert found(tables) == {}
