"""Names, streets and accounts put together from invented lists, row by row, past what the source has."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthspark.errors import ModelError
from synthspark.seeds import IntArray, permuted, random_words, stream_key, uniforms
from synthspark.stats.key_hashes import pair_hashes, places_in, value_hashes
from synthspark.stats.key_shapes import FICTITIOUS_DOMAINS, word_segments
from synthspark.stats.key_templates import Template
from synthspark.stats.providers_format import PersonalFormat

_REDRAWS = 16  # tries before a value is told apart from the source by a suffix
_SKEW = 2.0  # of names: a few are common, most are rare
_HIGHEST_HOUSE = 199


class Composer:
    """Values put together from lists, drawn at each bearer's index, drawn again where the source has them."""

    def __init__(
        self, personal: PersonalFormat, seed_key: int, coherent: Mapping[str, pa.Array], n_entities: int
    ) -> None:
        self.personal, self.key, self.coherent, self.n = personal, seed_key, coherent, n_entities
        self.pools = {name: pa.array(pool, pa.string()) for name, pool in personal.pools.items()}

    def values(self, entities: IntArray) -> pa.Array:
        everyone = np.arange(entities.size)
        values = self._drawn(entities, everyone, 0)
        open_rows = np.flatnonzero(self._known(values, everyone))
        for draw in range(1, 2 * _REDRAWS):
            if not open_rows.size:
                return values
            fresh = self._drawn(entities[open_rows], open_rows, draw)
            mask = np.zeros(entities.size, dtype=bool)
            mask[open_rows] = True
            values = pc.replace_with_mask(values, pa.array(mask), fresh)
            open_rows = open_rows[self._known(fresh, open_rows)]
        if not open_rows.size:
            return values
        raise ModelError(
            f"{self.personal.semantic}: {open_rows.size} invented values are still among the source's after "
            f"{2 * _REDRAWS} draws; expected an unused one; set another privacy.locale"
        )

    def _known(self, values: pa.Array, rows: IntArray) -> npt.NDArray[np.bool_]:
        semantic = self.personal.semantic
        if semantic == "last_name" and "first_name" in self.coherent and self.personal.avoid_pairs.size:
            first = self.coherent["first_name"].take(pa.array(rows))
            return places_in(self.personal.avoid_pairs, pair_hashes(first, values))[0]
        if semantic in ("first_name", "last_name"):
            return np.zeros(len(values), dtype=bool)
        return places_in(self.personal.avoid, value_hashes(values))[0]

    def _drawn(self, entities: IntArray, rows: IntArray, draw: int) -> pa.Array:
        semantic = self.personal.semantic
        if semantic == "full_name":
            values = self._full_name(entities, rows, draw)
        elif semantic in ("email", "username"):
            values = self._account(entities, rows, draw)
        elif semantic in ("street", "address"):
            values = self._street(entities, draw)
        else:
            values = self._pooled(semantic, entities, draw)
        if draw > _REDRAWS and semantic not in ("email", "username"):  # these have a number of their own
            values = pc.binary_join_element_wise(values, _letters(self.key, entities, draw), " ")
        return self._cased(values)

    def _cased(self, values: pa.Array) -> pa.Array:
        case = self.personal.marks.get("case")
        return pc.utf8_upper(values) if case == "upper" else pc.utf8_lower(values) if case == "lower" else values

    def _pooled(self, name: str, entities: IntArray, draw: int) -> pa.Array:
        pool = self.pools[name]
        key = stream_key(self.key, name)
        place = uniforms(key, entities, draw=draw) ** _SKEW * len(pool)
        return pool.take(pa.array(np.minimum(place.astype(np.int64), len(pool) - 1)))

    def _name_parts(self, entities: IntArray, rows: IntArray, draw: int) -> tuple[pa.Array, pa.Array]:
        names = {name: column.take(pa.array(rows)) for name, column in self.coherent.items()}
        if "full_name" in names and not {"first_name", "last_name"} <= set(names):
            words = pc.split_pattern_regex(pc.replace_substring(names["full_name"], ",", ""), r"\s+", max_splits=1)
            lengths = pc.list_value_length(words)
            names["first_name"] = pc.list_element(pc.if_else(pc.equal(lengths, 2), words, pa.scalar(["", ""])), 0)
            names["last_name"] = pc.list_element(pc.if_else(pc.equal(lengths, 2), words, pa.scalar(["", ""])), 1)
        parts = []
        for name in ("first_name", "last_name"):
            drawn = self._pooled(name, entities, draw)
            given = names.get(name)
            parts.append(drawn if given is None else pc.if_else(pc.is_null(given), drawn, given))
        return parts[0], parts[1]

    def _full_name(self, entities: IntArray, rows: IntArray, draw: int) -> pa.Array:
        first, last = self._name_parts(entities, rows, draw)
        if draw and {"first_name", "last_name"} <= set(self.coherent):
            first = pc.binary_join_element_wise(first, _letters(self.key, entities, draw, length=1), " ")
        if self.personal.marks.get("order") == "last, first":
            return pc.binary_join_element_wise(last, first, ", ")
        return pc.binary_join_element_wise(first, last, " ")

    def _account(self, entities: IntArray, rows: IntArray, draw: int) -> pa.Array:
        marks = self.personal.marks
        first, last = (_folded(part) for part in self._name_parts(entities, rows, draw))
        if marks.get("initial"):
            first = pc.utf8_slice_codeunits(first, 0, 1)
        number = permuted(self.key, entities, self.n) + np.int64(1) + np.int64(draw) * self.n
        local = pc.binary_join_element_wise(first, last, marks.get("mark", "."))
        local = pc.binary_join_element_wise(local, pa.array(number).cast(pa.string()), "")
        if self.personal.semantic == "username":
            return local
        place = random_words(self.key, entities, draw=60) % np.uint64(len(FICTITIOUS_DOMAINS))
        return pc.binary_join_element_wise(local, pa.array(FICTITIOUS_DOMAINS).take(pa.array(place)), "@")

    def _street(self, entities: IntArray, draw: int) -> pa.Array:
        street = self._pooled("street", entities, draw)
        number = (uniforms(self.key, entities, draw=70 + draw) ** _SKEW * _HIGHEST_HOUSE).astype(np.int64) + 1
        house = pa.array(number).cast(pa.string())
        place = self.personal.marks.get("number", "last")
        if place:
            order = (house, street) if place == "first" else (street, house)
            street = pc.binary_join_element_wise(*order, " ")
        if self.personal.semantic == "street":
            return street
        town = pc.binary_join_element_wise(
            self._pooled("postal_code", entities, draw), self._pooled("city", entities, draw), " "
        )
        return pc.binary_join_element_wise(street, town, ", ")


def _letters(key: int, entities: IntArray, draw: int, length: int = 6) -> pa.Array:
    """Capital letters that tell a value apart: an initial, or an invented word."""
    shape = Template(word_segments("A" + "a" * (length - 1)) if length > 1 else word_segments("A"))
    codes = (random_words(key, entities, draw=80 + draw) % np.uint64(shape.size)).astype(np.int64)
    chars = shape.render(key, codes)
    letters = pa.array(np.ascontiguousarray(chars).view(f"S{length}").ravel().astype(f"U{length}"))
    return letters if length > 1 else pc.binary_join_element_wise(letters, "", ".")


def _folded(values: pa.Array) -> pa.Array:
    """Names as they stand in addresses: small letters of the Latin alphabet only."""
    coded = values.dictionary_encode()
    plain = []
    for value in coded.dictionary.to_pylist():
        decomposed = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
        plain.append("".join(char for char in decomposed if char.isalpha()) or "user")
    return pa.array(plain, pa.string()).take(coded.indices)
