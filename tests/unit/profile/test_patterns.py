"""Shapes of texts in any script."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthspark.profile.patterns import common_patterns, shapes


def test_letters_and_digits_of_every_script_have_a_shape() -> None:
    values = pa.array(["before", "Ab-12 z", "ÉcoLE 7", "Жук", "漢字٣", "", "it's"])
    expected = ["aaaaaa", "Aa-99 a", "AaaAA 9", "Aaa", "aa9", "", "aa'a"]
    assert shapes(values).to_pylist() == expected
    assert shapes(values.slice(1, 4)).to_pylist() == expected[1:5]
    assert shapes(values.slice(0, 0)).to_pylist() == []


def test_frequent_shapes_come_first_with_the_share_of_their_rows() -> None:
    values = pa.array(["A1", "B2", "cc"])
    assert common_patterns(values, np.array([5, 1, 4])) == {"A9": 0.6, "aa": 0.4}
