"""Small lists of names of people, cities and countries in several languages, from the providers of faker."""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

_LOCALE_NAMES = """
en_US en_GB en_IE en_IN en_NG de_DE de_AT de_CH fr_FR fr_CH fr_QC it_IT es_ES es_MX es_AR es_CO pt_BR pt_PT nl_NL nl_BE
cs_CZ sk_SK pl_PL hu_HU ro_RO hr_HR sl_SI bg_BG el_GR tr_TR sv_SE da_DK no_NO fi_FI et_EE lt_LT lv_LV ru_RU uk_UA
id_ID vi_VN
"""
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sr", "sra", "jr", "ii", "iii", "phd", "md"}
)


def plain(text: str) -> str:
    """Lower case without accents and surrounding blanks."""
    decomposed = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def first_names() -> frozenset[str]:
    """First names of all locales."""
    return _collect("person", "first_name")


@cache
def last_names() -> frozenset[str]:
    """Last names of all locales."""
    return _collect("person", "last_name")


@cache
def countries() -> frozenset[str]:
    """Countries in the languages of all locales, and the usual short forms."""
    short = {
        "usa",
        "uk",
        "russia",
        "south korea",
        "vietnam",
        "iran",
        "syria",
        "bolivia",
        "tanzania",
        "venezuela",
        "laos",
    }
    return _collect("address", "countries") | short


@cache
def cities() -> frozenset[str]:
    """Cities of some locales, and some hundred of the world."""
    geo = importlib.import_module("faker.providers.geo").Provider
    return _collect("address", "cities") | {plain(str(place[2])) for place in geo.land_coords}


@cache
def regions() -> frozenset[str]:
    """States, provinces, counties."""
    return frozenset().union(
        *(_collect("address", part) for part in ("states", "provinces", "regions", "counties", "federal_state"))
    )


def is_full_name(text: str) -> bool:
    """Whether a text reads as first and last name, in either order, perhaps with a title or a middle name."""
    words = [word.strip(".,") for word in plain(text).replace(",", " ").split()]
    words = [word for word in words if word and word not in _TITLES]
    if not 2 <= len(words) <= 4 or any(char.isdigit() for char in text):
        return False
    ends = {words[0], words[-1]}
    return bool(ends & first_names()) and (bool(ends & last_names()) or words[0] in first_names())


def _collect(kind: str, prefix: str) -> frozenset[str]:
    found: set[str] = set()
    for locale in _LOCALE_NAMES.split():
        try:
            provider: Any = importlib.import_module(f"faker.providers.{kind}.{locale}").Provider
        except ImportError:  # not every locale has every provider, nor every version of faker
            continue
        for name in dir(provider):
            values = getattr(provider, name)
            if name.startswith(prefix) and isinstance(values, Mapping | Iterable) and not isinstance(values, str):
                found.update(plain(value) for value in values if isinstance(value, str))
    return frozenset(value for value in found if value)
