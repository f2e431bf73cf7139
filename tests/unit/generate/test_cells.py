"""Who points to which further parent: pairs stay as they are in the source, and so do the parents' numbers of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.generate.balance import take_balanced
from synthspark.generate.cells import Asked, choose_in_cells
from synthspark.generate.links import Linking
from synthspark.generate.parents import CellParents

REGIONS, KINDS = ("north", "south", "west"), ("skis", "surf", "shoes")


def plain(cells):
    """Rows that ask for cells alone."""
    return Asked(cells, np.empty((0, cells.size)))


def linking(owner):
    owner = np.asarray(owner)
    position = np.concatenate([np.arange(size) for size in np.bincount(owner)])
    count = np.bincount(owner)[owner]
    return Linking(np.arange(owner.size), owner.size, owner, position, count, int(owner.max()) + 1)


def test_each_parent_gets_the_rows_that_it_is_to_have():
    weight = np.array([5.0, 1.0, 3.0, 0.0, 11.0])
    parents = CellParents(np.array([0, 0, 1, 1, 1]), weight, 2)
    rows = linking(np.zeros(20, dtype=np.int64))
    drawn = np.repeat([0.0, 1.0, np.nan], [10, 9, 1])
    place = choose_in_cells(parents, rows, plain(drawn), np.ones(20, bool), 3, distinct=False)
    assert np.bincount(place, minlength=5).tolist() == weight.tolist()


def test_rows_without_a_reference_use_up_no_parent():
    parents = CellParents(np.array([0, 0, 1]), np.array([4.0, 1.0, 5.0]), 2)
    rows, counted = linking(np.zeros(60, dtype=np.int64)), np.arange(60) < 10
    drawn = np.where(counted, np.arange(60) % 2, np.nan)
    place = choose_in_cells(parents, rows, plain(drawn), counted, 3, distinct=False)
    assert np.bincount(place[counted], minlength=3).tolist() == [4, 1, 5]
    assert (parents.cell[place[counted]] == drawn[counted]).all()


def test_draws_are_taken_so_that_cells_are_asked_for_what_they_have():
    """Rows of the north ask for skis three times too often; they still ask for skis more than rows of the south do."""
    generator = np.random.default_rng(2)
    north = np.arange(2_000) < 1_000
    cells = (generator.random((12, 2_000)) > np.where(north, 0.9, 0.3)).astype(float)
    cells[generator.random(cells.shape) < 0.4] = np.nan
    taken = take_balanced([cells], [np.array([1.0, 3.0])], generator.random(2_000))
    chosen = cells[taken, np.arange(2_000)]
    skis = chosen == 0
    assert np.isnan(chosen).mean() == pytest.approx(0.4, abs=0.03)
    assert skis.sum() / np.isfinite(chosen).sum() == pytest.approx(0.25, abs=0.03)
    assert skis[north].mean() > 5 * skis[~north].mean()


def test_balanced_references_of_two_keys_stay_together():
    generator = np.random.default_rng(3)
    first = generator.integers(0, 4, (12, 3_000)).astype(float)
    masses = [np.array([4.0, 2.0, 1.0, 1.0]), np.array([1.0, 2.0, 1.0, 1.0])]
    taken = take_balanced([first, (first + 1) % 4], masses, generator.random(3_000))
    every = np.arange(3_000)
    assert (((first + 1) % 4)[taken, every] == (first[taken, every] + 1) % 4).all()


def test_a_cell_of_which_no_parent_is_there_is_avoided():
    generator = np.random.default_rng(4)
    cells = generator.integers(0, 3, (12, 1_000)).astype(float)
    taken = take_balanced([cells], [np.array([1.0, 0.0, 1.0])], generator.random(1_000))
    assert (cells[taken, np.arange(1_000)] == 1).mean() < 0.01


def test_rows_of_one_owner_point_to_different_parents():
    generator = np.random.default_rng(1)
    parents = CellParents(generator.integers(0, 4, 200), generator.integers(1, 9, 200).astype(float), 4)
    rows = linking(np.repeat(np.arange(150), 6))
    drawn = generator.integers(0, 4, 900).astype(float)
    place = choose_in_cells(parents, rows, plain(drawn), np.ones(900, bool), 3, distinct=True)
    kept = place >= 0
    assert kept.mean() > 0.98
    pairs = np.stack([rows.owner[kept], place[kept]])
    assert np.unique(pairs, axis=1).shape[1] == kept.sum()
    wanted = parents.weight / parents.weight.sum() * 900
    assert np.abs(np.bincount(place[kept], minlength=200) - wanted).mean() < 1.0


def orders():
    """Who lives in the north buys skis, who lives in the south surf boards; nothing of it is written in the orders."""
    generator = np.random.default_rng(7)
    region, kind = generator.integers(0, 3, 400), generator.integers(0, 3, 90)
    owner = np.repeat(np.arange(400), 5)
    wanted = np.where(generator.random(owner.size) < 0.9, region[owner], generator.integers(0, 3, owner.size))
    product = np.array([generator.choice(np.flatnonzero(kind == one)) for one in wanted])
    return {
        "customer": pa.table({"id": pa.array(range(1, 401)), "region": [REGIONS[one] for one in region]}),
        "product": pa.table({"id": pa.array(range(1, 91)), "kind": [KINDS[one] for one in kind]}),
        "order": pa.table(
            {
                "id": pa.array(range(1, 2_001)),
                "customer": owner + 1,
                "product": product + 1,
                "n": generator.integers(1, 9, 2_000),
            }
        ),
    }


def table(name, columns, rows):
    return Table(
        name,
        {c: Column(kind, meaning, nullable=False) for c, kind, meaning in columns},
        "synthesize",
        ("id",),
        (),
        "approved",
        rows=rows,
    )


SCHEMA = Schema(
    "shop",
    {
        "customer": table("customer", [("id", "long", "key"), ("region", "string", "category")], 400),
        "product": table("product", [("id", "long", "key"), ("kind", "string", "category")], 90),
        "order": table(
            "order",
            [("id", "long", "key"), ("customer", "long", "key"), ("product", "long", "key"), ("n", "long", "quantity")],
            2_000,
        ),
    },
    (
        ForeignKey("order", ("customer",), "customer", ("id",), "approved"),
        ForeignKey("order", ("product",), "product", ("id",), "approved"),
    ),
)


def agreeing(tables):
    """Share of the orders whose product goes with the customer's region."""
    columns = {name: part.to_pandas().set_index("id") for name, part in tables.items()}
    order = columns["order"]
    region = columns["customer"].region.loc[order.customer].map(REGIONS.index).to_numpy()
    kind = columns["product"].kind.loc[order["product"]].map(KINDS.index).to_numpy()
    return (region == kind).mean()


def test_what_a_parent_says_of_the_other_parent_is_kept(mirror):
    source = orders()
    done, _ = mirror(source, SCHEMA)
    assert agreeing(source) > 0.9
    assert agreeing(done) == pytest.approx(agreeing(source), abs=0.12)


def test_rows_for_which_their_cell_has_no_parent_left_find_one_elsewhere():
    """Everybody asks for four parents of a cell that has three."""
    parents = CellParents(np.repeat([0, 1], [3, 30]), np.ones(33), 2)
    rows = replace(linking(np.repeat(np.arange(50), 4)), slots=400)  # one of two blocks
    place = choose_in_cells(parents, rows, plain(np.zeros(200)), np.ones(200, bool), 3, distinct=True)
    assert (place >= 0).all()
    assert np.unique(np.stack([rows.owner, place]), axis=1).shape[1] == 200
