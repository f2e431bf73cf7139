"""The insurer's own side: regions, branches, agents in their hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.columns import beside, dates, digits, fixed, flags, literal, money, picked, real, whole
from synthspark.demo.draws import TODAY, chance, day_number, pick, stream
from synthspark.demo.names import Pools, draw_first_names, draw_last_names, work_emails
from synthspark.demo.places import Places
from synthspark.seeds import FloatArray, IntArray

_ZONES = ("low", "medium", "high")
_ROLES = ("director", "team lead", "agent", "adjuster")
_DIRECTOR, _TEAM_LEAD, _ADJUSTER = 0, 1, 3
_ROLE_SHARES = (0.68, 0.32)  # agents and adjusters among those who lead nobody
_FANOUT = 6
_N_ROOTS = 3
_CUSTOMERS_PER_AGENT = 40


@dataclass(frozen=True)
class Staff:
    """Agents as the other tables need them, in the order of their keys."""

    keys: pa.Array
    region: IntArray
    adjusts: IntArray  # positions of the adjusters
    sells: IntArray  # positions of the others, by region
    skill: FloatArray


def region_table(places: Places) -> pa.Table:
    """One row a region; numbers start at 1."""
    return pa.table(
        {
            "region_id": whole(np.arange(1, len(places.region_codes) + 1)),
            "code": pa.array(places.region_codes),
            "name": pa.array(places.region_names),
            "risk_zone": picked(_ZONES, places.risk_zone - 1),
            "inhabitants": whole(places.population * 100_000),
        }
    )


def simulate_staff(seed: int, places: Places, pools: Pools, n_customers: int) -> tuple[dict[str, pa.Table], Staff]:
    """Tables branch and agent; every region has a branch, every agent but the roots a manager hired before."""
    n_regions = len(places.region_codes)
    n_branches = min(300, max(n_regions, n_customers // 160))
    branch_region = np.concatenate(
        [np.arange(n_regions), pick(stream(seed, "branch", "region"), places.population, n_branches - n_regions)]
    )
    branch_codes = fixed(beside(literal("BR-", n_branches), digits(np.arange(1, n_branches + 1), 3)))
    branches = _branches(seed, places, pools, branch_region, branch_codes)
    agents, staff = _agents(
        seed, pools, branch_region, branch_codes, max(4 * n_regions, n_customers // _CUSTOMERS_PER_AGENT)
    )
    return {"branch": branches, "agent": agents}, staff


def _branches(seed: int, places: Places, pools: Pools, region: IntArray, codes: pa.Array) -> pa.Table:
    generator = stream(seed, "branch", "rest")
    n = len(region)
    weights = np.where(places.city_region[None, :] == region[:, None], places.city_weight[None, :], 0.0)
    city = pick(generator, weights)
    size = np.exp(generator.normal(0.0, 0.4, n)) * (0.6 + places.population[region] / places.population.mean())
    return pa.table(
        {
            "branch_code": codes,
            "region_id": whole(region + 1),
            "city": picked(places.city_names, city),
            "partner": picked(pools.company, generator.integers(0, len(pools.company), n), chance(generator, 0.7, n)),
            "opened_on": dates(generator.integers(day_number("1985-01-01"), day_number("2021-12-31"), n)),
            "floor_area_m2": real(np.round(90.0 * size, 1)),
            "monthly_rent": money(np.rint(14.0 * 90.0 * size * places.income_factor[region]).astype(np.int64) * 100),
            "open_on_saturday": flags(chance(generator, 0.3, n)),
        }
    )


def _hierarchy(generator: np.random.Generator, n: int) -> tuple[IntArray, IntArray, IntArray]:
    """Manager's position (-1 for roots), role and day of hiring, in the order of rank.

    Who comes later reports to someone before, so there are no loops; nobody is hired before the manager.
    """
    manager = (np.arange(n) - _N_ROOTS) // _FANOUT
    manager[:_N_ROOTS] = -1
    role = np.where(np.isin(np.arange(n), manager), _TEAM_LEAD, 2 + pick(generator, _ROLE_SHARES, n))
    role[:_N_ROOTS] = _DIRECTOR
    hired = np.sort(generator.integers(day_number("1995-01-01"), day_number("2020-01-01"), n))
    hired = hired + np.where(role == _DIRECTOR, 0, np.rint(generator.exponential(500.0, n)).astype(np.int64))
    hired = np.minimum(hired, TODAY - generator.integers(30, 900, n))
    for child in range(_N_ROOTS, n):  # agents are few
        hired[child] = max(hired[child], hired[manager[child]])
    return manager, role, hired


def _agents(seed: int, pools: Pools, branch_region: IntArray, branch_codes: pa.Array, n: int) -> tuple[pa.Table, Staff]:
    generator = stream(seed, "agent", "rest")
    manager, role, hired = _hierarchy(generator, n)
    branch = np.concatenate([np.arange(len(branch_region)), generator.integers(0, len(branch_region), n)])[:n]
    # Keys follow the day of hiring, not the rank.
    order = np.lexsort((np.arange(n), hired))
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    role, hired, branch, boss = role[order], hired[order], branch[order], manager[order]
    number = digits(np.arange(1, n + 1), 5)
    keys = fixed(beside(literal("AG-", n), number))
    gender = pick(generator, (0.47, 0.53), n)
    first = draw_first_names(seed, "agent", pools, gender)[0]
    last = picked(pools.last, draw_last_names(seed, "agent", pools, n))
    skill = generator.normal(0.0, 1.0, n)
    commission = np.round(np.clip(0.09 + 0.02 * skill + 0.02 * (role <= _TEAM_LEAD), 0.03, 0.2), 3)
    table = pa.table(
        {
            "agent_id": keys,
            "manager_id": picked(keys, place[np.maximum(boss, 0)], boss < 0),
            "branch_code": picked(branch_codes, branch),
            "first_name": first,
            "last_name": last,
            "email": work_emails(first, last, fixed(number), "insurer.example"),
            "role": picked(_ROLES, role),
            "hired_on": dates(hired),
            "commission_rate": real(commission, role == _ADJUSTER),
            "active": flags(chance(generator, 0.93, n)),
        }
    )
    region = branch_region[branch]
    sells = np.flatnonzero(role != _ADJUSTER)
    by_region = sells[np.argsort(region[sells], kind="stable")]
    return table, Staff(
        keys=keys, region=region, adjusts=np.flatnonzero(role == _ADJUSTER), sells=by_region, skill=skill
    )
