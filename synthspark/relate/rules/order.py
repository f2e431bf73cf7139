"""Columns that never exceed others, and columns a constant away from others, in one table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.rule import Rule
from synthspark.relate.rules.chance import LEAST_EXPECTED, OrderEvidence, order_evidence
from synthspark.relate.rules.rows import Candidate, TableRows, spread_out
from synthspark.relate.rules.words import alike
from synthspark.rules.kernels import add_months, differs
from synthspark.rules.values import DAY, BoolArray, FloatArray
from synthspark.stats.hashing import TIME

PROBE_SLACK = 0.01  # share of violations that a first look lets pass
MOST_COLUMNS = 1_000
LEAST_ROWS = 10
NEAR_ROWS = 10  # rows close to equality from which a bound on numbers is believed
NEAR_SHARE = 0.005
LEAST_FIXED_ROWS = 30
FEW_ROWS = 64  # rows on which all pairs of columns are compared
FEW_SLACK = 4  # of them that are known before they tell anything
EDGE = 0.02  # of the range of a date: a bound within it is no accident
EDGE_SURPRISE = 60.0


def propose_orders(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Pairs of dates, and pairs of numbers of like meaning, of which one is never greater."""
    times = [name for name in rows.times if len(rows) >= LEAST_ROWS][:MOST_COLUMNS]
    measures = list(rows.measures)[:MOST_COLUMNS]
    for names, needs_near in ((times, False), (measures, True)):
        for lower, upper in _never_above(rows, names):
            if needs_near and not alike(rows, lower, upper):
                continue
            a, b = rows.numbers(lower), rows.numbers(upper)
            found = order_evidence(a, b)
            if _believed(found, tolerated, needs_near=needs_near):
                yield _order(rows, lower, upper, found)


def propose_fixed_bounds(rows: TableRows) -> Iterator[Candidate]:
    """A date that is the same in all rows, such as that of the extract, at the very edge of another date's values."""
    constants = [name for name in rows.rows.column_names if _is_fixed_date(rows, name)]
    for fixed in constants:
        bound = float(np.nanmax(rows.numbers(fixed)))
        for name in rows.times:
            values = rows.numbers(name)
            values = values[~np.isnan(values)]
            if len(values) < LEAST_FIXED_ROWS:
                continue
            low, high = values.min(), values.max()
            edge = EDGE * (high - low)
            if 0 <= low - bound <= edge or 0 <= bound - high <= edge:
                columns = (fixed, name) if low >= bound else (name, fixed)
                evidence = {"support": len(values), "violations": 0}
                yield Candidate(Rule("order", rows.name, columns, evidence=evidence), EDGE_SURPRISE)


def _is_fixed_date(rows: TableRows, name: str) -> bool:
    known = rows.profile.columns.get(name)
    return known is not None and known.distinct == 1 and known.nulls == 0 and rows.family(name) == TIME


