"""Coverages of the policies and the vehicles they insure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.catalogue import COVERS, MAX_COVERS, MODELS, MOTOR, PRODUCTS
from synthspark.demo.checksums import with_vin_check
from synthspark.demo.columns import beside, char_rows, digits, fixed, flags, letters, money, picked, real, whole
from synthspark.demo.contracts import Policies
from synthspark.demo.draws import YEAR, chance, pick, place_in_group, split_cents, stream, unlike_codes, years_of
from synthspark.demo.people import People
from synthspark.seeds import FloatArray, IntArray

_DEDUCTIBLES = np.array([0, 150, 300, 500, 1_000, 2_500])
_FUELS = ("petrol", "diesel", "hybrid", "electric")
_COLOURS = ("white", "black", "grey", "silver", "blue", "red", "green", "yellow")
_MILEAGE_UNKNOWN = 999_999  # sentinel
_PLATES = {"en_US": "@@@ ####", "it_IT": "@@###@@", "de_DE": "@@-@@ ####"}
_PLATES |= {"fr_FR": "@@-###-@@", "es_ES": "#### @@@", "nl_NL": "@@-###-@", "pl_PL": "@@ #####"}
_VIN_YEARS = np.frombuffer(b"ABCDEFGHJKLMNPRSTVWXY123456789", dtype=np.uint8)  # 1980 is A, every 30 years again
_CODES = tuple(cover.code for covers in COVERS for cover in covers)
_FIRST_CODE = np.cumsum([0, *(len(covers) for covers in COVERS)])[:-1]


@dataclass(frozen=True)
class Coverages:
    """Coverages in the order of (policy, number)."""

    policy: IntArray
    number: IntArray  # from 1
    counts: IntArray  # of each policy
    kind: IntArray  # position among the covers of all lines
    sum_insured: IntArray  # whole currency units
    deductible: IntArray
    cost: FloatArray  # weight in the premium


def of_cover(name: str) -> FloatArray:
    """One attribute of every cover, lines one after the other."""
    return np.array([getattr(cover, name) for covers in COVERS for cover in covers], dtype=np.float64)


def simulate_coverages(seed: int, people: People, policies: Policies) -> Coverages:
    """One to five coverages a policy; richer holders and dearer products take more of them."""
    generator = stream(seed, "coverage")
    share = np.zeros((len(COVERS), MAX_COVERS))
    for line, covers in enumerate(COVERS):
        share[line, : len(covers)] = [cover.share for cover in covers]
    richness = np.array([item.richness for item in PRODUCTS])[policies.product] + 0.25 * people.wealth[policies.holder]
    odds = share[policies.line]
    odds = odds ** np.exp(-0.8 * richness)[:, None]
    taken = generator.random(odds.shape) < odds
    taken[:, 0] = True
    policy, slot = np.nonzero(taken)
    counts = taken.sum(axis=1)
    kind = _FIRST_CODE[policies.line[policy]] + slot
    n = len(policy)
    choices = [cover.sums for covers in COVERS for cover in covers]
    table = np.array([[*sums, *[sums[-1]] * (6 - len(sums))] for sums in choices])
    n_choices = np.array([len(sums) for sums in choices])[kind]
    # A position between the smallest and the largest sum that grows with wealth.
    rank = 1 / (1 + np.exp(-0.7 * people.wealth[policies.holder[policy]] - generator.normal(0, 1.2, n)))
    sums = table[kind, np.floor(rank * n_choices).astype(np.int64)]
    small = sums < 5_000
    weights = np.where(small[:, None], [5, 3, 0.2, 0, 0, 0], [3, 3, 3, 2.5, 1, 0.3])
    return Coverages(
        policy=policy,
        number=place_in_group(counts) + 1,
        counts=counts,
        kind=kind,
        sum_insured=sums,
        deductible=_DEDUCTIBLES[pick(generator, weights)],
        cost=of_cover("cost")[kind] * np.exp(generator.normal(0, 0.2, n)),
    )


def coverage_table(coverages: Coverages, annual_premium: IntArray) -> pa.Table:
    """Rows of the table coverage; their premiums add up to the policy's."""
    return pa.table(
        {
            "policy_id": whole(coverages.policy + 1),
            "coverage_no": whole(coverages.number),
            "coverage_code": picked(_CODES, coverages.kind),
            "sum_insured": money(coverages.sum_insured * 100),
            "deductible": money(coverages.deductible * 100),
            "premium": money(split_cents(annual_premium, coverages.counts, coverages.cost)),
        }
    )


