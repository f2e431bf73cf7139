"""Databases with approved rules of all kinds, generated without Spark: the output breaks none of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthspark.artifacts.plan import plan_database
from synthspark.artifacts.rule import ENTITY, RULE_KINDS, Rule
from synthspark.artifacts.schema import ForeignKey
from synthspark.rules.checks import with_check
from tests.unit.generate.ruled import BANK_RULES, bank, bank_schema, broken, schema_of, shop_schema
from tests.unit.relate.rules.databases import ORDER_RULES, orders, said


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_shop_keeps_the_rules_that_are_found_in_it(mirror, scale):
    tables = orders(300)
    schema = shop_schema(tables)
    assert said(schema.rules) >= ORDER_RULES
    assert not plan_database(schema).rules.free
    done, _ = mirror(tables, schema, scale=scale)
    assert broken(done, schema) == {}
    assert done["orders"].num_rows == pytest.approx(scale * 300, rel=0.1)
    assert pc.count_distinct(done["orders"].column("total")).as_py() > 100


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_rules_of_every_kind_hold_exactly(mirror, scale):
    tables = bank()
    schema = bank_schema(tables)
    assert {rule.kind for rule in BANK_RULES} == set(RULE_KINDS) - {ENTITY}
    assert broken(tables, schema) == {}
    assert not plan_database(schema).rules.free
    done, _ = mirror(tables, schema, scale=scale)
    assert broken(done, schema) == {}
    for name, table in tables.items():
        assert done[name].num_rows == pytest.approx((1 if name == "branch" else scale) * table.num_rows, rel=0.1)
        for column in table.column_names:
            nulls = [rows.column(column).null_count / rows.num_rows for rows in (table, done[name])]
            assert nulls[0] == pytest.approx(nulls[1], abs=0.12), (name, column)
    for column in ("booked", "valued"):  # what rules move stays within the range of the source
        assert pc.max(done["entry"].column(column)).as_py() <= pc.max(tables["entry"].column(column)).as_py()


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_keys_keep_their_check_characters_and_so_do_references_to_them(mirror, scale):
    number = with_check(pa.array([f"P-{n:04d}-0" for n in range(150)]), "luhn")
    vin = with_check(pa.array([f"WVWZZZ1J0XW{n:06d}" for n in range(150)]), "vin")
    draw = np.random.default_rng(0)
    claims = {"id": pa.array(range(400)), "policy": number.take(pa.array(draw.integers(0, 150, 400)))}
    tables = {"policy": pa.table({"number": number, "vin": vin}), "claim": pa.table(claims)}
    rules = [
        Rule("check", "policy", ("number",), parameters={"scheme": "luhn"}),
        Rule("check", "policy", ("vin",), parameters={"scheme": "vin"}),
        Rule("check", "claim", ("policy",), parameters={"scheme": "luhn"}),
    ]
    key = ForeignKey("claim", ("policy",), "policy", ("number",))
    schema = schema_of(tables, {"policy": ["number"], "claim": ["id"]}, [key], rules)
    schema = replace(
        schema, tables=schema.tables | {"policy": replace(schema.tables["policy"], alternate_keys=(("vin",),))}
    )
    assert not plan_database(schema).rules.free
    done, _ = mirror(tables, schema, scale=scale)
    assert broken(done, schema) == {}
    for name in ("number", "vin"):
        made = done["policy"].column(name).to_pylist()
        assert len(made) == len(set(made)) == 150 * scale
        assert not set(made) & set(tables["policy"].column(name).to_pylist())
    assert set(done["claim"].column("policy").to_pylist()) <= set(done["policy"].column("number").to_pylist())
