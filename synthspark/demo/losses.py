"""Claims on coverages and the payments that settle them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.catalogue import COVERS, HEALTH, HOME, MOTOR
from synthspark.demo.columns import BoolArray, dates, fixed, money, picked, to_cents, whole
from synthspark.demo.contracts import Policies
from synthspark.demo.cover import Coverages, of_cover
from synthspark.demo.draws import (
    TODAY,
    YEAR,
    chance,
    day_number,
    draw_days,
    logistic,
    numbered_by_year,
    pick,
    place_in_group,
    season,
    split_cents,
    stream,
    zipf,
)
from synthspark.demo.organisation import Staff
from synthspark.demo.people import People
from synthspark.seeds import FloatArray, IntArray

STATUSES = ("closed", "open", "rejected")
CLOSED, OPEN, REJECTED = range(len(STATUSES))
_CAUSES = ("collision", "weather", "theft", "negligence", "illness", "wear", "unknown")
_PAYEES = ("customer", "repair shop", "third party", "hospital", "lawyer")
_FIRST_OCCURRED = day_number("2019-07-01")
_LARGEST = 9_900_000.0  # keeps amounts inside decimal(10, 2)
_LINE_OF_COVER = np.repeat(np.arange(len(COVERS)), [len(covers) for covers in COVERS])


@dataclass(frozen=True)
class Claims:
    """Claims in the order of their keys, which is that of their report; amounts in cents."""

    coverage: IntArray  # position in `Coverages`
    policy: IntArray
    customer: IntArray
    occurred: IntArray
    reported: IntArray
    closed: IntArray  # TODAY while open
    status: IntArray
    claimed: IntArray
    paid: IntArray

    @property
    def n(self) -> int:
        """Number of claims."""
        return len(self.coverage)


def simulate_claims(seed: int, people: People, policies: Policies, coverages: Coverages) -> Claims:
    """Claims of the last five years: few coverages have any, the same customers have most."""
    generator = stream(seed, "claim")
    low = np.maximum(policies.start, _FIRST_OCCURRED)[coverages.policy]
    high = policies.end[coverages.policy]
    exposure = np.maximum(high - low, 0) / YEAR
    rate = 1.4 * of_cover("claims_a_year")[coverages.kind] * people.risk[policies.holder[coverages.policy]]
    counts = np.minimum(generator.poisson(rate * exposure), 12)
    coverage = np.repeat(np.arange(len(counts)), counts)
    low, high = low[coverage], high[coverage]
    line = _LINE_OF_COVER[coverages.kind[coverage]]
    occurred = _occurred(generator, line, low, high)
    wait = np.floor(np.where(chance(generator, 0.3, len(coverage)), 0.0, generator.lognormal(1.2, 1.1, len(coverage))))
    reported = np.minimum(occurred + wait.astype(np.int64), TODAY)
    order = np.lexsort((occurred, reported))
    coverage, occurred, reported = coverage[order], occurred[order], reported[order]
    policy = coverages.policy[coverage]
    kind = coverages.kind[coverage]
    claimed = _claimed(generator, kind, coverages.sum_insured[coverage])
    duration = np.rint(generator.lognormal(3.0, 0.9, len(coverage)) * (claimed / 1_000) ** 0.25).astype(np.int64)
    is_open = reported + duration > TODAY
    new_policy = occurred - policies.start[policy] < 120
    net = np.minimum(claimed - coverages.deductible[coverage], coverages.sum_insured[coverage])
    refused = chance(
        generator, logistic(-2.1 + 1.0 * new_policy + 0.25 * people.risk[policies.holder[policy]]), len(coverage)
    )
    status = np.where(is_open, OPEN, np.where(refused | (net < 10), REJECTED, CLOSED))
    share = np.where(chance(generator, 0.7, len(coverage)), 1.0, generator.beta(5, 2, len(coverage)))
    return Claims(
        coverage=coverage,
        policy=policy,
        customer=policies.holder[policy],
        occurred=occurred,
        reported=reported,
        closed=np.where(is_open, TODAY, reported + duration),
        status=status,
        claimed=to_cents(claimed),
        paid=np.where(status == REJECTED, 0, np.maximum(to_cents(net * share), 500)),
    )


def claim_table(seed: int, staff: Staff, coverages: Coverages, claims: Claims) -> pa.Table:
    """Rows of the table claim; the paid amount is known once a claim is settled."""
    generator = stream(seed, "claim", "rest")
    n = claims.n
    ranks = np.argsort(-staff.skill[staff.adjusts])
    adjuster = staff.adjusts[ranks[pick(generator, zipf(len(ranks), 0.6), n)]]
    nobody = chance(generator, np.where(claims.claimed < 50_000, 0.65, 0.05), n)
    is_open = claims.status == OPEN
    return pa.table(
        {
            "claim_id": whole(np.arange(1, n + 1)),
            "claim_number": fixed(numbered_by_year("CL", claims.reported, 7)),
            "policy_id": whole(claims.policy + 1),
            "coverage_no": whole(coverages.number[claims.coverage]),
            "adjuster_id": picked(staff.keys, adjuster, nobody),
            "occurred_on": dates(claims.occurred),
            "reported_on": dates(claims.reported),
            "closed_on": dates(claims.closed, is_open),
            "status": picked(STATUSES, claims.status),
            "cause": picked(_CAUSES, _causes(generator, coverages.kind[claims.coverage])),
            "claimed_amount": money(claims.claimed),
            "paid_amount": money(claims.paid, is_open),
        }
    )


def claim_payment_table(seed: int, coverages: Coverages, claims: Claims) -> pa.Table:
    """Payments of a claim, numbered from 1; those of a closed claim add up to its paid amount."""
    generator = stream(seed, "claim_payment")
    large = np.log10(claims.paid / 100 + 1) - 2.5
    counts = np.minimum(1 + generator.poisson(np.clip(0.45 * large, 0.02, 2.5)), 8)
    counts = np.where(claims.status == REJECTED, 0, counts)
    # Of an open claim a part is paid in advance, mostly nothing yet.
    counts = np.where(claims.status == OPEN, np.where(chance(generator, 0.25, claims.n), 1, 0), counts)
    advance = np.where(claims.status == OPEN, generator.beta(2, 3, claims.n), 1.0)
    amounts = np.maximum(np.rint(claims.paid * advance).astype(np.int64), 500)
    payer = np.flatnonzero(counts)
    counts, amounts = counts[payer], amounts[payer]
    claim = np.repeat(payer, counts)
    n = len(claim)
    line = place_in_group(counts) + 1
    # Later payments come later; the last one closes the claim, as a rule.
    progress = np.where(
        (line == np.repeat(counts, counts)) & chance(generator, 0.8, n),
        1.0,
        (line - generator.random(n)) / np.repeat(counts, counts),
    )
    paid_on = claims.reported[claim] + np.rint((claims.closed - claims.reported)[claim] * progress).astype(np.int64)
    covered = _LINE_OF_COVER[coverages.kind[claims.coverage[claim]]]
    to_shop = np.where(covered == MOTOR, 1.2, np.where(covered == HOME, 0.5, 0.0))
    weights = np.stack(
        [
            1 + 0 * to_shop,
            to_shop,
            np.where(covered <= 2, 0.7, 0),
            np.where(covered == HEALTH, 1.5, 0),
            np.where(line > 2, 0.3, 0.02),
        ],
        axis=1,
    )
    return pa.table(
        {
            "claim_id": whole(claim + 1),
            "line_no": whole(line),
            "paid_on": dates(paid_on),
            "payee": picked(_PAYEES, pick(generator, weights)),
            "amount": money(split_cents(amounts, counts, generator.gamma(1.5, 1.0, n) + 0.05)),
        }
    )


def _occurred(generator: np.random.Generator, line: IntArray, low: IntArray, high: IntArray) -> IntArray:
    """Motor and home claims come in winter, travel ones in summer, few at weekends."""
    cold = season((1, 1, 1, 1.05, 1.3, 0.9, 0.7), (1.4, 1.3, 1, 0.9, 0.8, 0.8, 0.9, 0.9, 0.9, 1, 1.2, 1.4))
    warm = season((1, 1, 1, 1, 1.2, 1.3, 1), (0.6, 0.6, 0.8, 1, 1.2, 1.4, 1.8, 1.7, 1.2, 0.8, 0.6, 0.8))
    in_winter = line <= HOME
    return np.where(in_winter, draw_days(generator, cold, low, high), draw_days(generator, warm, low, high))


def _claimed(generator: np.random.Generator, kind: IntArray, sum_insured: IntArray) -> FloatArray:
    """Amounts claimed: log-normal with a Pareto tail, bounded by little more than the sum insured, often round."""
    n = len(kind)
    sigma = of_cover("tail")[kind]
    amount = of_cover("mean_claim")[kind] * np.exp(generator.normal(-(sigma**2) / 2, sigma, n))
    huge = chance(generator, 0.02, n)
    amount = np.where(huge, amount * (1 + generator.pareto(1.4, n)) * 3, amount)
    amount = np.clip(amount, 20.0, np.minimum(sum_insured * 1.1, _LARGEST))
    grid = np.array([0.01, 10.0, 50.0, 100.0])[pick(generator, (0.5, 0.15, 0.2, 0.15), n)]
    grid = np.where(amount > 6 * grid, grid, 0.01)
    return np.asarray(np.minimum(np.round(amount / grid) * grid, _LARGEST))


def _causes(generator: np.random.Generator, kind: IntArray) -> IntArray:
    """Causes that fit the line, with an unknown remainder."""
    weights = np.array(
        [
            [6, 1.5, 1, 1, 0, 0.5, 0.4],
            [0, 4, 2, 2, 0, 1.5, 0.4],
            [0.5, 0, 0, 6, 0, 0, 0.6],
            [0.6, 0, 0, 0, 5, 0, 0.3],
            [0.4, 0, 0, 0, 8, 0.5, 0.2],
            [0, 1, 2, 1, 3, 0, 0.3],
            [0.5, 0, 0, 0.5, 6, 1, 0.3],
        ]
    )
    return pick(generator, weights[_LINE_OF_COVER[kind]])


def recent(claims: Claims, days: int) -> BoolArray:
    """True for claims that occurred within the last `days`."""
    return np.asarray(claims.occurred > TODAY - days)
