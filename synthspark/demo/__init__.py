"""Databases to try synthspark on: a simulated insurer, and the flights out of New York in 2013.

The truth about the insurer stays in `synthspark.demo.insurance_truth`, out of the program's sight.
"""

from __future__ import annotations

from synthspark.demo.flights import load_flights
from synthspark.demo.insurance import simulate_insurance, write_database

__all__ = ["load_flights", "simulate_insurance", "write_database"]
