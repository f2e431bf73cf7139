"""How an inclusion compares with chance, that is, with values drawn without any reference."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, log10

import numpy as np
import pyarrow as pa

from synthspark.relate.facts import ColumnFacts, Facts, Inclusion, Place
from synthspark.relate.inclusion import row_hashes
from synthspark.stats.hashing import hash_values

QUANTILE_SHARES = np.array([0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0])
CHANCE_DIGITS = 10.0  # an inclusion that chance would bring once in 10^10 cases surprises fully
TEXT_ALPHABET = 30.0  # letters: how likely two texts of the same length agree by chance
LONGEST_TEXT = 12.0  # characters that count
SHORTEST_RATIO = 1e-3
STRAY_DIGITS = 3.0  # what a value that the parent lacks costs
MISFIT_DIGITS = 6.0  # a parent so much less likely than another does not fit at all
EDGE_DIGITS = 3.0
SKETCHED = 0.05  # a number of distinct values may be wrong by so much


def surprise(child: ColumnFacts, parent: ColumnFacts) -> float:
    """How unlikely the inclusion is if the child's values were drawn anew from their own range, 0 to 1."""
    if child.sketch.family == "number":
        held = parent.density
        chance = -log10(max(held, SHORTEST_RATIO)) if held else 0.0
    elif child.sketch.family == "time":
        chance = -log10(max(min(1.0, parent.distinct / _days(parent)), SHORTEST_RATIO))
    else:
        length = min(child.profile.mean_length or 0.0, LONGEST_TEXT)
        chance = max(0.0, length * log10(TEXT_ALPHABET) - log10(max(parent.distinct, 1)))
    return min(1.0, child.distinct * chance / CHANCE_DIGITS)


def tuple_surprise(children: Sequence[ColumnFacts], parents: Sequence[ColumnFacts], parent_rows: int) -> float:
    """How unlikely it is that tuples match when their parts do, if the parts were drawn apart, 0 to 1.

    Where the parent holds nearly every combination of its parts, the tuples match by themselves.
    """
    held = 1.0
    for column in parents:
        held *= max(column.distinct, 1)
    chance = -log10(max(min(1.0, parent_rows / held), SHORTEST_RATIO))
    return min(1.0, max(column.distinct for column in children) * chance / CHANCE_DIGITS)


def _days(column: ColumnFacts) -> float:
    low, high = column.profile.minimum or 0.0, column.profile.maximum or 0.0
    unit = 1.0 if column.profile.type == "date" else 86_400_000_000.0
    return (high - low) / unit + 1.0


