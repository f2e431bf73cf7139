"""What the insurer sells: products, coverages of each line, makes and models of vehicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthspark.demo.columns import dates, flags, money, whole
from synthspark.demo.draws import day_number

LINES = ("motor", "home", "liability", "life", "health", "travel", "pet")
MOTOR, HOME, LIABILITY, LIFE, HEALTH, TRAVEL, PET = range(len(LINES))


@dataclass(frozen=True)
class Product:
    """One product; premiums in cents a year, tax in basis points."""

    code: str
    name: str
    line: int
    premium: int
    tax: int
    launched: str
    on_sale: bool
    weight: float
    richness: float  # how much it appeals to the wealthy


PRODUCTS = (
    Product("MOT-01", "Motor Basic", MOTOR, 41_000, 1_250, "1996-01-01", True, 2.0, -0.4),
    Product("MOT-02", "Motor Comfort", MOTOR, 68_000, 1_250, "2008-03-01", True, 1.3, 0.4),
    Product("HOM-01", "Home", HOME, 23_000, 1_634, "1996-01-01", True, 1.3, -0.1),
    Product("HOM-02", "Home Plus", HOME, 39_000, 1_634, "2012-01-01", True, 0.7, 0.7),
    Product("LIA-01", "Private Liability", LIABILITY, 7_900, 1_900, "1996-01-01", True, 1.2, 0.0),
    Product("LIF-01", "Term Life", LIFE, 31_000, 0, "1996-01-01", True, 0.8, 0.2),
    Product("HEA-01", "Dental and Hospital", HEALTH, 44_000, 250, "2001-07-01", True, 0.7, 0.5),
    Product("TRV-01", "Travel Annual", TRAVEL, 5_900, 1_900, "2005-05-01", True, 0.6, 0.2),
    Product("PET-01", "Pet Health", PET, 19_000, 1_900, "2015-09-01", True, 0.3, 0.1),
    Product("MOT-00", "Motor Classic Tariff", MOTOR, 47_000, 1_250, "1996-01-01", False, 0.3, 0.0),
)


@dataclass(frozen=True)
class Cover:
    """A coverage of a line: how often taken, its sums insured, and its claims."""

    code: str
    share: float  # of policies that take it; the first of a line is always taken
    sums: tuple[int, ...]  # possible sums insured, whole currency units
    cost: float  # weight in the premium
    claims_a_year: float
    mean_claim: float
    tail: float  # sigma of the logarithm of the amount


COVERS: tuple[tuple[Cover, ...], ...] = (
    (
        Cover("TPL", 1.0, (5_000_000, 10_000_000, 50_000_000), 5.0, 0.075, 3_800, 1.1),
        Cover("THEFT", 0.45, (10_000, 15_000, 20_000, 30_000, 50_000), 1.2, 0.012, 5_200, 0.7),
        Cover("COLLISION", 0.3, (10_000, 15_000, 20_000, 30_000, 50_000), 2.5, 0.11, 2_900, 0.8),
        Cover("GLASS", 0.5, (1_000, 1_500, 2_500), 0.5, 0.09, 480, 0.4),
        Cover("ROADSIDE", 0.4, (500, 1_000), 0.3, 0.1, 140, 0.4),
    ),
    (
        Cover("FIRE", 1.0, (100_000, 150_000, 200_000, 300_000, 500_000), 3.0, 0.009, 9_000, 1.3),
        Cover("WATER", 0.7, (20_000, 50_000, 100_000), 1.5, 0.05, 2_100, 0.9),
        Cover("BURGLARY", 0.5, (5_000, 10_000, 25_000), 1.0, 0.025, 2_600, 0.8),
        Cover("STORM", 0.45, (50_000, 100_000, 200_000), 1.0, 0.03, 1_800, 1.0),
    ),
    (
        Cover("PERSONAL", 1.0, (1_000_000, 5_000_000, 10_000_000), 2.0, 0.035, 1_100, 1.2),
        Cover("LEGAL", 0.25, (50_000, 100_000), 1.0, 0.02, 1_400, 0.7),
    ),
    (
        Cover("DEATH", 1.0, (50_000, 100_000, 150_000, 200_000, 250_000, 500_000), 3.0, 0.0015, 120_000, 0.5),
        Cover("DISABILITY", 0.4, (50_000, 100_000, 150_000), 1.2, 0.004, 45_000, 0.6),
    ),
    (
        Cover("HOSPITAL", 1.0, (50_000, 100_000, 250_000), 2.0, 0.12, 1_250, 0.9),
        Cover("DENTAL", 0.65, (1_500, 3_000, 5_000), 1.3, 0.35, 390, 0.7),
        Cover("OPTICAL", 0.3, (300, 500), 0.4, 0.3, 190, 0.3),
    ),
    (
        Cover("CANCELLATION", 1.0, (2_000, 5_000, 10_000), 1.5, 0.06, 850, 0.7),
        Cover("BAGGAGE", 0.5, (1_000, 2_500), 0.5, 0.04, 410, 0.6),
    ),
    (
        Cover("SURGERY", 1.0, (2_500, 5_000, 10_000), 2.0, 0.14, 940, 0.7),
        Cover("TREATMENT", 0.4, (500, 1_000, 2_000), 1.0, 0.4, 160, 0.6),
    ),
)
MAX_COVERS = max(len(covers) for covers in COVERS)


@dataclass(frozen=True)
class Model:
    """A vehicle model; what follows from it stands beside it."""

    make: str
    country: str
    maker_code: str  # first three characters of the vehicle identification number
    model: str
    power_kw: tuple[int, ...]
    price: int
    weight: float


MODELS = (
    Model("Volkswagen", "Germany", "WVW", "Golf", (66, 85, 110), 28_000, 1.6),
    Model("Volkswagen", "Germany", "WVW", "Polo", (59, 70), 21_000, 1.1),
    Model("Volkswagen", "Germany", "WVW", "Tiguan", (110, 140), 38_000, 0.9),
    Model("BMW", "Germany", "WBA", "320i", (135,), 46_000, 0.6),
    Model("BMW", "Germany", "WBA", "X3", (140, 185), 58_000, 0.4),
    Model("Mercedes-Benz", "Germany", "WDD", "C 200", (150,), 48_000, 0.5),
    Model("Audi", "Germany", "WAU", "A3", (85, 110), 34_000, 0.7),
    Model("Opel", "Germany", "W0L", "Corsa", (55, 74), 19_000, 0.8),
    Model("Fiat", "Italy", "ZFA", "500", (51, 63), 17_500, 1.1),
    Model("Fiat", "Italy", "ZFA", "Panda", (51,), 15_500, 1.2),
    Model("Alfa Romeo", "Italy", "ZAR", "Giulia", (118, 147), 45_000, 0.2),
    Model("Renault", "France", "VF1", "Clio", (67, 96), 19_500, 0.9),
    Model("Peugeot", "France", "VF3", "208", (55, 74), 20_500, 0.8),
    Model("Ford", "United States", "1FA", "Focus", (74, 92), 24_000, 1.0),
    Model("Ford", "United States", "1FA", "F-150", (216, 298), 45_000, 0.8),
    Model("Tesla", "United States", "5YJ", "Model 3", (208, 324), 45_000, 0.5),
    Model("Chevrolet", "United States", "1G1", "Malibu", (119,), 26_000, 0.6),
    Model("Toyota", "Japan", "JTD", "Yaris", (53, 85), 20_000, 1.1),
    Model("Toyota", "Japan", "JTD", "RAV4", (131, 160), 36_000, 0.9),
    Model("Honda", "Japan", "JHM", "Civic", (93, 134), 27_000, 0.8),
    Model("Hyundai", "South Korea", "KMH", "i20", (58, 74), 19_000, 0.7),
    Model("Kia", "South Korea", "KNA", "Sportage", (110, 132), 31_000, 0.6),
    Model("Skoda", "Czechia", "TMB", "Octavia", (81, 110), 27_500, 0.8),
    Model("Volvo", "Sweden", "YV1", "XC60", (145, 184), 52_000, 0.3),
)


def product_table() -> pa.Table:
    """The price list, one row a product."""
    return pa.table(
        {
            "product_code": pa.array([product.code for product in PRODUCTS]),
            "name": pa.array([product.name for product in PRODUCTS]),
            "line": pa.array([LINES[product.line] for product in PRODUCTS]),
            "base_premium": money(np.array([product.premium for product in PRODUCTS])),
            "tax_basis_points": whole([product.tax for product in PRODUCTS]),
            "launched_on": dates([day_number(product.launched) for product in PRODUCTS]),
            "on_sale": flags([product.on_sale for product in PRODUCTS]),
        }
    )
