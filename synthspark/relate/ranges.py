"""Inclusions that ranges prove: a column that holds every integer of its range holds every integer column within it."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import replace

from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place

INTEGERS = ("byte", "short", "integer", "long")
WHOLE_DECIMAL = re.compile(r"decimal\(\d+,0\)")
LARGEST_EXACT = 2.0**53  # integers that a profile's numbers tell apart


def proven(facts: Facts, inclusion: Inclusion, keys: Set[Place]) -> Inclusion | None:
    """The inclusion as an exact one if ranges prove it, else None.

    Parameters
    ----------
    keys : set of Place
        Single columns known to hold each value once.
    """
    if inclusion.exact or inclusion.compare or inclusion.parent not in keys:
        return None
    child, parent = facts.of(inclusion.child)[0], facts.of(inclusion.parent)[0]
    inner, outer = _range(child), _range(parent)
    if inner is None or outer is None or inner[0] < outer[0] or inner[1] > outer[1]:
        return None
    if parent.profile.filled != outer[1] - outer[0] + 1:  # gaps
        return None
    return replace(inclusion, coverage=1.0, value_coverage=1.0, exact=True)


def _range(column: ColumnFacts) -> tuple[float, float] | None:
    kind, low, high = column.profile.type, column.profile.minimum, column.profile.maximum
    if not (kind in INTEGERS or WHOLE_DECIMAL.fullmatch(kind)) or low is None or high is None:
        return None
    return (low, high) if max(abs(low), abs(high)) < LARGEST_EXACT else None
