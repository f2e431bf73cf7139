"""Known first and last names, places and countries of some eighty locales, from Faker; read once, when first asked."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from synthspark.profile.semantic_names import fold

_FIRST = re.compile(r"(first|middle)(_romanized|_kana)?_names(_est|_rus)?")
_LAST = re.compile(r"last(_romanized|_kana)?_names(_est|_rus|_without_suffix)?")
_CITIES = re.compile(
    r"cities|city_names|towns|villages|settlements|freguesias|real_city_names|localities|municipalities|communes|concelhos|cap_city_province|\w+_lgus"
)
_COUNTRIES = re.compile(r"countries")
_REGIONS = re.compile(
    r"(states|provinces|regions|counties|departments|cantons|estados|distritos|prefectures|territories|wilayas"
    r"|region_names|luzon_provinces|mindanao_provinces|region_republics|region_oblast|union_territories)(_abbr)?"
)
_STREETS = re.compile(r"street_(suffix|prefix)\w*")
_LEAST_LETTERS = 2  # shorter entries are initials or codes
# What countries are called besides the names in Faker's lists.
_OTHER_COUNTRY_NAMES = (
    "usa|uk|us|united states|united states of america|united kingdom|great britain|england|scotland|russia|iran|syria"
    "|south korea|north korea|vietnam|venezuela|bolivia|tanzania|moldova|laos|brunei|czechia|czech republic|taiwan"
    "|hong kong|macedonia|north macedonia|ivory coast|congo|burma|deutschland|schweiz|osterreich|oesterreich|italia"
    "|espana|nederland|polska|cesko|brasil|mexico|the netherlands|holland|palestine|swaziland|eswatini|yugoslavia"
)
# Italy's, of which Faker knows no names.
_OTHER_REGIONS = (
    "abruzzo|basilicata|calabria|campania|emilia romagna|emilia-romagna|friuli venezia giulia|friuli-venezia giulia"
    "|lazio|liguria|lombardia|marche|molise|piemonte|puglia|sardegna|sicilia|toscana|trentino alto adige"
    "|trentino-alto adige|umbria|valle d'aosta|veneto"
)
_STREET_WORDS = (
    "street st avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl square sq way highway hwy"
    " parkway pkwy terrace loop strasse str gasse weg platz allee ring ufer damm chaussee steig via viale piazza corso"
    " vicolo largo strada contrada borgo rotonda stretto canale incrocio rue chemin impasse quai calle avenida avda"
    " paseo plaza carrera camino rua travessa praca alameda ulica ul aleja nam namesti straat laan plein gracht kade"
    " vagen gatan gade vej gata veien utca ut tie katu kuja polku sokak sokagi sok cadde caddesi cad bulvari mahallesi"
    " trida nabrezi strada bulevardul aleea calea osiedle os gasse pad dreef steenweg"
)
_GLUED_STREETS = (
    *("strasse", "str", "gasse", "weg", "platz", "allee", "ring", "straat", "laan", "vagen", "vaegen", "gatan", "gata"),
    *("gade", "vej", "veien", "katu", "kuja", "polku", "gasse", "steenweg", "dreef"),
)
LEAST_GLUED = 6  # letters of a word that is more than the kind of street: string and spring are no streets


@dataclass(frozen=True)
class Gazetteers:
    """Folded words: lower case, accents off."""

    first_names: frozenset[str]
    last_names: frozenset[str]
    cities: frozenset[str]
    countries: frozenset[str]
    country_codes: frozenset[str]
    regions: frozenset[str]
    street_words: frozenset[str]


_reading = Lock()


def gazetteers() -> Gazetteers:
    """The lists; reading them takes about two seconds, once a process."""
    with _reading:  # tables are profiled in threads
        return _read()


@lru_cache(maxsize=1)
def _read() -> Gazetteers:
    people, places = _classes("person"), _classes("address")
    date_time = importlib.import_module("faker.providers.date_time").Provider
    geo = importlib.import_module("faker.providers.geo").Provider
    known = list(date_time.countries)
    return Gazetteers(
        first_names=_entries(people, _FIRST),
        last_names=_entries(people, _LAST),
        cities=_entries(places, _CITIES)
        | _folded(country.capital for country in known)
        | _folded(place[2] for place in geo.land_coords),
        countries=_entries(places, _COUNTRIES)
        | _folded(country.name for country in known)
        | frozenset(_OTHER_COUNTRY_NAMES.split("|")),
        country_codes=_folded(code for country in known for code in (country.alpha_2_code, country.alpha_3_code)),
        regions=_entries(places, _REGIONS) | frozenset(_OTHER_REGIONS.split("|")),
        street_words=_entries(places, _STREETS) | frozenset(_STREET_WORDS.split()),
    )


def _classes(kind: str) -> list[Any]:
    package = importlib.import_module(f"faker.providers.{kind}")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return [importlib.import_module(f"faker.providers.{kind}.{name}").Provider for name in names]


def _entries(providers: Iterable[Any], attribute: re.Pattern[str]) -> frozenset[str]:
    lists = [
        value
        for provider in providers
        for name, value in vars(provider).items()
        if attribute.fullmatch(
            re.sub(
                r"_(fe)?male\w*|^((fe)?male|unisex|common|popular)_|_unisex|_nonbinary|_common\w*|_h\w+ism|_islamic",
                "",
                name,
            )
        )
    ]
    return _folded(text for value in lists for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a list as Faker keeps them: plain, with weights, or with codes beside them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (key for key in value if isinstance(key, str))
        for held in value.values():
            if not isinstance(held, (int, float)):
                yield from _texts(held)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _texts(item)


def _folded(texts: Iterable[str]) -> frozenset[str]:
    folded = (fold(text).strip(" .") for text in texts)
    return frozenset(text for text in folded if len(text) >= _LEAST_LETTERS and not text.isdigit())


def names_street(word: str) -> bool:
    """Whether a folded word ends in a kind of street: hauptstrasse, kerkstraat."""
    return len(word) > LEAST_GLUED and word.endswith(_GLUED_STREETS)
