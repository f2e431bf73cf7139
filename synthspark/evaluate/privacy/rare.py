"""Values and combinations that only few people have, and whether the copy shows them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.evaluate.privacy.copies import Copies
from synthspark.evaluate.privacy.views import FEWEST_ROWS, Rows, View
from synthspark.stats.intervals import PROOF, excess_bound

IntArray = npt.NDArray[np.int64]

_MOST_VALUES = 100  # of a column that somebody may know of a person
_MOST_COLUMNS = 6
_COMBINED = 3


@dataclass(frozen=True)
class RareValues:
    """Categories of one column that fewer than k people have: how many there are, and how many the copy shows."""

    column: str
    n_rare: int
    n_shown: int


def rare_values(view: View, k: int) -> Iterator[RareValues]:
    """Of each text column with such values; the code of categories beyond the known ones is left out."""
    for place, (name, domain) in enumerate(zip(view.names, view.domains, strict=True)):
        if domain.kind != "category" or domain.type != "string":
            continue
        people = _people_of_values(view.real.matrix[place], view.real)
        rare = {code for code, n_people in people.items() if n_people < k and code < len(domain.categories)}
        if rare:
            shown = set(np.unique(view.synthetic.matrix[place]).tolist()) & rare
            yield RareValues(name, len(rare), len(shown))


def _people_of_values(values: npt.NDArray[np.float64], rows: Rows) -> dict[float, int]:
    known = ~np.isnan(values)
    codes, person = values[known], rows.people[known]
    distinct = np.unique(np.stack([codes.view(np.uint64), person]), axis=1)[0].view(np.float64)
    found, counts = np.unique(distinct, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def rare_combinations(view: View, k: int) -> Copies | str:
    """Synthetic rows with three values that fewer than k fitted people have together, and of as many held-out people.

    Noise shows rare combinations too; but it shows those of held-out people as often.
    """
    if view.holdout is None or view.holdout.n_rows < FEWEST_ROWS:
        return "no hold-out, or too small a one"
    columns = _quasi_identifiers(view)
    if len(columns) < 2:
        return "fewer than two columns of few values"
    n_rows = min(view.real.n_rows, view.holdout.n_rows)
    sides = [rows.take(np.arange(n_rows)) for rows in (view.real, view.holdout)]
    shown = [np.zeros(view.synthetic.n_rows, dtype=np.bool_) for _ in sides]
    for subset in itertools.combinations(columns, min(_COMBINED, len(columns))):
        codes = _combined([rows.matrix[list(subset)] for rows in (*sides, view.synthetic)])
        for flags, rows, part in zip(shown, sides, codes[:2], strict=True):
            flags |= _rare(part, rows, codes[2], k)
    found, natural = (int(flags.sum()) for flags in shown)
    n_synthetic = view.synthetic.n_rows
    # Rows of one person have their rare values in common: no more is known than there are people.
    people = min(n_synthetic, *(np.unique(rows.people).size for rows in sides))
    scaled = (round(count / n_synthetic * people) for count in (found, natural))
    first, second = scaled
    return Copies(found, n_synthetic, natural, n_synthetic, excess_bound(first, people, second, people, PROOF))


def _rare(codes: IntArray, rows: Rows, synthetic: IntArray, k: int) -> npt.NDArray[np.bool_]:
    """Which synthetic rows show a combination that some, but fewer than k people have."""
    people = np.unique(np.stack([codes.astype(np.uint64), rows.people]), axis=1)[0].astype(np.int64)
    n_people = np.bincount(people, minlength=int(max(codes.max(initial=0), synthetic.max(initial=0))) + 1)
    return (n_people[synthetic] > 0) & (n_people[synthetic] < k)


def _quasi_identifiers(view: View) -> list[int]:
    """Columns of few values that tell most people apart."""
    entropies = []
    for place, column in enumerate(view.real.matrix):
        counts = np.unique(column[~np.isnan(column)], return_counts=True)[1]
        if 2 <= counts.size <= _MOST_VALUES:
            shares = counts / counts.sum()
            entropies.append((-float((shares * np.log(shares)).sum()), place))
    return [place for _, place in sorted(entropies, key=lambda entry: (-round(entry[0], 6), entry[1]))[:_MOST_COLUMNS]]


def _combined(parts: list[npt.NDArray[np.float64]]) -> list[IntArray]:
    """One number a row for its combination of values, the same on all sides."""
    sizes = [part.shape[1] for part in parts]
    together = np.concatenate(parts, axis=1)
    codes = np.zeros(together.shape[1], dtype=np.int64)
    for column in together:
        values = np.unique(column, return_inverse=True)[1].reshape(-1)
        codes = np.unique(codes * (int(values.max(initial=0)) + 1) + values, return_inverse=True)[1].reshape(-1)
    return np.split(codes, np.cumsum(sizes)[:-1])
