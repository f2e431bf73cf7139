"""What the values of a column stand for: told from form, check digits, lists of names, and the column's own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from synthspark.profile import gazetteers
from synthspark.profile.hints import name_hint, says_name
from synthspark.profile.sentinels import MISSING_TEXTS
from synthspark.profile.shapes_of_values import BY_FORM, is_card_number, is_iban, is_phone

LEAST_FORM = 0.9  # share of the values that must have a form
LEAST_NAMES = 0.45  # share of the values in a list of names; the lists know about half of the names in use
LEAST_VALUES = 3  # distinct values below which values alone prove nothing
MOST_CATEGORIES = 100
LEAST_REPEATS = 3.0  # rows a value of a category has on average
MANY_WORDS = 4.0


@dataclass(frozen=True)
class Evidence:
    """What the meaning of a column is told from; carries values of the source."""

    name: str
    type: str
    rows: int
    filled: int
    distinct: int
    minimum: float
    maximum: float
    values: tuple[str, ...] = ()  # distinct ones, a bounded sample
    weights: tuple[int, ...] = ()  # rows of each
    patterns: Mapping[str, float] = field(default_factory=dict)


Meaning = tuple[str, float]  # semantic type and confidence


def semantic_type(evidence: Evidence) -> Meaning:
    """Semantic type and confidence; a personal type only if values or name support it well."""
    kind = evidence.type
    if evidence.filled == 0:
        return "empty", 1.0
    if kind in ("boolean", "date", "binary"):
        return kind, 1.0
    if kind.startswith("timestamp"):
        return "timestamp", 1.0
    if kind == "string":
        return _text_meaning(evidence)
    return _number_meaning(evidence)


def _share(values: tuple[str, ...], test: Callable[[str], object]) -> float:
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _text_meaning(evidence: Evidence) -> Meaning:
    values = tuple(value for value in evidence.values if value.strip().lower() not in MISSING_TEXTS)
    if not values:
        return "constant" if evidence.distinct == 1 else "category", 0.8
    hint, strength = name_hint(evidence.name)
    for semantic, test in BY_FORM.items():
        share = _share(values[:200], test)
        if share >= LEAST_FORM and (len(values) >= LEAST_VALUES or hint == semantic):
            return semantic, round(min(0.99, share), 3)
    hinted = _hinted_text(evidence, values, hint, strength)
    if hinted:
        return hinted
    named = _by_lists(evidence, values)
    return named or _general_text(evidence, values)


def _hinted_text(evidence: Evidence, values: tuple[str, ...], hint: str, strength: float) -> Meaning | None:
    """The meaning that the column's name suggests, if the values do not speak against it."""
    if not hint or hint in ("free_text", "duration", "money", "percentage", "coordinate", "url", "iban", "ip_address"):
        return None
    few = evidence.distinct <= 5 and evidence.filled >= 20 * evidence.distinct
    digits = _share(values, lambda value: any(char.isdigit() for char in value))
    letters = _share(values, lambda value: any(char.isalpha() for char in value))
    check: dict[str, bool] = {
        "phone": _share(values, is_phone) >= 0.6,
        "email": _share(values, lambda value: "@" in value) >= 0.5,
        "card_number": _share(values, is_card_number) >= 0.5,
        "iban": _share(values, is_iban) >= 0.5,
        "postal_code": digits >= 0.8 and max(map(len, values)) <= 12,
        "first_name": digits <= 0.05 and letters >= 0.9,
        "last_name": digits <= 0.05 and letters >= 0.9,
        "full_name": digits <= 0.1 and _share(values, lambda value: " " in value.strip()) >= 0.6,
        "street": letters >= 0.8 and evidence.distinct > 1,
        "address": letters >= 0.8 and evidence.distinct > 1,
        "city": digits <= 0.2 and letters >= 0.9,
        "country": digits <= 0.1 and letters >= 0.9,
        "region": digits <= 0.3 and letters >= 0.9,
        "company": letters >= 0.9 and not few,
        "username": strength >= 0.9 and not few,
        "national_id": digits >= 0.8 and not few,
        "tax_id": digits >= 0.8 and not few,
        "company_id": digits >= 0.8 and not few,
        "licence_plate": digits >= 0.7 and letters >= 0.5 and not few,
        "vehicle_id": digits >= 0.8 and not few,
        "person_code": digits >= 0.8 and not few,
        "mac_address": False,
    }
    personal_but_few = few and hint not in ("city", "country", "region", "postal_code")
    if not check.get(hint, False) or personal_but_few or (strength < 0.7 and hint in ("region", "company", "country")):
        return None
    return hint, round(0.55 + 0.35 * strength, 3)


