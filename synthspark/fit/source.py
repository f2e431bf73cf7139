"""What fitting asks of the source about one table; small tables answer from memory, large ones through Spark."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from synthspark.artifacts.model import Echo, Feature, Kin, LinkModel
from synthspark.artifacts.schema import ForeignKey
from synthspark.fit.kernel import canonical_order
from synthspark.fit.summaries import ColumnSummary
from synthspark.seeds import WordArray
from synthspark.stats.cells import Cells
from synthspark.stats.features import OTHER, OWN, PRESENT, domain_of
from synthspark.stats.frame import FloatArray, Frame
from synthspark.stats.key_spellings import Spelt
from synthspark.stats.matching import IntArray
from synthspark.stats.relevance import most_telling

MOST_CONTEXT = 48  # features that rows are conditioned on, of all that matter those that tell most of any column


@dataclass(frozen=True)
class LinkCounts:
    """How the rows of a child are spread over the rows of a parent.

    Attributes
    ----------
    nulls, orphans : int
        Child rows whose key is null in part or whole, and those whose parent is not there.
    histogram : mapping
        Number of children to number of parents that have so many; zero included.
    """

    nulls: int
    orphans: int
    histogram: Mapping[int, int]

    @property
    def matched(self) -> int:
        return sum(children * parents for children, parents in self.histogram.items())


class TableSource(Protocol):
    """One table of the source with its parents."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def summaries(self, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        """Summaries of all columns, whatever their type."""

    def distinct_tuples(self, columns: Sequence[str], most: int) -> tuple[list[pa.Array], list[int]] | None:
        """Distinct values of the columns taken together without nulls, sorted, and their rows; None beyond `most`."""

    def line_start(self, context: Sequence[str], own: str) -> int | None:
        """First number when `own` counts 1, 2, 3, ... within equal `context`; None when it does not."""

    def pair_hashes(self, first: str, second: str) -> WordArray:
        """Distinct hashes of the values of two columns taken together, such as first and last names."""

    def value_histogram(self, column: str) -> Mapping[int, int]:
        """Number of rows to the number of values of the column that occur in so many rows."""

    def link_counts(self, key: ForeignKey) -> LinkCounts:
        """How the rows are spread over the parents of a key."""

    def parent_summaries(self, key: ForeignKey, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        """Summaries of all columns of a key's parent table."""

    def surrounded(self, encoding: Encoding, set_first: tuple[Feature, ...]) -> Encoding:
        """The encoding with what the relatives of the table add to it, and own columns that are set before the rest."""

    def steps_back(self, encoding: Encoding, key: ForeignKey) -> tuple[tuple[int, int], ...]:
        """How many rows back in the order of their family the rows point, see `LinkModel.steps`."""

    def counts_in_order(self, encoding: Encoding, column: str) -> bool:
        """Whether numbers within a family follow the order of its rows, if it has one."""

    def spelt(self, key: ForeignKey, place: int) -> Spelt:
        """Distinct texts of a key's child column that have a parent, with the parent's; a bounded sample of keys."""

    def referenced_tuples(self, key: ForeignKey, most: int) -> tuple[list[list[str]], list[int]]:
        """The parent's key values that child rows refer to, as texts by column, the most frequent first, with rows."""


@dataclass(frozen=True)
class Features:
    """Features of rows with their numbers, matrix of shape (n_features, n_rows)."""

    features: tuple[Feature, ...]
    matrix: FloatArray

    @property
    def frame(self) -> Frame:
        return Frame(tuple(f.name for f in self.features), tuple(domain_of(f) for f in self.features), self.matrix)

    @property
    def rows(self) -> int:
        return int(self.matrix.shape[1])

    def take(self, places: Sequence[int]) -> Features:
        """Some of the features."""
        return Features(tuple(self.features[place] for place in places), self.matrix[list(places)])

    def spread(self, owner: IntArray) -> Features:
        """Features of parents as features of their children; NaN where there is no parent."""
        if not self.rows:
            return Features(self.features, np.full((len(self.features), owner.size), np.nan))
        return Features(self.features, np.where(owner >= 0, self.matrix[:, np.maximum(owner, 0)], np.nan))


@dataclass(frozen=True)
class Echoes:
    """References that repeat those of other routes.

    Attributes
    ----------
    echoes : tuple of Echo
    codes : ndarray of shape (n_rows,)
        1 + the place of the echo that a row's reference repeats, 0 for none, NaN without reference.
    chosen : mapping
        Number of rows whose reference repeats nothing to number of parents that have so many; zero included.
    """

    echoes: tuple[Echo, ...]
    codes: FloatArray
    chosen: Mapping[int, int]


@dataclass(frozen=True)
class Kinship:
    """References to rows of the same group as others.

    Attributes
    ----------
    kins : tuple of Kin
    codes : ndarray of shape (n_rows,)
        1 + the place of the kin that a row's reference belongs to, 0 for none, NaN without reference.
    """

    kins: tuple[Kin, ...]
    codes: FloatArray


@dataclass(frozen=True)
class Told:
    """Cells of the parents of one key.

    Attributes
    ----------
    cells : Cells
    values : ndarray of shape (1 + n_wishes, n_rows)
        The cell of each row's parent, and the numbers of that parent that rows wish for; NaN without parent.
    """

    cells: Cells
    values: FloatArray


