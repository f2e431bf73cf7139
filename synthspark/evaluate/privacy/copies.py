"""Rows, and people with all that belongs to them, that repeat a real one; beside what repeats by nature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthspark.artifacts.schema import ForeignKey, Schema
from synthspark.artifacts.subjects import ways_down
from synthspark.evaluate.privacy.people import Rate
from synthspark.evaluate.privacy.views import Rows, View, largest_parents
from synthspark.evaluate.sample import Sample
from synthspark.stats.intervals import PROOF, excess_bound

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
WordArray = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Copies:
    """Synthetic rows that repeat a real one, beside real rows that repeat another person's."""

    found: int
    n_synthetic: int
    natural: int
    n_real: int
    unexplained: float  # lower bound of the share beyond what is natural; above 0 it is no chance
    n_fitted: int | None = None  # fitted rows among which was looked, where these are all there are

    @property
    def share(self) -> float:
        return self.found / max(1, self.n_synthetic)

    @property
    def natural_share(self) -> float:
        return self.natural / max(1, self.n_real)

    @property
    def excess(self) -> float:
        """Share of copies beyond what is natural."""
        return max(0.0, self.share - self.natural_share)


def copies_of(found: BoolArray, people: WordArray, natural: BoolArray, others: WordArray) -> Copies:
    """Synthetic rows that are copies, and real ones that would count as such; what is proven goes by people."""
    first, second = Rate.by_person(found, people), Rate.by_person(natural, others)
    bound = excess_bound(first.found, first.n_tries, second.found, second.n_tries, PROOF)
    return Copies(int(found.sum()), found.size, int(natural.sum()), natural.size, bound)


def fewest_people(k: int) -> int:
    """Of how many people a row says nothing of any; whatever k is, what only one person has is hers."""
    return max(2, k)


def count_exact(view: View, k: int) -> Copies:
    """Rows that repeat a fitted one in all that is seen, if fewer than k people have it.

    Whole histories of people are rows too. A row that more people share gives none of them away, though a model that
    leaves out what is rare repeats it more often than people who were held out do. What repeats by nature is counted on
    people who were held out and on each fitted person against all others.
    """
    contents, n_people = _people_of_contents(view.real)
    fewest = fewest_people(k)
    telling = contents[n_people < fewest]
    # To each fitted row, the people who have its content are one fewer than there are: herself.
    beside = n_people[np.searchsorted(contents, view.real.content)] - 1
    natural, people = (beside > 0) & (beside < fewest), view.real.people
    if view.holdout is not None:
        natural = np.append(natural, np.isin(view.holdout.content, telling))
        people = np.append(people, view.holdout.people)
    return copies_of(np.isin(view.synthetic.content, telling), view.synthetic.people, natural, people)


def _people_of_contents(rows: Rows) -> tuple[WordArray, IntArray]:
    """Distinct contents, ascending, and how many people have each."""
    contents, place = np.unique(rows.content, return_inverse=True)
    pairs = np.unique(np.stack([place.astype(np.uint64), rows.people]), axis=1)[0].astype(np.int64)
    return contents, np.bincount(pairs, minlength=contents.size)


@dataclass(frozen=True)
class Repeats:
    """Rows counted in the whole database: of the copy, of the fitted and of those held out, and how many repeat."""

    n_synthetic: int
    n_fitted: int
    n_held: int
    found: int
    held_found: int
    fitted_found: int  # fitted rows that repeat another person's

    def copies(self, people: Mapping[str, int]) -> Copies:
        """What is proven goes by the number of people of each side, of whom each may have many rows."""
        natural, n_real = self.fitted_found + self.held_found, self.n_fitted + self.n_held
        first = Rate(self.found / max(1, self.n_synthetic), min(self.n_synthetic, people["synthetic"]))
        second = Rate(natural / max(1, n_real), min(n_real, people["real"] + people["holdout"]))
        bound = excess_bound(first.found, first.n_tries, second.found, second.n_tries, PROOF)
        return Copies(self.found, self.n_synthetic, natural, n_real, bound, self.n_fitted)


def person_keys(schema: Schema, samples: Mapping[str, Sample], subjects: Sequence[str]) -> dict[str, ForeignKey]:
    """The foreign key through which the rows of each table belong to a person, as `views.people_of` takes it."""
    found = {key.child: key for key in largest_parents(schema, samples, subjects)}
    for subject in subjects:
        ways = [key for key in ways_down(schema, subject) if {key.child, key.parent} <= set(samples)]
        found |= {key.child: key for key in ways}
    return found


def count_people(table: str, samples: Mapping[str, Sample], keys: Mapping[str, ForeignKey]) -> int:
    """To how many people the rows of a table belong: rows of the table at the end of the keys that lead to them."""
    seen = {table}
    while table in keys and keys[table].parent not in seen:
        table = keys[table].parent
        seen.add(table)
    return samples[table].n_rows