def _by_lists(evidence: Evidence, values: tuple[str, ...]) -> Meaning | None:
    """Names of people and places, by lists; few values, or long ones, prove nothing."""
    if len(values) < LEAST_VALUES or float(np.mean([len(value) for value in values])) > 40:
        return None
    texts = tuple(gazetteers.plain(value) for value in values)
    shares: dict[str, float] = {
        "country": _share(texts, gazetteers.countries().__contains__),
        "full_name": _share(values, gazetteers.is_full_name),
        "first_name": _share(texts, gazetteers.first_names().__contains__),
        "last_name": _share(texts, gazetteers.last_names().__contains__),
        "region": _share(texts, gazetteers.regions().__contains__),
        "city": _share(texts, gazetteers.cities().__contains__),
    }
    semantic, share = max(shares.items(), key=lambda pair: pair[1])
    asked = says_name(evidence.name) or len(values) >= 20
    if share < (LEAST_NAMES if asked else 0.8):
        return None
    return semantic, round(share, 3)


def _general_text(evidence: Evidence, values: tuple[str, ...]) -> Meaning:
    if evidence.distinct == 1:
        return "constant", 1.0
    words = float(np.mean([len(value.split()) for value in values]))
    length = float(np.mean([len(value) for value in values]))
    repeats = evidence.filled / evidence.distinct
    if evidence.distinct <= MOST_CATEGORIES and repeats >= LEAST_REPEATS and length <= 60:
        return "category", 0.9
    if words >= MANY_WORDS or length > 60:
        return "free_text", 0.8
    spaceless = _share(values, lambda value: " " not in value.strip())
    coded = _share(values, lambda value: any(char.isdigit() for char in value) or value.isupper())
    if spaceless >= 0.9 and coded >= 0.6:
        return "code", 0.7
    if repeats >= LEAST_REPEATS * 3 and length <= 60:
        return "category", 0.6
    return "free_text", 0.5


def _number_meaning(evidence: Evidence) -> Meaning:
    if evidence.distinct == 1 and evidence.rows > 1:
        return "constant", 1.0
    hint, strength = name_hint(evidence.name)
    low, high = evidence.minimum, evidence.maximum
    lengths = [len(value.split(".")[0].lstrip("-")) for value in evidence.values] or [0]
    whole = (
        not evidence.type.startswith(("float", "double")) and _share(evidence.values, lambda text: "." not in text) == 1
    )
    many = evidence.distinct >= 20
    fits = {
        "phone": whole and many and min(lengths) >= 6 and low >= 0,
        "card_number": whole and _share(evidence.values, is_card_number) >= 0.9,
        "national_id": whole and many and float(np.median(lengths)) >= 6 and low >= 0,
        "tax_id": whole and many and float(np.median(lengths)) >= 6 and low >= 0,
        "company_id": whole and many and float(np.median(lengths)) >= 6 and low >= 0,
        "person_code": whole and many and float(np.median(lengths)) >= 5 and low >= 0,
        "postal_code": whole and low >= 0 and 3 <= float(np.median(lengths)) <= 9,
        "coordinate": not whole and low >= -180 and high <= 180,
        "money": True,
        "percentage": low >= -100 and high <= 100,
        "duration": low >= 0,
    }
    numbered = whole and evidence.name.lower().endswith(("id", "_no", "_nr", "key", "code"))
    if fits.get(hint, False) and strength >= 0.6 and not (numbered and hint in ("money", "percentage", "duration")):
        return hint, round(0.5 + 0.4 * strength, 3)
    if (
        whole
        and many
        and len(evidence.values) >= LEAST_VALUES
        and _share(evidence.values, is_card_number) >= LEAST_FORM
    ):
        return "card_number", 0.9
    return "number", 0.8
