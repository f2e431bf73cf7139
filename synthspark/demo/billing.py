"""Premiums after their last revision and the invoices of the last two years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.catalogue import LINES, PRODUCTS
from synthspark.demo.columns import BoolArray, dates, fixed, money, picked, whole
from synthspark.demo.contracts import MONTHS_BETWEEN, Policies
from synthspark.demo.draws import (
    TODAY,
    YEAR,
    add_months,
    chance,
    numbered_by_year,
    pick,
    place_in_group,
    stream,
    totals,
)
from synthspark.demo.losses import Claims, recent
from synthspark.demo.people import People
from synthspark.seeds import FloatArray, IntArray

WINDOW = 2 * YEAR  # invoices older than that are archived
_STATUSES = ("paid", "open", "overdue", "written off")
_METHODS = ("direct debit", "transfer", "card")
_INFLATION = np.array([0.05, 0.06, 0.02, 0.0, 0.045, 0.03, 0.05])  # of the lines, a year
_BASIS_POINTS = 10_000


@dataclass(frozen=True)
class Premiums:
    """Premiums of the policies in cents a year."""

    previous: IntArray  # before the last anniversary; 0 in a policy's first year
    annual: IntArray
    increase: FloatArray  # of the last revision, as a fraction
    revised_on: IntArray


@dataclass(frozen=True)
class Invoices:
    """What later tables need of the invoices."""

    customer: IntArray
    unpaid: BoolArray
    delay: FloatArray


def revise_premiums(seed: int, policies: Policies, claims: Claims) -> Premiums:
    """Premiums at the last anniversary: inflation of the line, claims of the policy, and tariffs that were re-rated."""
    generator = stream(seed, "premium")
    n = policies.n
    full_years = np.maximum(policies.end - policies.start - 1, 0) // YEAR
    n_claims = totals(claims.policy[recent(claims, 3 * YEAR)], n)
    rerated = chance(stream(seed, "tariff"), 0.3, 1_000)[(policies.product * 97 + policies.start // 200) % 1_000]
    increase = (
        _INFLATION[policies.line]
        + 0.05 * np.minimum(n_claims, 3)
        + 0.11 * rerated
        + np.where(chance(generator, 0.6, n), generator.normal(0, 0.04, n), 0.0)
    )
    increase = np.clip(np.where(policies.line == LINES.index("life"), 0.0, increase), -0.08, 0.45)
    previous = np.where(full_years > 0, policies.first_premium, 0)
    annual = np.where(previous > 0, np.rint(previous * (1 + increase)).astype(np.int64), policies.first_premium)
    return Premiums(
        previous=previous,
        annual=annual,
        increase=np.where(previous > 0, increase, 0.0),
        revised_on=np.where(previous > 0, add_months(policies.start, 12 * full_years), policies.start),
    )


def simulate_invoices(seed: int, people: People, policies: Policies, premiums: Premiums) -> tuple[pa.Table, Invoices]:
    """Table invoice, one row an instalment that fell due in the window, and who paid late or not at all."""
    generator = stream(seed, "invoice")
    gap = MONTHS_BETWEEN[policies.frequency]
    from_day = np.maximum(policies.start, TODAY - WINDOW)
    skipped = np.ceil((from_day - policies.start) / 30.437 / gap).astype(np.int64)
    counts = np.maximum(np.floor((policies.end - policies.start) / 30.437 / gap).astype(np.int64) - skipped + 1, 0)
    policy = np.repeat(np.arange(policies.n), counts)
    due = add_months(policies.start[policy], (skipped[policy] + place_in_group(counts)) * gap[policy])
    due = np.maximum(due, policies.start[policy])  # months are counted from the 28th at the latest
    inside = due <= policies.end[policy]
    policy, due = policy[inside], due[inside]
    order = np.lexsort((policy, due))
    policy, due = policy[order], due[order]
    before = (due < premiums.revised_on[policy]) & (premiums.previous[policy] > 0)
    yearly = np.where(before, premiums.previous[policy], premiums.annual[policy])
    net = (yearly * gap[policy] + 6) // 12
    rate = np.array([item.tax for item in PRODUCTS])[policies.product[policy]]
    tax = (net * rate + _BASIS_POINTS // 2) // _BASIS_POINTS
    paid_on, unpaid, reminders, status, method = _payments(generator, people, policies, policy, due)
    table = pa.table(
        {
            "invoice_number": fixed(numbered_by_year("INV", due, 8)),
            "policy_id": whole(policy + 1),
            "due_date": dates(due),
            "paid_date": dates(paid_on, unpaid),
            "status": picked(_STATUSES, status),
            "method": picked(_METHODS, method),
            "reminders": whole(reminders),
            "net_amount": money(net),
            "tax_amount": money(tax),
            "gross_amount": money(net + tax),
        }
    )
    delay = np.where(unpaid, TODAY - due, paid_on - due).astype(np.float64)
    return table, Invoices(
        customer=policies.holder[policy], unpaid=unpaid & (due < TODAY - 14), delay=np.maximum(delay, 0.0)
    )


def _payments(
    generator: np.random.Generator, people: People, policies: Policies, policy: IntArray, due: IntArray
) -> tuple[IntArray, BoolArray, IntArray, IntArray, IntArray]:
    """Day of payment, whether unpaid, reminders sent, status, method; most are collected on the day they fall due."""
    n = len(policy)
    late = people.late[policies.payer[policy]]
    direct = chance(generator, 1 - np.minimum(2.5 * late, 0.9), n)
    delay = np.where(direct, 0, np.rint(generator.gamma(1.3, 14.0 * (1 + 2.5 * late), n)))
    delay = np.where(
        ~direct & chance(generator, 0.15, n), delay - generator.integers(0, 15, n), delay
    )  # some pay early
    paid_on = due + delay.astype(np.int64)
    # Salaries come at the end of the month: late payers move to the first days of the next one.
    month = (paid_on.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(np.int64)
    paid_on = np.where((delay > 3) & chance(generator, 0.35, n), month + generator.integers(0, 3, n), paid_on)
    never = chance(generator, 0.35 * late * (~direct), n)
    unpaid = never | (paid_on > TODAY)
    overdue = TODAY - due
    reminders = np.where(unpaid, np.clip(overdue // 30, 0, 3), np.clip((paid_on - due) // 30, 0, 3))
    given_up = unpaid & (overdue > 300)
    status = np.where(~unpaid, 0, np.where(given_up, 3, np.where(overdue > 14, 2, 1)))
    method = np.where(direct, 0, 1 + pick(generator, (0.8, 0.2), n))
    return np.where(unpaid, due, paid_on), unpaid, reminders, status, method
