"""What a table's relatives say of its rows."""

import numpy as np
import pyarrow as pa

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import Settings
from synthspark.fit.family import Family
from synthspark.fit.rows import AllRows, ArrowTable


def homes(rows_each):
    """Homes of which each has a habit of its own, and the rows of the persons in them."""
    generator = np.random.default_rng(3)
    owner = np.repeat(np.arange(600), rows_each)
    flag = (generator.random(owner.size) < generator.beta(0.3, 1.2, 600)[owner]).astype(np.int64)
    key, number = Column("long", "key", nullable=False), Column("long", "quantity", nullable=False)
    tables = {
        "home": Table("home", {"id": key}, primary_key=("id",), status="approved", rows=600),
        "person": Table("person", {"home": key, "flag": number}, status="approved", rows=owner.size),
    }
    schema = Schema("homes", tables, (ForeignKey("person", ("home",), "home", ("id",), "approved"),))
    data = {
        "home": ArrowTable(tables["home"].columns, {"id": pa.array(np.arange(600))}, 600),
        "person": ArrowTable(tables["person"].columns, {"home": pa.array(owner), "flag": pa.array(flag)}, owner.size),
    }
    return schema, data


def test_what_siblings_share_of_whole_numbers_is_not_rounded():
    schema, data = homes(3)
    hidden = Family(schema, plan_database(schema), Settings(), AllRows(data.__getitem__)).hidden("home")
    shared = [place for place, feature in enumerate(hidden.features) if feature.name.startswith("_ss_f")]
    assert max(np.unique(hidden.matrix[place]).size for place in shared) > 2  # means of three, none, one, two or all
    assert {hidden.features[place].domain["type"] for place in shared} == {"double"}


class SomeFamilies(AllRows):
    """Of the persons only those of the first 100 homes are fitted; every second person tells of all homes."""

    def fitted(self, table):
        return first_rows(self.load(table), 2_000) if table == "person" else self.load(table)

    def of_each(self, table):
        whole = self.load(table)
        every_second = {name: values.take(pa.array(range(0, whole.rows, 2))) for name, values in whole.data.items()}
        return ArrowTable(whole.columns, every_second, whole.rows // 2)

    def is_part(self, table):
        return table == "person"

    def has_all_families(self, table):
        return table != "person"


def first_rows(table, rows):
    return ArrowTable(table.columns, {name: values.slice(0, rows) for name, values in table.data.items()}, rows)


def test_homes_whose_persons_are_not_fitted_have_their_number_and_their_habit():
    schema, data = homes(20)
    plan = plan_database(schema)
    part = Family(schema, plan, Settings(), SomeFamilies(data.__getitem__))
    whole = Family(schema, plan, Settings(), AllRows(data.__getitem__))
    some, every = part.hidden("home"), whole.hidden("home")
    assert [feature.name for feature in some.features] == [feature.name for feature in every.features]
    assert (some.matrix[0] == 20).all() and not np.isnan(some.matrix).any()
    assert np.corrcoef(some.matrix[1], every.matrix[1])[0, 1] > 0.9
    assert part.surroundings("person").rows == 2_000
    siblings = [feature.name for feature in part.surroundings("person").features].index("_ss_count")
    assert (part.surroundings("person").matrix[siblings] == 20).all()


class SomeHomes(AllRows):
    """Of the homes, and of the persons in them, those of the first 100 are fitted."""

    def fitted(self, table):
        return first_rows(self.load(table), {"home": 100, "person": 2_000}[table])

    def is_part(self, table):
        return True

    def counted(self, key):
        return super().counted(key)[:100]


def test_a_row_knows_the_home_it_points_to_although_that_is_not_fitted():
    schema, data = homes(20)
    size = np.random.default_rng(4).normal(size=600)
    home = Table("home", {**schema.tables["home"].columns, "size": Column("double")}, primary_key=("id",), rows=600)
    person = schema.tables["person"]
    person = Table("person", {**person.columns, "second": Column("long", "key")}, status="approved", rows=12_000)
    second = pa.array((np.arange(12_000) * 7) % 600)
    data = {
        "home": ArrowTable(home.columns, {**data["home"].data, "size": pa.array(size)}, 600),
        "person": ArrowTable(person.columns, {**data["person"].data, "second": second}, 12_000),
    }
    (key,) = schema.foreign_keys
    other = ForeignKey("person", ("second",), "home", ("id",), "approved")
    schema = Schema("homes", {"home": home, "person": person}, (key, other))
    plan = plan_database(schema, {"person": ("home",)})
    known = Family(schema, plan, Settings(), SomeHomes(data.__getitem__)).surroundings("person")
    place = [feature.name for feature in known.features].index(">0.size")
    assert np.allclose(known.matrix[place], size[second.to_numpy()[:2_000]])