class Relatives(Protocol):
    """What a table's relatives say of its rows: see `fit.family`."""

    @property
    def of_people(self) -> frozenset[str]:
        """Tables whose rows are people or theirs, see `artifacts.subjects.tables_of_people`."""

    def in_whole_families(self, table: str) -> bool:
        """Whether all rows of each family are there, so that one can be told to follow another."""

    def knows(self, key: ForeignKey) -> bool:
        """Whether the rows on both sides of a context key are known."""

    def counts_children(self, key: ForeignKey) -> bool:
        """Whether the number of children by a context key is drawn with the parent's row."""

    def hidden(self, table: str) -> Features:
        """Columns of a table's rows that speak of their children."""

    def surroundings(self, table: str) -> Features:
        """All that is known of each row of a table before it is drawn."""

    def cells(self, table: str, key: ForeignKey) -> Told | None:
        """Cells of a linked parent and what each row wishes for; None where any row may have any parent."""

    def levels(self, key: ForeignKey) -> FloatArray | None:
        """Level of each row by a key to its own table, see `stats.levels`; None where there are no levels."""

    def echoes(self, table: str, key: ForeignKey) -> Echoes | None:
        """Other routes whose ends a table's references repeat; None where they are all chosen by themselves."""

    def kinship(self, table: str, key: ForeignKey) -> Kinship | None:
        """Groups to which the parents of a key belong as other rows do; None where they are of any group."""

    def reference_rows(self, key: ForeignKey, link: LinkModel, features: Sequence[Feature]) -> FloatArray:
        """These columns of a copied table, one column of numbers for each of the link's values."""


@dataclass(frozen=True)
class Encoding:
    """What the rows of a training frame consist of.

    Attributes
    ----------
    context_key : ForeignKey or None
    context, features, hidden : tuple of Feature
        What rows are drawn from; own columns; columns that speak of the children.
    surroundings : tuple of Feature
        All that may be drawn from; `context` is what of it matters.
    indicators : mapping
        Name of an engine column to the columns of which any null means not set.
    later : tuple of str
        Those indicators that are drawn with the rest of the row, for no parent is chosen by them.
    references : mapping
        Name of an engine column to the link whose key values are its categories, see `LinkModel`.
    told, told_late : mapping
        Name of an engine column to what it is and that of each row: the cell of a linked parent, a number that is
        wished for in it, the way in which a reference repeats others or is akin to them; of parents that are chosen
        before the rest of the row is drawn, and of those that are chosen when all rows are there.
    """

    context_key: ForeignKey | None
    context: tuple[Feature, ...]
    features: tuple[Feature, ...]
    indicators: Mapping[str, tuple[str, ...]]
    references: Mapping[str, LinkModel]
    later: tuple[str, ...] = ()
    hidden: tuple[Feature, ...] = ()
    surroundings: tuple[Feature, ...] = ()
    told: Mapping[str, tuple[Feature, FloatArray]] = field(default_factory=dict)
    told_late: Mapping[str, tuple[Feature, FloatArray]] = field(default_factory=dict)

    @property
    def drawn(self) -> tuple[Feature, ...]:
        """All columns that the engine draws, in their order."""
        return (*self.features, *self._later, *self.linking, *self.hidden)

    @property
    def following(self) -> tuple[Feature, ...]:
        """Those that are drawn once the parents of all references are known."""
        return (*self.features, *self._later, *self.hidden)

    @property
    def linking(self) -> tuple[Feature, ...]:
        """Columns that stand for references, to be drawn before their parents are chosen."""
        references = (
            Feature(name, "", _category([*map(str, range(link.frequent)), OTHER]))
            for name, link in self.references.items()
        )
        return (*self._indicators(later=False), *references, *(feature for feature, _ in self.told.values()))

    @property
    def _later(self) -> tuple[Feature, ...]:
        return (*self._indicators(later=True), *(feature for feature, _ in self.told_late.values()))

    def _indicators(self, *, later: bool) -> Iterator[Feature]:
        return (Feature(name, "", _category([PRESENT])) for name in self.indicators if (name in self.later) == later)


def codes_named(name: str, number: int) -> Feature:
    """An engine column of so many codes that the source has no column for."""
    return Feature(name, "", _category([str(code) for code in range(number)]))


def _category(names: list[str]) -> dict[str, object]:
    return {"kind": "category", "type": "string", "categories": names}


def relevant(surroundings: Features, rows: Frame, bounds: Collection[str] = ()) -> tuple[Feature, ...]:
    """Features that matter for these rows, about `MOST_CONTEXT` at most, in their order.

    Numbers that keys set before the rest, and those named in `bounds`, are always among them.
    """
    order = canonical_order(surroundings.matrix, rows.matrix)
    always = {
        place
        for place, feature in enumerate(surroundings.features)
        if feature.name in bounds or (feature.name.startswith(OWN) and feature.domain["kind"] == "number")
    }
    able = [place for place in range(len(surroundings.features)) if place not in always]
    best = most_telling(surroundings.take(able).frame.take(order), rows.take(order), max(MOST_CONTEXT - len(always), 0))
    chosen = always.union(able[place] for place in best.tolist())
    return tuple(feature for place, feature in enumerate(surroundings.features) if place in chosen)
