"""Lists of invented personal values by locale; made once where a model is fitted, and kept in it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from synthspark.stats.providers_format import DEFAULT_LOCALE

# What Faker calls them; each gives one value a call.
_PROVIDERS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "street": "street_name",
    "city": "city",
    "company": "company",
    "postal_code": "postcode",
}
_LARGE = 5_000
_FEWEST_LISTED = 50  # names in a locale's lists; shorter ones hold patterns, from which names are drawn
_TRIES = 4  # draws a wanted value, before the locale's list is taken for exhausted


def personal_pool(semantic: str, locale: str, size: int, seed: int) -> list[str]:
    """At most `size` distinct invented values, e.g. of first names; fewer where the locale has no more.

    An unknown locale gives that of its language, else en_US.
    """
    faker = _faker(locale)
    faker.seed_instance(seed)
    draw: Callable[[], str] = getattr(faker, _PROVIDERS[semantic])
    found: dict[str, None] = {}
    for _ in range(size * _TRIES):
        if len(found) >= size:
            break
        found[" ".join(draw().split())] = None
    return list(found)


@functools.cache
def public_names(semantic: str, locale: str) -> frozenset[str]:
    """Every first or last name that may be invented in a locale: anybody could have written it, it names nobody."""
    lists = [
        getattr(provider, name) for provider in _faker(locale).get_providers() for name in _lists(provider, semantic)
    ]
    found = frozenset(" ".join(name.split()) for names in lists for name in names if isinstance(name, str))
    return found if len(found) >= _FEWEST_LISTED else frozenset(personal_pool(semantic, locale, _LARGE, 0))


def _lists(provider: Any, semantic: str) -> list[str]:
    return [name for name in dir(provider) if name.startswith(f"{semantic}s") and not callable(getattr(provider, name))]


def _faker(locale: str) -> Any:
    from faker import Faker  # only where pools are made: workers never need it
    from faker.config import AVAILABLE_LOCALES

    named = locale.replace("-", "_")
    same_language = sorted(known for known in AVAILABLE_LOCALES if known.split("_")[0] == named.split("_")[0])
    preferred = f"{named}_{named.upper()}"  # it: it_IT
    choices = [name for name in (named, preferred, *same_language[:1]) if name in AVAILABLE_LOCALES]
    return Faker((choices or [DEFAULT_LOCALE])[0])
