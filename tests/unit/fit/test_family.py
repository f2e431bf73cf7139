"""What a table's relatives say of its rows."""

import numpy as np
import pyarrow as pa

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import Settings
from synthspark.fit.family import Family
from synthspark.fit.in_memory import ArrowTable


def test_what_siblings_share_of_whole_numbers_is_not_rounded():
    generator = np.random.default_rng(3)
    owner = np.repeat(np.arange(600), 3)
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
    hidden = Family(schema, plan_database(schema), Settings(), data.__getitem__).hidden("home")
    shared = [place for place, feature in enumerate(hidden.features) if feature.name.startswith("_ss_f")]
    assert max(np.unique(hidden.matrix[place]).size for place in shared) > 2  # means of three, none, one, two or all
    assert {hidden.features[place].domain["type"] for place in shared} == {"double"}
