"""Ranges prove inclusions only where a key has no gap and both columns are integers."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from synthspark.artifacts.profile import DatabaseProfile
from synthspark.artifacts.sketches import DatabaseSketches
from synthspark.config import DiscoverSettings
from synthspark.profile.finish import finish
from synthspark.profile.summary import Bounds, summarise
from synthspark.relate.facts import Facts, Inclusion, Place, gather_facts
from synthspark.relate.ranges import proven

CHILD, PARENT = Place("child", ("v",)), Place("parent", ("v",))
OPEN = Inclusion(CHILD, PARENT, math.nan, math.nan, exact=False)


def facts_of(child: pa.Array, parent: pa.Array, kind: str = "long") -> Facts:
    tables = {
        name: finish(name, summarise(pa.table({"v": values}), Bounds(8, 8)), {"v": kind}, DiscoverSettings())
        for name, values in (("child", child), ("parent", parent))
    }
    profile = DatabaseProfile({name: table[0] for name, table in tables.items()})
    return gather_facts(profile, DatabaseSketches({name: table[1] for name, table in tables.items()}))


def test_integers_within_a_range_without_gaps_are_included() -> None:
    found = proven(facts_of(pa.array([3, 9, 9]), pa.array(range(1, 20))), OPEN, {PARENT})
    assert found is not None
    assert (found.coverage, found.value_coverage, found.exact) == (1.0, 1.0, True)


@pytest.mark.parametrize(
    ("child", "parent"), [([0, 3], range(1, 20)), ([3, 21], range(1, 20)), ([3, 9], [*range(1, 9), *range(10, 21)])]
)
def test_gaps_and_values_outside_prove_nothing(child: list[int], parent: list[int]) -> None:
    assert proven(facts_of(pa.array(child), pa.array(list(parent))), OPEN, {PARENT}) is None


def test_columns_with_fractions_and_keys_in_doubt_prove_nothing() -> None:
    assert (
        proven(facts_of(pa.array([3.0, 9.0]), pa.array([float(i) for i in range(20)]), "double"), OPEN, {PARENT})
        is None
    )
    assert proven(facts_of(pa.array([3]), pa.array(range(1, 20))), OPEN, set()) is None
