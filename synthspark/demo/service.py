"""What customers say: contacts in their order, some of them complaints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.columns import BoolArray, dates, flags, money, picked, real, stamps, uuids, whole
from synthspark.demo.complaint_texts import CATEGORIES, complaint_texts
from synthspark.demo.draws import TODAY, YEAR, chance, draw_days, logistic, pick, place_in_group, season, stream
from synthspark.demo.losses import Claims
from synthspark.demo.organisation import Staff
from synthspark.demo.people import People
from synthspark.seeds import FloatArray, IntArray, random_words, stream_key

WINDOW = 2 * YEAR
_CHANNELS = ("phone", "e-mail", "app", "chat", "branch")
_PHONE, _APP, _CHAT, _BRANCH = 0, 2, 3, 4
_TOPICS = ("question", "claim", "billing", "change", "quote", "complaint")
_QUESTION, _CLAIM, _BILLING, _CHANGE, _QUOTE, _COMPLAINT = range(6)
_MAX_CONTACTS = 60
_SPIKES = np.array([0, 2_000, 2_500, 5_000, 10_000])  # compensation in cents
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Troubles:
    """What has annoyed each customer so far."""

    n_claims: FloatArray
    n_rejected: FloatArray
    increase: FloatArray
    unpaid_share: FloatArray

    @property
    def irritation(self) -> FloatArray:
        """One number a customer, about 0 for the content."""
        return np.asarray(
            0.6 * np.minimum(self.n_rejected, 3) + 5.0 * np.maximum(self.increase - 0.04, 0) + 1.0 * self.unpaid_share
        )


@dataclass(frozen=True)
class Contacts:
    """Contacts by customer and, within one, by time."""

    customer: IntArray
    place: IntArray  # 0, 1, ... within the customer
    counts: IntArray
    second: IntArray
    channel: IntArray
    topic: IntArray
    inbound: BoolArray
    sentiment: FloatArray  # whether recorded or not

    @property
    def n(self) -> int:
        """Number of contacts."""
        return len(self.customer)


def simulate_contacts(seed: int, people: People, claims: Claims, troubles: Troubles) -> Contacts:
    """Contacts of the last two years: talkative and annoyed customers have many, claims bring some about."""
    generator = stream(seed, "contact")
    rate = people.talkative * (1.2 + 0.6 * np.minimum(troubles.n_claims, 5) + 0.5 * troubles.irritation)
    span = np.minimum(TODAY - people.since, WINDOW) / WINDOW
    counts = np.minimum(generator.poisson(rate * span * generator.gamma(2.5, 0.4, people.n)), _MAX_CONTACTS)
    customer = np.repeat(np.arange(people.n), counts)
    n = len(customer)
    inbound = chance(generator, 0.78, n)
    topic = _topics(generator, inbound, customer, troubles)
    channel = _channels(generator, people.age[customer])
    day = _days(generator, np.maximum(people.since, TODAY - WINDOW), customer, topic, claims)
    second = day * _DAY_SECONDS + _time_of_day(generator, channel)
    order = np.lexsort((second, customer))
    place = place_in_group(counts)
    # Topics stay with their day, since claims set it; the clock may repeat only across customers.
    second, topic, channel, inbound = second[order], topic[order], channel[order], inbound[order]
    second = second + place
    base = 0.35 + 0.25 * people.mood - 0.28 * troubles.irritation
    drift = np.array([0.1, 0.0, -0.15, 0.1, 0.2, -0.6])[topic]
    sentiment = _sentiments(generator, base[customer] + drift, counts)
    return Contacts(customer, place, counts, second, channel, topic, inbound, sentiment)


def contact_and_complaint(
    seed: int, locale: str, people: People, staff: Staff, contacts: Contacts
) -> tuple[dict[str, pa.Table], IntArray]:
    """Tables contact and complaint, and the number of complaints of each customer that were turned down."""
    generator = stream(seed, "contact", "rest")
    n = contacts.n
    order = np.argsort(contacts.second, kind="stable")
    keys = uuids(
        *(random_words(stream_key(seed, "demo insurance", "contact id"), np.arange(n), draw=draw) for draw in (0, 1))
    )
    follows = (contacts.place > 0) & chance(generator, np.where(contacts.topic == _COMPLAINT, 0.7, 0.3), n)
    automatic = (contacts.channel == _APP) | ((contacts.channel == _CHAT) & chance(generator, 0.7, n))
    unknown = ~contacts.inbound | chance(
        generator, np.where(contacts.channel == _BRANCH, 0.4, 0.04 + 0.12 * (contacts.sentiment > 0.5)), n
    )
    spoken = (contacts.channel == _PHONE) | (contacts.channel == _BRANCH)
    length = np.rint(generator.lognormal(5.1 - 0.4 * contacts.sentiment, 0.8, n))
    contact = pa.table(
        {
            "contact_id": keys,
            "customer_id": whole(people.keys[contacts.customer]),
            "contacted_at": stamps(contacts.second),
            "channel": picked(_CHANNELS, contacts.channel),
            "direction": picked(("outbound", "inbound"), contacts.inbound.astype(np.int64)),
            "topic": picked(_TOPICS, contacts.topic),
            "agent_id": picked(staff.keys, staff.sells[_agents(generator, staff, n)], automatic),
            "previous_contact_id": picked(keys, np.maximum(np.arange(n) - 1, 0), ~follows),
            "sentiment": real(np.round(contacts.sentiment, 3), unknown),
            "duration_seconds": whole(length, ~spoken),
            "resolved": flags(chance(generator, logistic(1.2 + 1.2 * contacts.sentiment), n), ~contacts.inbound),
        }
    ).take(pa.array(order))
    complaint, turned_down = _complaints(seed, locale, people, contacts, keys, order)
    return {"contact": contact, "complaint": complaint}, turned_down


def _complaints(
    seed: int, locale: str, people: People, contacts: Contacts, keys: pa.Array, order: IntArray
) -> tuple[pa.Table, IntArray]:
    generator = stream(seed, "complaint")
    chosen = order[contacts.topic[order] == _COMPLAINT]
    n = len(chosen)
    who, sentiment = contacts.customer[chosen], contacts.sentiment[chosen]
    category = pick(generator, (3, 2.5, 2, 1.2, 0.8)[: len(CATEGORIES)], n)
    severity = np.clip(np.rint(2.6 - 1.6 * sentiment + generator.normal(0, 0.7, n)), 1, 5).astype(np.int64)
    day = contacts.second[chosen] // _DAY_SECONDS
    resolved = day + np.ceil(generator.gamma(2.0, 3.0 + 2.5 * severity, n)).astype(np.int64)
    pending = resolved > TODAY
    upheld = chance(generator, 0.42, n)
    spike = _SPIKES[pick(generator, (4, 1, 2, 2, 1), n)] * np.where(severity >= 4, 2, 1)
    table = pa.table(
        {
            "contact_id": keys.take(pa.array(chosen)),
            "category": picked(CATEGORIES, category),
            "severity": whole(severity),
            "text": complaint_texts(
                generator, locale, category, people.first_name.take(pa.array(who)), people.last_name.take(pa.array(who))
            ),
            "resolved_on": dates(resolved, pending),
            "upheld": flags(upheld, pending),
            "compensation": money(np.where(upheld, spike, 0), pending),
        }
    )
    return table, np.bincount(who[~pending & ~upheld], minlength=people.n)


def _topics(generator: np.random.Generator, inbound: BoolArray, customer: IntArray, troubles: Troubles) -> IntArray:
    n_claims = np.minimum(troubles.n_claims, 4)[customer]
    annoyed = troubles.irritation[customer]
    steady = np.ones(len(customer))
    weights = np.stack(
        [
            1.2 * steady,
            0.9 * n_claims,
            0.5 + 1.5 * troubles.unpaid_share[customer],
            0.7 * steady,
            0.5 * steady,
            0.1 + 0.45 * annoyed,
        ],
        axis=1,
    )
    weights[~inbound, _COMPLAINT] = 0.0
    weights[~inbound, _QUOTE] *= 4.0
    return pick(generator, weights)


def _channels(generator: np.random.Generator, age: FloatArray) -> IntArray:
    young = logistic((45 - age) / 10)
    return pick(
        generator,
        np.stack([0.5 - 0.2 * young, 0.25 + 0 * young, 0.35 * young, 0.25 * young, 0.25 * (1 - young)], axis=1),
    )


def _days(
    generator: np.random.Generator, low: IntArray, customer: IntArray, topic: IntArray, claims: Claims
) -> IntArray:
    """Working days mostly, Mondays most; contacts about a claim come soon after one of the customer's claims."""
    running = season(
        (1.5, 1.2, 1.1, 1.0, 1.0, 0.25, 0.08), (1.3, 1.1, 1, 1, 0.95, 0.9, 0.8, 0.7, 1, 1.1, 1.1, 1.0), month_start=1.3
    )
    day = draw_days(generator, running, low[customer], np.full(len(customer), TODAY))
    if not claims.n:
        return day
    order = np.argsort(claims.customer, kind="stable")
    counts = np.bincount(claims.customer, minlength=len(low))
    first = np.cumsum(counts) - counts
    place = first[customer] + np.floor(generator.random(len(customer)) * counts[customer]).astype(np.int64)
    reported = claims.reported[order[np.minimum(place, claims.n - 1)]]
    after = reported + np.rint(generator.exponential(12.0, len(customer))).astype(np.int64)
    fits = (topic == _CLAIM) & (counts[customer] > 0) & (after >= low[customer]) & (after <= TODAY)
    return np.where(fits & chance(generator, 0.8, len(customer)), after, day)


