"""The embedded recogniser tells names by how they look; others can stand in for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from mimesis import Generic

from synthspark.errors import ConfigError
from synthspark.profile.entities import ENTITIES, chosen_recogniser, embedded_recogniser
from synthspark.profile.semantic_gazetteers import gazetteers
from synthspark.profile.semantic_names import fold
from synthspark.profile.semantics import Evidence, semantic_type, semantic_types


def evidence(name: str, values: Sequence[str], *, table: str = "", repeats: int = 1) -> Evidence:
    rows = len(values) * repeats
    ends = (float("inf"), float("-inf"))
    return Evidence(name, "string", rows, rows, len(set(values)), *ends, tuple(values), table=table)


class EverythingIsACompany:
    def recognise(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile(np.eye(len(ENTITIES))[ENTITIES.index("company")], (len(texts), 1))


COMPANIES_ONLY = EverythingIsACompany()
WORDS = [
    f"{first} {last}" for first in ("blue", "soft", "north", "quick", "old") for last in ("tin", "oak", "sky", "tea")
]


def test_probabilities_are_of_each_text_alone() -> None:
    texts = ["Anna", "Kowalski", "12 High Street", "Bern", "Huber GmbH", "steel rod 5 mm", "", "Жуков", "x" * 500]
    together = embedded_recogniser().recognise(texts)
    assert together.shape == (len(texts), len(ENTITIES))
    assert np.allclose(together.sum(axis=1), 1)
    for place, text in enumerate(texts):
        assert np.allclose(embedded_recogniser().recognise([text])[0], together[place])
    assert embedded_recogniser().recognise([]).shape == (0, len(ENTITIES))


def test_case_and_accents_make_no_difference() -> None:
    plain = embedded_recogniser().recognise(["josé garcía", "Münster"])
    assert np.allclose(plain, embedded_recogniser().recognise(["JOSE GARCIA", "MUENSTER"]))


@pytest.mark.parametrize("language", ["de", "fr", "pl", "sv"])
def test_names_are_told_though_lists_hold_few_of_them(language: str) -> None:
    made = Generic(locale=language, seed=5)
    names = sorted({made.person.last_name() for _ in range(800)})
    known = gazetteers().last_names | gazetteers().cities
    listed, unknown = ([name for name in names if (fold(name) in known) == inside] for inside in (True, False))
    assert semantic_type(evidence("c1", unknown[:40] + listed[:27]))[0] == "last_name"


def test_few_often_repeated_words_are_no_names() -> None:
    assert semantic_type(evidence("c1", ["Rose", "Amber", "Ruby"], repeats=200))[0] == "category"


def test_a_column_called_name_is_read_with_its_table() -> None:
    people = ["Anna Huber", "Peter Maier", "Maria Gruber", "John Smith", "Paul Weber", "Eva Stein"] * 4
    assert semantic_type(evidence("name", people, table="tblCustomers"))[0] == "full_name"
    ranges = [
        f"{first} {last}" for first in ("Ben", "Glen", "Mount", "Sierra") for last in ("Nevis", "More", "Alto", "Roy")
    ]
    assert semantic_type(evidence("name", ranges, table="mountain"))[0] != "full_name"


def test_digits_beside_a_city_are_a_postal_code() -> None:
    codes = [f"{number:05d}" for number in range(10_115, 10_115 + 40 * 37, 37)]
    towns = ["Berlin", "Hamburg", "Bremen", "Dresden", "Leipzig", "Kassel", "Mainz", "Bonn", "Ulm", "Trier"] * 4
    assert semantic_type(evidence("c2", codes))[0] == "code"
    told = semantic_types([evidence("c1", towns), evidence("c2", codes)])
    assert [meaning for meaning, _ in told] == ["city", "postal_code"]


def test_another_recogniser_can_be_named() -> None:
    own = chosen_recogniser(f"{__name__}:COMPANIES_ONLY")
    assert own is COMPANIES_ONLY
    assert semantic_type(evidence("c1", WORDS), own)[0] == "company"
    assert semantic_type(evidence("c1", WORDS))[0] != "company"


@pytest.mark.parametrize(
    "address", ["no_such_module:x", "synthspark.errors:nothing", "synthspark.errors:ConfigError", "x"]
)
def test_an_address_of_no_recogniser_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="module:name of an object with recognise"):
        chosen_recogniser(address)
