"""The parts that a column is drawn in: whether there is a value, a distance from another column, a day and a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthspark.stats.features import PRESENT
from synthspark.stats.frame import Domain, FloatArray
from synthspark.stats.marginals import NumberMarginal, fit_marginal
from synthspark.stats.trees_column import Difference
from synthspark.stats.trees_months import falls_on_days, first_days, months_of, same_day
from synthspark.stats.trees_order import FIRST, TIMESTAMPS, closest, is_amount, is_comparable, is_short, same_time
from synthspark.stats.trees_pool import Columns
from synthspark.stats.trees_predictors import DAY
from synthspark.stats.trees_ratio import find_ratio, is_proportional, ratios, step_of
from synthspark.stats.trees_twins import SAME, find_twin

FEW_ROWS = 5_000  # below, many columns together tell leaves apart that no single one does
LEAST_FORETOLD = 12  # rows below which a column is drawn from its marginal alone
MOST_MOMENTS = 4  # looked at for one with which a moment shares its time of day
_SOME_NULL = 0.02  # share of null rows, and of the others, from which both are drawn one after the other
_MOSTLY_THERE = 0.9  # share of the rows without the column they would go by that have the one they go by instead
_HARD_SHARE = 0.01  # of the rows at one end of a number's range that make it a bound


@dataclass(frozen=True, eq=False)
class Part:
    """Numbers to be drawn for a column: its values, their distance from another column, the day, the time of day."""

    place: int
    kind: str
    values: FloatArray
    domain: Domain
    difference: Difference | None = None
    masked: bool = False
    only: tuple[int, bool] | None = None
    twin: int | None = None

    @property
    def known(self) -> FloatArray:
        """The values whose distribution the part is drawn from."""
        return self.values[~np.isnan(self.values)] if self.masked or self.only else self.values


def parts_of(pool: Columns, place: int, before: list[int]) -> list[Part]:
    """The parts that a column is drawn in, one after the other.

    Where many rows are null, whether there is a value comes first: a tree for both at once would look at little but
    that, and lose what the values depend on.
    """
    values = pool.matrix[place]
    parts = _value_parts(pool, place, before)
    several = _openings(pool, parts, before) or _with_twin(pool, parts, before)
    parts = several or parts
    missing = np.isnan(values)
    known = values[~missing]
    constant = known.size < LEAST_FORETOLD or known.min() == known.max()
    apart = bool(several and missing.any()) or _SOME_NULL <= missing.mean() <= 1 - _SOME_NULL
    if constant or not apart:
        return parts
    presence = Part(place, "presence", np.where(missing, np.nan, 0.0), Domain("category", "string", (PRESENT,)))
    return [presence, *(replace(part, masked=True) for part in parts)]


def _openings(pool: Columns, parts: list[Part], before: list[int]) -> list[Part]:
    """Parts for rows in which the column that this one goes by is null, such as the first of a family, and for others.

    Taken from what stands for that column, the distances of such rows would be long, and any row might draw one. The
    first event of a stay goes by its begin instead, all others by the one before. Where such rows are too few to learn
    from, they are drawn as any row is without that column. Empty where the number goes by no other, or always can.
    """
    found, place = parts[0].difference, parts[0].place
    if found is None:
        return []
    values, opens = pool.matrix[place], ~np.isfinite(pool.matrix[found.source])
    n_here = int((opens & np.isfinite(values)).sum())
    if not n_here:
        return []
    shown = values if n_here < LEAST_FORETOLD else np.where(opens, values, np.nan)
    known = np.isfinite(shown)
    others = [other for other in before if np.isfinite(pool.matrix[other][known]).mean() >= _MOSTLY_THERE]
    first = [_of_known(pool, part) for part in _value_parts(pool.with_column(place, shown), place, others)]
    rest = [replace(part, values=np.where(opens, np.nan, part.values)) for part in parts]
    source = found.source
    return [replace(part, only=(source, here)) for here, several in ((True, first), (False, rest)) for part in several]


def _of_known(pool: Columns, part: Part) -> Part:
    """A part without the rows that lack the column that it goes by."""
    if part.difference is None or part.difference.source == part.place:
        return part
    return replace(part, values=np.where(np.isfinite(pool.matrix[part.difference.source]), part.values, np.nan))


def _with_twin(pool: Columns, parts: list[Part], before: list[int]) -> list[Part]:
    """Parts for the rows in which the number is not the same as another one, and whether it is the same.

    Empty where it is hardly ever, or where it is drawn as its distance from another one, which keeps equal numbers.
    """
    if len(parts) == 1 and parts[0].difference is not None:
        return []
    place = parts[0].place
    values, domain = pool.matrix[place], pool.domains[place]
    twin = find_twin(values, domain, [(other, pool.matrix[other], pool.domains[other]) for other in before])
    if twin is None:
        return []
    equal = values == pool.matrix[twin]
    found = _value_parts(pool.with_column(place, np.where(equal, np.nan, values)), place, before)
    either = np.where(np.isnan(values), np.nan, np.where(equal, 0.0, 1.0))
    return [*(replace(part, masked=True) for part in found), Part(place, "same", either, SAME, masked=True, twin=twin)]


def _value_parts(pool: Columns, place: int, before: list[int]) -> list[Part]:
    values, domain = pool.matrix[place], pool.domains[place]
    if domain.kind != "number" or domain.type == "boolean":
        return [Part(place, "whole", values, domain)]
    candidates = [(other, pool.matrix[other], pool.domains[other]) for other in before]
    multiple = _multiple(pool, Part(place, "whole", values, domain), candidates)
    if multiple is not None:
        return [multiple]
    source = closest(values, domain, _known_well(pool, place, candidates))
    if (
        domain.type == "date"
        and falls_on_days(values)
        and not (source is not None and same_day(values, pool.matrix[source]))
    ):
        return _month_and_day(pool, place, source)
    if domain.type not in TIMESTAMPS:
        return [_distance(pool, Part(place, "whole", values, domain), source)]
    for other in [source] if source is not None else _moments(pool, place, before):
        distances = values - pool.matrix[other]
        if same_time(values, distances) or (source is not None and is_short(distances)):
            return [_distance(pool, Part(place, "whole", values, domain), other)]
    days = np.floor(values / DAY)
    times = values - days * DAY
    if not (np.isfinite(times) & (times > 0)).any():
        return [_distance(pool, Part(place, "day", days, Domain("number", "date")), source)]
    day = _distance(pool, Part(place, "day", days, Domain("number", "date")), source)
    return [day, Part(place, "time", times, Domain("number", "time"))]


def _known_well(
    pool: Columns, place: int, candidates: list[tuple[int, FloatArray, Domain]]
) -> list[tuple[int, FloatArray, Domain]]:
    """The candidates, without what siblings share where another number tells more of the column.

    A distance from the mean of a family would hide what the row's own numbers tell.
    """
    shared = {at for at, _, _ in candidates if FIRST in pool.names[at]}
    told = pool.dependence[place]
    others = [at for at, _, kind in candidates if at not in shared and is_comparable(kind, pool.domains[place])]
    most = max((float(told[at]) for at in others), default=0.0)
    return [one for one in candidates if one[0] not in shared or told[one[0]] >= most]


def _month_and_day(pool: Columns, place: int, source: int | None) -> list[Part]:
    """The month, by the months from another date where that is close, and the day in it."""
    values = pool.matrix[place]
    marginal = fit_marginal(values, pool.domains[place], pool.settings)
    if not isinstance(marginal, NumberMarginal) or marginal.is_constant:
        return [Part(place, "whole", values, pool.domains[place])]
    months = months_of(values)
    day = Difference(place, 0.0, float(marginal.x[0]), float(marginal.x[-1]), (True, True), marginal.grid)
    number = Domain("number", "long")
    return [
        _distance(pool, Part(place, "month", months, number), source),
        Part(place, "monthday", values - first_days(months), number, difference=day),
    ]


def _moments(pool: Columns, place: int, before: list[int]) -> list[int]:
    """The moments of which one may be at the same time of day as the column."""
    alike = [other for other in before if pool.domains[other].type in TIMESTAMPS]
    return sorted(alike, key=lambda other: -pool.dependence[place, other])[:MOST_MOMENTS]


def _distance(pool: Columns, part: Part, source: int | None) -> Part:
    """The same part as a distance from the column `source`, or as a multiple of it where distances grow with it.

    What siblings share is known too roughly to be multiplied.
    """
    if source is None:
        return part
    amounts = (
        FIRST not in pool.names[source]
        and part.kind == "whole"
        and is_amount(part.domain)
        and is_amount(pool.domains[source])
    )
    times = amounts and is_proportional(part.values, pool.matrix[source])
    return _joined(pool, part, source, times=times) or part


def _multiple(pool: Columns, part: Part, candidates: list[tuple[int, FloatArray, Domain]]) -> Part | None:
    """The same part as a multiple of another column, where few factors make up most rows."""
    numbers = [(at, other) for at, other, domain in candidates if is_amount(domain)]
    source = find_ratio(part.values, step_of(part.values, part.domain), numbers) if is_amount(part.domain) else None
    return None if source is None else _joined(pool, part, source, times=True)


def _joined(pool: Columns, part: Part, source: int, *, times: bool) -> Part | None:
    """The same part as what, added to another column or multiplied by it, makes the number; None for a constant."""
    marginal = fit_marginal(part.values, part.domain, pool.settings)
    if not isinstance(marginal, NumberMarginal) or marginal.is_constant:
        return None
    other = pool.matrix[source]
    ends = float(marginal.x[0]), float(marginal.x[-1]), _bounds(marginal), marginal.grid
    if times:
        fill = float(np.median(other[np.isfinite(other) & (other != 0)]))
        difference = Difference(source, fill, *ends, times=True)
        shared = ratios(part.values, difference.reference(other, part.kind), marginal.grid.step)
        return replace(part, values=shared, domain=Domain("number", "double"), difference=difference)
    fill = float(marginal.grid.nearest(np.median(part.values[np.isfinite(part.values)])))
    difference = Difference(source, fill, *ends)
    return replace(part, values=part.values - difference.reference(other, part.kind), difference=difference)


def _bounds(marginal: NumberMarginal) -> tuple[bool, bool]:
    """Whether many rows lie at the ends of a number's range, such as zero."""
    low, high = marginal.intervals(marginal.x[[0, -1]])
    first, last = (high - low >= _HARD_SHARE).tolist()
    return first, last
