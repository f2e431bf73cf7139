"""Names: words, plurals, roles, abbreviations; meaningless ones say nothing."""

from __future__ import annotations

import pytest

from synthspark.relate.names import is_opaque, name_likeness, says_key, words_of


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (("orders", "customer_id"), ("customers", "customer_id")),
        (("orders", "customer_id"), ("customers", "id")),
        (("store", "manager_staff_id"), ("staff", "staff_id")),
        (("Track", "AlbumId"), ("Album", "AlbumId")),
        (("ratings", "movieId"), ("movies", "movieId")),
        (("tblPolicy", "ProdID"), ("tblProduct", "ProdID")),
        (("address", "city"), ("cities", "id")),
        (("category", "parent_id"), ("category", "category_id")),
        (("product", "updated_by"), ("users", "id")),
        (("Kunde", "Betreuer"), ("Mitarbeiter", "MitarbeiterNr")),
    ],
)
def test_names_that_fit(child: tuple[str, str], parent: tuple[str, str]) -> None:
    assert name_likeness(*child, *parent) >= 0.7


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (("orders", "quantity"), ("customers", "customer_id")),
        (("loan", "duration"), ("district", "district_id")),
        (("loan", "id"), ("account", "id")),
        (("product", "updated_by"), ("stores", "id")),
        (("orders", "parent_id"), ("category", "category_id")),
    ],
)
def test_names_that_do_not_fit(child: tuple[str, str], parent: tuple[str, str]) -> None:
    assert name_likeness(*child, *parent) <= 0.4


@pytest.mark.parametrize("name", ["c1", "col_12", "Column3", "t1c4"])
def test_numbered_names_say_nothing(name: str) -> None:
    assert is_opaque(name)


@pytest.mark.parametrize("name", ["id", "city", "A", "year2"])
def test_other_names_are_not_opaque(name: str) -> None:
    assert not is_opaque(name)


def test_plurals_share_a_stem() -> None:
    for one, many in (("city", "cities"), ("movie", "movies"), ("class", "classes"), ("order", "orders")):
        assert words_of(one) == words_of(many)


def test_key_words() -> None:
    assert says_key("customer_id")
    assert says_key("CustomerID")
    assert not says_key("paid")
