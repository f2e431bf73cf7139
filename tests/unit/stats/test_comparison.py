"""What two values of different formats have in common."""

from decimal import Decimal

import pyarrow as pa
import pytest

from synthspark.stats.comparison import normal_form


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("000042", 42),
        ("C-000042", 42),
        ("No. 42 / old", 42),
        (" 42 ", 42),
        ("0000", 0),
        ("42.00", 42),
        ("-7", -7),
        ("-0007", -7),
        ("0" * 30 + "5", 5),
        ("42.5", None),
        ("1 of 2", None),
        ("9" * 19, None),
        ("", None),
        ("none", None),
        (None, None),
    ],
)
def test_number_that_a_text_holds(text: str | None, number: int | None) -> None:
    assert normal_form(pa.array([text], pa.string()), "number").to_pylist() == [number]


def test_number_that_a_number_holds() -> None:
    for values, kind in (
        ([1.0, 2.5, None, float("nan"), 1e30], pa.float64()),
        ([Decimal("1.00"), Decimal("2.50"), None, None, None], pa.decimal128(30, 2)),
        ([1, None, None, None, None], pa.int32()),
    ):
        assert normal_form(pa.array(values, kind), "number").to_pylist() == [1, None, None, None, None]


def test_folded_texts_have_no_case_and_no_blanks_around() -> None:
    folded = normal_form(pa.array(["ab  ", "AB", "\taB\r\n", "a b", "Łódź", "ΣΑΣ", "İ", None]), "folded").to_pylist()
    assert folded == ["ab", "ab", "ab", "a b", "łódź", "σασ", "i", None]


def test_exact_values_stay_and_numbers_are_not_folded() -> None:
    assert normal_form(pa.array(["Ab "]), "exact").to_pylist() == ["Ab "]
    assert normal_form(pa.array([42]), "folded").to_pylist() == [42]