def _never_above(rows: TableRows, names: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs (lower, upper) that a first look does not refute."""
    values = rows.matrix(names, rows.probe)
    for place, lower in enumerate(names):
        with np.errstate(invalid="ignore"):
            above = (values[place] > values).sum(axis=1)
            below = (values[place] < values).sum(axis=1)
            both = (~np.isnan(values[place]) & ~np.isnan(values)).sum(axis=1)
        fits = (both >= LEAST_ROWS) & (above <= PROBE_SLACK * both) & (below > 0)
        fits[place] = False
        for other in np.flatnonzero(fits):
            yield lower, names[other]


def _believed(found: OrderEvidence, tolerated: float, *, needs_near: bool) -> bool:
    if found.support < LEAST_ROWS or found.violations > tolerated * found.support:
        return False
    if found.surprise < LEAST_EXPECTED or found.violations > tolerated * found.expected:
        return False
    return not needs_near or found.near >= max(NEAR_ROWS, NEAR_SHARE * found.support)


def _order(rows: TableRows, lower: str, upper: str, found: OrderEvidence) -> Candidate:
    rule = Rule(
        "order",
        rows.name,
        (lower, upper),
        evidence={"support": found.support, "violations": found.violations, "expected_by_chance": found.expected},
    )
    return Candidate(rule, found.surprise)


def propose_offsets(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Pairs of dates, or of numbers, that differ by the same amount in every row."""
    for names in (list(rows.times), list(rows.measures)):
        if not len(rows):
            return
        values = rows.matrix(names[:MOST_COLUMNS], spread_out(rows.probe))
        for place, start in enumerate(names[:MOST_COLUMNS]):
            steady = _steady(values[place + 1 :, :FEW_ROWS] - values[place, :FEW_ROWS], is_time=start in rows.times)
            for other in np.flatnonzero(steady) + place + 1:
                gaps = values[other] - values[place]
                if (~np.isnan(gaps)).sum() >= LEAST_ROWS:
                    yield from _offset(rows, start, names[other], gaps, tolerated)


def _steady(gaps: FloatArray, *, is_time: bool) -> BoolArray:
    """Which gaps, shape (n_pairs, n_rows), hardly vary; all of which too few are known to tell."""
    ordered = np.sort(gaps, axis=1)  # NaN last
    known = (~np.isnan(ordered)).sum(axis=1)
    pairs = np.arange(len(gaps))
    low, high = (ordered[pairs, np.clip(place, 0, gaps.shape[1] - 1)] for place in (np.full(len(gaps), 2), known - 3))
    return np.asarray((known < 2 * FEW_SLACK) | (high - low <= _slack(high, is_time=is_time)))


def _slack(high: npt.ArrayLike, *, is_time: bool) -> FloatArray:
    """How much a constant distance may vary: months have 28 to 31 days."""
    size = np.maximum(1.0, np.abs(np.asarray(high, dtype=np.float64)))
    return np.full(size.shape, 3.5 * DAY) if is_time else 1e-6 * size


def _offset(rows: TableRows, start: str, end: str, gaps: FloatArray, tolerated: float) -> Iterator[Candidate]:
    known = np.sort(gaps[~np.isnan(gaps)])
    low, high = known[int(0.01 * len(known))], known[int(0.99 * (len(known) - 1))]
    is_time = start in rows.times
    month = 28 * DAY if is_time else np.inf
    if high - low > _slack(high, is_time=is_time):
        return
    if known[len(known) // 2] < 0:
        start, end, low, high, known = end, start, -high, -low, -known[::-1]
    a, b = rows.numbers(start), rows.numbers(end)
    for amount, unit, wanted in _readings(a, float(known[len(known) // 2]), month, is_time=is_time):
        speaks = ~np.isnan(a) & ~np.isnan(b)
        wrong = int((speaks & differs(b, wanted)).sum())
        distinct = len(np.unique(a[speaks]))
        if wrong <= tolerated * speaks.sum() and distinct >= 3:
            evidence = {"support": int(speaks.sum()), "violations": wrong}
            rule = Rule(
                "offset", rows.name, (start, end), parameters={"amount": amount, "unit": unit}, evidence=evidence
            )
            yield Candidate(rule, float(speaks.sum()))
            return


def _readings(start: FloatArray, gap: float, month: float, *, is_time: bool) -> Iterator[tuple[float, str, FloatArray]]:
    """What a gap can mean, the plainest first."""
    if not is_time:
        amount = float(np.round(gap, 9))
        yield int(amount) if amount.is_integer() else amount, "one", start + amount
        return
    if gap % DAY == 0:
        yield int(gap / DAY), "day", start + gap
    else:
        yield gap / 1e6, "second", start + gap
    months = round(gap / (30.436875 * DAY))  # mean length of a month
    if gap >= month:
        for count in (months, months - 1, months + 1):
            yield count, "month", add_months(start, count)
