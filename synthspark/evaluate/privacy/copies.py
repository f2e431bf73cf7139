"""Rows, and people with all that belongs to them, that repeat a real one; beside what repeats by nature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    highest: float = 1.0  # upper bound of the share beyond what is natural

    @property
    def share(self) -> float:
        return self.found / max(1, self.n_synthetic)

    @property
    def natural_share(self) -> float:
        return self.natural / max(1, self.n_real)

    @property
    def excess(self) -> float:
        """Share of copies beyond what is natural."""
        return max(0.0, min(self.share - self.natural_share, self.highest))

    def no_more_than(self, other: Copies) -> Copies:
        """These copies, as far as another way of counting allows for them."""
        unexplained, highest = (min(mine, other.highest) for mine in (self.unexplained, self.highest))
        return replace(self, unexplained=unexplained, highest=highest)


def copies_of(found: BoolArray, people: WordArray, natural: BoolArray, others: WordArray) -> Copies:
    """Synthetic rows that are copies, and real ones that would count as such; what is proven goes by people."""
    rates = Rate.by_person(found, people), Rate.by_person(natural, others)
    below, above = _bounds(*rates)
    return Copies(int(found.sum()), found.size, int(natural.sum()), natural.size, below, highest=above)


def _bounds(found: Rate, natural: Rate) -> tuple[float, float]:
    """How much of a share lies beyond what is natural, at least and at most."""
    pairs = (found.found, found.n_tries), (natural.found, natural.n_tries)
    below, above = (excess_bound(*one, *other, PROOF) for one, other in (pairs, pairs[::-1]))
    return below, -above if min(found.n_tries, natural.n_tries) else 1.0


def fewest_people(k: int) -> int:
    """Of how many people a row says nothing of any; whatever k is, what only one person has is hers."""
    return max(2, k)


def count_exact(view: View, k: int) -> Copies:
    """Rows that repeat a fitted one in all that is seen, if fewer than k people have it.

    Whole histories of people are rows too. A row that more people share gives none of them away, though a model that
    leaves out what is rare repeats it more often than people who were held out do. Noise repeats what is rare more
    often, but repeats less in all, which is no copy. What repeats by nature is counted on
    people who were held out and on each fitted person against all others.
    """
    contents, n_people = _people_of_contents(view.real)
    fewest = fewest_people(k)
    rare = _repeats(view, contents[n_people < fewest], n_people, fewest)
    return rare.no_more_than(_repeats(view, contents, n_people, view.real.n_rows))


def _repeats(view: View, wanted: WordArray, n_people: IntArray, most: int) -> Copies:
    """Rows that have a wanted content; of fitted ones, if other people have it too, and at most so many."""
    place = np.unique(view.real.content, return_inverse=True)[1]
    beside = n_people[place] - 1  # to each fitted row, the people who have its content are one fewer: herself
    natural, people = (beside > 0) & (beside < most), view.real.people
    if view.holdout is not None:
        natural = np.append(natural, np.isin(view.holdout.content, wanted))
        people = np.append(people, view.holdout.people)
    return copies_of(np.isin(view.synthetic.content, wanted), view.synthetic.people, natural, people)


def _people_of_contents(rows: Rows) -> tuple[WordArray, IntArray]:
    """Distinct contents, ascending, and how many people have each."""
    contents, place = np.unique(rows.content, return_inverse=True)
    pairs = np.unique(np.stack([place.astype(np.uint64), rows.people]), axis=1)[0].astype(np.int64)
    return contents, np.bincount(pairs, minlength=contents.size)


@dataclass(frozen=True)
class Repeats:
    """How many rows of each side, by its name, there are in the whole database, and how many repeat a fitted row.

    Of the fitted rows those count that repeat another person's. `rare` are repeats of what few people have.
    """

    n_rows: Mapping[str, int]
    rare: Mapping[str, int]
    any: Mapping[str, int]

    def copies(self, people: Mapping[str, int]) -> Copies:
        """What is proven goes by the number of people of each side, of whom each may have many rows."""
        rare, all_repeats = (self._copies(found, people) for found in (self.rare, self.any))
        return rare.no_more_than(all_repeats)

    def _copies(self, found: Mapping[str, int], people: Mapping[str, int]) -> Copies:
        n_made, n_real = self.n_rows["synthetic"], self.n_rows["real"] + self.n_rows["holdout"]
        natural = found["real"] + found["holdout"]
        first = Rate(found["synthetic"] / max(1, n_made), min(n_made, people["synthetic"]))
        second = Rate(natural / max(1, n_real), min(n_real, people["real"] + people["holdout"]))
        below, above = _bounds(first, second)
        return Copies(found["synthetic"], n_made, natural, n_real, below, self.n_rows["real"], above)


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
