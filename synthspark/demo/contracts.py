"""Policies: who holds, who pays, who is insured, through whom, for how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.catalogue import HEALTH, HOME, LIFE, LINES, MOTOR, PET, PRODUCTS, TRAVEL
from synthspark.demo.checksums import luhn_digit
from synthspark.demo.columns import BoolArray, beside, dates, digits, fixed, flags, literal, money, picked, whole
from synthspark.demo.draws import TODAY, YEAR, add_months, chance, day_number, logistic, pick, place_in_group, stream
from synthspark.demo.organisation import Staff
from synthspark.demo.people import People, household_partner
from synthspark.seeds import FloatArray, IntArray

CHANNELS = ("agent", "broker", "online", "phone", "bank")
_AGENT, _BROKER, _ONLINE = 0, 1, 2
FREQUENCIES = ("monthly", "quarterly", "half-yearly", "yearly")
MONTHS_BETWEEN = np.array([1, 3, 6, 12])
_STATUSES = ("active", "suspended", "lapsed", "cancelled", "expired")
_ROLES = ("insured person", "driver", "beneficiary")
_LAST_OLD_TARIFF = day_number("2010-12-31")  # products no longer on sale were sold until then


@dataclass(frozen=True)
class Policies:
    """Policies in the order of their keys, which is that of their start; the key is position + 1."""

    holder: IntArray  # position in `People`
    payer: IntArray
    product: IntArray
    line: IntArray
    start: IntArray
    end: IntArray  # TODAY while the policy runs
    running: BoolArray
    status: IntArray
    channel: IntArray
    agent: IntArray  # -1 where the channel has none
    frequency: IntArray
    first_premium: IntArray  # cents a year, before the revision of the last anniversary

    @property
    def n(self) -> int:
        """Number of policies."""
        return len(self.holder)


def simulate_policies(seed: int, people: People, staff: Staff) -> Policies:
    """Policies of every customer; some customers have none."""
    generator = stream(seed, "policy", "rest")
    wish = np.exp(
        -0.25 + 0.3 * people.wealth + 0.12 * np.minimum(people.children, 3) + 0.02 * (TODAY - people.since) / YEAR
    )
    wish = wish * np.where((people.age > 75) | (people.age < 24), 0.55, 1.0)
    counts = np.where(chance(generator, 0.05, people.n), 0, 1 + np.minimum(generator.poisson(wish), 9))
    holder = np.repeat(np.arange(people.n), counts)
    start = _starts(seed, people.since[holder], place_in_group(counts) == 0)
    order = np.argsort(start, kind="stable")
    holder, start = holder[order], start[order]
    n = len(holder)
    product = _choose_products(generator, people, holder, start)
    line = np.array([item.line for item in PRODUCTS])[product]
    end, running, status = _ends(generator, people, holder, line, start)
    young = logistic((40 - people.age[holder]) / 10)
    channel = pick(
        generator,
        np.stack([0.45 - 0.2 * young, 0.2 + 0 * young, 0.1 + 0.3 * young, 0.1 + 0 * young, 0.15 + 0 * young], axis=1),
    )
    agent = _agents(generator, people, staff, holder)
    frequency = pick(
        generator,
        np.stack(
            [0.2 + 0.9 * np.minimum(people.late[holder], 0.3), 0.18 + 0 * young, 0.1 + 0 * young, 0.5 + 0 * young],
            axis=1,
        ),
    )
    paid_by_other = (people.n_members[holder] > 1) & chance(generator, np.where(people.age[holder] < 27, 0.6, 0.15), n)
    other = household_partner(people, holder, np.where(chance(generator, 0.75, n), 0, generator.integers(0, 4, n)))
    return Policies(
        holder=holder,
        payer=np.where(paid_by_other, other, holder),
        product=product,
        line=line,
        start=start,
        end=end,
        running=running,
        status=status,
        channel=channel,
        agent=np.where(channel <= _BROKER, agent, -1),
        frequency=frequency,
        first_premium=_premiums(generator, people, holder, product),
    )


def policy_table(people: People, staff: Staff, policies: Policies, previous: IntArray, annual: IntArray) -> pa.Table:
    """Rows of the table policy, given the premiums before and after the last revision (previous 0: never revised)."""
    n = policies.n
    number = digits(np.arange(1, n + 1), 8)
    return pa.table(
        {
            "policy_id": whole(np.arange(1, n + 1)),
            "policy_number": fixed(beside(literal("P-", n), number, literal("-", n), luhn_digit(number))),
            "holder_id": whole(people.keys[policies.holder]),
            "payer_id": whole(people.keys[policies.payer]),
            "agent_id": picked(staff.keys, np.maximum(policies.agent, 0), policies.agent < 0),
            "product_code": picked([item.code for item in PRODUCTS], policies.product),
            "line": picked(LINES, policies.line),
            "start_date": dates(policies.start),
            "end_date": dates(policies.end, policies.running),
            "status": picked(_STATUSES, policies.status),
            "channel": picked(CHANNELS, policies.channel),
            "payment_frequency": picked(FREQUENCIES, policies.frequency),
            "previous_premium": money(previous, previous == 0),
            "annual_premium": money(annual),
        }
    )


def policy_customer_table(seed: int, people: People, policies: Policies) -> pa.Table:
    """Persons insured by each policy: its holder mostly, and members of the household."""
    generator = stream(seed, "policy_customer")
    n = policies.n
    others = people.n_members[policies.holder] - 1
    share = np.array([0.5, 0.75, 0.6, 0.7, 0.55, 0.6, 0.1])[policies.line]
    holder_too = (others == 0) | chance(generator, np.where(policies.line == LIFE, 0.85, 0.96), n)
    n_others = generator.binomial(others, share)
    n_others = np.where(holder_too, n_others, np.maximum(n_others, 1))
    counts = n_others + holder_too
    policy = np.repeat(np.arange(n), counts)
    place = place_in_group(counts) - holder_too[policy]  # -1: the holder
    shift = generator.integers(0, 5, n)[policy]  # the same for all persons of a policy, so that they differ
    person = np.where(
        place < 0, policies.holder[policy], household_partner(people, policies.holder[policy], shift + place)
    )
    role = np.where(policies.line[policy] == MOTOR, 1, np.where((policies.line[policy] == LIFE) & (place >= 0), 2, 0))
    lag = np.where(
        place < 0, 0, np.rint(generator.exponential(250.0, len(policy)) * chance(generator, 0.4, len(policy)))
    )
    added = np.minimum(policies.start[policy] + lag.astype(np.int64), policies.end[policy])
    return pa.table(
        {
            "policy_id": whole(policy + 1),
            "customer_id": whole(people.keys[person]),
            "role": picked(_ROLES, role),
            "added_on": dates(added),
            "is_holder": flags(place < 0),
        }
    )


def _starts(seed: int, since: IntArray, first: BoolArray) -> IntArray:
    """First policies start when their customer comes, later ones any time since; most on the first of a month."""
    generator = stream(seed, "policy", "start")
    n = len(since)
    later = since + np.floor((TODAY - since) * generator.beta(1.3, 1.0, n)).astype(np.int64)
    lag = np.where(chance(generator, 0.75, n), 0, generator.integers(1, 30, n))
    start = np.where(first, since + lag, later)
    month = start.astype("datetime64[D]").astype("datetime64[M]")
    next_first = (month + 1).astype("datetime64[D]").astype(np.int64)
    # Contracts are renewed in January: a part of the later starts moves to the next New Year.
    next_year = (start.astype("datetime64[D]").astype("datetime64[Y]") + 1).astype("datetime64[D]").astype(np.int64)
    style = pick(generator, (0.45, 0.4, 0.15), n)
    moved = np.where(style == 0, next_first, np.where((style == 2) & ~first, next_year, start))
    return np.where(moved <= TODAY, moved, start)


def _choose_products(generator: np.random.Generator, people: People, holder: IntArray, start: IntArray) -> IntArray:
    age = people.age[holder] - (TODAY - start) / YEAR
    liking = np.zeros((len(holder), len(LINES)))
    liking[:, MOTOR] = np.where(age > 82, -1.2, 0.3)
    liking[:, HOME] = np.where(people.owner_of_home[holder], 0.9, -0.5)
    liking[:, LIFE] = -(((age - 38) / 14) ** 2) + 0.5 * (people.children[holder] > 0)
    liking[:, HEALTH] = 0.02 * (age - 45)
    liking[:, TRAVEL] = 0.3 * people.wealth[holder] - 0.02 * (age - 40)
    liking[:, PET] = np.where(people.owner_of_home[holder], 0.3, -0.3)
    weights = np.empty((len(holder), len(PRODUCTS)))
    for place, product in enumerate(PRODUCTS):
        on_offer = (start >= day_number(product.launched)) & (product.on_sale | (start <= _LAST_OLD_TARIFF))
        weights[:, place] = (
            on_offer * product.weight * np.exp(liking[:, product.line] + product.richness * people.wealth[holder])
        )
    return pick(generator, weights)


def _ends(
    generator: np.random.Generator, people: People, holder: IntArray, line: IntArray, start: IntArray
) -> tuple[IntArray, BoolArray, IntArray]:
    """Last day, whether still running, status; travel policies end after a year, others mostly at an anniversary."""
    n = len(holder)
    hazard = np.array([0.06, 0.045, 0.04, 0.02, 0.05, 0.1, 0.08])[line] * np.exp(
        -0.15 * people.mood[holder] + 1.2 * people.late[holder]
    )
    years = generator.exponential(1 / hazard)
    at_anniversary = add_months(start, 12 * np.ceil(np.minimum(years, 60)).astype(np.int64)) - 1
    any_day = start + 20 + np.floor(np.minimum(years, 60) * YEAR).astype(np.int64)
    end = np.where(chance(generator, 0.85, n), at_anniversary, any_day)
    end = np.where(line == TRAVEL, add_months(start, np.full(n, 12)) - 1, end)
    running = end >= TODAY
    unpaid = chance(generator, logistic(-2.2 + 6.0 * people.late[holder]), n)
    ended = np.where(line == TRAVEL, 4, np.where(unpaid, 2, np.where((line == LIFE) & (people.age[holder] > 65), 4, 3)))
    suspended = chance(generator, 0.01 + 0.08 * people.late[holder], n)
    return np.where(running, TODAY, end), running, np.where(running, suspended.astype(np.int64), ended)


def _agents(generator: np.random.Generator, people: People, staff: Staff, holder: IntArray) -> IntArray:
    """An agent of the holder's region, mostly the same for all policies of a holder; some sell far more than others."""
    n_by_region = np.bincount(staff.region[staff.sells], minlength=int(people.region.max(initial=0)) + 1)
    first = np.cumsum(n_by_region) - n_by_region
    own = generator.random(people.n)[holder]
    luck = np.where(chance(generator, 0.8, len(holder)), own, generator.random(len(holder)))
    region = people.region[holder]
    local = first[region] + np.floor(luck**1.7 * n_by_region[region]).astype(np.int64)
    anywhere = generator.integers(0, len(staff.sells), len(holder))
    use_local = (n_by_region[region] > 0) & chance(generator, 0.9, len(holder))
    return staff.sells[np.where(use_local, np.minimum(local, len(staff.sells) - 1), anywhere)]


def _premiums(generator: np.random.Generator, people: People, holder: IntArray, product: IntArray) -> IntArray:
    """Yearly premiums in cents: the list price times what the insurer knows and what it guesses of the risk."""
    n = len(holder)
    base = np.array([item.premium for item in PRODUCTS])[product]
    factor: FloatArray = np.exp(
        0.18 * np.log(people.risk[holder] + 0.05)
        + 0.16 * people.wealth[holder]
        + 0.1 * (people.age[holder] < 26)
        + generator.normal(0, 0.22, n)
    )
    cents = np.maximum(np.rint(base * factor), 2_000)
    grid = np.array([1.0, 100.0, 500.0])[pick(generator, (0.6, 0.25, 0.15), n)]
    return np.asarray(np.rint(cents / grid) * grid, dtype=np.int64)
