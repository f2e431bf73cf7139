"""Lists of invented personal values by locale; made once where a model is fitted, and kept in it."""

from __future__ import annotations

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


def _faker(locale: str) -> Any:
    from faker import Faker  # only where pools are made: workers never need it
    from faker.config import AVAILABLE_LOCALES

    named = locale.replace("-", "_")
    same_language = sorted(known for known in AVAILABLE_LOCALES if known.split("_")[0] == named.split("_")[0])
    preferred = f"{named}_{named.upper()}"  # it: it_IT
    choices = [name for name in (named, preferred, *same_language[:1]) if name in AVAILABLE_LOCALES]
    return Faker((choices or [DEFAULT_LOCALE])[0])
