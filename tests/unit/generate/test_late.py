"""Parents that are chosen when all rows are there: staff and their managers, keys that close a cycle."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from synthspark.artifacts.schema import Schema
from tests.unit.generate.databases import check, described, reference

GRADES = ("director", "manager", "clerk")


def staff():
    """A director has 6 managers, a manager 9 clerks; all live near the one that they report to and earn less."""
    generator = np.random.default_rng(5)
    boss = np.concatenate([np.full(12, -1), np.repeat(np.arange(12), 6), np.repeat(np.arange(12, 84), 9)])
    grade = np.repeat([0, 1, 2], [12, 72, 648])
    place = np.zeros(boss.size)
    place[:12] = generator.uniform(0, 100, 12)
    for level in (1, 2):
        rows = np.flatnonzero(grade == level)
        place[rows] = place[boss[rows]] + generator.normal(0, 4, rows.size)
    table = pa.table(
        {
            "id": pa.array(range(1, boss.size + 1)),
            "boss": pa.array(boss + 1, mask=boss < 0),
            "grade": [GRADES[one] for one in grade],
            "place": np.round(place, 2),
            "wage": np.round(9_000 * 0.5**grade + generator.normal(0, 200, boss.size), 0),
        }
    )
    described_table = described("staff", table, ("id",))
    return {"staff": table}, Schema("firm", {"staff": described_table}, (reference("staff", "boss", "staff", "id"),))


def known_of(table):
    """Columns of the staff, and the place of each one's boss, negative for none."""
    ids, bosses = (table.column(name).to_pylist() for name in ("id", "boss"))
    at = {one: place for place, one in enumerate(ids)}
    boss = np.array([at.get(one, -1) for one in bosses])
    return np.array(table.column("grade").to_pylist()), np.array(table.column("place"), dtype=float), boss


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_staff_report_to_those_above_them(mirror, scale):
    tables, schema = staff()
    done, _ = mirror(tables, schema, scale=scale)
    check(done, schema)
    grade, place, boss = known_of(done["staff"])
    below = boss >= 0
    assert (grade[~below] == "director").mean() > 0.9
    above = {"manager": "director", "clerk": "manager"}
    right = [above.get(one) == grade[to] for one, to in zip(grade[below], boss[below], strict=True)]
    assert np.mean(right) > 0.9
    assert np.corrcoef(place[below], place[boss[below]])[0, 1] > 0.7  # .97 in the source
    size = np.bincount(boss[below], minlength=boss.size)
    assert size[grade == "clerk"].max() == 0
    assert 5 < size[grade == "manager"].mean() < 13


def test_no_row_lies_above_itself(mirror):
    tables, schema = staff()
    done, _ = mirror(tables, schema)
    _, _, boss = known_of(done["staff"])
    row = np.arange(boss.size)
    for _ in range(4):
        row = np.where(row >= 0, boss[np.maximum(row, 0)], -1)
    assert (row < 0).all()


def test_a_reference_that_closes_a_cycle_follows_the_columns_of_both_sides(mirror):
    """A team has a leader of its own size class, and members; members are there after their teams."""
    generator = np.random.default_rng(6)
    size = generator.uniform(1, 50, 300)
    skill = generator.uniform(1, 50, 900)
    team = np.repeat(np.arange(300), 3)
    order, near = np.argsort(size), np.argsort(skill)[:: 900 // 300][:300]
    leader = np.zeros(300, dtype=np.int64)
    leader[order] = near
    tables = {
        "team": pa.table({"id": range(1, 301), "leader": leader + 1, "size": np.round(size, 2)}),
        "member": pa.table({"id": range(1, 901), "team": team + 1, "skill": np.round(skill, 2)}),
    }
    schema = Schema(
        "club",
        {name: described(name, table, ("id",)) for name, table in tables.items()},
        (reference("member", "team", "team", "id"), reference("team", "leader", "member", "id")),
    )
    done, _ = mirror(tables, schema)
    check(done, schema)
    at = {one: place for place, one in enumerate(done["member"].column("id").to_pylist())}
    chosen = np.array([at[one] for one in done["team"].column("leader").to_pylist()])
    sizes, skills = (np.array(done[t].column(c), dtype=float) for t, c in (("team", "size"), ("member", "skill")))
    assert np.corrcoef(sizes, skills[chosen])[0, 1] > 0.7
