"""The database of an insurer, simulated: personal data, seventeen related tables, a churn label that hangs on most."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synthspark.demo.billing import revise_premiums, simulate_invoices
from synthspark.demo.catalogue import product_table
from synthspark.demo.churn import churn_table, find_drivers, find_troubles
from synthspark.demo.contracts import policy_customer_table, policy_table, simulate_policies
from synthspark.demo.cover import coverage_table, simulate_coverages, vehicle_table
from synthspark.demo.losses import claim_payment_table, claim_table, simulate_claims
from synthspark.demo.names import pools_of
from synthspark.demo.organisation import region_table, simulate_staff
from synthspark.demo.people import simulate_people
from synthspark.demo.places import places_of
from synthspark.demo.service import contact_and_complaint, simulate_contacts
from synthspark.errors import ConfigError


def simulate_insurance(n_customers: int = 2000, seed: int = 7, locale: str = "en_US") -> dict[str, pa.Table]:
    """Tables of an insurer by name, parents before children.

    The same arguments give the same values (for one version of Faker, which supplies the names). Time and
    memory grow in proportion to `n_customers`.

    Parameters
    ----------
    n_customers : int
        Rows of the table customer, at least 1; about 40 rows of all tables come with each.
    seed : int
        Of every random stream.
    locale : str
        One of `places.LOCALES` (``en_US``, ``it_IT``, ``de_DE``, ``fr_FR``, ``es_ES``, ``nl_NL``, ``pl_PL``): names,
        places, phones, national ids, accounts, language of complaints.

    Raises
    ------
    ConfigError
        If `n_customers` is below 1 or the locale unknown.
    """
    if n_customers < 1:
        raise ConfigError(f"demo insurance, n_customers {n_customers}: expected 1 or more; pass a larger number")
    places = places_of(locale)
    pools = pools_of(locale, seed)
    organisation, staff = simulate_staff(seed, places, pools, n_customers)
    people_tables, people = simulate_people(seed, locale, places, pools, n_customers)
    policies = simulate_policies(seed, people, staff)
    coverages = simulate_coverages(seed, people, policies)
    claims = simulate_claims(seed, people, policies, coverages)
    premiums = revise_premiums(seed, policies, claims)
    invoice, invoices = simulate_invoices(seed, people, policies, premiums)
    troubles = find_troubles(people, policies, premiums, claims, invoices)
    contacts = simulate_contacts(seed, people, claims, troubles)
    service, turned_down = contact_and_complaint(seed, locale, people, staff, contacts)
    drivers = find_drivers(people, policies, troubles, contacts, turned_down)
    return {
        "region": region_table(places),
        **organisation,
        **people_tables,
        "product": product_table(),
        "policy": policy_table(people, staff, policies, premiums.previous, premiums.annual),
        "policy_customer": policy_customer_table(seed, people, policies),
        "coverage": coverage_table(coverages, premiums.annual),
        "vehicle": vehicle_table(seed, locale, people, policies),
        "claim": claim_table(seed, staff, coverages, claims),
        "claim_payment": claim_payment_table(seed, coverages, claims),
        "invoice": invoice,
        **service,
        "churn": churn_table(seed, people, drivers),
    }


def write_database(tables: dict[str, pa.Table], folder: Path) -> None:
    """Write every table as ``<table>.parquet`` (zstd) into `folder`, which is made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
