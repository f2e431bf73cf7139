"""Which inclusions of large columns are worth a count, told before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthspark.relate.inclusion import unary_inclusions
from tests.unit.relate.test_search import facts_of

KEPT = 64  # values of a column that its sketch holds: of thousands they refute nothing about a few
CODES = {"code": [f"Code#{i:06d}" for i in range(5_000)]}


def open_ways(children: dict[str, Any]) -> set[str]:
    """How the child's column is to be compared with the codes on all rows."""
    facts = facts_of({"codes": CODES, "child": children}, kept=KEPT)
    found = unary_inclusions([facts.tables["child"]["word"]], [facts.tables["codes"]["code"]], 0.8)
    return {way for one in found if not one.exact for way in one.compare or ("exact",)}


def test_words_of_another_shape_are_not_counted_in_any_way() -> None:
    assert open_ways({"word": ["Air", "Rail", "Ship"] * 50}) == set()


def test_codes_in_another_case_with_blanks_around_are() -> None:
    assert "folded" in open_ways({"word": np.tile(["CODE#000017", " code#004000"], 50).tolist()})