def _time_of_day(generator: np.random.Generator, channel: IntArray) -> IntArray:
    """Seconds since midnight: office hours with a dip at noon, evenings in the app and the chat."""
    n = len(channel)
    office = np.where(chance(generator, 0.55, n), generator.normal(10.2, 0.9, n), generator.normal(15.1, 1.2, n))
    evening = generator.normal(20.2, 1.6, n)
    digital = (channel == _APP) | (channel == _CHAT)
    hours = np.where(digital & chance(generator, 0.6, n), np.clip(evening, 7, 23.5), np.clip(office, 8, 18))
    return (hours * 3_600 + generator.random(n) * 60).astype(np.int64)


def _sentiments(generator: np.random.Generator, level: FloatArray, counts: IntArray) -> FloatArray:
    """Sentiments in -1..1 around a level, each leaning on the one before of the same customer."""
    noise = generator.normal(0, 0.3, len(level))
    starts = np.cumsum(counts) - counts
    for place in range(1, int(counts.max(initial=0))):
        rows = starts[counts > place] + place
        noise[rows] = 0.45 * noise[rows - 1] + 0.89 * noise[rows]
    return np.asarray(np.tanh(level + noise))


def _agents(generator: np.random.Generator, staff: Staff, n: int) -> IntArray:
    return np.floor(generator.random(n) ** 1.6 * len(staff.sells)).astype(np.int64)
