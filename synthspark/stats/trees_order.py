"""In which order columns are drawn, what each tree may look at, and which number is drawn as a distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.limits import UNLIMITED, Limits
from synthspark.stats.quantiles import quantiles_of
from synthspark.stats.trees_predictors import DAY

IntArray = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]

TIMESTAMPS = ("timestamp", "timestamp_ntz")
FIRST = "_ss_"  # names of columns that are drawn before all others start with it: latent classes, links
LAST = "_ss_late"  # and those that are drawn after them: what rows tell of parents that are chosen at the end
_KNOWN = 0.5  # share of the rows in which a column that others follow from must be known
_SAMPLE = 4_000  # rows on which dependence is measured
_CELLS = 8  # cells of a column in which dependence is measured
_CLOSE = 0.35  # a distance is drawn where it spreads less than this share of the number's own spread
_EQUAL = 0.3  # share of the rows that hold the same number twice, which a distance from it keeps
_TELLING = 0.5  # by which the spread counts of a distance that keeps equal numbers or an order
_NEAR = 0.02  # of the spread of distances, within which the smallest comes close to nothing
_SHORT = 6 * 3_600_000_000.0  # microseconds: within it the time of day follows from that of the other moment
_STRONG = 0.5  # dependence that counts no more when it is stronger
_MOSTLY = 0.8  # share of the rows that makes a rule
_RANGE = (0.05, 0.1, 0.25, 0.75, 0.9, 0.95)  # quantiles between which spread is measured


def draw_order(
    names: Sequence[str],
    domains: Sequence[Domain],
    matrix: FloatArray,
    found: FloatArray,
    limits: Limits = UNLIMITED,
) -> list[int]:
    """Columns: those bounded from above, those that stand for others, the rest by their number of distinct values.

    Of those that stand for others, such as what siblings share, the ones that most others depend on come first: what
    follows from a common cause is drawn from it, and not from each other, by which a little would be lost every time.
    Those that are known in few rows, and what rows tell of parents that are chosen at the end, come after all others.

    Of moments the times of day count: of two close to each other the one on whole hours comes first, and the other as
    its distance. A column that must not fall below another one of the row comes after it. `found` is the dependence of
    each pair of the columns.
    """
    finite, central = np.where(np.isfinite(matrix), matrix, np.nan), _centrality(found)
    keys = []
    for place, (name, domain, values) in enumerate(zip(names, domains, finite, strict=True)):
        moment = domain.type in TIMESTAMPS
        distinct = np.unique(values % DAY if moment else values).size
        # About as many times of day: the moment that is always known can be what the other one is a distance from.
        size = 1 << distinct.bit_length() if moment else distinct
        unknown = int(np.isnan(values).sum()) if moment else 0
        last = name.startswith(LAST) or (name.startswith(FIRST) and is_sparse(values, domain))
        first = name.startswith(FIRST) and not last
        size = -central[place] if first else -distinct if last else size
        keys.append((last, not limits.is_bounded_from_above(name), not first, size, unknown, place))
    order = [key[-1] for key in sorted(keys)]
    place_of = {name: place for place, name in enumerate(names)}
    lower = {place_of[name]: [place_of[n] for n in limits.least.get(name, ()) if n in place_of] for name in names}
    return _after(order, lower)


def is_sparse(values: FloatArray, domain: Domain) -> bool:
    """Whether a number is known in so few rows that it had better follow from the others than they from it."""
    return domain.kind == "number" and bool(np.isfinite(values).mean() < _KNOWN)


def _centrality(found: FloatArray) -> FloatArray:
    """How much the other columns depend on each one, shape (n_columns,)."""
    counted = np.minimum(found, _STRONG)
    return np.asarray(np.round(counted.sum(axis=1) - np.diag(counted), 6))


def _after(order: Sequence[int], lower: Mapping[int, Sequence[int]]) -> list[int]:
    """The order, with every column moved behind the last of those that it must follow."""
    out: list[int] = []
    waiting = list(order)
    while waiting:
        ready = next((p for p in waiting if not set(lower[p]) & set(waiting)), waiting[0])
        waiting.remove(ready)
        out.append(ready)
    return out


def cells_of(matrix: FloatArray, domains: Sequence[Domain], n_rows: int) -> Floats32:
    """Cells of every column, those of one after those of the other, over at most 4,000 rows."""
    rows = _looked_at(n_rows)
    return np.concatenate([_cells(values[rows], domain) for values, domain in zip(matrix, domains, strict=True)])


def dependence(cells: Floats32) -> FloatArray:
    """Squared contingency of each pair of columns, shape (n_columns, n_columns), by their cells."""
    return _contingency(cells, cells)


def dependence_on(cells: Floats32, values: FloatArray, domain: Domain) -> FloatArray:
    """Squared contingency of each column, by its cells, with a further one, shape (n_columns,)."""
    found: FloatArray = _contingency(_cells(values[_looked_at(values.size)], domain), cells)[0]
    return found


def _looked_at(n_rows: int) -> IntArray:
    return np.linspace(0, n_rows - 1, min(n_rows, _SAMPLE)).astype(np.int64)


def _contingency(first: Floats32, second: Floats32) -> FloatArray:
    """Counts are whole numbers in float32, so the result does not depend on the number of processors."""
    n_rows, width = max(first.shape[1], 1), _CELLS + 1
    shares = [cells.sum(axis=1).astype(np.float64) / n_rows for cells in (first, second)]
    joint = (first @ second.T).astype(np.float64) / n_rows
    expected = np.outer(*shares)
    squared = np.divide((joint - expected) ** 2, expected, out=np.zeros_like(joint), where=expected > 0)
    by_column = squared.reshape(len(first) // width, width, len(second) // width, width)
    return np.asarray(by_column.sum(axis=(1, 3)), dtype=np.float64)


def _cells(values: FloatArray, domain: Domain) -> Floats32:
    """One-hot cells of shape (_CELLS + 1, n): quantiles or frequent categories, and null."""
    missing = ~np.isfinite(values)
    place = np.full(values.size, _CELLS)
    known = values[~missing]
    if known.size and domain.kind == "number":
        edges = np.unique(quantiles_of(known, np.arange(1, _CELLS) / _CELLS))
        place[~missing] = np.searchsorted(edges, known, side="left")
    elif known.size:
        named, where, counts = np.unique(known, return_inverse=True, return_counts=True)
        rank = np.empty(named.size, dtype=np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.arange(named.size)
        place[~missing] = np.minimum(rank[where], _CELLS - 1)
    return np.asarray(place[None, :] == np.arange(_CELLS + 1)[:, None], dtype=np.float32)


def closest(values: FloatArray, domain: Domain, candidates: Sequence[tuple[int, FloatArray, Domain]]) -> int | None:
    """The candidate, by its number, from which these values are best drawn as a distance; None for none."""
    if domain.kind != "number" or domain.type == "boolean":
        return None
    known = np.isfinite(values)
    n_known, own = int(known.sum()), _spread(values[known])
    if own == 0:
        return None
    best, least = None, _CLOSE
    for number, other, kind in candidates:
        if not is_comparable(kind, domain):
            continue
        both = known & np.isfinite(other)
        n_both = int(both.sum())
        if n_both < max(20, 0.5 * n_known):
            continue
        distance = values[both] - other[both]
        share = _spread(distance) / max(own if n_both == n_known else _spread(values[both]), 1e-300)
        share *= _TELLING if _is_telling(distance) else 1.0
        if share < least:
            best, least = number, share
    return best


def _is_telling(distance: FloatArray) -> bool:
    """Whether equal numbers would be lost without the distance, or an order that is no matter of course."""
    ordered = distance.min() >= 0 or distance.max() <= 0
    close = float(np.abs(distance).min()) <= _NEAR * _spread(distance)
    return bool((distance == 0).mean() >= _EQUAL or (ordered and close))


def is_short(distances: FloatArray) -> bool:
    """Whether distances of moments are so short that they, not days and times of day, are what is to be drawn."""
    known = distances[np.isfinite(distances)]
    return bool(known.size) and float(np.median(np.abs(known - np.median(known)))) < _SHORT


def same_time(values: FloatArray, distances: FloatArray) -> bool:
    """Whether distances are whole days, hours, minutes or seconds where the moments themselves are not."""
    known = np.isfinite(values) & np.isfinite(distances)
    for unit in (DAY, DAY // 24, DAY // 1440, DAY // 86_400):
        if _share_whole(distances[known], unit) > _MOSTLY and _share_whole(values[known], unit) < 1 - _MOSTLY:
            return True
    return False


def _share_whole(values: FloatArray, unit: int) -> float:
    return float((values % unit == 0).mean()) if values.size else 0.0


def is_amount(domain: Domain) -> bool:
    """Whether a number is one that can be multiplied: no moment, no truth value."""
    return domain.kind == "number" and domain.type != "boolean" and _family(domain.type) == "number"


def is_comparable(one: Domain, other: Domain) -> bool:
    """Whether numbers of two kinds have a distance: both amounts, both dates, both moments."""
    return one.kind == other.kind == "number" and _family(one.type) == _family(other.type)


def _family(logical: str) -> str:
    if logical in TIMESTAMPS:
        return "timestamp"
    return "date" if logical == "date" else "number"


def _spread(values: FloatArray) -> float:
    if not values.size:
        return 0.0
    q = quantiles_of(values, np.array(_RANGE))
    return float((q[5] - q[0]) + (q[4] - q[1]) + (q[3] - q[2]))
