"""Names, streets, phones, e-mail addresses: pools of Faker values, drawn from by popularity."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from faker import Faker

from synthspark.demo.columns import BoolArray, digits, fixed, joined, picked
from synthspark.demo.draws import chance, pick, stream, unlike_codes, zipf
from synthspark.seeds import IntArray, stream_key

FEMALE, MALE = 0, 1
_POOL_SIZES = {"first": 140, "last": 450, "street": 260}
_TRIES_PER_NAME = 4  # Faker repeats itself; a locale with fewer names gives a smaller pool

_PHONE_PATTERNS = {
    "en_US": ("(%##) %##-####", "+1-%##-%##-####", "%##.%##.####"),
    "it_IT": ("+39 3%# #######", "3%# #######", "0%# ######"),
    "de_DE": ("+49 15% ########", "01%% #######", "(0%%%) ######"),
    "fr_FR": ("+33 6 %# ## ## ##", "06 %# ## ## ##", "01.%#.##.##.##"),
    "es_ES": ("+34 6%# ### ###", "6%# ### ###", "9%# ## ## ##"),
    "nl_NL": ("+31 6 %#######", "06-%#######", "020 %## ####"),
    "pl_PL": ("+48 5%# ### ###", "5%# ### ###", "22 %## ## ##"),
}
_PHONE_SHARES = (0.6, 0.25, 0.15)
_LETTERS_OF = str.maketrans(
    {"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "o", "ł": "l"}
)


@dataclass(frozen=True)
class Pools:
    """Values of one locale, the more popular first."""

    first: tuple[tuple[str, ...], tuple[str, ...]]  # female, male
    last: tuple[str, ...]
    street: tuple[str, ...]
    mail_domain: tuple[str, ...]
    company: tuple[str, ...]


def pools_of(locale: str, seed: int) -> Pools:
    """Name pools of a locale; the same for a seed and a version of Faker."""
    fake = Faker(locale)
    fake.seed_instance(stream_key(seed, "demo names", locale))
    return Pools(
        first=(
            _unlike(fake.first_name_female, _POOL_SIZES["first"]),
            _unlike(fake.first_name_male, _POOL_SIZES["first"]),
        ),
        last=_unlike(fake.last_name, _POOL_SIZES["last"]),
        street=_unlike(fake.street_name, _POOL_SIZES["street"]),
        mail_domain=_unlike(fake.free_email_domain, 6),
        company=_unlike(fake.company, 12),
    )


def _unlike(draw: Callable[[], str], size: int) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for _ in range(_TRIES_PER_NAME * size):
        seen[draw()] = None
        if len(seen) == size:
            break
    return tuple(seen)


def draw_first_names(seed: int, purpose: str, pools: Pools, gender: IntArray) -> tuple[pa.Array, IntArray]:
    """First names by gender, as text and as positions in the female pool followed by the male one."""
    generator = stream(seed, purpose, "first name")
    both = pools.first[FEMALE] + pools.first[MALE]
    female = pick(generator, zipf(len(pools.first[FEMALE])), len(gender))
    male = pick(generator, zipf(len(pools.first[MALE])), len(gender)) + len(pools.first[FEMALE])
    codes = np.where(gender == FEMALE, female, male)
    return picked(both, codes), codes


def draw_last_names(seed: int, purpose: str, pools: Pools, n: int) -> IntArray:
    """Positions of last names in their pool."""
    return pick(stream(seed, purpose, "last name"), zipf(len(pools.last), 0.7), n)


def draw_streets(seed: int, purpose: str, locale: str, pools: Pools, n: int) -> pa.Array:
    """Street and house number, in the country's order."""
    generator = stream(seed, purpose, "street")
    street = picked(pools.street, pick(generator, zipf(len(pools.street), 0.3), n))
    number = pa.array(np.ceil(generator.exponential(45.0, n)).astype(np.int64)).cast(pa.string())
    return joined(number, " ", street) if locale in ("en_US", "fr_FR") else joined(street, " ", number)


def draw_phones(seed: int, purpose: str, locale: str, n: int, missing: BoolArray | None = None) -> pa.Array:
    """Phone numbers in the formats that people type."""
    chosen = pick(stream(seed, purpose, "phone"), _PHONE_SHARES, n)
    formats = [fixed(unlike_codes(seed, f"{purpose} phone", pattern, n)) for pattern in _PHONE_PATTERNS[locale]]
    phones = pc.choose(pa.array(chosen), *formats)
    return phones if missing is None else pc.if_else(pa.array(missing), None, phones)


def draw_emails(
    seed: int, purpose: str, pools: Pools, names: tuple[pa.Array, pa.Array], birth_years: IntArray, missing: BoolArray
) -> pa.Array:
    """Private e-mail addresses made of first and last name, often with the birth year."""
    n = len(missing)
    generator = stream(seed, purpose, "email")
    first, last = (_ascii(name) for name in names)
    style = pa.array(pick(generator, (0.45, 0.2, 0.2, 0.15), n))
    local = pc.choose(
        style,
        joined(first, ".", last),
        joined(pc.utf8_slice_codeunits(first, 0, 1), last),
        joined(first, "_", last),
        joined(last, ".", first),
    )
    year = pc.if_else(pa.array(chance(generator, 0.35, n)), fixed(digits(birth_years % 100, 2)), "")
    domain = picked(pools.mail_domain, pick(generator, zipf(len(pools.mail_domain), 1.2), n))
    return pc.if_else(pa.array(missing), None, joined(local, year, "@", domain))


def work_emails(first: pa.Array, last: pa.Array, numbers: pa.Array, domain: str) -> pa.Array:
    """Addresses of employees, unlike each other through their number."""
    return joined(_ascii(first), ".", _ascii(last), numbers, f"@{domain}")


def _ascii(names: pa.Array) -> pa.Array:
    """Lower-case ASCII form of names, made once for each distinct name."""
    coded = names.dictionary_encode()
    return pa.array([plain_letters(name).lower() for name in coded.dictionary.to_pylist()], type=pa.string()).take(
        coded.indices
    )


def plain_letters(name: str) -> str:
    """A name with ASCII letters only."""
    folded = unicodedata.normalize("NFKD", name.translate(_LETTERS_OF))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())
