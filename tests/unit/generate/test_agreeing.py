"""Parents that agree with a row on a column that is set already: the city of an airport lies in its country."""

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.model import LinkModel
from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.generate.agreeing import choose_agreeing
from synthspark.generate.links import Linking
from synthspark.generate.parents import ParentKeys
from tests.unit.generate.databases import check, described, reference

KEY = ForeignKey("airport", ("country", "city"), "city", ("country", "name"))
LINK = LinkModel(KEY.label, fixed=("country",), free=("city",))


def chosen(countries, cities, weight=None, *, whole=True, kind="", owner=None, counted=None):
    """Place of each airport's city, given the country of each airport and of each city."""
    n_rows = len(countries)
    owner = np.arange(n_rows) if owner is None else np.array(owner)
    first = np.unique(owner, return_index=True)[1]
    position = np.arange(n_rows) - first[np.unique(owner, return_inverse=True)[1]]
    count = np.bincount(owner)[owner]
    slots = n_rows if whole else 10 * n_rows
    rows = Linking(np.arange(n_rows), slots, owner, position, count, int(owner.max()) + 1)
    parents = ParentKeys(
        len(cities), held={"country": pa.array(cities)}, weight=None if weight is None else np.array(weight, float)
    )
    return choose_agreeing(LINK, KEY, rows, [pa.array(countries)], parents, 7, kind=kind, counted=counted)


def test_every_city_gets_the_airports_it_was_drawn_with():
    cities = ["F"] * 4 + ["D"] * 3
    place = chosen(["D"] * 3 + ["F"] * 5 + ["D"], cities, [3, 0, 1, 1, 1, 3, 0])
    assert np.bincount(place, minlength=7).tolist() == [3, 0, 1, 1, 1, 3, 0]


def test_airports_keep_to_their_country_and_find_none_where_there_is_no_city():
    place = chosen(["F", "D", "X", None, "F"], ["D", "F", "D"])
    assert place[[0, 4]].tolist() == [1, 1]
    assert place[1] in (0, 2)
    assert place[2:4].tolist() == [-1, -1]


def test_airports_in_excess_open_cities_where_a_city_has_one():
    place = chosen(["F"] * 60, ["F"] * 80, [1] * 20 + [0] * 60)
    assert np.unique(place).size == 60


def test_claims_in_excess_go_to_the_adjusters_where_each_has_many():
    place = chosen(["F"] * 130, ["F"] * 30, [40, 30, 30] + [0] * 27)
    assert np.bincount(place).tolist() == [52, 39, 39]


def test_a_country_whose_cities_were_drawn_without_airports_opens_some():
    place = chosen(["F"] * 3 + ["D"], ["F"] * 5 + ["D"], [0, 0, 0, 0, 0, 1])
    assert np.unique(place[:3]).size == 3
    assert set(place[:3]) <= set(range(5))


def test_rows_that_are_not_counted_take_no_place_of_others():
    counted = np.array([True, False] * 10)
    place = chosen(["F"] * 20, ["F"] * 10, [1] * 10, counted=counted)
    assert np.bincount(place[counted], minlength=10).tolist() == [1] * 10
    assert (place >= 0).all()


def test_a_part_of_the_rows_prefers_popular_cities():
    place = chosen(["F"] * 4_000, ["F"] * 10, [9] + [1] * 9, whole=False)
    assert np.bincount(place, minlength=10)[0] == pytest.approx(2_000, abs=160)


def test_the_part_is_what_it_would_be_within_other_parts():
    weight = [3, 1, 2, 0, 5]
    whole = chosen(["F"] * 40, ["F"] * 5, weight, whole=False)
    part = chosen(["F"] * 20, ["F"] * 5, weight, whole=False)
    assert whole[:20].tolist() == part.tolist()


def test_rows_of_one_owner_get_different_cities_while_there_are_enough():
    place = chosen(["F"] * 6, ["F"] * 4, [9, 1, 1, 1], kind="linked", owner=[0, 0, 0, 1, 1, 1])
    assert np.unique(place[:3]).size == np.unique(place[3:]).size == 3
    short = chosen(["F"] * 4, ["F"] * 3, kind="linked", owner=[0, 0, 0, 0])
    assert np.unique(short[short >= 0]).size == 3
    assert (short < 0).sum() == 1


def test_all_rows_of_a_single_key_get_different_cities():
    place = chosen(["F"] * 7 + ["D"] * 2, ["D", "F"] * 8, [5] * 16, kind="single")
    assert np.unique(place).size == 9


def test_airports_of_a_country_lie_in_as_many_of_its_cities_as_in_the_source(mirror):
    draw = np.random.default_rng(3)
    n_cities = draw.integers(4, 40, 120)
    country = np.repeat(np.arange(120), n_cities)
    served = draw.random(country.size) < 0.4
    tables = {
        "country": pa.table({"code": np.arange(120), "area": n_cities * draw.gamma(9, 1, 120)}),
        "city": pa.table(
            {"country": country, "name": np.arange(country.size), "people": draw.gamma(2, 9, country.size)}
        ),
        "airport": pa.table(
            {"id": np.arange(served.sum()), "country": country[served], "city": np.flatnonzero(served)}
        ),
    }
    keys = {"country": ("code",), "city": ("country", "name"), "airport": ("id",)}
    schema = Schema(
        "air",
        {name: described(name, table, keys[name]) for name, table in tables.items()},
        (
            reference("city", "country", "country", "code"),
            reference("airport", "country", "country", "code"),
            ForeignKey("airport", ("country", "city"), "city", ("country", "name"), "approved"),
        ),
    )
    made, _ = mirror(tables, schema)
    check(made, schema)
    airports = made["airport"].group_by(["country", "city"]).aggregate([([], "count_all")])
    assert np.mean(airports["count_all"].to_numpy() == 1) > 0.85
