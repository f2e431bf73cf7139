"""Numbers that follow from others of the row: sums and differences, products, ratios, fixed factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from synthspark.artifacts.rule import Rule
from synthspark.relate.rules.linear import Relation, linear_relations
from synthspark.relate.rules.rows import Candidate, TableRows
from synthspark.rules.kernels import RELATIVE, differs, filled, product, weighted_sum
from synthspark.rules.values import BoolArray, FloatArray, IntArray

WINDOW = 60  # columns among which products are looked for; windows overlap by half
TRIED_ROWS = 48
LEAST_ROWS = 10
LEAST_DISTINCT = 5
LEAST_STEPS = 20.0  # a value must be so many times its tolerance to say anything
NICE_DIGITS = 4  # significant digits of a factor that people choose
PROBE_SLACK = 0.02


def propose_formulas(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Sums first, then products of columns that no sum explains."""
    names = list(rows.measures)
    taken: set[frozenset[str]] = set()
    for relation in linear_relations(rows, names):
        candidate = _sum(rows, relation, tolerated)
        if candidate is not None and frozenset(candidate.rule.columns) not in taken:
            taken.add(frozenset(candidate.rule.columns))
            yield candidate
    for window in _windows(names):
        for candidate in _products(rows, window, tolerated):
            columns = frozenset(candidate.rule.columns)
            if not any(columns <= known or known <= columns for known in taken):
                taken.add(columns)
                yield candidate


