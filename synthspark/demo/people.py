"""Customers and their households, with the hidden traits that drive everything they do later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.demo.columns import (
    BoolArray,
    beside,
    dates,
    digits,
    fixed,
    flags,
    literal,
    money,
    picked,
    to_cents,
    whole,
)
from synthspark.demo.draws import TODAY, chance, day_number, draw_days, logistic, pick, season, stream, years_of
from synthspark.demo.identity import draw_ibans, draw_national_ids
from synthspark.demo.names import Pools, draw_emails, draw_first_names, draw_last_names, draw_phones, draw_streets
from synthspark.demo.places import N_POSTAL_CODES, Places, postal_codes
from synthspark.seeds import FloatArray, IntArray

GENDERS = ("F", "M")
_SEGMENTS = ("mass", "young", "affluent", "premium")
_OCCUPATIONS = ("employee", "civil servant", "self-employed", "manager", "student", "retired", "not working")
_HOUSEHOLD_TYPES = ("couple", "family", "shared flat")
_CHANNELS = ("e-mail", "phone", "post", "app")
_SIZES, _SIZE_SHARES = (2, 3, 4, 5), (0.56, 0.25, 0.14, 0.05)
_IN_HOUSEHOLD = 0.5  # share of customers who live with another customer
_MEAN_SIZE = float(np.dot(_SIZES, _SIZE_SHARES))
_RISK_LEVELS, _RISK_SHARES = np.array([0.45, 1.2, 3.2]), (0.55, 0.34, 0.11)
_CONTACT_LEVELS, _CONTACT_SHARES = np.array([0.5, 1.5, 4.0]), (0.4, 0.42, 0.18)
_LATE_LEVELS, _LATE_SHARES = np.array([0.01, 0.1, 0.4]), (0.66, 0.24, 0.1)
_NO_BIRTH_DATE = day_number("1900-01-01")  # sentinel of the old system
_OLD_SYSTEM_UNTIL = day_number("2003-01-01")
_NO_CHILDREN_KNOWN = -1  # sentinel
_EARLIEST = day_number("1996-01-01")


@dataclass(frozen=True)
class People:
    """Customers by position: members of a household stand side by side. Hidden traits included."""

    keys: IntArray
    first_member: IntArray  # position of the first member of the household, one's own for singles
    n_members: IntArray
    region: IntArray
    age: FloatArray
    since: IntArray
    segment: IntArray
    wealth: FloatArray
    owner_of_home: BoolArray
    children: IntArray
    risk: FloatArray
    talkative: FloatArray
    late: FloatArray
    mood: FloatArray
    first_name: pa.Array
    last_name: pa.Array

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.keys)


@dataclass(frozen=True)
class _Homes:
    """Where customers live; `home` numbers households first, singles after."""

    home: IntArray
    n_households: int
    position: IntArray
    size: IntArray


def simulate_people(seed: int, locale: str, places: Places, pools: Pools, n: int) -> tuple[dict[str, pa.Table], People]:
    """Tables household and customer, and the people behind them."""
    homes = _homes(seed, n)
    n_homes = int(homes.home[-1]) + 1
    generator = stream(seed, "home")
    city = pick(generator, places.city_weight, n_homes)
    addresses = {
        "street": draw_streets(seed, "home", locale, pools, n_homes),
        "city": picked(places.city_names, city),
        "postal_code": fixed(postal_codes(places, city, generator.integers(0, N_POSTAL_CODES, n_homes))),
        "region_id": whole(places.city_region[city] + 1),
    }
    wealth = generator.normal(0.0, 0.85, n_homes)
    owns = chance(generator, logistic(-0.3 + 0.9 * wealth + 0.6 * (np.arange(n_homes) < homes.n_households)), n_homes)
    traits = _traits(seed, homes, places.city_region[city], wealth, owns)
    household = _household_table(seed, homes, addresses, owns)
    customer, people = _customer_table(seed, locale, places, pools, homes, addresses, traits)
    return {"household": household, "customer": customer}, people


def _homes(seed: int, n: int) -> _Homes:
    n_households = int(n * _IN_HOUSEHOLD / _MEAN_SIZE)
    drawn = np.array(_SIZES)[pick(stream(seed, "household", "size"), _SIZE_SHARES, n_households)]
    sizes = np.concatenate([drawn, np.ones(n - int(drawn.sum()), dtype=np.int64)])
    home = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(sizes) - sizes
    return _Homes(home, n_households, np.arange(n) - starts[home], sizes[home])


def _traits(
    seed: int, homes: _Homes, home_region: IntArray, wealth: FloatArray, owns: BoolArray
) -> dict[str, np.ndarray]:
    """Hidden and visible traits by customer; members of a home resemble each other."""
    generator = stream(seed, "traits")
    n, n_homes = len(homes.home), len(home_region)
    adult = np.where(chance(generator, 0.25, n), generator.normal(71, 7, n), generator.normal(44, 11, n))
    age = np.clip(np.where(homes.position >= 2, generator.normal(23, 4, n), adult), 18, 95)
    partner = homes.position == 1
    age[partner] = np.clip(age[np.flatnonzero(partner) - 1] + generator.normal(-1, 4, int(partner.sum())), 18, 95)
    gender = pick(generator, (0.51, 0.49), n)
    opposite = partner & chance(generator, 0.93, n)
    gender[opposite] = 1 - gender[np.flatnonzero(opposite) - 1]
    own_wealth = wealth[homes.home] + generator.normal(0, 0.5, n) - 0.9 * (homes.position >= 2)
    shared = chance(generator, 0.6, n)
    risk_class = pick(generator, _RISK_SHARES, n)
    risk_class = np.where(shared, pick(generator, _RISK_SHARES, n_homes)[homes.home], risk_class)
    late_scores = np.array(_LATE_SHARES)[None, :] * np.exp(np.outer(-own_wealth, [0.0, 0.4, 0.8]))
    children = np.where(age > 27, generator.poisson(np.where(homes.size > 2, 1.5, 0.5)), 0)
    since = draw_days(
        generator,
        season((1, 1, 1, 1, 1.1, 0.3, 0.1), (1.5, 1, 1.1, 1, 1, 0.9, 0.8, 0.6, 1.1, 1.1, 1.2, 1.3), month_start=1.5),
        np.full(n, _EARLIEST),
        np.full(n, TODAY - 60),
    )
    adult_since = TODAY - np.floor((age - 18) * 365.25).astype(np.int64)
    since = np.maximum(since, np.minimum(adult_since, TODAY - 60))
    return {
        "age": age,
        "gender": gender,
        "wealth": own_wealth,
        "risk": _RISK_LEVELS[risk_class] * np.where(age < 26, 1.5, 1.0) * generator.gamma(6, 1 / 6, n),
        "talkative": _CONTACT_LEVELS[pick(generator, _CONTACT_SHARES, n)],
        "late": _LATE_LEVELS[pick(generator, late_scores)],
        "mood": 0.4 * generator.normal(0, 1, n_homes)[homes.home] + generator.normal(0, 0.9, n),
        "children": np.minimum(children, 6),
        "since": since,
        "region": home_region[homes.home],
        "owns": owns[homes.home],
    }


def _household_table(seed: int, homes: _Homes, addresses: dict[str, pa.Array], owns: BoolArray) -> pa.Table:
    generator = stream(seed, "household", "rest")
    n = homes.n_households
    size = homes.size[homes.position == 0][:n]
    kind = np.where(size > 2, 1, np.where(chance(generator, 0.85, n), 0, 2))
    others = np.where(kind == 1, generator.poisson(0.8, n), generator.poisson(0.2, n))
    return pa.table(
        {
            "household_id": whole(np.arange(1, n + 1)),
            "household_type": picked(_HOUSEHOLD_TYPES, kind),
            "n_persons": whole(size + others),
            "home_owner": flags(owns[:n]),
            **{name: column.slice(0, n) for name, column in addresses.items()},
        }
    )


def _customer_table(
    seed: int,
    locale: str,
    places: Places,
    pools: Pools,
    homes: _Homes,
    addresses: dict[str, pa.Array],
    traits: dict[str, np.ndarray],
) -> tuple[pa.Table, People]:
    n = len(homes.home)
    # Keys ascend with the day a customer came, with gaps where records were deleted.
    order = np.argsort(traits["since"], kind="stable")
    keys = np.empty(n, dtype=np.int64)
    keys[order] = 10_000 + np.cumsum(stream(seed, "customer", "key").geometric(0.8, n))
    segment = _segments(seed, traits)
    person = _person_columns(seed, locale, places, pools, homes, traits)
    table = pa.table(
        {
            "customer_id": whole(keys),
            "customer_number": fixed(beside(literal("C-", n), digits(keys, 7))),
            "household_id": whole(homes.home + 1, homes.home >= homes.n_households),
            **person,
            **{name: column.take(pa.array(homes.home)) for name, column in addresses.items()},
            **_profile_columns(seed, places, traits),
            "segment": picked(_SEGMENTS, segment),
            "customer_since": dates(traits["since"]),
        }
    ).take(pa.array(order))
    people = People(
        keys=keys,
        first_member=np.arange(n) - homes.position,
        n_members=homes.size,
        region=traits["region"],
        age=traits["age"],
        since=traits["since"],
        segment=segment,
        wealth=traits["wealth"],
        owner_of_home=traits["owns"],
        children=traits["children"],
        risk=traits["risk"],
        talkative=traits["talkative"],
        late=traits["late"],
        mood=traits["mood"],
        first_name=person["first_name"],
        last_name=person["last_name"],
    )
    return table, people


def _person_columns(
    seed: int, locale: str, places: Places, pools: Pools, homes: _Homes, traits: dict[str, np.ndarray]
) -> dict[str, pa.Array]:
    """Columns that name or reach a person; partners may share a name and an account."""
    generator = stream(seed, "customer", "person")
    n = len(homes.home)
    age, gender = traits["age"], traits["gender"]
    born = TODAY - np.floor(age * 365.25).astype(np.int64) - 1
    first_name, first = draw_first_names(seed, "customer", pools, gender)
    last = _last_names(seed, pools, homes)
    last_name = picked(pools.last, last)
    no_mail = chance(generator, logistic(-2.8 + 0.07 * (age - 50)), n)
    no_phone = chance(generator, 0.05, n)
    shares_account = (homes.position == 1) & chance(generator, 0.4, n)
    iban = draw_ibans(seed, locale, n).take(pa.array(np.arange(n) - shares_account))
    no_iban = chance(generator, 0.08 + 0.2 * (traits["late"] > 0.2), n)
    birth_unknown = (traits["since"] < _OLD_SYSTEM_UNTIL) & chance(generator, 0.08, n)
    return {
        "first_name": first_name,
        "last_name": last_name,
        "gender": picked(GENDERS, gender),
        "birth_date": dates(np.where(birth_unknown, _NO_BIRTH_DATE, born)),
        "national_id": draw_national_ids(seed, locale, places, pools, first=first, last=last, gender=gender, born=born),
        "email": draw_emails(seed, "customer", pools, (first_name, last_name), years_of(born), no_mail),
        "phone": draw_phones(seed, "customer", locale, n, no_phone),
        "iban": pc.if_else(pa.array(no_iban), None, iban),
    }


def _last_names(seed: int, pools: Pools, homes: _Homes) -> IntArray:
    """Positions of last names; most members of a household share one."""
    of_home = draw_last_names(seed, "home", pools, int(homes.home[-1]) + 1)[homes.home]
    differs = np.array([0.0, 0.3, 0.06, 0.06, 0.06])[np.minimum(homes.position, 4)]
    own = chance(stream(seed, "customer", "own name"), differs, len(of_home))
    return np.where(own, draw_last_names(seed, "customer", pools, len(of_home)), of_home)


def _segments(seed: int, traits: dict[str, np.ndarray]) -> IntArray:
    """What marketing makes of age and wealth."""
    guess = traits["wealth"] + stream(seed, "customer", "segment").normal(0, 0.4, len(traits["age"]))
    return np.where(traits["age"] < 28, 1, np.where(guess > 1.4, 3, np.where(guess > 0.6, 2, 0)))


def _profile_columns(seed: int, places: Places, traits: dict[str, np.ndarray]) -> dict[str, pa.Array]:
    """What the insurer asked its customers, and did not always learn."""
    generator = stream(seed, "customer", "profile")
    age, wealth, n = traits["age"], traits["wealth"], len(traits["age"])
    income, income_missing = _incomes(generator, age, wealth, places.income_factor[traits["region"]])
    agrees = logistic(0.3 - 0.02 * (age - 45) + 0.3 * traits["mood"])
    return {
        "occupation": picked(_OCCUPATIONS, _occupations(generator, age, wealth), chance(generator, 0.04, n)),
        "annual_income": money(to_cents(income), income_missing),
        "children": whole(np.where(chance(generator, 0.07, n), _NO_CHILDREN_KNOWN, traits["children"])),
        "preferred_channel": picked(_CHANNELS, _preferred(generator, age)),
        "marketing_consent": flags(chance(generator, agrees, n), chance(generator, 0.06, n)),
    }


def _incomes(
    generator: np.random.Generator, age: FloatArray, wealth: FloatArray, factor: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Yearly incomes: log-normal with spikes at round numbers and at zero; the rich keep theirs to themselves."""
    n = len(age)
    curve = -0.0009 * (age - 52) ** 2
    income = factor * np.exp(10.6 + 0.42 * wealth + curve + generator.normal(0, 0.22, n))
    grid = np.array([0.01, 100.0, 1_000.0])[pick(generator, (0.25, 0.5, 0.25), n)]
    income = np.minimum(np.round(income / grid) * grid, 9_999_999.0)
    nothing = chance(generator, np.where(age < 25, 0.2, 0.02), n)
    return np.where(nothing, 0.0, income), chance(generator, logistic(-2.3 + 0.8 * wealth), n)


def _occupations(generator: np.random.Generator, age: FloatArray, wealth: FloatArray) -> IntArray:
    old, young = logistic((age - 66) / 1.5), logistic((24 - age) / 1.2)
    middle = 1 - np.maximum(old, young)
    rich = np.exp(0.8 * wealth)
    return pick(
        generator,
        np.stack(
            [0.5 * middle, 0.15 * middle, 0.12 * middle * rich, 0.08 * middle * rich, young, old, 0.08 * middle / rich],
            axis=1,
        ),
    )


def _preferred(generator: np.random.Generator, age: FloatArray) -> IntArray:
    young = logistic((45 - age) / 12)
    return pick(generator, np.stack([0.4 + 0 * age, 0.3 - 0.1 * young, 0.3 * (1 - young), 0.4 * young], axis=1))


def household_partner(people: People, who: IntArray, step: IntArray) -> IntArray:
    """Another member of the household of `who` (`step` places on), or `who` again for singles."""
    first, size = people.first_member[who], people.n_members[who]
    return np.asarray(first + (who - first + np.where(size > 1, step % np.maximum(size - 1, 1) + 1, 0)) % size)
