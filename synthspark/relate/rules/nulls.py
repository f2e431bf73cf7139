"""When a value is missing: together with others, or where a category says so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthspark.artifacts.rule import Rule
from synthspark.relate.names import says_key
from synthspark.relate.rules.chance import dependency_surprise
from synthspark.relate.rules.rows import Candidate, TableRows
from synthspark.rules.counting import plain_value
from synthspark.rules.values import BoolArray, IntArray
from synthspark.stats.hashing import BOOLEAN, NUMBER, TEXT

LEAST_ROWS = 10  # with and without a value
LEAST_SURPRISE = 30.0  # nats, of a category that says where a column is missing, but not where it is filled
LEAST_EXACT = 10.0  # of one that says both
MOST_CATEGORIES = 30
LEAST_CATEGORY_ROWS = 5  # a rarer value could point at a person: the default k of privacy
LEAST_FILLED = 0.5  # share of rows with a value elsewhere for "only where" to be news
MOST_STRUCTURAL = 0.995


def propose_nulls(rows: TableRows, tolerated: float) -> Iterator[Candidate]:
    """Columns missing by category first; then columns missing together, unless the same category explains them."""
    names = [name for name in rows.rows.column_names if name in rows.profile.columns and _mixed(rows, name)]
    explained: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name in names:
        found = _best(rows, name, tolerated)
        if found is not None:
            given = found.rule.parameters
            if given["exact"]:
                explained[name] = (given["column"], tuple(map(str, given["values"])))
            yield found
    yield from _together(rows, names, explained)


def _mixed(rows: TableRows, name: str) -> bool:
    lost = int(rows.missing(name).sum())
    return LEAST_ROWS <= lost <= len(rows) - LEAST_ROWS


def _categories(rows: TableRows, but: str) -> Iterator[str]:
    for name in rows.of_family(TEXT, BOOLEAN, NUMBER):
        known = rows.column(name)
        if name == but or known.nulls or not 2 <= known.distinct <= MOST_CATEGORIES or name in rows.referred:
            continue
        if rows.family(name) == NUMBER and (rows.decimals(name) != 0 or says_key(name)):
            continue
        yield name


def _best(rows: TableRows, name: str, tolerated: float) -> Candidate | None:
    """The category with the fewest values that says when the column is missing."""
    lost = rows.missing(name)
    found: list[tuple[tuple[bool, int, int], Candidate]] = []
    for place, other in enumerate(_categories(rows, name)):
        candidate = _when(rows, name, other, lost, tolerated)
        if candidate is not None:
            key = (not candidate.rule.parameters["exact"], rows.column(other).distinct, place)
            found.append((key, candidate))
    return min(found, key=lambda item: item[0])[1] if found else None


def _when(rows: TableRows, name: str, other: str, lost: BoolArray, tolerated: float) -> Candidate | None:
    codes = rows.codes(other)
    sizes = np.bincount(codes)
    empty = np.bincount(codes, weights=lost, minlength=len(sizes)) / sizes
    slack = tolerated if tolerated else 0.0
    always, never = empty >= 1 - slack, empty <= slack
    if not always.any() or always.all() or (sizes[always] < LEAST_CATEGORY_ROWS).any():
        return None
    exact = bool((always | never).all())
    if not exact:
        inside = always[codes]
        filled = 1 - lost[~inside].mean()
        if filled < LEAST_FILLED or lost[~inside].mean() < tolerated:
            return None
    surprise = _surprise(codes, lost, always)
    plain = exact and rows.family(other) != NUMBER
    if surprise < (LEAST_EXACT if plain else LEAST_SURPRISE):
        return None
    wrong = int((lost != always[codes]).sum()) if exact else int((~lost & always[codes]).sum())
    parameters = {"column": other, "values": _values(rows, other, always), "exact": exact}
    evidence = {"support": len(lost), "violations": wrong}
    return Candidate(Rule("null_when", rows.name, (name,), parameters=parameters, evidence=evidence), surprise)


def _surprise(codes: IntArray, lost: BoolArray, always: BoolArray) -> float:
    """Of a category that splits the rows without a value from those with one."""
    return dependency_surprise(codes, np.where(lost, 1, 0)) if always[codes].any() else 0.0


def _values(rows: TableRows, name: str, chosen: BoolArray) -> list[object]:
    """The chosen categories as a schema.yaml writes them."""
    codes = rows.codes(name)
    first = np.unique(codes, return_index=True)[1]
    held = rows.rows.column(name).take(first).to_pylist()
    values = [value for value, wanted in zip(held, chosen, strict=True) if wanted]
    plain = [value if isinstance(value, bool | str | int) else plain_value(value) for value in values]
    return sorted(plain, key=str)


def _together(
    rows: TableRows, names: list[str], explained: dict[str, tuple[str, tuple[str, ...]]]
) -> Iterator[Candidate]:
    groups: dict[bytes, list[str]] = {}
    for name in names:
        groups.setdefault(np.packbits(rows.missing(name)).tobytes(), []).append(name)
    for together in groups.values():
        reasons = {explained.get(name) for name in together}
        if len(together) < 2 or (len(reasons) == 1 and None not in reasons):
            continue
        lost = rows.missing(together[0])
        share = float(lost.mean())
        surprise = -len(lost) * np.log(share**2 + (1 - share) ** 2)
        if surprise < LEAST_SURPRISE or not 1 - MOST_STRUCTURAL <= share <= MOST_STRUCTURAL:
            continue
        evidence = {"support": len(lost), "violations": 0}
        yield Candidate(Rule("null_together", rows.name, tuple(together), evidence=evidence), float(surprise))
