"""Fit the weights of the embedded named-entity recogniser.

    python -m benchmarks.semantics.train_entities

All texts come from Faker's lists, composed names, and Mimesis in languages that the benchmark leaves out; none from a
database. Of each list a part is hidden while traits are taken, so that the model learns how names look and not only
which ones are known. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import calendar
import importlib
import pkgutil
import random
import re
import sys
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from http import HTTPStatus
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from faker import Faker
from faker.config import AVAILABLE_LOCALES
from mimesis import Generic
from sklearn.linear_model import LogisticRegression

from synthspark.profile import entities
from synthspark.profile.entity_features import BITS, TRAITS, Traits, traits_of
from synthspark.profile.semantic_gazetteers import Gazetteers, gazetteers

SEED = 20_261_124
# Texts of a class where there are not so many: drawn more often, the model would learn them by heart.
SIZES = {"region": 4_000, "country": 6_000, "username": 14_000, "address": 10_000, "thing": 45_000}
SIZES |= {"first_name": 32_000, "last_name": 40_000, "full_name": 26_000}
SHORT_CODE = 3  # letters of a code, which no spelling tells apart
HIDDEN = 0.45  # share of the entries that count as unknown
A_CLASS = 24_000  # texts
STRENGTH = 1.0  # inverse of the penalty; told by names of languages that the second provider alone has
NAMES = ("first", "last", "pair")
# Languages of the second provider that are learnt from; the others judge the recogniser.
OTHER_LANGUAGES = ("da", "no", "et", "hr", "hu", "sk", "is", "ru", "uk", "el", "kk")
TARGET = Path(entities.__file__).with_name(entities.WEIGHTS)


# What stands at the end of names of companies.
_LEGAL = (
    "GmbH|AG|KG|GmbH & Co. KG|e.K.|Ltd|Ltd.|Limited|PLC|Inc.|LLC|Corp.|Co.|Company|S.p.A.|SpA|S.r.l.|Srl|SARL|SA"
    "|SAS|S.A.|S.L.|S.L.U.|BV|B.V.|N.V.|AB|Oy|A/S|ApS|AS|s.r.o.|a.s.|Sp. z o.o.|S.A. de C.V.|Ltda|Lda|Kft.|Zrt."
    "|d.o.o.|A.Ş.|Group|Holding|Holdings|& Sons|& Co|Partners|Associates|Bros.|et Fils|e Figli|Cooperative|Bank"
    "|Airlines|Insurance|Foods|Industries|Systems|Solutions|Services|Technologies|Motors|Pharma|Consulting"
    "|Logistics|International|Trading|Markets|Import|Export|Distributors|Electronics|Energy|Media|Capital|Express"
    "|Stores"
)
LEGAL = tuple(_LEGAL.split("|"))


def main() -> int:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--strength", type=float, default=STRENGTH)
    arguments = parser.parse_args()
    source = random.Random(SEED)
    known = gazetteers()
    shown = _partly_hidden(known, source)
    texts, labels = [], []
    for label, draw in _drawers(known, source).items():
        for _ in range(SIZES.get(label, A_CLASS)):
            text = draw()
            texts.append(_cased(text, source))
            labels.append(entities.ENTITIES.index(label))
    traits = _in_parts(texts, shown)
    matrix = _matrix(traits)
    model = LogisticRegression(C=arguments.strength, max_iter=150, tol=1e-3)
    model.fit(matrix, np.array(labels))
    sys.stdout.write(f"{len(texts)} texts, accuracy on them {model.score(matrix, labels):.3f}\n")
    weights = np.zeros((2**BITS + len(TRAITS), len(entities.ENTITIES)))
    weights[:, model.classes_] = model.coef_.T
    weights[-1] += model.intercept_  # the last trait is constant
    buckets, dense = weights[: 2**BITS], weights[2**BITS :]
    scale = np.abs(buckets).max(axis=0) / 127
    np.savez_compressed(
        arguments.target,
        buckets=np.round(buckets / scale).astype(np.int8),
        traits=dense.astype(np.float32),
        scale=scale.astype(np.float32),
    )
    return 0


def _in_parts(texts: list[str], known: Gazetteers) -> Traits:
    parts = [traits_of(texts[start : start + 20_000], known) for start in range(0, len(texts), 20_000)]
    ends = np.cumsum([0, *(len(part.buckets) for part in parts)])
    return Traits(
        np.concatenate([part.buckets for part in parts]),
        np.concatenate([part.starts + end for part, end in zip(parts, ends, strict=False)]),
        np.concatenate([part.traits for part in parts]),
    )


def _matrix(found: Traits) -> sp.csr_matrix:
    counts = np.diff(np.append(found.starts, len(found.buckets)))
    weight = np.repeat(1 / np.sqrt(counts), counts)
    pieces = sp.csr_matrix(
        (weight, found.buckets, np.append(found.starts, len(found.buckets))), shape=(len(counts), 2**BITS)
    )
    pieces.sum_duplicates()
    return sp.hstack([pieces, sp.csr_matrix(found.traits)]).tocsr()


def _partly_hidden(known: Gazetteers, source: random.Random) -> Gazetteers:
    kept = {
        field.name: frozenset(text for text in sorted(getattr(known, field.name)) if source.random() > HIDDEN)
        for field in fields(known)
        if field.name not in ("street_words", "country_codes")
    }
    return replace(known, **kept)


def _cased(text: str, source: random.Random) -> str:
    drawn = source.random()
    return text.upper() if drawn < 0.1 else text.lower() if drawn < 0.2 else text


def _drawers(known: Gazetteers, source: random.Random) -> dict[str, Callable[[], str]]:
    fakes = _fakes()
    first, last = sorted(known.first_names), sorted(known.last_names)
    cities, countries = sorted(known.cities), sorted(known.countries)
    # Codes and provinces that are called like their chief town say nothing of how regions look.
    regions = sorted(text for text in known.regions - known.cities if len(text) > SHORT_CODE)
    words, things = _words(), _things()

    def name(pool: list[str]) -> str:
        return _title(source.choice(pool))

    def full() -> str:
        pair = (name(first), name(last)) if source.random() < 0.35 else source.choice(fakes["pair"])
        form = source.random()
        if form < 0.15:
            return f"{pair[1]}, {pair[0]}"
        if form < 0.28:
            return f"{pair[1]} {pair[0]}"
        if form < 0.36:
            return f"{pair[0]} {pair[0][0]}. {pair[1]}"
        if form < 0.42:
            return f"{pair[0]} {source.choice(fakes['pair'])[0]} {pair[1]}"
        if form < 0.48:
            return f"{source.choice(('Dr.', 'Mr', 'Mrs.', 'Frau', 'Herr', 'Sig.', 'Prof.'))} {pair[0]} {pair[1]}"
        if form < 0.53:
            return f"{pair[0]} {pair[1]} {name(last)}"
        if form < 0.57:
            return f"{pair[0][0]}. {pair[1]}"
        return f"{pair[0]} {pair[1]}"

    def one_first() -> str:
        if source.random() < 0.12:
            return source.choice("- ").join((source.choice(fakes["first"]), source.choice(fakes["first"])))
        return source.choice(fakes["first"]) if source.random() < 0.7 else name(first)

    def one_last() -> str:
        if source.random() < 0.12:
            return source.choice("- ").join((source.choice(fakes["last"]), source.choice(fakes["last"])))
        return source.choice(fakes["last"]) if source.random() < 0.75 else name(last)

    def company() -> str:
        form = source.random()
        if form < 0.45:
            return source.choice(fakes["company"])
        head = source.choice(
            (
                *(
                    name(last),
                    name(cities),
                    f"{name(last)} & {name(last)}",
                    f"{name(last)}, {name(last)} and {name(last)}",
                ),
                *(_title(source.choice(words)), f"{_title(source.choice(words))} {_title(source.choice(words))}"),
            )
        )
        return f"{head} {source.choice(LEGAL)}" if form < 0.93 else head + source.choice(("'s", " Bros", "soft", "tec"))

    def username() -> str:
        if source.random() < 0.4:
            return source.choice(fakes["user"])
        pair = [re.sub(r"\W", "", part.lower()) or "x" for part in source.choice(fakes["pair"])]
        mark, number = source.choice(("", ".", "_", "-")), source.choice(("", "", str(source.randint(0, 2030))))
        word = re.sub(r"\W", "", source.choice(words).lower()) or "x"
        forms = (pair[0][0] + mark + pair[1], pair[0] + mark + pair[1], pair[1] + mark + pair[0], pair[0] + number)
        made = source.choice((*forms, pair[1] + pair[0][0], f"{word}_{number}", word + str(source.randint(1, 9999))))
        return made + (number if source.random() < 0.5 else "")

    def street() -> str:
        if source.random() < 0.8:
            return source.choice(fakes["street"])
        kind = source.choice(sorted(known.street_words))
        base = source.choice((name(last), name(cities), f"{name(first)} {name(last)}"))
        number = source.choice(("", f" {source.randint(1, 250)}", f", {source.randint(1, 99)}"))
        return source.choice((f"{_title(kind)} {base}{number}", f"{base} {_title(kind)}{number}"))

    def address() -> str:
        mark = source.choice((", ", "\n", ", ", " "))
        if source.random() < 0.7:
            return source.choice(fakes["address"]).replace("\n", mark)
        return f"{street()}{mark}{source.randint(10_000, 99_999)} {name(cities)}"

    def city() -> str:
        return source.choice(fakes["city"]) if source.random() < 0.3 else name(cities)

    def thing() -> str:
        drawn = source.random()
        if drawn < 0.35:
            return source.choice(things)
        if drawn < 0.5:
            return _coded(source, words)
        if drawn < 0.58:
            return " ".join(source.choice(words) for _ in range(source.randint(5, 14))).capitalize()
        n = source.choice((1, 1, 1, 2, 2, 3, 4))
        text = " ".join(source.choice(words) for _ in range(n))
        text = _title(text) if source.random() < 0.4 else text
        ends = ("", "", "", f" {source.randint(1, 2000)}", f" {source.choice('ABCDEXZ')}{source.randint(1, 99)}")
        return text + source.choice(ends)

    return {
        "first_name": one_first,
        "last_name": one_last,
        "full_name": full,
        "username": username,
        "street": street,
        "address": address,
        "city": city,
        "region": lambda: name(regions),
        "country": lambda: name(countries),
        "company": company,
        "thing": thing,
    }


def _coded(source: random.Random, words: list[str]) -> str:
    """Codes, quantities, versions, files."""
    letters = "".join(source.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(source.randint(1, 4)))
    number, small = source.randint(0, 10 ** source.randint(1, 7)), source.randint(1, 99)
    word, other = source.choice(words), source.choice(words)
    return source.choice(
        (
            *(letters, letters, f"{letters}{small}", f"{letters}-{number}", f"{letters}{number}", f"{number}{letters}"),
            *(str(number), f"{small}.{number}", f"{small} {word}", f"{small}{letters.lower()[:2]} {word}"),
            *(f"{small}-{word} {other}", f"{small} - {number} {word}", f"{word}_{other}", f"{word}_{small}.txt"),
            *(f"{small} x {small} {word}", f"{word} {small}%", f"{letters}{small}-{letters}{small}", f"{word}-{small}"),
            *(f"{word}/{other}", f"<={small}", f"{small}/{number}", f"{word}, {other}", f"{word} & {other}"),
            *(f"{word.capitalize()} {other} {small} mg", f"{letters}_{number}_{small}"),
        )
    )


def _title(text: str) -> str:
    return re.sub(r"(^|[\s'-])(\w)", lambda found: found[1] + found[2].upper(), text)


def _fakes() -> dict[str, list]:
    """Values that Faker composes, locale by locale."""
    found: dict[str, list] = {key: [] for key in (*NAMES, "street", "address", "city", "company", "user")}
    for locale in sorted(AVAILABLE_LOCALES):
        fake = Faker(locale)
        fake.seed_instance(SEED)
        draws: dict[str, Callable[[], object]] = {
            "first": fake.first_name,
            "last": fake.last_name,
            "pair": lambda fake=fake: (fake.first_name(), fake.last_name()),
            "address": fake.address,
            "city": fake.city,
            "company": fake.company,
            "user": fake.user_name,
        }
        for key, draw in draws.items():
            found[key] += [draw() for _ in range(700 if key in NAMES else 250)]
        found["street"] += [fake.street_address() for _ in range(150)] + [fake.street_name() for _ in range(200)]
    for language in OTHER_LANGUAGES:
        made = Generic(locale=language, seed=SEED)
        draws = {
            "first": made.person.first_name,
            "last": made.person.last_name,
            "pair": lambda made=made: (made.person.first_name(), made.person.last_name()),
            "street": made.address.address,
            "city": made.address.city,
        }
        for key, draw in draws.items():
            found[key] += [draw() for _ in range(1_000 if key in NAMES else 400)]
    return found


def _words() -> list[str]:
    """Common words of some thirty languages, and of the standard library's documentation."""
    package = importlib.import_module("faker.providers.lorem")
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg]
    listed = {
        word
        for name in names
        for word in importlib.import_module(f"faker.providers.lorem.{name}").Provider.word_list
        if len(word) > 2
    }
    return sorted(listed | set(_documented_words()))


