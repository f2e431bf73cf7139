"""Rows of which given shares have given values, with all that depends on these."""

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Column, ForeignKey, Schema, Table
from synthspark.config import TableSettings
from synthspark.errors import ConfigError
from synthspark.generate.conditions import CANDIDATES, Condition, draw_until
from synthspark.seeds import stream_key, uniforms


def clients():
    """Clients a tenth of whom leave; those are older and call more often."""
    draw = np.random.default_rng(3)
    n = 1_000
    left = draw.random(n) < 0.1
    age = np.where(left, draw.normal(60, 5, n), draw.normal(35, 5, n)).round()
    owner = np.repeat(np.arange(n), np.where(left, draw.integers(4, 7, n), draw.integers(0, 3, n)))
    tables = {
        "client": pa.table({"id": np.arange(n), "left": left, "age": age}),
        "call": pa.table({"id": np.arange(owner.size), "client": owner, "minutes": draw.gamma(2, 3, owner.size)}),
    }
    columns = {
        "client": {"id": Column("long", nullable=False), "left": Column("boolean"), "age": Column("double")},
        "call": {"id": Column("long", nullable=False), "client": Column("long"), "minutes": Column("double")},
    }
    described = {
        name: Table(name, columns[name], primary_key=("id",), status="approved", rows=table.num_rows)
        for name, table in tables.items()
    }
    return tables, Schema("telco", described, (ForeignKey("call", ("client",), "client", ("id",), "approved"),))


def test_the_share_is_met_and_the_rest_of_the_row_and_its_children_follow(mirror):
    tables, schema = clients()
    done, _ = mirror(tables, schema, tables={"client": TableSettings(condition={"left": {"True": 0.4}})})
    left = done["client"].column("left").to_numpy().astype(bool)
    assert left.sum() == 400
    age = done["client"].column("age").to_numpy()
    # 400 leavers and 600 others; their ages differ by 25 with a standard deviation of 5.
    assert age[left].mean() == pytest.approx(60, abs=3) and age[~left].mean() == pytest.approx(35, abs=3)
    calls = np.bincount(done["call"].column("client").to_numpy(), minlength=1_000)
    assert calls[left].mean() > 3 and calls[~left].mean() < 2


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"gone": {"True": 0.4}}, "the model draws no such column"),
        ({"age": {"60": 0.4}}, "the column is no category"),
        ({"left": {"true": 0.7, "false": 0.5}}, "exceed 1"),
        ({"left": {"perhaps": 0.4}}, "1 of 1 values are none of the categories"),
        ({"left": {"true": 0.4}, "age": {"60": 0.1}}, "found 2 columns"),
    ],
)
def test_conditions_that_cannot_be_met_are_refused(mirror, wrong, why):
    tables, schema = clients()
    with pytest.raises(ConfigError, match=why):
        mirror(tables, schema, tables={"client": TableSettings(condition=wrong)})


def candidates(index):
    """Draws of a category of three with shares .7, .2, .1 and of a number that tells the candidate."""

    def draw(at, purpose):
        u = uniforms(stream_key(0, purpose), index[at])
        return np.array([np.digitize(u, [0.7, 0.9]), u])

    return draw


def test_rows_do_not_depend_on_the_block_they_are_in():
    condition, index = Condition("c", (2, 1), (0.5, 0.1)), np.arange(500)

    def rows(part):
        draw, wanted = candidates(part), condition.wanted(1, "t", part, 500)
        return draw_until(condition, wanted, 0, draw(np.arange(part.size), "rows"), draw)

    whole = rows(index)
    assert [(whole[0] == code).sum() for code in (0, 1, 2)] == [200, 50, 250]
    assert np.array_equal(np.hstack([rows(part) for part in np.array_split(index, 7)]), whole)


def test_a_value_that_no_candidate_has_is_set_after_a_bounded_number_of_draws():
    condition, turns = Condition("c", (5,), (1.0,)), []

    def draw(at, purpose):
        turns.append(purpose)
        return np.zeros((1, at.size))

    made = draw_until(condition, condition.wanted(1, "t", np.arange(9), 9), 0, np.zeros((1, 9)), draw)
    assert (made == 5).all() and len(set(turns)) == CANDIDATES - 1
