import math

import pytest

from synthspark.verify.capacity import format_capacity, is_dense, repeats_by_chance


@pytest.mark.parametrize(
    ("lowest", "highest", "values"),
    [
        ("", "", 1),
        ("C00", "C99", 100),
        ("AAA", "ZZZ", 26**3),
        ("20240101", "20241231", 2 * 4 * 2),
        ("0", "f", 10 + 26 + 6),
        ("é", "ü", 10),
    ],
)
def test_capacity_is_the_product_of_what_each_place_can_hold(lowest, highest, values):
    assert format_capacity(lowest, highest) == pytest.approx(values)


def test_places_past_the_end_of_all_values_count_nothing():
    assert format_capacity(["A", None], ["C", None]) == pytest.approx(3)


def test_long_texts_do_not_overflow():
    assert math.isfinite(format_capacity("A" * 1000, "Z" * 1000))


def test_numbered_keys_are_dense_and_random_ones_are_not():
    assert is_dense(10_000, 500)
    assert not is_dense(26.0**8, 500)


def test_no_repeat_is_explained_by_chance_where_it_is_improbable():
    assert repeats_by_chance(1e9, 1_000, 1_000) == 0.0
    # Poisson with mean 10: five standard deviations above.
    assert repeats_by_chance(1e5, 1_000, 1_000) == math.ceil(10 + 5 * math.sqrt(10))