def _documented_words() -> Iterator[str]:
    for name in ("argparse", "datetime", "email.message", "http.client", "logging", "statistics", "tarfile", "zipfile"):
        module = importlib.import_module(name)
        texts = [module.__doc__ or "", *((getattr(item, "__doc__", "") or "") for item in vars(module).values())]
        yield from (word.lower() for text in texts for word in re.findall(r"[A-Za-z]{4,}", text))


def _things() -> list[str]:
    """Names of what is nobody: jobs, colours, currencies, languages, slogans, time zones, calendars, file names."""
    found: list[str] = [*zoneinfo.available_timezones(), *(status.phrase for status in HTTPStatus)]
    found += [*calendar.month_name, *calendar.day_name] * 40
    for locale in sorted(AVAILABLE_LOCALES):
        fake = Faker(locale)
        fake.seed_instance(SEED)
        for draw, n in ((fake.job, 60), (fake.color_name, 25), (fake.sentence, 25), (fake.month_name, 10)):
            found += [draw() for _ in range(n)]
        found += [fake.day_of_week() for _ in range(6)]
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    general = (fake.currency_name, fake.language_name, fake.catch_phrase, fake.bs, fake.file_name, fake.currency_code)
    found += [draw() for draw in (*general, lambda: f"{fake.word()} {fake.random_int(1, 999)}") for _ in range(500)]
    for language in OTHER_LANGUAGES:
        made = Generic(locale=language, seed=SEED)
        food = (made.food.dish, made.food.drink, made.food.fruit, made.food.vegetable, made.food.spices)
        other = (made.text.color, made.person.occupation, made.person.nationality, made.person.university)
        found += [draw() for draw in (*food, *other, lambda made=made: made.text.text(1)) for _ in range(40)]
    found += [draw() for draw in (made.transport.car, made.hardware.phone_model, made.hardware.cpu) for _ in range(200)]
    return [text for text in found if text]


if __name__ == "__main__":
    sys.exit(main())
