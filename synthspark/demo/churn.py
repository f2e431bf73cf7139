"""Who leaves the insurer in the half year after the day of the database, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.billing import Invoices, Premiums
from synthspark.demo.columns import dates, flags, picked, whole
from synthspark.demo.contracts import Policies
from synthspark.demo.draws import TODAY, YEAR, chance, logistic, means, stream, totals
from synthspark.demo.losses import OPEN, REJECTED, Claims, recent
from synthspark.demo.people import People
from synthspark.demo.service import Contacts, Troubles
from synthspark.seeds import FloatArray, IntArray

HORIZON = 184  # days after TODAY
_REASONS = ("price", "service", "claim", "payment", "other")

# Log odds of the label. They give a model that sees all tables an AUC near 0.83, one that sees the
# customer's own columns near 0.6; a test measures both.
_INTERCEPT = -2.6
_WEIGHT = {
    "increase": 12.0,
    "sentiment": 1.65,
    "rejected": 1.0,
    "complaint": 1.0,
    "unpaid": 2.8,
    "policies": 0.8,
    "tenure": 0.04,
}
_SEGMENT_EFFECT = np.array([0.0, 0.5, -0.2, -0.4])  # mass, young, affluent, premium


@dataclass(frozen=True)
class Drivers:
    """Contributions to the log odds of leaving, by customer."""

    price: FloatArray
    service: FloatArray
    claim: FloatArray
    payment: FloatArray
    loyalty: FloatArray

    @property
    def score(self) -> FloatArray:
        """Log odds."""
        return np.asarray(_INTERCEPT + self.price + self.service + self.claim + self.payment + self.loyalty)


def find_troubles(
    people: People, policies: Policies, premiums: Premiums, claims: Claims, invoices: Invoices
) -> Troubles:
    """What the other tables say about each customer up to the day of the database."""
    n = people.n
    running = np.flatnonzero(policies.running)
    settled = claims.status != OPEN
    return Troubles(
        n_claims=totals(claims.customer[recent(claims, 3 * YEAR)], n),
        n_rejected=totals(claims.customer[settled & (claims.status == REJECTED)], n),
        increase=means(policies.holder[running], n, premiums.increase[running]),
        unpaid_share=means(invoices.customer, n, invoices.unpaid.astype(np.float64)),
    )


def find_drivers(
    people: People, policies: Policies, troubles: Troubles, contacts: Contacts, turned_down: IntArray
) -> Drivers:
    """Log odds of leaving, from all tables."""
    n = people.n
    n_policies = totals(policies.holder[policies.running], n)
    mood = means(contacts.customer, n, contacts.sentiment, default=0.3)
    price = _WEIGHT["increase"] * np.clip(troubles.increase - 0.04, -0.05, 0.2)
    # A rise without a claim is what people do not forgive.
    price = price * np.where(troubles.n_claims == 0, 1.4, 0.8)
    return Drivers(
        price=price,
        service=-_WEIGHT["sentiment"] * (mood - 0.3) + _WEIGHT["complaint"] * np.minimum(turned_down, 2),
        claim=_WEIGHT["rejected"] * np.minimum(troubles.n_rejected, 3),
        payment=_WEIGHT["unpaid"] * np.minimum(troubles.unpaid_share * 4, 1.0),
        loyalty=_WEIGHT["policies"] * (1.0 - np.minimum(n_policies, 4))
        - _WEIGHT["tenure"] * ((TODAY - people.since) / YEAR - 8)
        + _SEGMENT_EFFECT[people.segment],
    )


def churn_table(seed: int, people: People, drivers: Drivers) -> pa.Table:
    """One row a customer, in the order of their keys: the label, when, and the reason given by some."""
    generator = stream(seed, "churn")
    n = people.n
    churned = chance(generator, logistic(drivers.score), n)
    day = TODAY + 1 + np.floor(HORIZON * generator.beta(1.0, 1.3, n)).astype(np.int64)
    day = np.where(chance(generator, 0.4, n), _month_end(day), day)
    causes = np.stack([drivers.price, drivers.service, drivers.claim, drivers.payment, np.full(n, 0.2)], axis=1)
    reason = np.argmax(causes + generator.gumbel(0, 0.35, causes.shape), axis=1)
    order = np.argsort(people.keys)
    return pa.table(
        {
            "customer_id": whole(people.keys),
            "observed_on": dates(np.full(n, TODAY)),
            "churned": flags(churned),
            "churn_date": dates(day, ~churned),
            "reason": picked(_REASONS, reason, ~churned | chance(generator, 0.35, n)),
        }
    ).take(pa.array(order))


def _month_end(day: IntArray) -> IntArray:
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    return (months + 1).astype("datetime64[D]").astype(np.int64) - 1
