"""A table of which a part is fitted: facts come from all of its rows, training rows from the part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from synthspark.artifacts.model import Feature
from synthspark.artifacts.schema import ForeignKey
from synthspark.fit.in_memory import InMemory
from synthspark.fit.source import Encoding, LinkCounts, TableSource
from synthspark.fit.summaries import ColumnSummary
from synthspark.seeds import WordArray
from synthspark.stats.frame import Frame
from synthspark.stats.key_spellings import Spelt
from synthspark.stats.matching import IntArray


@dataclass(frozen=True)
class Sampled:
    """A `TableSource` that is in memory in part.

    Attributes
    ----------
    facts : TableSource
        Of all rows.
    part : InMemory
        The rows that are fitted.
    counted : callable
        Number of children of each row of a parent that is fitted, of all rows.
    """

    facts: TableSource
    part: InMemory
    counted: Callable[[ForeignKey], IntArray]

    @property
    def rows(self) -> int:
        return self.facts.rows

    def summaries(self, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        return self.part.common(self.facts.summaries(k, most_categories))

    def parent_summaries(self, key: ForeignKey, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        return self.facts.parent_summaries(key, k, most_categories)

    def distinct_tuples(self, columns: Sequence[str], most: int) -> tuple[list[pa.Array], list[int]] | None:
        return self.facts.distinct_tuples(columns, most)

    def line_start(self, context: Sequence[str], own: str) -> int | None:
        return self.facts.line_start(context, own)

    def pair_hashes(self, first: str, second: str) -> WordArray:
        return self.facts.pair_hashes(first, second)

    def value_histogram(self, column: str) -> Mapping[int, int]:
        return self.facts.value_histogram(column)

    def link_counts(self, key: ForeignKey) -> LinkCounts:
        return self.facts.link_counts(key)

    def spelt(self, key: ForeignKey, place: int) -> Spelt:
        return self.facts.spelt(key, place)

    def referenced_tuples(self, key: ForeignKey, most: int) -> tuple[list[list[str]], list[int]]:
        return self.facts.referenced_tuples(key, most)

    def surrounded(self, encoding: Encoding, set_first: tuple[Feature, ...]) -> Encoding:
        return self.part.surrounded(encoding, set_first)

    def steps_back(self, encoding: Encoding, key: ForeignKey) -> tuple[tuple[int, int], ...]:
        return self.part.steps_back(encoding, key)

    def counts_in_order(self, encoding: Encoding, column: str) -> bool:
        return self.part.counts_in_order(encoding, column)

    def counted_above(self, key: ForeignKey) -> bool:
        return self.part.counted_above(key)

    def dealt(self, encoding: Encoding) -> WordArray:
        return self.part.dealt(encoding)

    def training_frames(self, encoding: Encoding) -> tuple[Frame, Frame]:
        return self.part.training_frames(encoding)

    def parent_frame(self, encoding: Encoding) -> Frame:
        return self.part.parent_frame(encoding)

    def children_of(self, key: ForeignKey) -> IntArray:
        return self.counted(key)