def spread(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Whether the child's values lie all over the parent's, as those of a reference do, or at one end only.

    The span of the child's values in the parent's ranks against that of as many random draws, (k - 1) / (k + 1). Half
    where it cannot be told (texts, a single value).
    """
    ranks = _ranks(child, parent)
    if ranks is None or child.distinct < 2:
        return 0.5
    return float(min(1.0, (ranks[-1] - ranks[0]) / ((child.distinct - 1) / (child.distinct + 1))))


def slant(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Distance of the child's rows from an even use of the parent's ranks, 0 to 1; a third where it cannot be told.

    Twice the earth mover's distance between the ranks of the child's rows among the parent's values and the
    uniform distribution: 1 when all rows refer to one end.
    """
    ranks = _ranks(child, parent)
    if ranks is None:
        return 1.0 / 3.0
    gaps = np.abs(ranks - QUANTILE_SHARES)
    widths = np.diff(QUANTILE_SHARES)
    return float(min(1.0, 2.0 * np.sum(widths * (gaps[1:] + gaps[:-1]) / 2.0)))


def top_gap(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Share of the parent's values above the largest one of the child, beyond what as many draws would leave."""
    ranks = _ranks(child, parent)
    if ranks is None:
        return 0.0
    return float(max(0.0, (1.0 - ranks[-1]) - 1.0 / (child.distinct + 1)))


def _ranks(child: ColumnFacts, parent: ColumnFacts) -> np.ndarray | None:
    """Places of the child's quantiles among the parent's values, 0 to 1; None where values have no order here."""
    points, parents = np.asarray(child.profile.quantiles), np.asarray(parent.profile.quantiles)
    if points.size == 0 or parents.size == 0 or parent.distinct < 2:
        return None
    return np.asarray(np.interp(points, parents, QUANTILE_SHARES))


def share(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Share of the parent's values that occur in the child, on a logarithmic scale from 1/1000 to 1."""
    ratio = min(1.0, child.distinct / max(parent.distinct, 1))
    return 1.0 + log10(max(ratio, SHORTEST_RATIO)) / 3.0


def fullness(child: ColumnFacts, parent: ColumnFacts) -> float:
    """Distinct values of the child against those that as many random draws from the parent would bring, 0 to 1."""
    m, n = max(parent.distinct, 1), max(child.profile.filled, 1)
    expected = m * (1.0 - exp(-n / m))
    return min(1.0, child.distinct / max(expected, 1.0))


def choice_digits(child: ColumnFacts, parent: ColumnFacts, value_coverage: float) -> float:
    """How many digits it takes to tell which of the parent's keys the child uses.

    The decimal logarithm of the number of subsets of that size: of two parents that hold the same values the one that
    needs fewer digits is the likelier by their difference. Each value that the parent lacks costs extra.
    """
    held = min(round(child.distinct * value_coverage), parent.distinct)
    ways = lgamma(parent.distinct + 1) - lgamma(held + 1) - lgamma(parent.distinct - held + 1)
    return ways / log(10.0) + STRAY_DIGITS * (child.distinct - held)


def edge(child: ColumnFacts, parent: ColumnFacts) -> float:
    """How unlikely it is that chance would end the child's numbers so near the end of the parent's, 0 to 1."""
    most, last = parent.profile.maximum, child.profile.maximum
    if child.sketch.family != "number" or most is None or last is None or parent.distinct < 2:
        return 0.0
    above = max(0.0, most - last) * parent.density
    return min(1.0, max(0.0, log10(parent.distinct / (above + 1.0)) / EDGE_DIGITS))


def numbers_rows(facts: Facts, child: ColumnFacts, key: Sequence[str]) -> bool:
    """Whether a column of a composite key counts the rows of each group, as line numbers do, rather than refers.

    Then as many rows have its first number as there are groups, and none of the next ones has more rows than the one
    before. Where every group has the same numbers it may as well refer to them.
    """
    sketch, profile = child.sketch, child.profile
    if (
        child.name not in key
        or len(key) < 2
        or not sketch.exact
        or child.density < 1.0
        or profile.minimum not in (0, 1)
    ):
        return False
    first = int(profile.minimum or 0)
    wanted = hash_values(pa.array(np.arange(first, first + child.distinct)))
    places = np.searchsorted(sketch.hashes, wanted)
    rows = (
        sketch.counts[places] if (sketch.hashes[np.minimum(places, len(sketch.hashes) - 1)] == wanted).all() else None
    )
    if rows is None or (np.diff(rows) > 0).any() or rows[0] == rows[-1]:
        return False
    groups = _groups(facts, Place(child.table, tuple(name for name in key if name != child.name)))
    return groups is None or abs(rows[0] - groups) <= SKETCHED * groups


def _groups(facts: Facts, place: Place) -> int | None:
    """Distinct values of a place, or of several columns where all rows are kept."""
    if len(place.columns) == 1:
        return facts.of(place)[0].distinct
    return int(np.unique(row_hashes(facts, place)).size) if facts.sketches[place.table].all_rows else None


def loop_share(facts: Facts, inclusion: Inclusion) -> float:
    """Share of the referring rows of a self reference that lie below a loop, 0 for a tree; 0 where rows are not kept.

    A row that refers to itself is a root, not a loop, if only few do.
    """
    child, parent = facts.compared(inclusion)
    if child.table != parent.table or not facts.sketches[child.table].all_rows:
        return 0.0
    sketch = facts.sketches[child.table]
    at = [sketch.place(column) for column in (*child.columns, *parent.columns)]
    if sketch.nulls[[at[-1]]].any() or len(child.columns) > 1:
        return 0.0
    keys = row_hashes(facts, parent)
    filled = ~sketch.nulls[at[0]]
    order = np.argsort(keys)
    values = row_hashes(facts, child)
    found = np.minimum(np.searchsorted(keys[order], values), keys.size - 1)
    hit = keys[order][found] == values
    target = np.full(keys.size + 1, keys.size)  # the last place stands for "refers to nothing"
    rows = np.flatnonzero(filled)
    target[rows[hit]] = order[found[hit]]
    own = target[:-1] == np.arange(keys.size)
    if own.sum() <= max(1, 0.1 * rows.size):
        target[:-1][own] = keys.size
    for _ in range(int(keys.size).bit_length()):
        target = target[target]  # twice as many steps each time, until a tree would have ended
    return float((target[rows] < keys.size).mean()) if rows.size else 0.0