def _windows(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, max(len(names) - WINDOW // 2, 1), WINDOW // 2):
        yield names[start : start + WINDOW]


def _sum(rows: TableRows, relation: Relation, tolerated: float) -> Candidate | None:
    """The relation solved for one of its columns: the one that the most others add up to."""
    sides = ([n for n, s in relation if s > 0], [n for n, s in relation if s < 0])
    single = [side for side in sides if len(side) == 1]
    pool = [side[0] for side in single] or [name for name, _ in relation]
    sizes = {name: float(np.nanmean(np.abs(rows.numbers(name)))) for name in pool}
    target = max(pool, key=lambda name: sizes[name])
    own = dict(relation)[target]
    operands = [name for name, _ in relation if name != target]
    signs = [int(-sign / own) for name, sign in relation if name != target]
    if signs[0] < 0 and 1 in signs:  # begin with what is added
        order = sorted(range(len(signs)), key=lambda place: -signs[place])
        operands, signs = [operands[place] for place in order], [signs[place] for place in order]
    wanted = weighted_sum([rows.numbers(name) for name in operands], signs)
    parameters = {"form": "sum", "signs": signs, "tolerance": rows.tolerance(target)}
    return _judged(rows, target, operands, wanted, parameters, tolerated)


def _judged(
    rows: TableRows,
    target: str,
    operands: Sequence[str],
    wanted: FloatArray,
    parameters: dict[str, Any],
    tolerated: float,
) -> Candidate | None:
    own = rows.numbers(target)
    tolerance = float(parameters["tolerance"])
    speaks = filled(own, wanted)
    wrong = int((speaks & differs(own, wanted, tolerance)).sum())
    if speaks.sum() < LEAST_ROWS or wrong > tolerated * speaks.sum():
        return None
    telling = speaks & _telling(own, [rows.numbers(name) for name in operands], tolerance)
    distinct = len(np.unique(own[telling]))
    if telling.sum() < LEAST_ROWS or distinct < LEAST_DISTINCT or wrong > 0.05 * telling.sum():
        return None
    spread = float(np.subtract(*np.percentile(own[telling], [90, 10])))
    steps = spread / max(tolerance * 2, RELATIVE * max(abs(own[telling]).max(), 1e-12))
    evidence = {"support": int(speaks.sum()), "violations": wrong}
    rule = Rule("formula", rows.name, (target, *operands), parameters=parameters, evidence=evidence)
    return Candidate(rule, float(distinct * np.log(max(steps, 1.5))))


def _telling(target: FloatArray, operands: Sequence[FloatArray], tolerance: float) -> BoolArray:
    """Rows in which no operand is 0 or leaves the others as they are."""
    with np.errstate(invalid="ignore"):
        result = np.abs(target) > LEAST_STEPS * tolerance
        moved = [(operand != 0) for operand in operands]
        if len(operands) == 2:
            result &= np.logical_and.reduce(moved) & ~((operands[0] == 1) | (operands[1] == 1))
    return np.asarray(result & np.logical_or.reduce(moved))


def _products(rows: TableRows, names: list[str], tolerated: float) -> Iterator[Candidate]:
    """Products of two factors, of two and a discount, ratios, and fixed multiples."""
    if len(names) < 2:
        return
    chosen = _tried_rows(rows, names)
    values = rows.matrix(names, chosen)
    tolerances = np.array([rows.tolerance(name) for name in names])
    for operands, terms in _factors(rows, names):
        places = [names.index(name) for name in operands]
        made = product([values[place] for place in places], terms, 1.0)
        for target in _fitting(values, tolerances, made):
            if target in places:
                continue
            factor = _factor(values[target], made, float(tolerances[target]), alone=len(operands) == 1)
            if factor is None:
                continue
            wanted = product([rows.numbers(name) for name in operands], terms, factor)
            parameters = {
                "form": "product",
                "factor": factor,
                "terms": list(terms),
                "tolerance": float(tolerances[target]),
            }
            candidate = _judged(rows, names[target], operands, wanted, parameters, tolerated)
            if candidate is not None:
                yield candidate


def _tried_rows(rows: TableRows, names: list[str]) -> IntArray:
    """Rows in which the most columns hold telling values."""
    values = rows.matrix(names, rows.probe)
    with np.errstate(invalid="ignore"):
        telling = (~np.isnan(values) & (values != 0) & (values != 1)).sum(axis=0)
    best = np.argsort(-telling, kind="stable")[:TRIED_ROWS]
    return np.asarray(rows.probe[best])


def _factors(rows: TableRows, names: list[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Operands with their terms, the plainest first."""
    shares = [name for name in names if _is_share(rows, name)]
    yield from (((a, b), ("x", "x")) for a, b in combinations(names, 2))
    yield from (((a, b), ("x", "1/x")) for a in names for b in names if a != b)
    yield from (((a,), ("x",)) for a in names)
    forms = ("1-x", "1+x", "1-x/100", "1+x/100")
    yield from (((a, d), ("x", form)) for d in shares for form in forms for a in names if a != d)
    if len(names) <= WINDOW // 2:
        pairs = list(combinations(names, 2))
        yield from (
            ((a, b, d), ("x", "x", form)) for d in shares for form in forms for a, b in pairs if d not in (a, b)
        )
    yield from (((a, b, d), ("x", "x", "x")) for a, b, d in combinations(names[: WINDOW // 3], 3))


def _is_share(rows: TableRows, name: str) -> bool:
    known = rows.column(name)
    low, high = known.minimum, known.maximum
    return low is not None and high is not None and low >= 0 and (high <= 1 or rows.semantic(name) == "percentage")


def _fitting(values: FloatArray, tolerances: FloatArray, made: FloatArray) -> IntArray:
    """Places of the columns that are a fixed multiple of `made` in nearly all rows tried."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = values / made
        usable = np.isfinite(ratio) & (ratio != 0)
        if usable.sum(axis=1).max(initial=0) < LEAST_ROWS // 2:
            return np.empty(0, np.int64)
        ratio = np.where(usable, ratio, np.nan)
        middle = _median(ratio)
        wrong = usable & (
            np.abs(values - middle[:, None] * made) > np.maximum(2.0 * tolerances[:, None], 1e-6 * np.abs(values))
        )
    count = usable.sum(axis=1)
    return np.flatnonzero((count >= LEAST_ROWS // 2) & (wrong.sum(axis=1) <= PROBE_SLACK * count))


def _median(ratio: FloatArray) -> FloatArray:
    """Median of each row without its NaN; 0 for a row of NaN."""
    ordered = np.sort(ratio, axis=1)
    count = (~np.isnan(ordered)).sum(axis=1)
    middle = ordered[np.arange(len(ordered)), np.maximum(count - 1, 0) // 2]
    return np.where(count > 0, middle, 0.0)


def _factor(target: FloatArray, made: FloatArray, tolerance: float, *, alone: bool) -> float | None:
    """The factor that people would write, or None where only an odd one fits; 1 is no news for a column alone."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = target / made
    usable = np.isfinite(ratio) & (ratio != 0)
    if not usable.any():
        return None
    largest = np.argmax(np.where(usable, np.abs(made), -1))  # where rounding of the target matters least
    found = float(ratio[largest])
    for digits in range(1, NICE_DIGITS + 1):
        nice = float(f"{found:.{digits}g}")
        if not differs(target[usable], nice * made[usable], tolerance).mean() > PROBE_SLACK:
            return None if alone and nice == 1.0 else nice
    inverse = float(f"{1 / found:.{NICE_DIGITS}g}")
    fits = inverse and not differs(target[usable], made[usable] / inverse, tolerance).mean() > PROBE_SLACK
    return 1 / inverse if fits else None
