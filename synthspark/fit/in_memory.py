"""A table of the source that fits into memory, and its parents: answers to what fitting asks, from Arrow arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.artifacts.model import Feature
from synthspark.artifacts.schema import ForeignKey
from synthspark.fit.encoding import reference_codes, set_codes
from synthspark.fit.keys import LineCounts, line_start
from synthspark.fit.rows import ArrowTable
from synthspark.fit.source import Encoding, Features, LinkCounts, Relatives, relevant
from synthspark.fit.summaries import SAMPLE_VALUES, ColumnSummary
from synthspark.seeds import WordArray
from synthspark.stats.comparison import normal_form
from synthspark.stats.features import LEAST, MOST, OWN, encode_feature, frame_of, history_features, is_time, own_columns
from synthspark.stats.frame import FloatArray, Frame, numbers
from synthspark.stats.hashing import hash_tuples, hash_values
from synthspark.stats.histories import FamilyOrder, family_order, follows, steps_back
from synthspark.stats.key_hashes import pair_hashes
from synthspark.stats.key_spellings import Spelt
from synthspark.stats.matching import IntArray, key_texts, positions, row_codes

Common = Callable[[str, Mapping[str, ColumnSummary]], Mapping[str, ColumnSummary]]


class InMemory:
    """A `TableSource` over arrays; parents are loaded when a question needs them."""

    def __init__(
        self,
        table: ArrowTable,
        load: Callable[[str], ArrowTable],
        name: str = "",
        relatives: Relatives | None = None,
        common: Common | None = None,
    ) -> None:
        self.table, self.name = table, name
        self._load, self._relatives, self._common = load, relatives, common
        self._places: dict[str, IntArray] = {}
        self._orders: dict[str, FamilyOrder | None] = {}

    @property
    def rows(self) -> int:
        return self.table.rows

    def summaries(self, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        return self.common(self.table.summaries(k, most_categories))

    def common(self, summaries: Mapping[str, ColumnSummary]) -> Mapping[str, ColumnSummary]:
        """Summaries whose frequent values are those that enough people have."""
        return summaries if self._common is None else self._common(self.name, summaries)

    def parent_summaries(self, key: ForeignKey, k: int, most_categories: int) -> Mapping[str, ColumnSummary]:
        return self._load(key.parent).summaries(k, most_categories)

    def distinct_tuples(self, columns: Sequence[str], most: int) -> tuple[list[pa.Array], list[int]] | None:
        arrays = self.table.arrays(columns)
        (codes,) = row_codes(arrays)
        found, first, counts = np.unique(codes, return_index=True, return_counts=True)
        filled = found >= 0
        if int(filled.sum()) > most:
            return None
        distinct = pa.table(
            [column.take(pa.array(first[filled])) for column in arrays], list(map(str, range(len(arrays))))
        )
        order = pc.sort_indices(distinct, [(name, "ascending") for name in distinct.column_names])
        values = [column.combine_chunks() for column in distinct.take(order).columns]
        return values, counts[filled][order.to_numpy()].tolist()

    def line_start(self, context: Sequence[str], own: str) -> int | None:
        values = numbers(self.table.data[own])
        (codes,) = row_codes(self.table.arrays(context))
        used = (codes >= 0) & ~np.isnan(values)
        groups, place = np.unique(codes[used], return_inverse=True)
        low, high = np.full(groups.size, np.inf), np.full(groups.size, -np.inf)
        np.minimum.at(low, place, values[used])
        np.maximum.at(high, place, values[used])
        if not groups.size:
            return None
        size = np.bincount(place, minlength=groups.size)
        gapless, several = int((high == low + size - 1).sum()), int((size > 1).sum())
        return line_start(LineCounts(float(low.min()), float(low.max()), groups.size, gapless, several))

    def pair_hashes(self, first: str, second: str) -> WordArray:
        return np.unique(pair_hashes(self.table.data[first], self.table.data[second]))

    def value_histogram(self, column: str) -> Mapping[int, int]:
        counts = pc.value_counts(self.table.data[column].drop_null()).field(1).to_numpy(zero_copy_only=False)
        return histogram(counts)

    def link_counts(self, key: ForeignKey) -> LinkCounts:
        place = self._positions(key)
        children = np.bincount(place[place >= 0], minlength=self._load(key.parent).rows)
        return LinkCounts(int((place == -2).sum()), int((place == -1).sum()), histogram(children))

    def children_of(self, key: ForeignKey) -> IntArray:
        """Number of rows of each parent row."""
        place = self._positions(key)
        return np.bincount(place[place >= 0], minlength=self._load(key.parent).rows).astype(np.int64)

    def referenced_tuples(self, key: ForeignKey, most: int) -> tuple[list[list[str]], list[int]]:
        parent = self._load(key.parent).arrays(key.parent_columns)
        place = self._positions(key)
        counts = np.bincount(place[place >= 0], minlength=len(parent[0]))
        used = np.flatnonzero(counts)
        named = [key_texts(column.take(pa.array(used))).to_pylist() for column in parent]
        # Ties are broken by the values, for the order in which rows come is no property of the data.
        order = sorted(range(used.size), key=lambda i: (-counts[used[i]], *(values[i] for values in named)))[:most]
        return [[values[i] for i in order] for values in named], counts[used[order]].tolist()

    def spelt(self, key: ForeignKey, place: int) -> Spelt:
        counted = pc.value_counts(self.table.data[key.child_columns[place]].drop_null())
        parent = self._load(key.parent).data[key.parent_columns[place]]
        child, rows = counted.field(0), counted.field(1).to_numpy(zero_copy_only=False)
        found = positions([child], [parent], [key.comparisons[place]])
        matched = np.flatnonzero(found >= 0)[:SAMPLE_VALUES]
        return Spelt(child.take(pa.array(matched)), key_texts(parent.take(pa.array(found[matched]))), rows[matched])

    def _positions(self, key: ForeignKey) -> IntArray:
        if key.label not in self._places:
            parent = self._load(key.parent).arrays(key.parent_columns)
            children = self.table.arrays(key.child_columns)
            self._places[key.label] = positions(children, parent, key.comparisons)
        return self._places[key.label]

    def counted_above(self, key: ForeignKey) -> bool:
        """Whether the number of rows of each context parent is drawn with the parent."""
        return self._relatives is not None and self._relatives.counts_children(key)

    def dealt(self, encoding: Encoding) -> WordArray:
        """A hash of each row by which it is dealt to a shard: equal for the rows of one context parent."""
        key = encoding.context_key
        how = (
            dict(zip(key.child_columns, key.comparisons, strict=True))
            if key
            else dict.fromkeys(self.table.data, "exact")
        )
        known = [hash_values(normal_form(self.table.data[c], how[c])) for c in how if c in self.table.data]
        return hash_tuples(known) if known else np.zeros(self.rows, dtype=np.uint64)

    def surrounded(self, encoding: Encoding, set_first: tuple[Feature, ...]) -> Encoding:
        if self._relatives is None:
            return encoding
        hidden, known = self._relatives.hidden(self.name).features, self._relatives.surroundings(self.name).features
        history = history_features(encoding.features) if self._before(encoding) is not None else ()
        whole = dataclasses.replace(encoding, hidden=hidden, surroundings=(*known, *set_first, *history))
        if not whole.surroundings:
            return whole
        limited = (*whole.features, *whole.hidden)
        bounds = {name for f in limited for side in (LEAST, MOST) for name in f.domain.get(side, ())}
        return dataclasses.replace(whole, context=relevant(self._surroundings(whole), self._rows(whole), bounds))

    def steps_back(self, encoding: Encoding, key: ForeignKey) -> tuple[tuple[int, int], ...]:
        order, context = self._before(encoding), encoding.context_key
        if order is None or context is None or not key.self_reference:
            return ()
        return steps_back(self._positions(key), self._positions(context), order.position)

    def counts_in_order(self, encoding: Encoding, column: str) -> bool:
        order = self._before(encoding)
        return order is None or follows(numbers(self.table.data[column]), order.before)

    def training_frames(self, encoding: Encoding) -> tuple[Frame, Frame]:
        """Context and rows of all rows; the context of a row without parent is unknown."""
        return self._context(encoding), self._rows(encoding)

    def _rows(self, encoding: Encoding) -> Frame:
        encoded = {f.name: encode_feature(self.table.data[f.column], f) for f in encoding.features}
        for name, columns in encoding.indicators.items():
            encoded[name] = set_codes(self.table.arrays(columns), self.rows)
        for name, link in encoding.references.items():
            encoded[name] = reference_codes(self.table.arrays(link.free), link)
        encoded |= {name: values for name, (_, values) in {**encoding.told, **encoding.told_late}.items()}
        if encoding.hidden and self._relatives is not None:
            known = self._relatives.hidden(self.name)
            encoded |= {feature.name: row for feature, row in zip(known.features, known.matrix, strict=True)}
        return frame_of(encoding.drawn, encoded, self.rows)

    def _context(self, encoding: Encoding) -> Frame:
        if encoding.surroundings:
            return self._surroundings(encoding).frame.select([f.name for f in encoding.context])
        if encoding.context_key is None or not encoding.context:
            return frame_of((), {}, self.rows)
        place = self._positions(encoding.context_key)
        parents = self.parent_frame(encoding)
        known: FloatArray = np.where(
            place >= 0, parents.matrix[:, np.maximum(place, 0)] if parents.n_rows else np.nan, np.nan
        )
        return Frame(parents.names, parents.domains, known.reshape(len(encoding.context), self.rows))

    def _surroundings(self, encoding: Encoding) -> Features:
        assert self._relatives is not None
        known = self._relatives.surroundings(self.name)
        further = encoding.surroundings[len(known.features) :]
        own = [feature for feature in further if feature.name.startswith(OWN)]
        encoded = [encode_feature(self.table.data[feature.column], feature)[None, :] for feature in own]
        order = self._before(encoding) if len(own) < len(further) else None
        if order is not None:
            drawn = np.array([encode_feature(self.table.data[f.column], f) for f in encoding.features])
            encoded.append(order.history(drawn))
        return Features(encoding.surroundings, np.concatenate([known.matrix, *encoded]))

    def _before(self, encoding: Encoding) -> FamilyOrder | None:
        """The order of the rows of each family, if they have a time."""
        key = encoding.context_key
        if key is None or self._relatives is None or not self._relatives.counts_children(key):
            return None
        if not self._relatives.in_whole_families(self.name):
            return None
        if "order" not in self._orders:
            times = [encode_feature(self.table.data[f.column], f) for f in encoding.features if is_time(f)]
            rows = np.array([encode_feature(self.table.data[f.column], f) for f in encoding.features])
            kinds = [f.domain["kind"] == "category" for f in encoding.features]
            self._orders["order"] = family_order(self._positions(key), times, rows, kinds)
        return self._orders["order"]

    def parent_frame(self, encoding: Encoding) -> Frame:
        """Context columns of all rows of the context parent that are columns of its own."""
        assert encoding.context_key is not None
        parent = self._load(encoding.context_key.parent)
        own = own_columns(encoding.context, parent.data)
        return frame_of(own, {f.name: encode_feature(parent.data[f.column], f) for f in own}, parent.rows)


def histogram(counts: IntArray) -> dict[int, int]:
    """How often each number occurs."""
    values, numbers_of = np.unique(counts, return_counts=True)
    return dict(zip(values.tolist(), numbers_of.tolist(), strict=True))
