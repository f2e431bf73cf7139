"""What the children of each parent have in common, as hidden columns of the parent; see `stats.siblings`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthspark.artifacts.model import Feature
from synthspark.fit.limits import seen_from_above
from synthspark.fit.source import Features
from synthspark.stats.features import domain_of
from synthspark.stats.matching import IntArray
from synthspark.stats.siblings import Factor, factor_values, find_traits, one_of_each, shared_factors, sum_traits

MOST_COPIES = 40  # columns of a table with at most one row a parent that are drawn with the parent's


def shared_by(child: Features, owner: IntArray, n_parents: int, named: Callable[[int], str]) -> Features:
    """The factors that siblings share; `named` gives the name of the column for each."""
    frame = child.frame
    traits = find_traits(frame.take(np.flatnonzero(owner >= 0)))
    sums = sum_traits(traits, frame, owner, n_parents)
    factors = shared_factors(traits, sums)
    kinds = [_kind_of(factor, frame.domains[frame.names.index(factor.trait.column)].type) for factor in factors]
    domains = [number_of(kind) for kind in kinds]
    for domain, factor in zip(domains, factors, strict=True):
        known = child.features[frame.names.index(factor.trait.column)].domain
        domain |= seen_from_above(known, {}) if factor.same else {}
    features = tuple(Feature(named(i), named(i), domain) for i, domain in enumerate(domains))
    values = factor_values(factors, traits, sums)
    for place, factor in enumerate(factors):
        if factor.same:
            values[place] = one_of_each(frame.column(factor.trait.column), owner, n_parents)
    return Features(features, values)


def copies_of(child: Features, owner: IntArray, n_parents: int, named: Callable[[int], str]) -> Features:
    """The columns of an only child as columns of its parent, so that all such children are drawn together."""
    used = child.features[:MOST_COPIES]
    matrix = np.full((len(used), n_parents), np.nan)
    matrix[:, owner[owner >= 0]] = child.matrix[: len(used), owner >= 0]
    renamed = {feature.name: named(i) for i, feature in enumerate(used)}
    domains = [{**domain_of(feature).to_json(), **seen_from_above(feature.domain, renamed)} for feature in used]
    return Features(tuple(Feature(named(i), named(i), domain) for i, domain in enumerate(domains)), matrix)


def number_of(kind: str) -> dict[str, object]:
    """Domain of a number of some type."""
    return {"kind": "number", "type": kind, "categories": []}


def _kind_of(factor: Factor, kind: str) -> str:
    """Type of a factor: a mean of whole numbers is none itself, and rounded it would tell families apart no longer."""
    return kind if factor.same or (factor.numeric and kind.startswith(("date", "timestamp"))) else "double"