def vehicle_table(seed: int, locale: str, people: People, policies: Policies) -> pa.Table:
    """One vehicle a motor policy, plus some that lost their policy long ago."""
    generator = stream(seed, "vehicle")
    motor = np.flatnonzero(policies.line == MOTOR)
    loose = chance(
        generator, np.where(policies.running[motor], 0.0, 0.3), len(motor)
    )  # the link was cut with the policy
    n = len(motor)
    wealth = people.wealth[policies.holder[motor]]
    price = np.log([model.price for model in MODELS])
    liking = (
        np.log([model.weight for model in MODELS])[None, :] + 0.9 * wealth[:, None] * (price - price.mean())[None, :]
    )
    model = pick(generator, np.exp(liking))
    age = np.minimum(np.floor(generator.gamma(2.2, 2.6 * np.exp(-0.2 * wealth))).astype(np.int64), 22)
    year = years_of(policies.end[motor]) - age  # customers change their car under the same policy
    choice = np.array([[*item.power_kw, *[item.power_kw[-1]] * (3 - len(item.power_kw))] for item in MODELS])
    power = choice[model, generator.integers(0, 3, n)]
    electric = np.array([item.make == "Tesla" for item in MODELS])[model]
    fuel = np.where(
        electric,
        3,
        pick(
            generator,
            np.stack([1 + 0 * wealth, np.where(year < 2018, 0.9, 0.4), np.where(year > 2012, 0.3, 0)], axis=1),
        ),
    )
    years_driven = np.maximum(policies.end[motor] - (year - 1970) * 365.25, 150.0) / YEAR
    mileage = np.minimum(np.rint(years_driven * 12_500 * np.exp(generator.normal(0, 0.45, n))), 600_000)
    mileage = np.where(chance(generator, 0.4, n), np.round(mileage, -3), mileage)
    value = np.array([item.price for item in MODELS])[model] * 0.86**years_driven * np.exp(generator.normal(0, 0.1, n))
    return pa.table(
        {
            "vehicle_id": whole(np.arange(1, n + 1)),
            "policy_id": whole(motor + 1, loose),
            "licence_plate": fixed(unlike_codes(seed, "plate", _PLATES[locale], n)),
            "vin": fixed(_vins(seed, model, year)),
            "make": picked([item.make for item in MODELS], model),
            "model": picked([item.model for item in MODELS], model),
            "country_of_make": picked([item.country for item in MODELS], model),
            "model_year": whole(year),
            "fuel": picked(_FUELS, fuel),
            "power_kw": whole(power),
            "colour": picked(
                _COLOURS, pick(generator, (3, 2.6, 2.5, 1.5, 1.3, 1, 0.3, 0.1), n), chance(generator, 0.03, n)
            ),
            "mileage": whole(np.where(chance(generator, 0.04, n), _MILEAGE_UNKNOWN, mileage)),
            "market_value": real(np.round(value, 2), chance(generator, np.where(age > 12, 0.5, 0.05), n)),
            "garage": flags(chance(generator, np.where(people.owner_of_home[policies.holder[motor]], 0.7, 0.2), n)),
        }
    )


def _vins(seed: int, model: IntArray, year: IntArray) -> np.ndarray:
    """Maker, type, check digit, year, plant, serial number; the serial numbers differ."""
    n = len(model)
    maker = char_rows([item.maker_code for item in MODELS])[model]
    serial = unlike_codes(seed, "vin", "#########", n)
    kind = beside(digits(10 + model, 2), serial[:, :3], digits(np.zeros(n), 1))
    built = beside(_VIN_YEARS[(year - 1980) % 30][:, None], letters(model % 7))
    return with_vin_check(beside(maker, kind, built, serial[:, 3:]))
